// The compile command as a whole: files in, files out, exit codes.
// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/compile.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "ip/npu/npu_program.h"
#include "platform/base/text_file.h"
#include "sw/compiler/dump.h"
#include "sw/compiler/onnx_builder.h"

using namespace visoc;
using namespace visoc::compiler;
using visoc::test::OnnxBuilder;
namespace fs = std::filesystem;

namespace {

/// A folder of its own with a network of 2 x 4 x 4 -> 3 x 4 x 4 and two examples; removed afterwards.
class Bench {
 public:
  Bench() {
    fs::create_directories(folder_ / "examples");
    OnnxBuilder model(2, 4, 4);
    model.reals("w", {3, 2, 1, 1}, {1, -1, 0.5f, 0.25f, 2, 3}).output("y");
    model.node("Conv", "first", {"x", "w"}, "a");
    model.node("Relu", "relu", {"a"}, "b");
    model.node("Sigmoid", "last", {"b"}, "y");
    put("net.onnx", model.bytes());
    put("examples/a.s8", std::string(32, '\x20'));
    put("examples/b.s8", std::string(32, '\xe0'));
    put("examples/notes.txt", "not an input");
    options.model = path("net.onnx");
    options.calibration_folder = path("examples");
    options.output = path("net.vnet");
  }
  ~Bench() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  void put(const std::string& name, const std::string& text) const { REQUIRE(write_file(path(name), text).empty()); }
  std::string get(const std::string& name) const { return read_file(path(name), 1 << 24).value(); }
  ExitCode run() {
    std::ostringstream out;
    const ExitCode code = run_compile(options, out);
    printed = out.str();
    return code;
  }
  /// Text of the first problem.
  std::string problem() const {
    Result<std::string> model = read_file(options.model, 1 << 24);
    if (!model) return model.problems().front().text();
    Result<CompiledNetwork> network = compile_network(model.value(), options.model, options.calibration_folder, options.calibration);
    return network ? "" : network.problems().front().text();
  }

  CompileOptions options;
  std::string printed;

 private:
  fs::path folder_ = fs::temp_directory_path() / ("visoc_compile_test_" + std::to_string(getpid()));
};

}  // namespace

TEST_CASE("Compiling writes a network file whose header is right, a summary and both dumps", "[fast]") {
  Bench bench;
  bench.options.dump = bench.path("net.txt");
  bench.options.dump_json = bench.path("net.json");
  REQUIRE(bench.run() == ExitCode::kPass);
  CHECK_THAT(bench.printed, Catch::Contains("small: 2 layers, 96 MACs, 9 parameters") && Catch::Contains("calibrated on 2 inputs"));

  const std::string bytes = bench.get("net.vnet");
  npu::VnetHeader header;
  REQUIRE(bytes.size() >= sizeof header);
  std::memcpy(&header, bytes.data(), sizeof header);
  CHECK(header.magic == npu::kVnetMagic);
  CHECK(header.version == npu::kVnetVersion);
  CHECK(header.total_bytes == bytes.size());
  CHECK(header.layer_count == 2);
  CHECK(header.macs == 96);
  CHECK(std::string(header.name) == "small");
  CHECK(header.input.scale == 1.0f / 128);
  CHECK(header.input.zero_point == 0);
  CHECK(header.input.c == 2);
  CHECK(header.output.scale == 1.0f / 256);
  CHECK(header.output.zero_point == -128);
  CHECK(header.output.c == 3);
  CHECK(header.weights_offset % 64 == 0);
  CHECK(header.weights_offset + header.weights_bytes == header.total_bytes);
  npu::LayerCommand first;
  std::memcpy(&first, bytes.data() + header.program_offset, sizeof first);
  CHECK(first.op == npu::Op::kConv2d);
  CHECK(first.in0.base == npu::Base::kInput);
  CHECK(first.clamp_min == -128);
  CHECK(first.out.zero_point == -128);  // Nothing below 0 survives the Relu.

  CHECK_THAT(bench.get("net.txt"), Catch::Contains("first") && Catch::Contains("conv") && Catch::Contains("3x4x4"));
  const nlohmann::json dump = nlohmann::json::parse(bench.get("net.json"));
  CHECK(dump["layers"].size() == 2);
  CHECK(dump["layers"][0]["weights"].size() == 6);
  CHECK(dump["parameters"] == 9);
}

TEST_CASE("The checksum is the CRC-32 of zlib over the file with the field 0", "[fast]") {
  Bench bench;
  REQUIRE(bench.run() == ExitCode::kPass);
  std::string bytes = bench.get("net.vnet");
  std::uint32_t stored;
  std::memcpy(&stored, &bytes[offsetof(npu::VnetHeader, checksum)], 4);
  std::memset(&bytes[offsetof(npu::VnetHeader, checksum)], 0, 4);
  // Division of the message by the polynomial, bit by bit from the definition; not the table form.
  std::uint32_t remainder = 0xffffffff;
  for (const char c : bytes) {
    for (int bit = 0; bit < 8; ++bit) {
      const bool one = (((static_cast<unsigned char>(c) >> bit) ^ remainder) & 1) != 0;
      remainder = (remainder >> 1) ^ (one ? 0xedb88320 : 0);
    }
  }
  CHECK(stored == (remainder ^ 0xffffffff));
}

