// SPDX-License-Identifier: Apache-2.0
#include "ip/npu/kernels.h"

#include <algorithm>
#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace visoc::npu {

HostIsa detect_host_isa() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx2"))
    return __builtin_cpu_supports("avx512vnni") ? HostIsa::kAvx512Vnni : HostIsa::kAvx512;
  if (__builtin_cpu_supports("avx2")) return HostIsa::kAvx2;
#endif
  return HostIsa::kPortable;
}

const char* host_isa_name(HostIsa isa) {
  switch (isa) {
    case HostIsa::kPortable:
      return "portable";
    case HostIsa::kAvx2:
      return "avx2";
    case HostIsa::kAvx512:
      return "avx512";
    case HostIsa::kAvx512Vnni:
      return "avx512vnni";
  }
  return "?";
}

// ---- requantisation ---------------------------------------------------------------------------------------------------

void ScaleTable::resize(std::size_t lanes) {
  const std::size_t padded = (lanes + 15) / 16 * 16;
  bias.assign(padded, 0);
  multiplier.assign(padded, 0);
  shift.assign(padded, 0);
}

void ScaleTable::set(std::size_t lane, const ChannelEntry& entry) {
  bias[lane] = entry.bias;
  multiplier[lane] = entry.multiplier;
  shift[lane] = entry.shift;
  if (entry.shift > 0 || entry.multiplier == INT32_MIN) vector_ok = false;
}

namespace {

#if defined(__x86_64__)
/// Eight lanes of scale() for right shifts only, plus the zero point, clamped.
__attribute__((target("avx2"))) inline __m256i requantise8(__m256i x, __m256i multiplier, __m256i right, __m256i zero_point, __m256i low,
                                                           __m256i high) {
  const __m256i half = _mm256_set1_epi64x(std::int64_t{1} << 30);
  const __m256i even = _mm256_srli_epi64(_mm256_add_epi64(_mm256_mul_epi32(x, multiplier), half), 31);
  const __m256i odd = _mm256_add_epi64(_mm256_mul_epi32(_mm256_srli_epi64(x, 32), _mm256_srli_epi64(multiplier, 32)), half);
  const __m256i product = _mm256_blend_epi32(even, _mm256_slli_epi64(_mm256_srli_epi64(odd, 31), 32), 0xaa);
  const __m256i ones = _mm256_set1_epi32(1);
  const __m256i mask = _mm256_sub_epi32(_mm256_sllv_epi32(ones, right), ones);
  const __m256i negative = _mm256_srai_epi32(product, 31);
  const __m256i threshold = _mm256_sub_epi32(_mm256_srli_epi32(mask, 1), negative);
  // remainder and threshold are below 2^31 (mask is at most 2^31 - 1; with it threshold may reach 2^30): a signed compare is right.
  const __m256i up = _mm256_cmpgt_epi32(_mm256_and_si256(product, mask), threshold);
  const __m256i scaled = _mm256_sub_epi32(_mm256_srav_epi32(product, right), up);
  // Saturate before adding the zero point, so that the sum cannot wrap: |zero_point| <= 128.
  const __m256i bounded = _mm256_min_epi32(_mm256_max_epi32(scaled, _mm256_set1_epi32(-1024)), _mm256_set1_epi32(1024));
  return _mm256_min_epi32(_mm256_max_epi32(_mm256_add_epi32(bounded, zero_point), low), high);
}

__attribute__((target("avx2"))) void requantise_avx2(const std::int32_t* acc, std::size_t lanes, const std::int32_t* multiplier,
                                                     const std::int32_t* shift, std::int32_t zero_point, const Finish& finish,
                                                     std::int8_t* out) {
  const __m256i zero = _mm256_set1_epi32(zero_point);
  const __m256i low = _mm256_set1_epi32(finish.clamp_min), high = _mm256_set1_epi32(finish.clamp_max);
  const __m256i none = _mm256_setzero_si256();
  for (std::size_t i = 0; i + 8 <= lanes; i += 8) {
    const __m256i right = _mm256_sub_epi32(none, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(shift + i)));
    const __m256i value = requantise8(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(acc + i)),
                                      _mm256_loadu_si256(reinterpret_cast<const __m256i*>(multiplier + i)), right, zero, low, high);
    const __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(value), _mm256_extracti128_si256(value, 1));
    _mm_storel_epi64(reinterpret_cast<__m128i*>(out + i), _mm_packs_epi16(words, words));
  }
}
#endif

std::int32_t bounded(std::int32_t value) { return std::clamp(value, -1024, 1024); }

}  // namespace

