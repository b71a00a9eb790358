// SPDX-License-Identifier: Apache-2.0
#include "ip/dram_controller/dram_schedule.h"

#include <algorithm>

namespace visoc {
namespace {

constexpr std::size_t kPruneAt = 128;  // Entries before pruning is worth the copy.
constexpr std::size_t kMost = 16'384;  // Entries before the oldest are forgotten.

/// Drops the first `count` entries.
template <typename T>
void drop(std::vector<T>& all, std::size_t count) {
  all.erase(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(count));
}

}  // namespace

Cycles DramDataBus::turn_after(const Run& run, bool write, std::uint8_t group) const {
  if (write) return t_.tRTW;
  Cycles turn = group == run.last_group ? t_.tWTR_L : t_.tWTR_S;
  if (group == run.last_but_one_group && t_.tWTR_L > t_.tBL) turn = std::max(turn, t_.tWTR_L - t_.tBL);
  // The third last and those before are not remembered: each could be of the same group.
  if (t_.tWTR_L > t_.tWTR_S + 2 * t_.tBL) turn = std::max(turn, t_.tWTR_L - 2 * t_.tBL);
  return turn + t_.tCL;
}

Cycles DramDataBus::gap_before(const Run& run, bool write, std::uint8_t group) const {
  if (run.write == write) return (group == run.first_group ? t_.tCCD_L : t_.tCCD_S) - t_.tBL;
  // The run's further bursts may be of this group, so a turn to reading takes the longer constraint.
  return write ? t_.tWTR_L + t_.tCL : t_.tRTW;
}

DramDataBus::Slot DramDataBus::find_between(Cycles earliest, bool write, std::uint8_t group) const {
  const auto next = std::upper_bound(runs_.begin(), runs_.end(), earliest, [](Cycles at, const Run& run) { return at < run.begin; });
  auto i = static_cast<std::size_t>(next - runs_.begin());
  if (i != 0) --i;
  // runs_[i] is the last run that begins at or before `earliest`, or the first of all.
  Cycles begin = earliest;
  if (runs_[i].begin <= earliest) {
    begin = std::max(begin, earliest_behind(i, write, group));
    ++i;
  }
  for (; i < runs_.size(); ++i) {
    // A write in front of a short write run has to keep its tWTR_L to the reads behind that run, too.
    const bool reads_follow = write && runs_[i].write && i + 1 < runs_.size() && !runs_[i + 1].write;
    const bool turns_in_time = !reads_follow || begin + t_.tBL + t_.tWTR_L + t_.tCL <= runs_[i + 1].begin;
    if (turns_in_time && begin + t_.tBL + gap_before(runs_[i], write, group) <= runs_[i].begin) break;
    begin = std::max(begin, earliest_behind(i, write, group));
  }
  return {begin, i};
}

void DramDataBus::take_between(const Slot& slot, bool write, std::uint8_t group) {
  const Cycles end = slot.begin + t_.tBL;
  Run* before = slot.before != 0 ? &runs_[slot.before - 1] : nullptr;
  Run* after = slot.before < runs_.size() ? &runs_[slot.before] : nullptr;
  const bool joins_before = before != nullptr && joins(*before, slot.begin, write);
  const bool joins_after = after != nullptr && after->write == write && after->begin - end < t_.tBL;
  if (joins_after) {
    after->begin = slot.begin;
    after->first_group = group;
    if (after->last_but_one_group == kNoGroup) after->last_but_one_group = group;
    if (!joins_before) return;
    before->end = after->end;
    before->last_but_one_group = after->last_but_one_group;
    before->last_group = after->last_group;
    runs_.erase(runs_.begin() + static_cast<std::ptrdiff_t>(slot.before));
    return;
  }
  if (joins_before) {
    lengthen(*before, end, group);
    return;
  }
  runs_.insert(runs_.begin() + static_cast<std::ptrdiff_t>(slot.before), Run{slot.begin, end, write, group, group, kNoGroup});
}

Cycles DramDataBus::prune(Cycles oldest) {
  if (runs_.size() < kPruneAt) return 0;
  // The last run before `oldest` still spaces what follows.
  std::size_t count = 0;
  while (count + 1 < runs_.size() && runs_[count + 1].end <= oldest) ++count;
  Cycles floor = 0;
  if (runs_.size() - count > kMost) {
    count += kMost / 2;
    floor = runs_[count].begin;
  }
  if (count >= kPruneAt / 2) drop(runs_, count);
  return floor;
}

void DramDataBus::save(StateWriter& out) const {
  out.u64(runs_.size());
  for (const Run& run : runs_) {
    out.u64(run.begin);
    out.u64(run.end);
    out.boolean(run.write);
    out.u8(run.first_group);
    out.u8(run.last_group);
    out.u8(run.last_but_one_group);
  }
}

void DramDataBus::load(StateReader& in) {
  runs_.clear();
  const std::uint64_t count = in.u64();
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
    Run run;
    run.begin = in.u64();
    run.end = in.u64();
    run.write = in.boolean();
    run.first_group = in.u8();
    run.last_group = in.u8();
    run.last_but_one_group = in.u8();
    runs_.push_back(run);
  }
}

