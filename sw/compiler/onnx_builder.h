// Builds small ONNX files for tests, without the heavy headers.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace visoc::test {

/// A node under construction; attributes chain: node("Conv", ...).ints("strides", {2, 2}).
class OnnxNode {
 public:
  explicit OnnxNode(void* proto) : proto_(proto) {}
  OnnxNode& integer(const std::string& name, std::int64_t value);
  OnnxNode& ints(const std::string& name, const std::vector<std::int64_t>& values);
  OnnxNode& real(const std::string& name, float value);
  OnnxNode& text(const std::string& name, const std::string& value);
  /// Constant's `value`.
  OnnxNode& tensor(const std::string& name, const std::vector<std::int64_t>& dims, const std::vector<float>& values);
  OnnxNode& domain(const std::string& value);

 private:
  void* proto_;
};

class OnnxBuilder {
 public:
  /// One input "x" of 1 x c x h x w.
  OnnxBuilder(std::int64_t c, std::int64_t h, std::int64_t w, std::int64_t opset = 13);
  ~OnnxBuilder();
  OnnxBuilder(const OnnxBuilder&) = delete;
  OnnxBuilder& operator=(const OnnxBuilder&) = delete;

  OnnxNode node(const std::string& op, const std::string& name, const std::vector<std::string>& inputs, const std::string& output);
  OnnxBuilder& reals(const std::string& name, const std::vector<std::int64_t>& dims, const std::vector<float>& values, bool raw = false);
  OnnxBuilder& integers(const std::string& name, const std::vector<std::int64_t>& values);
  /// An initialiser of element type double, which the compiler does not take.
  OnnxBuilder& doubles(const std::string& name);
  OnnxBuilder& external(const std::string& name);
  OnnxBuilder& input(const std::string& name, const std::vector<std::int64_t>& dims);
  OnnxBuilder& output(const std::string& name);
  OnnxBuilder& no_opset();
  std::string bytes() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace visoc::test
