// Rewrites of the float graph before calibration.
// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/graph_passes.h"

#include <algorithm>
#include <cmath>

namespace visoc::compiler {
namespace {

Node* producer(Graph& graph, std::size_t tensor) {
  for (Node& node : graph.nodes) {
    if (node.output == tensor) return &node;
  }
  return nullptr;
}

}  // namespace

void remove_dead_nodes(Graph& graph) {
  for (std::size_t i = graph.nodes.size(); i-- > 0;) {
    if (consumers(graph, graph.nodes[i].output) == 0) graph.nodes.erase(graph.nodes.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

Problems fold_batch_norm(Graph& graph, const std::string& file) {
  for (std::size_t at = 0; at < graph.nodes.size(); ++at) {
    Node& node = graph.nodes[at];
    if (node.op != OpKind::kBatchNorm) continue;
    const std::size_t channels = node.bn_scale.size();
    std::vector<float> factor(channels), offset(channels);
    for (std::size_t c = 0; c < channels; ++c) {
      const double spread = static_cast<double>(node.bn_variance[c]) + node.bn_epsilon;
      if (!(spread > 0)) {
        return {{file, "node '" + node.name + "' (batch_norm)", "variance + epsilon of channel " + std::to_string(c) + " is not positive"}};
      }
      const double gain = node.bn_scale[c] / std::sqrt(spread);
      factor[c] = static_cast<float>(gain);
      offset[c] = static_cast<float>(node.bn_bias[c] - gain * node.bn_mean[c]);
    }
    Node* before = producer(graph, node.inputs[0]);
    const bool folds =
        before != nullptr && (before->op == OpKind::kConv || before->op == OpKind::kConvTranspose) && consumers(graph, before->output) == 1;
    if (!folds) {
      node.op = OpKind::kConv;
      node.groups = static_cast<std::int64_t>(channels);
      node.weights = factor;
      node.bias = offset;
      const std::int64_t dims[4] = {node.groups, 1, 1, 1};
      std::copy(dims, dims + 4, node.weight_dims);
      continue;
    }
    const auto dim = [&](int i) { return static_cast<std::size_t>(before->weight_dims[i]); };
    const std::size_t taps = dim(2) * dim(3);
    for (std::size_t i = 0; i < before->weights.size(); ++i) {
      // Conv: [out][in][taps]. ConvTranspose: [in][out][taps].
      before->weights[i] *= factor[before->op == OpKind::kConv ? i / (dim(1) * taps) : i / taps % dim(1)];
    }
    if (before->bias.empty()) before->bias.assign(channels, 0.0f);
    for (std::size_t c = 0; c < channels; ++c) before->bias[c] = before->bias[c] * factor[c] + offset[c];
    before->output = node.output;
    graph.nodes.erase(graph.nodes.begin() + static_cast<std::ptrdiff_t>(at--));
  }
  return {};
}

void fuse_clamps(Graph& graph) {
  for (std::size_t at = 0; at < graph.nodes.size(); ++at) {
    const Node& node = graph.nodes[at];
    if (node.op != OpKind::kClamp) continue;
    Node* before = producer(graph, node.inputs[0]);
    if (before == nullptr || consumers(graph, before->output) != 1) continue;
    if (before->op != OpKind::kConv && before->op != OpKind::kConvTranspose && before->op != OpKind::kAdd && before->op != OpKind::kClamp)
      continue;
    // clamp(clamp(x, a, b), c, d) = clamp(x, clamp(a, c, d), clamp(b, c, d)).
    before->clamp_min = std::min(std::max(before->clamp_min, node.clamp_min), node.clamp_max);
    before->clamp_max = std::min(std::max(before->clamp_max, node.clamp_min), node.clamp_max);
    before->output = node.output;
    graph.nodes.erase(graph.nodes.begin() + static_cast<std::ptrdiff_t>(at--));
  }
}

}  // namespace visoc::compiler
