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

Cycles BankedDramTiming::place_write(std::uint64_t burst, Cycles at) {
  at = std::max(at, pruned_at_);
  const Cycles ends = place_burst({banks_[map_.bank_of(burst)], map_.row_of(burst), true, t_.tCWL}, at);
  if (sleeps_) note_busy(burst, burst, ends);
  return ends - t_.tBL - t_.tCWL;
}

/// Which of the waiting writes goes next: one whose row is open, of another bank group than the one before; one whose row is open; the
/// oldest.
std::size_t BankedDramTiming::next_write(const std::vector<WaitingWrite>& waiting, unsigned last_group) const {
  std::size_t open = waiting.size();
  for (std::size_t i = 0; i < waiting.size(); ++i) {
    const Bank& bank = banks_[map_.bank_of(waiting[i].burst)];
    if (bank.visits.empty() || bank.visits.back().row != map_.row_of(waiting[i].burst)) continue;
    if (bank.group != last_group || device_.bank_groups == 1) return i;
    open = std::min(open, i);
  }
  return open == waiting.size() ? 0 : open;
}

/// All but `leave` of the waiting writes, from `at` on. The reads before them keep the times they were promised, so the batch comes behind;
/// a controller would stop reading at once. Slots of the queue become free as if it did.
void BankedDramTiming::drain(Channel& channel, Cycles at, std::size_t leave) {
  std::vector<WaitingWrite>& waiting = channel.waiting;
  std::vector<Cycles> columns;
  unsigned last_group = device_.bank_groups;
  while (waiting.size() > leave) {
    const std::size_t index = next_write(waiting, last_group);
    const WaitingWrite write = waiting[index];
    waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(index));
    --writes_waiting_;
    last_group = banks_[map_.bank_of(write.burst)].group;
    columns.push_back(place_write(write.burst, std::max(at, write.arrived)));
  }
  if (columns.empty()) return;
  const Cycles first = *std::min_element(columns.begin(), columns.end()), early = first - std::min(first, at);
  for (const Cycles column : columns) issue_at(channel, column - early, t_.tBL, 1);
}

/// Writes that go while the channel has no read to serve, before `at`.
void BankedDramTiming::use_idle_time(Channel& channel, Cycles at) {
  std::vector<WaitingWrite>& waiting = channel.waiting;
  std::size_t kept = 0;
  bool room = true;
  for (const WaitingWrite& write : waiting) {
    const Cycles from = std::max(channel.last_read + 1, write.arrived);
    if (room && from < at) {
      // Half: a row is closed while one read is under way and opened while the next is.
      if (from + opening_of(write.burst) / 2 < at) {
        const Cycles column = place_write(write.burst, from);
        issue_at(channel, column, t_.tBL, 1);
        room = column < at;
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

/// What a waiting write needs in front of its column command, as its bank is now.
Cycles BankedDramTiming::opening_of(std::uint64_t burst) const {
  const std::vector<Visit>& visits = banks_[map_.bank_of(burst)].visits;
  return visits.empty() ? t_.tRCD : visits.back().row == map_.row_of(burst) ? 0 : t_.tRP + t_.tRCD;
}

/// Takes writes that are fewer than a batch, for ranks that are awake from `awake` on; returns when the last of them is taken.
Cycles BankedDramTiming::post(std::uint64_t first, std::uint64_t last, Cycles arrives, Cycles awake) {
  Cycles taken = arrives;
  for (std::uint64_t burst = first; burst <= last; ++burst) {
    Channel& channel = channels_[map_.bank_of(burst) / banks_per_channel_];
    const Cycles accepted = accepted_at(channel, arrives);
    taken = std::max(taken, accepted);
    const Cycles from = std::max(accepted, awake);
    channel.waiting.push_back({from, burst});
    ++writes_waiting_;
    if (sleeps_) note_busy(burst, burst, from + opening_of(burst) + t_.tCWL + t_.tBL);
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
    if (channel.bus->size() != 0) last = std::max(last, channel.bus->end());
  }
  return last * t_.tCK_ps;
}

}  // namespace visoc
