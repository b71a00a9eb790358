// Rewrites of the float graph before calibration.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "platform/base/result.h"
#include "sw/compiler/graph.h"

namespace visoc::compiler {

/// Removes nodes whose result nobody uses.
void remove_dead_nodes(Graph& graph);

/// Folds each BatchNormalization into the convolution before it if nothing else reads that; makes it a depthwise 1x1 convolution
/// otherwise. Shapes must be known. Afterwards no kBatchNorm is left.
Problems fold_batch_norm(Graph& graph, const std::string& file);

/// Moves each Relu and Clip into the Conv, ConvTranspose or Add before it if nothing else reads that; chains become one.
void fuse_clamps(Graph& graph);

}  // namespace visoc::compiler
