// Builds small ONNX files for tests.
// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/onnx_builder.h"

#include <onnx/onnx_pb.h>

namespace visoc::test {
namespace {

onnx::AttributeProto* attribute(void* node, const std::string& name, onnx::AttributeProto::AttributeType type) {
  onnx::AttributeProto* added = static_cast<onnx::NodeProto*>(node)->add_attribute();
  added->set_name(name);
  added->set_type(type);
  return added;
}

void fill(onnx::TensorProto* tensor, const std::vector<std::int64_t>& dims, const std::vector<float>& values, bool raw) {
  tensor->set_data_type(onnx::TensorProto::FLOAT);
  for (const std::int64_t dim : dims) tensor->add_dims(dim);
  if (raw) {
    tensor->set_raw_data(values.data(), values.size() * sizeof(float));
  } else {
    for (const float value : values) tensor->add_float_data(value);
  }
}

}  // namespace

struct OnnxBuilder::Parts {
  onnx::ModelProto model;
};

OnnxNode& OnnxNode::integer(const std::string& name, std::int64_t value) {
  attribute(proto_, name, onnx::AttributeProto::INT)->set_i(value);
  return *this;
}
OnnxNode& OnnxNode::ints(const std::string& name, const std::vector<std::int64_t>& values) {
  onnx::AttributeProto* added = attribute(proto_, name, onnx::AttributeProto::INTS);
  for (const std::int64_t value : values) added->add_ints(value);
  return *this;
}
OnnxNode& OnnxNode::real(const std::string& name, float value) {
  attribute(proto_, name, onnx::AttributeProto::FLOAT)->set_f(value);
  return *this;
}
OnnxNode& OnnxNode::text(const std::string& name, const std::string& value) {
  attribute(proto_, name, onnx::AttributeProto::STRING)->set_s(value);
  return *this;
}
OnnxNode& OnnxNode::tensor(const std::string& name, const std::vector<std::int64_t>& dims, const std::vector<float>& values) {
  fill(attribute(proto_, name, onnx::AttributeProto::TENSOR)->mutable_t(), dims, values, false);
  return *this;
}
OnnxNode& OnnxNode::domain(const std::string& value) {
  static_cast<onnx::NodeProto*>(proto_)->set_domain(value);
  return *this;
}

OnnxBuilder::OnnxBuilder(std::int64_t c, std::int64_t h, std::int64_t w, std::int64_t opset) : parts_(std::make_unique<Parts>()) {
  parts_->model.set_ir_version(7);
  parts_->model.add_opset_import()->set_version(opset);
  parts_->model.mutable_graph()->set_name("small");
  input("x", {1, c, h, w});
}
OnnxBuilder::~OnnxBuilder() = default;

OnnxNode OnnxBuilder::node(const std::string& op, const std::string& name, const std::vector<std::string>& inputs,
                           const std::string& output) {
  onnx::NodeProto* added = parts_->model.mutable_graph()->add_node();
  added->set_op_type(op);
  added->set_name(name);
  for (const std::string& from : inputs) added->add_input(from);
  added->add_output(output);
  return OnnxNode(added);
}

OnnxBuilder& OnnxBuilder::reals(const std::string& name, const std::vector<std::int64_t>& dims, const std::vector<float>& values,
                                bool raw) {
  onnx::TensorProto* added = parts_->model.mutable_graph()->add_initializer();
  added->set_name(name);
  fill(added, dims, values, raw);
  return *this;
}

OnnxBuilder& OnnxBuilder::integers(const std::string& name, const std::vector<std::int64_t>& values) {
  onnx::TensorProto* added = parts_->model.mutable_graph()->add_initializer();
  added->set_name(name);
  added->set_data_type(onnx::TensorProto::INT64);
  added->add_dims(static_cast<std::int64_t>(values.size()));
  for (const std::int64_t value : values) added->add_int64_data(value);
  return *this;
}

OnnxBuilder& OnnxBuilder::doubles(const std::string& name) {
  onnx::TensorProto* added = parts_->model.mutable_graph()->add_initializer();
  added->set_name(name);
  added->set_data_type(onnx::TensorProto::DOUBLE);
  added->add_double_data(1);
  return *this;
}

OnnxBuilder& OnnxBuilder::external(const std::string& name) {
  onnx::TensorProto* added = parts_->model.mutable_graph()->add_initializer();
  added->set_name(name);
  added->set_data_type(onnx::TensorProto::FLOAT);
  added->set_data_location(onnx::TensorProto::EXTERNAL);
  return *this;
}

OnnxBuilder& OnnxBuilder::input(const std::string& name, const std::vector<std::int64_t>& dims) {
  onnx::ValueInfoProto* added = parts_->model.mutable_graph()->add_input();
  added->set_name(name);
  added->mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT);
  for (const std::int64_t dim : dims) added->mutable_type()->mutable_tensor_type()->mutable_shape()->add_dim()->set_dim_value(dim);
  return *this;
}

OnnxBuilder& OnnxBuilder::output(const std::string& name) {
  parts_->model.mutable_graph()->add_output()->set_name(name);
  return *this;
}

OnnxBuilder& OnnxBuilder::no_opset() {
  parts_->model.clear_opset_import();
  return *this;
}

std::string OnnxBuilder::bytes() const { return parts_->model.SerializeAsString(); }

}  // namespace visoc::test
