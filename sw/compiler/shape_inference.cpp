// Shapes of every tensor, from the input's. Formulas: ONNX Operators.md, Conv, ConvTranspose, MaxPool, Resize.
// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/shape_inference.h"

#include <fmt/format.h>

#include <cmath>

#include "ip/npu/npu_program.h"

namespace visoc::compiler {
namespace {

constexpr std::int64_t kMaxTensorBytes = std::int64_t{1} << 28;

class Inference {
 public:
  Inference(Graph& graph, const std::string& file) : graph_(graph), file_(file) {}

  Problems run() {
    const Tensor& first = graph_.tensors[graph_.input];
    if (first.shape.elements() > kMaxTensorBytes) {
      return {{file_, "input '" + first.name + "'",
               fmt::format("{} has {} elements; at most 2^28", to_string(first.shape), first.shape.elements())}};
    }
    for (Node& node : graph_.nodes) {
      node_ = &node;
      Shape out = input(0);
      infer(node, out);
      if (problems_.empty()) check_size(out);
      if (!problems_.empty()) break;
      graph_.tensors[node.output].shape = out;
    }
    return problems_;
  }

 private:
  const Shape& input(std::size_t i) const { return graph_.tensors[node_->inputs[i]].shape; }
  void fail(const std::string& message) {
    problems_.push_back({file_, fmt::format("node '{}' ({})", node_->name, op_name(node_->op)), message});
  }

  void check_size(const Shape& shape) {
    const std::int64_t limit = npu::kMaxSide;
    const bool ok = shape.c >= 1 && shape.h >= 1 && shape.w >= 1 && shape.c <= limit && shape.h <= limit && shape.w <= limit;
    if (!ok) return fail(fmt::format("its output would be {}; each side must be from 1 to {}", to_string(shape), limit));
    if (shape.elements() > kMaxTensorBytes)
      fail(fmt::format("its output of {} has {} elements; at most 2^28", to_string(shape), shape.elements()));
  }

  /// Output length of one axis of a convolution or pool; fills in the pads.
  std::int64_t slide(std::int64_t in, std::int64_t kernel, std::int64_t stride, std::int64_t dilation, std::int64_t& before,
                     std::int64_t& after) {
    const std::int64_t reach = (kernel - 1) * dilation + 1;
    const AutoPad mode = node_->window.auto_pad;
    if (mode == AutoPad::kSameUpper || mode == AutoPad::kSameLower) {
      const std::int64_t out = (in + stride - 1) / stride;
      const std::int64_t pad = std::max<std::int64_t>(0, (out - 1) * stride + reach - in);
      before = mode == AutoPad::kSameUpper ? pad / 2 : pad - pad / 2;
      after = pad - before;
      if (before > npu::kMaxKernel) fail(fmt::format("auto_pad gives a padding of {}; at most {}", before, npu::kMaxKernel));
      return out;
    }
    const std::int64_t room = in + before + after - reach;
    if (room < 0) return 0;
    if (!node_->window.ceil_mode) return room / stride + 1;
    const std::int64_t out = (room + stride - 1) / stride + 1;
    return (out - 1) * stride >= in + before ? out - 1 : out;  // No window may start in the padding behind.
  }

  void window(Window& window, Shape& out) {
    out.h = slide(out.h, window.kernel_h, window.stride_h, window.dilation_h, window.pad_top, window.pad_bottom);
    out.w = slide(out.w, window.kernel_w, window.stride_w, window.dilation_w, window.pad_left, window.pad_right);
    window.auto_pad = AutoPad::kNotSet;
    check_pads(window);
    if (out.h < 1 || out.w < 1)
      fail(fmt::format("its {}x{} window does not fit its {} input", window.kernel_h, window.kernel_w, to_string(input(0))));
  }

  /// A window that lies in the padding alone would be a constant row or column; the NPU does not compute those.
  void check_pads(const Window& w) {
    const std::int64_t reach_h = (w.kernel_h - 1) * w.dilation_h + 1, reach_w = (w.kernel_w - 1) * w.dilation_w + 1;
    if (std::max(w.pad_top, w.pad_bottom) < reach_h && std::max(w.pad_left, w.pad_right) < reach_w) return;
    fail(fmt::format("attribute 'pads' is [{}, {}, {}, {}]; each must be smaller than the {}x{} window", w.pad_top, w.pad_left,
                     w.pad_bottom, w.pad_right, reach_h, reach_w));
  }

  void bias(const Node& node, std::int64_t channels) {
    if (node.bias.empty() || static_cast<std::int64_t>(node.bias.size()) == channels) return;
    fail(fmt::format("its bias has {} elements; expected {}, one an output channel", node.bias.size(), channels));
  }

