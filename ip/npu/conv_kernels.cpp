// SPDX-License-Identifier: Apache-2.0
#include "ip/npu/conv_kernels.h"

#include <algorithm>

namespace visoc::npu {
namespace {

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return a >= 0 ? (a + b - 1) / b : -((-a) / b); }
std::size_t round_up(std::size_t value, std::size_t multiple) { return (value + multiple - 1) / multiple * multiple; }

/// Neighbouring output pixels to compute in one window when there are few filters; 1 if it does not pay.
std::uint32_t pixels_in_lanes(const LayerCommand& layer, std::uint32_t channels) {
  if (layer.op != Op::kConv2d || layer.groups != 1 || layer.dilation_w != 1 || layer.stride_w >= layer.kernel_w) return 1;
  if (channels > 8) return 1;
  return std::min<std::uint32_t>(16 / channels, layer.out.w);
}

/// Geometry without weights, so that sizes can be checked before anything is allocated.
PackedFilter filter_geometry(const LayerCommand& layer, std::uint32_t channels) {
  PackedFilter filter;
  filter.channels = channels;
  if (layer.op == Op::kTransposedConv2d) {
    filter.phases_h = layer.stride_h;
    filter.phases_w = layer.stride_w;
    filter.origin_y = static_cast<std::int32_t>(ceil_div(std::int64_t{layer.pad_top} - layer.kernel_h + 1, layer.stride_h));
    filter.origin_x = static_cast<std::int32_t>(ceil_div(std::int64_t{layer.pad_left} - layer.kernel_w + 1, layer.stride_w));
    filter.window_h = static_cast<std::uint32_t>((layer.stride_h - 1 + layer.pad_top) / layer.stride_h - filter.origin_y + 1);
    filter.window_w = static_cast<std::uint32_t>((layer.stride_w - 1 + layer.pad_left) / layer.stride_w - filter.origin_x + 1);
    return filter;
  }
  filter.phases_w = pixels_in_lanes(layer, channels);
  filter.origin_y = -static_cast<std::int32_t>(layer.pad_top);
  filter.origin_x = -static_cast<std::int32_t>(layer.pad_left);
  filter.step_y = layer.stride_h;
  filter.step_x = layer.stride_w * filter.phases_w;
  filter.window_h = std::uint32_t{layer.kernel_h - 1u} * layer.dilation_h + 1;
  filter.window_w = std::uint32_t{layer.kernel_w - 1u} * layer.dilation_w + 1 + (filter.phases_w - 1) * layer.stride_w;
  return filter;
}

/// Reads one weight of the rewritten filter from the layer's own.
class WeightReader {
 public:
  WeightReader(const LayerCommand& layer, const PackedFilter& filter, const std::int8_t* weights)
      : layer_(layer), filter_(filter), weights_(weights) {}

  std::int16_t at(std::size_t lane, std::uint32_t row, std::uint32_t column, std::uint32_t channel_in) const {
    const auto channel = static_cast<std::uint32_t>(lane % filter_.channels);
    const auto phase = static_cast<std::uint32_t>(lane / filter_.channels);
    const std::int64_t phase_x = phase % filter_.phases_w, phase_y = phase / filter_.phases_w;
    std::int64_t ky, kx;
    if (layer_.op == Op::kTransposedConv2d) {
      ky = phase_y + layer_.pad_top - (std::int64_t{row} + filter_.origin_y) * layer_.stride_h;
      kx = phase_x + layer_.pad_left - (std::int64_t{column} + filter_.origin_x) * layer_.stride_w;
    } else {
      ky = row / layer_.dilation_h;  // Runs exist for multiples of the dilation only.
      kx = std::int64_t{column} - phase_x * layer_.stride_w;
      if (kx % layer_.dilation_w != 0) return 0;
      kx /= layer_.dilation_w;
    }
    if (ky < 0 || ky >= layer_.kernel_h || kx < 0 || kx >= layer_.kernel_w) return 0;
    const std::size_t tap =
        (std::size_t{channel} * layer_.kernel_h + static_cast<std::size_t>(ky)) * layer_.kernel_w + static_cast<std::size_t>(kx);
    return weights_[tap * filter_.in_count + channel_in];
  }