void requantise(HostIsa isa, const std::int32_t* acc, std::size_t acc_stride, std::size_t pixels, std::size_t lanes,
                const ScaleTable& table, std::size_t first_lane, std::int32_t zero_point, const Finish& finish, std::int8_t* out,
                std::size_t out_stride) {
  const std::int32_t* multiplier = table.multiplier.data() + first_lane;
  const std::int32_t* shift = table.shift.data() + first_lane;
  for (std::size_t p = 0; p < pixels; ++p) {
    const std::int32_t* from = acc + p * acc_stride;
    std::int8_t* to = out + p * out_stride;
    std::size_t i = 0;
#if defined(__x86_64__)
    if (isa >= HostIsa::kAvx2 && table.vector_ok && lanes >= 8) {
      i = lanes / 8 * 8;
      requantise_avx2(from, i, multiplier, shift, zero_point, finish, to);
      if (finish.lut != nullptr)
        for (std::size_t j = 0; j < i; ++j) to[j] = finish.lut[to[j] + 128];
    }
#else
    (void)isa;
#endif
    for (; i < lanes; ++i) to[i] = finish(bounded(scale(from[i], multiplier[i], shift[i])) + zero_point);
  }
}

// ---- elementwise ------------------------------------------------------------------------------------------------------

void add_rows(HostIsa isa, const LayerCommand& layer, RowRange rows, const MapRows& in0, const MapRows& in1, const Finish& finish,
              std::int8_t* out) {
  // Each operand's scaled value hangs on its 8 bits alone.
  std::array<std::array<std::int32_t, 256>, 2> scaled;
  const TensorRef* maps[2] = {&layer.in0, &layer.in1};
  for (int operand = 0; operand < 2; ++operand)
    for (int q = -128; q < 128; ++q)
      scaled[operand][q + 128] = scale((q - maps[operand]->zero_point) * (1 << 20), layer.multiplier[operand], layer.shift[operand]);

  constexpr std::size_t kBlock = 256;
  ScaleTable table;
  table.resize(kBlock);
  for (std::size_t i = 0; i < kBlock; ++i) table.set(i, {0, layer.multiplier[2], layer.shift[2]});
  std::array<std::int32_t, kBlock> sum;
  const std::size_t row_bytes = std::size_t{layer.out.w} * layer.out.c;
  for (std::uint32_t y = 0; y < rows.count; ++y) {
    const std::int8_t* a = in0.row(rows.first + y, layer.in0);
    const std::int8_t* b = in1.row(rows.first + y, layer.in1);
    std::int8_t* to = out + y * row_bytes;
    for (std::size_t at = 0; at < row_bytes; at += kBlock) {
      const std::size_t count = std::min(kBlock, row_bytes - at);
      for (std::size_t i = 0; i < count; ++i)
        sum[i] = static_cast<std::int32_t>(static_cast<std::uint32_t>(scaled[0][a[at + i] + 128]) +
                                           static_cast<std::uint32_t>(scaled[1][b[at + i] + 128]));
      requantise(isa, sum.data(), count, 1, count, table, 0, layer.out.zero_point, finish, to + at, count);
    }
  }
}

namespace {

void map_bytes(const std::array<std::int8_t, 256>& table, const std::int8_t* from, std::size_t count, std::int8_t* to) {
  for (std::size_t i = 0; i < count; ++i) to[i] = table[from[i] + 128];
}

}  // namespace

void copy_rows(const LayerCommand& layer, RowRange rows, const MapRows& in, const Finish& finish, std::int8_t* out) {
  std::array<std::int8_t, 256> table;
  for (int q = -128; q < 128; ++q)
    table[q + 128] = finish(bounded(scale(q - layer.in0.zero_point, layer.multiplier[0], layer.shift[0])) + layer.out.zero_point);
  map_bytes(table, in.row(rows.first, layer.in0), std::size_t{rows.count} * layer.out.w * layer.out.c, out);
}

void lut_rows(const LayerCommand& layer, RowRange rows, const MapRows& in, const std::int8_t* lut, std::int8_t* out) {
  std::array<std::int8_t, 256> table;
  for (int i = 0; i < 256; ++i) table[i] = static_cast<std::int8_t>(std::clamp<std::int32_t>(lut[i], layer.clamp_min, layer.clamp_max));
  map_bytes(table, in.row(rows.first, layer.in0), std::size_t{rows.count} * layer.out.w * layer.out.c, out);
}

// ---- pooling ----------------------------------------------------------------------------------------------------------

