// Everything a run leaves behind, before it becomes JSON or HTML.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "platform/base/result.h"
#include "platform/base/units.h"
#include "platform/contract/services.h"
#include "platform/contract/statistics.h"

namespace visoc {

struct BlockRecord {
  std::string name, model, impl;
  std::vector<Statistic> statistics;
  std::vector<Series> series;
  std::vector<EnergyEvent> energy_events;
};

/// One row of the energy table.
struct EnergyRow {
  std::string instance, event;
  std::uint64_t count = 0;
  double picojoule_each = 0;
  std::string kind;  ///< "paper", "assumption" or "measurement": how the figure was obtained.
  std::string source;
  double total_microjoule() const { return static_cast<double>(count) * picojoule_each * 1e-6; }
};

struct ActivityRecord {
  std::string instance;
  Activity activity;
};

/// What a protocol checker between two sockets counted.
struct ProtocolLinkRecord {
  struct Rule {
    std::string name;
    std::uint64_t checks = 0, violations = 0;
  };
  std::string name;
  std::vector<Rule> rules;  ///< Those that were checked at least once.
  std::uint64_t checks() const;
  std::uint64_t violations() const;
};

/// The part that is byte-identical for equal inputs.
struct RunRecord {
  std::string scenario, platform;
  std::string status = "error";
  int exit_code = 70;
  std::string reason, where;
  std::uint32_t firmware_code = 0;
  Picos simulated_ps = 0, quantum_ps = 0;
  std::uint64_t instructions = 0, seed = 0;
  std::string configuration_sha256, elf_sha256, state_hash;
  std::vector<std::pair<std::string, std::string>> inputs;  ///< Name, SHA-256.
  std::vector<BlockRecord> blocks;
  std::vector<EnergyRow> energy;
  std::vector<std::string> energy_without_figure;  ///< "instance.event" that the table does not know: counted, not priced.
  std::vector<ActivityRecord> activities;
  std::uint64_t activities_dropped = 0;
  std::vector<std::string> warnings;
  std::vector<std::pair<std::string, std::uint64_t>> warning_counts;
  std::vector<ProtocolLinkRecord> protocol_links;
  std::uint64_t frames_shown = 0, console_bytes = 0;
  std::vector<std::string> frame_files;  ///< Relative to the output folder.
};

/// What hangs on the host.
struct HostRecord {
  double wall_seconds = 0;
  double start_seconds = 0;  ///< From the call to the first simulated instruction.
};

/// Schema "visoc-result-1"; documented in docs/results-format.md.
std::string result_json(const RunRecord& record);
std::string host_json(const HostRecord& host, const RunRecord& record);

/// Prices the events of every block by energy/default.json (each figure with its source). A table that cannot be read is a problem.
void add_energy(RunRecord& record, Problems& problems);

}  // namespace visoc
