// SPDX-License-Identifier: Apache-2.0
#include "test/dram/dram_command_rules.h"

#include <algorithm>
#include <limits>

namespace visoc::test {

namespace {

using Kind = DramCommand::Kind;

constexpr std::size_t kMost = 10;
constexpr unsigned kAll = ~0u;
using Time = std::int64_t;
constexpr Time kLongAgo = std::numeric_limits<Time>::min() / 2;

/// When something last happened.
struct Bank {
  bool open = false;
  std::uint64_t row = 0;
  Time act = kLongAgo, read = kLongAgo, write = kLongAgo, closed = kLongAgo, refresh = kLongAgo;
  Time precharge_time = 0;  ///< tRP or tRPab of `closed`.
};

struct Rank {
  std::vector<Bank> banks;
  std::vector<Time> acts;
  std::vector<unsigned> act_groups;
  Time refresh = kLongAgo, bank_refresh = kLongAgo, precharge = kLongAgo, power_up = kLongAgo, self_refresh_exit = kLongAgo;
  Time down_since = kLongAgo, busy_until = kLongAgo;
  bool down = false, self_refresh = false;
};

struct Column {
  Time at = kLongAgo, data = kLongAgo, data_end = kLongAgo;
  bool write = false;
  unsigned rank = 0, group = 0;
};

class Checker {
 public:
  Checker(const DramDevice& device, std::vector<std::string>& broken) : d_(device), t_(device.timings), broken_(broken) {
    ranks_.resize(device.ranks);
    for (Rank& rank : ranks_) rank.banks.resize(device.banks());
  }

  void take(const DramCommand& c) {
    const Time at = static_cast<Time>(c.at);
    need(at >= bus_free_, "command bus", bus_free_ - 1, c);
    bus_free_ = at + 1;
    Rank& rank = ranks_.at(c.rank);
    check_awake(c, rank, at);
    switch (c.kind) {
      case Kind::kActivate:
        return activate(c, rank, at);
      case Kind::kRead:
      case Kind::kWrite:
        return column(c, rank, at);
      case Kind::kPrecharge:
        since("tPPD", rank.precharge, t_.tPPD, c);
        rank.precharge = at;
        return precharge(c, rank.banks.at(c.bank), at, t_.tRP);
      case Kind::kPrechargeAll:
        since("tPPD", rank.precharge, t_.tPPD, c);
        rank.precharge = at;
        for (Bank& bank : rank.banks)
          if (bank.open) precharge(c, bank, at, t_.tRPab);
        return;
      case Kind::kRefresh:
        for (const Bank& bank : rank.banks) refreshable(c, bank);
        since("tRFC", rank.refresh, t_.tRFC, c);
        rank.refresh = at;
        return;
      case Kind::kRefreshBank:
        refreshable(c, rank.banks.at(c.bank));
        since("tRFC", rank.refresh, t_.tRFC, c);
        since("tPBR", rank.bank_refresh, t_.tPBR, c);
        rank.bank_refresh = rank.banks.at(c.bank).refresh = at;
        return;
      case Kind::kPowerDown:
      case Kind::kSelfRefresh:
        return sleep(c, rank, at);
      case Kind::kPowerUp:
        need(rank.down && !rank.self_refresh, "PDX without PDE", rank.down_since, c);
        since("tCKE", rank.down_since, t_.tCKE, c);
        rank.down = false;
        rank.power_up = at;
        return;
      case Kind::kSelfRefreshExit:
        need(rank.down && rank.self_refresh, "SRX without SRE", rank.down_since, c);
        since("tCKESR", rank.down_since, t_.tCKESR, c);
        rank.down = rank.self_refresh = false;
        rank.self_refresh_exit = at;
        return;
    }
  }

 private:
  void need(bool right, const char* rule, Time before, const DramCommand& c) {
    if (right || broken_.size() >= kMost) return;
    broken_.push_back(std::string(rule) + ": " + name_of(c.kind) + " at " + std::to_string(c.at) + " rank " + std::to_string(c.rank) +
                      " bank " + std::to_string(c.bank) + ", after " + std::to_string(before));
  }
  /// At least `cycles` since `before`.
  void since(const char* rule, Time before, Cycles cycles, const DramCommand& c) {
    need(static_cast<Time>(c.at) >= before + static_cast<Time>(cycles), rule, before, c);
  }

  void check_awake(const DramCommand& c, const Rank& rank, Time) {
    if (c.kind == Kind::kPowerUp || c.kind == Kind::kSelfRefreshExit) return;
    need(!rank.down, "command in power-down or self refresh", rank.down_since, c);
    since("tXP", rank.power_up, t_.tXP, c);
    since("tXS", rank.self_refresh_exit, t_.tXS, c);
  }

