// `visoc dram`: options, and the result as a table or JSON.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "ip/dram_controller/dram_trace.h"
#include "platform/base/text_file.h"
#include "platform/cli/verbs.h"
#include "platform/config/nearest.h"
#include "platform/config/quantity.h"

namespace visoc {

namespace {

constexpr std::size_t kMostTraceBytes = std::size_t{1} << 32;

struct DramArguments {
  std::string trace, device = "ddr4_2400", impl = "banked", map, commands;
  unsigned outstanding = 0;
  std::vector<std::string> settings;
  bool json = false;
};

struct Setup {
  DramDevice device;
  DramPolicy policy;
  DramTraceOptions options;
};

template <typename T>
struct Word {
  const char* word;
  T value;
};

constexpr Word<DramPagePolicy> kPages[] = {
    {"open", DramPagePolicy::kOpen}, {"closed", DramPagePolicy::kClosed}, {"adaptive", DramPagePolicy::kAdaptive}};
constexpr Word<DramScheduling> kSchedulings[] = {{"fr_fcfs", DramScheduling::kFrFcfs}, {"fcfs", DramScheduling::kFcfs}};
constexpr Word<DramRefreshMode> kRefreshes[] = {
    {"all_bank", DramRefreshMode::kAllBank}, {"per_bank", DramRefreshMode::kPerBank}, {"none", DramRefreshMode::kNone}};

template <typename T, std::size_t N>
bool choose(const Word<T> (&words)[N], const std::string& text, T& value, std::string& expected) {
  for (const Word<T>& each : words) {
    if (text == each.word) return value = each.value, true;
    expected += (expected.empty() ? "" : ", ") + std::string(each.word);
  }
  return false;
}

/// "tRCD=17", "page=closed", "frontend_latency=10ns".
std::optional<Problem> set(const std::string& assignment, Setup& setup) {
  const std::size_t equals = assignment.find('=');
  const std::string name = assignment.substr(0, equals), text = equals == std::string::npos ? "" : assignment.substr(equals + 1);
  const auto wrong = [&](const std::string& message) { return Problem{"--set " + assignment, "", message, ExitCode::kBadInput}; };
  DramPolicy& policy = setup.policy;
  std::string expected;
  if (name == "page")
    return choose(kPages, text, policy.page, expected) ? std::nullopt : std::optional(wrong("one of " + expected + " was expected"));
  if (name == "scheduling")
    return choose(kSchedulings, text, policy.scheduling, expected) ? std::nullopt
                                                                   : std::optional(wrong("one of " + expected + " was expected"));
  if (name == "refresh")
    return choose(kRefreshes, text, policy.refresh, expected) ? std::nullopt : std::optional(wrong("one of " + expected + " was expected"));
  for (const auto& [latency, where] :
       {std::pair{"frontend_latency", &setup.options.frontend}, {"backend_latency", &setup.options.backend}}) {
    if (name != latency) continue;
    const std::optional<Picos> time = parse_time(text);
    if (!time.has_value() || *time > kPicosPerMilli) return wrong("a time up to 1ms was expected, such as 10ns");
    return *where = *time, std::nullopt;
  }

  const std::pair<const char*, unsigned DramPolicy::*> counts[] = {{"read_queue", &DramPolicy::read_queue},
                                                                   {"write_queue", &DramPolicy::write_queue},
                                                                   {"write_high", &DramPolicy::write_high},
                                                                   {"write_low", &DramPolicy::write_low},
                                                                   {"refresh_postpone", &DramPolicy::refresh_postpone}};
  const std::pair<const char*, Cycles DramPolicy::*> cycles[] = {{"page_timeout", &DramPolicy::page_timeout},
                                                                 {"power_down_after", &DramPolicy::power_down_after},
                                                                 {"self_refresh_after", &DramPolicy::self_refresh_after},
                                                                 {"starvation", &DramPolicy::starvation}};
  std::vector<std::string> names = dram_timing_names();
  const bool timing = std::find(names.begin(), names.end(), name) != names.end();
  for (const auto& each : counts) names.emplace_back(each.first);
  for (const auto& each : cycles) names.emplace_back(each.first);
  for (const char* each : {"page", "scheduling", "refresh", "frontend_latency", "backend_latency"}) names.emplace_back(each);
  if (std::find(names.begin(), names.end(), name) == names.end()) {
    const std::string near = nearest_name(name, names);
    return wrong("there is no timing or policy \"" + name + "\"" + (near.empty() ? "" : "; did you mean \"" + near + "\"?"));
  }
  constexpr std::uint64_t kMost = 1'000'000;
  const std::optional<std::uint64_t> value = parse_integer(text);
  if (!value.has_value() || *value > kMost) return wrong("a whole number up to 1000000 was expected");
  if (timing) set_dram_timing(setup.device, name, *value);
  for (const auto& [each, member] : counts)
    if (name == each) policy.*member = static_cast<unsigned>(*value);
  for (const auto& [each, member] : cycles)
    if (name == each) policy.*member = *value;
  return std::nullopt;
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

Result<Setup> prepare(const DramArguments& arguments) {
  Setup setup;
  const std::vector<std::string> names = dram_device_names();
  if (std::find(names.begin(), names.end(), arguments.device) == names.end()) {
    std::string known;
    for (const std::string& name : names) known += (known.empty() ? "" : ", ") + name;
    return Problem{"--device " + arguments.device, "", "there is no such table; valid: " + known, ExitCode::kBadInput};
  }
  Result<DramDevice> device = load_dram_device(arguments.device);
  if (!device.ok()) return device.problems();
  setup.device = std::move(device.value());
  setup.options.cycle = arguments.impl == "cycle";
  setup.options.outstanding = arguments.outstanding;
  Problems problems;
  for (const std::string& assignment : arguments.settings)
    if (std::optional<Problem> problem = set(assignment, setup)) problems.push_back(std::move(*problem));
  if (!arguments.map.empty())
    for (Problem& problem : set_dram_mapping(setup.device, split(arguments.map), "--map")) problems.push_back(std::move(problem));
  if (problems.empty()) {
    problems = check_dram_timings(setup.device, "--set");
    for (Problem& problem : check_dram_policy(setup.policy, setup.device)) problems.push_back(std::move(problem));
  }
  if (!problems.empty()) return problems;
  return setup;
}

nlohmann::ordered_json as_json(const DramArguments& arguments, const Setup& setup, const DramTraceResult& r) {
  nlohmann::ordered_json json = {{"schema", "visoc-dram-1"},
                                 {"device", setup.device.name},
                                 {"impl", arguments.impl},
                                 {"outstanding", arguments.outstanding},
                                 {"requests", r.requests},
                                 {"reads", r.reads},
                                 {"writes", r.writes},
                                 {"bytes", r.bytes},
                                 {"duration_ns", static_cast<double>(r.last_end - r.first_arrival) / 1000},
                                 {"bandwidth_mb_s", r.bandwidth_mb_s()},
                                 {"mean_read_latency_ns", mean_ns(r.read_latencies)},
                                 {"p50_read_latency_ns", percentile_ns(r.read_latencies, 50)},
                                 {"p95_read_latency_ns", percentile_ns(r.read_latencies, 95)},
                                 {"p99_read_latency_ns", percentile_ns(r.read_latencies, 99)},
                                 {"max_read_latency_ns", percentile_ns(r.read_latencies, 100)},
                                 {"mean_write_latency_ns", mean_ns(r.write_latencies)},
                                 {"row_hits", r.row_hits},
                                 {"row_misses", r.row_misses},
                                 {"row_conflicts", r.row_conflicts},
                                 {"forwarded", r.forwarded},
                                 {"refreshes", r.refreshes},
                                 {"bank_refreshes", r.bank_refreshes}};
  nlohmann::ordered_json energy = nlohmann::ordered_json::array();
  double total = 0;
  for (std::size_t channel = 0; channel < r.channels.size(); ++channel) {
    std::vector<EnergyEvent> events;
    add_dram_energy(setup.device, static_cast<unsigned>(channel), r.channels[channel], events);
    for (const EnergyEvent& event : events) {
      const double nanojoules = event.picojoule_each * static_cast<double>(event.count) / 1000;
      energy.push_back({{"channel", channel}, {"event", event.event}, {"count", event.count}, {"nanojoules", nanojoules}});
      total += nanojoules;
    }
  }
  json["energy_nj"] = total;
  json["energy"] = std::move(energy);
  json["energy_source"] = setup.device.currents.vdd_mv == 0 ? "the device's table has no currents" : "currents in the device's table";
  return json;
}

void print_table(const nlohmann::ordered_json& json) {
  for (const auto& [name, value] : json.items()) {
    if (name == "energy") {
      for (const auto& row : value)
        std::cout << fmt::format("  {:<36}{:>14}{:>16.1f}\n", row["event"].get<std::string>(), row["count"].get<std::uint64_t>(),
                                 row["nanojoules"].get<double>());
    } else if (value.is_number_float()) {
      std::cout << fmt::format("{:<24}{:>18.3f}\n", name, value.get<double>());
    } else {
      std::cout << fmt::format("{:<24}{:>18}\n", name, value.is_string() ? value.get<std::string>() : value.dump());
    }
  }
}

ExitCode report(const Problems& problems) {
  for (const Problem& problem : problems) std::cerr << problem.text() << "\n";
  return exit_code_of(problems);
}

ExitCode run(const DramArguments& arguments) {
  Result<Setup> prepared = prepare(arguments);
  if (!prepared.ok()) return report(prepared.problems());
  Setup& setup = prepared.value();
  const Result<std::string> text = read_file(arguments.trace, kMostTraceBytes);
  if (!text.ok()) return report(text.problems());
  const Result<std::vector<DramTraceRequest>> trace = parse_dram_trace(text.value(), arguments.trace, setup.device);
  if (!trace.ok()) return report(trace.problems());

  DramCommandList commands;
  if (!arguments.commands.empty()) setup.options.commands = &commands;
  const DramTraceResult result = run_dram_trace(trace.value(), setup.device, setup.policy, setup.options);
  if (!arguments.commands.empty()) {
    const bool as_csv = arguments.commands.size() < 5 || arguments.commands.substr(arguments.commands.size() - 5) != ".json";
    const std::string lines = as_csv ? command_trace_csv(std::move(commands.commands), setup.device)
                                     : command_trace_json(std::move(commands.commands), setup.device);
    if (const Problems problems = write_file(arguments.commands, lines); !problems.empty()) return report(problems);
  }
  const nlohmann::ordered_json json = as_json(arguments, setup, result);
  if (arguments.json)
    std::cout << json.dump(2) << "\n";
  else
    print_table(json);
  return ExitCode::kPass;
}

}  // namespace

Verb add_dram(CLI::App& app) {
  auto arguments = std::make_shared<DramArguments>();
  CLI::App* verb = app.add_subcommand("dram", "Run a trace of memory requests on a DRAM controller alone");
  verb->add_option("trace", arguments->trace, "Lines [<cycle, or ns as 12.5ns>] R|W <hex address> [bytes]")->required();
  verb->add_option("--device", arguments->device, "Device table, a file of ip/dram_controller/devices")->capture_default_str();
  verb->add_option("--impl", arguments->impl, "banked: loosely timed; cycle: cycle-scheduled")
      ->check(CLI::IsMember({"banked", "cycle"}))
      ->capture_default_str();
  verb->add_option("--outstanding", arguments->outstanding, "Ignore times; so many requests in flight (1 to 4096)")
      ->check(CLI::Range(1, 4096));
  verb->add_option("--map", arguments->map,
                   "Address bits from the lowest above a column burst, such as bank_group:2,column:7,bank:2^row:0");
  verb->add_option("--set", arguments->settings, "Any timing in cycles or policy, such as tRCD=17 or page=closed")->allow_extra_args(false);
  verb->add_option("--trace-commands", arguments->commands, "Write every command: .csv, or .json for Perfetto");
  verb->add_flag("--json", arguments->json, "Print JSON");
  return {verb, [arguments] { return run(*arguments); }};
}

}  // namespace visoc
