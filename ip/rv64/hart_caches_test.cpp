// What each kind of access does to the first-level caches, worked out by hand; cuts, state, fences. Whole programs are compared with a
// simulator in Python in test/cache. SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <cstring>
#include <sstream>

#include "ip/rv64/hart.h"

using namespace visoc;
using namespace visoc::rv64;

namespace {

constexpr Addr kBase = 0x8000'0000;

std::uint32_t addi(unsigned rd, unsigned rs1, int imm) { return static_cast<std::uint32_t>(imm) << 20 | rs1 << 15 | rd << 7 | 0x13; }
std::uint32_t ld(unsigned rd, unsigned rs1, int imm) {
  return static_cast<std::uint32_t>(imm) << 20 | rs1 << 15 | 3 << 12 | rd << 7 | 0x03;
}
std::uint32_t sd(unsigned rs2, unsigned rs1, int imm) {
  const auto bits = static_cast<std::uint32_t>(imm);
  return (bits >> 5 & 0x7f) << 25 | rs2 << 20 | rs1 << 15 | 3 << 12 | (bits & 31) << 7 | 0x23;
}
std::uint32_t atomic_d(unsigned funct5, unsigned rd, unsigned rs1, unsigned rs2) {
  return funct5 << 27 | rs2 << 20 | rs1 << 15 | 3 << 12 | rd << 7 | 0x2f;
}
std::uint32_t fence(unsigned before, unsigned behind) { return before << 24 | behind << 20 | 0x0f; }
constexpr std::uint32_t kFenceI = 0x100f, kJumpToSelf = 0x6f;
constexpr unsigned kAmoAdd = 0, kLr = 2, kSc = 3;

/// 16 KiB of memory with direct access; x10 is the address of its second half. Notes what the caches ask for.
class Machine : public HartBus {
 public:
  explicit Machine(const std::vector<std::uint32_t>& program, FenceRule rule = FenceRule::kClean) : hart(0, *this) {
    HartCacheOptions options;
    options.instructions.size_bytes = options.data.size_bytes = 128;
    options.instructions.ways = options.data.ways = 1;
    options.fence = rule;
    hart.enable_caches(options);
    for (std::size_t i = 0; i < program.size(); ++i) std::memcpy(&memory[4 * i], &program[i], 4);
    std::memcpy(&memory[4 * program.size()], &kJumpToSelf, 4);
    hart.reset(kBase, kBase + 0x2000, 0);
  }

  DirectRegion direct(Addr addr) override {
    DirectRegion region;
    if (addr - kBase >= memory.size()) return region;
    region.base = kBase;
    region.size = memory.size();
    region.host = memory.data();
    region.readable = region.writable = true;
    return region;
  }
  bool read(Addr, unsigned, std::uint64_t& value) override {
    notes << "device ";
    return value = 0, true;
  }
  bool write(Addr, unsigned, std::uint64_t) override {
    notes << "device ";
    return true;
  }
  std::uint64_t cycles() override { return hart.retired(); }
  std::uint64_t time() override { return 0; }
  void cache_fetch(Addr line, unsigned bytes, bool instruction) override {
    CHECK(bytes == 64);
    notes << (instruction ? 'I' : 'R') << std::hex << line - kBase << std::dec << '@' << hart.retired() << ' ';
    if (shorten_to != 0) hart.shorten(std::exchange(shorten_to, 0));
    if (yields) hart.yield();
  }
  void cache_write(Addr addr, unsigned bytes) override { notes << 'W' << std::hex << addr - kBase << std::dec << '+' << bytes << ' '; }
  void cache_publish(const std::vector<Addr>& lines, unsigned, bool forget) override {
    notes << (forget ? "flush" : "clean");
    for (const Addr line : lines) notes << std::hex << ':' << line - kBase << std::dec;
    notes << ' ';
  }

  std::string run(std::uint64_t instructions) {
    notes.str("");
    hart.run(instructions);
    return notes.str();
  }

  std::vector<std::uint8_t> memory = std::vector<std::uint8_t>(0x4000);
  std::ostringstream notes;
  std::uint64_t shorten_to = 0;
  bool yields = false;
  Hart hart;
};

/// A walk with conflicts: three lines of data in two sets, code of three lines in two sets.
std::vector<std::uint32_t> walk() {
  std::vector<std::uint32_t> program;
  for (int i = 0; i < 40; ++i) {
    program.push_back(i % 3 == 0 ? sd(5, 10, i % 5 * 56) : i % 3 == 1 ? ld(6, 10, i % 7 * 60) : addi(5, 5, 1));
    if (i % 8 == 7) program.push_back(atomic_d(kAmoAdd, 7, 10, 5));
  }
  return program;
}

}  // namespace

TEST_CASE("Fetches, loads and stores ask for their lines in the order of the program, misses in the middle of exact counts", "[fast]") {
  Machine machine({sd(0, 10, 0), ld(5, 10, 8), ld(5, 10, 64), ld(5, 10, 128)});
  CHECK(machine.run(4) == "I0@0 R2000@0 R2040@2 R2080@3 W2000+64 ");
  const CacheCounts& data = machine.hart.caches()->data.counts();
  CHECK(data.accesses == std::array<std::uint64_t, 3>{0, 3, 1});
  CHECK(data.misses == std::array<std::uint64_t, 3>{0, 2, 1});
  CHECK(machine.hart.caches()->instructions.counts().all_accesses() == 1);
}

TEST_CASE("Fetches in a row from one line count once, and code goes on in the next", "[fast]") {
  Machine machine(std::vector<std::uint32_t>(40, addi(5, 5, 1)));
  CHECK(machine.run(16) == "I0@0 ");
  CHECK(machine.run(17) == "I40@16 I80@32 ");
  CHECK(machine.hart.caches()->instructions.counts().all_accesses() == 3);
}

