// The dma once per implementation: the same checks on the model and on the RTL, both side by side, and bugs planted in the RTL.
// SPDX-License-Identifier: Apache-2.0
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <random>
#include <set>
#include <string>

#include "platform/base/exit_codes.h"
#include "regs/dma_regs.h"
#include "test/equivalence/dma_behaviour.h"

using namespace visoc;
using namespace visoc::test;

namespace {

/// Names of the checks that found something; `texts` gets what.
std::set<std::string> run_behaviours(DmaBench& bench, std::vector<std::string>& texts) {
  std::set<std::string> failed;
  for (const DmaBehaviour& behaviour : dma_behaviours()) {
    bench.problems.clear();
    behaviour.check(bench);
    if (!bench.problems.empty()) failed.insert(behaviour.name);
    for (const std::string& problem : bench.problems) texts.push_back(std::string(behaviour.name) + ": " + problem);
  }
  return failed;
}

void all_behaviours_hold(const DmaBenchOptions& options) {
  DmaBench bench("dut", options);
  std::vector<std::string> texts;
  REQUIRE(run_in_kernel([&] { run_behaviours(bench, texts); }));
  for (const std::string& text : texts) FAIL_CHECK(text);
  for (const RtlViolation& violation : bench.violations)
    FAIL_CHECK(violation.rule + " at cycle " << violation.cycle << ": " << violation.text);
}

/// What a planted bug brings to light.
struct Found {
  std::set<std::string> behaviours;
  std::vector<std::string> registers;
  std::vector<RtlViolation> violations;
  bool finished = false;

  bool has(const std::string& rule) const {
    return std::any_of(violations.begin(), violations.end(), [&](const RtlViolation& violation) { return violation.rule == rule; });
  }
};

Found plant(DmaBug bug) {
  DmaBenchOptions options;
  options.kind = DmaKind::kRtlStalled;
  options.bug = bug;
  DmaBench bench("dut", options);
  Found found;
  found.finished = run_in_kernel([&] {
    std::vector<std::string> texts;
    if (bug != DmaBug::kNoAnswer) found.behaviours = run_behaviours(bench, texts);
    found.registers = run_register_conformance(regs::dma::kTable, bench).failures;
  });
  found.violations = bench.violations;
  return found;
}

}  // namespace

TEST_CASE("model: every behaviour", "[dma][fast]") { all_behaviours_hold({DmaKind::kModel}); }
TEST_CASE("model: every behaviour, syncpoints polled", "[dma][fast]") { all_behaviours_hold({DmaKind::kModel, DmaBug::kNone, false}); }
TEST_CASE("RTL: every behaviour", "[dma][rtl][fast]") { all_behaviours_hold({DmaKind::kRtl}); }
TEST_CASE("RTL: every behaviour, syncpoints polled", "[dma][rtl][fast]") { all_behaviours_hold({DmaKind::kRtl, DmaBug::kNone, false}); }
TEST_CASE("RTL: every behaviour with handshakes held back", "[dma][rtl][fast]") { all_behaviours_hold({DmaKind::kRtlStalled}); }

TEST_CASE("RTL: the generic register tests over the pins", "[dma][rtl][fast]") {
  const Found found = plant(DmaBug::kNone);
  CHECK(found.finished);
  CHECK(found.behaviours.empty());
  CHECK(found.registers.empty());
  CHECK(found.violations.empty());
}

TEST_CASE("planted: one wrong byte in 256 is found by the moved and the gathered rows", "[dma][rtl][fast]") {
  const Found found = plant(DmaBug::kWrongByte);
  CHECK(found.finished);
  CHECK(found.behaviours == std::set<std::string>{"rows are gathered", "rows are moved"});
  CHECK(found.registers.empty());
}

TEST_CASE("planted: a CRC that leaves out a byte is found by the CRCs alone", "[dma][rtl][fast]") {
  const Found found = plant(DmaBug::kShortCrc);
  CHECK(found.finished);
  CHECK(found.behaviours == std::set<std::string>{"CRCs are right"});
  CHECK(found.registers.empty());
}

TEST_CASE("planted: a missing error mark is found by the syncpoint chain", "[dma][rtl][fast]") {
  const Found found = plant(DmaBug::kNoErrorMark);
  CHECK(found.finished);
  CHECK(found.behaviours == std::set<std::string>{"syncpoints chain", "abort ends a command"});
}

