// The DMA engine by commands in a fake memory: exact bytes, pieces, faults, bad commands, state.
// SPDX-License-Identifier: Apache-2.0
#include <random>

#include "ip/dma/dma_test_bench.h"

using namespace visoc;
using namespace visoc::test;

TEST_CASE("COPY2D moves each row by its strides and nothing else", "[dma][fast]") {
  Bench bench;
  const Completion done = bench.run(DmaOpcode::kCopy2d, copy(kSrc + 3, kDst + 1, 5, 3, 100, 7));
  CHECK(done.status == CommandStatus::kOk);
  CHECK(done.detail == 15);
  CHECK(done.tag == 0x1000);
  CHECK(bench.bytes_done() == 15);
  for (unsigned i = 0; i < 24; ++i) {
    const bool inside = i >= 1 && (i - 1) % 7 < 5 && (i - 1) / 7 < 3;
    const unsigned row = inside ? (i - 1) / 7 : 0, column = inside ? (i - 1) % 7 : 0;
    CHECK(bench.at(kDst + i) == (inside ? Bench::pattern(3 + 100 * row + column) : 0));
  }
}

TEST_CASE("FILL2D repeats the pattern from the start of each row", "[dma][fast]") {
  Bench bench;
  const Completion done = bench.run(DmaOpcode::kFill2d, fill(kDst, 6, 2, 8, 0x44332211));
  CHECK(done.status == CommandStatus::kOk);
  CHECK(done.detail == 12);
  const std::uint8_t expected[16] = {0x11, 0x22, 0x33, 0x44, 0x11, 0x22, 0, 0, 0x11, 0x22, 0x33, 0x44, 0x11, 0x22, 0, 0};
  for (unsigned i = 0; i < 16; ++i) CHECK(bench.at(kDst + i) == expected[i]);
}

