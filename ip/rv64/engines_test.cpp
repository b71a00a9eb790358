// What must hold for both engines: code that changes, reservations that others break, exact counts wherever a run is cut.
// Encodings are worked out by hand; what instructions compute is compared with QEMU elsewhere.
// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <cstring>
#include <vector>

#include "ip/rv64/hart.h"

using namespace visoc;
using namespace visoc::rv64;

namespace {

constexpr Addr kBase = 0x8000'0000;
constexpr std::uint32_t kNop = 0x13, kWfi = 0x10500073;

std::uint32_t addi(unsigned rd, unsigned rs1, int imm) { return static_cast<std::uint32_t>(imm) << 20 | rs1 << 15 | rd << 7 | 0x13; }
std::uint32_t auipc(unsigned rd, std::uint32_t upper) { return upper << 12 | rd << 7 | 0x17; }
std::uint32_t lw(unsigned rd, unsigned rs1, int imm) {
  return static_cast<std::uint32_t>(imm) << 20 | rs1 << 15 | 2 << 12 | rd << 7 | 0x03;
}
std::uint32_t sw(unsigned rs2, unsigned rs1, int imm) {
  const auto i = static_cast<std::uint32_t>(imm);
  return (i >> 5 & 0x7f) << 25 | rs2 << 20 | rs1 << 15 | 2 << 12 | (i & 31) << 7 | 0x23;
}
std::uint32_t bne(unsigned rs1, unsigned rs2, int offset) {
  const auto o = static_cast<std::uint32_t>(offset);
  return (o >> 12 & 1) << 31 | (o >> 5 & 0x3f) << 25 | rs2 << 20 | rs1 << 15 | 1 << 12 | (o >> 1 & 15) << 8 | (o >> 11 & 1) << 7 | 0x63;
}
std::uint32_t lr_w(unsigned rd, unsigned rs1) { return 0x02u << 27 | rs1 << 15 | 2 << 12 | rd << 7 | 0x2f; }
std::uint32_t sc_w(unsigned rd, unsigned rs2, unsigned rs1) { return 0x03u << 27 | rs2 << 20 | rs1 << 15 | 2 << 12 | rd << 7 | 0x2f; }

/// 64 KiB of guarded memory at kBase, nothing else.
class GuardedMemory : public HartBus {
 public:
  std::vector<std::uint8_t> bytes = std::vector<std::uint8_t>(1u << 16);
  std::shared_ptr<PageGuards> guards = std::make_shared<PageGuards>(1u << 16);

  DirectRegion direct(Addr addr) override {
    if (addr - kBase >= bytes.size()) return {};
    return {kBase, bytes.size(), bytes.data(), true, true, guards};
  }
  bool read(Addr, unsigned, std::uint64_t&) override { return false; }
  bool write(Addr, unsigned, std::uint64_t) override { return false; }
  std::uint64_t cycles() override { return 0; }
  std::uint64_t time() override { return 0; }

  /// A write by another master.
  void put(Addr at, std::uint32_t word) {
    std::memcpy(&bytes[at - kBase], &word, 4);
    guards->written(at - kBase, 4, nullptr);
  }
  void put(Addr at, const std::vector<std::uint32_t>& words) {
    for (std::size_t i = 0; i < words.size(); ++i) put(at + 4 * i, words[i]);
  }
};

struct Machine {
  Machine(bool translate, const std::vector<std::uint32_t>& code) : hart(0, memory) {
    if (translate) REQUIRE(hart.enable_jit(1));
    memory.put(kBase, code);
    hart.reset(kBase, 0, 0);
  }
  std::vector<std::uint8_t> state() const {
    StateWriter out;
    hart.save(out);
    return out.data();
  }
  GuardedMemory memory;
  Hart hart;
};

/// Ten rounds of x5 += x6, a store and a load, then WFI.
std::vector<std::uint32_t> loop() {
  return {auipc(10, 8),   addi(7, 0, 10), addi(6, 0, 3), sw(5, 10, 0), lw(8, 10, 0), 0x006282b3 /* add x5, x5, x6 */,
          addi(7, 7, -1), bne(7, 0, -16), kWfi};
}

}  // namespace