namespace {

struct Span {
  std::int64_t begin, end;  ///< Positions inside the map; empty if begin >= end.
};

Span window(std::uint32_t at, std::uint32_t stride, std::uint32_t pad, std::uint32_t kernel, std::uint32_t size) {
  const std::int64_t start = std::int64_t{at} * stride - pad;
  return {std::max<std::int64_t>(start, 0), std::min<std::int64_t>(start + kernel, size)};
}

/// Calls visit(y, x, window rows, window columns) for each output pixel of the rows.
template <typename Visit>
void for_each_window(const LayerCommand& layer, RowRange rows, Visit visit) {
  for (std::uint32_t y = 0; y < rows.count; ++y) {
    const Span wy = window(rows.first + y, layer.stride_h, layer.pad_top, layer.kernel_h, layer.in0.h);
    for (std::uint32_t x = 0; x < layer.out.w; ++x) visit(y, x, wy, window(x, layer.stride_w, layer.pad_left, layer.kernel_w, layer.in0.w));
  }
}

void finish_bytes(const Finish& finish, std::int8_t* bytes, std::size_t count) {
  if (finish.clamp_min <= -128 && finish.clamp_max >= 127 && finish.lut == nullptr) return;
  std::array<std::int8_t, 256> table;
  for (int q = -128; q < 128; ++q) table[q + 128] = finish(q);
  map_bytes(table, bytes, count, bytes);
}

}  // namespace

void max_pool_rows(const LayerCommand& layer, RowRange rows, const MapRows& in, const Finish& finish, std::int8_t* out) {
  const std::size_t c = layer.out.c;
  for_each_window(layer, rows, [&](std::uint32_t y, std::uint32_t x, Span wy, Span wx) {
    std::int8_t* __restrict to = out + (std::size_t{y} * layer.out.w + x) * c;
    std::memset(to, -128, c);
    for (std::int64_t iy = wy.begin; iy < wy.end; ++iy) {
      const std::int8_t* row = in.row(static_cast<std::uint32_t>(iy), layer.in0);
      for (std::int64_t ix = wx.begin; ix < wx.end; ++ix) {
        const std::int8_t* __restrict from = row + ix * static_cast<std::int64_t>(c);
        for (std::size_t k = 0; k < c; ++k) to[k] = from[k] > to[k] ? from[k] : to[k];
      }
    }
  });
  finish_bytes(finish, out, std::size_t{rows.count} * layer.out.w * c);
}

void average_pool_rows(const LayerCommand& layer, RowRange rows, const MapRows& in, const Finish& finish, std::int8_t* out) {
  const std::size_t c = layer.out.c;
  std::vector<std::int32_t> sums(c);
  for_each_window(layer, rows, [&](std::uint32_t y, std::uint32_t x, Span wy, Span wx) {
    std::fill(sums.begin(), sums.end(), 0);
    for (std::int64_t iy = wy.begin; iy < wy.end; ++iy) {
      const std::int8_t* row = in.row(static_cast<std::uint32_t>(iy), layer.in0);
      for (std::int64_t ix = wx.begin; ix < wx.end; ++ix)
        for (std::size_t k = 0; k < c; ++k) sums[k] += row[ix * static_cast<std::int64_t>(c) + static_cast<std::int64_t>(k)];
    }
    const bool empty = wy.begin >= wy.end || wx.begin >= wx.end;
    const auto count = static_cast<std::int32_t>(empty ? 1 : (wy.end - wy.begin) * (wx.end - wx.begin));
    std::int8_t* to = out + (std::size_t{y} * layer.out.w + x) * c;
    for (std::size_t k = 0; k < c; ++k) to[k] = finish((sums[k] >= 0 ? sums[k] + count / 2 : sums[k] - count / 2) / count);
  });
}

// ---- resizing ---------------------------------------------------------------------------------------------------------

namespace {

std::uint32_t nearest(std::uint32_t at, std::uint32_t in, std::uint32_t out, Coordinates coordinates) {
  std::uint64_t position = 0;
  switch (coordinates) {
    case Coordinates::kAsymmetric:
      position = std::uint64_t{at} * in / out;
      break;
    case Coordinates::kHalfPixel:
      position = (2 * std::uint64_t{at} + 1) * in / (2 * std::uint64_t{out});
      break;
    case Coordinates::kAlignCorners:
      if (out > 1) position = (2 * std::uint64_t{at} * (in - 1) + (out - 1)) / (2 * std::uint64_t{out - 1});
      break;
  }
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(position, in - 1));
}

struct Blend {
  std::uint32_t first, second;
  std::int32_t fraction;  ///< Of `second`, in 1/1024.
};

Blend bilinear(std::uint32_t at, std::uint32_t in, std::uint32_t out, Coordinates coordinates) {
  std::int64_t step = (1024 * std::int64_t{in} + out / 2) / out;
  if (coordinates == Coordinates::kAlignCorners && out > 1) step = (1024 * (std::int64_t{in} - 1) + (out - 1) / 2) / (out - 1);
  std::int64_t position = at * step;
  if (coordinates == Coordinates::kHalfPixel) position += step / 2 - 512;
  position = std::clamp<std::int64_t>(position, 0, 1024 * (std::int64_t{in} - 1));
  const auto first = static_cast<std::uint32_t>(position / 1024);
  return {first, std::min(first + 1, in - 1), static_cast<std::int32_t>(position % 1024)};
}

}  // namespace

