// The inner loops of the convolution, by host instruction set. All give the same bits.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>

#include "ip/npu/conv_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace visoc::npu {
namespace {

constexpr std::size_t kLanes = 16;

std::int32_t load_pair(const std::int16_t* at) {
  std::int32_t pair;
  std::memcpy(&pair, at, sizeof pair);
  return pair;
}

void windows_portable(const ConvCall& call) {
  const PackedFilter& filter = *call.filter;
  for (std::size_t block = 0; block < filter.blocks(); ++block) {
    for (std::size_t pixel = 0; pixel < call.pixels; ++pixel) {
      std::uint32_t sums[kLanes];
      for (std::size_t lane = 0; lane < kLanes; ++lane) sums[lane] = static_cast<std::uint32_t>(filter.table.bias[block * kLanes + lane]);
      const std::int16_t* weights = filter.weights.data() + block * filter.total_pairs * 2 * kLanes;
      for (const TapRun& run : filter.runs) {
        const std::int16_t* in = call.in + pixel * call.step + run.row * call.row_pitch + run.offset;
        for (std::uint32_t pair = 0; pair < run.pairs; ++pair, in += 2, weights += 2 * kLanes) {
          const std::int32_t a = in[0], b = in[1];
          for (std::size_t lane = 0; lane < kLanes; ++lane)
            sums[lane] += static_cast<std::uint32_t>(a * weights[2 * lane] + b * weights[2 * lane + 1]);
        }
      }
      std::memcpy(call.sums + pixel * call.sum_stride + block * kLanes, sums, sizeof sums);
    }
  }
}

#if defined(__x86_64__)

/// Four windows x one block: eight accumulators of eight lanes.
__attribute__((target("avx2"))) void windows_avx2(const ConvCall& call) {
  const PackedFilter& filter = *call.filter;
  const std::size_t step = call.step;
  for (std::size_t block = 0; block < filter.blocks(); ++block) {
    const auto* bias = reinterpret_cast<const __m256i*>(filter.table.bias.data() + block * kLanes);
    for (std::size_t pixel = 0; pixel < call.pixels; pixel += 4) {
      __m256i low[4], high[4];
      for (int p = 0; p < 4; ++p) {
        low[p] = _mm256_loadu_si256(bias);
        high[p] = _mm256_loadu_si256(bias + 1);
      }
      const std::int16_t* weights = filter.weights.data() + block * filter.total_pairs * 2 * kLanes;
      for (const TapRun& run : filter.runs) {
        const std::int16_t* in = call.in + pixel * step + run.row * call.row_pitch + run.offset;
        for (std::uint32_t pair = 0; pair < run.pairs; ++pair, in += 2, weights += 2 * kLanes) {
          const __m256i w0 = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(weights));
          const __m256i w1 = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(weights + kLanes));
#pragma GCC unroll 4
          for (std::size_t p = 0; p < 4; ++p) {
            const __m256i value = _mm256_set1_epi32(load_pair(in + p * step));
            low[p] = _mm256_add_epi32(low[p], _mm256_madd_epi16(value, w0));
            high[p] = _mm256_add_epi32(high[p], _mm256_madd_epi16(value, w1));
          }
        }
      }
      for (std::size_t p = 0; p < 4; ++p) {
        auto* to = reinterpret_cast<__m256i*>(call.sums + (pixel + p) * call.sum_stride + block * kLanes);
        _mm256_storeu_si256(to, low[p]);
        _mm256_storeu_si256(to + 1, high[p]);
      }
    }
  }
}

