// The hart on a flat memory: traps, interrupts, limits, translation, time of accesses, state. Encodings are worked out by hand from the
// specification's instruction formats; what instructions compute is compared with QEMU in test/random_programs.
// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <cstring>
#include <vector>

#include "ip/rv64/fp.h"
#include "ip/rv64/hart.h"

using namespace visoc;
using namespace visoc::rv64;

namespace {

constexpr Addr kBase = 0x8000'0000;
constexpr Addr kDevice = 0x1000'0000;
constexpr std::uint32_t kNop = 0x13, kWfi = 0x10500073, kMret = 0x30200073, kEcall = 0x73, kEbreak = 0x00100073, kFenceI = 0x100f;

std::uint32_t addi(unsigned rd, unsigned rs1, int imm) { return static_cast<std::uint32_t>(imm) << 20 | rs1 << 15 | rd << 7 | 0x13; }
std::uint32_t lui(unsigned rd, std::uint32_t upper) { return upper << 12 | rd << 7 | 0x37; }
std::uint32_t load(unsigned width, unsigned rd, unsigned rs1, int imm) {
  return static_cast<std::uint32_t>(imm) << 20 | rs1 << 15 | width << 12 | rd << 7 | 0x03;
}
std::uint32_t store(unsigned width, unsigned rs2, unsigned rs1, int imm) {
  return (static_cast<std::uint32_t>(imm) >> 5 & 0x7f) << 25 | rs2 << 20 | rs1 << 15 | width << 12 |
         (static_cast<std::uint32_t>(imm) & 31) << 7 | 0x23;
}
std::uint32_t csrrw(unsigned rd, unsigned csr, unsigned rs1) { return csr << 20 | rs1 << 15 | 1 << 12 | rd << 7 | 0x73; }
std::uint32_t csrrs(unsigned rd, unsigned csr, unsigned rs1) { return csr << 20 | rs1 << 15 | 2 << 12 | rd << 7 | 0x73; }
std::uint32_t jal(unsigned rd, int offset) {
  const auto o = static_cast<std::uint32_t>(offset);
  return (o >> 20 & 1) << 31 | (o >> 1 & 0x3ff) << 21 | (o >> 11 & 1) << 20 | (o >> 12 & 0xff) << 12 | rd << 7 | 0x6f;
}
constexpr unsigned kMstatus = 0x300, kMie = 0x304, kMtvec = 0x305, kMepc = 0x341, kMcause = 0x342, kMtval = 0x343, kMcycle = 0xb00,
                   kMinstret = 0xb02;

/// 64 KiB at kBase, and eight bytes of device at kDevice whose accesses are recorded with the hart's counters at that moment.
class FlatBus : public HartBus {
 public:
  std::vector<std::uint8_t> memory = std::vector<std::uint8_t>(1u << 16);
  bool allow_direct = true;
  Hart* hart = nullptr;
  struct Access {
    bool is_write;
    Addr addr;
    unsigned bytes;
    std::uint64_t retired, accesses;
  };
  std::vector<Access> device_accesses;
  std::uint64_t device = 0;
  bool stop_at_device = false;

  DirectRegion direct(Addr addr) override {
    if (!allow_direct || addr - kBase >= memory.size()) return {};
    return {kBase, memory.size(), memory.data(), true, true, nullptr};
  }
  bool read(Addr addr, unsigned bytes, std::uint64_t& value) override {
    if (addr - kBase < memory.size() && bytes <= memory.size() - (addr - kBase)) {
      value = 0;
      std::memcpy(&value, &memory[addr - kBase], bytes);
      return true;
    }
    return device_access(false, addr, bytes) && (value = device, true);
  }
  bool write(Addr addr, unsigned bytes, std::uint64_t value) override {
    if (addr - kBase < memory.size() && bytes <= memory.size() - (addr - kBase)) {
      std::memcpy(&memory[addr - kBase], &value, bytes);
      return true;
    }
    return device_access(true, addr, bytes) && (device = value, true);
  }
  std::uint64_t cycles() override { return hart->retired(); }
  std::uint64_t time() override { return 4242; }

