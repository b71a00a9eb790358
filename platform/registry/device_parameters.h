// Parameters that every block with registers has.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "platform/registry/registry.h"
#include "platform/tlm/device_module.h"

namespace visoc {

/// "register_latency": time added to each register access (assumed default: 20 ns, a bridge to a 50 MHz peripheral bus).
/// With `engine`, also "clock" (the engine's own clock) and "poll_interval" (syncpoint polling without a wake line).
std::vector<ParameterSpec> device_parameters(bool engine = false);

DeviceOptions device_options(const BlockContext& context, bool has_master);

}  // namespace visoc
