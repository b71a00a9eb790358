// What is issued next, and what it changes. Saving and counting: dram_cycle_state.cpp.
// SPDX-License-Identifier: Apache-2.0
#include "ip/dram_controller/dram_cycle_channel.h"

#include <algorithm>

namespace visoc {

using Kind = DramCommand::Kind;

namespace {

void at_least(Cycles& time, Cycles bound) { time = std::max(time, bound); }

}  // namespace

DramCycleChannel::DramCycleChannel(const DramDevice& device, const DramPolicy& policy, unsigned channel)
    : device_(device),
      t_(device.timings),
      policy_(policy),
      channel_(channel),
      banks_per_rank_(device.banks()),
      row_cycle_(std::max(t_.tRAS, t_.tRC > t_.tRP ? t_.tRC - t_.tRP : 0)),
      banks_(std::size_t{device.ranks} * device.banks()),
      groups_(std::size_t{device.ranks} * device.bank_groups),
      ranks_(device.ranks),
      seen_(banks_.size(), 0) {
  const Cycles interval = policy_.refresh == DramRefreshMode::kPerBank ? t_.tREFI / banks_per_rank_ : t_.tREFI;
  for (Rank& rank : ranks_) rank.refresh_at = policy_.refresh == DramRefreshMode::kNone ? kNever : interval;
  reads_.reserve(policy_.read_queue);
  writes_.reserve(policy_.write_queue);
}

bool DramCycleChannel::add(std::uint64_t id, const DramPlace& place, bool write, Cycles at) {
  const unsigned bank = (place.rank * device_.bank_groups + place.group) * device_.banks_per_group + place.bank;
  if (!write) {
    for (const Entry& waiting : writes_)
      if (waiting.bank == bank && waiting.row == place.row && waiting.column == place.column) return ++counts_.forwarded, true;
  }
  Entry entry;
  entry.id = id;
  entry.arrived = std::max(at, now_);
  entry.bank = bank;
  entry.rank = static_cast<std::uint16_t>(place.rank);
  entry.group = static_cast<std::uint16_t>(group_of(bank));
  entry.row = place.row;
  entry.column = place.column;
  if (banks_[bank].open && banks_[bank].row == entry.row) ++banks_[bank].hits[write ? 1 : 0];
  (write ? writes_ : reads_).push_back(entry);
  ++ranks_[place.rank].waiting;
  chosen_ = choice_holds(write);
  return write;
}

void DramCycleChannel::advance(Cycles until, bool stop_at_column, std::vector<DramCompletion>& done) {
  while (true) {
    if (choice().at >= until) break;
    chosen_ = false;
    issue(choice_, done);
    if (stop_at_column && (choice_.kind == Kind::kRead || choice_.kind == Kind::kWrite)) return;
  }
  if (until != kNever) now_ = std::max(now_, until);
}

inline void DramCycleChannel::consider(Choice& best, Choice candidate) const {
  at_least(candidate.at, now_);
  if (candidate.at < best.at || (candidate.at == best.at && candidate.order < best.order)) best = candidate;
}

/// The command that can be issued first; of several, the one of the lowest order, then of the oldest request. That is what a controller
/// does that looks every cycle for the best command that is ready.
DramCycleChannel::Choice DramCycleChannel::choose() {
  Choice best;
  choose_mode();
  for (unsigned rank = 0; rank < ranks_.size(); ++rank) choose_for_rank(rank, best);
  choose_entries(best);
  return best;
}

void DramCycleChannel::choose_mode() {
  if (draining_)
    draining_ = !writes_.empty() && (reads_.empty() || writes_.size() > policy_.write_low);
  else
    draining_ = writes_.size() >= policy_.write_high || (reads_.empty() && !writes_.empty());
}

inline Cycles DramCycleChannel::column_time(const Entry& entry, const Bank& bank, unsigned rank, unsigned group, bool write) const {
  const Cycles shared = write ? std::max(groups_[group].write, ranks_[rank].write) : std::max(groups_[group].read, ranks_[rank].read);
  const Cycles at = std::max({bank.column, shared, ranks_[rank].ready, now_});
  if (t_.tWCKSYNC == 0 || at <= clock_until_) return at;
  // The data clock has stopped by then: started again just in time, but not before it stopped and somebody wanted it.
  return std::max(at, std::max(clock_until_ + 1, entry.arrived) + t_.tWCKSYNC);
}

inline Cycles DramCycleChannel::activate_time(const Bank& bank, unsigned rank, unsigned group) const {
  const Rank& r = ranks_[rank];
  const Cycles window = r.activations == 4 ? r.four_activations[r.next_activation] + t_.tFAW : 0;
  return std::max({bank.act, groups_[group].act, r.act, window, r.ready});
}

inline bool DramCycleChannel::blocked(const Entry& entry) const {
  const Rank& rank = ranks_[entry.rank];
  return rank.powered_down || rank.self_refresh || rank.refreshing || banks_[entry.bank].refresh_due;
}

/// Whether the oldest request has waited so long that it goes before row hits.
inline bool DramCycleChannel::starving(const Entry& oldest) const {
  return policy_.scheduling != DramScheduling::kFcfs && now_ > oldest.arrived + policy_.starvation;
}

/// The next command of a waiting request.
inline DramCycleChannel::Choice DramCycleChannel::candidate(std::size_t index) {
  const Entry& entry = queue()[index];
  const Bank& bank = banks_[entry.bank];
  const Rank& rank = ranks_[entry.rank];
  Choice choice{0, 1, Kind::kActivate, entry.rank, entry.bank, index};
  if (bank.open && bank.row == entry.row) {
    choice.kind = draining_ ? Kind::kWrite : Kind::kRead;
    choice.order = 0;
    choice.at = column_time(entry, bank, entry.rank, entry.group, draining_);
  } else if (bank.open) {
    choice.kind = Kind::kPrecharge;
    choice.at = std::max({bank.pre, rank.pre, rank.ready});
  } else {
    choice.at = activate_time(bank, entry.rank, entry.group);
  }
  return choice;
}

/// After an arrival: whether the choice that was made before, or the new request's command, is what choose() would say.
bool DramCycleChannel::choice_holds(bool write) {
  const bool simple =
      policy_.page == DramPagePolicy::kOpen && policy_.power_down_after == 0 && policy_.self_refresh_after == 0 && t_.tWCKSYNC == 0;
  const bool drained = draining_;
  choose_mode();
  if (!chosen_ || !simple || drained != draining_) return false;
  if (write != draining_) return true;
  const std::vector<Entry>& waiting = queue();
  const Entry& entry = waiting.back();
  if (starving(waiting.front())) return false;
  if (policy_.scheduling == DramScheduling::kFcfs || blocked(entry)) return waiting.size() != 1 || blocked(entry);
  const Bank& bank = banks_[entry.bank];
  const bool hit = bank.open && bank.row == entry.row;
  if (hit && choice_.kind == Kind::kPrecharge && choice_.bank == entry.bank) return false;
  if (hit || bank.hits[draining_ ? 1 : 0] == 0) consider(choice_, candidate(waiting.size() - 1));
  return true;
}

void DramCycleChannel::choose_entries(Choice& best) {
  const std::vector<Entry>& waiting = queue();
  if (waiting.empty()) return;
  const unsigned direction = draining_ ? 1 : 0;
  const bool starves = starving(waiting.front());
  const std::size_t count = policy_.scheduling == DramScheduling::kFcfs ? 1 : waiting.size();
  ++look_;
  for (std::size_t i = 0; i < count; ++i) {
    const Entry& entry = waiting[i];
    const Bank& bank = banks_[entry.bank];
    const bool hit = bank.open && bank.row == entry.row, first = i == 0 && (starves || count == 1);
    if (seen_[entry.bank] == look_ || (!hit && bank.hits[direction] != 0 && !first)) continue;
    seen_[entry.bank] = look_;
    if (blocked(entry)) continue;
    Choice next = candidate(i);
    if (starves && i != 0) next.order = std::max(next.order, 1u);  // Other banks go on, behind it.
    consider(best, next);
    if (best.at == now_ && best.order == 0) return;
  }
}

void DramCycleChannel::choose_for_rank(unsigned rank, Choice& best) {
  Rank& r = ranks_[rank];
  choose_refresh(rank, best);
  if (choose_sleep(rank, best) || policy_.page == DramPagePolicy::kOpen || r.refreshing || r.open_banks == 0) return;
  const Cycles timeout = policy_.page == DramPagePolicy::kAdaptive ? policy_.page_timeout : 0;
  for (unsigned b = rank * banks_per_rank_; b < (rank + 1) * banks_per_rank_; ++b) {
    const Bank& bank = banks_[b];
    if (!bank.open || bank.hits[0] + bank.hits[1] != 0) continue;
    consider(best, {std::max({bank.pre, r.pre, r.ready, bank.last_column + timeout}), 2, Kind::kPrecharge, rank, b, 0});
  }
}

/// Puts a refresh that is due in the way of everything else of its rank, or of its bank.
void DramCycleChannel::choose_refresh(unsigned rank, Choice& best) {
  Rank& r = ranks_[rank];
  if (r.self_refresh) return;
  const unsigned first = rank * banks_per_rank_;
  const bool per_bank = policy_.refresh == DramRefreshMode::kPerBank;
  const unsigned target = first + r.refreshed_bank;
  Choice choice{0, 0, Kind::kRefresh, rank, target, 0};
  if (!r.refreshing && !(per_bank && banks_[target].refresh_due)) {
    // Nothing is issued at this time; it only becomes due.
    const Cycles interval = per_bank ? t_.tREFI / banks_per_rank_ : t_.tREFI;
    choice.at = r.refresh_at == kNever || r.waiting == 0 ? r.refresh_at : r.refresh_at + policy_.refresh_postpone * interval;
    if (choice.at > now_) return consider(best, choice);
    (per_bank ? banks_[target].refresh_due : r.refreshing) = true;
  }
  if (r.powered_down) return;  // It is woken first.
  choice.at = r.ready;
  if (per_bank) {
    Bank& bank = banks_[target];
    choice.kind = bank.open ? Kind::kPrecharge : Kind::kRefreshBank;
    at_least(choice.at, bank.open ? std::max(bank.pre, r.pre) : std::max(bank.act, r.refresh_bank));
  } else if (r.open_banks != 0) {
    choice.kind = Kind::kPrechargeAll;
    at_least(choice.at, r.pre);
    for (unsigned b = first; b < first + banks_per_rank_; ++b)
      if (banks_[b].open) at_least(choice.at, banks_[b].pre);
  } else {
    for (unsigned b = first; b < first + banks_per_rank_; ++b) at_least(choice.at, banks_[b].act);
  }
  consider(best, choice);
}

/// Power-down and self refresh. True if the rank sleeps or is about to.
bool DramCycleChannel::choose_sleep(unsigned rank, Choice& best) {
  if (policy_.power_down_after == 0 && policy_.self_refresh_after == 0) return false;
  Rank& r = ranks_[rank];
  const bool wanted =
      r.waiting != 0 || r.refreshing ||
      (policy_.refresh == DramRefreshMode::kPerBank && !r.self_refresh && banks_[rank * banks_per_rank_ + r.refreshed_bank].refresh_due);
  const Cycles deep = policy_.self_refresh_after != 0 ? r.idle_since + policy_.self_refresh_after : kNever;
  Choice choice{0, 1, Kind::kPowerUp, rank, 0, 0};
  if (r.self_refresh) {
    choice.kind = Kind::kSelfRefreshExit;
    choice.at = r.state_since + t_.tCKESR;
    if (wanted) consider(best, choice);
    return true;
  }
  if (r.powered_down) {
    choice.at = std::max(r.state_since + t_.tCKE, wanted ? 0 : deep);
    if (choice.at != kNever) consider(best, choice);
    return true;
  }
  if (wanted) return false;
  choice.order = 2;
  Cycles closed = std::max(r.ready, r.pre);
  for (unsigned b = rank * banks_per_rank_; b < (rank + 1) * banks_per_rank_; ++b)
    at_least(closed, banks_[b].open ? banks_[b].pre : banks_[b].act);
  if (now_ >= deep) {
    choice.kind = r.open_banks != 0 ? Kind::kPrechargeAll : Kind::kSelfRefresh;
    choice.at = closed;
    consider(best, choice);
    return true;
  }
  if (policy_.power_down_after != 0) {
    choice.kind = Kind::kPowerDown;
    choice.at = std::max(r.idle_since + policy_.power_down_after, closed);
    consider(best, choice);
  } else {
    choice.kind = Kind::kSelfRefresh;
    choice.at = deep;
    if (r.open_banks != 0) choice.kind = Kind::kPrechargeAll;
    at_least(choice.at, closed);
    consider(best, choice);
  }
  return false;
}

void DramCycleChannel::issue(const Choice& choice, std::vector<DramCompletion>& done) {
  Rank& r = ranks_[choice.rank];
  const Cycles at = choice.at;
  const unsigned first = choice.rank * banks_per_rank_;
  switch (choice.kind) {
    case Kind::kRead:
    case Kind::kWrite:
      issue_column(choice, done);
      break;
    case Kind::kActivate:
      issue_activate(choice);
      break;
    case Kind::kPrecharge: {
      // For whom: the oldest waiting request of the bank.
      if (choice.order == 1) queue()[choice.entry].conflicted = true;
      issue_precharge(choice.rank, choice.bank, at, t_.tRP);
      emit(Kind::kPrecharge, at, choice.rank, choice.bank, 0, 0);
      break;
    }
    case Kind::kPrechargeAll:
      for (unsigned b = first; b < first + banks_per_rank_; ++b)
        if (banks_[b].open) issue_precharge(choice.rank, b, at, t_.tRPab);
      emit(Kind::kPrechargeAll, at, choice.rank, first, 0, 0);
      break;
    case Kind::kRefresh:
      if (!r.refreshing) {  // It became due; the bus is free.
        now_ = at;
        return;
      }
      for (unsigned b = first; b < first + banks_per_rank_; ++b) at_least(banks_[b].act, at + t_.tRFC);
      r.refreshing = false;
      r.refresh_at += t_.tREFI;
      ++counts_.activity.refreshes;
      emit(Kind::kRefresh, at, choice.rank, first, 0, 0);
      break;
    case Kind::kRefreshBank:
      banks_[choice.bank].refresh_due = false;
      at_least(banks_[choice.bank].act, at + t_.tRFCpb);
      r.refresh_bank = at + t_.tPBR;
      at_least(r.act, at + t_.tRRD_S);
      r.refreshed_bank = (r.refreshed_bank + 1) % banks_per_rank_;
      r.refresh_at += t_.tREFI / banks_per_rank_;
      ++counts_.activity.bank_refreshes;
      emit(Kind::kRefreshBank, at, choice.rank, choice.bank, 0, 0);
      break;
    case Kind::kPowerDown:
    case Kind::kSelfRefresh:
      change_state(r, at);
      (choice.kind == Kind::kPowerDown ? r.powered_down : r.self_refresh) = true;
      emit(choice.kind, at, choice.rank, first, 0, 0);
      break;
    case Kind::kPowerUp:
    case Kind::kSelfRefreshExit:
      change_state(r, at);
      if (r.self_refresh) r.refresh_at = policy_.refresh == DramRefreshMode::kNone ? kNever : at + t_.tREFI;
      at_least(r.ready, at + (r.self_refresh ? t_.tXS : t_.tXP));
      r.powered_down = r.self_refresh = false;
      emit(choice.kind, at, choice.rank, first, 0, 0);
      break;
  }
  now_ = at + 1;
}

void DramCycleChannel::issue_column(const Choice& choice, std::vector<DramCompletion>& done) {
  const bool write = choice.kind == Kind::kWrite;
  std::vector<Entry>& waiting = queue();
  const Entry entry = waiting[choice.entry];
  waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(choice.entry));
  const Cycles at = choice.at, latency = write ? t_.tCWL : t_.tCL, data_end = at + latency + t_.tBL;
  Bank& bank = banks_[entry.bank];
  Rank& rank = ranks_[choice.rank];
  Group& group = groups_[group_of(entry.bank)];
  --bank.hits[write ? 1 : 0];
  --rank.waiting;
  ++(write ? counts_.activity.writes : counts_.activity.reads);
  ++(write ? counts_.writes : counts_.reads);
  ++(entry.conflicted ? counts_.row_conflicts : entry.missed ? counts_.row_misses : counts_.row_hits);

