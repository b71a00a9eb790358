// Timing of a memory, free of the simulation kernel: constant, or with the state of every bank.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "ip/dram_controller/dram_command.h"
#include "ip/dram_controller/dram_device.h"
#include "ip/dram_controller/dram_map.h"
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
  /// Appends every command to `trace` (null: none), in order of reservation.
  void trace_to(std::vector<DramCommand>* trace) { trace_ = trace; }
  /// Refreshes of all ranks that began before `now`.
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
    std::uint64_t hits = 0, misses = 0, conflicts = 0;
  };
  struct Channel {
    std::unique_ptr<DramDataBus> bus;
    std::vector<DramActivations> activations;  ///< By rank.
  };
  /// Everything that placing one burst needs to know.
  struct Request {
    Bank& bank;
    std::uint64_t row;
    bool write;
    Cycles latency;  ///< From the column command to its data.
  };

  static constexpr unsigned kNearBits = 6;  ///< Bursts of 64 bytes in 4 KiB, the longest access over the bus.

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
  std::uint64_t epoch_of(Cycles at);
  Cycles window_begin(std::uint64_t epoch) const { return epoch == 0 ? 0 : epoch * t_.tREFI + t_.tRFC; }
  Cycles window_end(std::uint64_t epoch) const { return (epoch + 1) * t_.tREFI; }
  Cycles skip_refresh(Cycles at);
  void prune(Cycles oldest);
  void emit(DramCommand::Kind kind, Cycles at, const Bank& bank, std::uint64_t row) {
    if (trace_ != nullptr) trace_->push_back({kind, at, bank.channel, bank.rank, bank.group, bank.bank, row});
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
  std::uint64_t epoch_ = 0;  ///< Of the last look-up, with its bounds.
  Cycles epoch_begin_ = 0, epoch_end_ = 0;
  std::uint64_t bursts_[2] = {0, 0}, activations_ = 0, reopened_ = 0;
  std::vector<DramCommand>* trace_ = nullptr;
};

}  // namespace visoc
