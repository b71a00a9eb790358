// When the NPU does what: commands worked out by hand to the picosecond, and counters against the memory's own record.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "ip/npu/npu_test_bench.h"

using namespace visoc;
using namespace visoc::npu;

namespace {

constexpr Picos kCycle = 1'250;  // 800 MHz.

/// Bytes that the engine itself moved: not the ring's descriptors, parameters and records, which lie below the program.
std::uint64_t recorded_bytes(const Bench& bench, bool is_write) {
  std::uint64_t bytes = 0;
  for (const test::RecordedAccess& access : bench.memory.accesses)
    if (access.is_write == is_write && access.addr >= kProgram) bytes += access.bytes;
  return bytes;
}

bool untouched(const Bench& bench, std::size_t from, std::size_t count) {
  const auto* first = &bench.memory.bytes[kOutput - kBase + from];
  return std::all_of(first, first + count, [](std::uint8_t byte) { return byte == 0x55; });
}

}  // namespace

TEST_CASE("A convolution of one tile ends at the picosecond worked out by hand", "[fast]") {
  // 50 ns and 0.1 ns a byte; the port passes 16 bytes a cycle, which is faster. 2 x 5 pixels, 32 channels in and out.
  Bench bench;
  Convolution c;
  c.h = 2;
  c.w = 5;
  c.in = c.out = 32;
  c.kernel = 1;
  c.pad = 0;
  bench.fill(c, 1);
  std::fill_n(bench.memory.bytes.begin() + (kOutput - kBase), 1024, 0x55);
  const unsigned index = bench.submit({layer_of(c)});
  const Picos fetched = 50'000 + 6'400;              // Descriptor, 64 bytes.
  const Picos begun = fetched + 50'000 + 6'400;      // Parameters, 64 bytes.
  const Picos layer_read = begun + 50'000 + 19'200;  // 192 bytes.
  // Channel table (384 bytes, 24 cycles on the port), weights (1024 bytes, 64 cycles), input (320 bytes): each burst starts when the
  // port has passed the one before it.
  const Picos ready = layer_read + (24 + 64) * kCycle + 50'000 + 32'000;
  // 32 rows, 32 columns, 10 pixels: 2*32 + 32 + 10 - 2, less 1.
  const Picos computed = ready + 103 * kCycle;
  const Picos stored = computed + 50'000 + 32'000;

  bench.step_until(computed - 1);
  CHECK(untouched(bench, 0, 1024));
  bench.step_until(computed);
  CHECK(bench.out(0) != 0x55);
  CHECK(untouched(bench, 320, 1024 - 320));
  CHECK(bench.driver.tail() == 0);
  CHECK(bench.pair(0x90) == 103);

  bench.step_until(stored - 1);
  CHECK(bench.memory.get<std::uint64_t>(kDone + 8) == 0);
  bench.step_until(stored);
  CHECK(bench.driver.completion(index).status == CommandStatus::kOk);
  CHECK(bench.driver.completion(index).cycles == (stored - fetched + kCycle - 1) / kCycle);
  // Layer command, loads and store are the layer's time without compute.
  CHECK(bench.pair(0x98) == (stored - begun + kCycle - 1) / kCycle - 103);

  const Picos recorded = stored + 50'000 + 3'200;  // Completion record, 32 bytes.
  bench.step_until(recorded - 1);
  CHECK_FALSE(bench.core.irq_level(0));
  bench.step_until(recorded);
  CHECK(bench.core.irq_level(0));
  CHECK(bench.driver.tail() == 1);
}

TEST_CASE("Where memory is slow, the next tile's inputs set the pace and stores run beside them", "[fast]") {
  // 10 ns and 1 ns a byte. The sum of two maps of 4 x 16 pixels of 16 channels, two rows a tile: 512 bytes each way and operand.
  NpuOptions options;
  options.limits.tile_bytes = 3 * 512;
  Bench bench(options, 10'000, 1'000);
  LayerCommand layer{};
  layer.op = Op::kAdd;
  layer.in0 = tensor(Base::kInput, 4, 16, 16, 0);
  layer.in1 = layer.in0;
  layer.in1.offset = 4096;
  layer.out = tensor(Base::kOutput, 4, 16, 16, 0);
  layer.clamp_min = -128;
  layer.clamp_max = 127;
  for (int i = 0; i < 3; ++i) layer.multiplier[i] = 1 << 30;
  std::fill_n(bench.memory.bytes.begin() + (kOutput - kBase), 2048, 0x55);
  const unsigned index = bench.submit({layer});

  const Picos fetched = 10'000 + 64'000, begun = fetched + 10'000 + 64'000, layer_read = begun + 10'000 + 192'000;
  const Picos load = 32 * kCycle + 10'000 + 512'000;  // The second operand starts when the port has passed the first.
  const Picos compute = 32 * kCycle;                  // 512 results of two operands on 32 lanes.
  const Picos store = 10'000 + 512'000;
  const Picos first = layer_read + load, second = first + load;  // Tile 1 is on its way while tile 0 is computed and stored.
  REQUIRE(compute + store <= load);

  bench.step_until(first + compute - 1);
  CHECK(untouched(bench, 0, 1024));
  bench.step_until(first + compute);
  CHECK_FALSE(untouched(bench, 0, 512));
  CHECK(untouched(bench, 512, 512));
  bench.step_until(second + compute - 1);
  CHECK(untouched(bench, 512, 512));
  bench.step_until(second + compute);
  CHECK_FALSE(untouched(bench, 512, 512));
  bench.driver.run();
  const Completion done = bench.driver.completion(index);
  REQUIRE(done.status == CommandStatus::kOk);
  CHECK(done.cycles == (second + compute + store - fetched + kCycle - 1) / kCycle);
  CHECK(bench.pair(0x90) == 64);
}

