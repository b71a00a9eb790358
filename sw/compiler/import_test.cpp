// Reading ONNX: what is understood, what is folded, and what every kind of bad file gets.
// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <cmath>
#include <functional>

#include "sw/compiler/float_executor.h"
#include "sw/compiler/graph_passes.h"
#include "sw/compiler/onnx_builder.h"
#include "sw/compiler/onnx_import.h"
#include "sw/compiler/shape_inference.h"

using namespace visoc;
using namespace visoc::compiler;
using visoc::test::OnnxBuilder;

namespace {

std::vector<float> ones(std::size_t count) { return std::vector<float>(count, 1.0f); }

/// Imported, with shapes; fails the test on a problem.
Graph load(const OnnxBuilder& model) {
  Result<Graph> graph = import_onnx(model.bytes(), "net.onnx");
  if (!graph) FAIL(graph.problems().front().text());
  const Problems problems = infer_shapes(graph.value(), "net.onnx");
  if (!problems.empty()) FAIL(problems.front().text());
  return graph.value();
}

/// Text of the first problem of import or shape inference; "" if there is none.
std::string problem_of(const std::string& bytes) {
  Result<Graph> graph = import_onnx(bytes, "net.onnx");
  const Problems problems = graph ? infer_shapes(graph.value(), "net.onnx") : graph.problems();
  if (problems.empty()) return "";
  CHECK(exit_code_of(problems) == ExitCode::kBadInput);
  return problems.front().text();
}

/// A network of one convolution with weights of 1 and the attributes `change` adds.
std::string shape_of_conv(std::int64_t h, std::int64_t w, std::int64_t kernel, const std::function<void(test::OnnxNode&)>& change) {
  OnnxBuilder model(2, h, w);
  model.reals("w", {4, 2, kernel, kernel}, ones(static_cast<std::size_t>(8 * kernel * kernel))).output("y");
  test::OnnxNode node = model.node("Conv", "c", {"x", "w"}, "y");
  change(node);
  const Graph graph = load(model);
  return to_string(graph.tensors[graph.output].shape);
}

}  // namespace

TEST_CASE("A convolution's shape follows from stride, pads, dilations and auto_pad", "[fast]") {
  CHECK(shape_of_conv(9, 8, 3, [](test::OnnxNode&) {}) == "4x7x6");
  CHECK(shape_of_conv(9, 8, 3, [](test::OnnxNode& n) { n.ints("pads", {1, 1, 1, 1}); }) == "4x9x8");
  CHECK(shape_of_conv(9, 8, 3, [](test::OnnxNode& n) { n.ints("pads", {0, 1, 2, 1}).ints("strides", {2, 2}); }) == "4x5x4");
  CHECK(shape_of_conv(9, 8, 3, [](test::OnnxNode& n) { n.ints("dilations", {2, 3}); }) == "4x5x2");
  CHECK(shape_of_conv(9, 8, 3, [](test::OnnxNode& n) { n.text("auto_pad", "VALID"); }) == "4x7x6");
  CHECK(shape_of_conv(9, 8, 3, [](test::OnnxNode& n) { n.text("auto_pad", "SAME_UPPER").ints("strides", {2, 2}); }) == "4x5x4");
}

TEST_CASE("SAME_UPPER puts the odd padding behind, SAME_LOWER in front", "[fast]") {
  for (const bool upper : {true, false}) {
    OnnxBuilder model(1, 8, 8);
    model.reals("w", {1, 1, 3, 3}, ones(9)).output("y");
    model.node("Conv", "c", {"x", "w"}, "y").text("auto_pad", upper ? "SAME_UPPER" : "SAME_LOWER").ints("strides", {2, 2});
    const Window window = load(model).nodes[0].window;
    CHECK(window.pad_top == (upper ? 0 : 1));
    CHECK(window.pad_bottom == (upper ? 1 : 0));
  }
}

