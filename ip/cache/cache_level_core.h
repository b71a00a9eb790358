// A cache behind others: shared by harts, in front of a memory. Kernel-free.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "platform/base/cache.h"
#include "platform/contract/cache_level.h"

namespace visoc {

struct SharedCacheOptions {
  CacheGeometry geometry;
  Picos hit_latency = 0;         ///< From a request to its data if they are here; before a request for them below if not.
  Picos clean_time = 0;          ///< Between two lines that go down when everything is published.
  std::size_t write_places = 8;  ///< Lines on their way down; 1 or more.
};

/// Neither inclusive nor exclusive: what comes from below stays here and above, and a line that leaves here stays above. A line that
/// comes down from above is kept, and read from below only if it comes in part. Write-back.
class SharedCache : public CacheLevel {
 public:
  /// `below` outlives the cache and never calls it.
  SharedCache(const SharedCacheOptions& options, CacheLevel& below);

  Picos fetch(Picos at, Addr addr, unsigned bytes) override;
  Picos write(Picos at, Addr addr, unsigned bytes) override;
  Picos publish(Picos at, bool forget) override;

  const Cache& cache() const { return cache_; }
  void save(StateWriter& out) const;
  bool load(StateReader& in);

 private:
  Picos write_down(Picos at, Addr line);

  SharedCacheOptions options_;
  CacheLevel& below_;
  Cache cache_;
  PostedWrites writes_;
};

}  // namespace visoc
