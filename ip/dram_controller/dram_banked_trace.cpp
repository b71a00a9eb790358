// SPDX-License-Identifier: Apache-2.0
#include "ip/dram_controller/dram_banked_trace.h"

#include <algorithm>
#include <cstddef>

namespace visoc {

namespace {

using Kind = DramCommand::Kind;

class Completion {
 public:
  Completion(const DramDevice& device, const DramPolicy& policy, Cycles end)
      : device_(device), t_(device.timings), policy_(policy), end_(end) {}

  std::vector<DramCommand> run(std::vector<DramCommand> commands) {
    const auto earlier = [](const DramCommand& a, const DramCommand& b) { return a.at < b.at; };
    std::stable_sort(commands.begin(), commands.end(), earlier);
    std::vector<std::vector<DramCommand>> banks(std::size_t{device_.channels} * device_.ranks * device_.banks());
    for (const DramCommand& c : commands) banks[(c.channel * device_.ranks + c.rank) * device_.banks() + c.bank].push_back(c);
    all_ = std::move(commands);
    for (const std::vector<DramCommand>& bank : banks) close_rows(bank);
    space_precharges();
    if (policy_.refresh != DramRefreshMode::kNone) refresh();
    std::stable_sort(all_.begin(), all_.end(), earlier);
    return std::move(all_);
  }

 private:
  struct Precharge {
    DramCommand command;
    Cycles earliest = 0, latest = kNever;
    bool by_refresh = false;
  };

  Cycles interval() const { return policy_.refresh == DramRefreshMode::kPerBank ? t_.tREFI / device_.banks() : t_.tREFI; }

  /// The first refresh of the bank at or after `at`.
  Cycles next_refresh(unsigned bank, Cycles at) const {
    if (policy_.refresh == DramRefreshMode::kNone) return kNever;
    const Cycles first = policy_.refresh == DramRefreshMode::kPerBank ? (bank + 1) * interval() : t_.tREFI;
    return at <= first ? first : first + (at - first + t_.tREFI - 1) / t_.tREFI * t_.tREFI;
  }

  void close_rows(const std::vector<DramCommand>& bank) {
    Cycles ready = 0, idle_from = 0;
    for (std::size_t i = 0; i < bank.size(); ++i) {
      const DramCommand& c = bank[i];
      if (c.kind == Kind::kActivate) ready = idle_from = c.at + std::max(t_.tRAS, t_.tRC > t_.tRP ? t_.tRC - t_.tRP : 0);
      if (c.kind != Kind::kActivate) {
        ready = std::max(ready, c.at + (c.kind == Kind::kRead ? t_.tRTP : t_.tCWL + t_.tBL + t_.tWR));
        idle_from = c.at;
      }
      const bool last = i + 1 == bank.size();
      if (!last && bank[i + 1].kind != Kind::kActivate) continue;
      const Cycles latest = last ? kNever : bank[i + 1].at - t_.tRP, refreshed = next_refresh(c.bank, ready);
      Cycles close = latest;
      if (policy_.page == DramPagePolicy::kClosed) close = std::min(close, ready);
      if (policy_.page == DramPagePolicy::kAdaptive) close = std::min(close, std::max(ready, idle_from + policy_.page_timeout));
      const bool by_refresh = refreshed != kNever && close > refreshed - t_.tRPab;
      if (by_refresh) close = refreshed - t_.tRPab;
      if (close == kNever || close > end_) continue;
      DramCommand precharge = c;
      precharge.kind = Kind::kPrecharge;
      precharge.at = close;
      precharges_.push_back({precharge, ready, std::min(latest, by_refresh ? close : kNever), by_refresh});
    }
  }

  /// One PREA in front of a refresh; the others tPPD apart.
  void space_precharges() {
    sort_precharges();
    const bool all_at_once = policy_.refresh == DramRefreshMode::kAllBank;
    std::vector<Precharge> kept;
    for (Precharge& p : precharges_) {
      if (all_at_once && p.by_refresh) {
        p.command.kind = Kind::kPrechargeAll;
        if (!kept.empty() && kept.back().command.kind == Kind::kPrechargeAll && kept.back().command.at == p.command.at &&
            rank_of(kept.back()) == rank_of(p))
          continue;
      }
      kept.push_back(p);
    }
    precharges_ = std::move(kept);
    constexpr unsigned kMostPasses = 32;  // Each pass settles what the one before has moved; a few are usual.
    for (unsigned pass = 0; t_.tPPD != 0 && pass < kMostPasses && separate(); ++pass) {
    }
    for (const Precharge& p : precharges_) all_.push_back(p.command);
  }

  unsigned rank_of(const Precharge& p) const { return p.command.channel * device_.ranks + p.command.rank; }

  void sort_precharges() {
    std::stable_sort(precharges_.begin(), precharges_.end(), [this](const Precharge& a, const Precharge& b) {
      return rank_of(a) != rank_of(b) ? rank_of(a) < rank_of(b) : a.command.at < b.command.at;
    });
  }

  /// Moves precharges of a rank that are too close: the first one earlier, the second one later, or the first behind the second. True if
  /// any was moved.
  bool separate() {
    bool moved = false;
    for (std::size_t i = 1; i < precharges_.size(); ++i) {
      Precharge &first = precharges_[i - 1], &second = precharges_[i];
      if (rank_of(first) != rank_of(second) || second.command.at >= first.command.at + t_.tPPD) continue;
      const Cycles early = second.command.at - std::min(second.command.at, t_.tPPD), late = first.command.at + t_.tPPD,
                   behind = second.command.at + t_.tPPD;
      if (late <= second.latest)
        second.command.at = late;
      else if (behind <= first.latest)
        first.command.at = behind;
      else if (early >= first.earliest)
        first.command.at = early;
      else if (first.command.at >= second.earliest + t_.tPPD)
        second.command.at = first.command.at - t_.tPPD;
      else
        continue;
      moved = true;
    }
    if (moved) sort_precharges();
    return moved;
  }

  void refresh() {
    const bool per_bank = policy_.refresh == DramRefreshMode::kPerBank;
    for (unsigned channel = 0; channel < device_.channels; ++channel)
      for (unsigned rank = 0; rank < device_.ranks; ++rank)
        for (unsigned bank = 0; bank < (per_bank ? device_.banks() : 1); ++bank)
          for (Cycles at = next_refresh(bank, 0); at <= end_; at += t_.tREFI) {
            DramCommand command;
            command.kind = per_bank ? Kind::kRefreshBank : Kind::kRefresh;
            command.at = at;
            command.channel = channel;
            command.rank = rank;
            command.bank = bank;
            command.group = bank / device_.banks_per_group;
            all_.push_back(command);
          }
  }

  const DramDevice& device_;
  const DramTimings& t_;
  const DramPolicy& policy_;
  const Cycles end_;
  std::vector<Precharge> precharges_;
  std::vector<DramCommand> all_;
};

}  // namespace

std::vector<DramCommand> complete_banked_trace(std::vector<DramCommand> commands, const DramDevice& device, const DramPolicy& policy,
                                               Cycles end) {
  return Completion(device, policy, end).run(std::move(commands));
}

}  // namespace visoc
