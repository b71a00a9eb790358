// Gateways, priorities, claims and completions of the PLIC, without the simulation kernel.
// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "ip/plic/plic_core.h"
#include "platform/contract/register_conformance.h"
#include "regs/plic_regs.h"

namespace visoc {
namespace {

using namespace regs::plic;  // NOLINT: the names of this block's own registers.

struct Bench {
  PlicCore core{95, 2};

  Bench() { core.reset(); }
  void write(Offset offset, std::uint64_t value) { CHECK(core.write_register(0, offset, 4, value) == RegisterStatus::kOk); }
  std::uint64_t read(Offset offset) { return core.read_register(0, offset, 4).value; }
  void allow(unsigned context, unsigned source, unsigned priority) {
    write(kPriorityOffset + 4 * (source - 1), priority);
    const Offset word = kEnableW0Offset + kEnableW0Stride * context + 4 * (source / 32);
    write(word, read(word) | 1u << (source % 32));
  }
  std::uint64_t claim(unsigned context) { return read(kClaimOffset + kClaimStride * context); }
  void complete(unsigned context, unsigned source) { write(kClaimOffset + kClaimStride * context, source); }
  void level(unsigned source, bool high) { core.irq_input(source)->set(high); }
  bool pending(unsigned source) { return (read(kPendingOffset + 4 * (source / 32)) >> (source % 32) & 1) != 0; }
};

}  // namespace

TEST_CASE("plic passes the generic register tests", "[fast]") {
  Bench bench;
  CoreAccessor accessor(bench.core);
  CHECK(run_register_conformance(kTable, accessor).failures == std::vector<std::string>{});
}

TEST_CASE("plic registers lie where the specification puts them", "[fast]") {
  CHECK(kPriorityOffset == 4);  // Source 1.
  CHECK(kPendingOffset == 0x1000);
  CHECK(kEnableW1Offset + 3 * kEnableW1Stride == 0x2184);  // Context 3, sources 32 to 63.
  CHECK(kThresholdOffset + 2 * kThresholdStride == 0x202000);
  CHECK(kClaimOffset + 2 * kClaimStride == 0x202004);
  CHECK(kWindowBytes == 0x600000);
}

TEST_CASE("plic: a level becomes pending, interrupts, is claimed and completed", "[fast]") {
  Bench bench;
  bench.allow(2, 33, 1);
  bench.level(33, true);
  CHECK(bench.pending(33));
  CHECK(bench.core.irq_level(2));
  CHECK_FALSE(bench.core.irq_level(0));
  CHECK(bench.claim(2) == 33);
  CHECK_FALSE(bench.core.irq_level(2));
  CHECK_FALSE(bench.pending(33));
  bench.level(33, false);
  bench.complete(2, 33);
  CHECK_FALSE(bench.core.irq_level(2));
  CHECK(bench.claim(2) == 0);
}

TEST_CASE("plic: a level that is still high at completion interrupts again", "[fast]") {
  Bench bench;
  bench.allow(0, 10, 1);
  bench.level(10, true);
  CHECK(bench.claim(0) == 10);
  CHECK_FALSE(bench.core.irq_level(0));
  bench.complete(0, 10);
  CHECK(bench.core.irq_level(0));
  CHECK(bench.claim(0) == 10);
}

TEST_CASE("plic: an interrupt raised in the moment of acknowledgement is not lost", "[fast]") {
  Bench bench;
  bench.allow(0, 10, 1);
  bench.level(10, true);
  CHECK(bench.claim(0) == 10);
  bench.level(10, false);  // The handler serves the device ...
  bench.level(10, true);   // ... which has the next event at once, before the completion.
  bench.complete(0, 10);
  CHECK(bench.core.irq_level(0));
  CHECK(bench.claim(0) == 10);
}

TEST_CASE("plic: a pending source stays pending when its level falls", "[fast]") {
  Bench bench;
  bench.allow(0, 5, 1);
  bench.level(5, true);
  bench.level(5, false);
  CHECK(bench.core.irq_level(0));
  CHECK(bench.claim(0) == 5);
  bench.complete(0, 5);
  CHECK(bench.claim(0) == 0);
}

TEST_CASE("plic: higher priorities first, lower numbers among equals, priority 0 never", "[fast]") {
  Bench bench;
  bench.allow(0, 3, 2);
  bench.allow(0, 7, 5);
  bench.allow(0, 64, 5);
  bench.allow(0, 1, 0);
  for (unsigned source : {1u, 3u, 7u, 64u}) bench.level(source, true);
  CHECK(bench.claim(0) == 7);
  CHECK(bench.claim(0) == 64);
  CHECK(bench.claim(0) == 3);
  CHECK(bench.claim(0) == 0);
  CHECK(bench.pending(1));
}

TEST_CASE("plic: the threshold holds interrupts back but not claims", "[fast]") {
  Bench bench;
  bench.allow(0, 3, 4);
  bench.write(kThresholdOffset, 4);
  bench.level(3, true);
  CHECK_FALSE(bench.core.irq_level(0));
  bench.write(kThresholdOffset, 3);
  CHECK(bench.core.irq_level(0));
  bench.write(kThresholdOffset, 7);
  CHECK_FALSE(bench.core.irq_level(0));
  CHECK(bench.claim(0) == 3);
}

TEST_CASE("plic: contexts share a source, who claims first gets it", "[fast]") {
  Bench bench;
  bench.allow(0, 3, 1);
  bench.allow(3, 3, 1);
  bench.level(3, true);
  CHECK(bench.core.irq_level(0));
  CHECK(bench.core.irq_level(3));
  CHECK(bench.claim(3) == 3);
  CHECK_FALSE(bench.core.irq_level(0));
  CHECK(bench.claim(0) == 0);
}

TEST_CASE("plic ignores completions that do not fit", "[fast][bad-input]") {
  Bench bench;
  bench.allow(0, 3, 1);
  bench.level(3, true);
  bench.complete(0, 3);  // Not claimed.
  CHECK(bench.claim(0) == 3);
  for (unsigned source : {0u, 4u, 96u, 127u, 0xffffffffu}) bench.complete(0, source);
  bench.complete(1, 3);  // Not enabled for that context.
  CHECK_FALSE(bench.core.irq_level(0));
  bench.complete(0, 3);
  CHECK(bench.core.irq_level(0));
  CHECK(bench.core.statistics()[2].value == 7);
}

TEST_CASE("plic: sources and contexts that are not there do nothing", "[fast][bad-input]") {
  Bench bench;
  CHECK(bench.core.irq_input(0) == nullptr);
  CHECK(bench.core.irq_input(96) == nullptr);
  CHECK(bench.core.irq_input(95) != nullptr);
  bench.allow(15, 3, 1);
  bench.level(3, true);
  CHECK(bench.claim(15) == 0);
}

TEST_CASE("plic: a debugger's look at the claim register claims nothing", "[fast]") {
  Bench bench;
  bench.allow(0, 3, 1);
  bench.level(3, true);
  CHECK(bench.core.peek_register(0, kClaimOffset, 4).value == 3);
  CHECK(bench.claim(0) == 3);
}

TEST_CASE("plic saved between claim and completion goes on the same", "[fast]") {
  Bench first, second;
  first.allow(0, 3, 1);
  first.allow(0, 40, 2);
  first.level(40, true);
  first.level(3, true);
  CHECK(first.claim(0) == 40);
  StateWriter saved;
  first.core.save(saved);
  StateReader in{ConstBytes(saved.data())};
  REQUIRE(second.core.load(in));
  CHECK(second.core.irq_level(0));
  for (Bench* bench : {&first, &second}) {
    CHECK(bench->claim(0) == 3);
    bench->complete(0, 40);  // Still high.
    CHECK(bench->claim(0) == 40);
  }
  StateWriter first_end, second_end;
  first.core.save(first_end);
  second.core.save(second_end);
  CHECK(first_end.data() == second_end.data());
}

}  // namespace visoc
