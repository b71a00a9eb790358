// Networks through the whole tool chain: ONNX -> compiler -> .vnet -> NPU core, bit-exact against the plain integer reference.
// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>

#include "platform/base/text_file.h"
#include "sw/compiler/compile.h"
#include "sw/compiler/onnx_builder.h"
#include "test/network/vnet_runner.h"
#include "test/support/quant_reference.h"

using namespace visoc;
using namespace visoc::compiler;
using visoc::test::OnnxBuilder;
namespace fs = std::filesystem;

namespace {

/// A folder of example inputs, removed afterwards.
class Examples {
 public:
  Examples() { fs::create_directories(folder_); }
  ~Examples() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  Examples(const Examples&) = delete;
  Examples& operator=(const Examples&) = delete;
  void add(const std::vector<std::int8_t>& input) {
    const std::string path = (folder_ / (std::to_string(100 + count_++) + ".s8")).string();
    REQUIRE(write_file(path, ConstBytes(input.data(), input.size())).empty());
  }
  std::string folder() const { return folder_.string(); }

 private:
  static inline int serial_ = 0;
  fs::path folder_ = fs::temp_directory_path() / ("visoc_network_test_" + std::to_string(getpid()) + "_" + std::to_string(serial_++));
  int count_ = 0;
};

std::vector<std::int8_t> noise(std::mt19937& random, std::size_t count) {
  std::vector<std::int8_t> out(count);
  for (std::int8_t& value : out) value = static_cast<std::int8_t>(random());
  return out;
}

CompiledNetwork compile(const std::string& onnx, const Examples& examples) {
  Result<CompiledNetwork> network = compile_network(onnx, "net.onnx", examples.folder(), {});
  if (!network) FAIL(network.problems().front().text());
  return std::move(network.value());
}

/// Compares the NPU with the reference on one input.
void compare(const CompiledNetwork& network, const std::vector<std::int8_t>& input, bool in_arena, const npu::NpuOptions& options = {}) {
  REQUIRE(test::check_vnet(network.vnet).empty());
  const test::VnetRun run = test::run_vnet(network.vnet, input, in_arena, options);
  INFO("detail " << std::hex << run.completion.detail);
  REQUIRE(run.completion.status == CommandStatus::kOk);
  const std::vector<std::int8_t> expected = test::run_quantised(network.graph, input)[network.graph.output];
  REQUIRE(run.output.size() == expected.size());
  std::size_t wrong = 0, first = 0;
  for (std::size_t i = expected.size(); i-- > 0;) {
    if (run.output[i] == expected[i]) continue;
    ++wrong;
    first = i;
  }
  INFO(wrong << " of " << expected.size() << " bytes differ, the first at " << first);
  CHECK(wrong == 0);
}

/// Grows a random network layer by layer; every value of `pick` is one kind of layer.
class RandomNetwork {
 public:
  explicit RandomNetwork(unsigned seed)
      : random_(seed),
        channels_(1 + below(5)),
        h_(6 + below(12)),
        w_(6 + below(12)),
        model_(channels_, h_, w_),
        input_channels_(channels_),
        input_h_(h_),
        input_w_(w_) {}

  static constexpr std::int64_t kKinds = 14;

  void grow(std::int64_t pick) {
    const std::string from = at_;
    const std::string name = "n" + std::to_string(++count_);
    switch (pick) {
      case 0:
        conv(name, 3, 1, {1, 1, 1, 1}, 1, 1);
        break;
      case 1:
        conv(name, 3, 2, {0, 1, 1, 0}, 1, 1);
        break;
      case 2:
        conv(name, 1 + 2 * below(3), 1, {}, 1, channels_);
        break;  // Depthwise, SAME.
      case 3:
        conv(name, 3, 1, {2, 2, 2, 2}, 2, channels_ % 2 == 0 ? 2 : 1);
        break;  // Dilated, grouped.
      case 4:
        conv(name, 1, 1, {0, 0, 0, 0}, 1, 1);
        break;
      case 5:
        node("Relu", name, {from});
        break;
      case 6: {
        model_.reals(name + "_lo", {}, {-0.3f}).reals(name + "_hi", {}, {0.6f});
        node("Clip", name, {from, name + "_lo", name + "_hi"});
        break;
      }
      case 7:
        pool("MaxPool", name);
        break;
      case 8:
        pool("AveragePool", name);
        break;
      case 9:
        resize(name, "nearest", below(2) ? "asymmetric" : "half_pixel");
        break;
      case 10:
        resize(name, "linear", below(3) == 0 ? "align_corners" : below(2) ? "asymmetric" : "half_pixel");
        break;
      case 11:
        transpose(name);
        break;
      case 12: {  // A branch of its own, and the sum of both.
        const std::string branch = name + "_b";
        node("Sigmoid", branch, {from});
        node("Add", name, {from, branch});
        break;
      }
      default: {
        const std::string branch = name + "_b";
        node("Relu", branch, {from});
        node("Concat", name, {from, branch, from}).integer("axis", 1);
        channels_ *= 3;
        break;
      }
    }
    if (channels_ > 24) conv(name + "_thin", 1, 1, {0, 0, 0, 0}, 1, 1);
  }
  std::string finish() {
    model_.output(at_);
    return model_.bytes();
  }
  std::vector<std::int8_t> input() { return noise(random_, static_cast<std::size_t>(input_channels_ * input_h_ * input_w_)); }
  std::int64_t below(std::int64_t limit) { return static_cast<std::int64_t>(random_() % static_cast<std::uint32_t>(limit)); }

