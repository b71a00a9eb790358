// The arithmetic of the NPU's operations (npu_program.h section 4) on tiles in the scratchpad. Exact on every host: vector
// paths are chosen at run time and give the same bytes as the portable one.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "ip/npu/npu_program.h"

namespace visoc::npu {

/// Vector instructions a kernel may use; each includes the ones before it.
enum class HostIsa : std::uint8_t { kPortable, kAvx2, kAvx512, kAvx512Vnni };
HostIsa detect_host_isa();
const char* host_isa_name(HostIsa isa);

// ---- fixed-point scaling, mode `tflite` -------------------------------------------------------------------------------

inline std::int32_t high_mul(std::int32_t a, std::int32_t b) {
  // floor((p + 2^30) / 2^31) equals the definition for either sign of p; only -2^31 * -2^31 leaves the range.
  const std::int64_t rounded = (std::int64_t{a} * b + (std::int64_t{1} << 30)) >> 31;
  return rounded > INT32_MAX ? INT32_MAX : static_cast<std::int32_t>(rounded);
}

inline std::int32_t round_shift(std::int32_t x, unsigned exponent) {
  const std::uint32_t mask = (std::uint32_t{1} << exponent) - 1;
  const std::uint32_t threshold = (mask >> 1) + (x < 0 ? 1 : 0);
  return (x >> exponent) + ((static_cast<std::uint32_t>(x) & mask) > threshold ? 1 : 0);
}

/// `shift` from -31 to 31.
inline std::int32_t scale(std::int32_t x, std::int32_t multiplier, std::int32_t shift) {
  std::int64_t shifted = x;
  if (shift > 0) shifted = shifted * (std::int64_t{1} << shift);
  if (shifted > INT32_MAX) shifted = INT32_MAX;
  if (shifted < INT32_MIN) shifted = INT32_MIN;
  return round_shift(high_mul(static_cast<std::int32_t>(shifted), multiplier), shift < 0 ? static_cast<unsigned>(-shift) : 0);
}

/// The common end of an operation: clamp and optional table.
struct Finish {
  std::int32_t clamp_min = -128, clamp_max = 127;
  const std::int8_t* lut = nullptr;  ///< 256 entries, or null.

  std::int8_t operator()(std::int32_t value) const {
    const std::int32_t r = value < clamp_min ? clamp_min : value > clamp_max ? clamp_max : value;
    return lut == nullptr ? static_cast<std::int8_t>(r) : lut[r + 128];
  }
};

/// Per-lane scaling tables of a row of accumulators, padded to a multiple of 16 lanes.
struct ScaleTable {
  std::vector<std::int32_t> bias, multiplier, shift;
  bool vector_ok = true;  ///< No left shift and no multiplier of -2^31: the vector path applies.

  void resize(std::size_t lanes);
  void set(std::size_t lane, const ChannelEntry& entry);
};

/// For `pixels` rows of accumulators: out[p * out_stride + i] = finish(scale(acc[p * acc_stride + i], table lane first_lane + i) +
/// zero_point), i < lanes.
void requantise(HostIsa isa, const std::int32_t* acc, std::size_t acc_stride, std::size_t pixels, std::size_t lanes,
                const ScaleTable& table, std::size_t first_lane, std::int32_t zero_point, const Finish& finish, std::int8_t* out,
                std::size_t out_stride);

// ---- elementwise, pooling, resizing -----------------------------------------------------------------------------------

/// Rows of an input in the scratchpad: dense, w * c bytes a row; the first is row `first_row` of the map.
struct MapRows {
  const std::int8_t* data = nullptr;
  std::uint32_t first_row = 0, rows = 0;

  const std::int8_t* row(std::uint32_t y, const TensorRef& map) const { return data + std::size_t{y - first_row} * map.w * map.c; }
};

/// Output rows [first, first + count) of a layer.
struct RowRange {
  std::uint32_t first = 0, count = 0;
};

/// All write dense rows of out.w * out.c bytes. The rows that input_rows() names must be in `in`.
void add_rows(HostIsa isa, const LayerCommand& layer, RowRange rows, const MapRows& in0, const MapRows& in1, const Finish& finish,
              std::int8_t* out);
void copy_rows(const LayerCommand& layer, RowRange rows, const MapRows& in, const Finish& finish, std::int8_t* out);
void lut_rows(const LayerCommand& layer, RowRange rows, const MapRows& in, const std::int8_t* lut, std::int8_t* out);
void max_pool_rows(const LayerCommand& layer, RowRange rows, const MapRows& in, const Finish& finish, std::int8_t* out);
void average_pool_rows(const LayerCommand& layer, RowRange rows, const MapRows& in, const Finish& finish, std::int8_t* out);
void resize_nearest_rows(const LayerCommand& layer, RowRange rows, const MapRows& in, const Finish& finish, std::int8_t* out);
void resize_bilinear_rows(const LayerCommand& layer, RowRange rows, const MapRows& in, const Finish& finish, std::int8_t* out);

/// The rows of input 0 that output rows [first, first + count) read; count 0 if they read none (padding alone).
RowRange input_rows(const LayerCommand& layer, RowRange out_rows);

}  // namespace visoc::npu