TEST_CASE("Compiling twice gives the same bytes", "[fast]") {
  Bench bench;
  bench.options.dump_json = bench.path("net.json");
  REQUIRE(bench.run() == ExitCode::kPass);
  const std::string vnet = bench.get("net.vnet"), json = bench.get("net.json");
  REQUIRE(bench.run() == ExitCode::kPass);
  CHECK(bench.get("net.vnet") == vnet);
  CHECK(bench.get("net.json") == json);
}

TEST_CASE("Float examples calibrate the input's range, the percentile cuts outliers", "[fast]") {
  Bench bench;
  fs::remove_all(bench.path("examples"));
  fs::create_directories(bench.path("examples"));
  std::vector<float> values(32, 1.0f);
  values[5] = 100.0f;
  bench.put("examples/a.f32", std::string(reinterpret_cast<const char*>(values.data()), 128));
  const auto input_scale = [&] {
    Result<CompiledNetwork> network =
        compile_network(bench.get("net.onnx"), "net.onnx", bench.options.calibration_folder, bench.options.calibration);
    REQUIRE(network);
    return network.value().graph.tensors[network.value().graph.input].quantisation.scale;
  };
  CHECK(input_scale() == Approx(100.0 / 255));
  bench.options.calibration = {true, 90};
  CHECK(input_scale() == Approx(1.0 / 255).epsilon(0.05));
}

TEST_CASE("No single wrong byte in a model gets past the compiler as anything but a network or a problem", "[fast][bad-input]") {
  Bench bench;
  const std::string good = bench.get("net.onnx");
  std::size_t compiled = 0;
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (const int flip : {0x01, 0x10, 0x80, 0xff}) {
      std::string bad = good;
      bad[at] = static_cast<char>(bad[at] ^ flip);
      const Result<CompiledNetwork> network = compile_network(bad, "net.onnx", bench.options.calibration_folder, {});
      if (!network) CHECK(exit_code_of(network.problems()) == ExitCode::kBadInput);
      if (network) CHECK_NOTHROW(dump_json(network.value().graph, network.value().plan));
      compiled += network ? 1 : 0;
    }
  }
  CHECK(compiled > 0);  // Names and weights may change without harm.
}

TEST_CASE("Missing, empty, wrong or unwritable files end with a message and leave no output", "[fast][bad-input]") {
  Bench bench;
  SECTION("no model") {
    bench.options.model = bench.path("none.onnx");
    CHECK_THAT(bench.problem(), Catch::Contains("none.onnx"));
    CHECK(bench.run() == ExitCode::kBadInput);
  }
  SECTION("no ONNX") {
    bench.put("net.onnx", "hello");
    CHECK(bench.run() == ExitCode::kBadInput);
  }
  SECTION("unknown operator") {
    OnnxBuilder model(2, 4, 4);
    model.output("y").node("Gelu", "g", {"x"}, "y");
    bench.put("net.onnx", model.bytes());
    CHECK_THAT(bench.problem(), Catch::Contains("'g'") && Catch::Contains("Gelu"));
    CHECK(bench.run() == ExitCode::kBadInput);
  }
  SECTION("no calibration folder") {
    bench.options.calibration_folder = bench.path("none");
    CHECK_THAT(bench.problem(), Catch::Contains("none") && Catch::Contains("calibration folder"));
    CHECK(bench.run() == ExitCode::kBadInput);
  }
  SECTION("no examples") {
    fs::remove(bench.path("examples/a.s8"));
    fs::remove(bench.path("examples/b.s8"));
    CHECK_THAT(bench.problem(), Catch::Contains("no *.s8 and no *.f32"));
    CHECK(bench.run() == ExitCode::kBadInput);
  }
  SECTION("short example") {
    bench.put("examples/b.s8", "short");
    CHECK_THAT(bench.problem(), Catch::Contains("b.s8") && Catch::Contains("5 bytes") && Catch::Contains("has 32"));
    CHECK(bench.run() == ExitCode::kBadInput);
  }
  SECTION("long example") {
    bench.put("examples/b.s8", std::string(1000, 'x'));
    CHECK_THAT(bench.problem(), Catch::Contains("b.s8"));
    CHECK(bench.run() == ExitCode::kBadInput);
  }
  SECTION("example that is not a number") {
    bench.put("examples/c.f32", std::string(128, '\xff'));
    CHECK_THAT(bench.problem(), Catch::Contains("c.f32") && Catch::Contains("finite"));
    CHECK(bench.run() == ExitCode::kBadInput);
  }
  SECTION("weights that overflow") {
    OnnxBuilder model(2, 4, 4);
    model.reals("w", {1, 2, 1, 1}, {3e38f, 3e38f}).output("y");
    model.node("Conv", "a", {"x", "w"}, "t");
    model.reals("v", {1, 1, 1, 1}, {1e10f}).node("Conv", "b", {"t", "v"}, "y");
    bench.put("net.onnx", model.bytes());
    CHECK_THAT(bench.problem(), Catch::Contains("infinite"));
    CHECK(bench.run() == ExitCode::kBadInput);
  }
  SECTION("percentile out of range") {
    bench.options.calibration = {true, 20};
    CHECK_THAT(bench.problem(), Catch::Contains("percentile"));
    CHECK(bench.run() == ExitCode::kBadInput);
  }
  SECTION("output folder missing") {
    bench.options.output = bench.path("none/net.vnet");
    CHECK(bench.run() == ExitCode::kHostIo);
  }
  CHECK_FALSE(fs::exists(bench.options.output));
}
