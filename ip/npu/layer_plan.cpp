// SPDX-License-Identifier: Apache-2.0
#include "ip/npu/layer_plan.h"

#include <algorithm>

namespace visoc::npu {
namespace {

/// Working memory of the host that one tile may take; only absurd paddings come near it.
constexpr std::uint64_t kMaxHostScratchBytes = std::uint64_t{64} << 20;
/// Blocks of output channels are whole multiples of this, where they are cut at all.
constexpr std::uint32_t kChannelUnit = 16;

bool is_pool(Op op) { return op == Op::kMaxPool || op == Op::kAveragePool; }
bool is_resize(Op op) { return op == Op::kResizeNearest || op == Op::kResizeBilinear; }

std::optional<std::size_t> check_tensor(const TensorRef& tensor) {
  if (tensor.base < Base::kArena || tensor.base > Base::kAux) return offsetof(TensorRef, base);
  if (tensor.type > ElementType::kInt16) return offsetof(TensorRef, type);
  if (tensor.reserved != 0) return offsetof(TensorRef, reserved);
  if (tensor.h == 0 || tensor.h > kMaxSide) return offsetof(TensorRef, h);
  if (tensor.w == 0 || tensor.w > kMaxSide) return offsetof(TensorRef, w);
  if (tensor.c == 0 || tensor.c > kMaxSide) return offsetof(TensorRef, c);
  if (tensor.pixel_stride < tensor.c) return offsetof(TensorRef, pixel_stride);
  if (tensor.row_stride < std::uint64_t{tensor.w - 1} * tensor.pixel_stride + tensor.c) return offsetof(TensorRef, row_stride);
  if (tensor.zero_point < -128 || tensor.zero_point > 127) return offsetof(TensorRef, zero_point);
  return std::nullopt;
}

bool same_shape(const TensorRef& a, const TensorRef& b) { return a.h == b.h && a.w == b.w && a.c == b.c; }

/// One axis of a convolution's or pool's window.
struct Axis {
  std::uint32_t kernel, stride, dilation, pad, in, out;
  std::size_t kernel_field, stride_field, dilation_field, pad_field, out_field;
};

std::optional<std::size_t> check_axis(const Axis& axis, bool transposed) {
  if (axis.kernel == 0 || axis.kernel > kMaxKernel) return axis.kernel_field;
  if (axis.stride == 0 || axis.stride > kMaxKernel) return axis.stride_field;
  if (axis.dilation == 0 || axis.dilation > kMaxKernel) return axis.dilation_field;
  const std::uint64_t reach = std::uint64_t{axis.kernel - 1} * axis.dilation + 1;
  if (axis.pad > kMaxKernel || axis.pad >= reach) return axis.pad_field;
  if (transposed) {
    if (std::uint64_t{axis.out} + axis.pad > std::uint64_t{axis.in} * axis.stride + axis.kernel) return axis.out_field;
  } else if (std::uint64_t{axis.out - 1} * axis.stride >= std::uint64_t{axis.in} + axis.pad) {
    return axis.out_field;
  }
  return std::nullopt;
}

std::optional<std::size_t> check_window(const LayerCommand& layer) {
  const bool transposed = layer.op == Op::kTransposedConv2d;
  if (layer.op != Op::kConv2d && layer.dilation_h != 1) return offsetof(LayerCommand, dilation_h);
  if (layer.op != Op::kConv2d && layer.dilation_w != 1) return offsetof(LayerCommand, dilation_w);
  const std::size_t out = offsetof(LayerCommand, out);
  const Axis vertical{layer.kernel_h,
                      layer.stride_h,
                      layer.dilation_h,
                      layer.pad_top,
                      layer.in0.h,
                      layer.out.h,
                      offsetof(LayerCommand, kernel_h),
                      offsetof(LayerCommand, stride_h),
                      offsetof(LayerCommand, dilation_h),
                      offsetof(LayerCommand, pad_top),
                      out + offsetof(TensorRef, h)};
  const Axis horizontal{layer.kernel_w,
                        layer.stride_w,
                        layer.dilation_w,
                        layer.pad_left,
                        layer.in0.w,
                        layer.out.w,
                        offsetof(LayerCommand, kernel_w),
                        offsetof(LayerCommand, stride_w),
                        offsetof(LayerCommand, dilation_w),
                        offsetof(LayerCommand, pad_left),
                        out + offsetof(TensorRef, w)};
  if (const auto field = check_axis(vertical, transposed)) return field;
  return check_axis(horizontal, transposed);
}

std::uint64_t row_bytes(const TensorRef& tensor) { return std::uint64_t{tensor.w} * tensor.c; }

/// Bytes of the inputs of the largest tile of `rows` rows, masks included.
std::uint64_t input_tile_bytes(const LayerCommand& layer, const ComputeCore& core, std::uint32_t rows) {
  std::uint32_t most = 0, most_mask = 0;
  const MaskGeometry mask = core.mask_in(layer);
  for (std::uint32_t first = 0; first < layer.out.h; first += rows) {
    const RowRange needed = input_rows(layer, {first, std::min(rows, layer.out.h - first)});
    most = std::max(most, needed.count);
    if (mask.row_bytes != 0) most_mask = std::max(most_mask, mask_rows(mask, needed).count);
  }
  std::uint64_t bytes = most * row_bytes(layer.in0) + std::uint64_t{most_mask} * mask.row_bytes;
  if (layer.op == Op::kAdd) bytes += rows * row_bytes(layer.in1);
  return bytes;
}

}  // namespace

bool has_weights(const LayerCommand& layer) { return layer.op == Op::kConv2d || layer.op == Op::kTransposedConv2d; }
bool has_lut(const LayerCommand& layer) { return layer.op == Op::kLut || (layer.flags & kLayerLut) != 0; }

std::uint64_t filter_bytes(const LayerCommand& layer) {
  return has_weights(layer) ? std::uint64_t{layer.kernel_h} * layer.kernel_w * (layer.in0.c / layer.groups) : 0;
}

std::optional<std::size_t> check_layer(const LayerCommand& layer) {
  if (layer.op < Op::kConv2d || layer.op > Op::kLut) return offsetof(LayerCommand, op);
  if ((layer.flags & ~kLayerLut) != 0 || (layer.op == Op::kLut && layer.flags != 0)) return offsetof(LayerCommand, flags);
  if (const auto field = check_tensor(layer.in0)) return offsetof(LayerCommand, in0) + *field;
  if (const auto field = check_tensor(layer.out)) return offsetof(LayerCommand, out) + *field;
  if (layer.op == Op::kAdd) {
    if (const auto field = check_tensor(layer.in1)) return offsetof(LayerCommand, in1) + *field;
    if (!same_shape(layer.in0, layer.in1)) return offsetof(LayerCommand, in1) + offsetof(TensorRef, h);
  } else if (layer.in1.base != Base::kNone) {
    return offsetof(LayerCommand, in1);
  }
  const bool elementwise = layer.op == Op::kAdd || layer.op == Op::kCopy || layer.op == Op::kLut;
  if (elementwise && !same_shape(layer.in0, layer.out)) return offsetof(LayerCommand, out) + offsetof(TensorRef, h);
  if ((is_pool(layer.op) || is_resize(layer.op)) && layer.in0.c != layer.out.c) return offsetof(LayerCommand, out) + offsetof(TensorRef, c);
  if (has_weights(layer) || is_pool(layer.op))
    if (const auto field = check_window(layer)) return field;
  if (has_weights(layer)) {
    const bool grouped = layer.op == Op::kConv2d;
    if (layer.groups == 0 || (!grouped && layer.groups != 1)) return offsetof(LayerCommand, groups);
    if (layer.in0.c % layer.groups != 0 || layer.out.c % layer.groups != 0) return offsetof(LayerCommand, groups);
    if (layer.channel_offset % 4 != 0) return offsetof(LayerCommand, channel_offset);
    if (layer.weight_type > ElementType::kInt16) return offsetof(LayerCommand, weight_type);
  }
  if (layer.requant > RequantMode::kOnnx) return offsetof(LayerCommand, requant);
  if (layer.coordinates > Coordinates::kAlignCorners) return offsetof(LayerCommand, coordinates);
  if (layer.reserved0 != 0) return offsetof(LayerCommand, reserved0);
  if (layer.reserved1 != 0) return offsetof(LayerCommand, reserved1);
  if (layer.clamp_min < -128 || layer.clamp_min > 127) return offsetof(LayerCommand, clamp_min);
  if (layer.clamp_max < layer.clamp_min || layer.clamp_max > 127) return offsetof(LayerCommand, clamp_max);
  const unsigned scales = layer.op == Op::kAdd ? 3 : layer.op == Op::kCopy ? 1 : 0;
  for (unsigned i = 0; i < scales; ++i)
    if (layer.shift[i] < -31 || layer.shift[i] > 31) return offsetof(LayerCommand, shift) + 4 * i;
  return std::nullopt;
}

std::optional<TilePlan> plan_tiles(const LayerCommand& layer, const ComputeCore& core, const PlanLimits& limits) {
  const MaskGeometry mask_out = core.mask_out(layer);
  // Tiles begin at whole phases of a transposed convolution and at whole rows of the mask they write.
  std::uint32_t unit = layer.op == Op::kTransposedConv2d ? layer.stride_h : 1;
  if (mask_out.row_bytes != 0) unit *= std::max<std::uint32_t>(mask_out.map_rows, 1);
  unit = std::min(unit, layer.out.h);

  const std::uint64_t per_channel = has_weights(layer) ? filter_bytes(layer) + sizeof(ChannelEntry) : 0;
  const std::uint64_t fixed = (has_lut(layer) ? 256 : 0) + (core.wants_side_table(layer) ? layer.side_bytes : 0);
  const auto mask_bytes = [&](std::uint32_t rows) {
    return mask_out.row_bytes == 0 ? 0 : std::uint64_t{rows / std::max<std::uint32_t>(mask_out.map_rows, 1) + 1} * mask_out.row_bytes;
  };
  const auto tile_bytes = [&](std::uint32_t rows, std::uint32_t channels) {
    return input_tile_bytes(layer, core, rows) + std::uint64_t{rows} * layer.out.w * channels + mask_bytes(rows);
  };
  const auto total_bytes = [&](std::uint32_t rows, std::uint32_t channels) {
    return fixed + channels * per_channel + 2 * tile_bytes(rows, channels);
  };

  if (has_weights(layer) && conv_scratch_bytes(layer, unit) > kMaxHostScratchBytes) return std::nullopt;
  std::uint32_t channels = layer.out.c;
  if (total_bytes(unit, channels) > limits.scratchpad_bytes) {
    if (per_channel == 0) return std::nullopt;
    const std::uint64_t base = fixed + 2 * (input_tile_bytes(layer, core, unit) + mask_bytes(unit));
    const std::uint64_t each = per_channel + 2 * std::uint64_t{unit} * layer.out.w;
    if (base >= limits.scratchpad_bytes) return std::nullopt;
    channels = static_cast<std::uint32_t>(std::min<std::uint64_t>((limits.scratchpad_bytes - base) / each, layer.out.c));
    if (channels >= kChannelUnit) channels = channels / kChannelUnit * kChannelUnit;
    if (channels == 0) return std::nullopt;
  }

  // The most rows that fit, by bisection over whole units.
  const auto good = [&](std::uint32_t rows) {
    if (has_weights(layer) && conv_scratch_bytes(layer, rows) > kMaxHostScratchBytes) return false;
    return total_bytes(rows, channels) <= limits.scratchpad_bytes && tile_bytes(rows, channels) <= limits.tile_bytes;
  };
  std::uint32_t low = 1, high = (layer.out.h + unit - 1) / unit;
  while (low < high) {
    const std::uint32_t middle = low + (high - low + 1) / 2;
    if (good(middle * unit)) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  TilePlan plan;
  plan.rows_per_tile = std::min(low * unit, layer.out.h);
  plan.tiles = (layer.out.h + plan.rows_per_tile - 1) / plan.rows_per_tile;
  plan.channels_per_block = channels;
  plan.blocks = (layer.out.c + channels - 1) / channels;
  plan.scratchpad_bytes = total_bytes(plan.rows_per_tile, channels);
  return plan;
}

RowRange tile_rows(const LayerCommand& layer, const TilePlan& plan, std::uint32_t tile) {
  const std::uint32_t first = tile * plan.rows_per_tile;
  return {first, std::min(plan.rows_per_tile, layer.out.h - first)};
}

RowRange block_channels(const LayerCommand& layer, const TilePlan& plan, std::uint32_t block) {
  const std::uint32_t first = block * plan.channels_per_block;
  return {first, std::min(plan.channels_per_block, layer.out.c - first)};
}

RowRange mask_rows(const MaskGeometry& mask, RowRange map_rows) {
  const std::uint32_t height = std::max<std::uint32_t>(mask.map_rows, 1);
  if (map_rows.count == 0) return {map_rows.first / height, 0};
  const std::uint32_t first = map_rows.first / height, last = (map_rows.first + map_rows.count - 1) / height;
  return {first, last - first + 1};
}

}  // namespace visoc::npu