TEST_CASE("Both engines reach the same state wherever the run is cut", "[fast]") {
  Machine plain(false, loop()), translated(true, loop());
  for (unsigned step : {1u, 2u, 3u, 5u, 1u, 7u, 11u, 4u, 100u}) {
    const RunEnd end = plain.hart.run(step);
    CHECK(translated.hart.run(step) == end);
    REQUIRE(plain.state() == translated.state());
  }
  CHECK(plain.hart.x(5) == 30);
  CHECK(plain.hart.x(8) == 27);
  CHECK(plain.hart.retired() == 3 + 10 * 5 + 1);
  CHECK(plain.hart.counts().loads == translated.hart.counts().loads);
  CHECK(translated.hart.counts().stores == 10);
  CHECK(translated.hart.counts().stored_bytes == 40);
}

TEST_CASE("A cut inside the block that a jump leads to does not change where that jump leads", "[fast]") {
  // The first block ends with a jump to the second; the cut lies three instructions into the second. Then ten rounds.
  const std::vector<std::uint32_t> code = {addi(7, 7, 1),
                                           0x0040006f /* jal x0, +4 */,
                                           addi(5, 5, 1),
                                           addi(5, 5, 1),
                                           addi(5, 5, 1),
                                           addi(5, 5, 1),
                                           addi(8, 0, 10),
                                           bne(7, 8, -28),
                                           kWfi};
  Machine plain(false, code), translated(true, code);
  for (unsigned step : {5u, 3u, 1000u}) {
    CHECK(translated.hart.run(step) == plain.hart.run(step));
    REQUIRE(plain.state() == translated.state());
  }
  CHECK(translated.hart.x(5) == 40);
}

TEST_CASE("A store into the block under way takes effect at the next instruction", "[fast]") {
  const bool translate = GENERATE(false, true);
  // x5 = the word of addi x6, x0, 7, stored over the nop two instructions on; twice, so that the second round runs translated.
  const std::uint32_t patch = addi(6, 0, 7), nop = addi(6, 0, 1);
  Machine m(translate,
            {auipc(10, 0), lw(5, 10, 40), sw(5, 10, 16), kNop, nop, addi(7, 7, 1), addi(8, 0, 3), bne(7, 8, -24), kWfi, 0, patch});
  CHECK(m.hart.run(1000) == RunEnd::kWaiting);
  CHECK(m.hart.x(6) == 7);
  CHECK(m.hart.x(7) == 3);
  CHECK(m.hart.retired() == 1 + 3 * 7 + 1);
}

TEST_CASE("Code that another master writes is executed without FENCE.I", "[fast]") {
  const bool translate = GENERATE(false, true);
  Machine m(translate, {addi(5, 5, 1), addi(6, 6, 1), bne(5, 0, -8)});
  m.hart.run(300);
  CHECK(m.hart.x(6) == 100);
  m.memory.put(kBase + 4, addi(6, 6, 2));
  m.hart.run(300);
  CHECK(m.hart.x(6) == 300);
  m.memory.put(kBase + 0x800, 0);  // In the same page, beside the code.
  CHECK(m.hart.counts().blocks_dropped >= 1);
  const std::uint64_t made = m.hart.counts().blocks_made;
  m.hart.run(300);
  CHECK(m.hart.counts().blocks_made == made);
}

TEST_CASE("A reservation ends by another master's write, even of the same value, and not by one beside it", "[fast]") {
  const bool translate = GENERATE(false, true);
  Machine m(translate, {auipc(10, 8), lr_w(5, 10), kNop, sc_w(6, 7, 10), lr_w(5, 10), kNop, sc_w(8, 7, 10), kWfi});
  m.hart.run(3);
  m.memory.put(kBase + 0x8000, 0);  // It was zero.
  m.hart.run(3);
  CHECK(m.hart.x(6) == 1);
  m.memory.put(kBase + 0x8004, 1);
  CHECK(m.hart.run(100) == RunEnd::kWaiting);
  CHECK(m.hart.x(8) == 0);
}

TEST_CASE("Any two-, four- and eight-byte access to the first bytes of an unmapped page 0 faults", "[fast][bad-input]") {
  const bool translate = GENERATE(false, true);
  for (unsigned width = 0; width < 4; ++width)
    for (int addr = 0; addr < 16; ++addr) {
      Machine m(translate, {auipc(10, 0), addi(10, 10, 64), 0x30551073 /* csrw mtvec, x10 */, addi(11, 0, addr),
                            11u << 15 | width << 12 | 5u << 7 | 0x03});
      m.memory.put(kBase + 64, kWfi);
      CHECK(m.hart.run(100) == RunEnd::kWaiting);
      const bool aligned = addr % (1 << width) == 0;
      CHECK(m.hart.csr().mcause == (aligned ? kLoadFault : kLoadMisaligned));
      CHECK(m.hart.csr().mtval == static_cast<std::uint64_t>(addr));
    }
}
