// Timing of a memory, free of the simulation kernel: constant, or with the state of every bank.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "ip/dram_controller/dram_command.h"
#include "ip/dram_controller/dram_device.h"
#include "ip/dram_controller/dram_energy.h"
#include "ip/dram_controller/dram_map.h"
#include "ip/dram_controller/dram_policy.h"
#include "ip/dram_controller/dram_schedule.h"
#include "platform/base/timeline.h"
#include "platform/contract/statistics.h"

namespace visoc {

/// When accesses end. Requests carry absolute times and may come out of order, but never for a time before `oldest`.
class DramTiming {
 public:
  virtual ~DramTiming() = default;

  /// An access of `bytes` (1 to 2^32) at `offset` that arrives at `at`: when its last byte has moved.
  virtual Picos access(Picos at, Picos oldest, Offset offset, std::uint64_t bytes, bool write) = 0;
  /// Average latency of an access of up to 8 bytes, for those that go past the controller by DMI.
  virtual Picos average_latency(bool write) const = 0;
  /// Counters as of simulated time `now`.
  virtual std::vector<Statistic> statistics(Picos now) const = 0;
  virtual std::vector<EnergyEvent> energy_events(Picos now) const = 0;
  virtual void save(StateWriter& out) const = 0;
  virtual void load(StateReader& in) = 0;
};

/// Constant latency behind a data path of limited bandwidth.
class FixedDramTiming : public DramTiming {
 public:
  static constexpr std::uint64_t kBurstBytes = 64;  ///< For the energy events, which are counted a burst.

  /// `bytes_per_us`: 1 or more.
  FixedDramTiming(Picos latency, std::uint64_t bytes_per_us) : latency_(latency), bytes_per_us_(bytes_per_us) {}

  Picos access(Picos at, Picos oldest, Offset offset, std::uint64_t bytes, bool write) override;
  Picos average_latency(bool) const override { return latency_ + transfer(8); }
  std::vector<Statistic> statistics(Picos now) const override;
  std::vector<EnergyEvent> energy_events(Picos now) const override;
  void save(StateWriter& out) const override { path_.save(out); }
  void load(StateReader& in) override { path_.load(in); }

 private:
  Picos transfer(std::uint64_t bytes) const { return (bytes * kPicosPerMicro + bytes_per_us_ - 1) / bytes_per_us_; }

  Picos latency_;
  std::uint64_t bytes_per_us_;
  Timeline path_;
  std::uint64_t bursts_[2] = {0, 0};
};

struct BankedDramOptions {
  Picos frontend = 0;            ///< Added before the first command.
  Picos backend = 0;             ///< Added after the last data.
  unsigned dmi_hit_percent = 0;  ///< Row hits assumed in average_latency; the rest are conflicts.
  bool posted = false;           ///< Writes end when they are in the queue; else when their data have moved.
  DramPolicy policy = {};        ///< Queues of reads have no end here, and scheduling is as said below.
};

/// Banks with open rows. Each bank keeps its visits (stretches of column commands to one row) in order of time; a request for time t
/// is a row hit if the visit before t has its row, else it opens its row in the first gap in which that can be done without
/// disturbing any visit that was promised before. All constraints of DramTimings hold between any two commands of a rank.
class BankedDramTiming : public DramTiming {
 public:
  BankedDramTiming(DramDevice device, const BankedDramOptions& options);

  Picos access(Picos at, Picos oldest, Offset offset, std::uint64_t bytes, bool write) override;
  Picos average_latency(bool write) const override;
  std::vector<Statistic> statistics(Picos now) const override;
  std::vector<EnergyEvent> energy_events(Picos now) const override;
  void save(StateWriter& out) const override;
  void load(StateReader& in) override;

  /// Decodes the burst that contains `offset`.
  DramPlace place_of(Offset offset) const { return map_.place_of(offset); }
  const DramDevice& device() const { return device_; }
  /// Appends activations and column commands to `trace` (null: none), in order of reservation; columns are not told apart.
  void trace_to(std::vector<DramCommand>* trace) { trace_ = trace; }
  /// Places the writes that still wait in the queues; when the last data of all have moved.
  Picos finish();
  /// What channel `channel` did until `now`.
  DramActivity activity(unsigned channel, Picos now) const;
  /// Refreshes of all ranks (per-bank refresh: of all banks) that began before `now`.
  std::uint64_t refreshes(Picos now) const;

