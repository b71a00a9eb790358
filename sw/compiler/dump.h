// What the compiler made, for people and for scripts.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "sw/compiler/memory_plan.h"
#include "sw/compiler/quant_graph.h"

namespace visoc::compiler {

/// A header line, then a line a layer: name, op, shapes, scales, MACs, bytes of weights and of output.
std::string dump_text(const QuantGraph& graph, const MemoryPlan& plan);

/// The whole quantised graph as JSON: tensors, layers, weights, factors, offsets in the arena.
std::string dump_json(const QuantGraph& graph, const MemoryPlan& plan);

/// One line: layers, MACs, parameters, peak of the arena.
std::string summary(const QuantGraph& graph, const MemoryPlan& plan);

}  // namespace visoc::compiler
