// The cycle-scheduled controller: real queues, a command a clock and channel. The reference for BankedDramTiming, and an implementation of
// its own. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "ip/dram_controller/dram_cycle_channel.h"
#include "platform/contract/statistics.h"

namespace visoc {

/// All channels of a memory. Bursts arrive in order of time: add() is for the present, step() goes on.
class CycleDram {
 public:
  CycleDram(DramDevice device, DramPolicy policy);

  const DramDevice& device() const { return device_; }
  const DramMap& map() const { return map_; }

  /// Whether the queue that the burst has to go to is full.
  bool full(std::uint64_t burst, bool write) const;
  /// A column burst that arrives at `at`; its queue is not full. True if it is done at the next cycle (posted, or forwarded from the write
  /// queue).
  bool add(std::uint64_t id, std::uint64_t burst, bool write, Cycles at);
  /// Goes on to `until`, or to just behind the first column command before, whichever comes first; returns where it stands. Reads that
  /// were served are appended to `done` with the time of their last data.
  Cycles step(Cycles until, std::vector<DramCompletion>& done);
  /// Goes on to `until`.
  void advance(Cycles until, std::vector<DramCompletion>& done);
  bool empty() const;
  /// The next time at which something happens to a waiting burst; kNever if none waits.
  Cycles next_command();

  DramChannelCounts counts(unsigned channel, Cycles now) const { return channels_[channel].counts(now); }
  std::vector<Statistic> statistics(Cycles now) const;
  std::vector<EnergyEvent> energy_events(Cycles now) const;
  void trace_to(DramCommandSink* sink);
  void save(StateWriter& out) const;
  void load(StateReader& in);

 private:
  unsigned channel_of(std::uint64_t burst) const { return static_cast<unsigned>(map_.bank_of(burst) / banks_per_channel_); }

  const DramDevice device_;
  const DramPolicy policy_;
  const DramMap map_;
  const std::size_t banks_per_channel_;
  std::vector<DramCycleChannel> channels_;
};

}  // namespace visoc
