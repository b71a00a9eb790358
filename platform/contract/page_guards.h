// Who must hear of writes to a memory: translated code and load reservations, by page.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "platform/base/units.h"

namespace visoc {

class PageGuards;

/// A holder of direct-write pointers, decoded code or a reservation in a memory. Offsets are bytes from the memory's first.
class PageGuardListener {
 public:
  virtual ~PageGuardListener() = default;
  /// The page is guarded from now on: forget pointers for writing into it; write through the memory or call PageGuards::written.
  virtual void page_guarded(Offset page) = 0;
  /// Bytes of watched lines changed: line i (64 bytes each) of the page if bit i of `lines` is set.
  virtual void code_written(const PageGuards& memory, Offset page, std::uint64_t lines) = 0;
  /// The listener's own reservation was written by somebody else and is gone.
  virtual void reservation_lost() = 0;
};

/// Owned by a memory, one for all masters. A page with translated code or a reservation may not be written through a kept pointer; each
/// write that takes the memory's own path is reported here. Unguarded pages cost one test a write.
class PageGuards {
 public:
  static constexpr std::uint64_t kPageBytes = 4096, kLineBytes = 64;

  explicit PageGuards(std::uint64_t memory_bytes) : chunks_((memory_bytes + kChunkBytes - 1) / kChunkBytes) {}

  PageGuards(const PageGuards&) = delete;
  PageGuards& operator=(const PageGuards&) = delete;

  void add_listener(PageGuardListener& listener) { listeners_.push_back(&listener); }
  void remove_listener(PageGuardListener& listener);

  /// Somebody decoded instructions from [offset, offset + bytes), which lies in the memory.
  void watch_code(Offset offset, std::uint64_t bytes);
  /// `holder` has a reservation on [offset, offset + bytes) while others may write. One a holder; a new one replaces it.
  void watch_reservation(PageGuardListener& holder, Offset offset, std::uint64_t bytes);
  void drop_reservation(PageGuardListener& holder);

  bool guarded(Offset offset) const {
    const Chunk* chunk = chunks_[offset / kChunkBytes].get();
    return chunk != nullptr && (chunk->lines[offset % kChunkBytes / kPageBytes] != 0 || reserved_page(offset));
  }
  /// [offset, offset + bytes) was or is about to be written by `writer` (null: not a listener).
  void written(Offset offset, std::uint64_t bytes, const PageGuardListener* writer) {
    if (bytes == 0) return;
    for (Offset page = offset & ~(kPageBytes - 1); page <= offset + (bytes - 1); page += kPageBytes)
      if (guarded(page)) written_page(page, offset, bytes, writer);
  }

 private:
  static constexpr std::uint64_t kChunkPages = 512, kChunkBytes = kChunkPages * kPageBytes;
  struct Chunk {
    std::uint64_t lines[kChunkPages] = {};  ///< Watched lines of each page.
  };
  struct Reservation {
    PageGuardListener* holder;
    Offset offset;
    std::uint64_t bytes;
  };

  Chunk& chunk_of(Offset offset);
  bool reserved_page(Offset offset) const {
    for (const Reservation& reservation : reservations_)
      if ((reservation.offset ^ offset) < kPageBytes) return true;
    return false;
  }
  void written_page(Offset page, Offset offset, std::uint64_t bytes, const PageGuardListener* writer);

  std::vector<std::unique_ptr<Chunk>> chunks_;
  std::vector<PageGuardListener*> listeners_;
  std::vector<Reservation> reservations_;  ///< At most one a hart.
};

}  // namespace visoc
