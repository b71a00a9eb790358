// Requests of any length in front of the cycle-scheduled controller: one line in order of arrival, cut into column bursts.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "ip/dram_controller/dram_cycle.h"

namespace visoc {

/// What has happened to a request.
struct DramPortEvent {
  enum class Kind : std::uint8_t {
    kAccepted,  ///< All its bursts are in the queues.
    kServed,    ///< Its last data have moved at `at` (may lie ahead), or have been taken, if it writes.
  } kind = Kind::kAccepted;
  unsigned slot = 0;
  Cycles at = 0;
};

/// Time is the caller's: advance() up to now, then begin() what arrives now.
class CycleDramPort {
 public:
  CycleDramPort(DramDevice device, const DramPolicy& policy) : dram_(std::move(device), policy) {}

  /// A request for [offset, offset + bytes) that reaches the queues at `at`, not below that of the request before. Its slot, which is
  /// taken until it is served.
  unsigned begin(Cycles at, Offset offset, std::uint64_t bytes, bool write);
  /// Goes on to `now`: what can be issued before it was issued. Appends what happened.
  void advance(Cycles now, std::vector<DramPortEvent>& events);
  /// When advance() has to be called at the latest, if nothing else arrives; kNever if nobody waits (posted writes need nobody).
  Cycles next_wake();
  /// Whether a request waits for room in a queue.
  bool blocked() const { return blocked_; }
  std::uint64_t outstanding() const { return flights_.size() - free_.size(); }
  std::uint64_t requests() const { return requests_; }
  /// Requests that found a queue full.
  std::uint64_t held_up() const { return held_up_; }

  const CycleDram& dram() const { return dram_; }
  /// The controller as it will be at `now` if nothing else arrives.
  CycleDram at(Cycles now) const;
  void trace_to(DramCommandSink* sink) { dram_.trace_to(sink); }

  /// Requests that are under way are not part of it: their masters would wait in vain.
  void save(StateWriter& out) const;
  void load(StateReader& in);

 private:
  struct Flight {
    Cycles at = 0, ends = 0;
    std::uint64_t first = 0, count = 0, entered = 0, left = 0;  ///< Bursts.
    bool write = false, held_up = false;
  };

  void admit(std::vector<DramPortEvent>& events);
  void part_done(std::uint64_t slot, Cycles at, std::vector<DramPortEvent>& events);

  CycleDram dram_;
  Cycles now_ = 0;
  std::vector<Flight> flights_;
  std::vector<unsigned> free_;
  std::deque<unsigned> line_;  ///< Not all in the queues, in order of arrival.
  bool blocked_ = false;
  std::uint64_t reads_ = 0;  ///< Under way.
  std::uint64_t requests_ = 0, held_up_ = 0;
  std::vector<DramCompletion> done_;  ///< Scratch.
};

}  // namespace visoc
