// SPDX-License-Identifier: Apache-2.0
#include "ip/bus/bus_port.h"

namespace visoc {

Picos BusPort::reserve_arbitrated(unsigned initiator, unsigned service_class, Picos at, Picos duration, Picos oldest) {
  for (Timeline& timeline : timelines_) timeline.prune(oldest);
  if (arbitration_ == BusArbitration::kPriority) {
    const Picos start = timelines_[service_class].reserve(at, duration);
    for (unsigned lower = service_class + 1; lower < timelines_.size(); ++lower) timelines_[lower].reserve(start, duration);
    return start;
  }
  const Picos in_turn = timelines_[0].reserve(at, duration);
  Picos& own_end = own_end_[initiator];
  const Picos sharing = std::max(at, own_end) + burst_ + duration;
  const Picos start = std::min(in_turn, sharing);
  own_end = std::max(own_end, start + duration);
  return start;
}

void BusPort::clear() {
  for (Timeline& timeline : timelines_) timeline.clear();
  std::fill(own_end_.begin(), own_end_.end(), 0);
}

void BusPort::save(StateWriter& out) const {
  for (const Timeline& timeline : timelines_) timeline.save(out);
  for (const Picos end : own_end_) out.u64(end);
}

void BusPort::load(StateReader& in) {
  for (Timeline& timeline : timelines_) timeline.load(in);
  for (Picos& end : own_end_) end = in.u64();
}

}  // namespace visoc
