// Lists, gathered rows and CRC of the DMA engine: exact bytes, faults to the byte, bad entries, state between any two steps.
// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <random>
#include <string>

#include "ip/dma/crc32.h"
#include "ip/dma/dma_test_bench.h"

using namespace visoc;
using namespace visoc::test;

namespace {

constexpr Addr kList = kBase + 0x8000;

DmaParameters list_of(FakeMemory& memory, const std::vector<DmaListEntry>& entries, std::uint32_t options = 0) {
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const std::vector<std::uint8_t> bytes = entries[i].encode();
    std::copy(bytes.begin(), bytes.end(), memory.bytes.begin() + static_cast<std::ptrdiff_t>(kList - kBase + i * bytes.size()));
  }
  DmaParameters p;
  p.src = kList;
  p.rows = static_cast<std::uint32_t>(entries.size());
  p.options = options;
  return p;
}

DmaParameters gather(std::uint32_t row_bytes, std::uint32_t rows, std::uint32_t stride, std::uint32_t period, std::uint32_t offset) {
  DmaParameters p = copy(kSrc, kDst, row_bytes, rows, stride, row_bytes);
  p.period = period;
  p.offset = offset;
  return p;
}

/// Bit by bit, as the standard describes the division; the other way round than the engine's tables.
std::uint32_t slow_crc(const std::vector<std::uint8_t>& bytes) {
  std::uint32_t remainder = 0xffff'ffff;
  for (std::uint8_t byte : bytes)
    for (unsigned bit = 0; bit < 8; ++bit) {
      const bool next = ((byte >> bit) & 1) != 0;
      const bool top = (remainder >> 31) != 0;
      remainder = (remainder << 1) ^ (next != top ? 0x04c1'1db7u : 0u);
    }
  std::uint32_t reversed = 0;
  for (unsigned bit = 0; bit < 32; ++bit) reversed |= ((remainder >> bit) & 1) << (31 - bit);
  return ~reversed;
}

std::vector<std::uint8_t> pattern_bytes(std::uint64_t first, std::uint64_t count) {
  std::vector<std::uint8_t> bytes;
  for (std::uint64_t i = 0; i < count; ++i) bytes.push_back(Bench::pattern(first + i));
  return bytes;
}

/// Whether `bytes` lie at `addr`.
bool lies_at(const Bench& bench, Addr addr, const std::vector<std::uint8_t>& bytes) {
  return std::equal(bytes.begin(), bytes.end(), bench.memory.bytes.begin() + static_cast<std::ptrdiff_t>(addr - kBase));
}

}  // namespace

