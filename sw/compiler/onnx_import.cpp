// ONNX file -> Graph: checks of the container, initialisers, and one function an operator.
// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/onnx_import.h"

#include <fmt/format.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/stubs/logging.h>

#include <cmath>
#include <cstring>
#include <map>
#include <optional>

#include "ip/npu/npu_program.h"
#include "sw/compiler/onnx_attributes.h"

namespace visoc::compiler {
namespace {

using onnx::NodeProto;
using onnx::TensorProto;

/// A constant: initialiser or Constant node. Exactly one of the two vectors is used.
struct Constant {
  std::vector<std::int64_t> dims;
  std::vector<float> reals;
  std::vector<std::int64_t> integers;
  bool is_real = true;
};

constexpr std::int64_t kMaxElements = std::int64_t{1} << 28;

class Importer {
 public:
  Importer(const onnx::ModelProto& model, const std::string& file) : model_(model), file_(file) {}

  Result<Graph> run() {
    read_versions();
    graph_.name = model_.graph().name();
    for (const TensorProto& initializer : model_.graph().initializer()) read_initializer(initializer);
    if (model_.graph().sparse_initializer_size() > 0) fail("", "sparse initialisers are not supported; store them dense");
    read_input();
    if (!problems_.empty()) return problems_;
    for (const NodeProto& node : model_.graph().node()) read_node(node);
    read_output();
    if (!problems_.empty()) return problems_;
    return std::move(graph_);
  }

 private:
  void fail(const std::string& where, const std::string& message) { problems_.push_back({file_, where, message}); }

  void read_versions() {
    bool found = false;
    for (const auto& import : model_.opset_import()) {
      if (!import.domain().empty() && import.domain() != "ai.onnx") continue;
      found = true;
      opset_ = import.version();
    }
    if (!found) return fail("opset_import", "no version of the standard operators is named; expected one from 9 to 17");
    if (opset_ < kMinOpset || opset_ > kMaxOpset) {
      fail("opset_import", fmt::format("operator set {} is not supported; export with one from {} to {}", opset_, kMinOpset, kMaxOpset));
    }
  }

  // ---- constants ----------------------------------------------------------------------------------------------------

  void read_initializer(const TensorProto& tensor) {
    const std::string where = "initialiser '" + tensor.name() + "'";
    if (std::optional<Constant> constant = read_constant(tensor, where)) constants_[tensor.name()] = std::move(*constant);
  }

  std::optional<Constant> read_constant(const TensorProto& tensor, const std::string& where) {
    Constant out;
    std::int64_t count = 1;
    for (const std::int64_t dim : tensor.dims()) {
      if (dim < 0 || dim > kMaxElements || (dim != 0 && count > kMaxElements / dim)) {
        fail(where, fmt::format("dimension {} is out of range; at most 2^28 elements", dim));
        return {};
      }
      count *= dim;
      out.dims.push_back(dim);
    }
    if (tensor.data_location() == TensorProto::EXTERNAL) {
      fail(where, "its data lies in another file; save the model as one file");
      return {};
    }
    const std::string& raw = tensor.raw_data();
    const auto wrong_size = [&](std::int64_t have) {
      fail(where, fmt::format("has data for {} elements, its dimensions ask for {}", have, count));
      return std::optional<Constant>();
    };
    if (tensor.data_type() == TensorProto::FLOAT) {
      if (tensor.has_raw_data()) {
        if (raw.size() != static_cast<std::size_t>(count) * 4) return wrong_size(static_cast<std::int64_t>(raw.size() / 4));
        out.reals.resize(static_cast<std::size_t>(count));
        if (count != 0) std::memcpy(out.reals.data(), raw.data(), raw.size());
      } else {
        if (tensor.float_data_size() != count) return wrong_size(tensor.float_data_size());
        out.reals.assign(tensor.float_data().begin(), tensor.float_data().end());
      }
      for (const float value : out.reals) {
        if (!std::isnan(value)) continue;
        fail(where, "contains a NaN");
        return {};
      }
      return out;
    }
    if (tensor.data_type() == TensorProto::INT64) {
      out.is_real = false;
      if (tensor.has_raw_data()) {
        if (raw.size() != static_cast<std::size_t>(count) * 8) return wrong_size(static_cast<std::int64_t>(raw.size() / 8));
        out.integers.resize(static_cast<std::size_t>(count));
        if (count != 0) std::memcpy(out.integers.data(), raw.data(), raw.size());
      } else {
        if (tensor.int64_data_size() != count) return wrong_size(tensor.int64_data_size());
        out.integers.assign(tensor.int64_data().begin(), tensor.int64_data().end());
      }
      return out;
    }
    fail(where, fmt::format("has element type {}; expected float (1), or int64 (7) for sizes", tensor.data_type()));
    return {};
  }