std::size_t DramActivations::index_after(Cycles at) const {
  if (all_.empty() || all_.back().at <= at) return all_.size();
  const auto next = std::upper_bound(all_.begin(), all_.end(), at, [](Cycles a, const Activation& x) { return a < x.at; });
  return static_cast<std::size_t>(next - all_.begin());
}

Cycles DramActivations::find(Cycles earliest, std::uint8_t group) const {
  Cycles at = earliest;
  std::size_t i = index_after(at);
  const std::size_t count = all_.size();
  while (true) {
    // Neighbours before; tRRD_L may reach over more than one.
    Cycles needed = at;
    for (std::size_t back = 1; back <= 3 && back <= i; ++back)
      needed = std::max(needed, all_[i - back].at + spacing(all_[i - back].group, group));
    if (i >= 4) needed = std::max(needed, all_[i - 4].at + t_.tFAW);
    if (i == count) return needed;  // Nothing later is in the way.
    if (needed == at) {
      bool fits = true;
      for (std::size_t ahead = 0; ahead < 3 && i + ahead < count; ++ahead)
        fits = fits && all_[i + ahead].at >= at + spacing(all_[i + ahead].group, group);
      // Every window of five activations with this one among them.
      for (std::size_t before = 0; before <= 3 && before <= i; ++before) {
        if (i + (3 - before) >= count) continue;
        const Cycles first = before == 0 ? at : all_[i - before].at;
        fits = fits && all_[i + (3 - before)].at >= first + t_.tFAW;
      }
      if (fits) return at;
      needed = all_[i].at;  // Not in this gap.
      ++i;
    }
    at = needed;
    while (i < count && all_[i].at <= at) ++i;
  }
}

void DramActivations::add(Cycles at, std::uint8_t group) {
  if (all_.empty() || all_.back().at <= at) return all_.push_back({at, group});
  all_.insert(all_.begin() + static_cast<std::ptrdiff_t>(index_after(at)), {at, group});
}

void DramActivations::remove(Cycles at) {
  const std::size_t i = index_after(at);
  if (i != 0 && all_[i - 1].at == at) all_.erase(all_.begin() + static_cast<std::ptrdiff_t>(i - 1));
}

void DramActivations::prune(Cycles oldest) {
  if (all_.size() < kPruneAt) return;
  std::size_t count = 0;
  while (count < all_.size() && all_[count].at + t_.tFAW + t_.tRRD_L <= oldest) ++count;
  if (count >= kPruneAt / 2) drop(all_, count);
}

void DramActivations::save(StateWriter& out) const {
  out.u64(all_.size());
  for (const Activation& activation : all_) {
    out.u64(activation.at);
    out.u8(activation.group);
  }
}

void DramActivations::load(StateReader& in) {
  all_.clear();
  const std::uint64_t count = in.u64();
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
    const Cycles at = in.u64();
    all_.push_back({at, in.u8()});
  }
}

}  // namespace visoc
