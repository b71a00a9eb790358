// SPDX-License-Identifier: Apache-2.0
#include "test/equivalence/dma_behaviour.h"

#include <algorithm>
#include <string>

namespace visoc::test {
namespace {

constexpr Offset kControl = 0x08, kStatus = 0x0c, kIntrState = 0x10, kIntrEnable = 0x14, kIntrTest = 0x18, kCoalesce = 0x1c, kTail = 0x30,
                 kFaultAddrLo = 0x44, kFaultAddrHi = 0x48, kLastStatus = 0x4c, kBytesDoneLo = 0x80, kCrc = 0x88, kCapability = 0x04;
constexpr std::uint32_t kCapabilityCopyList = 1u << 26;
constexpr std::uint32_t kEnable = 1, kAbort = 2, kReset = 4;
constexpr std::uint32_t kIntrDone = 1, kIntrError = 2;

std::uint64_t fault_addr(DmaBench& bench) { return bench.get(kFaultAddrLo) | std::uint64_t{bench.get(kFaultAddrHi)} << 32; }

void expect_status(DmaBench& bench, const std::string& what, const Completion& done, CommandStatus status, std::uint64_t detail,
                   Addr fault = 0) {
  bench.equal(what + ": status", static_cast<std::uint32_t>(done.status), static_cast<std::uint32_t>(status));
  bench.equal(what + ": detail", done.detail, detail);
  bench.equal(what + ": fault address", done.fault_addr, fault);
}

/// Runs one command and compares all of the destination with a plain loop over bytes.
void check_command(DmaBench& bench, DmaOpcode opcode, const DmaParameters& p) {
  std::vector<std::uint8_t> expected = bench.bus.ram;
  for (std::uint64_t row = 0; row < p.rows; ++row)
    for (std::uint32_t column = 0; column < p.row_bytes; ++column)
      expected[p.dst + row * p.dst_stride + column - kRamBase] = opcode == DmaOpcode::kFill2d
                                                                     ? static_cast<std::uint8_t>(p.pattern >> (8 * (column % 4)))
                                                                     : expected[p.src + row * p.src_stride + column - kRamBase];
  const Completion done = bench.run(opcode, p);
  const std::string what = (opcode == DmaOpcode::kFill2d ? "FILL2D " : "COPY2D ") + std::to_string(p.row_bytes) + " x " +
                           std::to_string(p.rows) + " to +" + std::to_string(p.dst - kDst);
  const std::uint64_t bytes = std::uint64_t{p.row_bytes} * p.rows;
  expect_status(bench, what, done, CommandStatus::kOk, bytes);
  bench.equal(what + ": BYTES_DONE", bench.get(kBytesDoneLo), bytes);
  const std::size_t from = kSrc - kRamBase;
  for (std::size_t i = from; i < expected.size(); ++i) {
    if (expected[i] == bench.bus.ram[i]) continue;
    bench.equal(what + ": byte +" + std::to_string(static_cast<std::int64_t>(i) - static_cast<std::int64_t>(kDst - kRamBase)),
                bench.bus.ram[i], expected[i]);
    break;
  }
}

void rows_are_moved(DmaBench& bench) {
  bench.start();
  bench.fill_source(1);
  check_command(bench, DmaOpcode::kCopy2d, copy_of(kSrc, kDst, 64, 4, 64, 64));
  check_command(bench, DmaOpcode::kCopy2d, copy_of(kSrc + 3, kDst + 1, 5, 3, 100, 7));
  check_command(bench, DmaOpcode::kCopy2d, copy_of(kSrc + 1, kDst + 0xffd, 700, 5, 701, 703));
  check_command(bench, DmaOpcode::kCopy2d, copy_of(kSrc + 7, kDst + 2, 10'000, 2, 10'001, 10'000));
  check_command(bench, DmaOpcode::kCopy2d, copy_of(kSrc, kDst, 1, 300, 3, 2));
  for (unsigned i = 0; i < 8; ++i) {
    check_command(bench, DmaOpcode::kCopy2d, copy_of(kSrc + i, kDst + 8, 17, 1, 0, 0));
    check_command(bench, DmaOpcode::kCopy2d, copy_of(kSrc + 8, kDst + i, 1 + i, 2, 9, 11));
  }
  // To a lower address over itself, like memmove.
  check_command(bench, DmaOpcode::kCopy2d, copy_of(kDst + 100, kDst, 9'000, 1, 0, 0));
}

void rows_are_filled(DmaBench& bench) {
  bench.start();
  check_command(bench, DmaOpcode::kFill2d, fill_of(kDst, 6, 2, 8, 0x44332211));
  check_command(bench, DmaOpcode::kFill2d, fill_of(kDst + 3, 1'000, 3, 1'001, 0xdeadbeef));
  check_command(bench, DmaOpcode::kFill2d, fill_of(kDst + 0xff5, 257, 20, 4'096, 0x01020304));
  for (unsigned i = 0; i < 8; ++i) check_command(bench, DmaOpcode::kFill2d, fill_of(kDst + i, 9 + i, 2, 32, 0x44332211));
}

void nothing_is_fine(DmaBench& bench) {
  bench.start();
  check_command(bench, DmaOpcode::kCopy2d, copy_of(1, 2, 0, 5, 0, 0));
  check_command(bench, DmaOpcode::kCopy2d, copy_of(1, 2, 5, 0, 0, 0));
  check_command(bench, DmaOpcode::kFill2d, fill_of(1, 0, 0, 0, 9));
}

void bad_fields_are_named(DmaBench& bench) {
  bench.start();
  const std::vector<std::uint8_t> good = copy_of(kSrc, kDst, 4, 1, 0, 0).encode();
  const auto end_of = [&](std::uint16_t opcode, const std::vector<std::uint8_t>& parameters, Addr at = 0) {
    Descriptor descriptor;
    descriptor.opcode = opcode;
    const unsigned index = bench.submit(descriptor, parameters, at);
    bench.finish();
    return bench.completion(index);
  };
  for (std::uint16_t opcode : {0, 6, 0x101, 0xffff})
    expect_status(bench, "opcode " + std::to_string(opcode), end_of(opcode, good), CommandStatus::kUnknownOpcode, opcode);
  for (std::size_t size : {0, 1, 63, 65, 256, 4096}) {
    std::vector<std::uint8_t> wrong = good;
    wrong.resize(size);
    expect_status(bench, std::to_string(size) + " parameter bytes", end_of(1, wrong, kDst), CommandStatus::kBadParameter, 64);
  }
  expect_status(bench, "4097 parameter bytes", end_of(1, std::vector<std::uint8_t>(4097), kDst), CommandStatus::kBadParameter, 56);
  const struct {
    std::uint32_t row_bytes, rows;
    std::uint64_t detail;
  } cases[] = {
      {0xffff'ffff, 1, 16}, {(1u << 24) + 1, 1, 16}, {1, 0xffff'ffff, 20}, {1, (1u << 16) + 1, 20}, {0xffff'ffff, 0xffff'ffff, 16}};
  for (const auto& each : cases)
    expect_status(bench, "rows of " + std::to_string(each.row_bytes), end_of(2, fill_of(kDst, each.row_bytes, each.rows, 0, 0).encode()),
                  CommandStatus::kBadParameter, each.detail);
  for (std::size_t byte = 36; byte < 64; ++byte) {
    std::vector<std::uint8_t> wrong = good;
    wrong[byte] = 0x80;
    expect_status(bench, "reserved byte " + std::to_string(byte), end_of(1, wrong), CommandStatus::kBadParameter,
                  byte < 48 ? byte / 4 * 4 : 48);
  }
  Descriptor descriptor;
  descriptor.opcode = 1;
  descriptor.flags = 5;  // Five waits.
  unsigned index = bench.submit(descriptor, good);
  bench.finish();
  expect_status(bench, "five waits", bench.completion(index), CommandStatus::kBadParameter, 0);
  descriptor.flags = 0;
  descriptor.reserved = 1;
  index = bench.submit(descriptor, good);
  bench.finish();
  expect_status(bench, "reserved word of the descriptor", bench.completion(index), CommandStatus::kBadParameter, 0);
  descriptor = {};
  descriptor.opcode = 1;
  descriptor.flags = 2;
  descriptor.waits[1].id = 256;
  index = bench.submit(descriptor, good);
  bench.finish();
  expect_status(bench, "second wait for syncpoint 256", bench.completion(index), CommandStatus::kBadParameter, 16);
  expect_status(bench, "a good command after all that", end_of(1, good), CommandStatus::kOk, 4);
}

void faults_say_where(DmaBench& bench) {
  bench.start();
  bench.fill_source(2);
  bench.bus.add_hole(kSrc + 0x2000);
  std::fill(bench.bus.ram.begin() + (kDst - kRamBase), bench.bus.ram.end(), 0);
  Completion done = bench.run(DmaOpcode::kCopy2d, copy_of(kSrc + 0x10, kDst, 10'000, 1, 0, 0));
  expect_status(bench, "read over a hole", done, CommandStatus::kReadFault, 0x1ff0, kSrc + 0x2000);
  bench.equal("FAULT_ADDR", fault_addr(bench), kSrc + 0x2000);
  bench.equal("LAST_STATUS", bench.get(kLastStatus), 3);
  bench.equal("BYTES_DONE", bench.get(kBytesDoneLo), 0x1ff0);
  bench.equal("last byte before the hole", bench.at(kDst + 0x1fef), bench.at(kSrc + 0x1fff));
  bench.equal("first byte behind it", bench.at(kDst + 0x1ff0), 0);
  bench.equal("INTR_STATE.ERROR", bench.get(kIntrState) & kIntrError, kIntrError);
  bench.equal("STATUS", bench.get(kStatus), 4);

  bench.bus.add_hole(kDst + 0x3000);
  done = bench.run(DmaOpcode::kCopy2d, copy_of(kSrc, kDst + 0x2ff8, 16, 3, 16, 16));
  expect_status(bench, "write over a hole", done, CommandStatus::kWriteFault, 8, kDst + 0x3000);
  done = bench.run(DmaOpcode::kFill2d, fill_of(kDst + 0x3004, 64, 1, 0, 0));
  expect_status(bench, "write into a hole", done, CommandStatus::kWriteFault, 0, kDst + 0x3004);
  // A row that begins where nothing answers; the second row is 2^32 - 1 bytes further on.
  done = bench.run(DmaOpcode::kFill2d, fill_of(kDst, 4, 65'536, 0xffff'ffff, 5));
  expect_status(bench, "second row outside", done, CommandStatus::kWriteFault, 4, kDst + 0xffff'ffffull);
  done = bench.run(DmaOpcode::kFill2d, fill_of(~Addr{0} - 3, 64, 1, 0, 0));
  expect_status(bench, "the end of the address space", done, CommandStatus::kWriteFault, 0, ~Addr{0} - 3);

  // The parameters, a syncpoint and the completion record are not in memory.
  Descriptor descriptor;
  descriptor.opcode = 1;
  unsigned index = bench.submit(descriptor, std::vector<std::uint8_t>(64), 0x4000);
  bench.finish();
  expect_status(bench, "parameters outside", bench.completion(index), CommandStatus::kReadFault, 0, 0x4000);
  bench.set(0x3c, 0x7000'0000);
  descriptor.flags = 1;
  index = bench.submit(descriptor, fill_of(kDst, 4, 1, 0, 0).encode());
  bench.finish();
  expect_status(bench, "syncpoints outside", bench.completion(index), CommandStatus::kReadFault, 0, 0x7000'1000);
  bench.set(kIntrState, 3);
  bench.set(0x34, 0x100);
  descriptor.opcode = 2;
  descriptor.flags = 0;
  bench.submit(descriptor, fill_of(kDst, 4, 1, 0, 0).encode());
  bench.finish();
  bench.equal("completion record outside: INTR_STATE", bench.get(kIntrState), kIntrError);
  bench.equal("completion record outside: LAST_STATUS", bench.get(kLastStatus), 0);
  bench.bus.clear_holes();
}

void a_ring_outside_memory_stops(DmaBench& bench) {
  bench.start(0x5000, kDone);
  bench.submit(DmaOpcode::kFill2d, fill_of(kDst, 4, 1, 0, 0));
  bench.wait_for(2 * kPicosPerMicro);
  bench.equal("CONTROL", bench.get(kControl), 0);
  bench.equal("LAST_STATUS", bench.get(kLastStatus), 3);
  bench.equal("FAULT_ADDR", fault_addr(bench), 0x5000);
  bench.equal("INTR_STATE", bench.get(kIntrState), kIntrError);
  bench.equal("STATUS", bench.get(kStatus), 4);
  bench.equal("tail", bench.get(kTail), 0);
  bench.expect(bench.irq(), "the interrupt is up");
}

/// A ring and records at odd addresses, more commands than the ring is long, records switched off.
void the_ring_turns(DmaBench& bench) {
  bench.start(kDst + 0x20'001, kDst + 0x21'003);
  for (unsigned i = 0; i < 40; ++i) {
    const Completion done = bench.run(DmaOpcode::kFill2d, fill_of(kDst + 4 * i, 4, 1, 0, 0x0101'0101 * i));
    bench.equal("tag", done.tag, 0x1000 + i);
    expect_status(bench, "command " + std::to_string(i), done, CommandStatus::kOk, 4);
    bench.equal("byte of command " + std::to_string(i), bench.at(kDst + 4 * i), i);
  }
  // Sixteen at once.
  for (unsigned i = 0; i < 16; ++i) bench.submit(DmaOpcode::kFill2d, fill_of(kDst + 4 * i, 4, 1, 0, 0x0101'0101 * (i + 100)));
  bench.finish();
  for (unsigned i = 0; i < 16; ++i) bench.equal("byte " + std::to_string(i), bench.at(kDst + 4 * i), i + 100);
  // Without records nothing but the data is written.
  bench.set(0x34, 0);
  bench.bus.writes.clear();
  bench.run(DmaOpcode::kFill2d, fill_of(kDst, 8, 1, 0, 1));
  bench.equal("bus writes without records", bench.bus.writes.size(), 1);
}

/// Which rows are gathered, by the definition: i mod period == offset.
void rows_are_gathered(DmaBench& bench) {
  bench.start();
  bench.fill_source(4);
  const struct {
    std::uint32_t rows, period, offset;
  } cases[] = {{10, 3, 0}, {10, 3, 1}, {10, 3, 2}, {10, 1, 0}, {5, 8, 5}, {40, 2, 1}, {3, 0xffff'ffff, 2}, {3, 0xffff'ffff, 0xffff'fffe}};
  for (const auto& each : cases) {
    std::fill(bench.bus.ram.begin() + (kDst - kRamBase), bench.bus.ram.end(), 0);
    DmaParameters p = copy_of(kSrc + 5, kDst + 3, 301, each.rows, 320, 305);
    p.period = each.period;
    p.offset = each.offset;
    const Completion done = bench.run(DmaOpcode::kGatherRows, p);
    const std::string what = "GATHER_ROWS " + std::to_string(each.rows) + " mod " + std::to_string(each.period);
    unsigned kept = 0;
    for (std::uint64_t i = 0; i < each.rows; ++i) {
      if (i % each.period != each.offset) continue;
      for (unsigned c = 0; c < 301; ++c) bench.equal(what, bench.at(kDst + 3 + kept * 305 + c), bench.at(kSrc + 5 + i * 320 + c));
      ++kept;
    }
    expect_status(bench, what, done, CommandStatus::kOk, 301 * kept);
    bench.equal(what + ": behind the last row", bench.at(kDst + 3 + kept * 305), 0);
  }
  DmaParameters p = copy_of(kSrc, kDst, 4, 4, 4, 4);
  expect_status(bench, "period 0", bench.run(DmaOpcode::kGatherRows, p), CommandStatus::kBadParameter, 36);
  p.period = p.offset = 3;
  expect_status(bench, "offset as large as the period", bench.run(DmaOpcode::kGatherRows, p), CommandStatus::kBadParameter, 40);
}

/// Check values by zlib: of "123456789" and of 1,000 times 0xa5.
void crcs_are_right(DmaBench& bench) {
  bench.start();
  const std::string digits = "123456789";
  bench.put(kSrc, {digits.begin(), digits.end()});
  DmaParameters p = copy_of(kSrc, kDst + 3, 9, 1, 0, 0);
  expect_status(bench, "copy without CRC", bench.run(DmaOpcode::kCopy2d, p), CommandStatus::kOk, 9, 0);
  bench.equal("register CRC", bench.get(kCrc), 0);
  p.options = DmaParameters::kOptionCrc;
  expect_status(bench, "copy with CRC", bench.run(DmaOpcode::kCopy2d, p), CommandStatus::kOk, 9, 0xcbf4'3926);
  bench.equal("register CRC", bench.get(kCrc), 0xcbf4'3926);
  bench.equal("last byte", bench.at(kDst + 11), '9');
  p = copy_of(kSrc, 0, 3, 3, 3, 0);  // The same nine bytes as three rows.
  expect_status(bench, "CRC2D", bench.run(DmaOpcode::kCrc2d, p), CommandStatus::kOk, 9, 0xcbf4'3926);
  p = fill_of(kDst + 1, 250, 4, 251, 0xa5a5'a5a5);
  p.options = DmaParameters::kOptionCrc;
  expect_status(bench, "fill with CRC", bench.run(DmaOpcode::kFill2d, p), CommandStatus::kOk, 1'000, 0x2156'b7dc);
  p = copy_of(kDst + 1, 0, 250, 4, 251, 0);
  expect_status(bench, "CRC2D of it", bench.run(DmaOpcode::kCrc2d, p), CommandStatus::kOk, 1'000, 0x2156'b7dc);
  // In the middle of a fault: the CRC is that of the bytes before it, nine of them.
  const Addr edge = kSrc + 0x2000;
  bench.put(edge - 9, {digits.begin(), digits.end()});
  bench.bus.add_hole(edge);
  p = copy_of(edge - 9, kDst, 20, 1, 0, 0);
  expect_status(bench, "CRC2D over a hole", bench.run(DmaOpcode::kCrc2d, p), CommandStatus::kReadFault, 9, edge);
  bench.equal("register CRC", bench.get(kCrc), 0xcbf4'3926);
  bench.bus.clear_holes();
  p.options = 2;
  expect_status(bench, "an option nobody knows", bench.run(DmaOpcode::kCopy2d, p), CommandStatus::kBadParameter, 44);
}

/// What CAPABILITY does not offer is refused, and what it offers is done.
void capability_is_kept(DmaBench& bench) {
  bench.start();
  const DmaListEntry entry{kSrc, kDst + 16, 4, 0};
  bench.put(kSrc, {1, 2, 3, 4});
  bench.put(kDst, entry.encode());
  bench.at(kDst + 16 + 8) = 0x55;
  DmaParameters p;
  p.src = kDst;
  p.rows = 1;
  const Completion done = bench.run(DmaOpcode::kCopyList, p);
  if ((bench.get(kCapability) & kCapabilityCopyList) != 0) {
    expect_status(bench, "COPY_LIST", done, CommandStatus::kOk, 4);
    bench.equal("its last byte", bench.at(kDst + 19), 4);
  } else {
    expect_status(bench, "COPY_LIST", done, CommandStatus::kUnsupported, 3);
    bench.equal("BYTES_DONE", bench.get(kBytesDoneLo), 0);
    bench.equal("its last byte", bench.at(kDst + 19), entry.encode()[19]);
  }
  for (unsigned bit : {24, 25, 27, 28}) bench.expect((bench.get(kCapability) >> bit & 1) != 0, "CAPABILITY bit " + std::to_string(bit));
}

void syncpoints_chain(DmaBench& bench) {
  bench.start();
  const auto params = fill_of(kDst, 4, 1, 0, 7).encode();
  const std::uint32_t before = bench.sync_value(9);
  Descriptor waits;
  waits.opcode = 2;
  waits.flags = 2 | kFlagPost | kFlagInterrupt;
  waits.waits[0] = {9, before + 3};
  waits.waits[1] = {255, bench.sync_value(255) + 1};
  waits.post_id = 20;
  waits.post_increment = 5;
  const std::uint32_t posted = bench.sync_value(20);
  const unsigned index = bench.submit(waits, params);
  bench.wait_for(5 * kPicosPerMicro);
  bench.equal("STATUS while it waits", bench.get(kStatus), 3);
  bench.expect(!bench.block().pending().empty(), "pending() says that something is");
  bench.post(9, 2);
  bench.post(255, 1);
  bench.wait_for(5 * kPicosPerMicro);
  bench.equal("tail while the first wait is open", bench.get(kTail), index);
  bench.post(9, 1);
  bench.finish();
  expect_status(bench, "after both waits", bench.completion(index), CommandStatus::kOk, 4);
  bench.equal("post", bench.sync_value(20), posted + 5);
  bench.equal("error history", bench.sync_errors(20), 0);

  // A failing command posts with the mark; who waits for it ends with UPSTREAM and does nothing; the next goes on.
  Descriptor fails;
  fails.opcode = 77;
  fails.flags = kFlagPost;
  fails.post_id = 30;
  fails.post_increment = 1;
  const std::uint32_t base = bench.sync_value(30);
  bench.submit(fails, params);
  Descriptor follows;
  follows.opcode = 2;
  follows.flags = 1 | kFlagPost;
  follows.waits[0] = {30, base + 1};
  follows.post_id = 31;
  follows.post_increment = 100;  // More than 31 counts as 31.
  const std::uint32_t base_31 = bench.sync_value(31);
  bench.at(kDst) = 0x55;
  const unsigned upstream = bench.submit(follows, params);
  bench.finish();
  bench.equal("error mark", bench.sync_errors(30) & 1, 1);
  expect_status(bench, "downstream of a failure", bench.completion(upstream), CommandStatus::kUpstream, 30);
  bench.equal("nothing written downstream", bench.at(kDst), 0x55);
  bench.equal("its own post", bench.sync_value(31), base_31 + 31);
  bench.equal("its own mark", bench.sync_errors(31) & 1, 1);
  expect_status(bench, "and the next", bench.run(DmaOpcode::kFill2d, fill_of(kDst, 4, 1, 0, 7)), CommandStatus::kOk, 4);
}

/// Which of the last 32 posts failed decides, not whether any did; what lies further back is forgotten.
void histories_are_read_by_value(DmaBench& bench) {
  bench.start();
  const auto wait_for_value = [&](unsigned id, std::uint32_t value) {
    Descriptor waits;
    waits.opcode = 2;
    waits.flags = 1;
    waits.waits[0] = {id, value};
    const unsigned index = bench.submit(waits, fill_of(kDst, 4, 1, 0, 0).encode());
    bench.finish();
    return bench.completion(index);
  };
  std::uint32_t base = bench.sync_value(51);
  bench.post(51, 1, /*error=*/true);
  bench.post(51, 3);
  expect_status(bench, "the failed post, three values back", wait_for_value(51, base + 1), CommandStatus::kUpstream, 51);
  expect_status(bench, "the good post after it", wait_for_value(51, base + 4), CommandStatus::kOk, 4);
  base = bench.sync_value(50);
  bench.post(50, 31);
  bench.post(50, 2, /*error=*/true);
  expect_status(bench, "the last post failed", wait_for_value(50, base + 33), CommandStatus::kUpstream, 50);
  expect_status(bench, "32 values back", wait_for_value(50, base + 1), CommandStatus::kOk, 4);
}

void order_is_data_record_post_interrupt(DmaBench& bench) {
  bench.start();
  bench.bus.writes.clear();
  Descriptor descriptor;
  descriptor.opcode = 2;
  descriptor.flags = kFlagPost | kFlagInterrupt;
  descriptor.post_id = 1;
  descriptor.post_increment = 1;
  bench.submit(descriptor, fill_of(kDst, 600, 2, 600, 1).encode());
  bench.expect(!bench.irq(), "no interrupt at the doorbell");
  bench.finish();
  const std::vector<DmaBus::Write>& writes = bench.bus.writes;
  bench.expect(writes.size() >= 4, "data, record and post are written");
  if (writes.size() < 4) return;
  const DmaBus::Write &post = writes.back(), &record = writes[writes.size() - 2];
  bench.equal("last write: address", post.addr, kSyncBase + kSyncpointPosts + 4);
  bench.equal("last write: bytes", post.bytes, 4);
  bench.equal("last write but one: address", record.addr, kDone);
  bench.equal("last write but one: bytes", record.bytes, kCompletionBytes);
  for (std::size_t i = 1; i < writes.size(); ++i) bench.expect(writes[i - 1].at <= writes[i].at, "writes are in time order");
  bench.expect(bench.irq(), "the interrupt is up at the end");
}

void interrupts_are_levels(DmaBench& bench) {
  bench.start();
  const DmaParameters p = fill_of(kDst, 4, 1, 0, 0);
  bench.run(DmaOpcode::kFill2d, p);
  bench.equal("INTR_STATE", bench.get(kIntrState), kIntrDone);
  bench.expect(bench.irq(), "up after a command");
  bench.set(kIntrEnable, kIntrError);
  bench.expect(!bench.irq(), "down when not enabled");
  bench.set(kIntrEnable, 3);
  bench.expect(bench.irq(), "up again");
  bench.set(kIntrTest, kIntrError);
  bench.equal("INTR_STATE after TEST", bench.get(kIntrState), 3);
  bench.set(kIntrState, kIntrDone);
  bench.equal("INTR_STATE after clearing DONE", bench.get(kIntrState), kIntrError);
  bench.expect(bench.irq(), "up by the other");
  bench.set(kIntrState, kIntrError);
  bench.expect(!bench.irq(), "down at last");
  Descriptor quiet;
  quiet.opcode = 2;
  bench.submit(quiet, p.encode());
  bench.finish();
  bench.equal("INTR_STATE after a command without the flag", bench.get(kIntrState), 0);

  bench.set(kCoalesce, 3);
  for (unsigned i = 0; i < 3; ++i) {
    bench.equal("INTR_STATE before completion " + std::to_string(i), bench.get(kIntrState), 0);
    bench.run(DmaOpcode::kFill2d, p);
  }
  bench.equal("INTR_STATE after three", bench.get(kIntrState), kIntrDone);
  bench.set(kIntrState, 3);
  bench.set(kCoalesce, 200 | 8'000 << 8);  // 8000 cycles of 1.25 ns are 10 us.
  bench.run(DmaOpcode::kFill2d, p);
  bench.wait_for(8 * kPicosPerMicro);
  bench.equal("INTR_STATE before the time is over", bench.get(kIntrState), 0);
  bench.wait_for(3 * kPicosPerMicro);
  bench.equal("INTR_STATE when it is", bench.get(kIntrState), kIntrDone);
}

void abort_ends_a_command(DmaBench& bench) {
  bench.start();
  Descriptor waits;
  waits.opcode = 2;
  waits.flags = 1 | kFlagPost;
  waits.waits[0] = {40, bench.sync_value(40) + 1};
  waits.post_id = 41;
  waits.post_increment = 1;
  unsigned index = bench.submit(waits, fill_of(kDst, 4, 1, 0, 0).encode());
  bench.wait_for(2 * kPicosPerMicro);
  bench.set(kControl, kEnable | kAbort);
  bench.finish();
  expect_status(bench, "aborted while it waits", bench.completion(index), CommandStatus::kAborted, 0);
  bench.equal("error mark", bench.sync_errors(41) & 1, 1);

  std::fill(bench.bus.ram.begin() + (kDst - kRamBase), bench.bus.ram.end(), 0);
  index = bench.submit(DmaOpcode::kFill2d, fill_of(kDst, 4096, 32, 4096, 0xffff'ffff));
  bench.submit(DmaOpcode::kFill2d, fill_of(kDst + 0x28'000, 4, 1, 0, 0x0101'0101));
  for (unsigned i = 0; i < 10'000 && bench.get(kBytesDoneLo) < 4096; ++i) bench.wait_for(100'000);
  bench.set(kControl, kEnable | kAbort);
  bench.finish();
  expect_status(bench, "aborted while it runs", bench.completion(index), CommandStatus::kAborted, 0);
  bench.equal("bytes written before stay", bench.at(kDst + 4095), 0xff);
  bench.equal("the rest is not written", bench.at(kDst + 31 * 4096), 0);
  expect_status(bench, "the next", bench.completion(index + 1), CommandStatus::kOk, 4);
  bench.set(kControl, kEnable | kAbort);  // Nothing is under way.
  expect_status(bench, "after an idle abort", bench.run(DmaOpcode::kFill2d, fill_of(kDst, 4, 1, 0, 0)), CommandStatus::kOk, 4);
}

void reset_forgets_all(DmaBench& bench) {
  bench.start();
  std::fill(bench.bus.ram.begin() + (kDst - kRamBase), bench.bus.ram.end(), 0);
  bench.submit(DmaOpcode::kFill2d, fill_of(kDst, 4096, 40, 4096, 0xffff'ffff));
  for (unsigned i = 0; i < 10'000 && bench.get(kBytesDoneLo) < 4096; ++i) bench.wait_for(100'000);
  bench.set(kControl, kReset);
  bench.wait_for(kPicosPerMicro);
  const std::size_t writes = bench.bus.writes.size();
  bench.wait_for(20 * kPicosPerMicro);
  bench.equal("writes after the reset", bench.bus.writes.size() - writes, 0);
  bench.equal("the rest is not written", bench.at(kDst + 39 * 4096), 0);
  for (Offset offset :
       {kControl, kStatus, kIntrState, kIntrEnable, kCoalesce, kTail, kLastStatus, kBytesDoneLo, Offset{0x20}, Offset{0x2c}})
    bench.equal("register " + std::to_string(offset), bench.get(offset), 0);
  bench.expect(!bench.irq(), "the interrupt is down");
  bench.start();
  expect_status(bench, "the ring works anew", bench.run(DmaOpcode::kFill2d, fill_of(kDst, 4, 1, 0, 0)), CommandStatus::kOk, 4);
}

/// A debugger sees registers without touching anything.
void debug_reads_see_registers(DmaBench& bench) {
  bench.start();
  std::uint8_t bytes[4] = {};
  tlm::tlm_generic_payload payload;
  payload.set_command(tlm::TLM_READ_COMMAND);
  payload.set_address(0x20);
  payload.set_data_ptr(bytes);
  payload.set_data_length(4);
  bench.equal("debug bytes", bench.bus.to_device->transport_dbg(payload), 4);
  bench.equal("RING_BASE_LO", bytes[0] | bytes[1] << 8 | bytes[2] << 16 | std::uint64_t{bytes[3]} << 24, kRing);
  payload.set_address(0x50);
  bench.equal("debug bytes of a hole", bench.bus.to_device->transport_dbg(payload), 0);
}

/// The power-on state, loaded after work, is a block as new that works.
void states_load(DmaBench& bench) {
  bench.start();
  bench.run(DmaOpcode::kFill2d, fill_of(kDst, 4, 1, 0, 0));
  StateWriter worked;
  bench.block().save(worked);
  bench.reset();
  bench.equal("tail", bench.get(kTail), 0);
  bench.equal("RING_BASE_LO", bench.get(0x20), 0);
  StateReader in{ConstBytes(worked.data())};
  bench.expect(bench.block().load(in), "the later state loads");
  bench.equal("tail of the later state", bench.get(kTail), 1);
  StateWriter again;
  bench.block().save(again);
  std::vector<std::uint8_t> damaged = worked.data();
  damaged.resize(damaged.size() / 2);
  StateReader half{ConstBytes(damaged)};
  bench.expect(!bench.block().load(half), "half a state is refused");
  bench.start();
  expect_status(bench, "afterwards", bench.run(DmaOpcode::kFill2d, fill_of(kDst, 4, 1, 0, 0)), CommandStatus::kOk, 4);
}

}  // namespace

const std::vector<DmaBehaviour>& dma_behaviours() {
  static const std::vector<DmaBehaviour> all = {{"rows are moved", rows_are_moved},
                                                {"rows are filled", rows_are_filled},
                                                {"length zero does nothing", nothing_is_fine},
                                                {"bad fields are named", bad_fields_are_named},
                                                {"faults say where", faults_say_where},
                                                {"a ring outside memory stops", a_ring_outside_memory_stops},
                                                {"the ring turns", the_ring_turns},
                                                {"rows are gathered", rows_are_gathered},
                                                {"CRCs are right", crcs_are_right},
                                                {"CAPABILITY is kept", capability_is_kept},
                                                {"syncpoints chain", syncpoints_chain},
                                                {"histories are read by value", histories_are_read_by_value},
                                                {"order: data, record, post, interrupt", order_is_data_record_post_interrupt},
                                                {"interrupts are levels", interrupts_are_levels},
                                                {"abort ends a command", abort_ends_a_command},
                                                {"reset forgets all", reset_forgets_all},
                                                {"debug reads see registers", debug_reads_see_registers},
                                                {"states load", states_load}};
  return all;
}

}  // namespace visoc::test