TEST_CASE("An access in two lines reads both, in two pages too", "[fast]") {
  Machine machine({ld(5, 10, 60), addi(11, 10, 0x7fc), addi(11, 11, 0x7fc), ld(5, 11, 4), sd(5, 11, 4)});
  CHECK(machine.run(1) == "I0@0 R2000@0 R2040@0 ");
  CHECK(machine.run(3) == "R2fc0@3 R3000@3 ");  // 0x2ffc to 0x3003.
  CHECK(machine.run(1).empty());
  CHECK(machine.hart.caches()->data.dirty(kBase + 0x2fc0));
  CHECK(machine.hart.caches()->data.dirty(kBase + 0x3000));
}

TEST_CASE("An atomic operation is one write, LR a read, SC a write if it stores", "[fast]") {
  Machine machine({atomic_d(kAmoAdd, 5, 10, 0), atomic_d(kLr, 5, 10, 0), atomic_d(kSc, 6, 10, 5), atomic_d(kSc, 7, 10, 5),
                   atomic_d(kAmoAdd, 5, 10, 0)});
  machine.run(5);
  CHECK(machine.hart.x(6) == 0);
  CHECK(machine.hart.x(7) == 1);
  CHECK(machine.hart.caches()->data.counts().accesses == std::array<std::uint64_t, 3>{0, 1, 3});
}

TEST_CASE("Devices do not go through the caches", "[fast]") {
  Machine machine({addi(11, 0, 256), ld(5, 11, 0), sd(5, 11, 0)});
  CHECK(machine.run(3) == "I0@0 device device ");
  CHECK(machine.hart.caches()->data.counts().all_accesses() == 0);
}

TEST_CASE("A fence from memory writes to device output cleans, from device input to memory reads flushes if told to", "[fast]") {
  const std::vector<std::uint32_t> program = {sd(0, 10, 64), sd(0, 10, 0), fence(3, 3), fence(1, 4),
                                              fence(15, 15), ld(5, 10, 0), fence(8, 2), ld(5, 10, 0)};
  CHECK(Machine(program, FenceRule::kCoherent).run(8) == "I0@0 R2040@0 R2000@1 ");
  CHECK(Machine(program, FenceRule::kClean).run(8) == "I0@0 R2040@0 R2000@1 clean:2000:2040 clean ");
  CHECK(Machine(program, FenceRule::kFlush).run(8) == "I0@0 R2040@0 R2000@1 clean:2000:2040 flush R2000@5 flush R2000@7 ");
}

TEST_CASE("FENCE.I empties the instruction cache", "[fast]") {
  Machine machine({addi(5, 0, 1), kFenceI, addi(5, 5, 1)});
  CHECK(machine.run(3) == "I0@0 I0@2 ");
}

TEST_CASE("A run cut anywhere, by a yield at every miss too, counts the same and leaves the same lines", "[fast]") {
  const auto program = walk();
  Machine whole(program);
  whole.run(program.size());
  CHECK(whole.hart.caches()->data.counts().evictions > 5);
  for (std::uint64_t cut = 1; cut <= 8; ++cut) {
    for (const bool yields : {false, true}) {
      Machine machine(program);
      machine.yields = yields;
      while (machine.hart.retired() < program.size()) machine.run(std::min<std::uint64_t>(cut, program.size() - machine.hart.retired()));
      CHECK(machine.hart.retired() == program.size());
      const HartCaches &a = *whole.hart.caches(), &b = *machine.hart.caches();
      CHECK(a.instructions.counts().accesses == b.instructions.counts().accesses);
      CHECK(a.instructions.counts().misses == b.instructions.counts().misses);
      CHECK(a.data.counts().accesses == b.data.counts().accesses);
      CHECK(a.data.counts().misses == b.data.counts().misses);
      CHECK(a.data.counts().write_backs == b.data.counts().write_backs);
    }
  }
}

TEST_CASE("A run that a miss shortens ends exactly there, in the middle of a block and before one", "[fast]") {
  for (std::uint64_t left = 1; left <= 6; ++left) {
    Machine machine(
        {addi(5, 5, 1), ld(6, 10, 0), addi(5, 5, 1), addi(5, 5, 1), addi(5, 5, 1), addi(5, 5, 1), addi(5, 5, 1), addi(5, 5, 1)});
    machine.run(1);
    machine.shorten_to = left;  // The load is the first of them.
    machine.run(7);
    CHECK(machine.hart.retired() == 1 + left);
    CHECK(machine.hart.pc() == kBase + 4 * (1 + left));
    Machine first(std::vector<std::uint32_t>(30, addi(5, 5, 1)));
    first.shorten_to = left;
    first.run(30);
    CHECK(first.hart.retired() == left);
    CHECK(first.hart.x(5) == left);
  }
}

TEST_CASE("A restored hart goes on with the caches that were saved", "[fast]") {
  const auto program = walk();
  for (std::uint64_t at = 1; at < program.size(); at += 5) {
    Machine machine(program), restored(program);
    machine.run(at);
    StateWriter out;
    machine.hart.save(out);
    restored.memory = machine.memory;
    StateReader in{ConstBytes(out.data())};
    REQUIRE(restored.hart.load(in));
    CHECK(in.at_end());
    CHECK(machine.run(program.size() - at) == restored.run(program.size() - at));
    StateWriter a, b;
    machine.hart.save(a);
    restored.hart.save(b);
    CHECK(a.data() == b.data());
  }
}
