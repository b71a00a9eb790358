// SPDX-License-Identifier: Apache-2.0
#include "platform/base/cache.h"

#include <algorithm>

namespace visoc {
namespace {

bool power_of_two(std::uint64_t value) { return value != 0 && (value & (value - 1)) == 0; }

}  // namespace

Problems check_cache_geometry(const CacheGeometry& geometry, const std::string& where) {
  Problems problems;
  const auto wrong = [&](const std::string& message) { problems.push_back({"", where, message, ExitCode::kBadInput}); };
  if (!power_of_two(geometry.line_bytes) || geometry.line_bytes < CacheGeometry::kLeastLine ||
      geometry.line_bytes > CacheGeometry::kMostLine)
    wrong("a line of " + std::to_string(geometry.line_bytes) + " bytes; a power of two from 16 to 256 was expected");
  if (geometry.ways == 0 || geometry.ways > CacheGeometry::kMostWays) wrong(std::to_string(geometry.ways) + " ways; 1 to 64 were expected");
  if (geometry.replacement == Replacement::kTreePlru && geometry.ways <= CacheGeometry::kMostWays && !power_of_two(geometry.ways))
    wrong(std::to_string(geometry.ways) + " ways; tree-PLRU needs a power of two");
  if (!problems.empty()) return problems;
  const std::uint64_t row = std::uint64_t{geometry.ways} * geometry.line_bytes;
  if (geometry.size_bytes > CacheGeometry::kMostBytes || geometry.size_bytes % row != 0 || !power_of_two(geometry.sets()))
    wrong("a size of " + std::to_string(geometry.size_bytes) + " bytes; " + std::to_string(row) +
          " (ways times line) times a power of two was expected, at most 1 GiB");
  return problems;
}

Cache::Cache(const CacheGeometry& geometry)
    : geometry_(geometry),
      line_mask_(geometry.line_bytes - 1),
      line_shift_(static_cast<unsigned>(__builtin_ctz(geometry.line_bytes))),
      set_mask_(geometry.sets() - 1),
      tags_(geometry.sets() * geometry.ways, kNoLine),
      tree_(geometry.replacement == Replacement::kTreePlru ? geometry.sets() : 0),
      recent_(geometry.sets()),
      random_(geometry.seed) {
  VISOC_CHECK(check_cache_geometry(geometry, "").empty(), "a cache with a wrong geometry");
}

int Cache::find(Addr addr) const {
  const Addr line = line_of(addr);
  const Addr* tags = &tags_[set_of(addr) * geometry_.ways];
  for (unsigned way = 0; way < geometry_.ways; ++way)
    if ((tags[way] & ~kDirty) == line && tags[way] != kNoLine) return static_cast<int>(way);
  return -1;
}

bool Cache::dirty(Addr addr) const {
  const int way = find(addr);
  return way >= 0 && (tags_[set_of(addr) * geometry_.ways + static_cast<unsigned>(way)] & kDirty) != 0;
}

/// The way that makes room; an empty one if there is any.
unsigned Cache::victim(std::uint64_t set) {
  const Addr* tags = &tags_[set * geometry_.ways];
  if (ordered()) return geometry_.ways - 1;  // Empty ones are behind the others.
  for (unsigned way = 0; way < geometry_.ways; ++way)
    if (tags[way] == kNoLine) return way;
  if (geometry_.replacement == Replacement::kTreePlru) {
    unsigned node = 1;
    while (node < geometry_.ways) node = 2 * node + (tree_[set] >> node & 1);
    return node - geometry_.ways;
  }
  // SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
  std::uint64_t z = random_ += 0x9e3779b97f4a7c15;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return static_cast<unsigned>((z ^ z >> 31) % geometry_.ways);
}

void Cache::touched(std::uint64_t set, unsigned way) {
  if (geometry_.replacement != Replacement::kTreePlru) return;
  for (unsigned node = way + geometry_.ways; node > 1; node /= 2) {
    const std::uint64_t bit = std::uint64_t{1} << node / 2;
    tree_[set] = (node & 1) != 0 ? tree_[set] & ~bit : tree_[set] | bit;  // Away from where it came.
  }
}

Cache::Outcome Cache::use(Addr addr, CacheUse use, bool whole) {
  const bool write = use == CacheUse::kWrite;
  const bool back = geometry_.write_policy == WritePolicy::kWriteBack;
  const std::uint64_t set = set_of(addr);
  Addr* const tags = &tags_[set * geometry_.ways];
  const int found = find(addr);
  Outcome outcome;
  outcome.hit = found >= 0;
  outcome.writes_down = write && !back;
  ++counts_.accesses[static_cast<unsigned>(use)];
  if (!outcome.hit) ++counts_.misses[static_cast<unsigned>(use)];
  if (!outcome.hit && outcome.writes_down) return outcome;

  auto way = static_cast<unsigned>(found);
  Addr tag = outcome.hit ? tags[way] : line_of(addr);
  if (!outcome.hit) {
    way = victim(set);
    outcome.filled = !whole;
    if (tags[way] != kNoLine) {
      ++counts_.evictions;
      if ((tags[way] & kDirty) != 0) {
        ++counts_.write_backs;
        outcome.written_back = tags[way] & ~kDirty;
      }
    }
  }
  if (write && back && (tag & kDirty) == 0) {
    note_dirty(tag);
    tag |= kDirty;
  }
  if (ordered() && (!outcome.hit || geometry_.replacement == Replacement::kLru)) {
    std::copy_backward(tags, tags + way, tags + way + 1);
    way = 0;
  }
  tags[way] = tag;
  touched(set, way);
  recent_[set] = {line_of(addr), (tag & kDirty) != 0 ? line_of(addr) : kNoLine};
  return outcome;
}

Cache::Outcome Cache::access(Addr addr, CacheUse use) { return this->use(addr, use, false); }

Cache::Outcome Cache::put(Addr addr) { return use(addr, CacheUse::kWrite, true); }

void Cache::note_dirty(Addr line) {
  // Now and then without those that have left and come again, so that its size stays bounded.
  if (dirtied_.size() >= 4 * tags_.size()) {
    dirtied_.clear();
    for (const Addr tag : tags_)
      if (tag != kNoLine && (tag & kDirty) != 0) dirtied_.push_back(tag & ~kDirty);
  }
  dirtied_.push_back(line);
}

std::vector<Addr> Cache::clean() {
  std::vector<Addr> lines;
  for (const Addr line : dirtied_) {
    const int way = find(line);
    if (way < 0) continue;
    Addr& tag = tags_[set_of(line) * geometry_.ways + static_cast<unsigned>(way)];
    if ((tag & kDirty) == 0) continue;
    tag &= ~kDirty;
    recent_[set_of(line)].write = kNoLine;
    lines.push_back(line);
  }
  dirtied_.clear();
  std::sort(lines.begin(), lines.end());
  counts_.cleaned += lines.size();
  return lines;
}

void Cache::empty() {
  std::fill(tags_.begin(), tags_.end(), kNoLine);
  std::fill(tree_.begin(), tree_.end(), 0);
  std::fill(recent_.begin(), recent_.end(), Recent{});
  dirtied_.clear();
}

void Cache::save(StateWriter& out) const {
  out.u64(tags_.size());
  for (const Addr tag : tags_) out.u64(tag);
  for (const std::uint64_t bits : tree_) out.u64(bits);
  for (const Recent& recent : recent_) out.u64(recent.read);
  out.u64(random_);
  for (const std::uint64_t count : counts_.accesses) out.u64(count);
  for (const std::uint64_t count : counts_.misses) out.u64(count);
  out.u64(counts_.evictions);
  out.u64(counts_.write_backs);
  out.u64(counts_.cleaned);
}

bool Cache::load(StateReader& in) {
  empty();
  bool right = in.u64() == tags_.size();
  for (std::size_t i = 0; right && i < tags_.size(); ++i) {
    tags_[i] = in.u64();
    // In its set and aligned; whatever else a state may claim can only make hits and misses wrong.
    if (tags_[i] != kNoLine && (tags_[i] & kDirty) != 0) dirtied_.push_back(tags_[i] & ~kDirty);
    right = in.ok() && (tags_[i] == kNoLine || (set_of(tags_[i]) == i / geometry_.ways && (tags_[i] & line_mask_ & ~kDirty) == 0));
  }
  for (std::uint64_t& bits : tree_) bits = in.u64();
  for (Recent& recent : recent_) {
    recent.read = in.u64();
    recent.write = recent.read != kNoLine && dirty(recent.read) ? recent.read : kNoLine;
    right = right &&
            (recent.read == kNoLine || (holds(recent.read) && set_of(recent.read) == static_cast<std::uint64_t>(&recent - recent_.data())));
  }
  random_ = in.u64();
  for (std::uint64_t& count : counts_.accesses) count = in.u64();
  for (std::uint64_t& count : counts_.misses) count = in.u64();
  counts_.evictions = in.u64();
  counts_.write_backs = in.u64();
  counts_.cleaned = in.u64();
  if (right && in.ok()) return true;
  empty();
  return false;
}

}  // namespace visoc
