// Quantisation: numbers computed by hand, and the error it makes on networks that use every operation.
// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/quantise.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "sw/compiler/float_executor.h"
#include "sw/compiler/graph_passes.h"
#include "sw/compiler/memory_plan.h"
#include "sw/compiler/onnx_builder.h"
#include "sw/compiler/onnx_import.h"
#include "sw/compiler/shape_inference.h"
#include "test/support/quant_reference.h"

using namespace visoc;
using namespace visoc::compiler;
using visoc::test::OnnxBuilder;

namespace {

Graph load(const OnnxBuilder& model) {
  Result<Graph> graph = import_onnx(model.bytes(), "net.onnx");
  if (!graph) FAIL(graph.problems().front().text());
  const Problems problems = infer_shapes(graph.value(), "net.onnx");
  if (!problems.empty()) FAIL(problems.front().text());
  REQUIRE(fold_batch_norm(graph.value(), "net.onnx").empty());
  fuse_clamps(graph.value());
  return graph.value();
}

/// Ranges of one example.
Calibration calibrate_on(const Graph& graph, const std::vector<float>& input, bool is_s8) {
  Calibration out;
  out.ranges.resize(graph.tensors.size());
  out.input_is_s8 = is_s8;
  run_float(graph, input, [&](std::size_t tensor, const std::vector<float>& values) {
    for (const float value : values) {
      out.ranges[tensor].low = std::min(out.ranges[tensor].low, static_cast<double>(value));
      out.ranges[tensor].high = std::max(out.ranges[tensor].high, static_cast<double>(value));
    }
  });
  return out;
}

std::vector<float> random_values(std::mt19937& random, std::size_t count, float size) {
  std::vector<float> out(count);
  for (float& value : out) value = size * (static_cast<float>(random() % 2001) / 1000.0f - 1.0f);
  return out;
}

/// Largest difference between the float network and the quantised one, in steps of the output's scale.
double worst_steps(const OnnxBuilder& model, unsigned seed) {
  const Graph graph = load(model);
  std::mt19937 random(seed);
  const Shape shape = graph.tensors[graph.input].shape;
  std::vector<std::int8_t> input(static_cast<std::size_t>(shape.elements()));
  for (std::int8_t& value : input) value = static_cast<std::int8_t>(random());
  std::vector<float> planes(input.size());
  for (std::int64_t p = 0; p < shape.h * shape.w; ++p) {
    for (std::int64_t c = 0; c < shape.c; ++c) {
      planes[static_cast<std::size_t>(c * shape.h * shape.w + p)] =
          static_cast<float>(input[static_cast<std::size_t>(p * shape.c + c)]) / 128.0f;
    }
  }
  const QuantGraph quantised = quantise(graph, calibrate_on(graph, planes, true));
  const std::vector<float> expected = run_float(graph, planes);
  const std::vector<std::int8_t> got = test::run_quantised(quantised, input)[quantised.output];
  const Quantisation q = quantised.tensors[quantised.output].quantisation;
  const Shape out = graph.tensors[graph.output].shape;
  double worst = 0;
  for (std::int64_t p = 0; p < out.h * out.w; ++p) {
    for (std::int64_t c = 0; c < out.c; ++c) {
      const double real = q.scale * (got[static_cast<std::size_t>(p * out.c + c)] - q.zero_point);
      worst = std::max(worst, std::fabs(real - expected[static_cast<std::size_t>(c * out.h * out.w + p)]) / q.scale);
    }
  }
  return worst;
}

}  // namespace

TEST_CASE("A range becomes a scale and a zero point that keep real 0 exact", "[fast]") {
  CHECK(quantisation_of({0, 255}) == Quantisation{1.0, -128});
  CHECK(quantisation_of({-128, 127}) == Quantisation{1.0, 0});
  CHECK(quantisation_of({-255, 0}) == Quantisation{1.0, 127});
  CHECK(quantisation_of({0, 0}) == Quantisation{1.0 / 128, 0});
  CHECK(quantisation_of({3, 510}) == Quantisation{2.0, -128});  // 0 is always inside.
}

TEST_CASE("A factor becomes a normalised multiplier and a shift", "[fast]") {
  const auto is = [](double factor, std::int32_t multiplier, std::int32_t shift) {
    const FixedFactor fixed = fixed_factor(factor);
    CHECK(fixed.multiplier == multiplier);
    CHECK(fixed.shift == shift);
  };
  is(1.0, 1 << 30, 1);  // The identity of npu_program.h.
  is(0.5, 1 << 30, 0);
  is(0.75, 3 << 29, 0);
  is(3.0, 3 << 29, 2);
  is(1.0 - 1e-12, 1 << 30, 1);  // Rounds up to 2^31, which is renormalised.
  is(std::ldexp(1.0, -32), 1 << 30, -31);
  is(std::ldexp(1.0, -33), 0, 0);
  is(0.0, 0, 0);
}

