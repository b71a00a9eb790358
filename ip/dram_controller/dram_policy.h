// What a controller decides, apart from what its device demands.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "ip/dram_controller/dram_device.h"
#include "platform/base/result.h"

namespace visoc {

enum class DramPagePolicy : std::uint8_t {
  kOpen,      ///< A row stays open until another row of its bank is wanted, or a refresh.
  kClosed,    ///< A row is closed as soon as no waiting request hits it.
  kAdaptive,  ///< A row is closed when nothing has hit it for page_timeout.
};

enum class DramScheduling : std::uint8_t {
  kFrFcfs,  ///< First ready: row hits before others, then by age.
  kFcfs,    ///< Column commands strictly by age.
};

enum class DramRefreshMode : std::uint8_t { kAllBank, kPerBank, kNone };

struct DramPolicy {
  DramPagePolicy page = DramPagePolicy::kOpen;
  Cycles page_timeout = 200;  ///< kAdaptive.
  DramRefreshMode refresh = DramRefreshMode::kAllBank;
  unsigned refresh_postpone = 0;  ///< Refreshes of a rank that may be due while its requests go first, 0 to 8.
  Cycles power_down_after = 0;    ///< Idle cycles of a rank until it is powered down; 0: never.
  Cycles self_refresh_after = 0;  ///< Likewise for self refresh.
  DramScheduling scheduling = DramScheduling::kFrFcfs;
  Cycles starvation = 2000;                    ///< A request that waited longer goes before row hits.
  unsigned read_queue = 32, write_queue = 32;  ///< Requests a channel can hold.
  /// Writes wait until so many are in the queue, or no read is; then they go until only `write_low` are left and a read waits.
  unsigned write_high = 24, write_low = 8;
};

/// Queue sizes, watermarks and the like against each other and the device; `where` names the policy.
Problems check_dram_policy(const DramPolicy& policy, const DramDevice& device);

}  // namespace visoc