TEST_CASE("crc32 gives the published check values", "[dma][fast]") {
  const std::string digits = "123456789";  // The check value of CRC-32/ISO-HDLC, the CRC of IEEE 802.3.
  CHECK(crc32(0, ConstBytes(digits.data(), digits.size())) == 0xcbf4'3926);
  CHECK(crc32(0, ConstBytes(digits.data(), 0)) == 0);
  CHECK(crc32(crc32(0, ConstBytes(digits.data(), 4)), ConstBytes(digits.data() + 4, 5)) == 0xcbf4'3926);
  const std::vector<std::uint8_t> zeros(32, 0);
  CHECK(crc32(0, ConstBytes(zeros)) == 0x190a'55ad);  // zlib's crc32 of 32 zero bytes.
  for (std::size_t size : {1, 7, 8, 9, 63, 1000}) CHECK(crc32(0, ConstBytes(pattern_bytes(3, size))) == slow_crc(pattern_bytes(3, size)));
}

TEST_CASE("COPY_LIST moves each entry in order, and entries without bytes do nothing", "[dma][fast]") {
  Bench bench;
  const DmaParameters p = list_of(bench.memory, {{kSrc + 5, kDst + 100, 7, 0},
                                                 {0, 0, 0, 0},
                                                 {kSrc, kDst + 200, 9'000, 0},
                                                 {kDst + 100, kDst + 50, 7, 0}});  // What the first entry wrote.
  const Completion done = bench.run(DmaOpcode::kCopyList, p);
  CHECK(done.status == CommandStatus::kOk);
  CHECK(done.detail == 7 + 9'000 + 7);
  CHECK(done.fault_addr == 0);
  CHECK(bench.bytes_done() == 9'014);
  CHECK(lies_at(bench, kDst + 100, pattern_bytes(5, 7)));
  CHECK(lies_at(bench, kDst + 200, pattern_bytes(0, 9'000)));
  CHECK(bench.at(kDst + 107) == 0);
  CHECK(bench.at(kDst + 9'200) == 0);
}

TEST_CASE("a list longer than the engine reads at once is moved whole", "[dma][fast]") {
  const unsigned entries = GENERATE(1, 15, 16, 17, 33, 200);
  Bench bench;
  std::vector<DmaListEntry> list;
  for (unsigned i = 0; i < entries; ++i) list.push_back({kSrc + 100 * ((i * 37) % 200), kDst + 64 * i, 1 + i % 64, 0});
  std::uint64_t total = 0;
  for (const DmaListEntry& entry : list) total += entry.bytes;
  const Completion done = bench.run(DmaOpcode::kCopyList, list_of(bench.memory, list));
  CHECK(done.status == CommandStatus::kOk);
  CHECK(done.detail == total);
  for (unsigned i = 0; i < entries; ++i) {
    REQUIRE(lies_at(bench, list[i].dst, pattern_bytes(list[i].src - kSrc, list[i].bytes)));
    REQUIRE(bench.at(list[i].dst + list[i].bytes) == (i + 1 < entries && list[i].bytes == 64 ? bench.at(list[i + 1].dst) : 0));
  }
}

TEST_CASE("a bad entry ends the list there, what is before it is moved", "[dma][fast][bad-input]") {
  struct Case {
    DmaListEntry entry;
    std::uint64_t field;
  };
  const Case each = GENERATE(values<Case>({{{kSrc, kDst, (1u << 24) + 1, 0}, 16}, {{kSrc, kDst, 4, 1}, 20}}));
  const unsigned good = GENERATE(0, 3, 20);
  Bench bench;
  std::vector<DmaListEntry> list(good, DmaListEntry{kSrc, kDst + 8, 8, 0});
  list.push_back(each.entry);
  list.push_back({kSrc, kDst + 1'000, 8, 0});
  const Completion done = bench.run(DmaOpcode::kCopyList, list_of(bench.memory, list));
  CHECK(done.status == CommandStatus::kBadParameter);
  CHECK(done.detail == 64 + 24 * good + each.field);
  CHECK(bench.bytes_done() == 8 * good);
  CHECK(bench.at(kDst) == 0);
  CHECK(bench.at(kDst + 1'000) == 0);
}

TEST_CASE("a list that ends in a hole is moved up to its last whole entry", "[dma][fast][bad-input]") {
  const unsigned readable = GENERATE(0, 23, 24, 24 * 5 + 7, 24 * 16, 24 * 20 + 1);
  Bench bench;
  const DmaParameters p = list_of(bench.memory, std::vector<DmaListEntry>(30, DmaListEntry{kSrc, kDst, 5'000, 0}));
  bench.memory.add_hole(kList + readable, 1);
  const Completion done = bench.run(DmaOpcode::kCopyList, p);
  CHECK(done.status == CommandStatus::kReadFault);
  CHECK(done.fault_addr == kList + readable);
  CHECK(done.detail == readable / 24 * 5'000);
  CHECK(bench.bytes_done() == done.detail);
}

TEST_CASE("a fault inside an entry stops the list at the byte", "[dma][fast][bad-input]") {
  Bench bench;
  bench.memory.add_hole(kSrc + 6'010, 1);
  bench.memory.add_hole(kDst + 0x8000 + 33, 1);
  const DmaParameters reads =
      list_of(bench.memory, {{kSrc, kDst, 1'000, 0}, {kSrc + 1'000, kDst + 1'000, 8'000, 0}, {kSrc, kDst + 0x9000, 8, 0}});
  Completion done = bench.run(DmaOpcode::kCopyList, reads);
  CHECK(done.status == CommandStatus::kReadFault);
  CHECK(done.fault_addr == kSrc + 6'010);
  CHECK(done.detail == 6'010);
  CHECK(lies_at(bench, kDst, pattern_bytes(0, 6'010)));
  CHECK(bench.at(kDst + 6'010) == 0);
  CHECK(bench.at(kDst + 0x9000) == 0);
  const DmaParameters writes = list_of(bench.memory, {{kSrc, kDst, 10, 0}, {kSrc, kDst + 0x8000, 100, 0}});
  done = bench.run(DmaOpcode::kCopyList, writes);
  CHECK(done.status == CommandStatus::kWriteFault);
  CHECK(done.fault_addr == kDst + 0x8000 + 33);
  CHECK(done.detail == 43);
  CHECK(bench.bytes_done() == 43);
}

TEST_CASE("GATHER_ROWS keeps the rows with i mod period == offset, side by side", "[dma][fast]") {
  struct Case {
    std::uint32_t rows, period, offset, kept;
  };
  const Case each = GENERATE(values<Case>({{10, 3, 0, 4},
                                           {10, 3, 1, 3},
                                           {10, 3, 2, 3},
                                           {10, 1, 0, 10},
                                           {5, 8, 4, 1},
                                           {5, 8, 5, 0},
                                           {40, 2, 1, 20},
                                           {3, 0xffff'ffff, 0xffff'fffe, 0},
                                           {3, 0xffff'ffff, 2, 1},
                                           {0, 2, 1, 0}}));
  Bench bench;
  const Completion done = bench.run(DmaOpcode::kGatherRows, gather(100, each.rows, 120, each.period, each.offset));
  CHECK(done.status == CommandStatus::kOk);
  CHECK(done.detail == 100 * each.kept);
  unsigned kept = 0;
  for (std::uint64_t i = 0; i < each.rows; ++i) {
    if (i % each.period != each.offset) continue;
    CHECK(lies_at(bench, kDst + 100 * kept, pattern_bytes(i * 120, 100)));
    ++kept;
  }
  CHECK(kept == each.kept);
  CHECK(bench.at(kDst + 100 * kept) == 0);
}

TEST_CASE("GATHER_ROWS needs a period, and an offset below it", "[dma][fast][bad-input]") {
  Bench bench;
  Completion done = bench.run(DmaOpcode::kGatherRows, gather(4, 4, 4, 0, 0));
  CHECK(done.status == CommandStatus::kBadParameter);
  CHECK(done.detail == 36);
  done = bench.run(DmaOpcode::kGatherRows, gather(4, 4, 4, 3, 3));
  CHECK(done.status == CommandStatus::kBadParameter);
  CHECK(done.detail == 40);
}

TEST_CASE("a fault in a gathered row leaves the bytes before it", "[dma][fast][bad-input]") {
  Bench bench;
  bench.memory.add_hole(kSrc + 7 * 120 + 31, 1);
  const Completion done = bench.run(DmaOpcode::kGatherRows, gather(100, 20, 120, 3, 1));
  CHECK(done.status == CommandStatus::kReadFault);
  CHECK(done.fault_addr == kSrc + 7 * 120 + 31);
  CHECK(done.detail == 231);  // Rows 1 and 4, and 31 bytes of row 7.
  CHECK(bench.at(kDst + 230) == Bench::pattern(7 * 120 + 30));
  CHECK(bench.at(kDst + 231) == 0);
}

TEST_CASE("option CRC gives the CRC of the bytes in the order they move", "[dma][fast]") {
  Bench bench;
  DmaParameters p = copy(kSrc + 1, kDst, 777, 9, 1'000, 777);
  p.options = DmaParameters::kOptionCrc;
  Completion done = bench.run(DmaOpcode::kCopy2d, p);
  std::vector<std::uint8_t> moved;
  for (unsigned r = 0; r < 9; ++r)
    for (std::uint8_t byte : pattern_bytes(1 + 1'000 * r, 777)) moved.push_back(byte);
  CHECK(done.detail == moved.size());
  CHECK(done.fault_addr == slow_crc(moved));
  CHECK(bench.crc() == slow_crc(moved));

  p = fill(kDst, 9, 1, 0, 0x3433'3231);  // "123412341"
  p.options = DmaParameters::kOptionCrc;
  const std::string filled = "123412341";
  CHECK(bench.run(DmaOpcode::kFill2d, p).fault_addr == slow_crc({filled.begin(), filled.end()}));

  done =
      bench.run(DmaOpcode::kCopyList, list_of(bench.memory, {{kSrc + 50, kDst, 3, 0}, {kSrc, kDst + 9, 4, 0}}, DmaParameters::kOptionCrc));
  std::vector<std::uint8_t> listed = pattern_bytes(50, 3);
  for (std::uint8_t byte : pattern_bytes(0, 4)) listed.push_back(byte);
  CHECK(done.fault_addr == slow_crc(listed));

  p = gather(10, 4, 20, 2, 1);
  p.options = DmaParameters::kOptionCrc;
  std::vector<std::uint8_t> kept = pattern_bytes(20, 10);
  for (std::uint8_t byte : pattern_bytes(60, 10)) kept.push_back(byte);
  CHECK(bench.run(DmaOpcode::kGatherRows, p).fault_addr == slow_crc(kept));

  p.options = 0;
  CHECK(bench.run(DmaOpcode::kGatherRows, p).fault_addr == 0);
  CHECK(bench.crc() == 0);
}

TEST_CASE("CRC2D reads and writes nothing but its record", "[dma][fast]") {
  Bench bench;
  const std::vector<std::uint8_t> before = bench.memory.bytes;
  bench.memory.accesses.clear();
  const Completion done = bench.run(DmaOpcode::kCrc2d, copy(kSrc, 0, 5'000, 3, 6'000, 0));
  std::vector<std::uint8_t> read;
  for (unsigned r = 0; r < 3; ++r)
    for (std::uint8_t byte : pattern_bytes(6'000 * r, 5'000)) read.push_back(byte);
  CHECK(done.status == CommandStatus::kOk);
  CHECK(done.detail == 15'000);
  CHECK(done.fault_addr == slow_crc(read));
  CHECK(std::equal(before.begin() + 0x3000, before.end(), bench.memory.bytes.begin() + 0x3000));
  for (const RecordedAccess& access : bench.memory.accesses)
    CHECK((!access.is_write || access.addr < kBase + 0x3000));  // Ring, record, parameters.
}

TEST_CASE("after a fault the CRC is that of the bytes before it", "[dma][fast][bad-input]") {
  Bench bench;
  bench.memory.add_hole(kSrc + 5'003, 1);
  Completion done = bench.run(DmaOpcode::kCrc2d, copy(kSrc, 0, 9'000, 1, 0, 0));
  CHECK(done.status == CommandStatus::kReadFault);
  CHECK(done.fault_addr == kSrc + 5'003);
  CHECK(done.detail == 5'003);
  CHECK(bench.crc() == slow_crc(pattern_bytes(0, 5'003)));
  bench.memory.add_hole(kDst + 77, 1);
  DmaParameters p = copy(kSrc, kDst, 1'000, 1, 0, 0);
  p.options = DmaParameters::kOptionCrc;
  done = bench.run(DmaOpcode::kCopy2d, p);
  CHECK(done.status == CommandStatus::kWriteFault);
  CHECK(done.detail == 77);
  CHECK(bench.crc() == slow_crc(pattern_bytes(0, 77)));
}

TEST_CASE("lists, gathers and CRCs saved between any two steps reach the same end", "[dma][fast]") {
  const DmaOpcode opcode = GENERATE(DmaOpcode::kCopyList, DmaOpcode::kGatherRows, DmaOpcode::kCrc2d);
  const auto prepare = [opcode](Bench& bench) {
    DmaParameters p = gather(700, 60, 701, 3, 2);
    if (opcode == DmaOpcode::kCrc2d) p.period = p.offset = 0;
    if (opcode == DmaOpcode::kCopyList) {
      std::vector<DmaListEntry> list;
      for (unsigned i = 0; i < 40; ++i) list.push_back({kSrc + 331 * i, kDst + 400 * i, 200 + 30 * (i % 7), 0});
      p = list_of(bench.memory, list);
      bench.memory.add_hole(kList + 24 * 35, 1);
    }
    p.options = DmaParameters::kOptionCrc;
    bench.submit(opcode, p);
  };
  Bench straight;
  prepare(straight);
  const unsigned steps = straight.driver.run();
  CHECK(steps > 8);
  for (unsigned cut = 0; cut < steps; ++cut) {
    Bench bench;
    prepare(bench);
    bench.driver.run(cut);
    StateWriter out;
    bench.core.save(out);
    DmaCore fresh{DmaOptions{}};
    StateReader in{ConstBytes(out.data())};
    REQUIRE(fresh.load(in));
    CHECK(in.at_end());
    StateWriter again;
    fresh.save(again);
    REQUIRE(again.data() == out.data());
    Picos now = bench.driver.now();
    for (Picos wake = fresh.step(now, bench.memory); wake != kNever; wake = fresh.step(now, bench.memory)) now = std::max(now, wake);
    REQUIRE(bench.memory.bytes == straight.memory.bytes);
    CHECK(now == straight.driver.now());
  }
}

TEST_CASE("damaged states of lists and gathers are refused or harmless", "[dma][fast][bad-input]") {
  Bench bench;
  const DmaOpcode opcode = GENERATE(DmaOpcode::kCopyList, DmaOpcode::kGatherRows);
  const std::vector<DmaListEntry> list(40, DmaListEntry{kSrc, kDst, 300, 0});
  bench.submit(opcode, opcode == DmaOpcode::kCopyList ? list_of(bench.memory, list) : gather(700, 60, 701, 3, 2));
  bench.driver.run(6);
  StateWriter out;
  bench.core.save(out);
  std::mt19937 random(5);
  for (unsigned i = 0; i < 500; ++i) {
    std::vector<std::uint8_t> bytes = out.data();
    for (unsigned k = 0; k < 3; ++k) bytes[random() % bytes.size()] ^= static_cast<std::uint8_t>(1u << random() % 8);
    DmaCore fresh{DmaOptions{}};
    StateReader in{ConstBytes(bytes)};
    fresh.load(in);
    Picos now = 0;
    for (unsigned step = 0; step < 50; ++step) {
      const Picos wake = fresh.step(now, bench.memory);
      if (wake == kNever) break;
      now = std::max(now, wake);
    }
  }
  CHECK(true);  // Under AddressSanitizer this says more.
}