TEST_CASE("long rows and many rows are moved in bounded pieces", "[dma][fast]") {
  Bench bench;
  const auto [row_bytes, rows] =
      GENERATE(std::pair<unsigned, unsigned>{4095, 3}, std::pair<unsigned, unsigned>{10'000, 2}, std::pair<unsigned, unsigned>{3, 1000},
               std::pair<unsigned, unsigned>{4096, 1}, std::pair<unsigned, unsigned>{256, 16});
  bench.submit(DmaOpcode::kCopy2d, copy(kSrc, kDst, row_bytes, rows, row_bytes + 1, row_bytes));
  bench.driver.run();
  CHECK(bench.driver.completion(0).detail == std::uint64_t{row_bytes} * rows);
  for (unsigned r = 0; r < rows; ++r)
    for (unsigned c = 0; c < row_bytes; ++c)
      REQUIRE(bench.at(kDst + r * row_bytes + c) == Bench::pattern(std::uint64_t{r} * (row_bytes + 1) + c));
  for (const test::RecordedAccess& access : bench.memory.accesses) CHECK(access.bytes <= DmaCore::kPieceBytes);
}

TEST_CASE("length zero is a command that does nothing", "[dma][fast][bad-input]") {
  Bench bench;
  CHECK(bench.run(DmaOpcode::kCopy2d, copy(1, 2, 0, 5, 0, 0)).status == CommandStatus::kOk);
  CHECK(bench.run(DmaOpcode::kCopy2d, copy(1, 2, 5, 0, 0, 0)).status == CommandStatus::kOk);
  CHECK(bench.run(DmaOpcode::kFill2d, fill(1, 0, 0, 0, 9)).detail == 0);
  CHECK(bench.bytes_done() == 0);
}

TEST_CASE("bad fields end the command with the offset of the field, the ring goes on", "[dma][fast][bad-input]") {
  Bench bench;
  const auto status_of = [&](std::uint16_t opcode, std::vector<std::uint8_t> parameters) {
    const unsigned index = bench.submit_raw(opcode, parameters);
    bench.driver.run();
    return bench.driver.completion(index);
  };
  const std::vector<std::uint8_t> good = copy(kSrc, kDst, 4, 1, 0, 0).encode();
  for (std::uint16_t opcode : {0, 6, 0xffff}) {
    CHECK(status_of(opcode, good).status == CommandStatus::kUnknownOpcode);
    CHECK(status_of(opcode, good).detail == opcode);
  }
  for (std::size_t size : {0, 63, 65, 256}) {
    std::vector<std::uint8_t> wrong = good;
    wrong.resize(size);
    CHECK(status_of(1, wrong).status == CommandStatus::kBadParameter);
    CHECK(status_of(1, wrong).detail == 64);
  }
  struct Case {
    std::uint32_t row_bytes, rows;
    std::uint64_t detail;
  };
  for (const Case& each : {Case{0xffff'ffff, 1, 16}, Case{(1u << 24) + 1, 1, 16}, Case{1, 0xffff'ffff, 20}, Case{1, (1u << 16) + 1, 20}}) {
    const Completion done = status_of(2, copy(kSrc, kDst, each.row_bytes, each.rows, 0, 0).encode());
    CHECK(done.status == CommandStatus::kBadParameter);
    CHECK(done.detail == each.detail);
  }
  for (std::size_t byte = 36; byte < 64; ++byte) {
    std::vector<std::uint8_t> wrong = good;
    wrong[byte] = 0x80;
    const Completion done = status_of(1, wrong);
    CHECK(done.status == CommandStatus::kBadParameter);
    CHECK(done.detail == (byte < 48 ? byte / 4 * 4 : 48));  // Period and offset are another opcode's; options; reserved.
  }
  CHECK(status_of(1, good).status == CommandStatus::kOk);
  CHECK(bench.at(kDst) == Bench::pattern(0));
}

TEST_CASE("a read fault stops at the failing byte, everything before it is written", "[dma][fast][bad-input]") {
  Bench bench;
  bench.memory.add_hole(kSrc + 5'000, 8);
  const Completion done = bench.run(DmaOpcode::kCopy2d, copy(kSrc, kDst, 10'000, 1, 0, 0));
  CHECK(done.status == CommandStatus::kReadFault);
  CHECK(done.fault_addr == kSrc + 5'000);
  CHECK(done.detail == 5'000);
  CHECK(bench.bytes_done() == 5'000);
  CHECK(bench.at(kDst + 4'999) == Bench::pattern(4'999));
  CHECK(bench.at(kDst + 5'000) == 0);
  CHECK((bench.driver.read(0x10) & 2) != 0);
  CHECK(bench.run(DmaOpcode::kFill2d, fill(kDst, 4, 1, 0, 1)).status == CommandStatus::kOk);
}

TEST_CASE("a write fault stops at the failing byte", "[dma][fast][bad-input]") {
  Bench bench;
  bench.memory.add_hole(kDst + 4'100, 1);
  Completion done = bench.run(DmaOpcode::kCopy2d, copy(kSrc, kDst, 64, 100, 64, 64));
  CHECK(done.status == CommandStatus::kWriteFault);
  CHECK(done.fault_addr == kDst + 4'100);
  CHECK(done.detail == 4'100);
  CHECK(bench.at(kDst + 4'099) == Bench::pattern(4'099));
  CHECK(bench.at(kDst + 4'101) == 0);
  done = bench.run(DmaOpcode::kFill2d, fill(0x1000, 64, 1, 0, 0));
  CHECK(done.status == CommandStatus::kWriteFault);
  CHECK(done.fault_addr == 0x1000);
  CHECK(done.detail == 0);
}

TEST_CASE("addresses are taken modulo 2^64 and fault where nothing answers", "[dma][fast][bad-input]") {
  Bench bench;
  Completion done = bench.run(DmaOpcode::kFill2d, fill(~Addr{0} - 3, 64, 1, 0, 0));
  CHECK(done.status == CommandStatus::kWriteFault);
  CHECK(done.fault_addr == ~Addr{0} - 3);
  // Two rows, of which the second wraps to the other end of the address space: kDst + 2^32 - 1 once, then beyond.
  done = bench.run(DmaOpcode::kFill2d, fill(kDst, 4, 65'536, 0xffff'ffff, 5));
  CHECK(done.status == CommandStatus::kWriteFault);
  CHECK(done.fault_addr == kDst + 0xffff'ffffull);
  CHECK(done.detail == 4);
}

TEST_CASE("a forward copy onto itself by fewer bytes than a piece moves like memmove downwards", "[dma][fast]") {
  Bench bench;
  CHECK(bench.run(DmaOpcode::kCopy2d, copy(kSrc + 100, kSrc, 9'000, 1, 0, 0)).status == CommandStatus::kOk);
  for (unsigned i = 0; i < 9'000; ++i) REQUIRE(bench.at(kSrc + i) == Bench::pattern(i + 100));
}

TEST_CASE("nothing of a piece is visible before its wake-up", "[dma][fast]") {
  Bench bench;
  bench.submit(DmaOpcode::kFill2d, fill(kDst, 4096, 2, 4096, 0xffff'ffff));
  while (bench.at(kDst) == 0) {
    REQUIRE(bench.driver.tail() == 0);
    bench.driver.run(1);
  }
  CHECK(bench.at(kDst + 4095) == 0xff);
  CHECK(bench.at(kDst + 4096) == 0);
  CHECK(bench.bytes_done() == 4096);
}

TEST_CASE("an abort ends the command, what was written stays, nothing more comes", "[dma][fast]") {
  Bench bench;
  bench.submit(DmaOpcode::kFill2d, fill(kDst, 4096, 8, 4096, 0xffff'ffff));
  bench.submit(DmaOpcode::kFill2d, fill(kDst + 0x10000, 4, 1, 4, 0x01010101));
  while (bench.bytes_done() < 8192) bench.driver.run(1);
  bench.driver.write(0x08, 3);  // ENABLE and ABORT.
  bench.driver.run();
  CHECK(bench.driver.completion(0).status == CommandStatus::kAborted);
  CHECK(bench.at(kDst + 8191) == 0xff);
  CHECK(bench.at(kDst + 8192) == 0);
  CHECK(bench.driver.completion(1).status == CommandStatus::kOk);
  CHECK(bench.driver.tail() == 2);
}

TEST_CASE("a soft reset in the middle of a command leaves an engine as new", "[dma][fast]") {
  Bench bench;
  bench.submit(DmaOpcode::kFill2d, fill(kDst, 4096, 8, 4096, 0xffff'ffff));
  while (bench.bytes_done() < 4096) bench.driver.run(1);
  bench.driver.write(0x08, 4);
  bench.driver.run();
  CHECK(bench.bytes_done() == 0);
  CHECK(bench.at(kDst + 4096) == 0);
  CHECK(bench.driver.read(0x0c) == 0);
}

TEST_CASE("saved between any two steps, a fresh engine reaches the same end", "[dma][fast]") {
  const bool faulty = GENERATE(false, true);
  const DmaParameters parameters = copy(kSrc + 1, kDst, 700, 40, 701, 703);
  Bench straight;
  if (faulty) straight.memory.add_hole(kSrc + 20'000, 1);
  straight.submit(DmaOpcode::kCopy2d, parameters);
  const unsigned steps = straight.driver.run();
  for (unsigned cut = 0; cut < steps; ++cut) {
    Bench bench;
    if (faulty) bench.memory.add_hole(kSrc + 20'000, 1);
    bench.submit(DmaOpcode::kCopy2d, parameters);
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

TEST_CASE("a damaged state is refused or harmless", "[dma][fast][bad-input]") {
  Bench bench;
  bench.submit(DmaOpcode::kCopy2d, copy(kSrc, kDst, 1000, 10, 1000, 1000));
  bench.driver.run(6);
  StateWriter out;
  bench.core.save(out);
  std::mt19937 random(3);
  unsigned refused = 0;
  for (unsigned i = 0; i < 300; ++i) {
    std::vector<std::uint8_t> bytes = out.data();
    if (i % 2 == 0) bytes.resize(random() % bytes.size());
    for (unsigned k = 0; k < 4 && !bytes.empty(); ++k) bytes[random() % bytes.size()] ^= static_cast<std::uint8_t>(1u << random() % 8);
    DmaCore fresh{DmaOptions{}};
    StateReader in{ConstBytes(bytes)};
    refused += fresh.load(in) ? 0 : 1;
    Picos now = 0;
    for (unsigned step = 0; step < 50; ++step) {
      const Picos wake = fresh.step(now, bench.memory);
      if (wake == kNever) break;
      now = std::max(now, wake);
    }
  }
  CHECK(refused >= 150);  // At least those that were cut short.
}

TEST_CASE("random commands agree with a plain loop", "[dma][fast]") {
  std::mt19937 random(11);
  Bench bench;
  std::vector<std::uint8_t> expected = bench.memory.bytes;
  for (unsigned i = 0; i < 200; ++i) {
    const bool is_fill = random() % 2;
    const auto row_bytes = static_cast<std::uint32_t>(random() % (random() % 4 ? 60 : 5000)),
               rows = static_cast<std::uint32_t>(random() % 12);
    DmaParameters p = copy(kSrc + random() % 64, kDst + random() % 64, row_bytes, rows, random() % 5000, row_bytes + random() % 3);
    p.pattern = random();
    std::uint64_t source_end = std::uint64_t{p.rows} * p.src_stride + p.row_bytes + 64;
    if (source_end > 0x10000) continue;
    const Completion done = bench.run(is_fill ? DmaOpcode::kFill2d : DmaOpcode::kCopy2d, p);
    REQUIRE(done.status == CommandStatus::kOk);
    REQUIRE(done.detail == std::uint64_t{row_bytes} * rows);
    for (std::uint32_t r = 0; r < rows; ++r)
      for (std::uint32_t c = 0; c < row_bytes; ++c)
        expected[p.dst - kBase + std::uint64_t{r} * p.dst_stride + c] =
            is_fill ? static_cast<std::uint8_t>(p.pattern >> (8 * (c % 4))) : expected[p.src - kBase + std::uint64_t{r} * p.src_stride + c];
    REQUIRE(std::equal(expected.begin() + 0x10000, expected.end(), bench.memory.bytes.begin() + 0x10000));
  }
}

TEST_CASE("time follows the memory or the data path, whichever is slower", "[dma][fast]") {
  DmaOptions options;
  options.clock = Clock{1'000};
  options.bytes_per_cycle = 16;
  options.start_cycles = 8;
  FakeMemory memory(kBase, kSize, 50'000, 100);
  DmaCore core(options);
  core.reset();
  RingDriver driver(core, memory, kRing, kDone);
  Descriptor d;
  d.opcode = 1;
  driver.submit(d, copy(kSrc, kDst, 4096, 4, 4096, 4096).encode(), kParameters);
  driver.run();
  // Parameters 50 + 64 * 0.1 ns; start 8 ns; first piece read 50 + 409.6 ns; three more pieces, read while the one before is written
  // (459.6 ns each, slower than the 256 cycles of the data path); last piece written 459.6 ns.
  const Picos expected = 56'400 + 8'000 + 5 * 459'600;
  CHECK(driver.completion(0).cycles == (expected + 999) / 1'000);
}
