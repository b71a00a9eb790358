// Float graph and calibrated ranges -> integer graph.
// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/quantise.h"

#include <algorithm>
#include <cmath>

namespace visoc::compiler {
namespace {

std::int32_t clamp_to(double value, double low, double high) { return static_cast<std::int32_t>(std::min(std::max(value, low), high)); }

std::int32_t quantised(double real, const Quantisation& q) { return clamp_to(std::round(real / q.scale) + q.zero_point, -128, 127); }

class Quantiser {
 public:
  Quantiser(const Graph& graph, const Calibration& calibration) : graph_(graph) {
    out_.name = graph.name;
    out_.input = graph.input;
    out_.output = graph.output;
    for (std::size_t i = 0; i < graph.tensors.size(); ++i) {
      out_.tensors.push_back({graph.tensors[i].name, graph.tensors[i].shape, quantisation_of(calibration.ranges[i])});
    }
    if (calibration.input_is_s8) out_.tensors[graph.input].quantisation = {1.0 / 128, 0};
  }

  QuantGraph run() {
    for (const Node& node : graph_.nodes) {
      QuantLayer layer;
      layer.name = node.name;
      layer.inputs = node.inputs;
      layer.output = node.output;
      layer.window = node.window;
      layer.groups = node.groups;
      layer.coordinates = node.coordinates;
      convert(node, layer);
      out_.layers.push_back(std::move(layer));
    }
    return std::move(out_);
  }

 private:
  const Quantisation& of(std::size_t tensor) const { return out_.tensors[tensor].quantisation; }

  void convert(const Node& node, QuantLayer& layer) {
    const Quantisation& in = of(node.inputs[0]);
    Quantisation& out = out_.tensors[node.output].quantisation;
    switch (node.op) {
      case OpKind::kConv:
      case OpKind::kConvTranspose:
        convolution(node, layer);
        break;
      case OpKind::kAdd: {
        // TFLite's ADD: twice the larger input scale as common scale, inputs shifted left by 20.
        layer.op = QuantOp::kAdd;
        const Quantisation& other = of(node.inputs[1]);
        const double common = 2 * std::max(in.scale, other.scale);
        layer.factors = {fixed_factor(in.scale / common), fixed_factor(other.scale / common),
                         fixed_factor(common / (1048576.0 * out.scale))};
        break;
      }
      case OpKind::kConcat:
        layer.op = QuantOp::kConcat;
        for (const std::size_t input : node.inputs) layer.factors.push_back(fixed_factor(of(input).scale / out.scale));
        break;
      case OpKind::kClamp:
        layer.op = QuantOp::kCopy;
        layer.factors = {fixed_factor(in.scale / out.scale)};
        break;
      case OpKind::kMaxPool:
        keep(QuantOp::kMaxPool, layer, in, out);
        break;
      case OpKind::kAveragePool:
        keep(QuantOp::kAveragePool, layer, in, out);
        break;
      case OpKind::kResizeNearest:
        keep(QuantOp::kResizeNearest, layer, in, out);
        break;
      case OpKind::kResizeBilinear:
        keep(QuantOp::kResizeBilinear, layer, in, out);
        break;
      case OpKind::kSigmoid:
        layer.op = QuantOp::kLut;
        out = {1.0 / 256, -128};
        for (int q = -128; q <= 127; ++q) {
          const double real = in.scale * (q - in.zero_point);
          layer.lut[static_cast<std::size_t>(q + 128)] = static_cast<std::int8_t>(quantised(1.0 / (1.0 + std::exp(-real)), out));
        }
        break;
      case OpKind::kBatchNorm:
        VISOC_CHECK(false, "batch_norm is folded before quantisation");
    }
    if (std::isfinite(node.clamp_min)) layer.clamp_min = quantised(node.clamp_min, out);
    if (std::isfinite(node.clamp_max)) layer.clamp_max = quantised(node.clamp_max, out);
  }

  static void keep(QuantOp op, QuantLayer& layer, const Quantisation& in, Quantisation& out) {
    layer.op = op;
    out = in;
  }

  void convolution(const Node& node, QuantLayer& layer) {
    const bool transposed = node.op == OpKind::kConvTranspose;
    layer.op = transposed ? QuantOp::kConvTranspose : QuantOp::kConv;
    const Quantisation &in = of(node.inputs[0]), &out = of(node.output);
    const auto dim = [&](int i) { return static_cast<std::size_t>(node.weight_dims[i]); };
    const std::size_t outputs = transposed ? dim(1) : dim(0), inputs = transposed ? dim(0) : dim(1), taps = dim(2) * dim(3);
    layer.weights.resize(node.weights.size());
    for (std::size_t k = 0; k < outputs; ++k) {
      const auto weight = [&](std::size_t i, std::size_t tap) {
        return static_cast<double>(node.weights[((transposed ? i * outputs + k : k * inputs + i)) * taps + tap]);
      };
      double largest = 0;
      for (std::size_t i = 0; i < inputs; ++i) {
        for (std::size_t tap = 0; tap < taps; ++tap) largest = std::max(largest, std::fabs(weight(i, tap)));
      }
      const double bias = node.bias.empty() ? 0.0 : static_cast<double>(node.bias[k]);
      double scale = largest > 0 ? largest / 127 : 1.0 / 127;
      scale = std::max(scale, std::fabs(bias) / (in.scale * 1073741824.0));  // The bias must fit int32, with room for the sum.
      for (std::size_t tap = 0; tap < taps; ++tap) {
        for (std::size_t i = 0; i < inputs; ++i) {
          layer.weights[(k * taps + tap) * inputs + i] = static_cast<std::int8_t>(clamp_to(std::round(weight(i, tap) / scale), -127, 127));
        }
      }
      layer.weight_scales.push_back(scale);
      layer.bias.push_back(static_cast<std::int32_t>(std::llround(bias / (in.scale * scale))));
      layer.factors.push_back(fixed_factor(in.scale * scale / out.scale));
    }
    const Shape& pixels = graph_.tensors[transposed ? node.inputs[0] : node.output].shape;
    layer.macs = node.weights.size() * static_cast<std::uint64_t>(pixels.h * pixels.w);
  }

  const Graph& graph_;
  QuantGraph out_;
};

}  // namespace

Quantisation quantisation_of(const Range& range) {
  const double low = std::min(range.low, 0.0), high = std::max(range.high, 0.0);
  const auto scale = static_cast<double>(static_cast<float>((high - low) / 255));
  if (!(scale > 1e-30)) return {1.0 / 128, 0};
  return {scale, clamp_to(std::round(-128 - low / scale), -128, 127)};
}

FixedFactor fixed_factor(double factor) {
  if (!(factor > 0)) return {};
  int exponent = 0;
  std::int64_t multiplier = std::llround(std::frexp(factor, &exponent) * 2147483648.0);
  if (multiplier == std::int64_t{1} << 31) {
    multiplier /= 2;
    ++exponent;
  }
  if (exponent < -31) return {};
  if (exponent > 31) return {2147483647, 31};
  return {static_cast<std::int32_t>(multiplier), exponent};
}

QuantGraph quantise(const Graph& graph, const Calibration& calibration) { return Quantiser(graph, calibration).run(); }

}  // namespace visoc::compiler
