// What a bus decides and counts, free of the simulation kernel: address decode, port time, traffic.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "ip/bus/bus_port.h"
#include "ip/bus/bus_profile.h"
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
  std::uint64_t width_bytes = 16;  ///< Of each target's port that has no timing of its own; moved a cycle.
  Cycles request_cycles = 2;       ///< From the initiator to the target's port.
  Cycles response_cycles = 2;      ///< Back.

  Picos request_ps() const { return clock.to_picos(request_cycles); }
  Picos response_ps() const { return clock.to_picos(response_cycles); }
  std::uint64_t burst_bytes = 4096;  ///< Bursts do not cross a multiple of it; a power of two.
  Cycles burst_cycles = 0;           ///< Of the bus, for each burst of an access behind the first.
  bool dmi = true;                   ///< Grants of targets are handed on; otherwise every access passes here.
  bool separate_channels = false;    ///< Reads and writes pass a port side by side.
  BusArbitration arbitration = BusArbitration::kTime;
  std::map<std::string, PortTiming> ports = {};                         ///< By initiator or target.
  std::map<std::string, std::uint64_t> classes = {}, outstanding = {};  ///< By initiator: 0 to 7; accesses under way, 0 is no limit.
};

/// Traffic of one (initiator, target) pair.
struct BusTraffic {
  std::uint64_t transactions = 0;
  std::uint64_t bytes_read = 0, bytes_written = 0;
  std::uint64_t timing_only_bytes = 0;                            ///< Of cache misses whose data went through DMI.
  std::uint64_t errors = 0;                                       ///< Answered by the target with an error.
  std::uint64_t direct_bytes_read = 0, direct_bytes_written = 0;  ///< Past the bus, as told by count_direct.
  std::uint64_t bursts = 0;
  LatencyHistogram latency;
  BandwidthOverTime bandwidth;
};

/// An access on its way: when it starts to pass the port, and until when it does.
struct BusPassage {
  Picos start = 0, passed = 0;
};

/// Everything but sockets.
class BusCore {
 public:
  explicit BusCore(BusTiming timing) : timing_(std::move(timing)) {}

  unsigned add_initiator(const std::string& name);
  unsigned add_target(const std::string& name, Addr base, std::uint64_t size);

  const AddressMap& map() const { return map_; }
  const BusTiming& timing() const { return timing_; }
  const std::string& initiator_name(unsigned initiator) const { return initiators_[initiator]; }
  const std::string& target_name(unsigned target) const { return targets_[target]; }

  /// An access that `initiator` starts at `at`. No later call comes for a time before `oldest`.
  BusPassage pass(unsigned initiator, unsigned target, Picos at, Addr addr, std::uint64_t bytes, bool write, Picos oldest);
  /// It has ended, response included: its latency, and its bytes' time.
  void ended(unsigned initiator, unsigned target, Picos began, Picos end, std::uint64_t bytes);

  BusTraffic& traffic(unsigned initiator, unsigned target) { return traffic_[initiator][target]; }
  void count_decode_error() { ++decode_errors_; }
  /// False if no initiator has that name or no window contains `addr`.
  bool count_direct(const std::string& initiator, Addr addr, std::uint64_t bytes_read, std::uint64_t bytes_written);

  std::vector<Statistic> statistics() const;
  std::vector<Series> series() const;
  void save(StateWriter& out) const;
  bool load(StateReader& in);

 private:
  BusTiming timing_;
  AddressMap map_;
  struct Initiator {
    unsigned service_class = 0;
    const PortTiming* port = nullptr;  ///< Null: as wide as whatever it talks to.
    std::vector<Picos> ends;           ///< Of its latest accesses, as many as may be under way; round and round.
    std::size_t next_end = 0;
  };
  struct Target {
    PortTiming timing;
    std::vector<BusPort> channels;  ///< One, or reads and writes.
  };

  std::uint64_t bursts_of(Addr addr, std::uint64_t bytes) const {
    return bytes == 0 ? 1 : (addr + bytes - 1) / timing_.burst_bytes - addr / timing_.burst_bytes + 1;
  }

  std::vector<std::string> initiators_, targets_;
  std::vector<Initiator> initiator_ports_;
  std::vector<Target> ports_;                     ///< By target.
  std::vector<std::vector<BusTraffic>> traffic_;  ///< By initiator, then target.
  std::uint64_t decode_errors_ = 0;
  Picos wait_ps_ = 0;
};

}  // namespace visoc