 private:
  const LayerCommand& layer_;
  const PackedFilter& filter_;
  const std::int8_t* weights_;
};

void plan_runs(const LayerCommand& layer, PackedFilter& filter) {
  const bool spread = layer.op == Op::kConv2d && layer.dilation_w != 1;
  const std::uint32_t row_step = layer.op == Op::kConv2d ? layer.dilation_h : 1;
  for (std::uint32_t row = 0; row < filter.window_h; row += row_step) {
    if (!spread) {
      filter.runs.push_back({row, 0, (filter.window_w * filter.in_count + 1) / 2});
    } else {
      for (std::uint32_t kx = 0; kx < layer.kernel_w; ++kx)
        filter.runs.push_back({row, kx * layer.dilation_w * filter.in_count, (filter.in_count + 1) / 2});
    }
  }
  for (const TapRun& run : filter.runs) filter.total_pairs += run.pairs;
}

PackedFilter pack_filter(const LayerCommand& layer, const FilterSlice& slice, std::uint32_t channel_first, std::uint32_t channels,
                         std::uint32_t in_first, std::uint32_t in_count) {
  PackedFilter filter = filter_geometry(layer, channels);
  filter.channel_first = channel_first;
  filter.in_first = in_first;
  filter.in_count = in_count;
  plan_runs(layer, filter);

  const std::size_t lanes = filter.lanes();
  filter.table.resize(lanes);
  for (std::size_t lane = 0; lane < lanes; ++lane) filter.table.set(lane, slice.channels[channel_first + lane % channels]);

  const std::size_t filter_bytes = std::size_t{layer.kernel_h} * layer.kernel_w * in_count;
  const WeightReader reader(layer, filter, slice.weights + channel_first * filter_bytes);
  filter.weights.assign(filter.blocks() * filter.total_pairs * 32, 0);
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    std::int16_t* to = filter.weights.data() + lane / 16 * filter.total_pairs * 32 + lane % 16 * 2;
    for (const TapRun& run : filter.runs) {
      const std::uint32_t used = layer.op == Op::kConv2d && layer.dilation_w != 1 ? in_count : filter.window_w * in_count;
      for (std::uint32_t i = 0; i < run.pairs * 2; ++i) {
        if (i < used) to[i / 2 * 32 + i % 2] = reader.at(lane, run.row, (run.offset + i) / in_count, (run.offset + i) % in_count);
      }
      to += std::size_t{run.pairs} * 32;
    }
  }
  return filter;
}

PackedDepthwise pack_depthwise(const LayerCommand& layer, const FilterSlice& slice) {
  PackedDepthwise packed;
  const std::size_t taps = std::size_t{layer.kernel_h} * layer.kernel_w, lanes = round_up(slice.count, 16);
  packed.table.resize(slice.count);
  packed.weights.assign(taps * lanes, 0);
  for (std::uint32_t k = 0; k < slice.count; ++k) {
    packed.table.set(k, slice.channels[k]);
    for (std::size_t tap = 0; tap < taps; ++tap) packed.weights[tap * lanes + k] = slice.weights[k * taps + tap];
  }
  return packed;
}

/// Copies input rows with their zero point taken off and zeros around. `first_y`, `first_x`: map position of the buffer's first element.
void widen(const LayerCommand& layer, const PackedFilter& filter, const MapRows& in, std::int64_t first_y, std::size_t buffer_rows,
           std::size_t buffer_columns, std::vector<std::int16_t>& to) {
  const std::size_t channels = filter.in_count, pitch = buffer_columns * channels;
  const auto zero_point = static_cast<std::int16_t>(layer.in0.zero_point);
  to.assign(buffer_rows * pitch + 32, 0);
  // Columns of the map that fall into the buffer.
  const std::int64_t begin = std::max<std::int64_t>(filter.origin_x, 0);
  const std::int64_t end = std::min<std::int64_t>(layer.in0.w, filter.origin_x + static_cast<std::int64_t>(buffer_columns));
  if (begin >= end) return;
  for (std::size_t row = 0; row < buffer_rows; ++row) {
    const std::int64_t y = first_y + static_cast<std::int64_t>(row);
    if (y < in.first_row || y >= std::int64_t{in.first_row} + in.rows) continue;
    const std::int8_t* from =
        in.row(static_cast<std::uint32_t>(y), layer.in0) + static_cast<std::size_t>(begin) * layer.in0.c + filter.in_first;
    std::int16_t* target = to.data() + row * pitch + static_cast<std::size_t>(begin - filter.origin_x) * channels;
    const auto columns = static_cast<std::size_t>(end - begin);
    if (channels == layer.in0.c) {
      for (std::size_t i = 0; i < columns * channels; ++i) target[i] = static_cast<std::int16_t>(from[i] - zero_point);
    } else {
      for (std::size_t x = 0; x < columns; ++x, from += layer.in0.c, target += channels)
        for (std::size_t i = 0; i < channels; ++i) target[i] = static_cast<std::int16_t>(from[i] - zero_point);
    }
  }
}

