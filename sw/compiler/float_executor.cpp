// Runs the float graph on one image. Loops run along rows, so that the host compiler vectorises them.
// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/float_executor.h"

#include <algorithm>
#include <cmath>

namespace visoc::compiler {
namespace {

using Values = std::vector<float>;

/// First and one past the last output x whose tap x * stride + shift lies in [0, length).
void tap_range(std::int64_t shift, std::int64_t stride, std::int64_t length, std::int64_t outputs, std::int64_t& first,
               std::int64_t& last) {
  first = shift >= 0 ? 0 : (-shift + stride - 1) / stride;
  last = length - 1 - shift < 0 ? 0 : std::min(outputs, (length - 1 - shift) / stride + 1);
}

void clamp(Values& values, float low, float high) {
  for (float& value : values) value = std::min(std::max(value, low), high);
}

void conv(const Node& node, const Shape& in, const Shape& out, const Values& x, Values& y) {
  const Window& w = node.window;
  const std::int64_t in_group = in.c / node.groups, out_group = out.c / node.groups;
  for (std::int64_t k = 0; k < out.c; ++k) {
    float* plane = &y[static_cast<std::size_t>(k * out.h * out.w)];
    std::fill(plane, plane + out.h * out.w, node.bias.empty() ? 0.0f : node.bias[static_cast<std::size_t>(k)]);
    for (std::int64_t i = 0; i < in_group; ++i) {
      const float* source = &x[static_cast<std::size_t>((k / out_group * in_group + i) * in.h * in.w)];
      for (std::int64_t ky = 0; ky < w.kernel_h; ++ky) {
        std::int64_t y0, y1;
        tap_range(ky * w.dilation_h - w.pad_top, w.stride_h, in.h, out.h, y0, y1);
        for (std::int64_t kx = 0; kx < w.kernel_w; ++kx) {
          const float weight = node.weights[static_cast<std::size_t>(((k * in_group + i) * w.kernel_h + ky) * w.kernel_w + kx)];
          const std::int64_t shift = kx * w.dilation_w - w.pad_left;
          std::int64_t x0, x1;
          tap_range(shift, w.stride_w, in.w, out.w, x0, x1);
          for (std::int64_t row = y0; row < y1; ++row) {
            float* __restrict__ to = plane + row * out.w;
            const float* __restrict__ from = source + (row * w.stride_h + ky * w.dilation_h - w.pad_top) * in.w;
            if (w.stride_w == 1) {
              for (std::int64_t column = x0; column < x1; ++column) to[column] += weight * from[column + shift];
            } else {
              for (std::int64_t column = x0; column < x1; ++column) to[column] += weight * from[column * w.stride_w + shift];
            }
          }
        }
      }
    }
  }
}

void conv_transpose(const Node& node, const Shape& in, const Shape& out, const Values& x, Values& y) {
  const Window& w = node.window;
  for (std::int64_t k = 0; k < out.c; ++k) {
    float* plane = &y[static_cast<std::size_t>(k * out.h * out.w)];
    std::fill(plane, plane + out.h * out.w, node.bias.empty() ? 0.0f : node.bias[static_cast<std::size_t>(k)]);
    for (std::int64_t i = 0; i < in.c; ++i) {
      const float* source = &x[static_cast<std::size_t>(i * in.h * in.w)];
      const float* weights = &node.weights[static_cast<std::size_t>((i * out.c + k) * w.kernel_h * w.kernel_w)];
      for (std::int64_t ky = 0; ky < w.kernel_h; ++ky) {
        std::int64_t y0, y1;
        tap_range(ky - w.pad_top, w.stride_h, out.h, in.h, y0, y1);
        for (std::int64_t kx = 0; kx < w.kernel_w; ++kx) {
          std::int64_t x0, x1;
          tap_range(kx - w.pad_left, w.stride_w, out.w, in.w, x0, x1);
          for (std::int64_t row = y0; row < y1; ++row) {
            float* to = plane + (row * w.stride_h + ky - w.pad_top) * out.w + kx - w.pad_left;
            for (std::int64_t column = x0; column < x1; ++column)
              to[column * w.stride_w] += weights[ky * w.kernel_w + kx] * source[row * in.w + column];
          }
        }
      }
    }
  }
}

void pool(const Node& node, const Shape& in, const Shape& out, const Values& x, Values& y) {
  const Window& w = node.window;
  std::size_t at = 0;
  for (std::int64_t k = 0; k < out.c; ++k) {
    for (std::int64_t row = 0; row < out.h; ++row) {
      for (std::int64_t column = 0; column < out.w; ++column) {
        const std::int64_t top = row * w.stride_h - w.pad_top, left = column * w.stride_w - w.pad_left;
        float sum = 0, largest = -std::numeric_limits<float>::infinity();
        int count = 0;
        for (std::int64_t r = std::max<std::int64_t>(0, top); r < std::min(in.h, top + w.kernel_h); ++r) {
          for (std::int64_t c = std::max<std::int64_t>(0, left); c < std::min(in.w, left + w.kernel_w); ++c) {
            const float value = x[static_cast<std::size_t>((k * in.h + r) * in.w + c)];
            sum += value;
            largest = std::max(largest, value);
            ++count;
          }
        }
        y[at++] = node.op == OpKind::kMaxPool ? largest : count == 0 ? 0 : sum / static_cast<float>(count);
      }
    }
  }
}

/// Position in the input of output coordinate `at`, before any rounding.
double source_position(CoordinateMode mode, std::int64_t at, std::int64_t in, std::int64_t out) {
  const double a = static_cast<double>(at), i = static_cast<double>(in), o = static_cast<double>(out);
  if (mode == CoordinateMode::kHalfPixel) return (a + 0.5) * i / o - 0.5;
  if (mode == CoordinateMode::kAlignCorners) return out == 1 ? 0 : a * (i - 1) / (o - 1);
  return a * i / o;
}

void resize(const Node& node, const Shape& in, const Shape& out, const Values& x, Values& y) {
  std::size_t at = 0;
  for (std::int64_t k = 0; k < out.c; ++k) {
    const float* plane = &x[static_cast<std::size_t>(k * in.h * in.w)];
    for (std::int64_t row = 0; row < out.h; ++row) {
      for (std::int64_t column = 0; column < out.w; ++column) {
        if (node.op == OpKind::kResizeNearest) {  // Whole factors only: every accepted mode repeats each element.
          y[at++] = plane[row * in.h / out.h * in.w + column * in.w / out.w];
          continue;
        }
        const double py = std::min(std::max(source_position(node.coordinates, row, in.h, out.h), 0.0), static_cast<double>(in.h - 1));
        const double px = std::min(std::max(source_position(node.coordinates, column, in.w, out.w), 0.0), static_cast<double>(in.w - 1));
        const std::int64_t y0 = static_cast<std::int64_t>(py), x0 = static_cast<std::int64_t>(px);
        const std::int64_t y1 = std::min(y0 + 1, in.h - 1), x1 = std::min(x0 + 1, in.w - 1);
        const double fy = py - static_cast<double>(y0), fx = px - static_cast<double>(x0);
        y[at++] = static_cast<float>((plane[y0 * in.w + x0] * (1 - fx) + plane[y0 * in.w + x1] * fx) * (1 - fy) +
                                     (plane[y1 * in.w + x0] * (1 - fx) + plane[y1 * in.w + x1] * fx) * fy);
      }
    }
  }
}

}  // namespace

std::vector<float> run_float(const Graph& graph, const std::vector<float>& input, const TensorVisitor& visit) {
  std::vector<Values> values(graph.tensors.size());
  std::vector<std::size_t> uses(graph.tensors.size());
  for (std::size_t i = 0; i < uses.size(); ++i) uses[i] = consumers(graph, i);
  values[graph.input] = input;
  if (visit) visit(graph.input, input);
  for (const Node& node : graph.nodes) {
    const Shape &in = graph.tensors[node.inputs[0]].shape, &out = graph.tensors[node.output].shape;
    const Values& x = values[node.inputs[0]];
    Values y(static_cast<std::size_t>(out.elements()));
    switch (node.op) {
      case OpKind::kConv:
        conv(node, in, out, x, y);
        break;
      case OpKind::kConvTranspose:
        conv_transpose(node, in, out, x, y);
        break;
      case OpKind::kMaxPool:
      case OpKind::kAveragePool:
        pool(node, in, out, x, y);
        break;
      case OpKind::kResizeNearest:
      case OpKind::kResizeBilinear:
        resize(node, in, out, x, y);
        break;
      case OpKind::kAdd: {
        const Values& other = values[node.inputs[1]];
        for (std::size_t i = 0; i < y.size(); ++i) y[i] = x[i] + other[i];
        break;
      }
      case OpKind::kConcat: {
        auto to = y.begin();
        for (const std::size_t source : node.inputs) to = std::copy(values[source].begin(), values[source].end(), to);
        break;
      }
      case OpKind::kSigmoid:
        for (std::size_t i = 0; i < y.size(); ++i) y[i] = 1.0f / (1.0f + std::exp(-x[i]));
        break;
      case OpKind::kClamp:
      case OpKind::kBatchNorm:
        y = x;
        break;
    }
    clamp(y, node.clamp_min, node.clamp_max);
    if (visit) visit(node.output, y);
    values[node.output] = std::move(y);
    for (const std::size_t source : node.inputs) {
      if (--uses[source] == 0) Values().swap(values[source]);
    }
  }
  return values[graph.output];
}

}  // namespace visoc::compiler