// The two 512-bit kernels differ in one instruction only; a function with a target attribute cannot be a template argument that is
// inlined into another target, hence the macro. kPixels x kBlocks accumulators of sixteen lanes.
#define VISOC_WINDOWS_512(NAME, TARGET, MULTIPLY_ADD)                                                                            \
  template <std::size_t kPixels, std::size_t kBlocks>                                                                            \
  __attribute__((target(TARGET))) void NAME##_tile(const ConvCall& call, std::size_t pixel, std::size_t block) {                 \
    const PackedFilter& filter = *call.filter;                                                                                   \
    const std::size_t step = call.step, block_values = filter.total_pairs * 2 * kLanes;                                          \
    __m512i sum[kPixels][kBlocks];                                                                                               \
    for (std::size_t p = 0; p < kPixels; ++p)                                                                                    \
      for (std::size_t b = 0; b < kBlocks; ++b) sum[p][b] = _mm512_loadu_si512(filter.table.bias.data() + (block + b) * kLanes); \
    const std::int16_t* weights = filter.weights.data() + block * block_values;                                                  \
    for (const TapRun& run : filter.runs) {                                                                                      \
      const std::int16_t* in = call.in + pixel * step + run.row * call.row_pitch + run.offset;                                   \
      for (std::uint32_t pair = 0; pair < run.pairs; ++pair, in += 2, weights += 2 * kLanes) {                                   \
        __m512i w[kBlocks];                                                                                                      \
        for (std::size_t b = 0; b < kBlocks; ++b) w[b] = _mm512_loadu_si512(weights + b * block_values);                         \
        _Pragma("GCC unroll 16") for (std::size_t p = 0; p < kPixels; ++p) {                                                     \
          const __m512i value = _mm512_set1_epi32(load_pair(in + p * step));                                                     \
          _Pragma("GCC unroll 4") for (std::size_t b = 0; b < kBlocks; ++b) sum[p][b] = MULTIPLY_ADD(sum[p][b], value, w[b]);    \
        }                                                                                                                        \
      }                                                                                                                          \
    }                                                                                                                            \
    for (std::size_t p = 0; p < kPixels; ++p)                                                                                    \
      for (std::size_t b = 0; b < kBlocks; ++b)                                                                                  \
        _mm512_storeu_si512(call.sums + (pixel + p) * call.sum_stride + (block + b) * kLanes, sum[p][b]);                        \
  }                                                                                                                              \
  __attribute__((target(TARGET))) void NAME(const ConvCall& call) {                                                              \
    const std::size_t blocks = call.filter->blocks();                                                                            \
    std::size_t block = 0;                                                                                                       \
    for (; block + 2 <= blocks; block += 2)                                                                                      \
      for (std::size_t pixel = 0; pixel < call.pixels; pixel += 8) NAME##_tile<8, 2>(call, pixel, block);                        \
    if (block == blocks) return;                                                                                                 \
    std::size_t pixel = 0;                                                                                                       \
    for (; pixel + 16 <= call.pixels; pixel += 16) NAME##_tile<16, 1>(call, pixel, block);                                       \
    for (; pixel < call.pixels; pixel += 8) NAME##_tile<8, 1>(call, pixel, block);                                               \
  }

#define VISOC_MADD_ADD(sum, a, b) _mm512_add_epi32(sum, _mm512_madd_epi16(a, b))
VISOC_WINDOWS_512(windows_avx512, "avx512f,avx512bw,avx512vl,avx2", VISOC_MADD_ADD)
VISOC_WINDOWS_512(windows_vnni, "avx512f,avx512bw,avx512vl,avx512vnni,avx2", _mm512_dpwssd_epi32)
#undef VISOC_MADD_ADD
#undef VISOC_WINDOWS_512

__attribute__((target("avx2"))) void depthwise_avx2(const DepthwiseCall& call) {
  for (std::size_t lane = 0; lane < call.lanes; lane += kLanes) {
    const auto* bias = reinterpret_cast<const __m256i*>(call.filter->table.bias.data() + lane);
    for (std::size_t pixel = 0; pixel < call.pixels; ++pixel) {
      __m256i low = _mm256_loadu_si256(bias), high = _mm256_loadu_si256(bias + 1);
      const std::int32_t* weights = call.filter->weights.data() + lane;
      const std::int32_t* in = call.in + pixel * call.step + lane;
      for (std::size_t offset : *call.tap_offsets) {
        const auto* value = reinterpret_cast<const __m256i*>(in + offset);
        const auto* weight = reinterpret_cast<const __m256i*>(weights);
        low = _mm256_add_epi32(low, _mm256_madd_epi16(_mm256_loadu_si256(value), _mm256_loadu_si256(weight)));
        high = _mm256_add_epi32(high, _mm256_madd_epi16(_mm256_loadu_si256(value + 1), _mm256_loadu_si256(weight + 1)));
        weights += call.lanes;
      }
      auto* to = reinterpret_cast<__m256i*>(call.sums + pixel * call.lanes + lane);
      _mm256_storeu_si256(to, low);
      _mm256_storeu_si256(to + 1, high);
    }
  }
}

#endif

}  // namespace

void convolve_windows(HostIsa isa, const ConvCall& call) {
#if defined(__x86_64__)
  switch (isa) {
    case HostIsa::kAvx512Vnni:
      return windows_vnni(call);
    case HostIsa::kAvx512:
      return windows_avx512(call);
    case HostIsa::kAvx2:
      return windows_avx2(call);
    case HostIsa::kPortable:
      break;
  }
#else
  (void)isa;
#endif
  windows_portable(call);
}

void convolve_depthwise(HostIsa isa, const DepthwiseCall& call) {
#if defined(__x86_64__)
  if (isa >= HostIsa::kAvx2) return depthwise_avx2(call);
#else
  (void)isa;
#endif
  for (std::size_t pixel = 0; pixel < call.pixels; ++pixel) {
    std::int32_t* sums = call.sums + pixel * call.lanes;
    std::copy_n(call.filter->table.bias.data(), call.lanes, sums);
    const std::int32_t* weights = call.filter->weights.data();
    for (std::size_t offset : *call.tap_offsets) {
      const std::int32_t* in = call.in + pixel * call.step + offset;
      for (std::size_t lane = 0; lane < call.lanes; ++lane) {
        const std::int32_t product = static_cast<std::int16_t>(in[lane] & 0xffff) * static_cast<std::int16_t>(weights[lane] & 0xffff);
        sums[lane] = static_cast<std::int32_t>(static_cast<std::uint32_t>(sums[lane]) + static_cast<std::uint32_t>(product));
      }
      weights += call.lanes;
    }
  }
}

}  // namespace visoc::npu
