// Counting, saving and restoring a channel of the cycle-scheduled controller.
// SPDX-License-Identifier: Apache-2.0
#include "ip/dram_controller/dram_cycle_channel.h"

namespace visoc {

void DramCycleChannel::change_state(Rank& rank, Cycles at) {
  const bool open = rank.open_banks != 0;
  DramStateTimes& times = counts_.activity.times;
  Cycles& time = rank.self_refresh   ? times.self_refresh
                 : rank.powered_down ? (open ? times.active_down : times.precharged_down)
                                     : (open ? times.active : times.precharged);
  time += at - rank.state_since;
  rank.state_since = at;
}

DramChannelCounts DramCycleChannel::counts(Cycles now) const {
  DramCycleChannel copy = *this;
  for (Rank& rank : copy.ranks_)
    if (now > rank.state_since) copy.change_state(rank, now);
  return copy.counts_;
}

namespace {

/// One list of fields for both ways.
struct Saver {
  StateWriter& out;
  template <typename T>
  void operator()(T& value) {
    out.u64(static_cast<std::uint64_t>(value));
  }
};
struct Loader {
  StateReader& in;
  template <typename T>
  void operator()(T& value) {
    value = static_cast<T>(in.u64());
  }
};

}  // namespace

template <typename Each>
void DramCycleChannel::fields(Each&& each) {
  each(now_), each(draining_), each(clock_until_);
  for (Bank& b : banks_) {
    each(b.open), each(b.refresh_due), each(b.row), each(b.act), each(b.pre), each(b.column), each(b.last_column);
    each(b.hits[0]), each(b.hits[1]);
  }
  for (Group& g : groups_) each(g.act), each(g.read), each(g.write);
  for (Rank& r : ranks_) {
    each(r.act), each(r.pre), each(r.read), each(r.write), each(r.refresh_bank), each(r.next_activation), each(r.activations);
    for (Cycles& at : r.four_activations) each(at);
    each(r.open_banks), each(r.waiting), each(r.refresh_at), each(r.refreshed_bank), each(r.refreshing), each(r.powered_down);
    each(r.self_refresh), each(r.idle_since), each(r.ready), each(r.state_since);
  }
  for (std::vector<Entry>* waiting : {&reads_, &writes_})
    for (Entry& e : *waiting)
      each(e.id), each(e.arrived), each(e.bank), each(e.rank), each(e.group), each(e.missed), each(e.conflicted), each(e.row),
          each(e.column);
  DramChannelCounts& c = counts_;
  each(c.reads), each(c.writes), each(c.forwarded), each(c.row_hits), each(c.row_misses), each(c.row_conflicts);
  DramActivity& a = c.activity;
  each(a.activations), each(a.reads), each(a.writes), each(a.refreshes), each(a.bank_refreshes);
  DramStateTimes& t = a.times;
  each(t.active), each(t.precharged), each(t.active_down), each(t.precharged_down), each(t.self_refresh);
}

void DramCycleChannel::save(StateWriter& out) const {
  out.u64(reads_.size());
  out.u64(writes_.size());
  DramCycleChannel copy = *this;
  copy.fields(Saver{out});
}

void DramCycleChannel::load(StateReader& in) {
  const std::uint64_t reads = in.u64(), writes = in.u64();
  const bool possible = in.ok() && reads <= policy_.read_queue && writes <= policy_.write_queue;
  reads_.assign(possible ? reads : 0, {});
  writes_.assign(possible ? writes : 0, {});
  if (possible) fields(Loader{in});
  chosen_ = false;
  bool sound = possible && in.ok();
  for (const std::vector<Entry>* waiting : {&reads_, &writes_})
    for (const Entry& e : *waiting) sound = sound && e.bank < banks_.size() && e.rank == rank_of(e.bank) && e.group == group_of(e.bank);
  for (const Rank& r : ranks_) sound = sound && r.next_activation < 4 && r.refreshed_bank < banks_per_rank_;
  if (sound) return;
  // Not a state of this controller: as after construction.
  DramCycleChannel fresh(device_, policy_, channel_);
  reads_ = fresh.reads_, writes_ = fresh.writes_, banks_ = fresh.banks_, groups_ = fresh.groups_, ranks_ = fresh.ranks_;
  now_ = clock_until_ = 0;
  draining_ = false;
  counts_ = {};
}

}  // namespace visoc
