// Crossbar tiles and their commands: results by hand and against plain loops, time, endurance, bad commands, state.
// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <random>

#include "ip/pim/pim_core.h"
#include "regs/pim_regs.h"
#include "test/support/ring_driver.h"

using namespace visoc;
using test::FakeMemory;
using test::RingDriver;

namespace {

constexpr Addr kBase = 0x8000'0000;
constexpr std::size_t kSize = 0x80000;
constexpr Addr kRing = kBase, kDone = kBase + 0x1000, kParameters = kBase + 0x2000;
constexpr Addr kMatrix = kBase + 0x10000, kInput = kBase + 0x40000, kOutput = kBase + 0x50000;

struct Bench {
  FakeMemory memory{kBase, kSize};
  PimCore core;
  RingDriver driver;

  explicit Bench(const PimOptions& options = {}) : core(options), driver(reset(core), memory, kRing, kDone) {}
  static PimCore& reset(PimCore& core) {
    core.reset();
    return core;
  }
  unsigned submit(std::uint16_t opcode, const std::vector<std::uint8_t>& parameters) {
    Descriptor d;
    d.opcode = opcode;
    return driver.submit(d, parameters, kParameters + 0x100 * (submitted_++ % 8));
  }
  Completion run(std::uint16_t opcode, const std::vector<std::uint8_t>& parameters) {
    const unsigned index = submit(opcode, parameters);
    driver.run();
    return driver.completion(index);
  }
  Completion program(std::uint32_t tile, std::uint32_t rows, std::uint32_t cols, std::uint32_t stride, std::uint32_t flags = 0,
                     Addr from = kMatrix) {
    return run(1, PimMatrix{from, tile, rows, cols, stride, flags}.encode());
  }
  Completion read(std::uint32_t tile, std::uint32_t rows, std::uint32_t cols, std::uint32_t stride, Addr to) {
    return run(3, PimMatrix{to, tile, rows, cols, stride, 0}.encode());
  }
  Completion mvm(const PimMvm& m) { return run(2, m.encode()); }
  void random_bytes(Addr at, std::size_t count, unsigned seed) {
    std::mt19937 random(seed);
    for (std::size_t i = 0; i < count; ++i) memory.bytes[at - kBase + i] = static_cast<std::uint8_t>(random());
  }
  std::int8_t i8(Addr at) const { return static_cast<std::int8_t>(memory.bytes[at - kBase]); }
  std::int32_t i32(Addr at) const { return memory.get<std::int32_t>(at); }
  std::uint64_t event(const std::string& name) const {
    for (const EnergyEvent& e : core.energy_events())
      if (e.event == name) return e.count;
    return 0;
  }

  unsigned submitted_ = 0;
};

PimMvm mvm_of(std::uint32_t rows, std::uint32_t cols, std::uint32_t vectors = 1) {
  PimMvm m;
  m.input = kInput;
  m.output = kOutput;
  m.rows = rows;
  m.cols = cols;
  m.vectors = vectors;
  m.in_stride = rows;
  m.out_stride = 4 * cols;
  return m;
}

PimOptions small_options() {
  PimOptions options;
  options.geometry.tiles = 4;
  options.geometry.rows = 8;
  options.geometry.cols = 8;
  options.geometry.adc_bits = 5;  // 8 rows * 3 = 24 < 32: loses nothing.
  return options;
}

}  // namespace

TEST_CASE("a two by three matrix times a vector, by hand", "[pim][fast]") {
  Bench bench;
  // Inputs (3, -2); weights row 0: 1 2 -3, row 1: 4 -5 -128. Sums: 3-8, 6+10, -9+256.
  const std::int8_t weights[6] = {1, 2, -3, 4, -5, -128};
  for (unsigned i = 0; i < 6; ++i) bench.memory.put<std::int8_t>(kMatrix + i, weights[i]);
  bench.memory.put<std::int8_t>(kInput, 3);
  bench.memory.put<std::int8_t>(kInput + 1, -2);
  const Completion programmed = bench.program(0, 2, 3, 3);
  CHECK(programmed.status == CommandStatus::kOk);
  CHECK(programmed.detail == 6);
  const Completion done = bench.mvm(mvm_of(2, 3));
  CHECK(done.status == CommandStatus::kOk);
  CHECK(done.detail == 12);
  CHECK(bench.i32(kOutput) == -5);
  CHECK(bench.i32(kOutput + 4) == 16);
  CHECK(bench.i32(kOutput + 8) == 247);
}