  void put(Addr at, const std::vector<std::uint32_t>& code) { std::memcpy(&memory[at - kBase], code.data(), 4 * code.size()); }
  template <typename T>
  T get(Addr at) const {
    T value;
    std::memcpy(&value, &memory[at - kBase], sizeof value);
    return value;
  }

 private:
  bool device_access(bool is_write, Addr addr, unsigned bytes) {
    if (addr - kDevice >= 8) return false;
    device_accesses.push_back({is_write, addr, bytes, hart->retired(), hart->memory_accesses()});
    if (stop_at_device) hart->stop();
    return true;
  }
};

struct Machine {
  FlatBus bus;
  Hart hart{0, bus};

  explicit Machine(const std::vector<std::uint32_t>& code) {
    bus.hart = &hart;
    bus.put(kBase, code);
    hart.reset(kBase, 0, 0x1234);
  }
  /// Handler: keeps cause and mtval in x28, x29, then sleeps.
  void add_handler(Addr at = kBase + 0x1000) {
    bus.put(at, {csrrs(28, kMcause, 0), csrrs(29, kMtval, 0), csrrs(30, kMepc, 0), kWfi, jal(0, -4)});
  }
};

std::vector<std::uint32_t> with_handler(std::vector<std::uint32_t> code) {
  // auipc t0, 1: the handler's page is the next one.
  std::vector<std::uint32_t> all = {1u << 12 | 5u << 7 | 0x17, csrrw(0, kMtvec, 5)};
  all.insert(all.end(), code.begin(), code.end());
  return all;
}

}  // namespace

TEST_CASE("A hart starts with its arguments and x0 stays zero", "[fast]") {
  Machine m({addi(0, 11, 5), addi(6, 0, 7), kWfi});
  CHECK(m.hart.x(10) == 0);
  CHECK(m.hart.x(11) == 0x1234);
  CHECK(m.hart.run(100) == RunEnd::kWaiting);
  CHECK(m.hart.x(0) == 0);
  CHECK(m.hart.x(6) == 7);
  CHECK(m.hart.retired() == 3);
  CHECK(m.hart.pc() == kBase + 12);
}

TEST_CASE("The instruction limit is exact, inside blocks and across them", "[fast]") {
  for (std::uint64_t limit : {0u, 1u, 2u, 3u, 7u, 64u, 65u, 999u}) {
    Machine m({addi(5, 5, 1), addi(6, 6, 1), jal(0, -8)});
    CHECK(m.hart.run(limit) == RunEnd::kBudget);
    CHECK(m.hart.retired() == limit);
    CHECK(m.hart.x(5) == (limit + 2) / 3);
    CHECK(m.hart.x(6) == (limit + 1) / 3);
  }
}