  void resize(Node& node, Shape& out) {
    if (node.scale_c != 0) {  // By scales.
      if (node.scale_c != 1) return fail(fmt::format("its scale of the channels is {}; expected 1", node.scale_c));
      const float scales[2] = {node.scale_h, node.scale_w};
      for (const float scale : scales) {
        if (!(scale >= 1 && scale <= 64 && scale == std::floor(scale))) {
          return fail(fmt::format("its scale is {}; expected a whole factor from 1 to 64", scale));
        }
      }
      node.out_h = out.h * static_cast<std::int64_t>(node.scale_h);
      node.out_w = out.w * static_cast<std::int64_t>(node.scale_w);
    }
    const bool whole = node.out_h >= 1 && node.out_w >= 1 && node.out_h % out.h == 0 && node.out_w % out.w == 0 &&
                       node.out_h / out.h <= 64 && node.out_w / out.w <= 64;
    if (!whole)
      return fail(
          fmt::format("resizes {} to {}x{}; expected a whole factor from 1 to 64 either way", to_string(out), node.out_h, node.out_w));
    // Asymmetric rounding agrees with the NPU's floor for factors 1 and 2 only (x / 2 rounds its half down).
    const bool rounds = node.op == OpKind::kResizeNearest && node.coordinates == CoordinateMode::kAsymmetric && node.nearest_prefers_round;
    if (rounds && (node.out_h / out.h > 2 || node.out_w / out.w > 2)) {
      return fail("attribute 'nearest_mode' is 'round_prefer_floor'; expected 'floor' with asymmetric coordinates and a factor above 2");
    }
    out.h = node.out_h;
    out.w = node.out_w;
  }

  void infer(Node& node, Shape& out) {
    switch (node.op) {
      case OpKind::kConv: {
        const std::int64_t* dims = node.weight_dims;
        if (out.c % node.groups != 0 || dims[0] % node.groups != 0) {
          return fail(fmt::format("attribute 'group' is {}; expected a divisor of its {} input and {} output channels", node.groups, out.c,
                                  dims[0]));
        }
        if (dims[1] != out.c / node.groups) {
          return fail(fmt::format("its weights are for {} input channels a group; its input has {}", dims[1], out.c / node.groups));
        }
        bias(node, dims[0]);
        window(node.window, out);
        out.c = dims[0];
        return;
      }
      case OpKind::kConvTranspose: {
        const std::int64_t* dims = node.weight_dims;
        if (dims[0] != out.c) return fail(fmt::format("its weights are for {} input channels; its input has {}", dims[0], out.c));
        bias(node, dims[1]);
        Window& w = node.window;
        if (w.output_padding_h >= w.stride_h || w.output_padding_w >= w.stride_w) {
          return fail("attribute 'output_padding' is not below the stride");
        }
        check_pads(w);
        w.auto_pad = AutoPad::kNotSet;  // VALID: no pads.
        out.h = w.stride_h * (out.h - 1) + w.output_padding_h + w.kernel_h - w.pad_top - w.pad_bottom;
        out.w = w.stride_w * (out.w - 1) + w.output_padding_w + w.kernel_w - w.pad_left - w.pad_right;
        out.c = dims[1];
        return;
      }
      case OpKind::kBatchNorm: {
        const auto channels = static_cast<std::size_t>(out.c);
        if (node.bn_scale.size() != channels || node.bn_bias.size() != channels || node.bn_mean.size() != channels ||
            node.bn_variance.size() != channels) {
          fail(fmt::format("its parameters have {} elements; its input has {} channels", node.bn_scale.size(), out.c));
        }
        return;
      }
      case OpKind::kMaxPool:
      case OpKind::kAveragePool: {
        Window& w = node.window;
        window(w, out);
        if (w.count_include_pad && w.pad_top + w.pad_left + w.pad_bottom + w.pad_right != 0) {
          fail("attribute 'count_include_pad' is 1; expected 0 with padding");
        }
        return;
      }
      case OpKind::kResizeNearest:
      case OpKind::kResizeBilinear:
        return resize(node, out);
      case OpKind::kAdd:
        if (input(0) != input(1)) fail(fmt::format("adds {} and {}; expected equal shapes", to_string(input(0)), to_string(input(1))));
        return;
      case OpKind::kConcat:
        for (std::size_t i = 1; i < node.inputs.size(); ++i) {
          if (input(i).h != out.h || input(i).w != out.w) {
            return fail(fmt::format("concatenates {} and {}; expected equal rows and columns", to_string(input(0)), to_string(input(i))));
          }
          out.c += input(i).c;
        }
        return;
      case OpKind::kClamp:
      case OpKind::kSigmoid:
        return;
    }
  }

  Graph& graph_;
  const std::string& file_;
  Node* node_ = nullptr;
  Problems problems_;
};

}  // namespace

Problems infer_shapes(Graph& graph, const std::string& file) { return Inference(graph, file).run(); }

}  // namespace visoc::compiler
