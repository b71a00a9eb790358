// The generic register tests, tested by blocks that break one rule each.
// SPDX-License-Identifier: Apache-2.0
#include "platform/contract/register_conformance.h"

#include <catch2/catch.hpp>

#include <functional>

#include "platform/contract/command_ring.h"
#include "regs/command_ring_regs.h"
#include "tools/regtool/testdata/specimen_regs.h"

namespace visoc {
namespace {

using namespace regs::specimen;  // NOLINT: a test of these names.

/// The made-up block, built from a copy of its table that a test may spoil; the tests judge it by the true table.
class Specimen : public RegisterAccessor, private RegisterHooks {
 public:
  explicit Specimen(const std::function<void(RegisterInfo*, RegisterTable&)>& spoil = {})
      : infos_(kTable.registers, kTable.registers + kTable.register_count), table_(spoiled(spoil)), file_(table_) {
    file_.connect(*this);
  }

  void reset() override {
    file_.reset();
    file_.set(Reg::kVersion, 0x100);
  }
  RegisterReply read(Offset offset, unsigned size_bytes) override {
    if (check_access(table_, offset, size_bytes, false) != AccessCheck::kOk) return {RegisterStatus::kNoRegister, 0};
    return file_.read(offset, size_bytes);
  }
  RegisterStatus write(Offset offset, unsigned size_bytes, std::uint64_t value) override {
    if (write_goes_through) file_.write(offset & ~Offset{3}, 4, value);
    if (check_access(table_, offset, size_bytes, true) != AccessCheck::kOk) return RegisterStatus::kNoRegister;
    return file_.write(offset, size_bytes, value);
  }

  bool test_raises = true;
  bool clear_clears_all = false;
  bool alias = false;
  bool write_goes_through = false;  ///< A refused write reaches the register all the same.

 private:
  void on_write(std::uint16_t reg, std::uint32_t index, std::uint64_t, std::uint64_t after, std::uint64_t written) override {
    switch (static_cast<Reg>(reg)) {
      case Reg::kIntrTest:
        if (test_raises) file_.set(Reg::kIntrState, file_.get(Reg::kIntrState) | written);
        break;
      case Reg::kIntrState:
        if (clear_clears_all) file_.set(Reg::kIntrState, 0);
        break;
      case Reg::kLimit:
        if (alias) file_.set(Reg::kLimit, after, index ^ 1u);
        break;
      default:
        break;
    }
  }

  RegisterTable spoiled(const std::function<void(RegisterInfo*, RegisterTable&)>& spoil) {
    RegisterTable table = kTable;
    table.registers = infos_.data();
    if (spoil) spoil(infos_.data(), table);
    return table;
  }

  std::vector<RegisterInfo> infos_;
  RegisterTable table_;
  RegisterFile file_;
};

/// A ring without an engine behind it.
class IdleEngine : public RingCore {
 public:
  IdleEngine() : RingCore(regs::command_ring::kTable, Clock{}) { reset(); }