TEST_CASE("extreme weights and inputs are exact: 128 times -128 * -128", "[pim][fast]") {
  Bench bench;
  for (unsigned i = 0; i < 128 * 128; ++i) bench.memory.put<std::int8_t>(kMatrix + i, -128);
  for (unsigned i = 0; i < 128; ++i) bench.memory.put<std::int8_t>(kInput + i, -128);
  REQUIRE(bench.program(3, 128, 128, 128).status == CommandStatus::kOk);
  PimMvm m = mvm_of(128, 128);
  m.tile = 3;
  REQUIRE(bench.mvm(m).status == CommandStatus::kOk);
  for (unsigned c = 0; c < 128; ++c) CHECK(bench.i32(kOutput + 4 * c) == 128 * 16384);
}

TEST_CASE("the bit-sliced way equals plain integers where the converters lose nothing", "[pim][fast]") {
  std::mt19937 random(5);
  for (std::uint32_t cell_bits : {1u, 2u, 4u}) {
    for (std::uint32_t input_bits : {1u, 3u, 8u}) {
      PimGeometry geometry;
      geometry.rows = geometry.cols = 40;
      geometry.cell_bits = cell_bits;
      geometry.input_bits = input_bits;
      geometry.adc_bits = 10;
      REQUIRE(geometry.adc_is_lossless());
      CrossbarTile tile(geometry);
      std::vector<std::int8_t> row(40), input(40);
      for (std::uint32_t r = 0; r < 40; ++r) {
        for (std::int8_t& weight : row) weight = static_cast<std::int8_t>(random());
        tile.program_row(r, row.data(), 40);
        input[r] = static_cast<std::int8_t>(random());
      }
      std::vector<std::uint32_t> exact(37, 7), sliced(37, 7), plain(37, 7);
      tile.multiply_exact(input.data(), 33, 37, exact.data());
      CHECK(tile.multiply_bit_sliced(input.data(), 33, 37, sliced.data()) == 0);
      for (std::uint32_t r = 0; r < 33; ++r) {
        std::int32_t x = input[r] & ((1 << input_bits) - 1);
        if ((x >> (input_bits - 1) & 1) != 0) x -= 1 << input_bits;
        for (std::uint32_t c = 0; c < 37; ++c) plain[c] += static_cast<std::uint32_t>(x * tile.row(r)[c]);
      }
      CHECK(exact == plain);
      CHECK(sliced == plain);
    }
  }
}

TEST_CASE("a converter with too few bits clips, by hand", "[pim][fast]") {
  PimOptions options = small_options();
  options.geometry.adc_bits = 2;  // At most 3.
  Bench bench(options);
  // Eight inputs of 1, eight weights of 3: one slice sums to 24, which the converter limits to 3.
  for (unsigned i = 0; i < 8; ++i) bench.memory.put<std::int8_t>(kMatrix + i, 3);
  for (unsigned i = 0; i < 8; ++i) bench.memory.put<std::int8_t>(kInput + i, 1);
  REQUIRE(bench.program(0, 8, 1, 1).status == CommandStatus::kOk);
  REQUIRE(bench.mvm(mvm_of(8, 1)).status == CommandStatus::kOk);
  CHECK(bench.i32(kOutput) == 3);
  CHECK(bench.driver.read(0x84) == 1);
}

