// Accesses that go through the first-level caches.
// SPDX-License-Identifier: Apache-2.0
#include "ip/rv64/hart_caches.h"

#include "ip/rv64/fp.h"
#include "ip/rv64/hart.h"

namespace visoc::rv64 {

void Hart::enable_caches(const HartCacheOptions& options) {
  caches_ = std::make_unique<HartCaches>(options);
  execute(nullptr);  // Other handlers.
}

void Hart::fill(Addr line, unsigned bytes, bool instruction) {
  fold_fp_flags();
  if (reserved_) publish_reservation();
  bus_.cache_fetch(line, bytes, instruction);
  take_host_flags();
}

void Hart::fetch_lines(const Block& block) {
  if (caches_->ahead == block.pc && caches_->ahead_retired == retired_) return;
  Cache& cache = caches_->instructions;
  for (const Addr line : {block.first_line, block.last_line}) {
    if (line == caches_->line) continue;
    caches_->line = line;
    if (!cache.recent(line, 1, CacheUse::kFetch) && cache.access(line, CacheUse::kFetch).filled)
      fill(line, cache.geometry().line_bytes, true);
  }
  caches_->ahead = Cache::kNoLine;
  if (!leave_block_ && retired_ + block.count <= limit_) return;
  caches_->ahead = block.pc;
  caches_->ahead_retired = retired_;
}

void Hart::data_access(Addr physical, unsigned bytes, CacheUse use) {
  Cache& cache = caches_->data;
  const unsigned line_bytes = cache.geometry().line_bytes;
  const Addr last = cache.line_of(physical + (bytes - 1));
  for (Addr line = cache.line_of(physical);; line += line_bytes) {
    const Cache::Outcome outcome = cache.access(line, use);
    if (outcome.filled) fill(line, line_bytes, false);
    if (outcome.written_back != Cache::kNoLine) bus_.cache_write(outcome.written_back, line_bytes);
    if (outcome.writes_down) {
      const Addr from = std::max(line, physical), end = std::min(line + line_bytes, physical + bytes);
      bus_.cache_write(from, static_cast<unsigned>(end - from));
    }
    if (line == last) return;
  }
}

/// Unprivileged specification, section 2.7: predecessor bits 27 to 24 and successor bits 23 to 20 are input, output, read, write.
void Hart::fence_caches(std::uint32_t raw) {
  constexpr unsigned kInput = 8, kOutput = 4, kRead = 2, kWrite = 1;
  const unsigned before = raw >> 24 & 15, behind = raw >> 20 & 15;
  const bool cleans = (before & kWrite) != 0 && (behind & kOutput) != 0;
  const bool forgets = caches_->fence == FenceRule::kFlush && (before & kInput) != 0 && (behind & kRead) != 0;
  if (caches_->fence == FenceRule::kCoherent || (!cleans && !forgets)) return;
  const std::vector<Addr> lines = caches_->data.clean();
  if (forgets) caches_->data.empty();
  fold_fp_flags();
  if (reserved_) publish_reservation();
  bus_.cache_publish(lines, caches_->data.geometry().line_bytes, forgets);
  take_host_flags();
}

void Hart::empty_instruction_cache() {
  caches_->instructions.empty();
  caches_->line = Cache::kNoLine;
}

}  // namespace visoc::rv64
