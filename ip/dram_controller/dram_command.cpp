// SPDX-License-Identifier: Apache-2.0
#include "ip/dram_controller/dram_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace visoc {

namespace {

using Kind = DramCommand::Kind;

bool of_rank(Kind kind) { return kind == Kind::kPrechargeAll || kind == Kind::kRefresh || kind >= Kind::kPowerDown; }
bool of_column(Kind kind) { return kind == Kind::kRead || kind == Kind::kWrite; }

std::string column_of(const DramCommand& command) { return command.column == DramCommand::kNoColumn ? "" : std::to_string(command.column); }

void sort(std::vector<DramCommand>& commands) {
  std::stable_sort(commands.begin(), commands.end(), [](const DramCommand& a, const DramCommand& b) { return a.at < b.at; });
}

/// Picoseconds as microseconds, without rounding.
std::string micros(Picos at) { return fmt::format("{}.{:06}", at / kPicosPerMicro, at % kPicosPerMicro); }

}  // namespace

const char* name_of(Kind kind) {
  constexpr const char* kNames[] = {"ACT", "PRE", "PREA", "RD", "WR", "REF", "REFPB", "PDE", "PDX", "SRE", "SRX"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::string command_trace_csv(std::vector<DramCommand> commands, const DramDevice& device) {
  sort(commands);
  fmt::memory_buffer out;
  const auto line = std::back_inserter(out);
  fmt::format_to(line, "# device={} tCK_ps={}\ncycle,command,channel,rank,bank_group,bank,row,column\n", device.name,
                 device.timings.tCK_ps);
  for (const DramCommand& c : commands) {
    fmt::format_to(line, "{},{},{},{},", c.at, name_of(c.kind), c.channel, c.rank);
    if (of_rank(c.kind))
      fmt::format_to(line, ",,,\n");
    else if (c.kind == Kind::kPrecharge || c.kind == Kind::kRefreshBank)
      fmt::format_to(line, "{},{},,\n", c.group, c.bank % device.banks_per_group);
    else if (of_column(c.kind))
      fmt::format_to(line, "{},{},{},{}\n", c.group, c.bank % device.banks_per_group, c.row, column_of(c));
    else
      fmt::format_to(line, "{},{},{},\n", c.group, c.bank % device.banks_per_group, c.row);
  }
  return fmt::to_string(out);
}

std::string command_trace_json(std::vector<DramCommand> commands, const DramDevice& device) {
  sort(commands);
  const DramTimings& t = device.timings;
  fmt::memory_buffer out;
  const auto to = std::back_inserter(out);
  const char* separator = "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n";
  const unsigned bank_tracks = device.ranks * device.banks(), data_track = bank_tracks + device.ranks;
  const auto named = [&](unsigned channel, unsigned track, const std::string& name) {
    fmt::format_to(to, "{}{{\"ph\":\"M\",\"name\":\"thread_name\",\"pid\":{},\"tid\":{},\"args\":{{\"name\":\"{}\"}}}}", separator, channel,
                   track, name);
    separator = ",\n";
  };
  for (unsigned channel = 0; channel < device.channels; ++channel) {
    fmt::format_to(to, "{}{{\"ph\":\"M\",\"name\":\"process_name\",\"pid\":{},\"args\":{{\"name\":\"{} channel {}\"}}}}", separator,
                   channel, device.name, channel);
    separator = ",\n";
    for (unsigned rank = 0; rank < device.ranks; ++rank) {
      for (unsigned bank = 0; bank < device.banks(); ++bank)
        named(channel, rank * device.banks() + bank,
              fmt::format("rank {} group {} bank {}", rank, bank / device.banks_per_group, bank % device.banks_per_group));
      named(channel, bank_tracks + rank, fmt::format("rank {}", rank));
    }
    named(channel, data_track, "data bus");
  }
  const auto event = [&](const DramCommand& c, unsigned track, Cycles begin, Cycles cycles, const std::string& arguments) {
    fmt::format_to(to, "{}{{\"ph\":\"X\",\"name\":\"{}\",\"pid\":{},\"tid\":{},\"ts\":{},\"dur\":{},\"args\":{{{}}}}}", separator,
                   name_of(c.kind), c.channel, track, micros(begin * t.tCK_ps), micros(cycles * t.tCK_ps), arguments);
    separator = ",\n";
  };
  for (const DramCommand& c : commands) {
    const unsigned track = of_rank(c.kind) ? bank_tracks + c.rank : c.rank * device.banks() + c.bank;
    Cycles cycles = 1;
    if (c.kind == Kind::kActivate) cycles = t.tRCD;
    if (c.kind == Kind::kPrecharge) cycles = t.tRP;
    if (c.kind == Kind::kPrechargeAll) cycles = t.tRPab;
    if (c.kind == Kind::kRefresh) cycles = t.tRFC;
    if (c.kind == Kind::kRefreshBank) cycles = t.tRFCpb;
    std::string arguments = fmt::format("\"cycle\":{}", c.at);
    if (c.kind == Kind::kActivate || of_column(c.kind)) arguments += fmt::format(",\"row\":{}", c.row);
    if (c.column != DramCommand::kNoColumn) arguments += fmt::format(",\"column\":{}", c.column);
    event(c, track, c.at, cycles, arguments);
    if (of_column(c.kind)) event(c, data_track, c.at + (c.kind == Kind::kRead ? t.tCL : t.tCWL), t.tBL, arguments);
  }
  fmt::format_to(to, "{}]}}\n", separator[0] == '{' ? separator : "\n");
  return fmt::to_string(out);
}

}  // namespace visoc
