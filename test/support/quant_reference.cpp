// The integer meaning of every operation, as slowly and as literally as possible.
// SPDX-License-Identifier: Apache-2.0
#include "test/support/quant_reference.h"

#include <algorithm>
#include <cstdlib>

namespace visoc::test {
namespace {

using compiler::CoordinateMode;
using compiler::FixedFactor;
using compiler::QuantGraph;
using compiler::QuantLayer;
using compiler::QuantOp;
using compiler::QuantTensor;
using compiler::Shape;
using Int = std::int64_t;
using Bytes = std::vector<std::int8_t>;

Int floor_div(Int a, Int b) { return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0); }

Int wrap32(Int value) { return static_cast<std::int32_t>(static_cast<std::uint32_t>(static_cast<std::uint64_t>(value))); }

Int high_mul(Int a, Int b) {
  const Int lowest = -(Int{1} << 31);
  if (a == lowest && b == lowest) return (Int{1} << 31) - 1;
  const Int p = a * b;
  return (p + (p >= 0 ? Int{1} << 30 : 1 - (Int{1} << 30))) / (Int{1} << 31);  // C++ division truncates, as the definition asks.
}

Int round_shift(Int x, Int e) {
  const Int power = Int{1} << e, m = x - floor_div(x, power) * power;
  const Int threshold = (power - 1) / 2 + (x < 0 ? 1 : 0);
  return floor_div(x, power) + (m > threshold ? 1 : 0);
}

Int scale(Int x, const FixedFactor& factor) {
  const Int left = std::max<Int>(factor.shift, 0), right = std::max<Int>(-factor.shift, 0);
  const Int low = -(Int{1} << 31), high = (Int{1} << 31) - 1;
  const Int s = std::min(std::max(x * (Int{1} << left), low), high);
  return round_shift(high_mul(s, factor.multiplier), right);
}

struct View {
  const Bytes& bytes;
  const Shape& shape;
  Int zero_point;
  bool inside(Int y, Int x) const { return y >= 0 && x >= 0 && y < shape.h && x < shape.w; }
  Int operator()(Int y, Int x, Int k) const { return bytes[static_cast<std::size_t>((y * shape.w + x) * shape.c + k)]; }
};

Int convolve(const QuantLayer& layer, const View& in, const Shape& out, Int y, Int x, Int k) {
  const compiler::Window& w = layer.window;
  const Int in_group = in.shape.c / layer.groups, out_group = out.c / layer.groups, first = k / out_group * in_group;
  Int acc = layer.bias[static_cast<std::size_t>(k)];
  for (Int ky = 0; ky < w.kernel_h; ++ky) {
    for (Int kx = 0; kx < w.kernel_w; ++kx) {
      const Int sy = y * w.stride_h + ky * w.dilation_h - w.pad_top, sx = x * w.stride_w + kx * w.dilation_w - w.pad_left;
      if (!in.inside(sy, sx)) continue;
      for (Int i = 0; i < in_group; ++i) {
        const Int weight = layer.weights[static_cast<std::size_t>(((k * w.kernel_h + ky) * w.kernel_w + kx) * in_group + i)];
        acc += (in(sy, sx, first + i) - in.zero_point) * weight;
      }
    }
  }
  return scale(wrap32(acc), layer.factors[static_cast<std::size_t>(k)]);
}

Int transpose_convolve(const QuantLayer& layer, const View& in, Int y, Int x, Int k) {
  const compiler::Window& w = layer.window;
  Int acc = layer.bias[static_cast<std::size_t>(k)];
  for (Int ky = 0; ky < w.kernel_h; ++ky) {
    for (Int kx = 0; kx < w.kernel_w; ++kx) {
      const Int above = y + w.pad_top - ky, beside = x + w.pad_left - kx;
      if (above % w.stride_h != 0 || beside % w.stride_w != 0 || !in.inside(above / w.stride_h, beside / w.stride_w)) continue;
      for (Int i = 0; i < in.shape.c; ++i) {
        const Int weight = layer.weights[static_cast<std::size_t>(((k * w.kernel_h + ky) * w.kernel_w + kx) * in.shape.c + i)];
        acc += (in(above / w.stride_h, beside / w.stride_w, i) - in.zero_point) * weight;
      }
    }
  }
  return scale(wrap32(acc), layer.factors[static_cast<std::size_t>(k)]);
}

Int pool(const QuantLayer& layer, const View& in, Int y, Int x, Int k) {
  const compiler::Window& w = layer.window;
  Int largest = -128, sum = 0, count = 0;
  for (Int ky = 0; ky < w.kernel_h; ++ky) {
    for (Int kx = 0; kx < w.kernel_w; ++kx) {
      const Int sy = y * w.stride_h - w.pad_top + ky, sx = x * w.stride_w - w.pad_left + kx;
      if (!in.inside(sy, sx)) continue;
      largest = std::max(largest, in(sy, sx, k));
      sum += in(sy, sx, k);
      ++count;
    }
  }
  if (layer.op == QuantOp::kMaxPool) return largest;
  if (count == 0) return 0;
  return sum >= 0 ? (sum + count / 2) / count : (sum - count / 2) / count;
}

Int nearest(CoordinateMode mode, Int at, Int in, Int out) {
  if (mode == CoordinateMode::kHalfPixel) return std::min((2 * at + 1) * in / (2 * out), in - 1);
  if (mode == CoordinateMode::kAlignCorners) return out == 1 ? 0 : std::min((2 * at * (in - 1) + (out - 1)) / (2 * (out - 1)), in - 1);
  return std::min(at * in / out, in - 1);
}

/// Position in 1/1024 of a pixel.
Int position(CoordinateMode mode, Int at, Int in, Int out) {
  const bool corners = mode == CoordinateMode::kAlignCorners && out > 1;
  const Int step = corners ? (1024 * (in - 1) + (out - 1) / 2) / (out - 1) : (1024 * in + out / 2) / out;
  const Int p = at * step + (mode == CoordinateMode::kHalfPixel ? step / 2 - 512 : 0);
  return std::min(std::max<Int>(p, 0), 1024 * (in - 1));
}

Int bilinear(CoordinateMode mode, const View& in, const Shape& out, Int y, Int x, Int k) {
  const Int py = position(mode, y, in.shape.h, out.h), px = position(mode, x, in.shape.w, out.w);
  const Int y0 = py / 1024, fy = py % 1024, y1 = std::min(y0 + 1, in.shape.h - 1);
  const Int x0 = px / 1024, fx = px % 1024, x1 = std::min(x0 + 1, in.shape.w - 1);
  const Int s = in(y0, x0, k) * (1024 - fy) * (1024 - fx) + in(y1, x0, k) * fy * (1024 - fx) + in(y0, x1, k) * (1024 - fy) * fx +
                in(y1, x1, k) * fy * fx;
  const Int half = Int{1} << 19, one = Int{1} << 20;
  return s > 0 ? (s + half) / one : (s - half) / one;
}

Int add(const QuantLayer& layer, const View& a, const View& b, Int y, Int x, Int k) {
  const Int left = scale((a(y, x, k) - a.zero_point) * (Int{1} << 20), layer.factors[0]);
  const Int right = scale((b(y, x, k) - b.zero_point) * (Int{1} << 20), layer.factors[1]);
  return scale(wrap32(left + right), layer.factors[2]);
}

Int concat(const QuantGraph& graph, const QuantLayer& layer, const std::vector<Bytes>& values, Int y, Int x, Int k) {
  std::size_t source = 0;
  while (k >= graph.tensors[layer.inputs[source]].shape.c) k -= graph.tensors[layer.inputs[source++]].shape.c;
  const QuantTensor& tensor = graph.tensors[layer.inputs[source]];
  const View in{values[layer.inputs[source]], tensor.shape, tensor.quantisation.zero_point};
  return scale(in(y, x, k) - in.zero_point, layer.factors[source]);
}

}  // namespace