TEST_CASE("Pools, resizes and transposed convolutions have ONNX's shapes", "[fast]") {
  OnnxBuilder model(3, 7, 7);
  model.reals("s", {4}, {1, 1, 2, 2}, true).reals("w", {3, 5, 2, 2}, ones(60)).integers("sizes", {1, 5, 16, 16}).output("d");
  model.node("MaxPool", "p", {"x"}, "a").ints("kernel_shape", {2, 2}).ints("strides", {2, 2}).integer("ceil_mode", 1);
  model.node("ConvTranspose", "t", {"a", "w"}, "b").ints("strides", {2, 2});
  model.node("AveragePool", "v", {"b"}, "c").ints("kernel_shape", {3, 3}).ints("pads", {1, 1, 1, 1});
  model.node("Resize", "r", {"c", "", "", "sizes"}, "d").text("mode", "linear");
  const Graph graph = load(model);
  CHECK(to_string(graph.tensors[graph.nodes[0].output].shape) == "3x4x4");
  CHECK(to_string(graph.tensors[graph.nodes[1].output].shape) == "5x8x8");
  CHECK(to_string(graph.tensors[graph.nodes[2].output].shape) == "5x8x8");
  CHECK(to_string(graph.tensors[graph.nodes[3].output].shape) == "5x16x16");
}

TEST_CASE("Operator sets 9 and 10 spell Clip's bounds and Resize's scales in the old way", "[fast]") {
  OnnxBuilder nine(1, 2, 2, 9);
  nine.output("y").node("Clip", "c", {"x"}, "y").real("min", 0.0f).real("max", 6.0f);
  CHECK(load(nine).nodes[0].clamp_max == 6.0f);
  OnnxBuilder ten(1, 2, 2, 10);
  ten.reals("s", {4}, {1, 1, 2, 2}).output("y").node("Resize", "r", {"x", "s"}, "y").text("mode", "nearest");
  const Graph graph = load(ten);
  CHECK(to_string(graph.tensors[graph.output].shape) == "1x4x4");
  CHECK(graph.nodes[0].coordinates == CoordinateMode::kAsymmetric);
}

TEST_CASE("Constant and Identity leave no node behind", "[fast]") {
  OnnxBuilder model(1, 2, 2);
  model.output("y");
  model.node("Constant", "k", {}, "raw").tensor("value", {1, 1, 1, 1}, {3.0f});
  model.node("Identity", "i", {"raw"}, "w");
  model.node("Identity", "j", {"x"}, "x2");
  model.node("Conv", "c", {"x2", "w"}, "z");
  model.node("Identity", "l", {"z"}, "y");
  const Graph graph = load(model);
  REQUIRE(graph.nodes.size() == 1);
  CHECK(run_float(graph, {1, 2, 3, 4}) == std::vector<float>{3, 6, 9, 12});
}

TEST_CASE("BatchNormalization folded into the convolution before it gives the values of the formula", "[fast]") {
  for (const bool shared : {false, true}) {  // Shared: the convolution's result is used elsewhere, so it must stay.
    OnnxBuilder model(1, 1, 2);
    model.reals("w", {2, 1, 1, 1}, {2, -1}).reals("b", {2}, {1, 0}).output("y");
    model.reals("g", {2}, {3, 4}).reals("o", {2}, {5, 6}).reals("m", {2}, {1, 2}).reals("v", {2}, {4, 16});
    model.node("Conv", "c", {"x", "w", "b"}, "t");
    model.node("BatchNormalization", "n", {"t", "g", "o", "m", "v"}, shared ? "u" : "y").real("epsilon", 0.0f);
    if (shared) model.node("Add", "a", {"t", "u"}, "y");
    Graph graph = load(model);
    REQUIRE(fold_batch_norm(graph, "net.onnx").empty());
    CHECK(graph.nodes.size() == (shared ? 3 : 1));
    // x = 1, 2. Channel 0: t = 3, 5; (t - 1) / 2 * 3 + 5 = 8, 11. Channel 1: t = -1, -2; (t - 2) / 4 * 4 + 6 = 3, 2.
    const std::vector<float> expected = shared ? std::vector<float>{11, 16, 2, 0} : std::vector<float>{8, 11, 3, 2};
    CHECK(run_float(graph, {1, 2}) == expected);
  }
}

TEST_CASE("Relu and Clip move into what is before them only if nothing else reads it", "[fast]") {
  OnnxBuilder model(1, 1, 1);
  model.reals("w", {1, 1, 1, 1}, {1}).reals("lo", {}, {-2}).reals("hi", {}, {6}).output("y");
  model.node("Conv", "c", {"x", "w"}, "a");
  model.node("Clip", "k", {"a", "lo", "hi"}, "b");
  model.node("Relu", "r", {"b"}, "d");
  model.node("Relu", "q", {"d"}, "e");
  model.node("Add", "s", {"d", "e"}, "y");
  Graph graph = load(model);
  fuse_clamps(graph);
  REQUIRE(graph.nodes.size() == 3);
  CHECK(graph.nodes[0].clamp_min == 0.0f);
  CHECK(graph.nodes[0].clamp_max == 6.0f);
  CHECK(graph.nodes[1].op == OpKind::kClamp);
  CHECK(run_float(graph, {9}) == std::vector<float>{12});
}

