// Shapes of every tensor, from the input's.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "platform/base/result.h"
#include "sw/compiler/graph.h"

namespace visoc::compiler {

/// Fills in the shapes, turns auto_pad into pads and checks what depends on shapes: weights against channels, groups, resize factors,
/// equal shapes of Add, sizes the NPU can address. Stops at the first node with a problem, because later shapes depend on it.
Problems infer_shapes(Graph& graph, const std::string& file);

}  // namespace visoc::compiler