std::vector<std::vector<std::int8_t>> run_quantised(const QuantGraph& graph, const std::vector<std::int8_t>& input) {
  std::vector<Bytes> values(graph.tensors.size());
  values[graph.input] = input;
  for (const QuantLayer& layer : graph.layers) {
    const QuantTensor &from = graph.tensors[layer.inputs[0]], &to = graph.tensors[layer.output];
    const View in{values[layer.inputs[0]], from.shape, from.quantisation.zero_point};
    Bytes result;
    for (Int y = 0; y < to.shape.h; ++y) {
      for (Int x = 0; x < to.shape.w; ++x) {
        for (Int k = 0; k < to.shape.c; ++k) {
          const Int zero = to.quantisation.zero_point;
          Int v = 0;
          switch (layer.op) {
            case QuantOp::kConv:
              v = convolve(layer, in, to.shape, y, x, k) + zero;
              break;
            case QuantOp::kConvTranspose:
              v = transpose_convolve(layer, in, y, x, k) + zero;
              break;
            case QuantOp::kAdd: {
              const QuantTensor& other = graph.tensors[layer.inputs[1]];
              v = add(layer, in, {values[layer.inputs[1]], other.shape, other.quantisation.zero_point}, y, x, k) + zero;
              break;
            }
            case QuantOp::kConcat:
              v = concat(graph, layer, values, y, x, k) + zero;
              break;
            case QuantOp::kCopy:
              v = scale(in(y, x, k) - in.zero_point, layer.factors[0]) + zero;
              break;
            case QuantOp::kMaxPool:
            case QuantOp::kAveragePool:
              v = pool(layer, in, y, x, k);
              break;
            case QuantOp::kResizeNearest:
              v = in(nearest(layer.coordinates, y, from.shape.h, to.shape.h), nearest(layer.coordinates, x, from.shape.w, to.shape.w), k);
              break;
            case QuantOp::kResizeBilinear:
              v = bilinear(layer.coordinates, in, to.shape, y, x, k);
              break;
            case QuantOp::kLut:
              v = layer.lut[static_cast<std::size_t>(in(y, x, k) + 128)];
              break;
          }
          result.push_back(static_cast<std::int8_t>(std::min<Int>(std::max<Int>(v, layer.clamp_min), layer.clamp_max)));
        }
      }
    }
    values[layer.output] = std::move(result);
  }
  return values;
}

}  // namespace visoc::test
