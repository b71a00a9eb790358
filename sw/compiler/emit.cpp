// Integer graph and memory plan -> the bytes of a .vnet file.
// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/emit.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "ip/npu/npu_program.h"
#include "platform/base/units.h"

namespace visoc::compiler {
namespace {

std::uint32_t crc32(const std::vector<std::uint8_t>& bytes) {
  std::uint32_t crc = ~std::uint32_t{0};
  for (const std::uint8_t byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (0xedb88320u & (0u - (crc & 1u)));  // IEEE 802.3, reflected.
  }
  return ~crc;
}

npu::Coordinates coordinates_of(CoordinateMode mode) {
  switch (mode) {
    case CoordinateMode::kHalfPixel:
      return npu::Coordinates::kHalfPixel;
    case CoordinateMode::kAlignCorners:
      return npu::Coordinates::kAlignCorners;
    case CoordinateMode::kAsymmetric:
      break;
  }
  return npu::Coordinates::kAsymmetric;
}

class Emitter {
 public:
  Emitter(const QuantGraph& graph, const MemoryPlan& plan) : graph_(graph), plan_(plan) {}

  Result<std::vector<std::uint8_t>> run(const std::string& file) {
    for (std::size_t i = 0; i < graph_.layers.size(); ++i) emit(graph_.layers[i], static_cast<std::uint32_t>(i));
    if (commands_.size() > npu::kMaxLayers) {
      return Problem{file, "", fmt::format("becomes {} layer commands; at most {}", commands_.size(), npu::kMaxLayers)};
    }
    if (plan_.arena_bytes > UINT32_MAX || blob_.size() > UINT32_MAX) {
      return Problem{
          file, "",
          fmt::format("needs {} bytes of activations and {} of weights; each must be below 4 GiB", plan_.arena_bytes, blob_.size())};
    }
    npu::VnetHeader header{};
    header.magic = npu::kVnetMagic;
    header.version = npu::kVnetVersion;
    header.program_offset = sizeof header;
    header.layer_count = static_cast<std::uint32_t>(commands_.size());
    header.layer_bytes = sizeof(npu::LayerCommand);
    header.weights_offset = align_up(header.program_offset + commands_.size() * sizeof(npu::LayerCommand), npu::kVnetAlignment);
    header.weights_bytes = align_up(blob_.size(), npu::kVnetAlignment);
    header.total_bytes = header.weights_offset + header.weights_bytes;
    header.arena_bytes = plan_.arena_bytes;
    header.input = tensor(graph_.input);
    header.output = tensor(graph_.output);
    std::memcpy(header.name, graph_.name.data(), std::min(graph_.name.size(), sizeof header.name - 1));
    header.macs = graph_.macs();

    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(header.total_bytes), 0);
    std::memcpy(&bytes[header.program_offset], commands_.data(), commands_.size() * sizeof(npu::LayerCommand));
    if (!blob_.empty()) std::memcpy(&bytes[header.weights_offset], blob_.data(), blob_.size());
    std::memcpy(bytes.data(), &header, sizeof header);
    header.checksum = crc32(bytes);
    std::memcpy(bytes.data(), &header, sizeof header);
    return bytes;
  }

 private:
  npu::VnetTensor tensor(std::size_t index) const {
    const QuantTensor& from = graph_.tensors[index];
    npu::VnetTensor to{};
    to.arena_offset = plan_.offsets[index];
    to.h = static_cast<std::uint32_t>(from.shape.h);
    to.w = static_cast<std::uint32_t>(from.shape.w);
    to.c = static_cast<std::uint32_t>(from.shape.c);
    to.scale = static_cast<float>(from.quantisation.scale);
    to.zero_point = from.quantisation.zero_point;
    return to;
  }

  npu::TensorRef reference(std::size_t index) const {
    const QuantTensor& from = graph_.tensors[index];
    npu::TensorRef to{};
    to.base = index == graph_.input ? npu::Base::kInput : index == graph_.output ? npu::Base::kOutput : npu::Base::kArena;
    to.type = npu::ElementType::kInt8;
    to.offset = to.base == npu::Base::kArena ? static_cast<std::uint32_t>(plan_.offsets[index]) : 0;
    to.h = static_cast<std::uint32_t>(from.shape.h);
    to.w = static_cast<std::uint32_t>(from.shape.w);
    to.c = static_cast<std::uint32_t>(from.shape.c);
    to.pixel_stride = to.c;
    to.row_stride = to.w * to.c;
    to.zero_point = from.quantisation.zero_point;
    return to;
  }