TEST_CASE("Float execution: dilated, grouped and transposed convolutions computed by hand", "[fast]") {
  OnnxBuilder dilated(1, 1, 5);
  dilated.reals("w", {1, 1, 1, 2}, {1, 10})
      .output("y")
      .node("Conv", "c", {"x", "w"}, "y")
      .ints("dilations", {1, 2})
      .ints("pads", {0, 1, 0, 0});
  CHECK(run_float(load(dilated), {1, 2, 3, 4, 5}) == std::vector<float>{20, 31, 42, 53});
  OnnxBuilder grouped(2, 1, 1);
  grouped.reals("w", {4, 1, 1, 1}, {1, 2, 3, 4}).output("y").node("Conv", "c", {"x", "w"}, "y").integer("group", 2);
  CHECK(run_float(load(grouped), {5, 7}) == std::vector<float>{5, 10, 21, 28});
  OnnxBuilder transposed(1, 1, 2);
  transposed.reals("w", {1, 1, 1, 3}, {1, 2, 3}).output("y").node("ConvTranspose", "c", {"x", "w"}, "y").ints("strides", {1, 2});
  CHECK(run_float(load(transposed), {1, 10}) == std::vector<float>{1, 2, 13, 20, 30});
}

TEST_CASE("An unknown operator is reported with node name and type", "[fast][bad-input]") {
  OnnxBuilder model(1, 2, 2);
  model.output("y").node("Softmax", "last", {"x"}, "y");
  const std::string text = problem_of(model.bytes());
  CHECK_THAT(text, Catch::Contains("node 'last' (Softmax)") && Catch::Contains("'Softmax' is not supported") && Catch::Contains("Conv"));
  OnnxBuilder custom(1, 2, 2);
  custom.output("y").node("Relu", "r", {"x"}, "y").domain("com.example");
  CHECK_THAT(problem_of(custom.bytes()), Catch::Contains("com.example"));
}

TEST_CASE("An unsupported attribute is reported with its value and what would be right", "[fast][bad-input]") {
  const auto conv = [](const std::function<void(test::OnnxNode&)>& change) {
    OnnxBuilder model(2, 8, 8);
    model.reals("w", {4, 2, 3, 3}, ones(72)).output("y");
    test::OnnxNode node = model.node("Conv", "c1", {"x", "w"}, "y");
    change(node);
    return problem_of(model.bytes());
  };
  const auto check = [&](const std::function<void(test::OnnxNode&)>& change, const std::string& attribute, const std::string& value) {
    const std::string text = conv(change);
    CHECK_THAT(text, Catch::Contains("node 'c1'") && Catch::Contains("'" + attribute + "'") && Catch::Contains(value) &&
                         Catch::Contains("expected"));
  };
  check([](auto& n) { n.ints("strides", {0, 1}); }, "strides", "[0, 1]");
  check([](auto& n) { n.ints("strides", {1, 1, 1}); }, "strides", "[1, 1, 1]");
  check([](auto& n) { n.ints("dilations", {1, 256}); }, "dilations", "[1, 256]");
  check([](auto& n) { n.ints("pads", {0, 0, 0, -1}); }, "pads", "-1");
  check([](auto& n) { n.ints("pads", {1, 1}); }, "pads", "[1, 1]");
  check([](auto& n) { n.ints("kernel_shape", {5, 5}); }, "kernel_shape", "[3, 3]");
  check([](auto& n) { n.text("auto_pad", "SAME"); }, "auto_pad", "'SAME'");
  check([](auto& n) { n.text("auto_pad", "SAME_UPPER").ints("pads", {1, 1, 1, 1}); }, "pads", "auto_pad");
  check([](auto& n) { n.integer("group", 0); }, "group", "0");
  check([](auto& n) { n.integer("group", 3); }, "group", "3");
  check([](auto& n) { n.text("group", "two"); }, "group", "'two'");
  CHECK_THAT(conv([](auto& n) { n.integer("speed", 7); }), Catch::Contains("unsupported attribute 'speed' (it is 7)"));
}