 protected:
  EngineProgress begin(Picos now, const Descriptor&, const std::vector<std::uint8_t>&, MemoryPort&) override {
    return EngineProgress::finished(now);
  }
  EngineProgress advance(Picos now, MemoryPort&) override { return EngineProgress::finished(now); }
  void cancel() override {}
  void save_engine(StateWriter&) const override {}
  void load_engine(StateReader&) override {}
  void reset_engine() override {}
  std::string activity_name(const Descriptor&) const override { return "idle"; }
};

RegisterInfo& info(RegisterInfo* infos, Reg reg) { return infos[static_cast<std::size_t>(reg)]; }

/// True if a failure of the report begins like this.
bool reports(const ConformanceReport& report, const std::string& begin) {
  for (const std::string& failure : report.failures)
    if (failure.compare(0, begin.size(), begin) == 0) return true;
  return false;
}

using Spoiler = std::function<void(RegisterInfo*, RegisterTable&)>;

ConformanceReport run_spoiled(const Spoiler& spoil) {
  Specimen specimen(spoil);
  return run_register_conformance(kTable, specimen);
}

}  // namespace

TEST_CASE("a block that does what its table says passes", "[fast]") {
  Specimen specimen;
  const ConformanceReport report = run_register_conformance(kTable, specimen);
  CHECK(report.failures == std::vector<std::string>{});
  CHECK(report.checks > 500);
  CHECK(report.skipped == std::vector<std::string>{"specimen.DATA: reading takes an element", "specimen.SEND: writing puts an element",
                                                   "specimen.DIVISOR: Writing it stops the clock.",
                                                   "specimen.CLAIM: reading claims, writing completes"});
}

TEST_CASE("the command ring that engines share passes", "[fast]") {
  IdleEngine engine;
  CoreAccessor accessor(engine);
  const ConformanceReport report = run_register_conformance(engine.table(), accessor);
  CHECK(report.failures == std::vector<std::string>{});
  CHECK(report.skipped == std::vector<std::string>{});
}

TEST_CASE("a wrong reset value is found, except where it hangs on time or the block decides it", "[fast]") {
  CHECK(reports(run_spoiled([](RegisterInfo* infos, RegisterTable&) { info(infos, Reg::kMode).reset = 0x20; }),
                "specimen.MODE: reset value: read 0x0, expected 0x1"));
  CHECK(reports(run_spoiled([](RegisterInfo* infos, RegisterTable&) { info(infos, Reg::kLimit).reset = 6; }),
                "specimen.LIMIT[2]: reset value"));
  CHECK(run_spoiled([](RegisterInfo* infos, RegisterTable&) { info(infos, Reg::kMode).reset = 0x01; }).failures.empty());
  CHECK(run_spoiled([](RegisterInfo* infos, RegisterTable&) { info(infos, Reg::kTime).reset = 1; }).failures.empty());
}

TEST_CASE("an rw bit that does not stick is found", "[fast]") {
  const ConformanceReport report =
      run_spoiled([](RegisterInfo* infos, RegisterTable&) { info(infos, Reg::kLimit).masks.rw &= ~0x80000000u; });
  CHECK(reports(report, "specimen.LIMIT[0]: rw: read 0x7fffffff, expected 0xffffffff"));
  CHECK(reports(report, "specimen.LIMIT[0]: bit bash, 1 among 0: read 0x0, expected 0x80000000"));
}

TEST_CASE("reserved bits that are there are found", "[fast]") {
  const ConformanceReport report = run_spoiled([](RegisterInfo* infos, RegisterTable&) {
    RegisterMasks& masks = info(infos, Reg::kMode).masks;
    masks.rw = masks.readable = masks.implemented = 0xffff;
  });
  CHECK(reports(report, "specimen.MODE: reserved bits after writing ones: read 0xff58, expected 0x0"));
}

TEST_CASE("a read-only bit that can be written is found", "[fast]") {
  CHECK(reports(run_spoiled([](RegisterInfo* infos, RegisterTable&) { info(infos, Reg::kVersion).masks.rw = 0x1; }),
                "specimen.VERSION: read-only bits after writing ones: read 0x101, expected 0x100"));
}

TEST_CASE("wrong clearing and setting is found for each access kind", "[fast]") {
  CHECK(reports(run_spoiled([](RegisterInfo* infos, RegisterTable&) { info(infos, Reg::kIntrState).masks.rw1c = 0; }),
                "specimen.INTR_STATE: rw1c clears the bit"));
  CHECK(reports(run_spoiled([](RegisterInfo* infos, RegisterTable&) { info(infos, Reg::kIntrState).masks.rw = 1; }),
                "specimen.INTR_STATE: rw1c keeps the bit when 0 is written"));
  CHECK(reports(run_spoiled([](RegisterInfo* infos, RegisterTable&) { info(infos, Reg::kBits).masks.rw1s = 0; }),
                "specimen.BITS: rw1s bits after writing ones"));
  CHECK(reports(run_spoiled([](RegisterInfo* infos, RegisterTable&) { info(infos, Reg::kBits).masks.rw0c = 0; }),
                "specimen.BITS: rw0c bits after writing zeros"));
  CHECK(reports(run_spoiled([](RegisterInfo* infos, RegisterTable&) { info(infos, Reg::kBits).masks.rc = 0; }),
                "specimen.BITS: rc bits at the second read"));
}

TEST_CASE("an interrupt that INTR_TEST does not raise is found", "[fast]") {
  Specimen specimen;
  specimen.test_raises = false;
  CHECK(reports(run_register_conformance(kTable, specimen), "specimen.INTR_STATE: INTR_TEST raises the interrupt"));
}

TEST_CASE("clearing of a bit that was not written is found", "[fast]") {
  Specimen specimen;
  specimen.clear_clears_all = true;
  CHECK(reports(run_register_conformance(kTable, specimen), "specimen.INTR_STATE: rw1c keeps the bit when 0 is written"));
}

TEST_CASE("a size that is wrongly accepted or refused is found", "[fast]") {
  CHECK(reports(run_spoiled([](RegisterInfo*, RegisterTable& table) { table.access_sizes = 1 | 2 | 4 | 8; }),
                "specimen.MODE: access of 2 bytes at 0x0: the read was accepted"));
  CHECK(reports(run_spoiled([](RegisterInfo*, RegisterTable& table) { table.access_sizes = 4; }), "specimen.TIME: read refused"));
  CHECK(reports(run_spoiled([](RegisterInfo*, RegisterTable& table) { table.access_sizes = 4 | 8; }),
                "specimen.MODE: access of 1 bytes at 0x1: refused"));
}

TEST_CASE("a register where there is none is found", "[fast]") {
  CHECK(reports(run_spoiled([](RegisterInfo* infos, RegisterTable& table) {
                  static RegisterRange ranges[16];
                  for (unsigned i = 0; i < table.range_count; ++i) ranges[i] = table.ranges[i];
                  ranges[table.range_count - 1].end = 0x70;
                  table.ranges = ranges;
                  info(infos, Reg::kClaim).size_bytes = 8;
                }),
                "specimen: a hole at 0x68, 4 bytes: the read was accepted"));
}

TEST_CASE("a refused write that has an effect is found", "[fast]") {
  Specimen specimen;
  specimen.write_goes_through = true;
  CHECK(reports(run_register_conformance(kTable, specimen), "specimen.LIMIT[0]: access of 2 bytes at 0x40, value after the refused write"));
}

TEST_CASE("two registers with one storage are found", "[fast]") {
  Specimen specimen([](RegisterInfo* infos, RegisterTable&) {
    info(infos, Reg::kLimit).first_value = info(infos, Reg::kIntrEnable).first_value - 2;
    info(infos, Reg::kLimit).reset = 0;
  });
  CHECK(reports(run_register_conformance(kTable, specimen),
                "specimen.LIMIT[2]: aliasing: a write changed specimen.INTR_ENABLE from 0x0 to 0x1"));
}

TEST_CASE("writing one element of an array that changes its neighbour is found", "[fast]") {
  Specimen specimen;
  specimen.alias = true;
  // Element 2 would write element 3, which does not exist, so only the first two are connected.
  RegisterTable two = kTable;
  std::vector<RegisterInfo> infos(kTable.registers, kTable.registers + kTable.register_count);
  info(infos.data(), Reg::kLimit).array_count = 2;
  two.registers = infos.data();
  CHECK(reports(run_register_conformance(two, specimen), "specimen.LIMIT[0]: aliasing: a write changed specimen.LIMIT[1] from 0x7"));
}

}  // namespace visoc
