// A target's port on the bus: how long accesses take to pass it, and who goes first.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "platform/base/state.h"
#include "platform/base/timeline.h"
#include "platform/base/units.h"

namespace visoc {

enum class BusArbitration : std::uint8_t {
  kTime,        ///< By time of arrival.
  kRoundRobin,  ///< Initiators take turns, a burst each.
  kPriority,    ///< By the class of the initiator, 0 first; within a class by time.
};

/// Bytes a cycle, and the cycle.
struct PortTiming {
  Clock clock;
  std::uint64_t width_bytes = 16;

  /// How long `bytes` at `addr` occupy the port; those of an unaligned access lie in one more beat.
  Picos transfer_ps(Addr addr, std::uint64_t bytes) const {
    if (bytes == 0) return 0;
    const std::uint64_t into = addr % width_bytes;
    return clock.to_picos((into + bytes + width_bytes - 1) / width_bytes);
  }
};

/// One channel of a port. Requests carry absolute times and may come out of order; what one was told stays.
///
/// kRoundRobin: an access that meets others' waits for the burst under way and lets others have a burst for each of its own: no longer than
/// a burst and its own duration. kPriority: each class has a timeline with the accesses of its own and of higher classes. So a higher class
/// does not wait for a lower one, not even for one that was placed before; what it takes is busy time in the lower classes' next gaps, so
/// no capacity is made. A lower class starves only while higher ones fill the port.
class BusPort {
 public:
  static constexpr unsigned kMostClasses = 8;

  BusPort(BusArbitration arbitration, unsigned initiators, Picos burst)
      : arbitration_(arbitration),
        burst_(burst),
        timelines_(arbitration == BusArbitration::kPriority ? kMostClasses : 1),
        own_end_(initiators) {}

  void add_initiator() { own_end_.push_back(0); }

  /// When the data of an access that arrives at `at` begin to pass. `service_class`: 0 to kMostClasses - 1. Nothing comes for a time before
  /// `oldest`.
  Picos reserve(unsigned initiator, unsigned service_class, Picos at, Picos duration, Picos oldest) {
    if (arbitration_ == BusArbitration::kTime) {
      timelines_[0].prune(oldest);
      return timelines_[0].reserve(at, duration);
    }
    return reserve_arbitrated(initiator, service_class, at, duration, oldest);
  }

  void clear();
  void save(StateWriter& out) const;
  void load(StateReader& in);

 private:
  Picos reserve_arbitrated(unsigned initiator, unsigned service_class, Picos at, Picos duration, Picos oldest);

  BusArbitration arbitration_;
  Picos burst_;
  std::vector<Timeline> timelines_;  ///< kPriority: by class; else one.
  std::vector<Picos> own_end_;       ///< kRoundRobin: by initiator, the end of its latest access.
};

}  // namespace visoc