TEST_CASE("Every operator says which of its settings it cannot do", "[fast][bad-input]") {
  const auto one = [](const std::string& op, const std::vector<std::string>& more, const std::function<void(test::OnnxNode&)>& change) {
    OnnxBuilder model(2, 8, 8);
    model.reals("w", {2, 4, 2, 2}, ones(32)).reals("half", {4}, {1, 1, 0.5f, 0.5f}).reals("four", {4}, {1, 1, 4, 4}).output("y");
    model.reals("one", {}, {1}).reals("zero", {}, {0}).reals("v", {2}, {-1, 1});
    std::vector<std::string> inputs = {"x"};
    inputs.insert(inputs.end(), more.begin(), more.end());
    test::OnnxNode node = model.node(op, "n", inputs, "y");
    change(node);
    return problem_of(model.bytes());
  };
  using Node = test::OnnxNode;
  CHECK_THAT(one("ConvTranspose", {"w"}, [](Node& n) { n.integer("group", 2); }), Catch::Contains("'group' is 2"));
  CHECK_THAT(one("ConvTranspose", {"w"}, [](Node& n) { n.ints("output_shape", {16, 16}); }), Catch::Contains("'output_shape'"));
  CHECK_THAT(one("ConvTranspose", {"w"}, [](Node& n) { n.ints("output_padding", {1, 1}); }), Catch::Contains("'output_padding'"));
  CHECK_THAT(one("MaxPool", {}, [](Node&) {}), Catch::Contains("'kernel_shape' is left out"));
  CHECK_THAT(one("MaxPool", {}, [](Node& n) { n.ints("kernel_shape", {2, 2}).ints("dilations", {2, 2}); }), Catch::Contains("'dilations'"));
  CHECK_THAT(one("MaxPool", {}, [](Node& n) { n.ints("kernel_shape", {9, 9}); }), Catch::Contains("does not fit"));
  CHECK_THAT(one("MaxPool", {}, [](Node& n) { n.ints("kernel_shape", {2, 2}).ints("pads", {2, 0, 0, 0}); }), Catch::Contains("'pads'"));
  CHECK_THAT(one("AveragePool", {},
                 [](Node& n) {
                   n.ints("kernel_shape", {3, 3}).ints("pads", {1, 1, 1, 1}).integer("count_include_pad", 1);
                 }),
             Catch::Contains("'count_include_pad' is 1"));
  CHECK_THAT(one("Resize", {"", "four"}, [](Node& n) { n.text("mode", "cubic"); }), Catch::Contains("'mode' is 'cubic'"));
  CHECK_THAT(one("Resize", {"", "half"}, [](Node&) {}), Catch::Contains("0.5"));
  CHECK_THAT(one("Resize", {}, [](Node&) {}), Catch::Contains("neither"));
  CHECK_THAT(one("Resize", {"", "four"}, [](Node& n) { n.text("coordinate_transformation_mode", "asymmetric"); }),
             Catch::Contains("'nearest_mode'"));
  CHECK_THAT(one("Resize", {"", "four"}, [](Node& n) { n.text("coordinate_transformation_mode", "tf_crop_and_resize"); }),
             Catch::Contains("'coordinate_transformation_mode'"));
  CHECK_THAT(one("Concat", {"x"}, [](Node& n) { n.integer("axis", 2); }), Catch::Contains("'axis' is 2"));
  CHECK_THAT(one("Clip", {"one", "zero"}, [](Node&) {}), Catch::Contains("above"));
  CHECK_THAT(one("Add", {"w"}, [](Node&) {}), Catch::Contains("'w' is a constant"));
  CHECK_THAT(one("Add", {}, [](Node&) {}), Catch::Contains("1 inputs"));
  CHECK_THAT(one("Conv", {"x"}, [](Node&) {}), Catch::Contains("'x' is not a constant"));
  CHECK_THAT(one("Conv", {"w"}, [](Node&) {}), Catch::Contains("4 input channels"));
  CHECK_THAT(one("Conv", {}, [](Node&) {}), Catch::Contains("no weights"));
  CHECK_THAT(one("Conv", {"v"}, [](Node&) {}), Catch::Contains("1 dimensions"));
  CHECK_THAT(one("ConvTranspose", {"w", "v"}, [](Node&) {}), Catch::Contains("bias has 2"));
  CHECK_THAT(one("Relu", {}, [](Node&) {}), Catch::Equals(""));
}