void convolve_filter(HostIsa isa, const LayerCommand& layer, const FilterSlice& slice, const PackedFilter& filter, RowRange rows,
                     const MapRows& in, const Finish& finish, ConvScratch& scratch, std::int8_t* out) {
  const std::uint32_t first_window = rows.first / filter.phases_h;
  const std::uint32_t end_window = (rows.first + rows.count - 1) / filter.phases_h + 1;
  const std::size_t windows = (layer.out.w + filter.phases_w - 1) / filter.phases_w, padded = round_up(windows, kPixelStep);
  const std::size_t buffer_columns = (padded - 1) * filter.step_x + filter.window_w;
  const std::int64_t first_y = std::int64_t{first_window} * filter.step_y + filter.origin_y;
  const std::size_t buffer_rows = std::size_t{end_window - first_window - 1} * filter.step_y + filter.window_h;
  widen(layer, filter, in, first_y, buffer_rows, buffer_columns, scratch.input);

  const std::size_t pitch = buffer_columns * filter.in_count, sum_stride = filter.blocks() * 16;
  scratch.sums.resize(padded * sum_stride);
  const std::size_t run_lanes = std::size_t{filter.phases_w} * filter.channels;
  const std::size_t whole = layer.out.w / filter.phases_w, rest = layer.out.w % filter.phases_w * filter.channels;
  const std::size_t out_step = std::size_t{filter.phases_w} * slice.count;
  for (std::uint32_t window = first_window; window < end_window; ++window) {
    const std::int16_t* from = scratch.input.data() + std::size_t{window - first_window} * filter.step_y * pitch;
    convolve_windows(isa, {from, std::size_t{filter.step_x} * filter.in_count, pitch, padded, &filter, scratch.sums.data(), sum_stride});
    for (std::uint32_t phase = 0; phase < filter.phases_h; ++phase) {
      const std::uint64_t y = std::uint64_t{window} * filter.phases_h + phase;
      if (y < rows.first || y >= std::uint64_t{rows.first} + rows.count) continue;
      std::int8_t* to = out + (y - rows.first) * layer.out.w * slice.count + filter.channel_first;
      const std::size_t lane = phase * run_lanes;
      requantise(isa, scratch.sums.data() + lane, sum_stride, whole, run_lanes, filter.table, lane, layer.out.zero_point, finish, to,
                 out_step);
      if (rest != 0)
        requantise(isa, scratch.sums.data() + whole * sum_stride + lane, sum_stride, 1, rest, filter.table, lane, layer.out.zero_point,
                   finish, to + whole * out_step, out_step);
    }
  }
}