 private:
  test::OnnxNode node(const std::string& op, const std::string& name, const std::vector<std::string>& inputs) {
    at_ = name;
    return model_.node(op, name, inputs, name);
  }
  std::vector<float> values(std::int64_t count, float size) {
    std::vector<float> out(static_cast<std::size_t>(count));
    for (float& value : out) value = size * static_cast<float>(below(2001) - 1000) / 1000.0f;
    return out;
  }
  void conv(const std::string& name, std::int64_t kernel, std::int64_t stride, const std::vector<std::int64_t>& pads, std::int64_t dilation,
            std::int64_t groups) {
    const std::int64_t reach = (kernel - 1) * dilation + 1;
    if (!pads.empty() && (h_ + pads[0] + pads[2] < reach || w_ + pads[1] + pads[3] < reach)) return grow(4);
    const std::int64_t out = groups == channels_ ? channels_ : groups * (1 + below(9));
    const std::int64_t in_group = channels_ / groups;
    const float size = 2.0f / static_cast<float>(in_group * kernel);
    model_.reals(name + "_w", {out, in_group, kernel, kernel}, values(out * in_group * kernel * kernel, size), true);
    model_.reals(name + "_c", {out}, values(out, 0.3f));
    const std::string from = at_;
    test::OnnxNode added = node("Conv", name, {from, name + "_w", name + "_c"});
    added.ints("strides", {stride, stride}).ints("dilations", {dilation, dilation}).integer("group", groups);
    if (pads.empty()) {
      added.text("auto_pad", below(2) ? "SAME_UPPER" : "SAME_LOWER");
    } else {
      added.ints("pads", pads);
      h_ = (h_ + pads[0] + pads[2] - reach) / stride + 1;
      w_ = (w_ + pads[1] + pads[3] - reach) / stride + 1;
    }
    channels_ = out;
  }
  void pool(const std::string& op, const std::string& name) {
    if (h_ < 4 || w_ < 4) return grow(9);
    const std::int64_t kernel = 2 + below(2), stride = 1 + below(2), pad = below(2), ceil = op == "MaxPool" ? below(2) : 0;
    const std::string from = at_;
    test::OnnxNode added = node(op, name, {from});
    added.ints("kernel_shape", {kernel, kernel}).ints("strides", {stride, stride}).ints("pads", {pad, pad, pad, pad});
    if (ceil != 0) added.integer("ceil_mode", 1);
    for (std::int64_t* side : {&h_, &w_}) {
      std::int64_t out = (*side + 2 * pad - kernel + ceil * (stride - 1)) / stride + 1;
      if (ceil != 0 && (out - 1) * stride >= *side + pad) --out;
      *side = out;
    }
  }
  void resize(const std::string& name, const std::string& mode, const std::string& coordinates) {
    if (h_ > 24 || w_ > 24) return grow(7);
    model_.reals(name + "_s", {4}, {1, 1, 2, 2});
    const std::string from = at_;
    test::OnnxNode added = node("Resize", name, {from, "", name + "_s"});
    added.text("mode", mode).text("coordinate_transformation_mode", coordinates);
    if (mode == "nearest") added.text("nearest_mode", coordinates == "asymmetric" ? "floor" : "round_prefer_floor");
    h_ *= 2;
    w_ *= 2;
  }
  void transpose(const std::string& name) {
    if (h_ > 24 || w_ > 24) return grow(8);
    const std::int64_t out = 1 + below(8), kernel = 2 + below(3), pad = kernel > 2 ? 1 : 0;
    model_.reals(name + "_w", {channels_, out, kernel, kernel}, values(channels_ * out * kernel * kernel, 0.5f));
    const std::string from = at_;
    node("ConvTranspose", name, {from, name + "_w"}).ints("strides", {2, 2}).ints("pads", {pad, pad, pad, pad});
    h_ = 2 * (h_ - 1) + kernel - 2 * pad;
    w_ = 2 * (w_ - 1) + kernel - 2 * pad;
    channels_ = out;
  }

