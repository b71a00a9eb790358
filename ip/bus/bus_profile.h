// How long the accesses of an initiator to a target took, and when their bytes moved.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "platform/base/units.h"

namespace visoc {

/// Counts by powers of two: bucket 0 holds what took less than 1 ns, bucket b from 2^(b-1) up to 2^b ns.
class LatencyHistogram {
 public:
  static constexpr std::size_t kBuckets = 40;

  void add(Picos latency) {
    const std::uint64_t ns = latency / kPicosPerNano;
    const std::size_t bucket = ns == 0 ? 0 : 64 - static_cast<std::size_t>(__builtin_clzll(ns));
    ++buckets_[bucket < kBuckets ? bucket : kBuckets - 1];
    ++count_;
    sum_ += latency;
    if (latency > longest_) longest_ = latency;
  }

  const std::array<std::uint64_t, kBuckets>& buckets() const { return buckets_; }
  std::uint64_t count() const { return count_; }
  Picos mean() const { return count_ != 0 ? sum_ / count_ : 0; }
  Picos longest() const { return longest_; }
  /// The bucket's upper end, in ns, that `percent` of all accesses stay below or at; never above the longest. 0 of nothing.
  std::uint64_t percentile_ns(unsigned percent) const {
    std::uint64_t seen = 0;
    for (std::size_t b = 0; b < kBuckets; ++b) {
      seen += buckets_[b];
      if (count_ != 0 && seen * 100 >= count_ * percent) {
        const std::uint64_t longest_ns = (longest_ + kPicosPerNano - 1) / kPicosPerNano, end = std::uint64_t{1} << b;
        return end < longest_ns ? end : longest_ns;
      }
    }
    return 0;
  }

 private:
  std::array<std::uint64_t, kBuckets> buckets_{};
  std::uint64_t count_ = 0;
  Picos sum_ = 0, longest_ = 0;
};

/// Bytes by time in a fixed number of windows. When time goes beyond the last one, windows double: neighbours are added up, so no byte is
/// lost.
class BandwidthOverTime {
 public:
  static constexpr std::size_t kWindows = 64;
  static constexpr Picos kFirstWidth = kPicosPerMicro;

  void add(Picos at, std::uint64_t bytes) {
    while (at / width_ >= kWindows) widen();
    bytes_[at / width_] += bytes;
  }
  Picos width() const { return width_; }
  const std::array<std::uint64_t, kWindows>& bytes() const { return bytes_; }

 private:
  void widen() {
    for (std::size_t i = 0; i < kWindows; ++i) bytes_[i] = i < kWindows / 2 ? bytes_[2 * i] + bytes_[2 * i + 1] : 0;
    width_ *= 2;
  }

  Picos width_ = kFirstWidth;
  std::array<std::uint64_t, kWindows> bytes_{};
};

}  // namespace visoc
