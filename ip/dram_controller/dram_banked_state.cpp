// What the loosely timed controller counts, saves and restores, and when its ranks sleep.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "ip/dram_controller/dram_core.h"

namespace visoc {

namespace {

std::string two_digits(std::size_t number) { return (number < 10 ? "0" : "") + std::to_string(number); }

}  // namespace

std::vector<Statistic> BankedDramTiming::statistics(Picos now) const {
  std::uint64_t hits = 0, misses = 0, conflicts = 0;
  for (const Bank& bank : banks_) {
    hits += bank.hits;
    misses += bank.misses;
    conflicts += bank.conflicts;
  }
  std::vector<Statistic> all = {
      {"read_bursts", bursts_[0], "column bursts read"},
      {"write_bursts", bursts_[1], "column bursts written"},
      {"row_hits", hits, "column bursts that found their row open"},
      {"row_misses", misses, "column bursts that found the bank closed"},
      {"row_conflicts", conflicts, "column bursts that found another row open"},
      {"row_activations", activations_, "rows opened"},
      {"rows_reopened", reopened_, "rows opened again for a later access that had been promised a hit"},
      {"refreshes", refreshes(now),
       options_.policy.refresh == DramRefreshMode::kPerBank ? "per-bank refreshes" : "all-bank refreshes of a rank"}};
  if (options_.posted) {
    all.push_back({"forwarded_bursts", forwarded_, "reads answered with data that waited in the write queue"});
    all.push_back({"waiting_bursts", writes_waiting_, "writes taken and not yet placed, so not among hits, misses and conflicts"});
  }
  for (const Bank& bank : banks_) {
    const std::string channel = channels_.size() > 1 ? "channel" + std::to_string(bank.channel) + "_" : "";
    const std::string name = channel + "bank" + two_digits(std::size_t{bank.rank} * device_.banks() + bank.bank) + "_";
    all.push_back({name + "row_hits", bank.hits, "of this bank"});
    all.push_back({name + "row_misses", bank.misses, "of this bank"});
    all.push_back({name + "row_conflicts", bank.conflicts, "of this bank"});
  }
  return all;
}

DramActivity BankedDramTiming::activity(unsigned number, Picos now) const {
  const Channel& channel = channels_[number];
  DramActivity activity;
  activity.activations = channel.activated;
  activity.reads = channel.reads;
  activity.writes = channel.writes;
  std::uint64_t refreshed = refreshes(now) / channels_.size();
  DramStateTimes& times = activity.times;
  const Cycles cycles = now / t_.tCK_ps;
  for (const RankTimes& rank : channel.ranks) {
    // Rows that will close later than now are counted up to their end.
    const Cycles early = rank.open_until > cycles ? std::min(rank.open, rank.open_until - cycles) : 0;
    Slept slept = rank.slept;
    slept += sleep_of(rank, cycles);
    const Cycles asleep = std::min(slept.all(), cycles);
    const Cycles not_awake = std::min(rank.open, early + slept.active_down + slept.closed);
    const Cycles open = std::min(rank.open - not_awake, cycles - asleep);
    times.active += open;
    times.precharged += cycles - asleep - open;
    times.active_down += slept.active_down;
    times.precharged_down += slept.precharged_down;
    times.self_refresh += slept.self_refresh;
    refreshed -= std::min(refreshed, slept.refreshes);
  }
  (options_.policy.refresh == DramRefreshMode::kPerBank ? activity.bank_refreshes : activity.refreshes) = refreshed;
  return activity;
}

std::vector<EnergyEvent> BankedDramTiming::energy_events(Picos now) const {
  std::vector<EnergyEvent> all;
  for (unsigned channel = 0; channel < channels_.size(); ++channel) add_dram_energy(device_, channel, activity(channel, now), all);
  return all;
}

BankedDramTiming::Slept& BankedDramTiming::Slept::operator+=(const Slept& other) {
  active_down += other.active_down;
  precharged_down += other.precharged_down;
  self_refresh += other.self_refresh;
  closed += other.closed;
  refreshes += other.refreshes;
  return *this;
}

/// From the end of the rank's work to `until`: power-down with the rows as they are, woken by each refresh and for as long as it takes to
/// be idle again; then self refresh, with all rows closed.
BankedDramTiming::Slept BankedDramTiming::sleep_of(const RankTimes& rank, Cycles until) const {
  const DramPolicy& policy = options_.policy;
  const bool per_bank = policy.refresh == DramRefreshMode::kPerBank;
  const Cycles apart = policy.refresh == DramRefreshMode::kNone ? kNever : t_.tREFI / (per_bank ? device_.banks() : 1);
  const auto refreshes_in = [&](Cycles from, Cycles to) { return to > from ? (to - 1) / apart - (from - 1) / apart : 0; };
  const auto from = [&](Cycles after) { return after == 0 ? until : std::min(rank.busy_until + after, until); };
  Slept slept;
  if (until <= rank.busy_until) return slept;
  const Cycles deep = from(policy.self_refresh_after), down = std::min(from(policy.power_down_after), deep);
  slept.self_refresh = until - deep;
  slept.closed = std::min(until, std::max(rank.open_until, deep)) - deep;
  slept.refreshes = refreshes_in(deep, until);
  slept.active_down = std::min(deep, std::max(rank.open_until, down)) - down;
  const Cycles closed = deep - down - slept.active_down;
  const Cycles awake = refreshes_in(deep - closed, deep) * ((per_bank ? t_.tRFCpb : t_.tRFC) + policy.power_down_after + t_.tXP);
  slept.precharged_down = closed - std::min(closed, awake);
  return slept;
}

/// Wakes the ranks that bursts [first, last] lie in; when all are awake.
Cycles BankedDramTiming::wake(std::uint64_t first, std::uint64_t last, Cycles arrives) {
  Cycles awake = arrives;
  for (std::uint64_t burst = first; burst <= last; ++burst) {
    const Bank& bank = banks_[map_.bank_of(burst)];
    RankTimes& rank = channels_[bank.channel].ranks[bank.rank];
    if (arrives <= rank.busy_until) continue;
    const DramPolicy& policy = options_.policy;
    const Cycles idle = arrives - rank.busy_until;
    const bool deep = policy.self_refresh_after != 0 && idle > policy.self_refresh_after;
    const bool down = policy.power_down_after != 0 && idle > policy.power_down_after;
    if (!deep && !down) continue;
    rank.slept += sleep_of(rank, arrives);
    if (deep && rank.open_until > arrives) rank.slept.closed += std::min(rank.open_until - arrives, t_.tXS);
    rank.busy_until = arrives + (deep ? t_.tXS : t_.tXP);
    awake = std::max(awake, rank.busy_until);
  }
  return awake;
}

void BankedDramTiming::note_busy(std::uint64_t first, std::uint64_t last, Cycles ends) {
  for (std::uint64_t burst = first; burst <= last; ++burst) {
    const Bank& bank = banks_[map_.bank_of(burst)];
    Cycles& until = channels_[bank.channel].ranks[bank.rank].busy_until;
    until = std::max(until, ends);
  }
}

void BankedDramTiming::save(StateWriter& out) const {
  out.text(device_.name);
  out.u64(floor_);
  out.u64(pruned_at_);
  for (std::uint64_t counter : {bursts_[0], bursts_[1], activations_, reopened_, forwarded_}) out.u64(counter);
  for (const Channel& channel : channels_) {
    for (std::uint64_t value : {channel.activated, channel.reads, channel.writes, channel.last_read}) out.u64(value);
    for (const RankTimes& rank : channel.ranks)
      for (Cycles value : {rank.open_until, rank.open, rank.busy_until, rank.slept.active_down, rank.slept.precharged_down,
                           rank.slept.self_refresh, rank.slept.closed, rank.slept.refreshes})
        out.u64(value);
    out.u64(channel.waiting.size());
    for (const WaitingWrite& write : channel.waiting) out.u64(write.arrived), out.u64(write.burst);
    out.u64(channel.issuing.size());
    for (const IssuingWrites& writes : channel.issuing) out.u64(writes.last), out.u64(writes.apart), out.u64(writes.count);
    channel.bus->save(out);
    for (const DramActivations& rank : channel.activations) rank.save(out);
    for (const Bank& bank : banks_) {
      if (&channels_[bank.channel] != &channel) continue;
      for (std::uint64_t counter : {bank.hits, bank.misses, bank.conflicts}) out.u64(counter);
      out.u64(bank.visits.size());
      for (const Visit& v : bank.visits) {
        for (std::uint64_t value : {v.begin, v.column_ready, v.last_column, v.precharge_ready, v.row, v.epoch}) out.u64(value);
        out.boolean(v.continues);
      }
    }
  }
}

void BankedDramTiming::load(StateReader& in) {
  const bool same_device = in.text() == device_.name;
  floor_ = in.u64();
  pruned_at_ = in.u64();
  for (std::uint64_t* counter : {&bursts_[0], &bursts_[1], &activations_, &reopened_, &forwarded_}) *counter = in.u64();
  writes_waiting_ = 0;
  for (Channel& channel : channels_) {
    for (std::uint64_t* value : {&channel.activated, &channel.reads, &channel.writes, &channel.last_read}) *value = in.u64();
    for (RankTimes& rank : channel.ranks)
      for (Cycles* value : {&rank.open_until, &rank.open, &rank.busy_until, &rank.slept.active_down, &rank.slept.precharged_down,
                            &rank.slept.self_refresh, &rank.slept.closed, &rank.slept.refreshes})
        *value = in.u64();
    channel.waiting.clear();
    for (std::uint64_t count = in.u64(); count != 0 && in.ok(); --count) {
      const Cycles arrived = in.u64();
      channel.waiting.push_back({arrived, in.u64()});
    }
    writes_waiting_ += channel.waiting.size();
    channel.issuing.clear();
    for (std::uint64_t count = in.u64(); count != 0 && in.ok(); --count) {
      const Cycles last = in.u64(), apart = std::max<Cycles>(in.u64(), 1);
      channel.issuing.push_back({last, apart, in.u64()});
    }
    channel.bus->load(in);
    for (DramActivations& rank : channel.activations) rank.load(in);
    for (Bank& bank : banks_) {
      if (&channels_[bank.channel] != &channel) continue;
      for (std::uint64_t* counter : {&bank.hits, &bank.misses, &bank.conflicts}) *counter = in.u64();
      bank.visits.clear();
      const std::uint64_t count = in.u64();
      for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
        Visit v;
        for (std::uint64_t* value : {&v.begin, &v.column_ready, &v.last_column, &v.precharge_ready, &v.row, &v.epoch}) *value = in.u64();
        v.continues = in.boolean();
        bank.visits.push_back(v);
      }
    }
  }
  if (same_device && in.ok()) return;
  // Not a state of this device: as after construction.
  floor_ = pruned_at_ = 0;
  bursts_[0] = bursts_[1] = activations_ = reopened_ = forwarded_ = 0;
  writes_waiting_ = 0;
  for (Channel& channel : channels_) {
    channel.activated = channel.reads = channel.writes = 0;
    channel.last_read = 0;
    channel.ranks.assign(channel.ranks.size(), {});
    channel.waiting.clear();
    channel.issuing.clear();
    channel.bus->clear();
    for (DramActivations& rank : channel.activations) rank.clear();
  }
  for (Bank& bank : banks_) {
    bank.visits.clear();
    bank.hits = bank.misses = bank.conflicts = 0;
  }
}

}  // namespace visoc