TEST_CASE("A damaged or foreign file is reported, whatever its bytes", "[fast][bad-input]") {
  CHECK_THAT(problem_of(""), Catch::Contains("net.onnx") && Catch::Contains("not an ONNX model"));
  CHECK_THAT(problem_of("not a model at all"), Catch::Contains("not an ONNX model"));
  OnnxBuilder model(2, 8, 8);
  model.reals("w", {4, 2, 3, 3}, ones(72), true).output("y");
  model.node("Conv", "c", {"x", "w"}, "y").ints("pads", {1, 1, 1, 1});
  const std::string good = model.bytes();
  REQUIRE(problem_of(good).empty());
  for (std::size_t size = 0; size < good.size(); ++size) problem_of(good.substr(0, size));  // None of them may crash.
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (const int flip : {0x01, 0x80, 0xff}) {
      std::string bad = good;
      bad[at] = static_cast<char>(bad[at] ^ flip);
      problem_of(bad);
    }
  }
}

TEST_CASE("Inputs, outputs, versions and initialisers that do not fit are reported", "[fast][bad-input]") {
  const auto relu = [](const std::function<void(OnnxBuilder&)>& change, std::int64_t opset = 13) {
    OnnxBuilder model(2, 8, 8, opset);
    model.node("Relu", "r", {"x"}, "y");
    change(model);
    return problem_of(model.bytes());
  };
  CHECK_THAT(relu([](OnnxBuilder& m) { m.output("y"); }), Catch::Equals(""));
  CHECK_THAT(relu([](OnnxBuilder& m) { m.output("y"); }, 8), Catch::Contains("operator set 8"));
  CHECK_THAT(relu([](OnnxBuilder& m) { m.output("y"); }, 18), Catch::Contains("operator set 18"));
  CHECK_THAT(relu([](OnnxBuilder& m) { m.output("y").no_opset(); }), Catch::Contains("opset_import"));
  CHECK_THAT(relu([](OnnxBuilder&) {}), Catch::Contains("0 outputs"));
  CHECK_THAT(relu([](OnnxBuilder& m) { m.output("y").output("x"); }), Catch::Contains("2 outputs"));
  CHECK_THAT(relu([](OnnxBuilder& m) { m.output("z"); }), Catch::Contains("'z' is not produced"));
  CHECK_THAT(relu([](OnnxBuilder& m) { m.output("x"); }), Catch::Contains("the input itself"));
  CHECK_THAT(relu([](OnnxBuilder& m) { m.output("y").input("x2", {1, 1, 1, 1}); }), Catch::Contains("'x2'"));
  CHECK_THAT(relu([](OnnxBuilder& m) { m.output("y").doubles("d"); }), Catch::Contains("'d'") && Catch::Contains("element type 11"));
  CHECK_THAT(relu([](OnnxBuilder& m) { m.output("y").external("e"); }), Catch::Contains("another file"));
  CHECK_THAT(relu([](OnnxBuilder& m) { m.output("y").reals("w", {4}, ones(3)); }), Catch::Contains("3 elements"));
  CHECK_THAT(relu([](OnnxBuilder& m) { m.output("y").reals("w", {1, -1}, {}); }), Catch::Contains("-1"));
  CHECK_THAT(relu([](OnnxBuilder& m) { m.output("y").reals("w", {1}, {NAN}); }), Catch::Contains("NaN"));
  CHECK_THAT(relu([](OnnxBuilder& m) { m.output("y").node("Relu", "r2", {"nowhere"}, "q"); }), Catch::Contains("'nowhere'"));
  CHECK_THAT(relu([](OnnxBuilder& m) { m.output("y").node("Relu", "r2", {"x"}, "y"); }), Catch::Contains("exists already"));
  OnnxBuilder large(2, 8, 20000);
  large.output("y").node("Relu", "r", {"x"}, "y");
  CHECK_THAT(problem_of(large.bytes()), Catch::Contains("20000"));
  OnnxBuilder heavy(16000, 16000, 16000);
  heavy.output("y").node("Relu", "r", {"x"}, "y");
  CHECK_THAT(problem_of(heavy.bytes()), Catch::Contains("at most 2^28"));
}