  /// The constant an optional input names; null if it is left out. Reports one that is no constant or no float.
  const Constant* constant_input(const NodeProto& node, int index, const char* what, bool real = true) {
    if (index >= node.input_size() || node.input(index).empty()) return nullptr;
    const auto found = constants_.find(node.input(index));
    if (found == constants_.end()) {
      fail(describe(node), fmt::format("its {} '{}' is not a constant; only constant ones are supported", what, node.input(index)));
      return nullptr;
    }
    if (found->second.is_real != real) {
      fail(describe(node), fmt::format("its {} '{}' must be {}", what, node.input(index), real ? "float" : "int64"));
      return nullptr;
    }
    return &found->second;
  }

  // ---- inputs, outputs, tensors ---------------------------------------------------------------------------------------

  void read_input() {
    const onnx::ValueInfoProto* input = nullptr;
    for (const auto& value : model_.graph().input()) {
      if (constants_.count(value.name()) != 0) continue;
      if (input != nullptr)
        return fail("graph", fmt::format("has inputs '{}' and '{}'; expected exactly one", input->name(), value.name()));
      input = &value;
    }
    if (input == nullptr) return fail("graph", "has no input; expected exactly one");
    const std::string where = "input '" + input->name() + "'";
    const auto& type = input->type().tensor_type();
    if (type.elem_type() != TensorProto::FLOAT)
      return fail(where, fmt::format("has element type {}; expected float (1)", type.elem_type()));
    if (type.shape().dim_size() != 4) {
      return fail(where, fmt::format("has {} dimensions; expected 1 x channels x rows x columns", type.shape().dim_size()));
    }
    std::int64_t dims[4];
    for (int i = 0; i < 4; ++i) {
      const auto& dim = type.shape().dim(i);
      dims[i] = dim.has_dim_value() ? dim.dim_value() : i == 0 ? 1 : 0;
      const std::int64_t limit = i == 0 ? 1 : npu::kMaxSide;
      if (dims[i] < 1 || dims[i] > limit) {
        return fail(where, fmt::format("dimension {} is {}; expected a fixed number from 1 to {}", i,
                                       dim.has_dim_value() ? std::to_string(dims[i]) : "'" + dim.dim_param() + "'", limit));
      }
    }
    graph_.input = add_tensor(input->name());
    graph_.tensors[graph_.input].shape = {dims[1], dims[2], dims[3]};
  }

  void read_output() {
    if (model_.graph().output_size() != 1) {
      return fail("graph", fmt::format("has {} outputs; expected exactly one", model_.graph().output_size()));
    }
    const std::string& name = model_.graph().output(0).name();
    const auto found = tensors_.find(name);
    if (found == tensors_.end()) {
      if (problems_.empty()) fail("graph", "output '" + name + "' is not produced by any node");
      return;
    }
    graph_.output = found->second;
    if (graph_.output == graph_.input) fail("graph", "output '" + name + "' is the input itself; there is nothing to compute");
  }

  std::size_t add_tensor(const std::string& name) {
    tensors_[name] = graph_.tensors.size();
    graph_.tensors.push_back({name, {}});
    return graph_.tensors.size() - 1;
  }

  // ---- nodes ----------------------------------------------------------------------------------------------------------

