// SPDX-License-Identifier: Apache-2.0
#include "ip/dram_controller/dram_cycle_port.h"

#include <algorithm>

namespace visoc {

unsigned CycleDramPort::begin(Cycles at, Offset offset, std::uint64_t bytes, bool write) {
  if (free_.empty()) {
    free_.push_back(static_cast<unsigned>(flights_.size()));
    flights_.emplace_back();
  }
  const unsigned slot = free_.back();
  free_.pop_back();
  const std::uint64_t first = dram_.map().burst_of(offset), count = dram_.map().burst_of(offset + bytes - 1) - first + 1;
  flights_[slot] = {at, 0, first, count, 0, count, write, false};
  line_.push_back(slot);
  ++requests_;
  if (!write) ++reads_;
  return slot;
}

void CycleDramPort::part_done(std::uint64_t slot, Cycles at, std::vector<DramPortEvent>& events) {
  if (slot >= flights_.size() || flights_[slot].left == 0) return;  // Asked for before a state was loaded.
  Flight& flight = flights_[slot];
  flight.ends = std::max(flight.ends, at);
  if (--flight.left != 0) return;
  if (!flight.write) --reads_;
  free_.push_back(static_cast<unsigned>(slot));
  events.push_back({DramPortEvent::Kind::kServed, static_cast<unsigned>(slot), flight.ends});
}

void CycleDramPort::admit(std::vector<DramPortEvent>& events) {
  blocked_ = false;
  while (!line_.empty() && flights_[line_.front()].at <= now_) {
    const unsigned slot = line_.front();
    for (Flight& flight = flights_[slot]; flight.entered != flight.count;) {
      const std::uint64_t burst = flight.first + flight.entered;
      if (dram_.full(burst, flight.write)) {
        blocked_ = true;
        if (!flight.held_up) ++held_up_;
        flight.held_up = true;
        return;
      }
      if (++flight.entered == flight.count) {
        line_.pop_front();
        events.push_back({DramPortEvent::Kind::kAccepted, slot, now_});
      }
      if (dram_.add(slot, burst, flight.write, now_)) part_done(slot, now_ + 1, events);
    }
  }
}

void CycleDramPort::advance(Cycles now, std::vector<DramPortEvent>& events) {
  while (true) {
    // Everything before now_ is done; whoever arrives then comes first.
    admit(events);
    if (now_ >= now) return;
    done_.clear();
    if (blocked_) {
      now_ = std::max(now_, dram_.step(now, done_));
    } else {
      now_ = line_.empty() ? now : std::min(now, flights_[line_.front()].at);
      dram_.advance(now_, done_);
    }
    for (const DramCompletion& completion : done_) part_done(completion.id, completion.at, events);
  }
}

Cycles CycleDramPort::next_wake() {
  if (line_.empty() && reads_ == 0) return kNever;
  const Cycles command = dram_.next_command();
  const Cycles issued = command == kNever ? kNever : std::max(command, now_) + 1;
  return line_.empty() || blocked_ ? issued : std::min(issued, std::max(flights_[line_.front()].at, now_ + 1));
}

CycleDram CycleDramPort::at(Cycles now) const {
  CycleDramPort copy = *this;
  copy.trace_to(nullptr);
  std::vector<DramPortEvent> events;
  copy.advance(now, events);
  return copy.dram_;
}

void CycleDramPort::save(StateWriter& out) const {
  out.u64(now_);
  out.u64(requests_);
  out.u64(held_up_);
  dram_.save(out);
}

void CycleDramPort::load(StateReader& in) {
  now_ = in.u64();
  requests_ = in.u64();
  held_up_ = in.u64();
  flights_.clear();
  free_.clear();
  line_.clear();
  blocked_ = false;
  reads_ = 0;
  dram_.load(in);
}

}  // namespace visoc
