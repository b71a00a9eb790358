// The network as the compiler sees it before quantisation: float tensors of one image, nodes in order of execution.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace visoc::compiler {

/// Channels, rows, columns; the batch is always 1. All 0: not known yet.
struct Shape {
  std::int64_t c = 0, h = 0, w = 0;
  std::int64_t elements() const { return c * h * w; }
  bool operator==(const Shape& other) const { return c == other.c && h == other.h && w == other.w; }
  bool operator!=(const Shape& other) const { return !(*this == other); }
};

/// "64x24x32" (channels x rows x columns).
inline std::string to_string(const Shape& shape) {
  return std::to_string(shape.c) + "x" + std::to_string(shape.h) + "x" + std::to_string(shape.w);
}

struct Tensor {
  std::string name;
  Shape shape;
};

enum class OpKind {
  kConv,
  kConvTranspose,
  kBatchNorm,  ///< Folded away before calibration.
  kClamp,      ///< ONNX Relu and Clip.
  kMaxPool,
  kAveragePool,
  kResizeNearest,
  kResizeBilinear,
  kAdd,
  kConcat,  ///< Along the channels.
  kSigmoid,
};

/// Lower-case name for dumps and messages.
const char* op_name(OpKind op);

enum class AutoPad { kNotSet, kValid, kSameUpper, kSameLower };
enum class CoordinateMode { kAsymmetric, kHalfPixel, kAlignCorners };

/// Geometry of convolutions and pools, in elements. After shape inference auto_pad is kNotSet and the pads are numbers.
struct Window {
  std::int64_t kernel_h = 1, kernel_w = 1, stride_h = 1, stride_w = 1, dilation_h = 1, dilation_w = 1;
  std::int64_t pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;
  std::int64_t output_padding_h = 0, output_padding_w = 0;  ///< Transposed convolution only.
  AutoPad auto_pad = AutoPad::kNotSet;
  bool ceil_mode = false;          ///< Pools only.
  bool count_include_pad = false;  ///< Average pool; only accepted where nothing is padded.
};

struct Node {
  std::string name;
  OpKind op = OpKind::kClamp;
  std::vector<std::size_t> inputs;  ///< Tensor indices.
  std::size_t output = 0;           ///< Tensor index; every tensor but the network's input is the output of one node.

  Window window;
  std::int64_t groups = 1;
  std::vector<float> weights;  ///< Conv: [out][in / groups][kh][kw]. ConvTranspose: [in][out][kh][kw]. Both as ONNX stores them.
  std::int64_t weight_dims[4] = {0, 0, 0, 0};
  std::vector<float> bias;  ///< One an output channel, or empty.
  std::vector<float> bn_scale, bn_bias, bn_mean, bn_variance;
  float bn_epsilon = 1e-5f;

  /// kClamp, and fused behind Conv, ConvTranspose and Add by fuse_clamps().
  float clamp_min = -std::numeric_limits<float>::infinity(), clamp_max = std::numeric_limits<float>::infinity();

  CoordinateMode coordinates = CoordinateMode::kAsymmetric;
  bool nearest_prefers_round = false;           ///< ONNX nearest_mode round_prefer_*; only where it picks what the NPU picks.
  std::int64_t out_h = 0, out_w = 0;            ///< Resize by sizes; 0: by scales.
  float scale_c = 1, scale_h = 1, scale_w = 1;  ///< Resize by scales.
};

struct Graph {
  std::string name;
  std::vector<Tensor> tensors;
  std::vector<Node> nodes;
  std::size_t input = 0, output = 0;
};

/// Nodes that read `tensor`, plus one if it is the network's output.
std::size_t consumers(const Graph& graph, std::size_t tensor);

}  // namespace visoc::compiler
