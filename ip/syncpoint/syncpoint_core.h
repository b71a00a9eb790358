// Monotonic counters through which engines wait for each other; the layout engines rely on is in platform/contract/command.h.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "platform/contract/device_core.h"

namespace visoc {

/// A post adds 1 to 31 to a counter; with the error mark, ERROR_HISTORY gets a one for each value that the post reached, so a wait
/// for any of them ends with status UPSTREAM. Every change of a counter wakes all connected lines, at the moment of the change.
class SyncpointCore : public DeviceCore {
 public:
  static constexpr unsigned kComparators = 8;

  SyncpointCore();

  void reset() override;
  std::vector<Statistic> statistics() const override;
  /// `line` outlives the core.
  void connect_wake(WakeLine& line) { wake_lines_.push_back(&line); }

  void on_write(std::uint16_t reg, std::uint32_t index, std::uint64_t before, std::uint64_t after, std::uint64_t written) override;

 protected:
  void save_core(StateWriter& out) const override;
  void load_core(StateReader& in) override;

 private:
  void post(std::uint32_t id, std::uint32_t written);
  void wake_all();
  bool reached(unsigned comparator) const;
  void raise(std::uint64_t bits);
  void update_irq();

  std::vector<WakeLine*> wake_lines_;

  // State, besides the registers.
  std::uint64_t posts_ = 0, failed_posts_ = 0, empty_posts_ = 0;
};

}  // namespace visoc