 private:
  struct Visit {
    Cycles begin = 0;         ///< When the row before it has to be closed; for a continuing visit its first column command.
    Cycles column_ready = 0;  ///< First column command possible.
    Cycles last_column = 0;
    Cycles precharge_ready = 0;  ///< When the row may be closed.
    std::uint64_t row = 0;
    std::uint64_t epoch = 0;  ///< Refreshes before it.
    bool continues = false;   ///< The row is still open from the visit before.
  };
  struct Bank {
    unsigned channel = 0, rank = 0, group = 0, bank = 0;  ///< Where it is; `bank` counts within the rank.
    std::vector<Visit> visits;
    Cycles refresh_shift = 0;  ///< How long before the multiples of tREFI its refreshes are.
    std::uint64_t epoch = 0;   ///< Of the last look-up, with its bounds.
    Cycles epoch_begin = 0, epoch_end = 0;
    std::uint64_t hits = 0, misses = 0, conflicts = 0;
  };
  struct WaitingWrite {
    Cycles arrived = 0;
    std::uint64_t burst = 0;
  };
  /// Placed writes whose column commands may be to come: `count` of them, `apart` from each other.
  struct IssuingWrites {
    Cycles last = 0, apart = 1;
    std::size_t count = 0;
    std::size_t left(Cycles at) const { return last <= at ? 0 : std::min<std::size_t>(count, (last - at + apart - 1) / apart); }
  };
  /// Where a rank's idle time went.
  struct Slept {
    Cycles active_down = 0, precharged_down = 0, self_refresh = 0;
    Cycles closed = 0;            ///< Of self refresh and its exit: rows were held to be open and are not.
    std::uint64_t refreshes = 0;  ///< In self refresh, so without a command.

    Cycles all() const { return active_down + precharged_down + self_refresh; }
    Slept& operator+=(const Slept& other);
  };
  /// What a rank stood in.
  struct RankTimes {
    Cycles open_until = 0, open = 0;  ///< Time with a row open, counted up to open_until.
    Cycles busy_until = 0;            ///< Nothing is under way from then on.
    Slept slept;                      ///< Up to busy_until.
  };
  struct Channel {
    std::unique_ptr<DramDataBus> bus;
    std::vector<DramActivations> activations;  ///< By rank.
    std::vector<RankTimes> ranks;
    std::uint64_t activated = 0, reads = 0, writes = 0;
    std::vector<WaitingWrite> waiting;   ///< Posted and not placed, by age.
    std::vector<IssuingWrites> issuing;  ///< Still in the queue, too, until they are issued; sorted.
    Cycles last_read = 0;                ///< The latest column command of a read.
  };
  /// Everything that placing one burst needs to know.
  struct Request {
    Bank& bank;
    std::uint64_t row;
    bool write;
    Cycles latency;  ///< From the column command to its data.
  };

  static constexpr unsigned kNearBits = 6;  ///< Bursts of 64 bytes in 4 KiB, the longest access over the bus.

