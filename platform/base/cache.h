// The tags of a set-associative cache, without data and without time.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "platform/base/result.h"
#include "platform/base/state.h"
#include "platform/base/units.h"

namespace visoc {

enum class Replacement : std::uint8_t {
  kLru,       ///< The line whose last access is the longest ago.
  kTreePlru,  ///< A binary tree of bits a set; an access turns the bits on its way to the other side.
  kFifo,      ///< The line that was filled the longest ago.
  kRandom,    ///< Any, by a seeded generator.
};

enum class WritePolicy : std::uint8_t {
  kWriteBack,     ///< Write misses fill; written lines are dirty until they leave.
  kWriteThrough,  ///< Write misses do not fill; every write goes down; no line is dirty.
};

struct CacheGeometry {
  static constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 30;
  static constexpr unsigned kMostWays = 64, kLeastLine = 16, kMostLine = 256;

  std::uint64_t size_bytes = 32 * 1024;  ///< ways x line x a power of two, at most kMostBytes.
  unsigned ways = 8;                     ///< 1 to kMostWays; a power of two for kTreePlru.
  unsigned line_bytes = 64;              ///< A power of two from kLeastLine to kMostLine.
  Replacement replacement = Replacement::kLru;
  WritePolicy write_policy = WritePolicy::kWriteBack;
  std::uint64_t seed = 1;  ///< Of kRandom.

  std::uint64_t sets() const { return size_bytes / (std::uint64_t{ways} * line_bytes); }
};

/// What is wrong with a geometry; `where` goes into the messages.
Problems check_cache_geometry(const CacheGeometry& geometry, const std::string& where);

enum class CacheUse : std::uint8_t { kFetch, kRead, kWrite };

/// Accesses that lie in two lines count in both.
struct CacheCounts {
  std::array<std::uint64_t, 3> accesses{}, misses{};  ///< By CacheUse.
  std::uint64_t evictions = 0;                        ///< Lines that made room for others.
  std::uint64_t write_backs = 0;                      ///< Dirty lines among them.
  std::uint64_t cleaned = 0;                          ///< Dirty lines written back by clean().

  std::uint64_t all_accesses() const { return accesses[0] + accesses[1] + accesses[2]; }
  std::uint64_t all_misses() const { return misses[0] + misses[1] + misses[2]; }
};

/// Which lines are there, and which are dirty. The least significant bits of the line number choose the set.
class Cache {
 public:
  static constexpr Addr kNoLine = ~Addr{0};

  struct Outcome {
    bool hit = false;
    bool filled = false;          ///< The line was not there and is now.
    bool writes_down = false;     ///< A write that goes on to the next level.
    Addr written_back = kNoLine;  ///< A dirty line that made room.
  };

  /// `geometry` has no problems.
  explicit Cache(const CacheGeometry& geometry);

  const CacheGeometry& geometry() const { return geometry_; }
  Addr line_of(Addr addr) const { return addr & ~Addr{line_mask_}; }

  /// True, and counted, if [addr, addr + bytes) lies in the line that was accessed last in its set (for writes: and is dirty), so that
  /// nothing changes. Otherwise nothing is counted, and access() decides. `bytes` is a power of two of at most 8.
  bool recent(Addr addr, unsigned bytes, CacheUse use) {
    const Recent& recent = recent_[addr >> line_shift_ & set_mask_];
    if ((use == CacheUse::kWrite ? recent.write : recent.read) != (addr & ~Addr{line_mask_ + 1 - bytes})) return false;
    ++counts_.accesses[static_cast<unsigned>(use)];
    return true;
  }
  /// An access to the line of `addr`.
  Outcome access(Addr addr, CacheUse use);
  /// A whole line comes from above: it is dirty now and needs not be read from below. For kWriteBack.
  Outcome put(Addr addr);

  bool holds(Addr addr) const { return find(addr) >= 0; }
  bool dirty(Addr addr) const;
  /// Dirty lines become clean and are returned in order of address. Takes as long as there are lines that became dirty since the last call.
  std::vector<Addr> clean();
  /// Forgets all lines. Dirty ones are lost: clean() first.
  void empty();

  const CacheCounts& counts() const { return counts_; }
  /// Lines, their order and their counts: the same geometry goes on with the same results.
  void save(StateWriter& out) const;
  /// False if the state is of another geometry or makes no sense; the cache is empty then.
  bool load(StateReader& in);

 private:
  static constexpr Addr kDirty = 1;  ///< In a tag: lines are aligned, so bit 0 is free.

  /// The line accessed last in a set. `write`: if it is dirty.
  struct Recent {
    Addr read = kNoLine, write = kNoLine;
  };

  std::uint64_t set_of(Addr addr) const { return addr >> line_shift_ & set_mask_; }
  bool ordered() const { return geometry_.replacement == Replacement::kLru || geometry_.replacement == Replacement::kFifo; }
  int find(Addr addr) const;
  Outcome use(Addr addr, CacheUse use, bool whole);
  unsigned victim(std::uint64_t set);
  void touched(std::uint64_t set, unsigned way);
  void note_dirty(Addr line);

  CacheGeometry geometry_;
  Addr line_mask_;
  unsigned line_shift_;
  std::uint64_t set_mask_;
  std::vector<Addr> tags_;           ///< ways entries a set: for kLru and kFifo the youngest first, else by way. kNoLine: empty.
  std::vector<std::uint64_t> tree_;  ///< kTreePlru: bit n of a set is node n of its tree, 1 the root; set: the victim is to the right.
  std::vector<Recent> recent_;       ///< By set.
  std::uint64_t random_;
  std::vector<Addr> dirtied_;  ///< Lines that became dirty: all that are, and some that were; may repeat.
  CacheCounts counts_;
};

}  // namespace visoc