TEST_CASE("Synchronous traps give cause, value and pc", "[fast]") {
  struct Case {
    std::vector<std::uint32_t> code;
    std::uint64_t cause, value;
    unsigned at;  ///< Index of the trapping instruction in `code`.
  };
  const std::vector<Case> cases = {
      {{0x0000007b}, kIllegalInstruction, 0x7b, 0},
      {{kEcall}, kEcallMachine, 0, 0},
      {{kEbreak}, kBreakpoint, kBase + 8, 0},
      {{lui(7, 0x500), load(3, 6, 7, 8)}, kLoadFault, 0x500008, 1},
      {{lui(7, 0x500), store(2, 6, 7, -4)}, kStoreFault, 0x4ffffc, 1},
      {{lui(7, 0x10000), load(2, 6, 7, 2)}, kLoadMisaligned, kDevice + 2, 1},
      {{lui(7, 0x10000), store(3, 6, 7, 4)}, kStoreMisaligned, kDevice + 4, 1},
      {{csrrw(0, 0xf14, 5)}, kIllegalInstruction, csrrw(0, 0xf14, 5), 0},  // mhartid is read-only
      {{csrrs(6, 0x7c0, 0)}, kIllegalInstruction, csrrs(6, 0x7c0, 0), 0},
      {{0x02000053}, kIllegalInstruction, 0x02000053, 0},     // fadd.d while mstatus.FS is off
      {{addi(7, 0, 2), 0x1003a32f}, kLoadMisaligned, 2, 1},   // lr.w x6, (x7)
      {{addi(7, 0, 2), 0x0003a32f}, kStoreMisaligned, 2, 1},  // amoadd.w x6, x0, (x7)
  };
  for (const Case& c : cases) {
    INFO("first instruction 0x" << std::hex << c.code.front());
    Machine m(with_handler(c.code));
    m.add_handler();
    CHECK(m.hart.run(100) == RunEnd::kWaiting);
    CHECK(m.hart.x(28) == c.cause);
    CHECK(m.hart.x(29) == c.value);
    CHECK(m.hart.x(30) == kBase + 8 + 4 * c.at);
    CHECK(m.hart.retired() == 2 + c.at + 4);  // The trapping instruction does not retire.
    CHECK(m.hart.counts().traps == 1);
  }
}

TEST_CASE("A jump to nowhere faults at its target", "[fast]") {
  Machine m(with_handler({lui(7, 0x500), 7u << 15 | 0x67}));
  m.add_handler();
  CHECK(m.hart.run(100) == RunEnd::kWaiting);
  CHECK(m.hart.x(28) == kFetchFault);
  CHECK(m.hart.x(29) == 0x500000);
  CHECK(m.hart.x(30) == 0x500000);
}

TEST_CASE("A handler that traps at its first instruction ends the run", "[fast]") {
  Machine m({csrrw(0, kMtvec, 0), kEbreak});
  CHECK(m.hart.run(1000) == RunEnd::kTrapLoop);
  CHECK(m.hart.retired() == 1);
}

TEST_CASE("User mode: its calls have a cause of their own and machine registers are out of reach", "[fast]") {
  // pmpaddr0 = all, pmpcfg0 = NAPOT RWX; mepc = t1, mstatus.MPP = 0, mret into user mode.
  const std::vector<std::uint32_t> enter = {addi(5, 0, -1), csrrw(0, 0x3b0, 5), addi(5, 0, 31),     csrrw(0, 0x3a0, 5),
                                            0x00000317,     addi(6, 6, 20),     csrrw(0, kMepc, 6), csrrw(0, kMstatus, 0),
                                            kMret};
  for (const auto& [instruction, cause] :
       {std::pair<std::uint32_t, std::uint64_t>{kEcall, kEcallUser}, {csrrs(7, kMcause, 0), kIllegalInstruction}}) {
    std::vector<std::uint32_t> code = enter;
    code.push_back(instruction);
    Machine m(with_handler(code));
    m.add_handler();
    CHECK(m.hart.run(100) == RunEnd::kWaiting);
    CHECK(m.hart.x(28) == cause);
    CHECK(m.hart.x(30) == kBase + 8 + 16 + 20);
    CHECK((m.hart.csr().status & mstatus::kMpp) == 0);
  }
}

TEST_CASE("Interrupts: masked, taken in order, ended by MRET, vectored", "[fast]") {
  Machine m(with_handler({addi(6, 0, -1), csrrw(0, kMie, 6), kNop, addi(6, 0, 8), csrrs(0, kMstatus, 6), kNop, kNop}));
  m.add_handler();
  m.hart.set_interrupt(7, true);
  m.hart.set_interrupt(11, true);
  CHECK(m.hart.run(5) == RunEnd::kBudget);
  CHECK(m.hart.counts().interrupts == 0);  // mstatus.MIE is off.
  CHECK(m.hart.run(2) == RunEnd::kBudget);
  m.hart.run(20);
  CHECK(m.hart.counts().interrupts == 1);
  CHECK(m.hart.x(28) == (1ull << 63 | 11));  // External before timer.
  CHECK(m.hart.x(30) == kBase + 8 + 20);     // Right behind the instruction that allowed it.
}

