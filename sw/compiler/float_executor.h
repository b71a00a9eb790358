// Runs the float graph on one image, for calibration.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <vector>

#include "sw/compiler/graph.h"

namespace visoc::compiler {

/// Sees each tensor's values (channels x rows x columns) once, in order of execution, the input first.
using TensorVisitor = std::function<void(std::size_t tensor, const std::vector<float>& values)>;

/// `input` has the input's elements, channel planes one after the other. Shapes must be known and kBatchNorm folded.
/// Returns the network's output.
std::vector<float> run_float(const Graph& graph, const std::vector<float>& input, const TensorVisitor& visit = {});

}  // namespace visoc::compiler