  std::mt19937 random_;
  std::int64_t channels_, h_, w_;
  OnnxBuilder model_;
  const std::int64_t input_channels_, input_h_, input_w_;
  std::string at_ = "x";
  int count_ = 0;
};

std::set<QuantOp> operations(const CompiledNetwork& network) {
  std::set<QuantOp> out;
  for (const QuantLayer& layer : network.graph.layers) out.insert(layer.op);
  return out;
}

/// A street scene of sorts: bright ground, dark upright figures, noise.
std::vector<std::int8_t> street_like(unsigned seed) {
  std::mt19937 random(seed);
  std::vector<std::int8_t> out(192 * 256 * 3);
  for (int y = 0; y < 192; ++y) {
    for (int x = 0; x < 256; ++x) {
      std::int8_t* pixel = &out[static_cast<std::size_t>((y * 256 + x) * 3)];
      pixel[0] = static_cast<std::int8_t>(20 + y / 8 + static_cast<int>(random() % 9));
      pixel[1] = static_cast<std::int8_t>(random() % 5);
      pixel[2] = static_cast<std::int8_t>(-static_cast<int>(random() % 5));
    }
  }
  for (int figure = 0; figure < 8; ++figure) {
    const int left = static_cast<int>(random() % 240), top = 20 + static_cast<int>(random() % 130),
              height = 20 + static_cast<int>(random() % 20);
    for (int y = top; y < top + height; ++y) {
      for (int x = left; x < left + height / 3 && x < 256; ++x) out[static_cast<std::size_t>((y * 256 + x) * 3)] = -70;
    }
  }
  return out;
}

}  // namespace

TEST_CASE("Every operation in a network of its own computes what the reference does", "[fast]") {
  for (std::int64_t pick = 0; pick < RandomNetwork::kKinds; ++pick) {
    for (unsigned seed = 0; seed < 4; ++seed) {
      INFO("kind " << pick << ", seed " << seed);
      RandomNetwork network(1000 + seed);
      network.grow(pick);
      const std::string onnx = network.finish();
      Examples examples;
      const std::vector<std::int8_t> input = network.input();
      examples.add(input);
      const CompiledNetwork compiled = compile(onnx, examples);
      compare(compiled, input, seed % 2 == 1);
      compare(compiled, network.input(), false);  // One it was not calibrated on: clamps are reached.
    }
  }
}

TEST_CASE("Random networks of all operations are bit-exact against the reference", "[fast]") {
  std::set<QuantOp> seen;
  for (unsigned seed = 0; seed < 60; ++seed) {
    INFO("seed " << seed);
    RandomNetwork network(seed);
    const std::int64_t layers = 4 + network.below(9);
    for (std::int64_t i = 0; i < layers; ++i) network.grow(network.below(RandomNetwork::kKinds));
    const std::string onnx = network.finish();
    Examples examples;
    const std::vector<std::int8_t> input = network.input();
    examples.add(input);
    examples.add(network.input());
    const CompiledNetwork compiled = compile(onnx, examples);
    for (const QuantOp op : operations(compiled)) seen.insert(op);
    npu::NpuOptions options;
    if (seed % 3 == 1) options.limits = {16 * 1024, 2 * 1024};  // Many tiles.
    if (seed % 3 == 2) options.core.dataflow = "os";
    compare(compiled, input, seed % 2 == 0, options);
  }
  CHECK(seen.size() == 10);  // All of them came up.
}

TEST_CASE("The street network is bit-exact against the reference", "[slow]") {
  Result<std::string> onnx = read_file(std::string(VISOC_SOURCE_DIR) + "/scenarios/street/street.onnx", 1 << 26);
  REQUIRE(onnx);
  Examples examples;
  examples.add(street_like(1));
  examples.add(street_like(2));
  const CompiledNetwork network = compile(onnx.value(), examples);
  CHECK(network.graph.macs() == 189253632);
  CHECK(network.graph.parameters() == 144993);
  compare(network, street_like(1), false);
  compare(network, street_like(3), true);
  std::mt19937 random(9);
  compare(network, noise(random, 192 * 256 * 3), false);
}
