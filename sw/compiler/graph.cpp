// Names and small questions about the two graphs.
// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/graph.h"

#include "sw/compiler/quant_graph.h"

namespace visoc::compiler {

const char* op_name(OpKind op) {
  switch (op) {
    case OpKind::kConv:
      return "conv";
    case OpKind::kConvTranspose:
      return "conv_transpose";
    case OpKind::kBatchNorm:
      return "batch_norm";
    case OpKind::kClamp:
      return "clamp";
    case OpKind::kMaxPool:
      return "max_pool";
    case OpKind::kAveragePool:
      return "average_pool";
    case OpKind::kResizeNearest:
      return "resize_nearest";
    case OpKind::kResizeBilinear:
      return "resize_bilinear";
    case OpKind::kAdd:
      return "add";
    case OpKind::kConcat:
      return "concat";
    case OpKind::kSigmoid:
      return "sigmoid";
  }
  return "?";
}

const char* op_name(QuantOp op) {
  switch (op) {
    case QuantOp::kConv:
      return "conv";
    case QuantOp::kConvTranspose:
      return "conv_transpose";
    case QuantOp::kAdd:
      return "add";
    case QuantOp::kConcat:
      return "concat";
    case QuantOp::kCopy:
      return "copy";
    case QuantOp::kMaxPool:
      return "max_pool";
    case QuantOp::kAveragePool:
      return "average_pool";
    case QuantOp::kResizeNearest:
      return "resize_nearest";
    case QuantOp::kResizeBilinear:
      return "resize_bilinear";
    case QuantOp::kLut:
      return "lut";
  }
  return "?";
}

std::size_t consumers(const Graph& graph, std::size_t tensor) {
  std::size_t count = graph.output == tensor ? 1 : 0;
  for (const Node& node : graph.nodes) {
    for (const std::size_t input : node.inputs) count += input == tensor ? 1 : 0;
  }
  return count;
}

}  // namespace visoc::compiler
