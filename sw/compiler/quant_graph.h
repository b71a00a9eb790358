// The network after quantisation: int8 tensors, integer weights, fixed-point factors. What every field means to the result is
// defined with the operations in ip/npu/npu_program.h, section 4.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "sw/compiler/graph.h"

namespace visoc::compiler {

/// real = scale * (q - zero_point).
struct Quantisation {
  double scale = 1.0;
  std::int32_t zero_point = 0;
  bool operator==(const Quantisation& other) const { return scale == other.scale && zero_point == other.zero_point; }
};

/// A factor as multiplier / 2^31 * 2^shift.
struct FixedFactor {
  std::int32_t multiplier = 0;
  std::int32_t shift = 0;
};

enum class QuantOp {
  kConv,
  kConvTranspose,
  kAdd,
  kConcat,  ///< Along the channels; factors[i] brings input i to the output's scale.
  kCopy,    ///< A clamp that nothing before it could take over; factors[0].
  kMaxPool,
  kAveragePool,
  kResizeNearest,
  kResizeBilinear,
  kLut,
};

const char* op_name(QuantOp op);

struct QuantTensor {
  std::string name;
  Shape shape;
  Quantisation quantisation;
};

struct QuantLayer {
  std::string name;
  QuantOp op = QuantOp::kCopy;
  std::vector<std::size_t> inputs;  ///< Tensor indices.
  std::size_t output = 0;
  Window window;  ///< Pads resolved.
  std::int64_t groups = 1;
  CoordinateMode coordinates = CoordinateMode::kAsymmetric;

  std::vector<std::int8_t> weights;   ///< [out][kh][kw][in / groups], both convolutions.
  std::vector<double> weight_scales;  ///< One an output channel; for reports.
  std::vector<std::int32_t> bias;
  std::vector<FixedFactor> factors;  ///< Convolutions: one an output channel. Add: in0, in1, out. Concat, copy: one an input.
  std::int32_t clamp_min = -128, clamp_max = 127;
  std::array<std::int8_t, 256> lut{};  ///< kLut; [0] belongs to q = -128.

  std::uint64_t macs = 0;  ///< Taps that fall into the padding are counted, as every vendor's figure does.
};

struct QuantGraph {
  std::string name;
  std::vector<QuantTensor> tensors;
  std::vector<QuantLayer> layers;
  std::size_t input = 0, output = 0;
  std::uint64_t macs() const {
    std::uint64_t sum = 0;
    for (const QuantLayer& layer : layers) sum += layer.macs;
    return sum;
  }
  /// Weights and biases.
  std::uint64_t parameters() const {
    std::uint64_t sum = 0;
    for (const QuantLayer& layer : layers) sum += layer.weights.size() + layer.bias.size();
    return sum;
  }
};

}  // namespace visoc::compiler
