// Register tests that need to know nothing but a register table; they run alike on a core, a TLM model and RTL.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "platform/contract/device_core.h"
#include "platform/contract/register_file.h"
#include "platform/contract/register_table.h"

namespace visoc {

/// The block under test, from outside. A refused access (bus error) is any status but kOk.
class RegisterAccessor {
 public:
  virtual ~RegisterAccessor() = default;
  /// Brings the block to its power-on state.
  virtual void reset() = 0;
  virtual RegisterReply read(Offset offset, unsigned size_bytes) = 0;
  virtual RegisterStatus write(Offset offset, unsigned size_bytes, std::uint64_t value) = 0;
};

struct ConformanceReport {
  std::vector<std::string> failures;  ///< "dma.CONTROL: reset value: read 0x1, expected 0x0"; in the order of the table.
  std::vector<std::string> skipped;   ///< "dma.DATA: reading takes an element"; what was left out, and why.
  unsigned checks = 0;                ///< Values and responses that were compared.
};

/// Runs every test on every register of the table. Each test of a register starts with a reset.
///
/// | test | what is asked |
/// |---|---|
/// | reset value | after reset, each readable bit has its reset value |
/// | reserved bits | read as zero, before and after ones were written to them, and such a write changes nothing |
/// | read-only | writing ones to ro bits changes nothing |
/// | rw, bit bash | patterns, then each bit alone as 1 among 0 and as 0 among 1, read back |
/// | write-only | reads as zero |
/// | rw1c | ones never set; with INTR_STATE and INTR_TEST: TEST raises each field, 0 leaves it, 1 clears it and no other |
/// | rw1s, rw0c, rc | set by ones and kept by zeros; cleared by zeros and kept by ones; zero at the second read |
/// | access size | each size at each register, misaligned, in holes and behind the window: accepted or refused as check_access says,
///   a refused write changes nothing, a smaller read gives its slice |
/// | aliasing | a write to one register changes no other |
///
/// Left out: registers with a "conformance" skip reason; reads of pop and claim, writes of push, claim and wo (but INTR_TEST);
/// comparisons of timing bits, and of the reset value where the block decides it; in `aliasing`, registers that "changes" names,
/// banked registers and the registers that switch banks. Of a long array the elements at both ends and in the middle are tested.
ConformanceReport run_register_conformance(const RegisterTable& table, RegisterAccessor& block);

/// A core without a shell, for its unit tests: checks accesses as the shell does. Steps are not run.
class CoreAccessor : public RegisterAccessor {
 public:
  explicit CoreAccessor(DeviceCore& core) : core_(core) {}
  void reset() override { core_.reset(); }
  RegisterReply read(Offset offset, unsigned size_bytes) override {
    if (check_access(core_.table(), offset, size_bytes, false) != AccessCheck::kOk) return {RegisterStatus::kNoRegister, 0};
    return core_.read_register(0, offset, size_bytes);
  }
  RegisterStatus write(Offset offset, unsigned size_bytes, std::uint64_t value) override {
    if (check_access(core_.table(), offset, size_bytes, true) != AccessCheck::kOk) return RegisterStatus::kNoRegister;
    return core_.write_register(0, offset, size_bytes, value);
  }

 private:
  DeviceCore& core_;
};

}  // namespace visoc