  std::uint32_t append(const void* data, std::size_t size) {
    blob_.resize(static_cast<std::size_t>(align_up(blob_.size(), npu::kVnetAlignment)), 0);
    const std::size_t at = blob_.size();
    const auto* first = static_cast<const std::uint8_t*>(data);
    blob_.insert(blob_.end(), first, first + size);
    return static_cast<std::uint32_t>(at);
  }

  void emit(const QuantLayer& layer, std::uint32_t tag) {
    npu::LayerCommand command{};
    command.tag = tag;
    command.in0 = reference(layer.inputs[0]);
    command.out = reference(layer.output);
    command.clamp_min = layer.clamp_min;
    command.clamp_max = layer.clamp_max;
    switch (layer.op) {
      case QuantOp::kConv:
      case QuantOp::kConvTranspose: {
        command.op = layer.op == QuantOp::kConv ? npu::Op::kConv2d : npu::Op::kTransposedConv2d;
        window(layer, command);
        std::vector<npu::ChannelEntry> channels;
        for (std::size_t k = 0; k < layer.bias.size(); ++k) {
          channels.push_back({layer.bias[k], layer.factors[k].multiplier, layer.factors[k].shift});
        }
        command.weights_offset = append(layer.weights.data(), layer.weights.size());
        command.channel_offset = append(channels.data(), channels.size() * sizeof(npu::ChannelEntry));
        break;
      }
      case QuantOp::kMaxPool:
      case QuantOp::kAveragePool:
        command.op = layer.op == QuantOp::kMaxPool ? npu::Op::kMaxPool : npu::Op::kAveragePool;
        window(layer, command);
        break;
      case QuantOp::kAdd:
        command.op = npu::Op::kAdd;
        command.in1 = reference(layer.inputs[1]);
        factors(layer, command);
        break;
      case QuantOp::kConcat:
        return concat(layer, command);
      case QuantOp::kCopy:
        command.op = npu::Op::kCopy;
        factors(layer, command);
        break;
      case QuantOp::kResizeNearest:
      case QuantOp::kResizeBilinear:
        command.op = layer.op == QuantOp::kResizeNearest ? npu::Op::kResizeNearest : npu::Op::kResizeBilinear;
        command.coordinates = coordinates_of(layer.coordinates);
        break;
      case QuantOp::kLut:
        command.op = npu::Op::kLut;
        command.lut_offset = append(layer.lut.data(), layer.lut.size());
        break;
    }
    commands_.push_back(command);
  }

  static void window(const QuantLayer& layer, npu::LayerCommand& command) {
    const Window& w = layer.window;
    command.kernel_h = static_cast<std::uint16_t>(w.kernel_h);
    command.kernel_w = static_cast<std::uint16_t>(w.kernel_w);
    command.stride_h = static_cast<std::uint16_t>(w.stride_h);
    command.stride_w = static_cast<std::uint16_t>(w.stride_w);
    command.dilation_h = static_cast<std::uint16_t>(w.dilation_h);
    command.dilation_w = static_cast<std::uint16_t>(w.dilation_w);
    command.pad_top = static_cast<std::uint16_t>(w.pad_top);
    command.pad_left = static_cast<std::uint16_t>(w.pad_left);
    command.groups = static_cast<std::uint32_t>(layer.groups);
  }

  static void factors(const QuantLayer& layer, npu::LayerCommand& command) {
    for (std::size_t i = 0; i < layer.factors.size() && i < 3; ++i) {
      command.multiplier[i] = layer.factors[i].multiplier;
      command.shift[i] = layer.factors[i].shift;
    }
  }

  /// One copy an input, each into its channels of the output.
  void concat(const QuantLayer& layer, npu::LayerCommand command) {
    command.op = npu::Op::kCopy;
    std::uint32_t channel = 0;
    for (std::size_t i = 0; i < layer.inputs.size(); ++i) {
      npu::LayerCommand copy = command;
      copy.in0 = reference(layer.inputs[i]);
      copy.out.offset += channel;
      copy.out.c = copy.in0.c;
      channel += copy.in0.c;
      copy.multiplier[0] = layer.factors[i].multiplier;
      copy.shift[0] = layer.factors[i].shift;
      commands_.push_back(copy);
    }
  }

  const QuantGraph& graph_;
  const MemoryPlan& plan_;
  std::vector<npu::LayerCommand> commands_;
  std::vector<std::uint8_t> blob_;
};

}  // namespace

Result<std::vector<std::uint8_t>> emit_vnet(const QuantGraph& graph, const MemoryPlan& plan, const std::string& file) {
  return Emitter(graph, plan).run(file);
}

}  // namespace visoc::compiler