TEST_CASE("a matrix over several tiles, several vectors, strides and accumulation agree with a plain loop", "[pim][fast]") {
  const bool transposed = GENERATE(false, true);
  constexpr std::uint32_t kRows = 200, kCols = 150, kVectors = 9;  // Two by two tiles of 128 x 128.
  Bench bench;
  bench.random_bytes(kMatrix, kRows * kCols, 1);
  bench.random_bytes(kInput, 256 * kVectors, 2);
  bench.random_bytes(kOutput, 640 * kVectors, 3);
  const std::vector<std::uint8_t> before = bench.memory.bytes;
  for (std::uint32_t down = 0; down < 2; ++down) {
    for (std::uint32_t across = 0; across < 2; ++across) {
      const std::uint32_t rows = std::min(128u, kRows - 128 * down), cols = std::min(128u, kCols - 128 * across);
      const Addr from = kMatrix + (transposed ? across * 128 * kRows + down * 128 : down * 128 * kCols + across * 128);
      REQUIRE(bench.program(5 + 2 * down + across, rows, cols, transposed ? kRows : kCols, transposed ? 1 : 0, from).status ==
              CommandStatus::kOk);
    }
  }
  PimMvm m = mvm_of(kRows, kCols, kVectors);
  m.tile = 5;
  m.tiles_down = m.tiles_across = 2;
  m.in_stride = 256;
  m.out_stride = 640;
  m.flags = PimMvm::kAccumulate;
  const Completion done = bench.mvm(m);
  REQUIRE(done.status == CommandStatus::kOk);
  CHECK(done.detail == kVectors * kCols * 4);
  for (std::uint32_t v = 0; v < kVectors; ++v) {
    for (std::uint32_t c = 0; c < kCols; ++c) {
      std::uint32_t sum = 0;
      for (unsigned i = 0; i < 4; ++i) sum |= std::uint32_t{before[kOutput - kBase + v * 640 + c * 4 + i]} << (8 * i);
      for (std::uint32_t r = 0; r < kRows; ++r)
        sum +=
            static_cast<std::uint32_t>(bench.i8(kInput + v * 256 + r) * bench.i8(kMatrix + (transposed ? c * kRows + r : r * kCols + c)));
      REQUIRE(static_cast<std::uint32_t>(bench.i32(kOutput + v * 640 + c * 4)) == sum);
    }
    for (std::uint32_t i = kCols * 4; i < 640; ++i)
      REQUIRE(bench.memory.bytes[kOutput - kBase + v * 640 + i] == before[kOutput - kBase + v * 640 + i]);
  }
}

TEST_CASE("READ gives back what was programmed, other cells keep what they had", "[pim][fast]") {
  Bench bench;
  bench.random_bytes(kMatrix, 0x8000, 4);
  REQUIRE(bench.program(1, 128, 128, 128).status == CommandStatus::kOk);
  REQUIRE(bench.program(1, 3, 2, 2, 0, kMatrix + 0x4000).status == CommandStatus::kOk);
  const Completion done = bench.read(1, 128, 128, 130, kOutput);
  REQUIRE(done.status == CommandStatus::kOk);
  CHECK(done.detail == 128 * 128);
  for (unsigned r = 0; r < 128; ++r) {
    for (unsigned c = 0; c < 128; ++c) {
      const Addr expected = r < 3 && c < 2 ? kMatrix + 0x4000 + r * 2 + c : kMatrix + r * 128 + c;
      REQUIRE(bench.i8(kOutput + r * 130 + c) == bench.i8(expected));
    }
  }
}

TEST_CASE("endurance counts programmed rows by tile and survives a soft reset, as the cells do", "[pim][fast]") {
  Bench bench;
  bench.memory.put<std::int8_t>(kMatrix, 42);
  bench.program(2, 5, 1, 1);
  bench.program(2, 1, 1, 1);
  CHECK(bench.driver.read(0x100 + 4 * 2) == 6);
  CHECK(bench.driver.read(0x100) == 0);
  bench.driver.write(0x08, 4);
  CHECK(bench.driver.read(0x100 + 4 * 2) == 6);
  CHECK(bench.core.tile(2).row(0)[0] == 42);
  CHECK(bench.event("cell_write") == 6 * 8);  // Six rows of one weight: four slices, twice.
}

TEST_CASE("registers say what the tiles are", "[pim][fast]") {
  Bench bench(small_options());
  CHECK(bench.driver.read(0x04) == (4u | 8u << 8 | 8u << 18));
  CHECK(bench.driver.read(0x80) == (5u | 2u << 8 | 8u << 12 | 1u << 16));
}