  void read_node(const NodeProto& proto) {
    if (!proto.domain().empty() && proto.domain() != "ai.onnx") {
      return fail(describe(proto), "its operator belongs to domain '" + proto.domain() + "'; only standard ONNX operators are supported");
    }
    using Reader = void (Importer::*)(const NodeProto&, Node&, AttributeReader&);
    struct Operator {
      const char* name;
      Reader reader;
      int data_inputs;  ///< -1: any number.
      int max_inputs;
    };
    static const Operator kOperators[] = {
        {"Conv", &Importer::conv, 1, 3},
        {"ConvTranspose", &Importer::conv_transpose, 1, 3},
        {"BatchNormalization", &Importer::batch_norm, 1, 5},
        {"Relu", &Importer::relu, 1, 1},
        {"Clip", &Importer::clip, 1, 3},
        {"MaxPool", &Importer::pool, 1, 1},
        {"AveragePool", &Importer::pool, 1, 1},
        {"Resize", &Importer::resize, 1, 4},
        {"Add", &Importer::add, 2, 2},
        {"Concat", &Importer::concat, -1, 1 << 16},
        {"Sigmoid", &Importer::sigmoid, 1, 1},
    };
    if (proto.op_type() == "Constant") return constant(proto);
    if (proto.op_type() == "Identity") return identity(proto);
    const Operator* found = nullptr;
    std::string known;
    for (const Operator& candidate : kOperators) {
      if (proto.op_type() == candidate.name) found = &candidate;
      known += std::string(known.empty() ? "" : ", ") + candidate.name;
    }
    if (found == nullptr) {
      declare_outputs(proto);
      return fail(describe(proto), "operator '" + proto.op_type() + "' is not supported; supported are " + known + ", Constant, Identity");
    }

    Node node;
    node.name = !proto.name().empty() ? proto.name() : proto.output_size() > 0 ? proto.output(0) : "";
    const int data_inputs = found->data_inputs < 0 ? proto.input_size() : found->data_inputs;
    bool inputs_ok = proto.input_size() >= std::max(1, data_inputs) && proto.input_size() <= found->max_inputs;
    if (!inputs_ok)
      fail(describe(proto),
           fmt::format("has {} inputs; expected {} to {}", proto.input_size(), std::max(1, data_inputs), found->max_inputs));
    for (int i = 0; inputs_ok && i < data_inputs; ++i) {
      const auto tensor = tensors_.find(proto.input(i));
      if (tensor != tensors_.end()) {
        node.inputs.push_back(tensor->second);
        continue;
      }
      inputs_ok = false;
      fail(describe(proto), constants_.count(proto.input(i)) != 0
                                ? "its input '" + proto.input(i) + "' is a constant; expected a tensor computed from the network's input"
                                : "its input '" + proto.input(i) + "' is produced by no earlier node");
    }
    AttributeReader attributes(proto, file_, problems_);
    (this->*found->reader)(proto, node, attributes);
    attributes.finish();
    int outputs = 0;
    for (const std::string& name : proto.output()) outputs += name.empty() ? 0 : 1;
    if (outputs != 1 || proto.output(0).empty())
      fail(describe(proto), fmt::format("has {} outputs in use; expected exactly the first", outputs));
    declare_outputs(proto);
    if (!inputs_ok || outputs == 0 || proto.output(0).empty()) return;
    node.output = tensors_[proto.output(0)];
    graph_.nodes.push_back(std::move(node));
  }

  /// Adds the outputs as tensors, so that one bad node does not make every later one a problem too.
  void declare_outputs(const NodeProto& proto) {
    for (const std::string& name : proto.output()) {
      if (name.empty()) continue;
      if (tensors_.count(name) != 0 || constants_.count(name) != 0) {
        fail(describe(proto), "its output '" + name + "' exists already; every tensor has one producer");
      } else {
        add_tensor(name);
      }
    }
  }

  void constant(const NodeProto& proto) {
    if (proto.output_size() != 1) return fail(describe(proto), "expected exactly one output");
    for (const auto& attribute : proto.attribute()) {
      if (attribute.name() == "value" && attribute.has_t()) {
        if (std::optional<Constant> value = read_constant(attribute.t(), describe(proto))) constants_[proto.output(0)] = std::move(*value);
        return;
      }
      Constant value;
      if (attribute.name() == "value_float") {
        value.reals = {attribute.f()};
      } else if (attribute.name() == "value_floats") {
        value.reals.assign(attribute.floats().begin(), attribute.floats().end());
        value.dims = {attribute.floats_size()};
      } else if (attribute.name() == "value_int" || attribute.name() == "value_ints") {
        value.is_real = false;
        value.integers.assign(attribute.ints().begin(), attribute.ints().end());
        if (attribute.name() == "value_int") value.integers = {attribute.i()};
        if (attribute.name() == "value_ints") value.dims = {attribute.ints_size()};
      } else {
        return fail(describe(proto), "unsupported attribute '" + attribute.name() + "'; expected 'value' with a float or int64 tensor");
      }
      constants_[proto.output(0)] = std::move(value);
      return;
    }
    fail(describe(proto), "has no value");
  }