  Cycles may_forget(Cycles oldest) const;
  Cycles accepted_at(Channel& channel, Cycles at);
  static void issue_at(Channel& channel, Cycles column, Cycles apart, std::size_t count);
  Cycles place_write(std::uint64_t burst, Cycles at);
  std::size_t next_write(const std::vector<WaitingWrite>& waiting, unsigned last_group) const;
  void drain(Channel& channel, Cycles at, std::size_t leave);
  void use_idle_time(Channel& channel, Cycles at);
  bool waits(std::uint64_t burst) const;
  Cycles opening_of(std::uint64_t burst) const;
  Cycles post(std::uint64_t first, std::uint64_t last, Cycles arrives, Cycles awake);
  Cycles post_batch(std::uint64_t first, std::uint64_t last, Cycles arrives, Cycles ends);
  Cycles place(std::uint64_t first, std::uint64_t last, bool write, Cycles arrives);
  Cycles read_posted(std::uint64_t first, std::uint64_t last, Cycles arrives);
  void find_stripe();
  Cycles place_burst(const Request& request, Cycles at);
  bool place_stripes(std::size_t banks, std::uint64_t row, bool write, std::size_t first, std::size_t end, Cycles at, Cycles& data_end);
  bool meets_newest(const Request& request, Cycles at) const;
  bool no_room_to_activate(const Request& request, std::size_t index, Cycles at) const;
  static void insert_visit(std::vector<Visit>& visits, std::size_t index, const Visit& visit);
  bool try_hit(const Request& request, std::size_t index, Cycles at, Cycles& data_end);
  bool try_activate(const Request& request, std::size_t index, Cycles at, Cycles& data_end);
  DramActivations& activations_of(const Bank& bank) { return channels_[bank.channel].activations[bank.rank]; }
  Cycles precharge_after(Cycles column, bool write) const { return column + (write ? t_.tCWL + t_.tBL + t_.tWR : t_.tRTP); }
  std::uint64_t epoch_of(Bank& bank, Cycles at) const;
  /// Between two refreshes of a bank: from the end of the one to where the next begins, with all rows closed.
  Cycles window_begin(const Bank& bank, std::uint64_t epoch) const {
    return epoch == 0 ? 0 : epoch * refresh_interval_ - bank.refresh_shift + refresh_cycles_;
  }
  Cycles window_end(const Bank& bank, std::uint64_t epoch) const { return (epoch + 1) * refresh_interval_ - bank.refresh_shift; }
  bool closes_in_time(const Bank& bank, std::uint64_t epoch, Cycles precharge) const {
    return precharge + t_.tRPab <= window_end(bank, epoch);
  }
  /// When the page policy closes the row of a visit; kNever: it does not.
  Cycles closed_at(const Visit& visit) const {
    return page_timeout_ == kNever ? kNever : std::max(visit.precharge_ready, visit.last_column + page_timeout_);
  }
  void count_open(const Bank& bank, const Visit& visit, Cycles from);
  Slept sleep_of(const RankTimes& rank, Cycles until) const;
  Cycles wake(std::uint64_t first, std::uint64_t last, Cycles arrives);
  void note_busy(std::uint64_t first, std::uint64_t last, Cycles ends);
  void prune(Cycles oldest);
  void emit(DramCommand::Kind kind, Cycles at, const Bank& bank, std::uint64_t row) {
    if (trace_ != nullptr) trace_->push_back({kind, at, bank.channel, bank.rank, bank.group, bank.bank, row, DramCommand::kNoColumn});
  }
  void emit_column(const Request& request, Cycles at) {
    emit(request.write ? DramCommand::Kind::kWrite : DramCommand::Kind::kRead, at, request.bank, request.row);
  }

  const DramDevice device_;
  const DramTimings& t_;
  BankedDramOptions options_;
  const DramMap map_;
  std::size_t near_banks_[std::size_t{1} << kNearBits] = {};  ///< What the lowest bits of a burst's number change in its bank's index.
  std::size_t stripe_ = 0;                                    ///< Bursts after which the banks repeat; 0: not within 4 KiB.
  Cycles near_ends_[std::size_t{1} << kNearBits] = {};        ///< When each ends after the first one's end, on a busy data bus.
  Cycles row_cycle_ = 0;                                      ///< From an activation until the row may be closed.
  Cycles split_after_ = 0;  ///< Idle cycles after which a hit starts a continuing visit, so that other rows can come between.

  std::vector<Channel> channels_;
  std::vector<Bank> banks_;  ///< By channel, rank, group, bank.
  Cycles floor_ = 0;
  Cycles pruned_at_ = 0;
  Cycles refresh_interval_ = 0, refresh_cycles_ = 0;
  Cycles page_timeout_ = kNever;  ///< Idle cycles until a row is closed.
  bool sleeps_ = false;           ///< Power-down or self refresh are on.
  std::uint64_t bursts_[2] = {0, 0}, activations_ = 0, reopened_ = 0, forwarded_ = 0;
  std::size_t writes_waiting_ = 0, banks_per_channel_ = 1;
  std::vector<DramCommand>* trace_ = nullptr;
};

}  // namespace visoc
