// One channel of the cycle-scheduled controller: queues, the state of every bank, and the choice of the next command.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "ip/dram_controller/dram_command.h"
#include "ip/dram_controller/dram_energy.h"
#include "ip/dram_controller/dram_map.h"
#include "ip/dram_controller/dram_policy.h"
#include "platform/base/state.h"

namespace visoc {

/// A read whose last data has moved at `at`, or a write whose data was taken at `at`.
struct DramCompletion {
  std::uint64_t id = 0;
  Cycles at = 0;
};

struct DramChannelCounts {
  std::uint64_t reads = 0, writes = 0, forwarded = 0;  ///< Column bursts; `forwarded`: reads answered out of the write queue.
  std::uint64_t row_hits = 0, row_misses = 0, row_conflicts = 0;
  DramActivity activity;
};

/// Issues at most one command a cycle. Commands come in order of time, and only for requests that had arrived: whoever drives it calls
/// advance() up to the next arrival, then add().
class DramCycleChannel {
 public:
  DramCycleChannel(const DramDevice& device, const DramPolicy& policy, unsigned channel);

  bool full(bool write) const { return write ? writes_.size() >= policy_.write_queue : reads_.size() >= policy_.read_queue; }
  bool empty() const { return reads_.empty() && writes_.empty(); }
  /// A column burst that arrives at `at`, not before the last advance(); the queue is not full. Returns true if it is done (a write, which
  /// is posted, or a read of data that waits in the write queue): at the next cycle.
  bool add(std::uint64_t id, const DramPlace& place, bool write, Cycles at);
  /// Issues commands before `until`. Stops behind a column command if `stop_at_column`. Completed reads are appended to `done`, with the
  /// time of their last data, which may lie ahead.
  void advance(Cycles until, bool stop_at_column, std::vector<DramCompletion>& done);
  /// When the next command can be issued if nothing else arrives; kNever if there is nothing to do. Only then refreshes need not be driven.
  Cycles next_command() { return empty() ? kNever : choice().at; }
  Cycles now() const { return now_; }

  /// Column commands so far.
  std::uint64_t columns() const { return counts_.reads + counts_.writes; }
  /// Counts up to now, standing times included.
  DramChannelCounts counts(Cycles now) const;
  void trace_to(DramCommandSink* sink) { sink_ = sink; }

  void save(StateWriter& out) const;
  void load(StateReader& in);

 private:
  struct Entry {
    std::uint64_t id = 0;
    Cycles arrived = 0;
    std::uint32_t bank = 0;             ///< By rank, group, bank.
    std::uint16_t rank = 0, group = 0;  ///< The group is counted over all ranks, as in group_of().
    bool missed = false, conflicted = false;
    std::uint64_t row = 0, column = 0;
  };
  struct Bank {
    bool open = false;
    bool refresh_due = false;  ///< Per-bank refresh: no new rows.
    std::uint64_t row = 0;
    Cycles act = 0, pre = 0, column = 0;  ///< Earliest next command of each kind, for reasons of the bank.
    Cycles last_column = 0;
    std::uint32_t hits[2] = {0, 0};  ///< Waiting reads and writes of the open row.
  };
  struct Group {
    Cycles act = 0, read = 0, write = 0;
  };
  struct Rank {
    Cycles act = 0, pre = 0, read = 0, write = 0, refresh_bank = 0;
    Cycles four_activations[4] = {0, 0, 0, 0};
    unsigned next_activation = 0;  ///< Oldest of the four.
    unsigned activations = 0;      ///< Up to 4.
    unsigned open_banks = 0;
    unsigned waiting = 0;  ///< Requests in the queues.
    Cycles refresh_at = 0;
    unsigned refreshed_bank = 0;  ///< Next of per-bank refresh.
    bool refreshing = false;      ///< No new rows or columns until REF.
    bool powered_down = false, self_refresh = false;
    Cycles idle_since = 0, ready = 0;  ///< `ready`: no command before.
    Cycles state_since = 0;
  };
  /// What could be issued next.
  struct Choice {
    Cycles at = kNever;
    unsigned order = 3;  ///< 0: row hit or refresh, 1: other work, 2: housekeeping.
    DramCommand::Kind kind = DramCommand::Kind::kActivate;
    unsigned rank = 0, bank = 0;
    std::size_t entry = 0;
  };

  void consider(Choice& best, Choice candidate) const;
  /// What choose() says; asked again only after a command or an arrival.
  const Choice& choice() {
    if (!chosen_) choice_ = choose();
    chosen_ = true;
    return choice_;
  }
  Choice choose();
  bool blocked(const Entry& entry) const;
  bool starving(const Entry& oldest) const;
  Choice candidate(std::size_t index);
  bool choice_holds(bool write);
  void choose_entries(Choice& best);
  void choose_for_rank(unsigned rank, Choice& best);
  void choose_refresh(unsigned rank, Choice& best);
  bool choose_sleep(unsigned rank, Choice& best);
  void choose_mode();
  Cycles column_time(const Entry& entry, const Bank& bank, unsigned rank, unsigned group, bool write) const;
  Cycles activate_time(const Bank& bank, unsigned rank, unsigned group) const;
  void issue(const Choice& choice, std::vector<DramCompletion>& done);
  void issue_column(const Choice& choice, std::vector<DramCompletion>& done);
  void issue_activate(const Choice& choice);
  void issue_precharge(unsigned rank, unsigned bank, Cycles at, Cycles tRP);
  void change_state(Rank& rank, Cycles at);
  template <typename Each>
  void fields(Each&& each);
  void emit(DramCommand::Kind kind, Cycles at, unsigned rank, unsigned bank, std::uint64_t row, std::uint64_t column);
  unsigned rank_of(unsigned bank) const { return bank / banks_per_rank_; }
  unsigned group_of(unsigned bank) const { return bank / device_.banks_per_group; }  ///< Counted over all ranks.
  std::vector<Entry>& queue() { return draining_ ? writes_ : reads_; }

  const DramDevice& device_;
  const DramTimings& t_;
  const DramPolicy& policy_;
  const unsigned channel_;
  const unsigned banks_per_rank_;
  Cycles row_cycle_;  ///< ACT to PRE.

  std::vector<Entry> reads_, writes_;  ///< By age.
  bool draining_ = false;              ///< Writes are served.
  Cycles now_ = 0;                     ///< First cycle without a command.
  std::vector<Bank> banks_;
  std::vector<Group> groups_;
  std::vector<Rank> ranks_;
  Cycles clock_until_ = 0;  ///< LPDDR5's data clock stops behind it.
  DramChannelCounts counts_;
  std::vector<unsigned> seen_;  ///< Scratch: by bank, the number of the look in which it was seen.
  unsigned look_ = 0;
  bool chosen_ = false;
  Choice choice_;
  DramCommandSink* sink_ = nullptr;
};

}  // namespace visoc
