// Where each activation tensor lies in the arena.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "sw/compiler/quant_graph.h"

namespace visoc::compiler {

struct MemoryPlan {
  std::vector<std::uint64_t> offsets;  ///< By tensor; multiples of 64. Meaningless for tensors no layer touches.
  std::uint64_t arena_bytes = 0;       ///< The peak; multiple of 64.
  std::uint64_t unshared_bytes = 0;    ///< What it would be if every tensor had a place of its own.
};

/// Tensors alive at the same time never overlap. A tensor lives from the layer that writes it to the last that reads it; the input
/// from the start, the output to the end. Larger tensors are placed first, each as low as possible.
MemoryPlan plan_memory(const QuantGraph& graph);

}  // namespace visoc::compiler
