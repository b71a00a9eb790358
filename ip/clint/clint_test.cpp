// The CLINT's counter and interrupts, without the simulation kernel.
// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "ip/clint/clint_core.h"
#include "platform/contract/register_conformance.h"
#include "regs/clint_regs.h"
#include "test/support/fake_memory.h"

namespace visoc {
namespace {

using namespace regs::clint;  // NOLINT: the names of this block's own registers.

constexpr Picos kTick = 100'000;  // 10 MHz.
constexpr Offset kMtime = kMtimeLoOffset;

struct Bench {
  ClintCore core{2, Clock{kTick}};
  test::FakeMemory memory{0, 8};

  Bench() { core.reset(); }
  void write(Picos now, Offset offset, unsigned size, std::uint64_t value) {
    CHECK(core.write_register(now, offset, size, value) == RegisterStatus::kOk);
  }
  std::uint64_t read(Picos now, Offset offset, unsigned size) { return core.read_register(now, offset, size).value; }
  Picos step(Picos now) { return core.step(now, memory); }
};

}  // namespace

TEST_CASE("clint passes the generic register tests", "[fast]") {
  Bench bench;
  CoreAccessor accessor(bench.core);
  CHECK(run_register_conformance(kTable, accessor).failures == std::vector<std::string>{});
}

TEST_CASE("clint: mtime counts ticks of the timebase", "[fast]") {
  Bench bench;
  CHECK(bench.read(0, kMtime, 8) == 0);
  CHECK(bench.read(kTick - 1, kMtime, 8) == 0);
  CHECK(bench.read(kTick, kMtime, 8) == 1);
  CHECK(bench.read(kPicosPerSecond, kMtime, 8) == 10'000'000);
  CHECK(bench.core.ticks_at(kPicosPerSecond) == 10'000'000);
  CHECK_FALSE(bench.core.read_needs_sync(kMtime));
  CHECK_FALSE(bench.core.read_needs_sync(kMtimeHiOffset));
  CHECK(bench.core.read_needs_sync(kMtimecmpOffset));
}

TEST_CASE("clint: writing mtime or half of it moves the counter", "[fast]") {
  Bench bench;
  bench.write(5 * kTick, kMtime, 8, 0x1'0000'0000);
  CHECK(bench.read(5 * kTick, kMtime, 8) == 0x1'0000'0000);
  CHECK(bench.read(7 * kTick, kMtime, 8) == 0x1'0000'0002);
  bench.write(7 * kTick, kMtimeHiOffset, 4, 9);
  CHECK(bench.read(8 * kTick, kMtime, 8) == 0x9'0000'0003);
  bench.write(8 * kTick, kMtimeLoOffset, 4, 0xffffffff);
  CHECK(bench.read(9 * kTick, kMtime, 8) == 0xa'0000'0000);
  CHECK(bench.read(9 * kTick, kMtimeHiOffset, 4) == 0xa);
  CHECK(bench.core.ticks_at(9 * kTick) == 0xa'0000'0000);
}

TEST_CASE("clint: the timer interrupt comes when mtime reaches mtimecmp, not a picosecond before", "[fast]") {
  Bench bench;
  CHECK(bench.step(0) == kNever);
  bench.write(50, kMtimecmpOffset + 8, 8, 3);
  CHECK(bench.step(50) == 3 * kTick);
  CHECK(bench.step(3 * kTick - 1) == 3 * kTick);
  CHECK_FALSE(bench.core.irq_level(3));
  bench.step(3 * kTick);
  CHECK(bench.core.irq_level(3));
  CHECK_FALSE(bench.core.irq_level(1));
  bench.write(3 * kTick + 7, kMtimecmpOffset + 8, 8, 4);  // Acknowledged by the next deadline.
  CHECK_FALSE(bench.core.irq_level(3));
  CHECK(bench.step(3 * kTick + 7) == 4 * kTick);
}

TEST_CASE("clint: a compare value in the past interrupts at once", "[fast]") {
  Bench bench;
  bench.write(10 * kTick, kMtimecmpOffset, 8, 10);
  CHECK(bench.core.irq_level(1));
  bench.write(10 * kTick, kMtimecmpOffset + 4, 4, 1);  // High half: 2^32 + 10 lies ahead.
  CHECK_FALSE(bench.core.irq_level(1));
  CHECK(bench.step(10 * kTick) == (0x1'0000'000aull) * kTick);
}

TEST_CASE("clint: a compare value beyond the end of time never wakes", "[fast][bad-input]") {
  Bench bench;
  bench.write(0, kMtimecmpOffset, 8, 0xffff'ffff'ffff'fffe);
  CHECK(bench.step(0) == kNever);
  bench.write(0, kMtimecmpOffset, 8, 0);
  CHECK(bench.core.irq_level(1));
  CHECK(bench.step(0) == kNever);
}

TEST_CASE("clint: mtime that wraps to zero takes the interrupt back", "[fast]") {
  Bench bench;
  bench.write(0, kMtimecmpOffset, 8, 5);
  bench.write(0, kMtime, 8, ~std::uint64_t{0});
  CHECK(bench.core.irq_level(1));
  CHECK(bench.step(0) == kTick);
  CHECK(bench.step(kTick) == 6 * kTick);
  CHECK_FALSE(bench.core.irq_level(1));
  bench.step(6 * kTick);
  CHECK(bench.core.irq_level(1));
}

TEST_CASE("clint: msip drives the software interrupt of its hart, harts that are not there have none", "[fast]") {
  Bench bench;
  bench.write(0, kMsipOffset + 4, 4, 0xffffffff);
  CHECK(bench.read(0, kMsipOffset + 4, 4) == 1);
  CHECK(bench.core.irq_level(2));
  CHECK_FALSE(bench.core.irq_level(0));
  bench.write(0, kMsipOffset + 4, 4, 0);
  CHECK_FALSE(bench.core.irq_level(2));
  bench.write(0, kMsipOffset + 4 * 7, 4, 1);
  bench.write(0, kMtimecmpOffset + 8 * 7, 8, 0);
  CHECK(bench.step(0) == kNever);
}

TEST_CASE("clint saved between two steps raises its interrupt at the same time", "[fast]") {
  Bench first, second;
  first.write(123, kMtime, 8, 1000);
  first.write(123, kMtimecmpOffset, 8, 1002);
  first.write(123, kMsipOffset, 4, 1);
  const Picos due = first.step(123);
  StateWriter saved;
  first.core.save(saved);
  StateReader in{ConstBytes(saved.data())};
  REQUIRE(second.core.load(in));
  CHECK(second.core.irq_level(0));
  CHECK(second.step(200) == due);
  for (Bench* bench : {&first, &second}) bench->step(due);
  CHECK(second.core.irq_level(1));
  StateWriter first_end, second_end;
  first.core.save(first_end);
  second.core.save(second_end);
  CHECK(first_end.data() == second_end.data());
}

}  // namespace visoc
