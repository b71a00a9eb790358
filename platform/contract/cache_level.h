// What lies below a cache: another cache, or the bus. Timing only; data are not moved here. Kernel-free.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "platform/base/units.h"

namespace visoc {

/// Times are absolute, and no call comes for a time before the kernel's. Only from a SystemC thread: what is below may take simulated time.
class CacheLevel {
 public:
  virtual ~CacheLevel() = default;
  /// [addr, addr + bytes) is wanted from `at` on: when its last byte is there.
  virtual Picos fetch(Picos at, Addr addr, unsigned bytes) = 0;
  /// [addr, addr + bytes) goes down at `at`: when it has been taken, so that whoever wrote it may go on.
  virtual Picos write(Picos at, Addr addr, unsigned bytes) = 0;
  /// Everything that was written is in the memory behind the last cache: when. With `forget`, no cache on the way holds anything after it.
  virtual Picos publish(Picos at, bool forget) = 0;
};

/// Writes that go on while whoever made them does something else; at most `places` at once.
class PostedWrites {
 public:
  /// `places`: 1 or more.
  explicit PostedWrites(std::size_t places) : places_(places) {}

  /// When a write that comes at `at` finds a place.
  Picos admit(Picos at) {
    ends_.erase(std::remove_if(ends_.begin(), ends_.end(), [at](Picos end) { return end <= at; }), ends_.end());
    if (ends_.size() < places_) return at;
    const auto first = std::min_element(ends_.begin(), ends_.end());
    const Picos free = *first;
    ends_.erase(first);
    return free;
  }
  /// An admitted write ends at `end`.
  void posted(Picos end) { ends_.push_back(end); }
  /// When all have ended; not before `at`.
  Picos drained(Picos at) {
    for (const Picos end : ends_) at = std::max(at, end);
    ends_.clear();
    return at;
  }
  const std::vector<Picos>& ends() const { return ends_; }
  void restore(std::vector<Picos> ends) { ends_ = std::move(ends); }

 private:
  std::size_t places_;
  std::vector<Picos> ends_;
};

}  // namespace visoc
