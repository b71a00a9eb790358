// The test finisher: a write to it ends the run with pass or fail.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "platform/contract/device_core.h"

namespace visoc {

/// FINISH takes 0x5555 (pass), 0x3333 | code << 16 (fail; code 0 counts as 1, since 0 is pass) and 0x7777 (reset: the machine is
/// not started again, the run ends as passed). Any other value is ignored, with a warning. Source: QEMU's sifive_test device.
class FinisherCore : public DeviceCore {
 public:
  FinisherCore();

  void reset() override;
  std::vector<Statistic> statistics() const override;

  void on_write(std::uint16_t reg, std::uint32_t index, std::uint64_t before, std::uint64_t after, std::uint64_t written) override;

 protected:
  void save_core(StateWriter& out) const override { out.u64(ignored_writes_); }
  void load_core(StateReader& in) override { ignored_writes_ = in.u64(); }

 private:
  std::uint64_t ignored_writes_ = 0;  ///< State.
};

}  // namespace visoc
