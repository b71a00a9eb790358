// A trace of addresses through two first-level caches and one behind both: counts only, no time.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <istream>
#include <string>

#include "platform/base/cache.h"

namespace visoc {

/// How often programs accessed a level, and how many of these accesses missed. An access that lies in two lines counts once, and misses
/// if one of them does.
struct CacheTraceLevel {
  std::array<std::uint64_t, 3> accesses{}, misses{};  ///< By CacheUse.
};

struct CacheTraceResult {
  CacheTraceLevel instructions, data, last;
  std::uint64_t data_write_backs = 0, last_write_backs = 0;
};

/// An access that misses goes on to the last level as it is, with all its lines. Dirty lines that leave are counted and go nowhere.
class CacheTrace {
 public:
  /// The geometries have no problems.
  CacheTrace(const CacheGeometry& instructions, const CacheGeometry& data, const CacheGeometry& last);

  /// `bytes`: 1 or more; the access may not wrap. `modify`: a read whose lines are then dirty.
  void access(Addr addr, unsigned bytes, CacheUse use, bool modify);
  CacheTraceResult result() const;

 private:
  /// True if all lines hit.
  static bool access_level(Cache& cache, CacheTraceLevel& level, Addr addr, unsigned bytes, CacheUse use, bool modify);

  Cache instructions_, data_, last_;
  CacheTraceResult result_;
};

/// Reads lines `I|F|R|L|W|S|M ADDRESS[,BYTES]` (hexadecimal and decimal; without a size one byte): fetch, read, write, read and write. That
/// is the form of `valgrind --tool=lackey --trace-mem=yes`; its other lines (==, --) and empty ones are passed over. The first line that is
/// neither is a problem, as is a size above 4096.
Problems read_cache_trace(std::istream& in, const std::string& name, CacheTrace& trace);

}  // namespace visoc
