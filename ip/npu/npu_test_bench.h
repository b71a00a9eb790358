// The NPU on a fake memory, with layers of random numbers: shared by the tests of this folder.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <catch2/catch.hpp>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "ip/npu/npu_core.h"
#include "test/support/fake_services.h"
#include "test/support/ring_driver.h"

namespace visoc::npu {

inline constexpr Addr kBase = 0x8000'0000;
inline constexpr std::size_t kSize = 0x100000;
inline constexpr Addr kRing = kBase, kDone = kBase + 0x1000, kParameters = kBase + 0x2000, kProgram = kBase + 0x4000;
inline constexpr Addr kWeights = kBase + 0x10000, kInput = kBase + 0x40000, kOutput = kBase + 0x80000;

/// A convolution whose channel table starts the weight blob and whose weights follow it.
struct Convolution {
  std::uint32_t h = 12, w = 10, in = 8, out = 16, kernel = 3, stride = 1, pad = 1, groups = 1;
  std::int32_t in_zero = -5, out_zero = 3;

  std::uint32_t out_h() const { return (h + 2 * pad - kernel) / stride + 1; }
  std::uint32_t out_w() const { return (w + 2 * pad - kernel) / stride + 1; }
  std::uint32_t channel_bytes() const { return out * 12; }
  std::uint32_t weight_bytes() const { return out * kernel * kernel * (in / groups); }
};

inline TensorRef tensor(Base base, std::uint32_t h, std::uint32_t w, std::uint32_t c, std::int32_t zero) {
  return {base, ElementType::kInt8, 0, 0, h, w, c, w * c, c, zero};
}

inline LayerCommand layer_of(const Convolution& c) {
  LayerCommand layer{};
  layer.op = Op::kConv2d;
  layer.in0 = tensor(Base::kInput, c.h, c.w, c.in, c.in_zero);
  layer.out = tensor(Base::kOutput, c.out_h(), c.out_w(), c.out, c.out_zero);
  layer.kernel_h = layer.kernel_w = static_cast<std::uint16_t>(c.kernel);
  layer.stride_h = layer.stride_w = static_cast<std::uint16_t>(c.stride);
  layer.dilation_h = layer.dilation_w = 1;
  layer.pad_top = layer.pad_left = static_cast<std::uint16_t>(c.pad);
  layer.groups = c.groups;
  layer.channel_offset = 0;
  layer.weights_offset = c.channel_bytes();
  layer.clamp_min = -128;
  layer.clamp_max = 127;
  return layer;
}

struct Bench {
  test::FakeMemory memory;
  NpuCore core;
  test::RingDriver driver;

  explicit Bench(const NpuOptions& options = {}, Picos latency = 50'000, Picos ps_per_byte = 100)
      : memory(kBase, kSize, latency, ps_per_byte), core(options), driver(ready(core), memory, kRing, kDone) {}
  static NpuCore& ready(NpuCore& core) {
    core.reset();
    return core;
  }
  /// Random input and small random weights; identity scale, so sums go out clamped.
  void fill(const Convolution& c, unsigned seed) {
    std::mt19937 random(seed);
    for (std::uint32_t i = 0; i < c.h * c.w * c.in; ++i) memory.bytes[kInput - kBase + i] = static_cast<std::uint8_t>(random());
    for (std::uint32_t i = 0; i < c.weight_bytes(); ++i)
      memory.bytes[kWeights - kBase + c.channel_bytes() + i] = static_cast<std::uint8_t>(static_cast<int>(random() % 3) - 1);
    for (std::uint32_t k = 0; k < c.out; ++k) {
      const ChannelEntry entry{static_cast<std::int32_t>(random() % 40) - 20, 1 << 30, 1};
      std::memcpy(&memory.bytes[kWeights - kBase + 12 * k], &entry, sizeof entry);
    }
  }
  static RunParameters parameters_for(std::size_t layer_count) {
    RunParameters run{};
    run.program = kProgram;
    run.layer_count = static_cast<std::uint32_t>(layer_count);
    run.weights = kWeights;
    run.arena = run.input = kInput;
    run.output = kOutput;
    return run;
  }
  void put_program(const std::vector<LayerCommand>& layers) {
    std::memcpy(&memory.bytes[kProgram - kBase], layers.data(), layers.size() * sizeof(LayerCommand));
  }
  unsigned submit(const std::vector<LayerCommand>& layers, std::uint32_t layer_count = 0) {
    put_program(layers);
    return submit(parameters_for(layer_count != 0 ? layer_count : layers.size()));
  }
  unsigned submit(const RunParameters& run) {
    std::vector<std::uint8_t> bytes(sizeof run);
    std::memcpy(bytes.data(), &run, sizeof run);
    return submit_raw(bytes);
  }
  unsigned submit_raw(const std::vector<std::uint8_t>& parameters, std::uint16_t opcode = kOpcodeRun) {
    Descriptor d;
    d.opcode = opcode;
    d.flags = kFlagInterrupt;
    return driver.submit(d, parameters, kParameters);
  }
  std::int8_t in(std::size_t i) const { return static_cast<std::int8_t>(memory.bytes[kInput - kBase + i]); }
  std::int8_t out(std::size_t i) const { return static_cast<std::int8_t>(memory.bytes[kOutput - kBase + i]); }
  std::int8_t weight(const Convolution& c, std::size_t i) const {
    return static_cast<std::int8_t>(memory.bytes[kWeights - kBase + c.channel_bytes() + i]);
  }
  std::uint64_t pair(Offset low) { return driver.read(low) | std::uint64_t{driver.read(low + 4)} << 32; }
  std::uint64_t statistic(const std::string& name) const {
    for (const Statistic& statistic : core.statistics())
      if (statistic.name == name) return statistic.value;
    FAIL("no statistic " << name);
    return 0;
  }
  /// Steps at every wake-up up to and at `until`; returns the next one.
  Picos step_until(Picos until) {
    Picos now = driver.now(), wake = core.step(now, memory);
    while (wake <= until) {
      now = std::max(now, wake);
      wake = core.step(now, memory);
    }
    driver.set_now(until);
    return until > now ? core.step(until, memory) : wake;
  }
};

}  // namespace visoc::npu
