// What the banks of a channel share: the data bus, and activations within a rank. Both keep reservations, in clock cycles.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "ip/dram_controller/dram_device.h"
#include "platform/base/state.h"

namespace visoc {

/// Column bursts on the data bus of a channel. Bursts of one direction that leave no room between them are kept as one run.
class DramDataBus {
 public:
  explicit DramDataBus(const DramTimings& timings) : t_(timings) {}

  struct Slot {
    Cycles begin = 0;
    std::size_t before = 0;  ///< Index of the run that follows; valid until the next change.
  };
  /// The first slot for a burst whose data may begin at `earliest`.
  Slot find(Cycles earliest, bool write, std::uint8_t group) const {
    // Most bursts go behind all others.
    if (runs_.empty()) return {earliest, 0};
    if (runs_.back().begin > earliest) return find_between(earliest, write, group);
    return {std::max(earliest, earliest_behind(runs_.size() - 1, write, group)), runs_.size()};
  }
  void take(const Slot& slot, bool write, std::uint8_t group) {
    if (slot.before != runs_.size()) return take_between(slot, write, group);
    if (!runs_.empty() && joins(runs_.back(), slot.begin, write)) return lengthen(runs_.back(), slot.begin + t_.tBL, group);
    runs_.push_back({slot.begin, slot.begin + t_.tBL, write, group, group, kNoGroup});
  }

  /// Whether all further bursts of one direction, whose data may begin at `earliest` to `latest`, can but lengthen the last run, each
  /// tCCD behind the one before.
  bool only_lengthens(Cycles earliest, Cycles latest, bool write, std::uint8_t last_group) const {
    if (runs_.empty()) return false;
    const Run& last = runs_.back();
    if (last.write != write || last.last_group != last_group || last.begin > earliest || last.end < latest) return false;
    if (write || runs_.size() == 1 || !runs_[runs_.size() - 2].write) return true;
    return last.end >= runs_[runs_.size() - 2].end + t_.tWTR_L + t_.tCL;
  }
  /// When the last burst of all ends; only if there is one.
  Cycles end() const { return runs_.back().end; }
  /// Takes at least one burst after only_lengthens(); the last two are of these groups.
  void lengthen(Cycles end, std::uint8_t last_but_one_group, std::uint8_t last_group) {
    runs_.back().last_group = last_but_one_group;
    lengthen(runs_.back(), end, last_group);
  }

  /// Nothing before `oldest` will be asked for. Returns a time before which nothing can be found any more (0 if there is none).
  Cycles prune(Cycles oldest);
  void clear() { runs_.clear(); }
  std::size_t size() const { return runs_.size(); }
  void save(StateWriter& out) const;
  void load(StateReader& in);

 private:
  static constexpr std::uint8_t kNoGroup = 0xff;
  struct Run {
    Cycles begin = 0, end = 0;
    bool write = false;
    std::uint8_t first_group = 0, last_group = 0, last_but_one_group = kNoGroup;
  };

  Slot find_between(Cycles earliest, bool write, std::uint8_t group) const;
  void take_between(const Slot& slot, bool write, std::uint8_t group);
  /// Whether a burst that begins at `begin`, behind `run`, leaves no room to it.
  bool joins(const Run& run, Cycles begin, bool write) const { return run.write == write && begin - run.end < t_.tBL; }
  static void lengthen(Run& run, Cycles end, std::uint8_t group) {
    run.end = end;
    run.last_but_one_group = run.last_group;
    run.last_group = group;
  }
  Cycles gap_after(const Run& run, bool write, std::uint8_t group) const {
    return run.write == write ? (group == run.last_group ? t_.tCCD_L : t_.tCCD_S) - t_.tBL : turn_after(run, write, group);
  }
  Cycles turn_after(const Run& run, bool write, std::uint8_t group) const;
  Cycles gap_before(const Run& run, bool write, std::uint8_t group) const;
  /// When a burst may begin that comes behind run `i`.
  Cycles earliest_behind(std::size_t i, bool write, std::uint8_t group) const {
    const Cycles begin = runs_[i].end + gap_after(runs_[i], write, group);
    // A short read run of other groups may not have used up the tWTR_L of the writes before it.
    if (write || runs_[i].write || i == 0 || !runs_[i - 1].write) return begin;
    return std::max(begin, runs_[i - 1].end + gap_after(runs_[i - 1], write, group));
  }

  const DramTimings& t_;
  std::vector<Run> runs_;
};

/// Activations of one rank: tRRD and tFAW in both directions of time.
class DramActivations {
 public:
  explicit DramActivations(const DramTimings& timings) : t_(timings) {}

  Cycles find(Cycles earliest, std::uint8_t group) const;
  void add(Cycles at, std::uint8_t group);
  void remove(Cycles at);

  void prune(Cycles oldest);
  void clear() { all_.clear(); }
  void save(StateWriter& out) const;
  void load(StateReader& in);

 private:
  struct Activation {
    Cycles at = 0;
    std::uint8_t group = 0;
  };

  std::size_t index_after(Cycles at) const;
  Cycles spacing(std::uint8_t a, std::uint8_t b) const { return a == b ? t_.tRRD_L : t_.tRRD_S; }

  const DramTimings& t_;
  std::vector<Activation> all_;
};

}  // namespace visoc
