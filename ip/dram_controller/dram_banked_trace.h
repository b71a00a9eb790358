// The loosely timed controller's commands as a whole trace.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "ip/dram_controller/dram_command.h"
#include "ip/dram_controller/dram_policy.h"

namespace visoc {

/// Adds to activations, reads and writes of BankedDramTiming, in any order, what they imply: each row is closed at the last moment that the
/// next activation of its bank, the page policy or a refresh allows, and refreshes begin on time, until cycle `end`. Sorted by time.
std::vector<DramCommand> complete_banked_trace(std::vector<DramCommand> commands, const DramDevice& device, const DramPolicy& policy,
                                               Cycles end);

}  // namespace visoc
