// A command on a channel's command bus, and traces of them.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ip/dram_controller/dram_device.h"

namespace visoc {

struct DramCommand {
  enum class Kind : std::uint8_t {
    kActivate,
    kPrecharge,
    kPrechargeAll,  ///< Of the rank.
    kRead,
    kWrite,
    kRefresh,      ///< Of all banks of the rank.
    kRefreshBank,  ///< Per-bank refresh.
    kPowerDown,
    kPowerUp,
    kSelfRefresh,
    kSelfRefreshExit,
  };
  Kind kind = Kind::kActivate;
  Cycles at = 0;
  unsigned channel = 0, rank = 0, group = 0, bank = 0;  ///< `bank` counts within the rank.
  std::uint64_t row = 0;
  static constexpr std::uint64_t kNoColumn = ~std::uint64_t{0};
  std::uint64_t column = kNoColumn;  ///< In column bursts; kNoColumn: not told.
};

/// As traces write it: ACT PRE PREA RD WR REF REFPB PDE PDX SRE SRX.
const char* name_of(DramCommand::Kind kind);

/// Takes commands; of a channel in order of time.
class DramCommandSink {
 public:
  virtual ~DramCommandSink() = default;
  virtual void command(const DramCommand& command) = 0;
};

/// Keeps them.
class DramCommandList : public DramCommandSink {
 public:
  void command(const DramCommand& command) override { commands.push_back(command); }
  std::vector<DramCommand> commands;
};

/// Lines `cycle,command,channel,rank,bank_group,bank,row,column` under a line with the device's name and clock, sorted by time; `bank`
/// counts within its group, what a command does not have is empty.
std::string command_trace_csv(std::vector<DramCommand> commands, const DramDevice& device);
/// For Perfetto and chrome://tracing: a track a bank, one a rank for refresh and power-down, one a channel for the data bus; exact to the
/// picosecond.
std::string command_trace_json(std::vector<DramCommand> commands, const DramDevice& device);

}  // namespace visoc
