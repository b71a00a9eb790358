// Where each activation tensor lies in the arena.
// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/memory_plan.h"

#include <algorithm>

#include "ip/npu/npu_program.h"
#include "platform/base/units.h"

namespace visoc::compiler {
namespace {

struct Life {
  std::size_t tensor = 0, first = 0, last = 0;  ///< Layer indices, both included.
  std::uint64_t bytes = 0, offset = 0;
};

}  // namespace

MemoryPlan plan_memory(const QuantGraph& graph) {
  std::vector<Life> lives(graph.tensors.size());
  for (std::size_t i = 0; i < lives.size(); ++i) {
    lives[i].tensor = i;
    lives[i].bytes = align_up(static_cast<std::uint64_t>(graph.tensors[i].shape.elements()), npu::kVnetAlignment);
  }
  std::vector<bool> used(lives.size(), false);
  for (std::size_t at = 0; at < graph.layers.size(); ++at) {
    const QuantLayer& layer = graph.layers[at];
    lives[layer.output].first = lives[layer.output].last = at;
    used[layer.output] = true;
    for (const std::size_t input : layer.inputs) {
      lives[input].last = at;
      used[input] = true;
    }
  }
  lives[graph.output].last = graph.layers.size();
  lives.erase(std::remove_if(lives.begin(), lives.end(), [&](const Life& life) { return !used[life.tensor]; }), lives.end());
  std::stable_sort(lives.begin(), lives.end(), [](const Life& a, const Life& b) { return a.bytes > b.bytes; });

  MemoryPlan plan;
  plan.offsets.assign(graph.tensors.size(), 0);
  std::vector<Life> placed;  // By offset.
  for (Life& life : lives) {
    std::uint64_t offset = 0;
    for (const Life& other : placed) {
      if (other.last < life.first || other.first > life.last) continue;
      if (other.offset >= offset + life.bytes) break;
      offset = std::max(offset, other.offset + other.bytes);
    }
    life.offset = plan.offsets[life.tensor] = offset;
    plan.arena_bytes = std::max(plan.arena_bytes, offset + life.bytes);
    plan.unshared_bytes += life.bytes;
    placed.insert(std::upper_bound(placed.begin(), placed.end(), life, [](const Life& a, const Life& b) { return a.offset < b.offset; }),
                  life);
  }
  return plan;
}

}  // namespace visoc::compiler
