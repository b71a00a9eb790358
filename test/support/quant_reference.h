// Executes the compiler's quantised graph in plain loops, written from the definitions in ip/npu/npu_program.h section 4. Shares
// nothing with the NPU or the emitter but the structs of the graph.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "sw/compiler/quant_graph.h"

namespace visoc::test {

/// `input`: rows x columns x channels of the network's input. Returns every tensor by index, in the same order of axes.
std::vector<std::vector<std::int8_t>> run_quantised(const compiler::QuantGraph& graph, const std::vector<std::int8_t>& input);

}  // namespace visoc::test