TEST_CASE("WFI falls through while an enabled interrupt is pending, even if masked", "[fast]") {
  Machine m({addi(6, 0, 8), csrrw(0, kMie, 6), kWfi, addi(7, 0, 1), kWfi});
  m.hart.set_interrupt(3, true);
  CHECK(m.hart.run(4) == RunEnd::kBudget);
  CHECK(m.hart.x(7) == 1);
  m.hart.set_interrupt(3, false);
  CHECK(m.hart.run(10) == RunEnd::kWaiting);
}

TEST_CASE("Bus accesses see exact counters, and stop() ends the run behind the access", "[fast]") {
  Machine m({lui(7, 0x10000), addi(6, 0, 9), store(3, 6, 2, 0), kNop, store(2, 6, 7, 0), addi(6, 6, 1), addi(6, 6, 1), jal(0, 0)});
  m.hart.set_x(2, kBase + 0x800);
  m.bus.stop_at_device = true;
  CHECK(m.hart.run(100) == RunEnd::kStopped);
  REQUIRE(m.bus.device_accesses.size() == 1);
  CHECK(m.bus.device_accesses[0].retired == 4);
  CHECK(m.bus.device_accesses[0].accesses == 1);
  CHECK(m.bus.device_accesses[0].bytes == 4);
  CHECK(m.hart.retired() == 5);
  CHECK(m.hart.pc() == kBase + 20);
  CHECK(m.hart.x(6) == 9);
}

TEST_CASE("Loads and stores are counted as they happen, direct and over the bus", "[fast]") {
  for (bool direct : {true, false}) {
    Machine m({store(3, 6, 2, 0), store(0, 6, 2, 9), load(1, 7, 2, 0), load(3, 7, 2, 3), jal(0, -16)});
    m.bus.allow_direct = direct;
    m.hart.set_x(2, kBase + 0x800);
    m.hart.run(5 * 7);
    const HartCounts counts = m.hart.counts();
    if (direct) {
      CHECK(counts.loads == 14);
      CHECK(counts.stores == 14);
      CHECK(counts.loaded_bytes == 7 * 10);
      CHECK(counts.stored_bytes == 7 * 9);
      CHECK(counts.bus_bytes_read == 0);
    } else {
      // The misaligned doubleword traps where there is no direct memory; nothing of it is counted.
      CHECK(counts.bus_bytes_read == counts.loaded_bytes);
      CHECK(counts.bus_bytes_written == counts.stored_bytes);
      CHECK(counts.traps >= 1);
    }
  }
}

TEST_CASE("Changed code runs after FENCE.I", "[fast]") {
  Machine m({addi(6, 0, 1), store(2, 8, 2, 0), kFenceI, jal(0, 16)});
  m.bus.put(kBase + 28, {addi(6, 6, 1), kWfi});
  m.hart.set_x(2, kBase + 28);
  m.hart.set_x(8, addi(6, 6, 100));
  CHECK(m.hart.run(100) == RunEnd::kWaiting);
  CHECK(m.hart.x(6) == 101);
}

TEST_CASE("Store-conditional fails when another writer came between", "[fast]") {
  const std::vector<std::uint32_t> code = {0x1001'332f, kNop, 0x1851'33af, kWfi};  // lr.d x6, (x2); nop; sc.d x7, x5, (x2)
  for (bool disturb : {false, true}) {
    Machine m(code);
    m.hart.set_x(2, kBase + 0x800);
    m.hart.set_x(5, 77);
    m.hart.run(2);
    if (disturb) m.bus.memory[0x800] = 1;
    m.hart.run(10);
    CHECK(m.hart.x(7) == (disturb ? 1u : 0u));
    CHECK(m.bus.get<std::uint64_t>(kBase + 0x800) == (disturb ? 1u : 77u));
  }
}