  void identity(const NodeProto& proto) {
    if (proto.input_size() != 1 || proto.output_size() != 1) return fail(describe(proto), "expected one input and one output");
    const auto tensor = tensors_.find(proto.input(0));
    const auto value = constants_.find(proto.input(0));
    if (tensors_.count(proto.output(0)) != 0 || constants_.count(proto.output(0)) != 0) {
      return fail(describe(proto), "its output '" + proto.output(0) + "' exists already; every tensor has one producer");
    }
    if (tensor != tensors_.end()) {
      tensors_[proto.output(0)] = tensor->second;
    } else if (value != constants_.end()) {
      constants_[proto.output(0)] = value->second;
    } else {
      fail(describe(proto), "its input '" + proto.input(0) + "' is produced by no earlier node");
    }
  }

  // ---- operators: attributes and constant inputs --------------------------------------------------------------------------

  void pair(AttributeReader& attributes, const char* name, std::int64_t& first, std::int64_t& second, std::int64_t limit) {
    if (!attributes.has(name)) return;
    const std::vector<std::int64_t> values = attributes.integers(name);
    const bool ok = values.size() == 2 && values[0] >= 1 && values[0] <= limit && values[1] >= 1 && values[1] <= limit;
    if (!ok) return attributes.reject(name, fmt::format("two numbers from 1 to {} (only 2-D operators are supported)", limit));
    first = values[0];
    second = values[1];
  }

  void window(AttributeReader& attributes, Window& window) {
    pair(attributes, "kernel_shape", window.kernel_h, window.kernel_w, npu::kMaxKernel);
    pair(attributes, "strides", window.stride_h, window.stride_w, npu::kMaxKernel);
    pair(attributes, "dilations", window.dilation_h, window.dilation_w, npu::kMaxKernel);
    const std::string auto_pad = attributes.text("auto_pad", "NOTSET");
    if (auto_pad == "NOTSET")
      window.auto_pad = AutoPad::kNotSet;
    else if (auto_pad == "VALID")
      window.auto_pad = AutoPad::kValid;
    else if (auto_pad == "SAME_UPPER")
      window.auto_pad = AutoPad::kSameUpper;
    else if (auto_pad == "SAME_LOWER")
      window.auto_pad = AutoPad::kSameLower;
    else
      attributes.reject("auto_pad", "NOTSET, VALID, SAME_UPPER or SAME_LOWER");
    if (!attributes.has("pads")) return;
    const std::vector<std::int64_t> pads = attributes.integers("pads");
    bool ok = pads.size() == 4;
    for (const std::int64_t pad : pads) ok = ok && pad >= 0 && pad <= npu::kMaxKernel;
    if (!ok) return attributes.reject("pads", fmt::format("[top, left, bottom, right], each from 0 to {}", npu::kMaxKernel));
    if (window.auto_pad != AutoPad::kNotSet) {
      for (const std::int64_t pad : pads) ok = ok && pad == 0;
      if (!ok) attributes.reject("pads", "none beside auto_pad '" + auto_pad + "'");
      return;
    }
    window.pad_top = pads[0];
    window.pad_left = pads[1];
    window.pad_bottom = pads[2];
    window.pad_right = pads[3];
  }

  void weights(const NodeProto& proto, Node& node, AttributeReader& attributes) {
    if (proto.input_size() < 2 || proto.input(1).empty()) return attributes.problem("has no weights");
    const Constant* constant = constant_input(proto, 1, "weight tensor");
    if (constant == nullptr) return;
    bool ok = constant->dims.size() == 4;
    for (const std::int64_t dim : constant->dims) ok = ok && dim >= 1;
    if (!ok) return attributes.problem(fmt::format("its weights have {} dimensions; expected 4, none of them 0", constant->dims.size()));
    node.weights = constant->reals;
    for (int i = 0; i < 4; ++i) node.weight_dims[i] = constant->dims[static_cast<std::size_t>(i)];
    const std::int64_t kernel_h = node.weight_dims[2], kernel_w = node.weight_dims[3];
    if (attributes.has("kernel_shape") && (node.window.kernel_h != kernel_h || node.window.kernel_w != kernel_w)) {
      attributes.reject("kernel_shape", fmt::format("[{}, {}], the shape of its weights", kernel_h, kernel_w));
    }
    if (kernel_h > npu::kMaxKernel || kernel_w > npu::kMaxKernel) {
      attributes.problem(fmt::format("its kernel is {}x{}; at most {} either way", kernel_h, kernel_w, npu::kMaxKernel));
    }
    node.window.kernel_h = kernel_h;
    node.window.kernel_w = kernel_w;
    for (const float weight : node.weights) {
      if (std::isinf(weight)) return attributes.problem("its weights contain an infinity");
    }
    if (const Constant* bias = constant_input(proto, 2, "bias")) node.bias = bias->reals;
    for (const float value : node.bias) {
      if (std::isinf(value)) return attributes.problem("its bias contains an infinity");
    }
  }

