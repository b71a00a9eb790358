// What the compiler made, for people and for scripts.
// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/dump.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace visoc::compiler {
namespace {

using Json = nlohmann::ordered_json;

/// Names come from the file and may be any bytes; JSON and terminals get printable ASCII.
std::string printable(const std::string& name) {
  std::string out;
  for (const char c : name) {
    if (c >= ' ' && c <= '~')
      out += c;
    else
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
  }
  return out;
}

std::uint64_t layer_bytes(const QuantLayer& layer) {
  return layer.weights.size() + layer.bias.size() * 12 + (layer.op == QuantOp::kLut ? layer.lut.size() : 0);
}

const char* coordinates_name(CoordinateMode mode) {
  return mode == CoordinateMode::kAsymmetric ? "asymmetric" : mode == CoordinateMode::kHalfPixel ? "half_pixel" : "align_corners";
}

}  // namespace

std::string dump_text(const QuantGraph& graph, const MemoryPlan& plan) {
  std::string out =
      fmt::format("{}\n{:24} {:15} {:>28} {:>12} {:>9} {:>12} {:>4} {:>11} {:>11} {:>8} {:>8} {:>8}\n", summary(graph, plan), "name", "op",
                  "inputs", "output", "kernel", "scale", "zero", "clamp", "MACs", "weights", "output", "offset");
  for (const QuantLayer& layer : graph.layers) {
    std::string inputs;
    for (const std::size_t input : layer.inputs) inputs += (inputs.empty() ? "" : " ") + to_string(graph.tensors[input].shape);
    const QuantTensor& to = graph.tensors[layer.output];
    const Window& w = layer.window;
    out += fmt::format("{:24} {:15} {:>28} {:>12} {:>9} {:>12.6g} {:>4} {:>11} {:>11} {:>8} {:>8} {:>8}\n", printable(layer.name),
                       op_name(layer.op), inputs, to_string(to.shape), fmt::format("{}x{}/{}", w.kernel_h, w.kernel_w, w.stride_h),
                       to.quantisation.scale, to.quantisation.zero_point, fmt::format("{}..{}", layer.clamp_min, layer.clamp_max),
                       layer.macs, layer_bytes(layer), to.shape.elements(), plan.offsets[layer.output]);
  }
  return out;
}

std::string dump_json(const QuantGraph& graph, const MemoryPlan& plan) {
  Json root;
  root["name"] = printable(graph.name);
  root["input"] = graph.input;
  root["output"] = graph.output;
  root["macs"] = graph.macs();
  root["parameters"] = graph.parameters();
  root["arena_bytes"] = plan.arena_bytes;
  root["tensors"] = Json::array();
  for (std::size_t i = 0; i < graph.tensors.size(); ++i) {
    const QuantTensor& tensor = graph.tensors[i];
    root["tensors"].push_back({{"name", printable(tensor.name)},
                               {"c", tensor.shape.c},
                               {"h", tensor.shape.h},
                               {"w", tensor.shape.w},
                               {"scale", tensor.quantisation.scale},
                               {"zero_point", tensor.quantisation.zero_point},
                               {"arena_offset", plan.offsets[i]}});
  }
  root["layers"] = Json::array();
  for (const QuantLayer& layer : graph.layers) {
    Json entry;
    entry["name"] = printable(layer.name);
    entry["op"] = op_name(layer.op);
    entry["inputs"] = layer.inputs;
    entry["output"] = layer.output;
    const Window& w = layer.window;
    if (w.kernel_h * w.kernel_w * w.stride_h * w.stride_w != 1 || !layer.weights.empty()) {
      entry["kernel"] = {w.kernel_h, w.kernel_w};
      entry["strides"] = {w.stride_h, w.stride_w};
      entry["dilations"] = {w.dilation_h, w.dilation_w};
      entry["pads"] = {w.pad_top, w.pad_left, w.pad_bottom, w.pad_right};
      entry["groups"] = layer.groups;
    }
    if (layer.op == QuantOp::kResizeNearest || layer.op == QuantOp::kResizeBilinear)
      entry["coordinates"] = coordinates_name(layer.coordinates);
    entry["clamp"] = {layer.clamp_min, layer.clamp_max};
    entry["macs"] = layer.macs;
    if (!layer.factors.empty()) {
      entry["factors"] = Json::array();
      for (const FixedFactor& factor : layer.factors) entry["factors"].push_back({factor.multiplier, factor.shift});
    }
    if (!layer.weights.empty()) {
      entry["weight_scales"] = layer.weight_scales;
      entry["bias"] = layer.bias;
      entry["weights"] = layer.weights;
    }
    if (layer.op == QuantOp::kLut) entry["lut"] = layer.lut;
    root["layers"].push_back(std::move(entry));
  }
  return root.dump(1) + "\n";
}

std::string summary(const QuantGraph& graph, const MemoryPlan& plan) {
  return fmt::format("{}: {} layers, {} MACs, {} parameters, arena peak {} bytes ({} without reuse)", printable(graph.name),
                     graph.layers.size(), graph.macs(), graph.parameters(), plan.arena_bytes, plan.unshared_bytes);
}

}  // namespace visoc::compiler
