// Posted writes of the loosely timed controller: they wait in a queue, and go in batches or while no read is to be served.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "ip/dram_controller/dram_core.h"

namespace visoc {

/// When a write can be taken that arrives at `at`: as soon as a slot of the queue is free.
Cycles BankedDramTiming::accepted_at(Channel& channel, Cycles at) {
  std::vector<IssuingWrites>& issuing = channel.issuing;
  std::size_t past = 0;
  while (past != issuing.size() && issuing[past].last <= at) ++past;
  if (past != 0) issuing.erase(issuing.begin(), issuing.begin() + static_cast<std::ptrdiff_t>(past));
  std::size_t held = channel.waiting.size();
  for (const IssuingWrites& writes : issuing) held += writes.left(at);
  if (held < options_.policy.write_queue) return at;
  // So many have to go first.
  std::size_t before = held - options_.policy.write_queue + 1;
  for (const IssuingWrites& writes : issuing) {
    const std::size_t left = writes.left(at);
    if (before <= left) return writes.last - (left - before) * writes.apart;
    before -= left;
  }
  return at;
}

void BankedDramTiming::issue_at(Channel& channel, Cycles column, Cycles apart, std::size_t count) {
  std::vector<IssuingWrites>& issuing = channel.issuing;
  auto place = issuing.end();
  while (place != issuing.begin() && std::prev(place)->last > column) --place;
  issuing.insert(place, {column, apart, count});
}

/// Writes may go in idle time that lies before the oldest access to come.
Cycles BankedDramTiming::may_forget(Cycles oldest) const {
  if (writes_waiting_ != 0)
    for (const Channel& channel : channels_)
      if (!channel.waiting.empty()) oldest = std::min(oldest, std::max(channel.last_read + 1, channel.waiting.front().arrived));
  return oldest;
}

Cycles BankedDramTiming::place_write(Channel& channel, std::uint64_t burst, Cycles at) {
  at = std::max(at, pruned_at_);
  const Cycles column = place_burst({banks_[map_.bank_of(burst)], map_.row_of(burst), true, t_.tCWL}, at) - t_.tBL - t_.tCWL;
  issue_at(channel, column, t_.tBL, 1);
  return column;
}

/// All but write_low of the waiting writes, from `at` on: the oldest first, and with each all others of its row.
void BankedDramTiming::drain(Channel& channel, Cycles at, std::size_t leave) {
  std::vector<WaitingWrite>& waiting = channel.waiting;
  while (waiting.size() > leave) {
    const std::size_t bank = map_.bank_of(waiting.front().burst);
    const std::uint64_t row = map_.row_of(waiting.front().burst);
    std::size_t kept = 0;
    for (const WaitingWrite& write : waiting) {
      if (map_.bank_of(write.burst) == bank && map_.row_of(write.burst) == row)
        place_write(channel, write.burst, std::max(at, write.arrived));
      else
        waiting[kept++] = write;
    }
    writes_waiting_ -= waiting.size() - kept;
    waiting.resize(kept);
  }
}

/// Writes that go while the channel has no read to serve, before `at`.
void BankedDramTiming::use_idle_time(Channel& channel, Cycles at) {
  std::vector<WaitingWrite>& waiting = channel.waiting;
  std::size_t kept = 0;
  bool room = true;
  for (const WaitingWrite& write : waiting) {
    const Cycles from = std::max(channel.last_read + 1, write.arrived);
    if (room && from < at) {
      const std::vector<Visit>& visits = banks_[map_.bank_of(write.burst)].visits;
      const Cycles opening = visits.empty() ? t_.tRCD : visits.back().row == map_.row_of(write.burst) ? 0 : t_.tRP + t_.tRCD;
      // Half: a row is closed while one read is under way and opened while the next is.
      if (from + opening / 2 < at) {
        room = place_write(channel, write.burst, from) < at;
        --writes_waiting_;
        continue;
      }
    }
    waiting[kept++] = write;
  }
  waiting.resize(kept);
}

bool BankedDramTiming::waits(std::uint64_t burst) const {
  const std::vector<WaitingWrite>& waiting = channels_[map_.bank_of(burst) / banks_per_channel_].waiting;
  return std::any_of(waiting.begin(), waiting.end(), [burst](const WaitingWrite& write) { return write.burst == burst; });
}

/// Takes writes that are fewer than a batch; returns when the last of them is taken.
Cycles BankedDramTiming::post(std::uint64_t first, std::uint64_t last, Cycles arrives) {
  Cycles taken = arrives;
  for (std::uint64_t burst = first; burst <= last; ++burst) {
    Channel& channel = channels_[map_.bank_of(burst) / banks_per_channel_];
    const Cycles accepted = accepted_at(channel, arrives);
    taken = std::max(taken, accepted);
    channel.waiting.push_back({accepted, burst});
    ++writes_waiting_;
    if (channel.waiting.size() >= options_.policy.write_high) drain(channel, accepted, options_.policy.write_low);
  }
  return taken + 1;
}

/// The same for writes that are a batch by themselves and were placed as such, with their last data at `ends`.
Cycles BankedDramTiming::post_batch(std::uint64_t first, std::uint64_t last, Cycles arrives, Cycles ends) {
  const std::uint64_t bursts = last - first + 1, channels = channels_.size();
  const std::size_t each = (bursts + channels - 1) / channels;
  const Cycles column = ends - t_.tBL - t_.tCWL;
  const Cycles apart = std::max(t_.tBL, (column - std::min(column, arrives)) / each);
  Cycles taken = arrives;
  for (Channel& channel : channels_) {
    const Cycles room = accepted_at(channel, arrives);
    issue_at(channel, column, apart, each);
    // The last of them needs a slot, too.
    taken = std::max({taken, room, accepted_at(channel, arrives)});
  }
  return taken + 1;
}

Picos BankedDramTiming::finish() {
  Cycles last = 0;
  for (Channel& channel : channels_) {
    drain(channel, channel.last_read, 0);
    if (!channel.issuing.empty()) last = std::max(last, channel.issuing.back().last + t_.tCWL + t_.tBL);
  }
  return last * t_.tCK_ps;
}

}  // namespace visoc