  void conv(const NodeProto& proto, Node& node, AttributeReader& attributes) {
    node.op = OpKind::kConv;
    window(attributes, node.window);
    node.groups = attributes.integer("group", 1);
    if (node.groups < 1) attributes.reject("group", "a number from 1");
    weights(proto, node, attributes);
  }

  void conv_transpose(const NodeProto& proto, Node& node, AttributeReader& attributes) {
    node.op = OpKind::kConvTranspose;
    window(attributes, node.window);
    if (attributes.integer("group", 1) != 1) attributes.reject("group", "1");
    if (node.window.dilation_h != 1 || node.window.dilation_w != 1) attributes.reject("dilations", "[1, 1]");
    if (node.window.auto_pad == AutoPad::kSameUpper || node.window.auto_pad == AutoPad::kSameLower) {
      attributes.reject("auto_pad", "NOTSET with 'pads', or VALID");
    }
    if (attributes.has("output_padding")) {
      const std::vector<std::int64_t> values = attributes.integers("output_padding");
      bool ok = values.size() == 2;
      for (const std::int64_t value : values) ok = ok && value >= 0 && value <= npu::kMaxKernel;
      if (ok) {
        node.window.output_padding_h = values[0];
        node.window.output_padding_w = values[1];
      } else {
        attributes.reject("output_padding", "two numbers from 0");
      }
    }
    weights(proto, node, attributes);
  }

  void batch_norm(const NodeProto& proto, Node& node, AttributeReader& attributes) {
    node.op = OpKind::kBatchNorm;
    node.bn_epsilon = attributes.real("epsilon", 1e-5f);
    attributes.real("momentum", 0.9f);  // Training only.
    if (attributes.integer("training_mode", 0) != 0) attributes.reject("training_mode", "0 (export the network for inference)");
    std::vector<float>* parts[4] = {&node.bn_scale, &node.bn_bias, &node.bn_mean, &node.bn_variance};
    for (int i = 0; i < 4; ++i) {
      if (const Constant* part = constant_input(proto, i + 1, "parameter")) *parts[i] = part->reals;
      for (const float value : *parts[i]) {
        if (!std::isfinite(value)) attributes.problem("its parameters contain an infinity");
      }
    }
  }

  void relu(const NodeProto&, Node& node, AttributeReader&) {
    node.op = OpKind::kClamp;
    node.clamp_min = 0;
  }

  void clip(const NodeProto& proto, Node& node, AttributeReader& attributes) {
    node.op = OpKind::kClamp;
    float* bounds[2] = {&node.clamp_min, &node.clamp_max};
    const char* names[2] = {"min", "max"};
    for (int i = 0; i < 2; ++i) {
      if (opset_ < 11) {
        if (attributes.has(names[i])) *bounds[i] = attributes.real(names[i], *bounds[i]);
      } else if (const Constant* bound = constant_input(proto, i + 1, names[i])) {
        if (bound->reals.size() != 1)
          return attributes.problem(fmt::format("its {} has {} elements; expected 1", names[i], bound->reals.size()));
        *bounds[i] = bound->reals[0];
      }
    }
    if (!(node.clamp_min <= node.clamp_max)) {
      attributes.problem(fmt::format("its min {} is above its max {}", node.clamp_min, node.clamp_max));
    }
  }

  void pool(const NodeProto& proto, Node& node, AttributeReader& attributes) {
    const bool average = proto.op_type() == "AveragePool";
    node.op = average ? OpKind::kAveragePool : OpKind::kMaxPool;
    if (!attributes.has("kernel_shape")) attributes.reject("kernel_shape", "two numbers from 1");
    window(attributes, node.window);
    if (node.window.dilation_h != 1 || node.window.dilation_w != 1) attributes.reject("dilations", "[1, 1]");
    node.window.ceil_mode = attributes.integer("ceil_mode", 0) != 0;
    if (average) {
      node.window.count_include_pad = attributes.integer("count_include_pad", 0) != 0;
    } else if (attributes.integer("storage_order", 0) != 0) {
      attributes.reject("storage_order", "0");
    }
  }

