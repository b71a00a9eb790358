// A level-sensitive interrupt wire, and a wake wire between blocks.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "platform/base/units.h"

namespace visoc {

/// The receiving end of a level interrupt. `set` is called at the simulated time of the change; equal levels are harmless.
class IrqLine {
 public:
  virtual ~IrqLine() = default;
  virtual void set(bool level) = 0;
};

/// The receiving end of a pulse "look again", such as a syncpoint's change.
class WakeLine {
 public:
  virtual ~WakeLine() = default;
  virtual void wake() = 0;
};

/// Who knows the machine's real-time counter (mtime): a function of simulated time alone.
class TimeSource {
 public:
  virtual ~TimeSource() = default;
  /// Ticks of mtime at simulated time `now`.
  virtual std::uint64_t ticks_at(Picos now) const = 0;
  /// The first simulated time, not before `now`, at which ticks_at() is at least `ticks` if nobody sets mtime; kNever if it never is.
  virtual Picos reaches(std::uint64_t ticks, Picos now) const = 0;
};

}  // namespace visoc