void convolve_depthwise_rows(HostIsa isa, const LayerCommand& layer, const FilterSlice& slice, const PackedDepthwise& packed, RowRange rows,
                             const MapRows& in, const Finish& finish, ConvScratch& scratch, std::int8_t* out) {
  const std::size_t lanes = round_up(slice.count, 16);
  const std::uint32_t per_group = layer.out.c / layer.groups;
  const std::size_t columns = std::size_t{layer.out.w - 1} * layer.stride_w + std::size_t{layer.kernel_w - 1u} * layer.dilation_w + 1;
  const std::size_t buffer_rows = std::size_t{rows.count - 1} * layer.stride_h + std::size_t{layer.kernel_h - 1u} * layer.dilation_h + 1;
  const std::size_t pitch = columns * lanes;
  scratch.wide_input.assign(buffer_rows * pitch, 0);
  for (std::size_t row = 0; row < buffer_rows; ++row) {
    const std::int64_t y = std::int64_t{rows.first} * layer.stride_h - layer.pad_top + static_cast<std::int64_t>(row);
    if (y < in.first_row || y >= std::int64_t{in.first_row} + in.rows) continue;
    const std::int8_t* map_row = in.row(static_cast<std::uint32_t>(y), layer.in0);
    for (std::size_t column = 0; column < columns; ++column) {
      const std::int64_t x = static_cast<std::int64_t>(column) - layer.pad_left;
      if (x < 0 || x >= layer.in0.w) continue;
      const std::int8_t* from = map_row + static_cast<std::size_t>(x) * layer.in0.c;
      std::int32_t* to = scratch.wide_input.data() + row * pitch + column * lanes;
      if (per_group == 1) {
        for (std::uint32_t k = 0; k < slice.count; ++k) to[k] = (from[slice.first + k] - layer.in0.zero_point) & 0xffff;
      } else {
        for (std::uint32_t k = 0; k < slice.count; ++k) to[k] = (from[(slice.first + k) / per_group] - layer.in0.zero_point) & 0xffff;
      }
    }
  }
  std::vector<std::size_t> taps;
  for (std::size_t ky = 0; ky < layer.kernel_h; ++ky)
    for (std::size_t kx = 0; kx < layer.kernel_w; ++kx) taps.push_back(ky * layer.dilation_h * pitch + kx * layer.dilation_w * lanes);
  scratch.sums.resize(layer.out.w * lanes);
  for (std::uint32_t y = 0; y < rows.count; ++y) {
    const std::int32_t* from = scratch.wide_input.data() + std::size_t{y} * layer.stride_h * pitch;
    convolve_depthwise(isa, {from, layer.stride_w * lanes, layer.out.w, &taps, lanes, &packed, scratch.sums.data()});
    requantise(isa, scratch.sums.data(), lanes, layer.out.w, slice.count, packed.table, 0, layer.out.zero_point, finish,
               out + std::size_t{y} * layer.out.w * slice.count, slice.count);
  }
}

bool is_depthwise(const LayerCommand& layer) { return layer.op == Op::kConv2d && layer.groups > 1 && layer.groups == layer.in0.c; }

}  // namespace

PackedLayer pack_layer(const LayerCommand& layer, const FilterSlice& slice) {
  PackedLayer packed;
  packed.is_depthwise = is_depthwise(layer);
  if (packed.is_depthwise) {
    packed.depthwise = pack_depthwise(layer, slice);
    return packed;
  }
  const std::uint32_t in_count = layer.in0.c / layer.groups, per_group = layer.out.c / layer.groups;
  for (std::uint32_t channel = 0; channel < slice.count;) {
    const std::uint32_t group = (slice.first + channel) / per_group;
    const std::uint32_t count = std::min(slice.count - channel, (group + 1) * per_group - (slice.first + channel));
    packed.filters.push_back(pack_filter(layer, slice, channel, count, group * in_count, in_count));
    channel += count;
  }
  return packed;
}

std::uint64_t conv_scratch_bytes(const LayerCommand& layer, std::uint32_t out_rows) {
  const bool depthwise = is_depthwise(layer);
  const std::uint64_t channels = depthwise ? round_up(layer.out.c, 16) : layer.in0.c / layer.groups;
  const PackedFilter filter = filter_geometry(layer, depthwise ? layer.out.c : layer.out.c / layer.groups);
  const std::uint64_t windows = round_up((layer.out.w + filter.phases_w - 1) / filter.phases_w, kPixelStep);
  const std::uint64_t columns = (windows - 1) * filter.step_x + filter.window_w;
  const std::uint64_t window_rows = (std::uint64_t{out_rows} - 1) / filter.phases_h + 1;
  const std::uint64_t rows = window_rows * filter.step_y + filter.window_h;
  const std::uint64_t sums = windows * round_up(filter.lanes(), 16) * 4;
  return rows * columns * channels * (depthwise ? 4 : 2) + sums;
}

void convolve_rows(HostIsa isa, const LayerCommand& layer, const FilterSlice& slice, const PackedLayer& packed, RowRange rows,
                   const MapRows& in, const Finish& finish, ConvScratch& scratch, std::int8_t* out) {
  if (packed.is_depthwise) {
    convolve_depthwise_rows(isa, layer, slice, packed.depthwise, rows, in, finish, scratch, out);
    return;
  }
  for (const PackedFilter& filter : packed.filters) convolve_filter(isa, layer, slice, filter, rows, in, finish, scratch, out);
}

}  // namespace visoc::npu
