// The rules of a DRAM device between commands, from its table alone. Knows nothing of the schedulers.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "ip/dram_controller/dram_command.h"

namespace visoc::test {

/// One broken rule a line, "tRCD: ACT at 10, RD at 25"; at most ten.
std::vector<std::string> broken_dram_rules(std::vector<DramCommand> commands, const DramDevice& device);

}  // namespace visoc::test
