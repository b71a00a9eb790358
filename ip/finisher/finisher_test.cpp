// What a write to the test finisher does to the run.
// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "ip/finisher/finisher_core.h"
#include "platform/contract/register_conformance.h"
#include "regs/finisher_regs.h"
#include "test/support/fake_services.h"

namespace visoc {
namespace {

using namespace regs::finisher;  // NOLINT: the names of this block's own registers.

struct Bench {
  FinisherCore core;
  test::FakeServices services;

  Bench() {
    core.connect_services(&services, "finisher0");
    core.reset();
  }
  void write(unsigned size, std::uint64_t value) { CHECK(core.write_register(0, kFinishOffset, size, value) == RegisterStatus::kOk); }
};

}  // namespace

TEST_CASE("finisher passes the generic register tests", "[fast]") {
  Bench bench;
  CoreAccessor accessor(bench.core);
  CHECK(run_register_conformance(kTable, accessor).failures == std::vector<std::string>{});
  CHECK(bench.services.finishes.empty());
}

TEST_CASE("finisher takes QEMU's values for pass, fail and reset", "[fast]") {
  Bench bench;
  bench.write(4, 0x5555);
  bench.write(4, 0x3333 | 42u << 16);
  bench.write(4, 0x7777);
  CHECK(bench.services.finishes == std::vector<std::uint32_t>{0, 42, 0});
}

TEST_CASE("finisher reports a failure without a code as code 1", "[fast]") {
  Bench bench;
  bench.write(4, 0x3333);
  CHECK(bench.services.finishes == std::vector<std::uint32_t>{1});
}

TEST_CASE("finisher takes 16-bit writes", "[fast]") {
  Bench bench;
  bench.write(2, 0x5555);
  CHECK(bench.services.finishes == std::vector<std::uint32_t>{0});
  CHECK(bench.core.write_register(0, kFinishOffset + 2, 2, 7) == RegisterStatus::kOk);  // A code without a verdict.
  CHECK(bench.services.finishes.size() == 1);
}

TEST_CASE("finisher ignores other values and warns", "[fast][bad-input]") {
  Bench bench;
  for (std::uint64_t value : {0x0ull, 0x1234ull, 0x5554ull, 0xffffffffull}) bench.write(4, value);
  CHECK(bench.services.finishes.empty());
  CHECK(bench.services.warnings == std::vector<std::string>(4, "finisher-value"));
}

TEST_CASE("finisher saved between two accesses goes on as before", "[fast]") {
  Bench first, second;
  first.write(4, 1);
  StateWriter saved;
  first.core.save(saved);
  StateReader in{ConstBytes(saved.data())};
  REQUIRE(second.core.load(in));
  CHECK(second.core.statistics()[0].value == 1);
  second.write(4, 0x5555);
  CHECK(second.services.finishes == std::vector<std::uint32_t>{0});
}

}  // namespace visoc
