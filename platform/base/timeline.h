// Reservations of a shared resource (a bus port, a data bus) over absolute time, also for requests that come out of order.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "platform/base/state.h"
#include "platform/base/units.h"

namespace visoc {

/// A resource that serves one request at a time. A request for absolute time t gets the first gap at or after t that is long enough,
/// so one that was made by an initiator which ran ahead in time does not push back a request for an earlier time.
///
/// Touching reservations are kept as one, so a busy resource needs few entries. If more than kMaxReservations are open (an initiator
/// ran very far ahead with scattered requests), the oldest are forgotten and nothing can be reserved before their end any more.
class Timeline {
 public:
  static constexpr std::size_t kMaxReservations = 4096;

  /// Start of the first gap of `duration` at or after `at`, which is then taken. A duration of 0 takes nothing.
  Picos reserve(Picos at, Picos duration) {
    at = std::max(at, floor_);
    if (size() == 0 || at >= busy_.back().end) {
      if (duration != 0) append(at, duration);
      return at;
    }
    // The first reservation that ends after `at`; then from gap to gap.
    auto next = std::upper_bound(begin(), busy_.end(), at, [](Picos time, const Reservation& r) { return time < r.end; });
    Picos start = at;
    const Picos needed = std::max<Picos>(duration, 1);
    while (next != busy_.end() && (next->begin < start || needed > next->begin - start)) {
      start = std::max(start, next->end);
      ++next;
    }
    if (duration != 0) insert(next, start, duration);
    return start;
  }

  /// No request for a time before `oldest` will come any more.
  void prune(Picos oldest) {
    if (size() == 0 || busy_[first_].end > oldest) return;
    while (first_ < busy_.size() && busy_[first_].end <= oldest) ++first_;
    if (first_ < 64 && first_ < busy_.size()) return;
    busy_.erase(busy_.begin(), begin());
    first_ = 0;
  }

  std::size_t size() const { return busy_.size() - first_; }
  void clear() {
    busy_.clear();
    first_ = 0;
    floor_ = 0;
  }

  void save(StateWriter& out) const {
    out.u64(floor_);
    out.u64(size());
    for (std::size_t i = first_; i < busy_.size(); ++i) {
      out.u64(busy_[i].begin);
      out.u64(busy_[i].end);
    }
  }
  void load(StateReader& in) {
    clear();
    floor_ = in.u64();
    const std::uint64_t count = in.u64();
    for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
      const Picos begin = in.u64();
      busy_.push_back({begin, in.u64()});
    }
    if (!in.ok()) clear();
  }

 private:
  struct Reservation {
    Picos begin = 0, end = 0;
  };
  using Iterator = std::vector<Reservation>::iterator;

  Iterator begin() { return busy_.begin() + static_cast<std::ptrdiff_t>(first_); }

  void append(Picos start, Picos duration) {
    if (size() != 0 && busy_.back().end == start) {
      busy_.back().end += duration;
      return;
    }
    busy_.emplace_back();  // In place: a copied pair would be read in one piece right after it was written in two.
    busy_.back().begin = start;
    busy_.back().end = start + duration;
    forget_if_too_many();
  }

  /// Takes [start, start + duration), which is free; `next` is the reservation after it.
  void insert(Iterator next, Picos start, Picos duration) {
    const Picos end = start + duration;
    const bool joins_next = next != busy_.end() && next->begin == end;
    if (next != begin() && std::prev(next)->end == start) {
      std::prev(next)->end = joins_next ? next->end : end;
      if (joins_next) busy_.erase(next);
    } else if (joins_next) {
      next->begin = start;
    } else {
      busy_.insert(next, {start, end});
      forget_if_too_many();
    }
  }

  void forget_if_too_many() {
    if (size() <= kMaxReservations) return;
    first_ += kMaxReservations / 2;
    floor_ = busy_[first_ - 1].end;
    busy_.erase(busy_.begin(), begin());
    first_ = 0;
  }

  std::vector<Reservation> busy_;  ///< Sorted and disjoint; entries before first_ are pruned.
  std::size_t first_ = 0;
  Picos floor_ = 0;
};

}  // namespace visoc
