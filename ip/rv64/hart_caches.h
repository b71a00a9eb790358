// First-level caches of a hart: which lines of memory its accesses would find there. Kernel-free, without time.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "platform/base/cache.h"

namespace visoc::rv64 {

/// What a FENCE does about masters that do not look into the caches.
enum class FenceRule : std::uint8_t {
  kCoherent,  ///< Nothing: they are taken to look.
  kClean,     ///< With memory writes before and device output behind it: dirty lines are written to memory first.
  kFlush,     ///< As kClean; with device input before and memory reads behind it: the data caches are empty after it besides.
};

struct HartCacheOptions {
  CacheGeometry instructions, data;
  FenceRule fence = FenceRule::kClean;
};

struct HartCaches {
  explicit HartCaches(const HartCacheOptions& options) : instructions(options.instructions), data(options.data), fence(options.fence) {}

  /// True if all code in `first` and `last` (the same, or the one behind it) comes out of the line that was fetched last.
  bool fetched(Addr first, Addr last) const { return first == line && last == line; }

  Cache instructions, data;
  FenceRule fence;
  Addr line = Cache::kNoLine;  ///< Fetched last: fetches in a row from one line count once.
  /// The code at this address was fetched when so many instructions had retired, and then the run ended before it was executed.
  Addr ahead = Cache::kNoLine;
  std::uint64_t ahead_retired = 0;
  std::uintptr_t host_minus_physical = 0;  ///< Of the memory that loads and stores have direct access to.
};

}  // namespace visoc::rv64
