// SPDX-License-Identifier: Apache-2.0
#include "ip/cache/cache_level_core.h"

namespace visoc {

SharedCache::SharedCache(const SharedCacheOptions& options, CacheLevel& below)
    : options_(options), below_(below), cache_(options.geometry), writes_(options.write_places) {}

/// When a place for the line was free; the write itself goes on.
Picos SharedCache::write_down(Picos at, Addr line) {
  const Picos begin = writes_.admit(at);
  writes_.posted(below_.write(begin, line, cache_.geometry().line_bytes));
  return begin;
}

Picos SharedCache::fetch(Picos at, Addr addr, unsigned bytes) {
  const unsigned line_bytes = cache_.geometry().line_bytes;
  const Picos looked_up = at + options_.hit_latency;
  Picos done = looked_up;
  for (Addr line = cache_.line_of(addr);; line += line_bytes) {
    const Cache::Outcome outcome = cache_.access(line, CacheUse::kRead);
    if (outcome.filled) done = std::max(done, below_.fetch(looked_up, line, line_bytes));
    if (outcome.written_back != Cache::kNoLine) done = std::max(done, write_down(looked_up, outcome.written_back));
    if (line == cache_.line_of(addr + (bytes - 1))) return done;
  }
}

Picos SharedCache::write(Picos at, Addr addr, unsigned bytes) {
  const unsigned line_bytes = cache_.geometry().line_bytes;
  const Picos looked_up = at + options_.hit_latency;
  Picos done = looked_up;
  for (Addr line = cache_.line_of(addr);; line += line_bytes) {
    const bool whole = line >= addr && line + (line_bytes - 1) <= addr + (bytes - 1);
    const Cache::Outcome outcome = whole ? cache_.put(line) : cache_.access(line, CacheUse::kWrite);
    if (outcome.filled) done = std::max(done, below_.fetch(looked_up, line, line_bytes));
    if (outcome.written_back != Cache::kNoLine) done = std::max(done, write_down(looked_up, outcome.written_back));
    if (line == cache_.line_of(addr + (bytes - 1))) return done;
  }
}

Picos SharedCache::publish(Picos at, bool forget) {
  const std::vector<Addr> lines = cache_.clean();
  if (forget) cache_.empty();
  for (const Addr line : lines) at = write_down(at + options_.clean_time, line);
  return below_.publish(writes_.drained(at), forget);
}

void SharedCache::save(StateWriter& out) const {
  cache_.save(out);
  out.u64(writes_.ends().size());
  for (const Picos end : writes_.ends()) out.u64(end);
}

bool SharedCache::load(StateReader& in) {
  if (!cache_.load(in)) return false;
  const std::uint64_t count = in.u64();
  std::vector<Picos> ends;
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) ends.push_back(in.u64());
  writes_.restore(std::move(ends));
  return in.ok();
}

}  // namespace visoc