  void activate(const DramCommand& c, Rank& rank, Time at) {
    Bank& bank = rank.banks.at(c.bank);
    need(!bank.open, "ACT of an open bank", bank.act, c);
    since("tRC", bank.act, t_.tRC, c);
    since(bank.precharge_time == static_cast<Time>(t_.tRP) ? "tRP" : "tRPab", bank.closed, static_cast<Cycles>(bank.precharge_time), c);
    since("tRFC", rank.refresh, t_.tRFC, c);
    since("tRFCpb", bank.refresh, t_.tRFCpb, c);
    since("REFPB to ACT of another bank", rank.bank_refresh, t_.tRRD_S, c);
    const std::size_t n = rank.acts.size();
    for (std::size_t i = n; i-- > 0 && i + 4 >= n;) {
      const bool same_group = rank.act_groups[i] == c.group;
      since(same_group ? "tRRD_L" : "tRRD_S", rank.acts[i], same_group ? t_.tRRD_L : t_.tRRD_S, c);
    }
    if (n >= 4) since("tFAW", rank.acts[n - 4], t_.tFAW, c);
    rank.acts.push_back(at);
    rank.act_groups.push_back(c.group);
    bank.open = true;
    bank.row = c.row;
    bank.act = at;
    rank.busy_until = std::max(rank.busy_until, at + 1);
  }

  void column(const DramCommand& c, Rank& rank, Time at) {
    Bank& bank = rank.banks.at(c.bank);
    const bool write = c.kind == Kind::kWrite;
    need(bank.open && bank.row == c.row, "column command to a row that is not open", bank.act, c);
    since("tRCD", bank.act, t_.tRCD, c);
    Column now{at, at + static_cast<Time>(write ? t_.tCWL : t_.tCL), 0, write, c.rank, c.group};
    now.data_end = now.data + static_cast<Time>(t_.tBL);
    for (const Column& before : columns_) {
      const bool same_rank = before.rank == c.rank, same_group = same_rank && before.group == c.group;
      if (same_rank && before.write == write) since(same_group ? "tCCD_L" : "tCCD_S", before.at, same_group ? t_.tCCD_L : t_.tCCD_S, c);
      if (same_rank && before.write && !write)
        since(same_group ? "tWTR_L" : "tWTR_S", before.data_end, same_group ? t_.tWTR_L : t_.tWTR_S, c);
      need(now.data >= before.data_end, "data bus", before.at, c);
      if (!before.write && write) need(now.data >= before.data_end + static_cast<Time>(t_.tRTW), "tRTW", before.at, c);
      if (!same_rank) need(now.data >= before.data_end + static_cast<Time>(t_.tCS), "tCS", before.at, c);
    }
    if (t_.tWCKSYNC != 0 && !columns_.empty()) {
      // The data clock stops tWCKIDLE after the last data; started again at the earliest then, it is ready tWCKSYNC later.
      const Time stops = columns_.back().data_end + static_cast<Time>(t_.tWCKIDLE);
      need(at <= stops || at > stops + static_cast<Time>(t_.tWCKSYNC), "tWCKSYNC", columns_.back().at, c);
    }
    columns_.push_back(now);
    if (columns_.size() > kColumns) columns_.erase(columns_.begin());
    (write ? bank.write : bank.read) = now.at;
    rank.busy_until = std::max(rank.busy_until, now.data_end + static_cast<Time>(write ? t_.tWR : 0));
  }

  void precharge(const DramCommand& c, Bank& bank, Time at, Cycles precharge_time) {
    need(bank.open, "PRE of a closed bank", bank.closed, c);
    since("tRAS", bank.act, t_.tRAS, c);
    since("tRTP", bank.read, t_.tRTP, c);
    since("tWR", bank.write, t_.tCWL + t_.tBL + t_.tWR, c);
    bank.open = false;
    bank.closed = at;
    bank.precharge_time = static_cast<Time>(precharge_time);
  }

  void refreshable(const DramCommand& c, const Bank& bank) {
    need(!bank.open, "refresh of an open bank", bank.act, c);
    since("precharge to refresh", bank.closed, static_cast<Cycles>(bank.precharge_time), c);
    since("tRC", bank.act, t_.tRC, c);
    since("tRFCpb", bank.refresh, t_.tRFCpb, c);
  }

  void sleep(const DramCommand& c, Rank& rank, Time at) {
    const bool deep = c.kind == Kind::kSelfRefresh;
    need(at >= rank.busy_until, "power-down while data move or are written", rank.busy_until, c);
    if (deep)
      for (const Bank& bank : rank.banks) refreshable(c, bank);
    since("tRFC", rank.refresh, deep ? t_.tRFC : 0, c);
    rank.down = true;
    rank.self_refresh = deep;
    rank.down_since = at;
  }

  static constexpr std::size_t kColumns = 64;  // No constraint reaches further back.

  const DramDevice& d_;
  const DramTimings& t_;
  std::vector<std::string>& broken_;
  std::vector<Rank> ranks_;
  std::vector<Column> columns_;
  Time bus_free_ = kLongAgo;
};

}  // namespace

std::vector<std::string> broken_dram_rules(std::vector<DramCommand> commands, const DramDevice& device) {
  std::stable_sort(commands.begin(), commands.end(), [](const DramCommand& a, const DramCommand& b) { return a.at < b.at; });
  std::vector<std::string> broken;
  std::vector<Checker> channels(device.channels, Checker(device, broken));
  for (const DramCommand& command : commands) channels.at(command.channel).take(command);
  return broken;
}

}  // namespace visoc::test