TEST_CASE("A 1x1 convolution on two pixels, computed by hand", "[fast]") {
  // y = 2 x + 0.5 on x = 0.5, -0.5 gives 1.5, -0.5: output scale 2/255, zero point round(-128 + 0.5 * 255 / 2) = -64.
  OnnxBuilder model(1, 1, 2);
  model.reals("w", {1, 1, 1, 1}, {2}).reals("b", {1}, {0.5f}).output("y").node("Conv", "c", {"x", "w", "b"}, "y");
  const Graph graph = load(model);
  const QuantGraph q = quantise(graph, calibrate_on(graph, {0.5f, -0.5f}, true));
  const QuantLayer& layer = q.layers.at(0);
  CHECK(q.tensors[q.output].quantisation.scale == Approx(2.0 / 255).epsilon(1e-7));
  CHECK(q.tensors[q.output].quantisation.zero_point == -64);
  CHECK(layer.weights == std::vector<std::int8_t>{127});               // Scale 2 / 127.
  CHECK(layer.bias == std::vector<std::int32_t>{4064});                // 0.5 * 128 * 127 / 2.
  CHECK(layer.factors.at(0).shift == -5);                              // 255 / (128 * 127) = 0.50197 * 2^-5.
  CHECK(std::abs(layer.factors.at(0).multiplier - 1077969154) < 128);  // The scale is a binary32: 24 bits of 31.
  // 64 * 127 + 4064 = 12192; * 0.0156865 = 191.25 -> 191 - 64 = 127.  -4064 * 0.0156865 = -63.75 -> -64 - 64 = -128.
  CHECK(test::run_quantised(q, {64, -64})[q.output] == std::vector<std::int8_t>{127, -128});
}

TEST_CASE("Weights get a scale an output channel, in the NPU's order", "[fast]") {
  OnnxBuilder model(2, 1, 1);
  model.reals("w", {2, 2, 1, 1}, {1.27f, -0.5f, 127.0f, 3.0f}).output("y").node("Conv", "c", {"x", "w"}, "y");
  const Graph graph = load(model);
  CHECK(quantise(graph, calibrate_on(graph, {1, 1}, true)).layers[0].weights == std::vector<std::int8_t>{127, -50, 127, 3});
  OnnxBuilder transposed(2, 1, 1);  // ONNX: [in][out][tap]; the NPU: [out][tap][in].
  transposed.reals("w", {2, 2, 1, 2}, {127, 2, 3, 127, 5, 6, 7, 8}).output("y").node("ConvTranspose", "c", {"x", "w"}, "y");
  const Graph other = load(transposed);
  CHECK(quantise(other, calibrate_on(other, {1, 1}, true)).layers[0].weights == std::vector<std::int8_t>{127, 5, 2, 6, 3, 7, 127, 8});
}

TEST_CASE("A bias far larger than the weights still fits 32 bits", "[fast]") {
  OnnxBuilder model(1, 1, 1);
  model.reals("w", {1, 1, 1, 1}, {1e-12f}).reals("b", {1}, {1000}).output("y").node("Conv", "c", {"x", "w", "b"}, "y");
  CHECK(worst_steps(model, 1) <= 1.0);
}

TEST_CASE("Sigmoid becomes a table with scale 1/256 and zero point -128", "[fast]") {
  OnnxBuilder model(1, 1, 2);
  model.output("y").node("Sigmoid", "s", {"x"}, "y");
  const Graph graph = load(model);
  const QuantGraph q = quantise(graph, calibrate_on(graph, {1, -1}, true));
  CHECK(q.tensors[q.output].quantisation == Quantisation{1.0 / 256, -128});
  CHECK(q.layers[0].lut[128] == 0);   // sigmoid(0) = 0.5 = 128 / 256.
  CHECK(q.layers[0].lut[0] == -59);   // sigmoid(-1) = 0.26894 = 68.85 / 256.
  CHECK(q.layers[0].lut[192] == 31);  // sigmoid(0.5) = 0.62246 = 159.35 / 256.
}

TEST_CASE("Pools and resizes keep their input's quantisation", "[fast]") {
  OnnxBuilder model(1, 4, 4);
  model.reals("s", {4}, {1, 1, 2, 2}).output("y");
  model.node("MaxPool", "p", {"x"}, "a").ints("kernel_shape", {2, 2}).ints("strides", {2, 2});
  model.node("Resize", "r", {"a", "", "s"}, "y").text("mode", "linear");
  const Graph graph = load(model);
  const QuantGraph q = quantise(graph, calibrate_on(graph, std::vector<float>(16, -0.25f), true));
  for (const QuantTensor& tensor : q.tensors) CHECK(tensor.quantisation == Quantisation{1.0 / 128, 0});
}

