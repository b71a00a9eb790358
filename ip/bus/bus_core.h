// What a bus decides and counts, free of the simulation kernel: address decode, port time, traffic.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "platform/base/timeline.h"
#include "platform/base/units.h"
#include "platform/contract/statistics.h"

namespace visoc {

/// A target's window on the bus.
struct BusWindow {
  Addr base = 0;
  std::uint64_t size = 0;  ///< At least 1; base + size - 1 does not wrap.
  unsigned target = 0;

  Addr last() const { return base + (size - 1); }
  bool contains(Addr addr) const { return addr >= base && addr - base < size; }
};

/// Sorted decode of system addresses.
class AddressMap {
 public:
  /// Overlaps were ruled out by the configuration; one here is our bug.
  void add(const BusWindow& window);
  /// The window that contains `addr`, or null. `hint` is the caller's memory of its last hit.
  const BusWindow* find(Addr addr, std::size_t& hint) const;
  const std::vector<BusWindow>& windows() const { return windows_; }

 private:
  std::vector<BusWindow> windows_;  ///< By base.
};

struct BusTiming {
  Clock clock;
  std::uint64_t width_bytes = 16;  ///< Of each target's port; moved a cycle.
  Cycles request_cycles = 2;       ///< From the initiator to the target's port.
  Cycles response_cycles = 2;      ///< Back.

  Picos request_ps() const { return clock.to_picos(request_cycles); }
  Picos response_ps() const { return clock.to_picos(response_cycles); }
  /// How long `bytes` occupy a port.
  Picos transfer_ps(std::uint64_t bytes) const {
    return bytes <= width_bytes ? clock.to_picos(bytes != 0 ? 1 : 0) : clock.to_picos((bytes + width_bytes - 1) / width_bytes);
  }
};

/// Traffic of one (initiator, target) pair.
struct BusTraffic {
  std::uint64_t transactions = 0;
  std::uint64_t bytes_read = 0, bytes_written = 0;
  std::uint64_t timing_only_bytes = 0;                            ///< Of cache misses whose data went through DMI.
  std::uint64_t errors = 0;                                       ///< Answered by the target with an error.
  std::uint64_t direct_bytes_read = 0, direct_bytes_written = 0;  ///< Past the bus, as told by count_direct.
};

/// Everything but sockets.
class BusCore {
 public:
  explicit BusCore(const BusTiming& timing) : timing_(timing) {}

  unsigned add_initiator(const std::string& name);
  unsigned add_target(const std::string& name, Addr base, std::uint64_t size);

  const AddressMap& map() const { return map_; }
  const BusTiming& timing() const { return timing_; }
  const std::string& initiator_name(unsigned initiator) const { return initiators_[initiator]; }
  const std::string& target_name(unsigned target) const { return targets_[target]; }

  /// The data of a transaction that an initiator starts at `at` pass the target's port from the returned time on, for
  /// transfer_ps(bytes). No later call comes for a time before `oldest`.
  Picos reserve_port(unsigned target, Picos at, std::uint64_t bytes, Picos oldest);

  BusTraffic& traffic(unsigned initiator, unsigned target) { return traffic_[initiator][target]; }
  void count_decode_error() { ++decode_errors_; }
  /// False if no initiator has that name or no window contains `addr`.
  bool count_direct(const std::string& initiator, Addr addr, std::uint64_t bytes_read, std::uint64_t bytes_written);

  std::vector<Statistic> statistics() const;
  void save(StateWriter& out) const;
  bool load(StateReader& in);

 private:
  BusTiming timing_;
  AddressMap map_;
  std::vector<std::string> initiators_, targets_;
  std::vector<Timeline> ports_;                   ///< By target.
  std::vector<std::vector<BusTraffic>> traffic_;  ///< By initiator, then target.
  std::uint64_t decode_errors_ = 0;
  Picos wait_ps_ = 0;
};

}  // namespace visoc