TEST_CASE("planted: one interrupt's clearing that clears both is found by the generic register tests", "[dma][rtl][fast]") {
  const Found found = plant(DmaBug::kClearAll);
  CHECK(found.finished);
  CHECK_FALSE(found.registers.empty());
  CHECK(found.behaviours.count("interrupts are levels") == 1);
}

TEST_CASE("planted: an address that moves before it is taken is found by the AXI rules", "[dma][rtl][fast]") {
  const Found found = plant(DmaBug::kArAddrMoves);
  CHECK(found.finished);
  CHECK(found.has("AXI4_ERRM_ARADDR_STABLE"));
}

TEST_CASE("planted: a burst over 4 KiB is found by the AXI rules", "[dma][rtl][fast]") {
  const Found found = plant(DmaBug::kNoBoundary);
  CHECK(found.finished);
  CHECK(found.has("AXI4_ERRM_AWADDR_BOUNDARY"));
}

TEST_CASE("planted: a register read without an answer ends after a bound with an error response", "[dma][rtl][fast]") {
  const Found found = plant(DmaBug::kNoAnswer);
  CHECK(found.finished);
  CHECK_FALSE(found.registers.empty());
  CHECK(found.has("AXI4LITE_RECS_ARREADY_MAX_WAIT"));
}

