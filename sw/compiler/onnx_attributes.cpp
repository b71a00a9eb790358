// Strict reading of one ONNX node's attributes.
// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/onnx_attributes.h"

#include <fmt/format.h>

namespace visoc::compiler {
namespace {

using onnx::AttributeProto;

std::string value_text(const AttributeProto& attribute) {
  switch (attribute.type()) {
    case AttributeProto::INT:
      return std::to_string(attribute.i());
    case AttributeProto::FLOAT:
      return fmt::format("{}", attribute.f());
    case AttributeProto::STRING:
      return "'" + attribute.s() + "'";
    case AttributeProto::INTS: {
      std::string out = "[";
      for (int i = 0; i < attribute.ints_size() && i < 16; ++i) out += (i ? ", " : "") + std::to_string(attribute.ints(i));
      return out + (attribute.ints_size() > 16 ? ", ...]" : "]");
    }
    case AttributeProto::FLOATS: {
      std::string out = "[";
      for (int i = 0; i < attribute.floats_size() && i < 16; ++i) out += fmt::format("{}{}", i ? ", " : "", attribute.floats(i));
      return out + (attribute.floats_size() > 16 ? ", ...]" : "]");
    }
    case AttributeProto::TENSOR:
      return "a tensor";
    default:
      return "of type " + std::to_string(attribute.type());
  }
}

}  // namespace

std::string describe(const onnx::NodeProto& node) {
  const std::string name = !node.name().empty() ? node.name() : node.output_size() > 0 ? node.output(0) : std::string();
  return "node '" + name + "' (" + node.op_type() + ")";
}

AttributeReader::AttributeReader(const onnx::NodeProto& node, const std::string& file, Problems& problems)
    : node_(node), file_(file), problems_(problems) {}

const AttributeProto* AttributeReader::find(const std::string& name, AttributeProto::AttributeType type, const char* type_name) {
  asked_.insert(name);
  for (const AttributeProto& attribute : node_.attribute()) {
    if (attribute.name() != name) continue;
    // Files of IR versions before 4 may leave the type out.
    if (attribute.type() == type || attribute.type() == AttributeProto::UNDEFINED) return &attribute;
    problem(fmt::format("attribute '{}' is {}; expected {}", name, value_text(attribute), type_name));
    return nullptr;
  }
  return nullptr;
}

bool AttributeReader::has(const std::string& name) {
  for (const AttributeProto& attribute : node_.attribute()) {
    if (attribute.name() == name) return true;
  }
  return false;
}

std::int64_t AttributeReader::integer(const std::string& name, std::int64_t fallback) {
  const AttributeProto* found = find(name, AttributeProto::INT, "an integer");
  return found != nullptr ? found->i() : fallback;
}

float AttributeReader::real(const std::string& name, float fallback) {
  const AttributeProto* found = find(name, AttributeProto::FLOAT, "a float");
  return found != nullptr ? found->f() : fallback;
}

std::string AttributeReader::text(const std::string& name, const std::string& fallback) {
  const AttributeProto* found = find(name, AttributeProto::STRING, "a string");
  return found != nullptr ? found->s() : fallback;
}

std::vector<std::int64_t> AttributeReader::integers(const std::string& name) {
  const AttributeProto* found = find(name, AttributeProto::INTS, "a list of integers");
  return found != nullptr ? std::vector<std::int64_t>(found->ints().begin(), found->ints().end()) : std::vector<std::int64_t>();
}

std::vector<float> AttributeReader::reals(const std::string& name) {
  const AttributeProto* found = find(name, AttributeProto::FLOATS, "a list of floats");
  return found != nullptr ? std::vector<float>(found->floats().begin(), found->floats().end()) : std::vector<float>();
}

void AttributeReader::reject(const std::string& name, const std::string& expected) {
  std::string value = "left out";
  for (const AttributeProto& attribute : node_.attribute()) {
    if (attribute.name() == name) value = value_text(attribute);
  }
  problem(fmt::format("attribute '{}' is {}; expected {}", name, value, expected));
}

void AttributeReader::problem(const std::string& message) { problems_.push_back({file_, describe(node_), message}); }

void AttributeReader::finish() {
  for (const AttributeProto& attribute : node_.attribute()) {
    if (asked_.count(attribute.name()) == 0) {
      problem(fmt::format("unsupported attribute '{}' (it is {}); remove it", attribute.name(), value_text(attribute)));
    }
  }
}

}  // namespace visoc::compiler