TEST_CASE("Counters: mcycle and minstret are written and read by software", "[fast]") {
  Machine m({csrrs(6, kMinstret, 0), csrrs(7, kMinstret, 0), csrrw(0, kMinstret, 0), csrrs(28, kMinstret, 0), csrrs(29, 0xc01, 0), kWfi});
  m.hart.run(100);
  CHECK(m.hart.x(6) == 0);
  CHECK(m.hart.x(7) == 1);
  CHECK(m.hart.x(28) == 0);
  CHECK(m.hart.x(29) == 4242);
}

TEST_CASE("State saved between any two instructions and loaded into a fresh hart reaches the same end", "[fast]") {
  const std::vector<std::uint32_t> code = {addi(5, 5, 3),      store(3, 5, 2, 0), load(3, 6, 2, 0), 0x0262'83b3 /* mul x7, x5, x6 */,
                                           csrrw(8, 0x340, 7), jal(0, -20)};
  Machine reference(code);
  reference.hart.set_x(2, kBase + 0x800);
  reference.hart.run(200);
  StateWriter wanted;
  reference.hart.save(wanted);
  for (std::uint64_t cut : {0u, 1u, 2u, 3u, 4u, 5u, 6u, 50u, 199u}) {
    Machine first(code), second(code);
    first.hart.set_x(2, kBase + 0x800);
    first.hart.run(cut);
    StateWriter out;
    first.hart.save(out);
    second.bus.memory = first.bus.memory;
    StateReader in{ConstBytes(out.data())};
    REQUIRE(second.hart.load(in));
    second.hart.run(200 - cut);
    StateWriter got;
    second.hart.save(got);
    CHECK(got.data() == wanted.data());
    CHECK(second.bus.memory == reference.bus.memory);
  }
  StateWriter out;
  reference.hart.save(out);
  StateReader cut_short{ConstBytes(out.data().data(), out.data().size() - 1)};
  CHECK_FALSE(Machine(code).hart.load(cut_short));
}

TEST_CASE("Floating point: boxing, canonical NaNs, flags, saturation", "[fast]") {
  const HostFpu fpu;
  CHECK(unbox(0x3f800000) != unbox(0x3f800000));  // Not boxed: a NaN.
  CHECK(box(1.0f) == 0xffffffff3f800000);
  CHECK(as_bits(0.0 / as_double(0)) == kCanonicalNan64);
  take_host_flags();
  std::uint64_t f[32] = {};
  f[1] = as_bits(1e300);
  const FpRegisters registers{f, 0};
  // fcvt.w.d x0, f1, rtz = 0xc20 | rm 1: out of range gives the largest and "invalid".
  const FpResult result = execute_fp(0xc2000053 | 1u << 15 | 1u << 12, Rounding::kTowardZero, registers);
  CHECK(result.to_integer);
  CHECK(result.value == 0x7fffffff);
  CHECK(result.flags == kFpInvalid);
}

TEST_CASE("Decoding: reserved encodings are illegal, compressed ones expand", "[fast]") {
  CHECK(decode(0).op == Op::kIllegal);
  CHECK(decode(0xffffffff).op == Op::kIllegal);
  CHECK(decode(0x0000).length == 2);
  const Instruction c_li = decode(0x4515);  // c.li a0, 5
  CHECK(c_li.op == Op::kAddi);
  CHECK(c_li.rd == 10);
  CHECK(c_li.rs1 == 0);
  CHECK(c_li.imm == 5);
  CHECK(c_li.length == 2);
  CHECK(decode(0x02000053 | 5u << 12).op == Op::kIllegal);  // Reserved rounding mode.
  // Every 16-bit pattern decodes to something or nothing, and every random word too, without touching anything else.
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) CHECK(decode(bits).op < Op::kCount);
}
