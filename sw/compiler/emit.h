// Integer graph and memory plan -> the bytes of a .vnet file (ip/npu/npu_program.h, section 1).
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "platform/base/result.h"
#include "sw/compiler/memory_plan.h"
#include "sw/compiler/quant_graph.h"

namespace visoc::compiler {

/// Equal graphs give equal bytes. `file` names the source in problems (too many layers, more than 4 GiB).
Result<std::vector<std::uint8_t>> emit_vnet(const QuantGraph& graph, const MemoryPlan& plan, const std::string& file);

}  // namespace visoc::compiler