TEST_CASE("Where memory is fast, the array sets the pace and only the ends are seen", "[fast]") {
  // No latency, 10 ps a byte: the port's 16 bytes a cycle decide. 8 x 8 array, outputs stay; 8 x 8 pixels, 16 channels in, 8 out, 1 x 1.
  NpuOptions options;
  options.core.rows = options.core.columns = 8;
  options.core.dataflow = "os";
  options.limits.tile_bytes = 4 * 8 * (16 + 8);  // Four rows a tile.
  Bench bench(options, 0, 10);
  Convolution c;
  c.h = c.w = 8;
  c.in = 16;
  c.out = 8;
  c.kernel = 1;
  c.pad = 0;
  bench.fill(c, 2);
  const unsigned index = bench.submit({layer_of(c)});
  bench.driver.run();
  const Completion done = bench.driver.completion(index);
  REQUIRE(done.status == CommandStatus::kOk);
  // A tile has 32 pixels: 4 folds of 16 + 8 + 8 - 2 cycles, less 1.
  const Cycles compute = 4 * 30 - 1;
  CHECK(bench.pair(0x90) == 2 * compute);
  // Parameters at the memory's 10 ps a byte; on the port: layer command 12 cycles, channel table 6, weights 8, first tile 32; both
  // tiles' compute, and the second tile's 256 bytes out, 16 cycles. The second tile's 32 cycles in and the first's 16 out are hidden.
  CHECK(done.cycles == (64 * 10 + (12 + 6 + 8 + 32 + 2 * compute + 16) * kCycle + kCycle - 1) / kCycle);
}

TEST_CASE("Counters of bytes are those that the memory saw", "[fast]") {
  std::mt19937 random(21);
  for (unsigned i = 0; i < 12; ++i) {
    NpuOptions options;
    options.limits.tile_bytes = 512 << random() % 6;
    options.limits.scratchpad_bytes = 24 * 1024;  // Small enough that some layers take several blocks of channels.
    options.dma_outstanding = 1 + random() % 4;
    Bench bench(options);
    Convolution c;
    c.in = 8 * (1 + random() % 6);
    c.out = 8 * (1 + random() % 12);
    c.h = 3 + random() % 20;
    c.w = 3 + random() % 20;
    bench.fill(c, i);
    bench.memory.accesses.clear();
    const unsigned index = bench.submit({layer_of(c)});
    bench.driver.run();
    INFO("convolution " << i << ": " << c.h << "x" << c.w << "x" << c.in << " -> " << c.out);
    REQUIRE(bench.driver.completion(index).status == CommandStatus::kOk);
    // The program was put into memory past the port, so that every access up there is the engine's.
    CHECK(bench.statistic("dma_read_bytes") == recorded_bytes(bench, false));
    CHECK(bench.statistic("dma_write_bytes") == recorded_bytes(bench, true));
    CHECK(bench.statistic("dma_write_bytes") == std::uint64_t{c.out_h()} * c.out_w() * c.out);
    CHECK(bench.statistic("macs") == std::uint64_t{c.out_h()} * c.out_w() * c.out * c.in * 9);
    CHECK(bench.statistic("scratchpad_peak_bytes") <= options.limits.scratchpad_bytes);
    for (const test::RecordedAccess& access : bench.memory.accesses) {
      CHECK(access.bytes <= BurstDma::kMaxBurstBytes);
      CHECK(access.addr / 4096 == (access.addr + access.bytes - 1) / 4096);
    }
  }
}

TEST_CASE("No more bursts are on the way than were asked for", "[fast]") {
  for (std::uint32_t outstanding : {1u, 2u, 3u}) {
    NpuOptions options;
    options.dma_outstanding = outstanding;
    Bench bench(options, 5'000'000, 0);
    Convolution c;
    c.h = c.w = 24;
    c.in = 64;
    bench.fill(c, 4);
    bench.memory.accesses.clear();
    bench.submit({layer_of(c)});
    bench.driver.run();
    std::vector<Picos> ends;
    std::size_t most = 0;
    for (const test::RecordedAccess& access : bench.memory.accesses) {
      if (access.is_write || access.addr < kProgram) continue;
      ends.erase(std::remove_if(ends.begin(), ends.end(), [&](Picos end) { return end <= access.at; }), ends.end());
      ends.push_back(access.at + 5'000'000);
      most = std::max(most, ends.size());
    }
    CHECK(most == outstanding);
  }
}
