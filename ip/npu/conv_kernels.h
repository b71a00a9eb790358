// Convolutions of the NPU as one exact integer kernel: 16-bit operands, 32-bit sums that wrap. Weights are packed once a layer.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "ip/npu/kernels.h"

namespace visoc::npu {

/// Channels [first, first + count) of a layer's output, and the bytes that belong to them.
struct FilterSlice {
  std::uint32_t first = 0, count = 0;
  const std::int8_t* weights = nullptr;    ///< [count][kernel_h][kernel_w][in.c / groups].
  const ChannelEntry* channels = nullptr;  ///< [count].
};

/// A contiguous stretch of the widened input that one window row reads, as pairs of 16-bit values.
struct TapRun {
  std::uint32_t row;     ///< Below the window's first row.
  std::uint32_t offset;  ///< Of 16-bit values from the window's first column.
  std::uint32_t pairs;
};

/// A filter for input channels [in_first, in_first + in_count), rewritten as a plain convolution of window x window positions whose
/// lanes are (phase row, phase column, channel): lane results of window position (Y, X) go to output pixel
/// (Y * phases_h + phase row, X * phases_w + phase column). A transposed convolution has stride x stride phases; a convolution with few
/// filters computes several neighbouring pixels in its lanes. Everything else has one phase.
struct PackedFilter {
  std::uint32_t in_first = 0, in_count = 0;
  std::uint32_t channel_first = 0, channels = 0;  ///< Within the slice.
  std::uint32_t phases_h = 1, phases_w = 1;
  std::int32_t origin_y = 0, origin_x = 0;  ///< Input position of the window of (0, 0).
  std::uint32_t step_y = 1, step_x = 1;     ///< Input positions from one window to the next.
  std::uint32_t window_h = 1, window_w = 1;
  std::vector<TapRun> runs;
  std::uint32_t total_pairs = 0;
  std::vector<std::int16_t> weights;  ///< [lane block][pair][16 lanes][2].
  ScaleTable table;                   ///< By lane.

  std::size_t lanes() const { return std::size_t{phases_h} * phases_w * channels; }
  std::size_t blocks() const { return (lanes() + 15) / 16; }
};

/// One channel in, one or more out: lanes are channels, taps run outermost.
struct PackedDepthwise {
  std::vector<std::int32_t> weights;  ///< [kernel_h * kernel_w][channels padded to 16], the weight in the low 16 bits.
  ScaleTable table;
};

/// The packed weights of one slice.
struct PackedLayer {
  std::vector<PackedFilter> filters;  ///< One a group; empty for depthwise.
  PackedDepthwise depthwise;
  bool is_depthwise = false;
};

PackedLayer pack_layer(const LayerCommand& layer, const FilterSlice& slice);

/// Working memory of the convolution, kept between calls.
struct ConvScratch {
  std::vector<std::int16_t> input;
  std::vector<std::int32_t> wide_input;  ///< Depthwise.
  std::vector<std::int32_t> sums;
};

/// Bytes of working memory that one output row of the layer needs; the engine refuses layers where this is absurd.
std::uint64_t conv_scratch_bytes(const LayerCommand& layer, std::uint32_t out_rows);

/// Writes dense output rows of out.w * slice.count bytes. Both convolutions.
void convolve_rows(HostIsa isa, const LayerCommand& layer, const FilterSlice& slice, const PackedLayer& packed, RowRange rows,
                   const MapRows& in, const Finish& finish, ConvScratch& scratch, std::int8_t* out);

/// The inner kernel: for each of `pixels` (a multiple of kPixelStep) windows, `step` values apart from `in` on, and each of `blocks` blocks
/// of 16 lanes: sums[pixel * sum_stride + lane] = bias[lane] + sum over runs of input pair x weight pair.
inline constexpr std::size_t kPixelStep = 8;
struct ConvCall {
  const std::int16_t* in;
  std::size_t step;
  std::size_t row_pitch;  ///< 16-bit values from one input row to the next.
  std::size_t pixels;
  const PackedFilter* filter;
  std::int32_t* sums;
  std::size_t sum_stride;
};
void convolve_windows(HostIsa isa, const ConvCall& call);

/// Depthwise: for each of `pixels` windows, sums[lane] = bias[lane] + sum over taps of in[tap offset + lane] * weights[tap][lane], the
/// operands in the low halves of 32-bit lanes. `lanes` is a multiple of 16.
struct DepthwiseCall {
  const std::int32_t* in;
  std::size_t step;
  std::size_t pixels;
  const std::vector<std::size_t>* tap_offsets;
  std::size_t lanes;
  const PackedDepthwise* filter;
  std::int32_t* sums;  ///< [pixels][lanes].
};
void convolve_depthwise(HostIsa isa, const DepthwiseCall& call);

}  // namespace visoc::npu
