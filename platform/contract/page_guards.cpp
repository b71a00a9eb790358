// SPDX-License-Identifier: Apache-2.0
#include "platform/contract/page_guards.h"

#include <algorithm>

namespace visoc {
namespace {

/// Bits of the lines of `page` that [first, last] touches; the range touches the page.
std::uint64_t line_mask(Offset page, Offset first, Offset last) {
  const std::uint64_t from = first > page ? (first - page) / PageGuards::kLineBytes : 0;
  const std::uint64_t to = std::min(last - page, PageGuards::kPageBytes - 1) / PageGuards::kLineBytes;
  return (~std::uint64_t{0} >> (63 - (to - from))) << from;
}

}  // namespace

void PageGuards::remove_listener(PageGuardListener& listener) {
  drop_reservation(listener);
  listeners_.erase(std::remove(listeners_.begin(), listeners_.end(), &listener), listeners_.end());
}

PageGuards::Chunk& PageGuards::chunk_of(Offset offset) {
  auto& chunk = chunks_[offset / kChunkBytes];
  if (chunk == nullptr) chunk = std::make_unique<Chunk>();
  return *chunk;
}

void PageGuards::watch_code(Offset offset, std::uint64_t bytes) {
  const Offset last = offset + (bytes - 1);
  for (Offset page = offset & ~(kPageBytes - 1); page <= last; page += kPageBytes) {
    std::uint64_t& lines = chunk_of(page).lines[page % kChunkBytes / kPageBytes];
    const bool fresh = lines == 0 && !reserved_page(page);
    lines |= line_mask(page, offset, last);
    if (!fresh) continue;
    for (PageGuardListener* listener : listeners_) listener->page_guarded(page);
  }
}

void PageGuards::watch_reservation(PageGuardListener& holder, Offset offset, std::uint64_t bytes) {
  drop_reservation(holder);
  const bool fresh = !guarded(offset);
  chunk_of(offset);
  reservations_.push_back({&holder, offset, bytes});
  if (!fresh) return;
  for (PageGuardListener* listener : listeners_) listener->page_guarded(offset & ~(kPageBytes - 1));
}

void PageGuards::drop_reservation(PageGuardListener& holder) {
  for (std::size_t i = 0; i < reservations_.size(); ++i)
    if (reservations_[i].holder == &holder) {
      reservations_.erase(reservations_.begin() + static_cast<std::ptrdiff_t>(i));
      return;
    }
}

void PageGuards::written_page(Offset page, Offset offset, std::uint64_t bytes, const PageGuardListener* writer) {
  const Offset last = offset + (bytes - 1);
  for (std::size_t i = reservations_.size(); i-- > 0;) {
    const Reservation reservation = reservations_[i];
    if (reservation.holder == writer || last < reservation.offset || offset > reservation.offset + (reservation.bytes - 1)) continue;
    reservations_.erase(reservations_.begin() + static_cast<std::ptrdiff_t>(i));
    reservation.holder->reservation_lost();
  }
  std::uint64_t& lines = chunk_of(page).lines[page % kChunkBytes / kPageBytes];
  const std::uint64_t hit = lines & line_mask(page, offset, last);
  if (hit == 0) return;
  lines &= ~hit;
  for (PageGuardListener* listener : listeners_) listener->code_written(*this, page, hit);
}

}  // namespace visoc
