// The NPU on a fake memory: cycles from the array's geometry, results against plain loops, time at the edge, damaged commands, state.
// What every operation computes is compared with a reference of its own in test/network.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <random>

#include "ip/npu/npu_test_bench.h"
#include "ip/npu/systolic_core.h"

using namespace visoc;
using namespace visoc::npu;

namespace {

int expected(const Bench& bench, const Convolution& c, std::uint32_t y, std::uint32_t x, std::uint32_t k) {
  const std::uint32_t in_group = c.in / c.groups, out_group = c.out / c.groups, group = k / out_group;
  ChannelEntry entry;
  std::memcpy(&entry, &bench.memory.bytes[kWeights - kBase + 12 * k], sizeof entry);
  int sum = entry.bias;
  for (std::uint32_t ky = 0; ky < c.kernel; ++ky)
    for (std::uint32_t kx = 0; kx < c.kernel; ++kx) {
      const int row = static_cast<int>(y * c.stride + ky) - static_cast<int>(c.pad),
                column = static_cast<int>(x * c.stride + kx) - static_cast<int>(c.pad);
      if (row < 0 || column < 0 || row >= static_cast<int>(c.h) || column >= static_cast<int>(c.w)) continue;
      for (std::uint32_t i = 0; i < in_group; ++i)
        sum +=
            (bench.in((static_cast<std::size_t>(row) * c.w + static_cast<std::size_t>(column)) * c.in + group * in_group + i) - c.in_zero) *
            bench.weight(c, ((std::size_t{k} * c.kernel + ky) * c.kernel + kx) * in_group + i);
    }
  return std::clamp(sum + c.out_zero, -128, 127);
}

}  // namespace

TEST_CASE("Cycles of a product follow from the array's geometry", "[fast]") {
  // 32x32: one fold of weights takes 32 to load, then 100 inputs, the last crossing 31 + 31 cells: 3*32 + 100 - 2, less 1.
  CHECK(gemm_cycles(Dataflow::kWeightStationary, 32, 32, {100, 32, 32}) == 193);
  CHECK(gemm_cycles(Dataflow::kWeightStationary, 32, 32, {100, 33, 32}) == 2 * 194 - 1);
  CHECK(gemm_cycles(Dataflow::kWeightStationary, 32, 32, {100, 32, 33}) == 2 * 194 - 1);
  CHECK(gemm_cycles(Dataflow::kOutputStationary, 32, 32, {100, 32, 32}) == 4 * (32 + 62) - 1);
  // 16 rows, 8 columns, K 20, N 10: two by two folds of 2*16 + 8 + 5 - 2.
  CHECK(gemm_cycles(Dataflow::kWeightStationary, 16, 8, {5, 10, 20}) == 4 * 43 - 1);
  CHECK(gemm_cycles(Dataflow::kWeightStationary, 16, 8, {0, 10, 20}) == 0);
  CHECK(gemm_cycles(Dataflow::kOutputStationary, 16, 8, {5, 10, 0}) == 0);
}

TEST_CASE("Convolutions of many shapes equal plain loops", "[fast]") {
  std::mt19937 random(7);
  for (unsigned i = 0; i < 40; ++i) {
    Convolution c;
    c.groups = std::vector<std::uint32_t>{1, 1, 2, 8}[random() % 4];
    c.in = 8 * (1 + random() % 3);
    c.out = 8 * (1 + random() % 5);
    c.kernel = 1 + random() % 4;
    c.pad = random() % c.kernel;
    c.stride = 1 + random() % 2;
    c.h = c.kernel + random() % 20;
    c.w = c.kernel + random() % 20;
    c.in_zero = static_cast<int>(random() % 256) - 128;
    c.out_zero = static_cast<int>(random() % 11) - 5;
    Bench bench;
    bench.fill(c, i);
    const unsigned index = bench.submit({layer_of(c)});
    bench.driver.run();
    REQUIRE(bench.driver.completion(index).status == CommandStatus::kOk);
    bool equal = true;
    for (std::uint32_t y = 0; y < c.out_h(); ++y)
      for (std::uint32_t x = 0; x < c.out_w(); ++x)
        for (std::uint32_t k = 0; k < c.out; ++k)
          equal = equal && bench.out((std::size_t{y} * c.out_w() + x) * c.out + k) == expected(bench, c, y, x, k);
    INFO("convolution " << i << ": " << c.h << "x" << c.w << "x" << c.in << " -> " << c.out << ", kernel " << c.kernel << ", groups "
                        << c.groups);
    CHECK(equal);
  }
}

TEST_CASE("Nothing happens before a wake-up's time", "[fast]") {
  Bench bench;
  const Convolution c;
  bench.fill(c, 1);
  const unsigned index = bench.submit({layer_of(c)});
  Picos now = bench.driver.now();
  unsigned wakes = 0;
  for (Picos wake = bench.core.step(now, bench.memory); wake != kNever; wake = bench.core.step(now, bench.memory)) {
    if (wake > now + 1) {
      const std::vector<std::uint8_t> before = bench.memory.bytes;
      CHECK(bench.core.step(wake - 1, bench.memory) == wake);
      CHECK(bench.memory.bytes == before);
      ++wakes;
    }
    now = std::max(now, wake);
  }
  CHECK(wakes >= 3);
  CHECK(bench.driver.completion(index).status == CommandStatus::kOk);
}

