// SPDX-License-Identifier: Apache-2.0
#include "ip/finisher/finisher_core.h"

#include "regs/finisher_regs.h"

namespace visoc {

using namespace regs::finisher;  // NOLINT: the names of this block's own registers.

FinisherCore::FinisherCore() : DeviceCore(kTable, 0) {}

void FinisherCore::reset() {
  DeviceCore::reset();
  ignored_writes_ = 0;
}

void FinisherCore::on_write(std::uint16_t, std::uint32_t, std::uint64_t, std::uint64_t, std::uint64_t written) {
  const auto code = static_cast<std::uint32_t>((written & kFinishCodeMask) >> kFinishCodeShift);
  switch (written & kFinishVerdictMask) {
    case kFinishVerdictPass:
    case kFinishVerdictReset:
      if (services() != nullptr) services()->finish(0);
      break;
    case kFinishVerdictFail:
      if (services() != nullptr) services()->finish(code == 0 ? 1 : code);
      break;
    default:
      ++ignored_writes_;
      if (services() != nullptr)
        services()->guest_warning(instance(), "finisher-value",
                                  instance() + ": a value that means neither pass, fail nor reset was written: " + std::to_string(written));
  }
}

std::vector<Statistic> FinisherCore::statistics() const {
  return {{"ignored_writes", ignored_writes_, "writes of a value that means nothing"}};
}

}  // namespace visoc
