// SPDX-License-Identifier: Apache-2.0
#include "platform/observe/run_record.h"

#include <sys/utsname.h>

#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>

#include "platform/base/data_folder.h"
#include "platform/base/text_file.h"

namespace visoc {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMaxEnergyTableBytes = 1u << 20;

/// Bytes that moved, as every counter saw them: a block's own count must equal what the bus saw for it.
Json traffic(const RunRecord& record) {
  Json rows = Json::array();
  for (const BlockRecord& block : record.blocks) {
    Json row = {{"instance", block.name}};
    bool any = false;
    for (const Statistic& statistic : block.statistics) {
      const bool bytes = statistic.name == "bytes_read" || statistic.name == "bytes_written" || statistic.name == "direct_bytes_read" ||
                         statistic.name == "direct_bytes_written";
      if (!bytes) continue;
      row[statistic.name] = statistic.value;
      any = true;
    }
    if (any) rows.push_back(row);
  }
  return rows;
}

Json protocol(const RunRecord& record) {
  Json links = Json::object();
  std::uint64_t checks = 0, violations = 0;
  for (const ProtocolLinkRecord& link : record.protocol_links) {
    Json rules = Json::object();
    for (const ProtocolLinkRecord::Rule& rule : link.rules) rules[rule.name] = {{"checks", rule.checks}, {"violations", rule.violations}};
    links[link.name] = {{"protocol_checks", link.checks()}, {"protocol_violations", link.violations()}, {"rules", rules}};
    checks += link.checks();
    violations += link.violations();
  }
  return {{"protocol_checks", checks}, {"protocol_violations", violations}, {"links", links}};
}

}  // namespace

std::uint64_t ProtocolLinkRecord::checks() const {
  std::uint64_t sum = 0;
  for (const Rule& rule : rules) sum += rule.checks;
  return sum;
}

std::uint64_t ProtocolLinkRecord::violations() const {
  std::uint64_t sum = 0;
  for (const Rule& rule : rules) sum += rule.violations;
  return sum;
}

std::string result_json(const RunRecord& record) {
  Json json;
  json["schema"] = "visoc-result-1";
  json["scenario"] = record.scenario;
  json["platform"] = record.platform;
  json["status"] = record.status;
  json["exit_code"] = record.exit_code;
  json["reason"] = record.reason;
  if (!record.where.empty()) json["where"] = record.where;
  json["firmware_code"] = record.firmware_code;
  json["simulated_time_ps"] = record.simulated_ps;
  json["instructions"] = record.instructions;
  json["seed"] = record.seed;
  json["quantum_ps"] = record.quantum_ps;
  json["configuration_sha256"] = record.configuration_sha256;
  json["elf_sha256"] = record.elf_sha256;
  if (!record.state_hash.empty()) json["state_sha256"] = record.state_hash;
  json["inputs"] = Json::object();
  for (const auto& [name, hash] : record.inputs) json["inputs"][name] = hash;
  json["frames_shown"] = record.frames_shown;
  json["console_bytes"] = record.console_bytes;
  json["instances"] = Json::object();
  for (const BlockRecord& block : record.blocks) {
    Json statistics = Json::object();
    for (const Statistic& statistic : block.statistics) statistics[statistic.name] = statistic.value;
    json["instances"][block.name] = {{"model", block.model}, {"impl", block.impl}, {"statistics", statistics}};
    for (const Series& series : block.series) {
      Json& shown = json["instances"][block.name]["series"][series.name];
      if (series.step != 0) shown["step_ps"] = series.step;
      shown["values"] = series.values;
    }
  }
  json["traffic"] = traffic(record);
  Json rows = Json::array();
  double total = 0;
  for (const EnergyRow& row : record.energy) {
    rows.push_back({{"instance", row.instance},
                    {"event", row.event},
                    {"count", row.count},
                    {"picojoule_each", row.picojoule_each},
                    {"kind", row.kind},
                    {"source", row.source},
                    {"microjoule", row.total_microjoule()}});
    total += row.total_microjoule();
  }
  json["energy"] = {{"rows", rows}, {"total_microjoule", total}, {"events_without_figure", record.energy_without_figure}};
  json["warnings"] = record.warnings;
  json["warning_counts"] = Json::object();
  for (const auto& [code, count] : record.warning_counts) json["warning_counts"][code] = count;
  if (!record.protocol_links.empty()) json["protocol"] = protocol(record);
  json["activities_dropped"] = record.activities_dropped;
  // Guest-made text may hold any bytes: replace what is not UTF-8.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string host_json(const HostRecord& host, const RunRecord& record) {
  Json json;
  utsname name{};
  uname(&name);
  json["schema"] = "visoc-host-1";
  json["machine"] = name.machine;
  json["kernel"] = name.release;
  json["wall_seconds"] = host.wall_seconds;
  json["start_seconds"] = host.start_seconds;
  const double simulated = static_cast<double>(record.simulated_ps) * 1e-12;
  json["simulated_per_wall"] = host.wall_seconds > 0 ? simulated / host.wall_seconds : 0.0;
  json["million_instructions_per_second"] =
      host.wall_seconds > 0 ? static_cast<double>(record.instructions) * 1e-6 / host.wall_seconds : 0.0;
  return json.dump(2) + "\n";
}

void add_energy(RunRecord& record, Problems& problems) {
  const std::string path = data_folder() + "/energy/default.json";
  const auto text = read_file(path, kMaxEnergyTableBytes);
  if (!text.ok()) {
    problems.insert(problems.end(), text.problems().begin(), text.problems().end());
    return;
  }
  const Json table = Json::parse(text.value(), nullptr, false);
  if (!table.is_object() || !table.contains("events") || !table["events"].is_object()) {
    problems.push_back({path, "/events", "an object of event -> {picojoule, kind, source} was expected"});
    return;
  }
  for (const BlockRecord& block : record.blocks) {
    for (const EnergyEvent& event : block.energy_events) {
      if (event.count == 0) continue;
      if (!event.source.empty()) {
        record.energy.push_back({block.name, event.event, event.count, event.picojoule_each, event.kind, event.source});
        continue;
      }
      const auto found = table["events"].find(event.event);
      if (found == table["events"].end()) {
        record.energy_without_figure.push_back(block.name + "." + event.event);
        continue;
      }
      EnergyRow row{block.name, event.event, event.count, 0, "", ""};
      row.picojoule_each = found->value("picojoule", 0.0);
      row.kind = found->value("kind", "assumption");
      row.source = found->value("source", "");
      record.energy.push_back(row);
    }
  }
}

}  // namespace visoc