TEST_CASE("time and energy events of a command follow from the geometry, by hand", "[pim][fast]") {
  PimOptions options = small_options();
  options.clock = Clock{1'000};
  options.crossbar_read_time = 100'000;
  options.adc_sample_time = 10'000;
  options.row_write_time = 1'000'000;
  options.shift_add_cycles = 3;
  Bench bench(options);
  // FakeMemory: 50 ns + 0.1 ns a byte. Parameters (32 bytes) 53.2 ns, matrix rows 50.4 ns, 5 rows of 1 us.
  CHECK(bench.program(0, 5, 4, 4).cycles == 54 - 1 + 51 + 5'000);
  // A phase converts 4 columns in 40 ns, less than the read: 8 * 100 + 40 ns, 3 cycles to add; parameters 56.4, input 50.5, output 51.6 ns.
  CHECK(bench.core.vector_time(4, 1) == 843'000);
  CHECK(bench.mvm(mvm_of(5, 4)).cycles == 1'002);  // 56.4 + 50.5 + 843 + 51.6 = 1001.5, rounded up.
  CHECK(bench.event("dac_conversion") == 5 * 8 * 8);
  CHECK(bench.event("adc_conversion") == 4 * 8 * 8);
  CHECK(bench.event("crossbar_read") == 8 * 8);
  options.adc_sample_time = 50'000;  // Now conversion decides: 100 + 8 * 200 ns.
  CHECK(PimCore(options).vector_time(4, 2) == 1'700'000 + 6'000);
  options.geometry.adcs_per_crossbar = 3;  // Two rounds of 50 ns: the read decides again.
  CHECK(PimCore(options).vector_time(4, 1) == 900'000 + 3'000);
}

TEST_CASE("bad fields end a command with the field's offset, the ring goes on", "[pim][fast][bad-input]") {
  Bench bench;
  struct Case {
    std::uint16_t opcode;
    std::vector<std::uint8_t> parameters;
    CommandStatus status;
    std::uint64_t detail;
  };
  const auto matrix = [](std::uint32_t tile, std::uint32_t rows, std::uint32_t cols, std::uint32_t flags) {
    return PimMatrix{kMatrix, tile, rows, cols, 128, flags}.encode();
  };
  const auto mvm = [](auto change) {
    PimMvm m = mvm_of(16, 16);
    change(m);
    return m.encode();
  };
  const auto with_byte = [](std::vector<std::uint8_t> bytes, std::size_t at) {
    bytes[at] = 1;
    return bytes;
  };
  const auto kBad = CommandStatus::kBadParameter;
  const std::vector<Case> cases = {
      {0, matrix(0, 1, 1, 0), CommandStatus::kUnknownOpcode, 0},
      {4, matrix(0, 1, 1, 0), CommandStatus::kUnknownOpcode, 4},
      {1, {}, kBad, 32},
      {1, std::vector<std::uint8_t>(33, 0), kBad, 32},
      {2, std::vector<std::uint8_t>(32, 0), kBad, 64},
      {1, matrix(16, 1, 1, 0), kBad, 8},
      {1, matrix(0xffff'ffff, 1, 1, 0), kBad, 8},
      {1, matrix(0, 0, 1, 0), kBad, 12},
      {1, matrix(0, 129, 1, 0), kBad, 12},
      {3, matrix(0, 0xffff'ffff, 1, 0), kBad, 12},
      {1, matrix(0, 1, 0, 0), kBad, 16},
      {3, matrix(0, 1, 129, 0), kBad, 16},
      {1, matrix(0, 1, 1, 2), kBad, 24},
      {3, matrix(0, 1, 1, 1), kBad, 24},
      {1, with_byte(matrix(0, 1, 1, 0), 31), kBad, 28},
      {2, mvm([](PimMvm& m) { m.tile = 16; }), kBad, 16},
      {2, mvm([](PimMvm& m) { m.rows = 0; }), kBad, 20},
      {2, mvm([](PimMvm& m) { m.rows = 129; }), kBad, 20},
      {2, mvm([](PimMvm& m) { m.cols = 0xffff'ffff; }), kBad, 24},
      {2, mvm([](PimMvm& m) { m.vectors = 0xffff'ffff; }), kBad, 28},
      {2, mvm([](PimMvm& m) { m.flags = 2; }), kBad, 40},
      {2, mvm([](PimMvm& m) { m.tiles_down = 0; }), kBad, 44},
      {2, mvm([](PimMvm& m) { m.tiles_down = 17; }), kBad, 44},
      {2, mvm([](PimMvm& m) { m.tiles_down = 0xffff'ffff; }), kBad, 44},
      {2, mvm([](PimMvm& m) { m.tiles_across = 0; }), kBad, 48},
      {2, mvm([](PimMvm& m) { m.tiles_down = 4, m.tiles_across = 5; }), kBad, 48},
      {2, mvm([](PimMvm& m) { m.tile = 15, m.tiles_across = 2; }), kBad, 48},
      {2, with_byte(mvm([](PimMvm&) {}), 52), kBad, 52},
      {2, with_byte(mvm([](PimMvm&) {}), 63), kBad, 52},
  };
  for (const Case& each : cases) {
    INFO("opcode " << each.opcode << ", field " << each.detail);
    const Completion done = bench.run(each.opcode, each.parameters);
    CHECK(done.status == each.status);
    CHECK(done.detail == each.detail);
  }
  CHECK(bench.mvm(mvm_of(4, 4, 0)).status == CommandStatus::kOk);  // No vectors: nothing to do.
  CHECK(bench.program(0, 1, 1, 1).status == CommandStatus::kOk);
}

TEST_CASE("memory faults end a command with the address and the bytes done", "[pim][fast][bad-input]") {
  Bench bench;
  bench.random_bytes(kMatrix, 0x4000, 6);
  bench.memory.add_hole(kMatrix + 1000, 1);
  Completion done = bench.program(0, 128, 128, 128);
  CHECK(done.status == CommandStatus::kReadFault);
  CHECK(done.fault_addr == kMatrix + 1000);
  CHECK(done.detail == 1000);
  CHECK(bench.driver.read(0x100) == 0);  // Nothing was programmed.

  REQUIRE(bench.program(0, 4, 4, 4).status == CommandStatus::kOk);
  for (unsigned i = 0; i < 36; ++i) bench.memory.put<std::int8_t>(kInput + i, 1);
  bench.memory.add_hole(kInput + 4 * 5 + 2, 1);
  done = bench.mvm(mvm_of(4, 4, 9));
  CHECK(done.status == CommandStatus::kReadFault);
  CHECK(done.fault_addr == kInput + 22);
  CHECK(done.detail == 5 * 16);  // The five vectors before are complete.
  CHECK(bench.i32(kOutput + 4 * 16) != 0);
  CHECK(bench.i32(kOutput + 5 * 16) == 0);

  bench.memory.add_hole(kOutput + 37, 1);
  done = bench.mvm(mvm_of(4, 4, 5));
  CHECK(done.status == CommandStatus::kWriteFault);
  CHECK(done.fault_addr == kOutput + 37);
  CHECK(done.detail == 37);

  done = bench.read(0, 4, 4, 0xffff'ffff, kOutput);  // The second row lies far outside.
  CHECK(done.status == CommandStatus::kWriteFault);
  CHECK(done.fault_addr == kOutput + 0xffff'ffffull);
  CHECK(done.detail == 4);
  done = bench.program(0, 4, 4, 4, 0, ~Addr{0} - 1);  // Wraps.
  CHECK(done.status == CommandStatus::kReadFault);
}

TEST_CASE("an abort in the middle of programming leaves the rows done so far", "[pim][fast]") {
  Bench bench;
  for (unsigned i = 0; i < 128; ++i) bench.memory.put<std::int8_t>(kMatrix + i, 9);
  bench.submit(1, PimMatrix{kMatrix, 0, 128, 1, 1, 0}.encode());
  while (bench.core.tile(0).row_writes() == 0) bench.driver.run(1);
  bench.driver.write(0x08, 3);
  bench.driver.run();
  CHECK(bench.driver.completion(0).status == CommandStatus::kAborted);
  CHECK(bench.core.tile(0).row_writes() == 16);
  CHECK(bench.core.tile(0).row(15)[0] == 9);
  CHECK(bench.core.tile(0).row(16)[0] == 0);
}

TEST_CASE("saved between any two steps, a fresh block reaches the same end", "[pim][fast]") {
  const auto prepare = [](Bench& bench) {
    bench.random_bytes(kMatrix, 100 * 100, 8);
    bench.random_bytes(kInput, 100 * 40, 9);
    bench.submit(1, PimMatrix{kMatrix, 0, 60, 100, 100, 0}.encode());
    PimMvm m = mvm_of(60, 100, 40);
    m.flags = PimMvm::kAccumulate;
    bench.submit(2, m.encode());
    bench.submit(3, PimMatrix{kBase + 0x60000, 0, 60, 100, 100, 0}.encode());
    bench.submit(2, mvm_of(600, 100, 40).encode());  // Fails.
  };
  Bench straight;
  prepare(straight);
  const unsigned steps = straight.driver.run();
  for (unsigned cut = 0; cut < steps; ++cut) {
    Bench bench;
    prepare(bench);
    bench.driver.run(cut);
    StateWriter out, again;
    bench.core.save(out);
    PimCore fresh{PimOptions{}};
    StateReader in{ConstBytes(out.data())};
    REQUIRE(fresh.load(in));
    CHECK(in.at_end());
    fresh.save(again);
    REQUIRE(again.data() == out.data());
    Picos now = bench.driver.now();
    for (Picos wake = fresh.step(now, bench.memory); wake != kNever; wake = fresh.step(now, bench.memory)) now = std::max(now, wake);
    REQUIRE(bench.memory.bytes == straight.memory.bytes);
    CHECK(now == straight.driver.now());
  }
}

TEST_CASE("a damaged state is refused or harmless", "[pim][fast][bad-input]") {
  PimOptions options = small_options();
  Bench bench(options);
  bench.submit(1, PimMatrix{kMatrix, 0, 8, 8, 8, 0}.encode());
  bench.submit(2, mvm_of(8, 8, 300).encode());
  bench.driver.run(14);
  StateWriter out;
  bench.core.save(out);
  std::mt19937 random(3);
  for (unsigned i = 0; i < 500; ++i) {
    std::vector<std::uint8_t> bytes = out.data();
    if (i % 4 == 0) bytes.resize(random() % bytes.size());
    for (unsigned k = 0; k < 4 && !bytes.empty(); ++k) bytes[random() % bytes.size()] ^= static_cast<std::uint8_t>(1u << random() % 8);
    PimCore fresh(options);
    StateReader in{ConstBytes(bytes)};
    fresh.load(in);
    Picos now = 0;
    for (unsigned step = 0; step < 50; ++step) {
      const Picos wake = fresh.step(now, bench.memory);
      if (wake == kNever) break;
      now = std::max(now, wake);
    }
  }
  PimCore other{PimOptions{}};  // Another geometry.
  StateReader in{ConstBytes(out.data())};
  other.load(in);
  CHECK(other.tile(0).row(0)[0] == 0);
}

TEST_CASE("random parameter blocks never do more than fail", "[pim][fast][bad-input]") {
  std::mt19937 random(12);
  Bench bench(small_options());
  for (unsigned i = 0; i < 2'000; ++i) {
    std::vector<std::uint8_t> bytes(random() % 4 ? (random() % 2 ? 32 : 64) : random() % 100);
    for (std::uint8_t& byte : bytes) byte = random() % 3 == 0 ? static_cast<std::uint8_t>(random() % 9) : 0;
    const unsigned index = bench.submit(static_cast<std::uint16_t>(random() % 5), bytes);
    REQUIRE(bench.driver.run(5'000'000) < 5'000'000);
    bench.driver.completion(index);
  }
  CHECK(bench.driver.tail() == 2'000);
}
