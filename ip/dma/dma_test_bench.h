// The DMA engine with a fake memory and a driver of its ring, for its tests.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <catch2/catch.hpp>

#include "ip/dma/dma_core.h"
#include "test/support/ring_driver.h"

namespace visoc::test {

constexpr Addr kBase = 0x8000'0000;
constexpr std::size_t kSize = 0x40000;
constexpr Addr kRing = kBase, kDone = kBase + 0x1000, kParameters = kBase + 0x2000;
constexpr Addr kSrc = kBase + 0x10000, kDst = kBase + 0x20000;

struct Bench {
  FakeMemory memory{kBase, kSize};
  DmaCore core{DmaOptions{}};
  RingDriver driver;

  Bench() : driver(reset(core), memory, kRing, kDone) {
    for (unsigned i = 0; i < 0x10000; ++i) memory.bytes[0x10000 + i] = pattern(i);
  }
  static DmaCore& reset(DmaCore& core) {
    core.reset();
    return core;
  }
  static std::uint8_t pattern(std::uint64_t i) { return static_cast<std::uint8_t>(i * 7 + (i >> 8) + 1); }
  std::uint8_t at(Addr addr) const { return memory.bytes[addr - kBase]; }

  unsigned submit(DmaOpcode opcode, const DmaParameters& parameters) {
    return submit_raw(static_cast<std::uint16_t>(opcode), parameters.encode());
  }
  unsigned submit_raw(std::uint16_t opcode, const std::vector<std::uint8_t>& parameters) {
    Descriptor d;
    d.opcode = opcode;
    d.tag = 0x1000 + driver.tail();
    d.flags = kFlagInterrupt;
    return driver.submit(d, parameters, kParameters + 0x100 * (submitted_++ % 8));
  }
  Completion run(DmaOpcode opcode, const DmaParameters& parameters) {
    const unsigned index = submit(opcode, parameters);
    driver.run();
    return driver.completion(index);
  }
  unsigned submitted_ = 0;
  std::uint32_t crc() { return driver.read(0x88); }
  std::uint64_t bytes_done() { return driver.read(0x80) | std::uint64_t{driver.read(0x84)} << 32; }
};

inline DmaParameters copy(Addr src, Addr dst, std::uint32_t row_bytes, std::uint32_t rows, std::uint32_t src_stride,
                          std::uint32_t dst_stride) {
  DmaParameters p;
  p.src = src;
  p.dst = dst;
  p.row_bytes = row_bytes;
  p.rows = rows;
  p.src_stride = src_stride;
  p.dst_stride = dst_stride;
  return p;
}

inline DmaParameters fill(Addr dst, std::uint32_t row_bytes, std::uint32_t rows, std::uint32_t stride, std::uint32_t pattern) {
  DmaParameters p = copy(0, dst, row_bytes, rows, 0, stride);
  p.pattern = pattern;
  return p;
}

}  // namespace visoc::test
