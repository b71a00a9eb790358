// Counters, error history, comparators and wake lines, without the simulation kernel.
// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "ip/syncpoint/syncpoint_core.h"
#include "platform/contract/command.h"
#include "platform/contract/register_conformance.h"
#include "regs/syncpoint_regs.h"

namespace visoc {
namespace {

using namespace regs::syncpoint;  // NOLINT: the names of this block's own registers.

struct CountingLine : WakeLine {
  void wake() override { ++pulses; }
  unsigned pulses = 0;
};

struct Bench {
  SyncpointCore core;

  Bench() { core.reset(); }
  void write(Offset offset, std::uint64_t value) { CHECK(core.write_register(0, offset, 4, value) == RegisterStatus::kOk); }
  std::uint32_t read(Offset offset) { return static_cast<std::uint32_t>(core.read_register(0, offset, 4).value); }
  void post(unsigned id, std::uint32_t value) { write(kPostOffset + 4 * id, value); }
  std::uint32_t value(unsigned id) { return read(kValueOffset + 8 * id); }
  std::uint32_t history(unsigned id) { return read(kErrorHistoryOffset + 8 * id); }
  void compare(unsigned comparator, unsigned id, std::uint32_t value) {
    write(kCompareEnableOffset + 16 * comparator, 0);
    write(kCompareIdOffset + 16 * comparator, id);
    write(kCompareValueOffset + 16 * comparator, value);
    write(kCompareEnableOffset + 16 * comparator, 1);
  }
};

}  // namespace

TEST_CASE("syncpoint passes the generic register tests", "[fast]") {
  Bench bench;
  CoreAccessor accessor(bench.core);
  CHECK(run_register_conformance(kTable, accessor).failures == std::vector<std::string>{});
}

TEST_CASE("syncpoint: posts add up, each counter alone", "[fast]") {
  Bench bench;
  bench.post(0, 1);
  bench.post(0, 31);
  bench.post(255, 7);
  CHECK(bench.value(0) == 32);
  CHECK(bench.value(1) == 0);
  CHECK(bench.value(255) == 7);
  CHECK(bench.history(0) == 0);
}

TEST_CASE("syncpoint: the error history moves with the counter", "[fast]") {
  Bench bench;
  bench.post(3, 1);
  bench.post(3, 1 | kPostErrorMark);  // Value 2 was reached by a failure.
  CHECK(bench.history(3) == 0b1);
  bench.post(3, 1);
  CHECK(bench.history(3) == 0b10);
  bench.post(3, 3);  // Value 6: the failure lies four posts back.
  CHECK(bench.history(3) == 0b10000);
  bench.post(3, 2 | kPostErrorMark);  // Values 7 and 8 were reached by a failure.
  CHECK(bench.history(3) == 0b1000011);
  bench.post(3, 31);
  CHECK(bench.history(3) == 0x80000000);
}

TEST_CASE("syncpoint: value and error history are read at one moment by eight bytes", "[fast]") {
  Bench bench;
  bench.post(9, 5 | kPostErrorMark);
  CHECK(bench.core.read_register(0, kValueOffset + 8 * 9, 8).value == (std::uint64_t{0x1f} << 32 | 5));
}

TEST_CASE("syncpoint: an increment of zero and reserved bits do nothing", "[fast][bad-input]") {
  Bench bench;
  CountingLine line;
  bench.core.connect_wake(line);
  bench.post(1, 0);
  bench.post(1, kPostErrorMark);
  bench.post(1, 0x7fffffe0);
  CHECK(bench.value(1) == 0);
  CHECK(bench.history(1) == 0);
  CHECK(line.pulses == 0);
}

TEST_CASE("syncpoint: every change wakes every line", "[fast]") {
  Bench bench;
  CountingLine first, second;
  bench.core.connect_wake(first);
  bench.core.connect_wake(second);
  bench.post(4, 1);
  bench.post(200, 2 | kPostErrorMark);
  bench.write(kClearOffset + 4 * 200, 1);
  CHECK(first.pulses == 3);
  CHECK(second.pulses == 3);
  CHECK(bench.value(200) == 0);
  CHECK(bench.history(200) == 0);
  CHECK(bench.value(4) == 1);
}

TEST_CASE("syncpoint: a comparator interrupts when its value is reached, not before", "[fast]") {
  Bench bench;
  bench.write(kIntrEnableOffset, 0xff);
  bench.compare(2, 17, 5);
  bench.post(17, 4);
  bench.post(16, 5);
  CHECK_FALSE(bench.core.irq_level(0));
  bench.post(17, 1);
  CHECK(bench.core.irq_level(0));
  CHECK(bench.read(kIntrStateOffset) == 0b100);
  bench.write(kIntrStateOffset, 0b100);
  CHECK_FALSE(bench.core.irq_level(0));
  bench.post(17, 1);  // Reached already: no second interrupt.
  CHECK(bench.read(kIntrStateOffset) == 0);
}

TEST_CASE("syncpoint: a comparator armed after its value was reached interrupts at once", "[fast]") {
  Bench bench;
  bench.write(kIntrEnableOffset, 0xff);
  bench.post(8, 3);
  bench.compare(0, 8, 3);
  CHECK(bench.core.irq_level(0));
  bench.write(kIntrStateOffset, 1);
  bench.write(kCompareValueOffset, 4);  // The next value.
  CHECK_FALSE(bench.core.irq_level(0));
  bench.post(8, 1);
  CHECK(bench.core.irq_level(0));
}

TEST_CASE("syncpoint: comparisons hold across the wrap of a counter", "[fast]") {
  Bench bench;
  bench.compare(0, 1, 0x80000000);  // (int32)(0 - 0x80000000) is negative: 2^31 ahead.
  CHECK(bench.read(kIntrStateOffset) == 0);
  bench.compare(1, 1, 0xfffffff0);  // 16 behind zero: reached.
  CHECK(bench.read(kIntrStateOffset) == 0b10);
}

TEST_CASE("syncpoint: a comparator that is not armed, or disabled at the line, stays silent", "[fast]") {
  Bench bench;
  bench.write(kIntrEnableOffset, 0xff);
  bench.write(kCompareValueOffset, 1);
  bench.post(0, 1);
  CHECK(bench.read(kIntrStateOffset) == 0);
  bench.write(kIntrEnableOffset, 0xfe);
  bench.compare(0, 0, 2);
  bench.post(0, 1);
  CHECK(bench.read(kIntrStateOffset) == 1);
  CHECK_FALSE(bench.core.irq_level(0));
  bench.write(kIntrEnableOffset, 1);
  CHECK(bench.core.irq_level(0));
}

TEST_CASE("syncpoint saved between two posts goes on the same", "[fast]") {
  Bench first, second;
  first.write(kIntrEnableOffset, 0xff);
  first.compare(7, 30, 4);
  first.post(30, 2 | kPostErrorMark);
  StateWriter saved;
  first.core.save(saved);
  StateReader in{ConstBytes(saved.data())};
  REQUIRE(second.core.load(in));
  for (Bench* bench : {&first, &second}) {
    bench->post(30, 2);
    CHECK(bench->core.irq_level(0));
    CHECK(bench->value(30) == 4);
    CHECK(bench->history(30) == 0b1100);
  }
  StateWriter first_end, second_end;
  first.core.save(first_end);
  second.core.save(second_end);
  CHECK(first_end.data() == second_end.data());
}

}  // namespace visoc
