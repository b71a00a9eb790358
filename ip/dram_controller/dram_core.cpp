// SPDX-License-Identifier: Apache-2.0
#include "ip/dram_controller/dram_core.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "platform/base/check.h"

namespace visoc {
namespace {

constexpr Cycles kPruneEvery = 4'096;  // Cycles of the oldest time between two looks at every bank.

}  // namespace

Picos FixedDramTiming::access(Picos at, Picos oldest, Offset offset, std::uint64_t bytes, bool write) {
  path_.prune(oldest);
  bursts_[write ? 1 : 0] += (offset + bytes - 1) / kBurstBytes - offset / kBurstBytes + 1;
  const Picos duration = transfer(bytes);
  return path_.reserve(at, duration) + latency_ + duration;
}

std::vector<Statistic> FixedDramTiming::statistics(Picos) const {
  return {{"read_bursts", bursts_[0], "64-byte bursts read"}, {"write_bursts", bursts_[1], "64-byte bursts written"}};
}

std::vector<EnergyEvent> FixedDramTiming::energy_events(Picos) const {
  return {{"dram_read_burst", bursts_[0]}, {"dram_write_burst", bursts_[1]}};
}

BankedDramTiming::BankedDramTiming(DramDevice device, const BankedDramOptions& options)
    : device_(std::move(device)), t_(device_.timings), options_(options), map_(device_) {
  for (std::size_t burst = 0; burst < std::size(near_banks_); ++burst) near_banks_[burst] = map_.bank_of(burst);
  banks_per_channel_ = std::size_t{device_.ranks} * device_.banks();
  row_cycle_ = std::max(t_.tRAS, t_.tRC > t_.tRP ? t_.tRC - t_.tRP : 0);
  split_after_ = t_.tRC + t_.tRAS + t_.tRP + t_.tRCD;
  for (unsigned c = 0; c < device_.channels; ++c) {
    Channel channel;
    channel.bus = std::make_unique<DramDataBus>(t_);
    for (unsigned r = 0; r < device_.ranks; ++r) channel.activations.emplace_back(t_);
    channel.ranks.resize(device_.ranks);
    channels_.push_back(std::move(channel));
    for (unsigned r = 0; r < device_.ranks; ++r)
      for (unsigned b = 0; b < device_.banks(); ++b) {
        Bank bank;
        bank.channel = c;
        bank.rank = r;
        bank.group = b / device_.banks_per_group;
        bank.bank = b;
        banks_.push_back(std::move(bank));
      }
  }
  const bool per_bank = options_.policy.refresh == DramRefreshMode::kPerBank;
  refresh_interval_ = options_.policy.refresh == DramRefreshMode::kNone ? kNever / 4 : t_.tREFI;
  refresh_cycles_ = per_bank ? t_.tRFCpb : t_.tRFC;
  for (Bank& bank : banks_) {
    // Bank 0 first, then the others, evenly; none at time 0.
    if (per_bank) bank.refresh_shift = t_.tREFI - (bank.bank + 1) * (t_.tREFI / device_.banks());
    bank.epoch_end = window_end(bank, 0);
  }
  if (options_.policy.page != DramPagePolicy::kOpen)
    page_timeout_ = options_.policy.page == DramPagePolicy::kClosed ? 0 : options_.policy.page_timeout;
  sleeps_ = options_.policy.power_down_after != 0 || options_.policy.self_refresh_after != 0;
  find_stripe();
}

/// Looks whether a few banks of one channel take turns within each 4 KiB, with so little room between their bursts on the data bus that
/// nothing fits.
void BankedDramTiming::find_stripe() {
  constexpr std::size_t kNear = std::size_t{1} << kNearBits;
  const auto group = [&](std::size_t burst) { return banks_[near_banks_[burst]].group; };
  std::size_t stripe = 1;
  for (std::size_t burst = 0; burst < kNear; ++burst)
    while (near_banks_[burst] != near_banks_[burst % stripe]) stripe *= 2;
  Cycles longest = 0;
  for (std::size_t burst = 1; burst < kNear; ++burst) {
    const Cycles apart = group(burst) == group(burst - 1) ? t_.tCCD_L : t_.tCCD_S;
    near_ends_[burst] = near_ends_[burst - 1] + apart;
    longest = std::max(longest, apart);
    if (banks_[near_banks_[burst]].channel != 0) return;
  }
  if (stripe * 2 > kNear || map_.row_bit() < map_.burst_bits() + kNearBits || longest >= 2 * t_.tBL || stripe * longest > split_after_)
    return;
  stripe_ = stripe;
}

std::uint64_t BankedDramTiming::epoch_of(Bank& bank, Cycles at) const {
  if (at < bank.epoch_begin || at >= bank.epoch_end) {
    bank.epoch = (at + bank.refresh_shift) / refresh_interval_;
    bank.epoch_begin = bank.epoch == 0 ? 0 : bank.epoch * refresh_interval_ - bank.refresh_shift;
    bank.epoch_end = window_end(bank, bank.epoch);
  }
  return bank.epoch;
}

/// Adds the time from `from` until the row of `visit` is closed to that with an open row in the rank, as far as it is not yet counted.
void BankedDramTiming::count_open(const Bank& bank, const Visit& visit, Cycles from) {
  RankTimes& rank = channels_[bank.channel].ranks[bank.rank];
  const Cycles until = std::min(closed_at(visit), window_end(bank, visit.epoch));
  from = std::max(from, rank.open_until);
  if (until <= from) return;
  rank.open += until - from;
  rank.open_until = until;
}

inline void BankedDramTiming::insert_visit(std::vector<Visit>& visits, std::size_t index, const Visit& visit) {
  if (index == visits.size()) return visits.push_back(visit);
  visits.insert(visits.begin() + static_cast<std::ptrdiff_t>(index), visit);
}

inline bool BankedDramTiming::try_hit(const Request& request, std::size_t index, Cycles at, Cycles& data_end) {
  std::vector<Visit>& visits = request.bank.visits;
  if (index == 0 || visits[index - 1].row != request.row) return false;
  Visit& visit = visits[index - 1];
  if (closed_at(visit) < at) return false;
  DramDataBus& bus = *channels_[request.bank.channel].bus;
  const auto group = static_cast<std::uint8_t>(request.bank.group);
  const DramDataBus::Slot slot = bus.find(std::max(at, visit.column_ready) + request.latency, request.write, group);
  const Cycles column = slot.begin - request.latency;
  const Visit* next = index < visits.size() ? &visits[index] : nullptr;
  const Cycles precharge = std::max(visit.precharge_ready, precharge_after(column, request.write));
  if (!closes_in_time(request.bank, visit.epoch, precharge)) return false;
  if (next != nullptr && (next->continues ? column >= next->begin : precharge > next->begin)) return false;

  bus.take(slot, request.write, group);
  emit_column(request, column);
  ++request.bank.hits;
  data_end = slot.begin + t_.tBL;
  if (column > visit.last_column + split_after_) {
    const Visit continuing{column, column, column, precharge, visit.row, visit.epoch, true};
    insert_visit(visits, index, continuing);
  } else {
    visit.last_column = std::max(visit.last_column, column);
    visit.precharge_ready = precharge;
  }
  if (page_timeout_ != kNever) count_open(request.bank, visits[index - 1], column);
  return true;
}

/// Whether try_activate cannot but fail, from the earliest that it could open and close the row.
inline bool BankedDramTiming::no_room_to_activate(const Request& request, std::size_t index, Cycles at) const {
  const std::vector<Visit>& visits = request.bank.visits;
  if (index == visits.size()) return false;
  const Cycles activate = index != 0 ? std::max(at, visits[index - 1].precharge_ready) : at;
  const Cycles precharge = std::max(activate + row_cycle_, precharge_after(activate + t_.tRCD, request.write));
  return precharge + (visits[index].continues ? t_.tRP + t_.tRCD : 0) > visits[index].begin;
}

Cycles BankedDramTiming::place_burst(const Request& request, Cycles at) {
  // Number of visits that begin at or before `at`; mostly all or all but one.
  const std::vector<Visit>& visits = request.bank.visits;
  std::size_t index = visits.size();
  if (index != 0 && visits[index - 1].begin > at) --index;
  if (index != 0 && visits[index - 1].begin > at) {
    const auto next =
        std::upper_bound(visits.begin(), visits.end(), at, [](Cycles time, const Visit& visit) { return time < visit.begin; });
    index = static_cast<std::size_t>(next - visits.begin());
  }
  Cycles data_end = 0;
  while (!try_hit(request, index, at, data_end)) {
    if (!no_room_to_activate(request, index, at) && try_activate(request, index, at, data_end)) break;
    ++index;
  }
  Channel& channel = channels_[request.bank.channel];
  ++(request.write ? channel.writes : channel.reads);
  return data_end;
}

/// Whether place_burst comes to the bank's newest visit without another way out before.
inline bool BankedDramTiming::meets_newest(const Request& request, Cycles at) const {
  const std::vector<Visit>& visits = request.bank.visits;
  if (visits.empty() || visits.back().row != request.row || closed_at(visits.back()) < at) return false;
  if (visits.back().begin <= at) return true;
  const std::size_t newest = visits.size() - 1;
  if (newest != 0 && (visits[newest - 1].begin > at || visits[newest - 1].row == request.row)) return false;
  return no_room_to_activate(request, newest, at);
}

/// Places bursts [first, end) of a 4 KiB block in one go, as place_burst would one by one: hits of the rows that the stripe before has
/// opened or found open, at the pace of the data bus. False, and nothing done, if that is not how it would go.
bool BankedDramTiming::place_stripes(std::size_t banks, std::uint64_t row, bool write, std::size_t first, std::size_t end, Cycles at,
                                     Cycles& data_end) {
  const Cycles latency = write ? t_.tCWL : t_.tCL;
  const auto bank_at = [&](std::size_t burst) -> Bank& { return banks_[banks ^ near_banks_[burst]]; };
  const auto group_at = [&](std::size_t burst) { return static_cast<std::uint8_t>(bank_at(burst).group); };
  DramDataBus& bus = *channels_[bank_at(first).channel].bus;
  const Cycles bus_end = bus.end() - near_ends_[first - 1];
  const auto column_at = [&](std::size_t burst) { return bus_end + near_ends_[burst] - t_.tBL - latency; };
  const std::size_t once = std::min(first + stripe_, end);

  Cycles earliest = ~Cycles{0}, latest = 0;
  for (std::size_t burst = first; burst < once; ++burst) {
    const Request request{bank_at(burst), row, write, latency};
    if (!meets_newest(request, at)) return false;
    const Visit& visit = request.bank.visits.back();
    const Cycles ready = std::max(at, visit.column_ready) + latency;
    earliest = std::min(earliest, ready);
    latest = std::max(latest, ready);
    if (column_at(burst) > visit.last_column + split_after_) return false;
    if (!closes_in_time(request.bank, visit.epoch, precharge_after(column_at(end - 1), write))) return false;
  }
  if (!bus.only_lengthens(earliest, latest, write, group_at(first - 1))) return false;

  for (std::size_t burst = first; burst < once; ++burst) {
    Bank& bank = bank_at(burst);
    Visit& visit = bank.visits.back();
    const std::size_t more = (end - 1 - burst) / stripe_;
    const Cycles column = column_at(burst + more * stripe_);
    visit.last_column = std::max(visit.last_column, column);
    visit.precharge_ready = std::max(visit.precharge_ready, precharge_after(column, write));
    bank.hits += more + 1;
    if (page_timeout_ != kNever) count_open(bank, visit, column);
  }
  Channel& channel = channels_[bank_at(first).channel];
  (write ? channel.writes : channel.reads) += end - first;
  if (trace_ != nullptr)
    for (std::size_t burst = first; burst < end; ++burst) emit_column({bank_at(burst), row, write, latency}, column_at(burst));
  data_end = bus_end + near_ends_[end - 1];
  bus.lengthen(data_end, group_at(end - 2), group_at(end - 1));
  return true;
}

Picos BankedDramTiming::access(Picos at, Picos oldest, Offset offset, std::uint64_t bytes, bool write) {
  prune(may_forget(oldest / t_.tCK_ps));
  const Picos start = at + options_.frontend;
  const Cycles arrives = std::max((start + t_.tCK_ps - 1) / t_.tCK_ps, floor_);
  const std::uint64_t first = map_.burst_of(offset), last = map_.burst_of(offset + bytes - 1);
  bursts_[write ? 1 : 0] += last - first + 1;
  const Cycles awake = sleeps_ ? wake(first, last, arrives) : arrives;
  if (writes_waiting_ != 0)
    for (Channel& channel : channels_)
      if (!channel.waiting.empty() && channel.last_read + 1 < arrives) use_idle_time(channel, arrives);
  Cycles ends = 0;
  if (options_.posted && write) {
    const bool batch = 2 * (last - first + 1) >= options_.policy.write_high - options_.policy.write_low;
    ends = batch ? post_batch(first, last, arrives, place(first, last, true, awake)) : post(first, last, arrives, awake);
  } else {
    ends = writes_waiting_ != 0 && !write ? read_posted(first, last, awake) : place(first, last, write, awake);
  }
  return ends * t_.tCK_ps + options_.backend;
}

/// A read, or pieces of one, while writes wait: what they have not written yet comes out of the queue.
Cycles BankedDramTiming::read_posted(std::uint64_t first, std::uint64_t last, Cycles arrives) {
  Cycles ends = 0;
  for (std::uint64_t burst = first; burst <= last; ++burst) {
    if (waits(burst)) {
      ++forwarded_;
      ends = std::max(ends, arrives + 1);
      if (burst != first) ends = std::max(ends, place(first, burst - 1, false, arrives));
      first = burst + 1;
    }
  }
  return first <= last ? std::max(ends, place(first, last, false, arrives)) : ends;
}

/// Places column bursts; when the last data of all have moved.
Cycles BankedDramTiming::place(std::uint64_t first, std::uint64_t last, bool write, Cycles arrives) {
  const Cycles latency = write ? t_.tCWL : t_.tCL;
  Cycles ends = 0;
  for (std::uint64_t burst = first; burst <= last;) {
    const std::size_t near = burst & (std::size(near_banks_) - 1);
    const std::uint64_t block = burst - near;
    const std::size_t banks = map_.bank_of(block);
    const std::size_t near_end = std::min<std::uint64_t>(last + 1 - block, std::size(near_banks_));
    const std::size_t try_stripes = stripe_ != 0 && near + 2 * stripe_ <= near_end ? near + stripe_ : near_end;
    for (std::size_t i = near; i < near_end; ++i) {
      Cycles data_end = 0;
      if (i == try_stripes && place_stripes(banks, map_.row_of(block), write, i, near_end, arrives, data_end)) {
        ends = std::max(ends, data_end);
        break;
      }
      ends = std::max(ends, place_burst({banks_[banks ^ near_banks_[i]], map_.row_of(block + i), write, latency}, arrives));
    }
    burst = block + near_end;
  }
  if (sleeps_) note_busy(first, last, ends);
  if (!write && options_.posted) {
    // Of several channels' reads the latest stands for all.
    const Cycles column = ends - t_.tBL - latency;
    if (channels_.size() == 1)
      channels_[0].last_read = std::max(channels_[0].last_read, column);
    else
      for (std::uint64_t burst = first; burst <= last && burst < first + 2 * channels_.size(); ++burst) {
        Cycles& last_read = channels_[map_.bank_of(burst) / banks_per_channel_].last_read;
        last_read = std::max(last_read, column);
      }
  }
  return ends;
}

bool BankedDramTiming::try_activate(const Request& request, std::size_t index, Cycles at, Cycles& data_end) {
  std::vector<Visit>& visits = request.bank.visits;
  const Visit* before = index != 0 ? &visits[index - 1] : nullptr;
  Visit* next = index < visits.size() ? &visits[index] : nullptr;
  const Cycles latency = request.latency;
  DramDataBus& bus = *channels_[request.bank.channel].bus;
  DramActivations& activations = activations_of(request.bank);
  const auto group = static_cast<std::uint8_t>(request.bank.group);

  // PRE (if a row is open), ACT, column command; what a refresh would cut goes behind it, where all rows are closed.
  Bank& bank = request.bank;
  Cycles from = std::max(at, before != nullptr ? before->precharge_ready : 0);
  from = std::max(from, window_begin(bank, epoch_of(bank, from)));
  bool closed = false;
  Cycles activate = 0, column = 0, precharge = 0;
  DramDataBus::Slot slot;
  std::uint64_t epoch = 0;
  while (true) {
    epoch = epoch_of(bank, from);
    const Cycles closing = before == nullptr ? 0 : before->epoch != epoch ? before->precharge_ready : closed_at(*before);
    closed = before == nullptr || before->epoch != epoch || closing < from;
    activate = closed ? std::max(from, before != nullptr ? closing + t_.tRP : 0) : from + t_.tRP;
    activate = activations.find(activate, group);
    slot = bus.find(activate + t_.tRCD + latency, request.write, group);
    column = slot.begin - latency;
    precharge = std::max(activate + row_cycle_, precharge_after(column, request.write));
    if (closes_in_time(bank, epoch, precharge)) break;
    from = window_begin(bank, epoch + 1);
  }

  if (next != nullptr && next->continues) {
    // The row that `next` counts on has to be open again in time.
    if (epoch != next->epoch || precharge + t_.tRP + t_.tRCD > next->begin) return false;
    activations.add(activate, group);
    // As late as possible, so that more of the new row fits before; as early as possible if that time is not free.
    const Visit* after = index + 1 < visits.size() ? &visits[index + 1] : nullptr;
    const Cycles latest = next->begin - t_.tRCD;
    const auto in_time = [&](Cycles reopen) {
      return reopen <= latest && (after == nullptr || after->continues || reopen + row_cycle_ <= after->begin);
    };
    Cycles reopen = activations.find(latest, group);
    if (!in_time(reopen)) reopen = activations.find(precharge + t_.tRP, group);
    if (!in_time(reopen)) {
      activations.remove(activate);
      return false;
    }
    activations.add(reopen, group);
    next->begin = reopen - t_.tRP;
    next->column_ready = reopen + t_.tRCD;
    next->precharge_ready = std::max(next->precharge_ready, reopen + row_cycle_);
    next->continues = false;
    ++activations_;
    ++channels_[bank.channel].activated;
    ++reopened_;
    emit(DramCommand::Kind::kActivate, reopen, request.bank, next->row);
  } else {
    if (next != nullptr && precharge > next->begin) return false;
    activations.add(activate, group);
  }

  bus.take(slot, request.write, group);
  emit(DramCommand::Kind::kActivate, activate, request.bank, request.row);
  emit_column(request, column);
  ++activations_;
  ++(closed ? request.bank.misses : request.bank.conflicts);
  data_end = slot.begin + t_.tBL;
  const Cycles begin = activate > t_.tRP ? activate - t_.tRP : 0;
  const Visit visit{begin, activate + t_.tRCD, column, precharge, request.row, epoch, false};
  insert_visit(visits, index, visit);
  ++channels_[bank.channel].activated;
  count_open(bank, visit, activate);
  return true;
}

void BankedDramTiming::prune(Cycles oldest) {
  // Even while time stands still, nothing may grow without end.
  Cycles floor = floor_;
  for (Channel& channel : channels_) floor = std::max(floor, channel.bus->prune(oldest));
  if (floor == floor_ && oldest < pruned_at_ + kPruneEvery) return;
  floor_ = floor;
  pruned_at_ = oldest;
  oldest = std::max(oldest, floor_);
  for (Channel& channel : channels_)
    for (DramActivations& rank : channel.activations) rank.prune(oldest);
  for (Bank& bank : banks_) {
    // The last visit that begins before `oldest` says which row is open.
    std::size_t count = 0;
    while (count + 1 < bank.visits.size() && bank.visits[count + 1].begin <= oldest) ++count;
    if (count != 0) bank.visits.erase(bank.visits.begin(), bank.visits.begin() + static_cast<std::ptrdiff_t>(count));
  }
}

Picos BankedDramTiming::average_latency(bool write) const {
  if (write && options_.posted) return options_.frontend + options_.backend + t_.tCK_ps;
  const Cycles hit = (write ? t_.tCWL : t_.tCL) + t_.tBL;
  const Cycles conflict = hit + t_.tRP + t_.tRCD;
  const Cycles percent = std::min(options_.dmi_hit_percent, 100u);
  return options_.frontend + options_.backend + (hit * percent + conflict * (100 - percent)) * t_.tCK_ps / 100;
}

std::uint64_t BankedDramTiming::refreshes(Picos now) const {
  const Cycles cycles = now / t_.tCK_ps;
  if (options_.policy.refresh == DramRefreshMode::kPerBank) return cycles / (t_.tREFI / device_.banks()) * device_.ranks * device_.channels;
  return cycles / refresh_interval_ * device_.ranks * device_.channels;
}

}  // namespace visoc