void resize_nearest_rows(const LayerCommand& layer, RowRange rows, const MapRows& in, const Finish& finish, std::int8_t* out) {
  const std::size_t c = layer.out.c, row_bytes = layer.out.w * c;
  std::vector<std::uint32_t> columns(layer.out.w);
  for (std::uint32_t x = 0; x < layer.out.w; ++x) columns[x] = nearest(x, layer.in0.w, layer.out.w, layer.coordinates);
  std::uint32_t last_source = ~0u;
  for (std::uint32_t y = 0; y < rows.count; ++y) {
    const std::uint32_t source = nearest(rows.first + y, layer.in0.h, layer.out.h, layer.coordinates);
    std::int8_t* to = out + y * row_bytes;
    if (source == last_source) {
      std::memcpy(to, to - row_bytes, row_bytes);
      continue;
    }
    last_source = source;
    const std::int8_t* from = in.row(source, layer.in0);
    for (std::uint32_t x = 0; x < layer.out.w; ++x) std::memcpy(to + x * c, from + columns[x] * c, c);
    finish_bytes(finish, to, row_bytes);
  }
}

void resize_bilinear_rows(const LayerCommand& layer, RowRange rows, const MapRows& in, const Finish& finish, std::int8_t* out) {
  const std::size_t c = layer.out.c;
  std::vector<Blend> columns(layer.out.w);
  for (std::uint32_t x = 0; x < layer.out.w; ++x) columns[x] = bilinear(x, layer.in0.w, layer.out.w, layer.coordinates);
  for (std::uint32_t y = 0; y < rows.count; ++y) {
    const Blend vertical = bilinear(rows.first + y, layer.in0.h, layer.out.h, layer.coordinates);
    const std::int8_t* upper = in.row(vertical.first, layer.in0);
    const std::int8_t* lower = in.row(vertical.second, layer.in0);
    for (std::uint32_t x = 0; x < layer.out.w; ++x) {
      const Blend& column = columns[x];
      const std::int32_t fy = vertical.fraction, fx = column.fraction;
      const std::int32_t w00 = (1024 - fy) * (1024 - fx), w10 = fy * (1024 - fx), w01 = (1024 - fy) * fx, w11 = fy * fx;
      const std::size_t left = column.first * c, right = column.second * c;
      std::int8_t* to = out + (std::size_t{y} * layer.out.w + x) * c;
      for (std::size_t k = 0; k < c; ++k) {
        const std::int32_t s = upper[left + k] * w00 + lower[left + k] * w10 + upper[right + k] * w01 + lower[right + k] * w11;
        to[k] = finish((s > 0 ? s + (1 << 19) : s - (1 << 19)) / (1 << 20));
      }
    }
  }
}

// ---- which rows a tile reads ------------------------------------------------------------------------------------------

RowRange input_rows(const LayerCommand& layer, RowRange out_rows) {
  const std::int64_t first = out_rows.first, last = first + out_rows.count - 1, height = layer.in0.h;
  std::int64_t begin = first, end = last + 1;
  switch (layer.op) {
    case Op::kConv2d:
    case Op::kMaxPool:
    case Op::kAveragePool: {
      begin = first * layer.stride_h - layer.pad_top;
      end = last * layer.stride_h - layer.pad_top + std::int64_t{layer.kernel_h - 1} * layer.dilation_h + 1;
      break;
    }
    case Op::kTransposedConv2d:
      begin = first + layer.pad_top - layer.kernel_h + 1;  // Rounded up to a multiple of the stride below.
      begin = begin <= 0 ? 0 : (begin + layer.stride_h - 1) / layer.stride_h;
      end = (last + layer.pad_top) / layer.stride_h + 1;
      break;
    case Op::kResizeNearest:
      begin = nearest(static_cast<std::uint32_t>(first), layer.in0.h, layer.out.h, layer.coordinates);
      end = std::int64_t{nearest(static_cast<std::uint32_t>(last), layer.in0.h, layer.out.h, layer.coordinates)} + 1;
      break;
    case Op::kResizeBilinear:
      begin = bilinear(static_cast<std::uint32_t>(first), layer.in0.h, layer.out.h, layer.coordinates).first;
      end = std::int64_t{bilinear(static_cast<std::uint32_t>(last), layer.in0.h, layer.out.h, layer.coordinates).second} + 1;
      break;
    case Op::kAdd:
    case Op::kCopy:
    case Op::kLut:
      break;
  }
  begin = std::clamp<std::int64_t>(begin, 0, height);
  end = std::clamp<std::int64_t>(end, begin, height);
  return {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end - begin)};
}

}  // namespace visoc::npu