TEST_CASE("The quantised result stays within a few steps of the float one, operation by operation", "[fast]") {
  std::mt19937 random(7);
  const auto one = [&](double limit, const std::function<void(OnnxBuilder&)>& build) {
    OnnxBuilder model(4, 9, 10);
    model.output("y");
    build(model);
    CHECK(worst_steps(model, 3) <= limit);
  };
  const std::vector<float> dense = random_values(random, 6 * 4 * 9, 0.5f), depthwise = random_values(random, 4 * 25, 0.5f);
  const std::vector<float> up = random_values(random, 4 * 3 * 4, 0.5f), bias = random_values(random, 6, 0.5f);
  one(3, [&](OnnxBuilder& m) { m.reals("w", {6, 4, 3, 3}, dense).reals("b", {6}, bias).node("Conv", "c", {"x", "w", "b"}, "y"); });
  one(3, [&](OnnxBuilder& m) {
    m.reals("w", {6, 4, 3, 3}, dense).node("Conv", "c", {"x", "w"}, "a").ints("pads", {2, 2, 2, 2}).ints("dilations", {2, 2});
    m.node("Relu", "r", {"a"}, "y");
  });
  one(3, [&](OnnxBuilder& m) {
    m.reals("w", {4, 1, 5, 5}, depthwise)
        .node("Conv", "c", {"x", "w"}, "y")
        .integer("group", 4)
        .text("auto_pad", "SAME_UPPER")
        .ints("strides", {2, 2});
  });
  one(3, [&](OnnxBuilder& m) { m.reals("w", {4, 3, 2, 2}, up).node("ConvTranspose", "c", {"x", "w"}, "y").ints("strides", {2, 2}); });
  one(0, [&](OnnxBuilder& m) { m.node("MaxPool", "p", {"x"}, "y").ints("kernel_shape", {3, 3}).ints("pads", {1, 1, 1, 1}); });
  one(0.51, [&](OnnxBuilder& m) { m.node("AveragePool", "p", {"x"}, "y").ints("kernel_shape", {3, 3}).ints("pads", {1, 1, 1, 1}); });
  one(0.51, [&](OnnxBuilder& m) { m.reals("s", {4}, {1, 1, 2, 2}).node("Resize", "r", {"x", "", "s"}, "y").text("mode", "linear"); });
  one(0, [&](OnnxBuilder& m) { m.reals("s", {4}, {1, 1, 3, 2}).node("Resize", "r", {"x", "", "s"}, "y"); });
  one(1.01, [&](OnnxBuilder& m) { m.node("Sigmoid", "g", {"x"}, "y"); });
  one(1.01, [&](OnnxBuilder& m) { m.node("Relu", "r", {"x"}, "a"), m.node("Add", "s", {"x", "a"}, "y"); });
  one(1.01, [&](OnnxBuilder& m) { m.node("Relu", "r", {"x"}, "a"), m.node("Concat", "k", {"a", "x"}, "y").integer("axis", 1); });
}

TEST_CASE("Tensors that live at one time never overlap, and dead ones make room", "[fast]") {
  std::mt19937 random(5);
  for (int trial = 0; trial < 200; ++trial) {
    QuantGraph graph;
    const std::size_t count = 3 + random() % 20;
    for (std::size_t i = 0; i < count; ++i) {
      graph.tensors.push_back({"", {1, 1, 1 + static_cast<std::int64_t>(random() % 1000)}, {}});
      if (i == 0) continue;
      QuantLayer layer;
      layer.inputs = {i - 1, random() % i};
      layer.output = i;
      graph.layers.push_back(layer);
    }
    graph.output = count - 1;
    const MemoryPlan plan = plan_memory(graph);
    CHECK(plan.arena_bytes <= plan.unshared_bytes);
    for (std::size_t i = 0; i < count; ++i) {
      // Layer j writes tensor j + 1. Tensor i is alive from layer i - 1 to the last layer that reads it.
      std::size_t last = i == count - 1 ? count : 0;
      for (std::size_t j = 0; j < graph.layers.size(); ++j) {
        for (const std::size_t input : graph.layers[j].inputs) last = input == i ? std::max(last, j) : last;
      }
      for (std::size_t k = i + 1; k < count && k - 1 <= last; ++k) {
        const std::uint64_t a = plan.offsets[i], b = plan.offsets[k];
        const bool apart =
            a + static_cast<std::uint64_t>(graph.tensors[i].shape.w) <= b || b + static_cast<std::uint64_t>(graph.tensors[k].shape.w) <= a;
        CHECK(apart);
      }
      CHECK(plan.offsets[i] % 64 == 0);
    }
  }
}