  void resize(const NodeProto& proto, Node& node, AttributeReader& attributes) {
    const std::string mode = attributes.text("mode", "nearest");
    if (mode != "nearest" && mode != "linear") attributes.reject("mode", "'nearest' or 'linear'");
    node.op = mode == "linear" ? OpKind::kResizeBilinear : OpKind::kResizeNearest;
    const bool old = opset_ < 11;
    const std::string coordinates = attributes.text("coordinate_transformation_mode", old ? "asymmetric" : "half_pixel");
    if (coordinates == "asymmetric")
      node.coordinates = CoordinateMode::kAsymmetric;
    else if (coordinates == "half_pixel" || coordinates == "pytorch_half_pixel")
      node.coordinates = CoordinateMode::kHalfPixel;
    else if (coordinates == "align_corners" && mode == "linear")
      node.coordinates = CoordinateMode::kAlignCorners;
    else
      attributes.reject("coordinate_transformation_mode",
                        "'asymmetric', 'half_pixel' or 'pytorch_half_pixel' ('align_corners' with mode 'linear')");
    const std::string nearest = attributes.text("nearest_mode", old ? "floor" : "round_prefer_floor");
    node.nearest_prefers_round = nearest == "round_prefer_floor" || nearest == "round_prefer_ceil";
    if (mode == "nearest") {
      if (!node.nearest_prefers_round && nearest != "floor") attributes.reject("nearest_mode", "'floor' or 'round_prefer_floor'");
      if (node.coordinates == CoordinateMode::kAsymmetric && nearest == "round_prefer_ceil") {
        attributes.reject("nearest_mode", "'floor' with asymmetric coordinates");
      }
      if (node.coordinates == CoordinateMode::kHalfPixel && nearest == "floor") {
        attributes.reject("nearest_mode", "'round_prefer_floor' with half-pixel coordinates");
      }
    }
    if (attributes.real("cubic_coeff_a", -0.75f) != -0.75f) attributes.reject("cubic_coeff_a", "none");
    if (attributes.integer("exclude_outside", 0) != 0) attributes.reject("exclude_outside", "0");
    attributes.real("extrapolation_value", 0);  // Of tf_crop_and_resize only.

    const Constant* scales = constant_input(proto, old ? 1 : 2, "scales");
    if (scales != nullptr && scales->reals.size() == 4) {
      if (scales->reals[0] != 1) return attributes.problem(fmt::format("its scale of the batch is {}; expected 1", scales->reals[0]));
      node.scale_c = scales->reals[1];
      node.scale_h = scales->reals[2];
      node.scale_w = scales->reals[3];
      return;
    }
    if (scales != nullptr && !scales->reals.empty())
      return attributes.problem(fmt::format("has {} scales; expected 4", scales->reals.size()));
    const Constant* sizes = old ? nullptr : constant_input(proto, 3, "sizes", false);
    if (sizes == nullptr || sizes->integers.size() != 4) return attributes.problem("has neither 4 constant scales nor 4 constant sizes");
    node.scale_c = 0;
    node.out_h = sizes->integers[2];
    node.out_w = sizes->integers[3];
  }

  void add(const NodeProto&, Node& node, AttributeReader&) { node.op = OpKind::kAdd; }

  void concat(const NodeProto&, Node& node, AttributeReader& attributes) {
    node.op = OpKind::kConcat;
    const std::int64_t axis = attributes.integer("axis", 1);
    if (axis != 1 && axis != -3) attributes.reject("axis", "1 (the channels)");
  }

  void sigmoid(const NodeProto&, Node& node, AttributeReader&) { node.op = OpKind::kSigmoid; }

  const onnx::ModelProto& model_;
  const std::string file_;
  std::int64_t opset_ = 0;
  Graph graph_;
  Problems problems_;
  std::map<std::string, std::size_t> tensors_;
  std::map<std::string, Constant> constants_;
};

}  // namespace

Result<Graph> import_onnx(const std::string& bytes, const std::string& file) {
  const google::protobuf::LogSilencer silence;  // Its own complaints go to stderr, without the file's name.
  onnx::ModelProto model;
  if (bytes.size() > kMaxModelBytes || !model.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return Problem{file, "", fmt::format("is not an ONNX model, or is truncated ({} bytes)", bytes.size())};
  }
  if (!model.has_graph() || model.graph().node_size() == 0) return Problem{file, "", "is not an ONNX model, or contains no nodes"};
  return Importer(model, file).run();
}

}  // namespace visoc::compiler