TEST_CASE("Loads, compute and stores of tiles overlap", "[fast]") {
  NpuOptions options;
  options.limits.tile_bytes = 4096;
  Convolution c;
  c.h = c.w = 48;
  c.in = c.out = 32;
  Bench bench(options, 0, 50);  // 16 bytes a cycle of 1250 ps is 78 ps a byte: memory keeps up with the port.
  bench.fill(c, 3);
  const unsigned index = bench.submit({layer_of(c)});
  bench.driver.run();
  const Completion done = bench.driver.completion(index);
  REQUIRE(done.status == CommandStatus::kOk);
  const std::uint64_t compute = bench.pair(0x90), stall = bench.pair(0x98);
  std::uint64_t moved = 0;
  for (const test::RecordedAccess& access : bench.memory.accesses) moved += access.addr >= kWeights ? access.bytes : 0;
  const Cycles transfer = moved / options.dma_bytes_per_cycle;
  CHECK(compute > 0);
  CHECK(done.cycles >= compute);
  CHECK(done.cycles >= compute + stall);
  CHECK(done.cycles < compute + transfer / 2);  // One after the other would be compute + transfer.
  CHECK(bench.pair(0xa0) == std::uint64_t{48} * 48 * 32 * 32 * 9);
}

TEST_CASE("Damaged commands end with a status", "[slow]") {
  const Convolution c;
  std::mt19937 random(11);
  unsigned refused = 0;
  for (unsigned i = 0; i < 1500; ++i) {
    Bench bench;
    bench.fill(c, 1);
    LayerCommand layer = layer_of(c);
    auto* bytes = reinterpret_cast<std::uint8_t*>(&layer);
    const std::size_t at = random() % sizeof layer;
    bytes[at] = static_cast<std::uint8_t>(bytes[at] ^ (1u << random() % 8));
    const unsigned index = bench.submit({layer});
    const unsigned steps = bench.driver.run(200'000);
    CHECK(steps < 200'000);
    const Completion done = bench.driver.completion(index);
    CHECK(done.status <= CommandStatus::kInputError);
    refused += done.status != CommandStatus::kOk ? 1 : 0;
  }
  CHECK(refused > 700);
}

TEST_CASE("Parameters out of range are refused, faults name their address, and the ring goes on", "[fast]") {
  Bench bench;
  const Convolution c;
  bench.fill(c, 1);
  const unsigned unknown = bench.submit_raw(std::vector<std::uint8_t>(64), 77);
  bench.driver.run();
  CHECK(bench.driver.completion(unknown).status == CommandStatus::kUnknownOpcode);
  const unsigned small = bench.submit_raw(std::vector<std::uint8_t>(63));
  bench.driver.run();
  CHECK(bench.driver.completion(small).status == CommandStatus::kBadParameter);
  const unsigned many = bench.submit({layer_of(c)}, kMaxLayers + 1);
  bench.driver.run();
  CHECK(bench.driver.completion(many).status == CommandStatus::kBadParameter);
  bench.memory.add_hole(kInput + 100, 1);
  const unsigned hole = bench.submit({layer_of(c)});
  bench.driver.run();
  CHECK(bench.driver.completion(hole).status == CommandStatus::kReadFault);
  CHECK(bench.driver.completion(hole).fault_addr == kInput + 100);
  LayerCommand elsewhere = layer_of(c);
  elsewhere.in0.base = Base::kArena;
  elsewhere.in0.offset = 0x2000;
  const unsigned good = bench.submit({elsewhere});
  bench.driver.run();
  CHECK(bench.driver.completion(good).status == CommandStatus::kOk);
}

TEST_CASE("State saved between any two steps and loaded into a fresh core reaches the same end", "[fast]") {
  NpuOptions options;
  options.limits.tile_bytes = 1024;
  const Convolution c;
  Bench reference(options);
  reference.fill(c, 5);
  const unsigned index = reference.submit({layer_of(c), layer_of(c)});
  const unsigned steps = reference.driver.run();
  REQUIRE(reference.driver.completion(index).status == CommandStatus::kOk);
  REQUIRE(steps > 8);
  for (unsigned cut = 1; cut < steps; ++cut) {
    Bench first(options);
    first.fill(c, 5);
    first.submit({layer_of(c), layer_of(c)});
    first.driver.run(cut);
    StateWriter out;
    first.core.save(out);
    NpuCore second(options);
    second.reset();
    StateReader in{ConstBytes(out.data())};
    REQUIRE(second.load(in));
    Picos now = first.driver.now();
    for (Picos wake = second.step(now, first.memory); wake != kNever; wake = second.step(now, first.memory)) now = std::max(now, wake);
    CHECK(first.memory.bytes == reference.memory.bytes);
    CHECK(now == reference.driver.now());
  }
}