  bank.last_column = at;
  at_least(bank.pre, write ? data_end + t_.tWR : at + t_.tRTP);
  at_least(write ? group.write : group.read, at + t_.tCCD_L);
  at_least(write ? rank.write : rank.read, at + t_.tCCD_S);
  if (write) {
    at_least(group.read, data_end + t_.tWTR_L);
    at_least(rank.read, data_end + t_.tWTR_S);
  } else {
    const Cycles turned = data_end + t_.tRTW;
    at_least(rank.write, turned > t_.tCWL ? turned - t_.tCWL : 0);
  }
  for (Rank& other : ranks_) {
    if (&other == &rank) continue;
    const auto behind = [](Cycles data, Cycles first) { return data > first ? data - first : 0; };
    at_least(other.read, behind(data_end + t_.tCS, t_.tCL));
    at_least(other.write, behind(data_end + (write ? t_.tCS : std::max(t_.tCS, t_.tRTW)), t_.tCWL));
  }
  rank.idle_since = std::max(data_end, bank.pre);
  clock_until_ = data_end + t_.tWCKIDLE;
  emit(choice.kind, at, choice.rank, entry.bank, entry.row, entry.column);
  if (!write) done.push_back({entry.id, data_end});
}

void DramCycleChannel::issue_activate(const Choice& choice) {
  const Cycles at = choice.at;
  Entry& entry = queue()[choice.entry];
  entry.missed = true;
  Bank& bank = banks_[choice.bank];
  Rank& rank = ranks_[choice.rank];
  if (rank.open_banks == 0) change_state(rank, at);
  ++rank.open_banks;
  bank.open = true;
  bank.row = entry.row;
  bank.column = at + t_.tRCD;
  bank.pre = at + row_cycle_;
  bank.act = at + t_.tRC;
  bank.last_column = at + t_.tRCD;
  at_least(groups_[group_of(choice.bank)].act, at + t_.tRRD_L);
  at_least(rank.act, at + t_.tRRD_S);
  rank.four_activations[rank.next_activation] = at;
  rank.next_activation = (rank.next_activation + 1) % 4;
  rank.activations = std::min(rank.activations + 1, 4u);
  at_least(rank.idle_since, bank.pre);
  ++counts_.activity.activations;
  emit(Kind::kActivate, at, choice.rank, choice.bank, entry.row, 0);
  const auto hits = [&](const std::vector<Entry>& all) {
    std::uint32_t count = 0;
    for (const Entry& each : all) count += each.bank == choice.bank && each.row == bank.row ? 1 : 0;
    return count;
  };
  bank.hits[0] = hits(reads_);
  bank.hits[1] = hits(writes_);
}

void DramCycleChannel::issue_precharge(unsigned rank, unsigned index, Cycles at, Cycles tRP) {
  Bank& bank = banks_[index];
  Rank& r = ranks_[rank];
  bank.open = false;
  bank.hits[0] = bank.hits[1] = 0;
  at_least(bank.act, at + tRP);
  at_least(r.pre, at + t_.tPPD);
  if (r.open_banks == 1) change_state(r, at);
  --r.open_banks;
}

void DramCycleChannel::emit(Kind kind, Cycles at, unsigned rank, unsigned bank, std::uint64_t row, std::uint64_t column) {
  if (sink_ == nullptr) return;
  const unsigned in_rank = bank - rank * banks_per_rank_;
  sink_->command({kind, at, channel_, rank, in_rank / device_.banks_per_group, in_rank, row, column});
}

}  // namespace visoc
