// SPDX-License-Identifier: Apache-2.0
#include "ip/dram_controller/dram_core.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "platform/base/check.h"

namespace visoc {
namespace {

constexpr Cycles kPruneEvery = 4'096;  // Cycles of the oldest time between two looks at every bank.

unsigned log2_of(std::uint64_t value) {
  unsigned log2 = 0;
  while ((std::uint64_t{1} << log2) < value) ++log2;
  return log2;
}

std::string two_digits(std::size_t number) { return (number < 10 ? "0" : "") + std::to_string(number); }

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
    : device_(std::move(device)), t_(device_.timings), options_(options) {
  burst_bits_ = log2_of(device_.burst_bytes);
  unsigned used[kDramFields] = {};
  unsigned bit = burst_bits_;
  for (const DramMapping& piece : device_.mapping) {
    const auto field = static_cast<unsigned>(piece.field);
    pieces_.push_back({field, bit, (1u << piece.bits) - 1, used[field]});
    used[field] += piece.bits;
    bit += piece.bits;
  }
  row_bit_ = bit;
  // Pieces of a field are disjoint bits, so what each adds to the index of the bank can be summed up.
  const std::size_t steps[kDramFields] = {std::size_t{device_.ranks} * device_.banks(), device_.banks(), device_.banks_per_group, 1, 0};
  for (const MapPiece& piece : pieces_)
    if (steps[piece.field] != 0) bank_pieces_.push_back({piece.from_bit - burst_bits_, piece.mask, steps[piece.field] << piece.to_bit});
  for (std::size_t burst = 0; burst < std::size(near_banks_); ++burst) near_banks_[burst] = bank_of(burst);
  row_cycle_ = std::max(t_.tRAS, t_.tRC > t_.tRP ? t_.tRC - t_.tRP : 0);
  split_after_ = t_.tRC + t_.tRAS + t_.tRP + t_.tRCD;
  for (unsigned c = 0; c < device_.channels; ++c) {
    Channel channel;
    channel.bus = std::make_unique<DramDataBus>(t_);
    for (unsigned r = 0; r < device_.ranks; ++r) channel.activations.emplace_back(t_);
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
  epoch_end_ = t_.tREFI;
}

DramPlace BankedDramTiming::place_of(Offset offset) const {
  std::uint64_t field[kDramFields] = {};
  for (const MapPiece& piece : pieces_) field[piece.field] |= (offset >> piece.from_bit & piece.mask) << piece.to_bit;
  const auto at = [&](DramField f) { return field[static_cast<unsigned>(f)]; };
  return {static_cast<unsigned>(at(DramField::kChannel)),
          static_cast<unsigned>(at(DramField::kRank)),
          static_cast<unsigned>(at(DramField::kBankGroup)),
          static_cast<unsigned>(at(DramField::kBank)),
          offset >> row_bit_,
          at(DramField::kColumn)};
}

std::uint64_t BankedDramTiming::epoch_of(Cycles at) {
  if (at < epoch_begin_ || at >= epoch_end_) {
    epoch_ = at / t_.tREFI;
    epoch_begin_ = epoch_ * t_.tREFI;
    epoch_end_ = epoch_begin_ + t_.tREFI;
  }
  return epoch_;
}

Cycles BankedDramTiming::skip_refresh(Cycles at) { return std::max(at, window_begin(epoch_of(at))); }

std::size_t BankedDramTiming::bank_of(std::uint64_t burst) const {
  std::size_t index = 0;
  for (const BankPiece& piece : bank_pieces_) index += (burst >> piece.from_bit & piece.mask) * piece.step;
  return index;
}

inline bool BankedDramTiming::try_hit(const Request& request, std::size_t index, Cycles at, Cycles& data_end) {
  std::vector<Visit>& visits = request.bank.visits;
  if (index == 0 || visits[index - 1].row != request.row) return false;
  Visit& visit = visits[index - 1];
  DramDataBus& bus = *channels_[request.bank.channel].bus;
  const auto group = static_cast<std::uint8_t>(request.bank.group);
  const DramDataBus::Slot slot = bus.find(std::max(at, visit.column_ready) + request.latency, request.write, group);
  const Cycles column = slot.begin - request.latency;
  if (column >= window_end(visit.epoch)) return false;
  const Visit* next = index < visits.size() ? &visits[index] : nullptr;
  const Cycles precharge = std::max(visit.precharge_ready, precharge_after(column, request.write));
  if (next != nullptr && (next->continues ? column >= next->begin : precharge > next->begin)) return false;

  bus.take(slot, request.write, group);
  emit_column(request, column);
  ++request.bank.hits;
  data_end = slot.begin + t_.tBL;
  if (column > visit.last_column + split_after_) {
    const Visit continuing{column, column, column, precharge, visit.row, visit.epoch, true};
    visits.insert(visits.begin() + static_cast<std::ptrdiff_t>(index), continuing);
  } else {
    visit.last_column = std::max(visit.last_column, column);
    visit.precharge_ready = precharge;
  }
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

inline Cycles BankedDramTiming::place_burst(const Request& request, Cycles at) {
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
  return data_end;
}

Picos BankedDramTiming::access(Picos at, Picos oldest, Offset offset, std::uint64_t bytes, bool write) {
  prune(oldest / t_.tCK_ps);
  const Picos start = at + options_.frontend;
  const Cycles arrives = std::max((start + t_.tCK_ps - 1) / t_.tCK_ps, floor_);
  const std::uint64_t first = offset >> burst_bits_, last = (offset + bytes - 1) >> burst_bits_;
  const unsigned row_bit = row_bit_ - burst_bits_;
  const Cycles latency = write ? t_.tCWL : t_.tCL;
  Cycles ends = 0;
  for (std::uint64_t burst = first; burst <= last;) {
    const std::uint64_t near = burst & (std::size(near_banks_) - 1);
    Bank* const banks = banks_.data() + bank_of(burst - near);
    const std::uint64_t next = std::min(last + 1, burst - near + std::size(near_banks_));
    for (std::uint64_t i = near; burst != next; ++i, ++burst) {
      const Request request{banks[near_banks_[i]], burst >> row_bit, write, latency};
      ends = std::max(ends, place_burst(request, arrives));
    }
  }
  bursts_[write ? 1 : 0] += last - first + 1;
  return ends * t_.tCK_ps + options_.backend;
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
  Cycles from = skip_refresh(std::max(at, before != nullptr ? before->precharge_ready : 0));
  bool closed = false;
  Cycles activate = 0;
  DramDataBus::Slot slot;
  std::uint64_t epoch = 0;
  while (true) {
    epoch = epoch_of(from);
    closed = before == nullptr || before->epoch != epoch;
    activate = closed ? std::max(from, before != nullptr ? before->precharge_ready + t_.tRP : 0) : from + t_.tRP;
    activate = activations.find(activate, group);
    slot = bus.find(activate + t_.tRCD + latency, request.write, group);
    if (slot.begin - latency < window_end(epoch)) break;
    from = window_begin(epoch + 1);
  }
  const Cycles column = slot.begin - latency;
  const Cycles precharge = std::max(activate + row_cycle_, precharge_after(column, request.write));

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
  visits.insert(visits.begin() + static_cast<std::ptrdiff_t>(index), visit);
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
  const Cycles hit = (write ? t_.tCWL : t_.tCL) + t_.tBL;
  const Cycles conflict = hit + t_.tRP + t_.tRCD;
  const Cycles percent = std::min(options_.dmi_hit_percent, 100u);
  return options_.frontend + options_.backend + (hit * percent + conflict * (100 - percent)) * t_.tCK_ps / 100;
}

std::uint64_t BankedDramTiming::refreshes(Picos now) const { return now / t_.tCK_ps / t_.tREFI * device_.ranks * device_.channels; }

std::vector<Statistic> BankedDramTiming::statistics(Picos now) const {
  std::uint64_t hits = 0, misses = 0, conflicts = 0;
  for (const Bank& bank : banks_) {
    hits += bank.hits;
    misses += bank.misses;
    conflicts += bank.conflicts;
  }
  std::vector<Statistic> all = {{"read_bursts", bursts_[0], "column bursts read"},
                                {"write_bursts", bursts_[1], "column bursts written"},
                                {"row_hits", hits, "column bursts that found their row open"},
                                {"row_misses", misses, "column bursts that found the bank closed"},
                                {"row_conflicts", conflicts, "column bursts that found another row open"},
                                {"row_activations", activations_, "rows opened"},
                                {"rows_reopened", reopened_, "rows opened again for a later access that had been promised a hit"},
                                {"refreshes", refreshes(now), "all-bank refreshes of a rank"}};
  for (const Bank& bank : banks_) {
    const std::string channel = channels_.size() > 1 ? "channel" + std::to_string(bank.channel) + "_" : "";
    const std::string name = channel + "bank" + two_digits(std::size_t{bank.rank} * device_.banks() + bank.bank) + "_";
    all.push_back({name + "row_hits", bank.hits, "of this bank"});
    all.push_back({name + "row_misses", bank.misses, "of this bank"});
    all.push_back({name + "row_conflicts", bank.conflicts, "of this bank"});
  }
  return all;
}

std::vector<EnergyEvent> BankedDramTiming::energy_events(Picos now) const {
  return {{"dram_row_activate", activations_},
          {"dram_read_burst", bursts_[0]},
          {"dram_write_burst", bursts_[1]},
          {"dram_refresh", refreshes(now)}};
}

void BankedDramTiming::save(StateWriter& out) const {
  out.text(device_.name);
  out.u64(floor_);
  out.u64(pruned_at_);
  for (std::uint64_t counter : {bursts_[0], bursts_[1], activations_, reopened_}) out.u64(counter);
  for (const Channel& channel : channels_) {
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
  for (std::uint64_t* counter : {&bursts_[0], &bursts_[1], &activations_, &reopened_}) *counter = in.u64();
  for (Channel& channel : channels_) {
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
  bursts_[0] = bursts_[1] = activations_ = reopened_ = 0;
  for (Channel& channel : channels_) {
    channel.bus->clear();
    for (DramActivations& rank : channel.activations) rank.clear();
  }
  for (Bank& bank : banks_) {
    bank.visits.clear();
    bank.hits = bank.misses = bank.conflicts = 0;
  }
}

}  // namespace visoc
