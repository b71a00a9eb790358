// Strict reading of one ONNX node's attributes: what nobody asked for is a problem. Only onnx_*.cpp include this.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <onnx/onnx_pb.h>

#include <set>
#include <string>
#include <vector>

#include "platform/base/result.h"

namespace visoc::compiler {

/// "node 'conv1' (Conv)"
std::string describe(const onnx::NodeProto& node);

/// Reads attributes by name and type. After the last read, finish() reports those that were never asked for.
class AttributeReader {
 public:
  AttributeReader(const onnx::NodeProto& node, const std::string& file, Problems& problems);

  bool has(const std::string& name);
  std::int64_t integer(const std::string& name, std::int64_t fallback);
  float real(const std::string& name, float fallback);
  std::string text(const std::string& name, const std::string& fallback);
  std::vector<std::int64_t> integers(const std::string& name);
  std::vector<float> reals(const std::string& name);

  /// Reports attribute `name` with the value it has and what would be right.
  void reject(const std::string& name, const std::string& expected);
  /// Reports something about the node as a whole.
  void problem(const std::string& message);
  void finish();

 private:
  const onnx::AttributeProto* find(const std::string& name, onnx::AttributeProto::AttributeType type, const char* type_name);

  const onnx::NodeProto& node_;
  const std::string& file_;
  Problems& problems_;
  std::set<std::string> asked_;
};

}  // namespace visoc::compiler