TEST_CASE("without a collector a broken rule ends the process with exit code 70", "[dma][rtl][fast]") {
  const auto exit_code_with = [](DmaBug bug) {
    const pid_t child = fork();
    if (child == 0) {
      DmaBenchOptions options{DmaKind::kRtlStalled, bug};
      options.collect_violations = false;
      DmaBench bench("dut", options);
      run_in_kernel([&] {
        bench.start();
        for (unsigned i = 0; i < 10; ++i) bench.run(DmaOpcode::kCopy2d, copy_of(kSrc, kDst, 512, 2, 512, 512));
      });
      _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  };
  CHECK(exit_code_with(DmaBug::kNone) == 0);
  CHECK(exit_code_with(DmaBug::kArAddrMoves) == static_cast<int>(ExitCode::kInternal));
}

TEST_CASE("planted: interrupts that do not wait for their batch are found", "[dma][rtl][fast]") {
  const Found found = plant(DmaBug::kNoCoalescing);
  CHECK(found.finished);
  CHECK(found.behaviours == std::set<std::string>{"interrupts are levels"});
}

// Two machines in one simulation get the same random commands, good and bad; then all bytes, records, registers and syncpoints are equal.
TEST_CASE("random commands: model and RTL leave equal machines", "[dma][rtl][slow]") {
  DmaBench model("model", {DmaKind::kModel}), rtl("rtl", {DmaKind::kRtlStalled});
  std::vector<std::string> differences;
  unsigned ok = 0, read_faults = 0, write_faults = 0, others = 0;
  const auto compare = [&](unsigned round, const std::string& what, std::uint64_t of_model, std::uint64_t of_rtl) {
    if (of_model == of_rtl || differences.size() >= 10) return;
    differences.push_back("command " + std::to_string(round) + ", " + what + ": model " + std::to_string(of_model) + ", RTL " +
                          std::to_string(of_rtl));
  };
  const bool finished = run_in_kernel([&] {
    std::mt19937 random(21);
    for (DmaBench* bench : {&model, &rtl}) {
      bench->start();
      bench->fill_source(3);
    }
    for (unsigned round = 0; round < 600 && differences.empty(); ++round) {
      const bool is_fill = random() % 3 == 0;
      const bool long_rows = random() % 5 == 0;
      const std::uint32_t row_bytes = random() % (long_rows ? 6'000 : 300), rows = random() % (long_rows ? 6 : 20);
      const std::uint32_t src_stride = random() % (long_rows ? 7'000 : 500), dst_stride = random() % (long_rows ? 7'000 : 500);
      DmaParameters p = copy_of(kSrc + random() % 0x8000, kDst + random() % 0x8000, row_bytes, rows, src_stride, dst_stride);
      p.pattern = random();
      if (random() % 40 == 0) p.dst_stride = random();
      if (random() % 40 == 0) p.src_stride = random();
      if (random() % 60 == 0) p.row_bytes = random();
      Descriptor descriptor;
      const DmaOpcode others_of[] = {DmaOpcode::kCopy2d, DmaOpcode::kCopy2d, DmaOpcode::kGatherRows, DmaOpcode::kCrc2d};
      const DmaOpcode opcode = is_fill ? DmaOpcode::kFill2d : others_of[random() % 4];
      descriptor.opcode = random() % 50 == 0 ? 9 : static_cast<std::uint16_t>(opcode);
      if (opcode == DmaOpcode::kGatherRows) p.period = random() % 5;
      if (opcode == DmaOpcode::kGatherRows && p.period != 0) p.offset = random() % (p.period + (random() % 20 == 0 ? 1 : 0));
      if (random() % 2 == 0) p.options = DmaParameters::kOptionCrc;
      descriptor.tag = random();
      descriptor.flags = static_cast<std::uint16_t>((random() % 2 ? kFlagPost : 0) | (random() % 2 ? kFlagInterrupt : 0));
      descriptor.post_id = random() % 300;
      descriptor.post_increment = random() % 40;
      const bool holes = random() % 4 == 0;
      const Addr src_hole = kSrc + random() % 0x10000, dst_hole = kDst + random() % 0x10000;
      for (DmaBench* bench : {&model, &rtl}) {
        bench->bus.clear_holes();
        if (holes) bench->bus.add_hole(src_hole);
        if (holes) bench->bus.add_hole(dst_hole);
        bench->submit(descriptor, p.encode());
        if (!bench->finish()) differences.push_back("command " + std::to_string(round) + " does not end");
      }
      const Completion a = model.completion(round), b = rtl.completion(round);
      compare(round, "tag", a.tag, b.tag);
      compare(round, "status", static_cast<std::uint32_t>(a.status), static_cast<std::uint32_t>(b.status));
      compare(round, "detail", a.detail, b.detail);
      compare(round, "fault address", a.fault_addr, b.fault_addr);
      for (Offset offset : {0x08, 0x0c, 0x10, 0x30, 0x44, 0x48, 0x4c, 0x80, 0x84, 0x88})
        compare(round, "register " + std::to_string(offset), model.get(offset), rtl.get(offset));
      compare(round, "interrupt line", model.irq(), rtl.irq());
      const std::uint32_t cleared = random() % 4;
      for (DmaBench* bench : {&model, &rtl}) bench->set(0x10, cleared);
      if (descriptor.post_id < 256) {
        compare(round, "syncpoint", model.sync_value(descriptor.post_id), rtl.sync_value(descriptor.post_id));
        compare(round, "error history", model.sync_errors(descriptor.post_id), rtl.sync_errors(descriptor.post_id));
      }
      // Records hold cycles, which hang on time; everything behind them must be the same.
      const auto from = static_cast<std::ptrdiff_t>(kParameters - kRamBase);
      const auto different = std::mismatch(model.bus.ram.begin() + from, model.bus.ram.end(), rtl.bus.ram.begin() + from);
      if (different.first != model.bus.ram.end())
        compare(round, "byte at +" + std::to_string(different.first - model.bus.ram.begin()), *different.first, *different.second);
      switch (a.status) {
        case CommandStatus::kOk:
          ++ok;
          break;
        case CommandStatus::kReadFault:
          ++read_faults;
          break;
        case CommandStatus::kWriteFault:
          ++write_faults;
          break;
        default:
          ++others;
      }
    }
  });
  CHECK(finished);
  for (const std::string& difference : differences) FAIL_CHECK(difference);
  for (const RtlViolation& violation : rtl.violations) FAIL_CHECK(violation.rule + ": " + violation.text);
  CHECK(model.problems.empty());
  CHECK(rtl.problems.empty());
  INFO("ended well " << ok << ", read faults " << read_faults << ", write faults " << write_faults << ", others " << others);
  CHECK(ok > 100);
  CHECK(read_faults > 10);
  CHECK(write_faults > 10);
  CHECK(others > 5);
}

// Not among the tests: dma_equivalence "[bench]" prints how fast the RTL runs.
TEST_CASE("how fast the clocked RTL is", "[.][bench]") {
  DmaBenchOptions options{DmaKind::kRtl};
  DmaBench bench("dut", options);
  double seconds = 0;
  std::uint64_t bytes = 0;
  REQUIRE(run_in_kernel([&] {
    bench.start();
    const auto begun = std::chrono::steady_clock::now();
    for (unsigned i = 0; i < 64; ++i) bytes += bench.run(DmaOpcode::kCopy2d, copy_of(kSrc, kDst, 4096, 16, 4096, 4096)).detail;
    seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  }));
  const auto cycles = static_cast<double>(static_cast<RtlDevice&>(bench.block()).cycles());
  WARN(bytes << " bytes in " << cycles << " cycles and " << seconds << " s: " << cycles / seconds / 1e6 << " million cycles a second");
  CHECK(bytes == 64u * 65'536);
}
