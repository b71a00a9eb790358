// SPDX-License-Identifier: Apache-2.0
#include "ip/dram_controller/dram_cycle.h"

#include <algorithm>
#include <utility>

namespace visoc {

CycleDram::CycleDram(DramDevice device, DramPolicy policy)
    : device_(std::move(device)), policy_(policy), map_(device_), banks_per_channel_(std::size_t{device_.ranks} * device_.banks()) {
  channels_.reserve(device_.channels);
  for (unsigned c = 0; c < device_.channels; ++c) channels_.emplace_back(device_, policy_, c);
}

bool CycleDram::full(std::uint64_t burst, bool write) const { return channels_[channel_of(burst)].full(write); }

bool CycleDram::add(std::uint64_t id, std::uint64_t burst, bool write, Cycles at) {
  const DramPlace place = map_.place_of(burst << map_.burst_bits());
  return channels_[place.channel].add(id, place, write, at);
}

bool CycleDram::empty() const {
  return std::all_of(channels_.begin(), channels_.end(), [](const DramCycleChannel& channel) { return channel.empty(); });
}

Cycles CycleDram::next_command() {
  Cycles next = kNever;
  for (DramCycleChannel& channel : channels_) next = std::min(next, channel.next_command());
  return next;
}

Cycles CycleDram::step(Cycles until, std::vector<DramCompletion>& done) {
  if (channels_.size() == 1) {
    channels_[0].advance(until, true, done);
    return channels_[0].now();
  }
  // The one that is first to do something; then the others go as far, so that what arrives next finds all of them at its time.
  while (true) {
    DramCycleChannel* first = nullptr;
    Cycles next = until;
    for (DramCycleChannel& channel : channels_) {
      const Cycles at = channel.next_command();
      if (at < next) next = at, first = &channel;
    }
    if (first == nullptr) break;
    const std::uint64_t before = first->columns();
    first->advance(next + 1, true, done);
    if (first->columns() != before) {
      advance(next + 1, done);
      return next + 1;
    }
  }
  advance(until, done);
  return until;
}

void CycleDram::advance(Cycles until, std::vector<DramCompletion>& done) {
  if (until == kNever) return;
  for (DramCycleChannel& channel : channels_) channel.advance(until, false, done);
}

std::vector<Statistic> CycleDram::statistics(Cycles now) const {
  std::vector<Statistic> all;
  DramChannelCounts sum;
  for (const DramCycleChannel& channel : channels_) {
    const DramChannelCounts c = channel.counts(now);
    sum.reads += c.reads, sum.writes += c.writes, sum.forwarded += c.forwarded;
    sum.row_hits += c.row_hits, sum.row_misses += c.row_misses, sum.row_conflicts += c.row_conflicts;
    sum.activity.activations += c.activity.activations;
    sum.activity.refreshes += c.activity.refreshes, sum.activity.bank_refreshes += c.activity.bank_refreshes;
  }
  return {{"read_bursts", sum.reads + sum.forwarded, "column bursts read"},
          {"write_bursts", sum.writes, "column bursts written"},
          {"forwarded_bursts", sum.forwarded, "reads answered with data that waited in the write queue"},
          {"row_hits", sum.row_hits, "column bursts that found their row open"},
          {"row_misses", sum.row_misses, "column bursts that found the bank closed"},
          {"row_conflicts", sum.row_conflicts, "column bursts that found another row open"},
          {"row_activations", sum.activity.activations, "rows opened"},
          {"refreshes", sum.activity.refreshes, "all-bank refreshes of a rank"},
          {"bank_refreshes", sum.activity.bank_refreshes, "per-bank refreshes"}};
}

std::vector<EnergyEvent> CycleDram::energy_events(Cycles now) const {
  std::vector<EnergyEvent> all;
  for (unsigned c = 0; c < channels_.size(); ++c) add_dram_energy(device_, c, channels_[c].counts(now).activity, all);
  return all;
}

void CycleDram::trace_to(DramCommandSink* sink) {
  for (DramCycleChannel& channel : channels_) channel.trace_to(sink);
}

void CycleDram::save(StateWriter& out) const {
  out.text(device_.name);
  for (const DramCycleChannel& channel : channels_) channel.save(out);
}

void CycleDram::load(StateReader& in) {
  (void)in.text();
  for (DramCycleChannel& channel : channels_) channel.load(in);
}

}  // namespace visoc
