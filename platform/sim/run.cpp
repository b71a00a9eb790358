// SPDX-License-Identifier: Apache-2.0
#include "platform/sim/run.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <systemc>

#include "platform/base/sha256.h"
#include "platform/base/text_file.h"
#include "platform/config/quantity.h"
#include "platform/debug/gdb_server.h"
#include "platform/observe/frame_folder.h"
#include "platform/observe/function_profile.h"
#include "platform/observe/report.h"
#include "platform/observe/run_record.h"
#include "platform/sim/loader.h"
#include "platform/sim/monitor.h"
#include "platform/sim/protocol_run.h"
#include "platform/sim/transaction_trace.h"
#include "platform/tlm/sim_time.h"

namespace visoc {
namespace {

/// What internal_error needs to leave a result behind.
RunRecord* g_record = nullptr;
std::string g_result_path;

void leave_internal_error(const std::string& message) {
  if (g_record == nullptr) return;
  g_record->status = "error";
  g_record->exit_code = static_cast<int>(ExitCode::kInternal);
  g_record->reason = "internal error: " + message;
  write_file(g_result_path, result_json(*g_record));
}

class FileCloser {
 public:
  ~FileCloser() {
    if (file != nullptr) std::fclose(file);
  }
  std::FILE* file = nullptr;
};

ExitCode report_problems(const Problems& problems, RunRecord& record, const std::string& result_path) {
  print_problems(problems);
  const ExitCode code = exit_code_of(problems);
  record.status = "error";
  record.exit_code = static_cast<int>(code);
  record.reason = problems.front().text();
  for (std::size_t i = 1; i < problems.size(); ++i) record.warnings.push_back(problems[i].text());
  const Problems written = write_file(result_path, result_json(record));
  print_problems(written);
  return written.empty() ? code : ExitCode::kHostIo;
}

void describe_run(const Description& description, const Registry& registry, RunRecord& record) {
  record.scenario = description.name;
  record.platform = description.platform_name;
  record.seed = description.seed;
  record.quantum_ps = description.quantum;
  const std::string config = dump_description(description, registry);
  record.configuration_sha256 = sha256_hex(ConstBytes(config.data(), config.size()));
}

void collect_blocks(const Machine& machine, RunRecord& record) {
  for (const NamedBlock& entry : machine.blocks()) {
    BlockRecord block;
    block.name = entry.name;
    block.model = entry.instance->model;
    block.impl = entry.instance->impl;
    block.statistics = entry.block->statistics();
    block.series = entry.block->series();
    block.energy_events = entry.block->energy_events();
    if (const HartControl* hart = entry.block->hart()) record.instructions += hart->retired();
    record.blocks.push_back(std::move(block));
  }
}

Problems write_signature(const std::string& path, const ElfImage& elf, const Machine& machine) {
  Addr begin = 0, end = 0;
  if (!elf.find_symbol("begin_signature", begin) || !elf.find_symbol("end_signature", end) || end < begin)
    return {{elf.path, "", "--signature needs the symbols begin_signature and end_signature, in this order"}};
  const std::uint8_t* bytes = machine.host_bytes(begin, end - begin);
  if (bytes == nullptr)
    return {{elf.path, "", "the signature [" + format_address(begin) + ", " + format_address(end) + ") is not in memory"}};
  std::string text;
  for (std::uint64_t at = 0; at + 4 <= end - begin; at += 4) {
    std::uint32_t word = 0;
    std::memcpy(&word, bytes + at, 4);
    char line[16];
    std::snprintf(line, sizeof line, "%08x\n", word);
    text += line;
  }
  return write_file(path, text);
}

Problems write_outputs(const LoadPlan& plan, const Description& description, const Machine& machine, const std::string& folder) {
  Problems problems;
  for (std::size_t i = 0; i < plan.chosen.outputs.size(); ++i) {
    const NamedRegion& region = plan.chosen.outputs[i];
    const std::uint8_t* bytes = machine.host_bytes(region.base, region.size);
    for (Problem& problem : write_file(folder + "/" + description.outputs[i].file, ConstBytes(bytes, region.size)))
      problems.push_back(problem);
  }
  return problems;
}

/// Lets the server stop every hart that can be stopped.
Problems start_debugger(GdbServer& server, unsigned port, Machine& machine, Session& session) {
  std::vector<HartDebug*> harts;
  for (HartControl* hart : machine.harts())
    if (HartDebug* debug = hart->attach_debugger(server)) harts.push_back(debug);
  if (harts.empty()) return {{"--gdb", "", "no hart of this machine can be debugged"}};
  std::sort(harts.begin(), harts.end(), [](const HartDebug* a, const HartDebug* b) { return a->hart_id() < b->hart_id(); });
  GdbServer::Hooks hooks;
  hooks.ending = [&session] {
    Monitor::heed_signal(session);
    return session.stopping();
  };
  hooks.kill = [&session] { session.stop(StopReason::kSignal, SIGTERM, "ended by the debugger"); };
  server.start(std::move(harts), std::move(hooks));
  return server.listen(port);
}

std::vector<FunctionSymbol> function_symbols(const LoadPlan& plan) {
  std::vector<FunctionSymbol> symbols;
  for (const ElfSymbol& symbol : plan.elf.symbols) symbols.push_back({symbol.address, symbol.size, symbol.name});
  for (const ElfImage& image : plan.images)
    for (const ElfSymbol& symbol : image.symbols) symbols.push_back({symbol.address, symbol.size, symbol.name});
  return symbols;
}

Problems write_profile(const FunctionProfile& profile, const std::string& path) {
  Problems problems = write_file(path, profile.text());
  for (Problem& problem : write_file(path + ".folded", profile.folded())) problems.push_back(problem);
  return problems;
}

class SessionFrames : public FrameSink {
 public:
  explicit SessionFrames(const std::string& folder) : folder_(folder) {}
  bool frame(const std::string& instance, const ShownFrame& frame, std::string& problem) override {
    return folder_.write(instance, frame, problem);
  }
  const FrameFolder& folder() const { return folder_; }

 private:
  FrameFolder folder_;
};

}  // namespace

ExitCode run(const Description& description, const Registry& registry, const RunOptions& options) {
  const auto started = std::chrono::steady_clock::now();
  Problems problems = make_folder(options.out_dir);
  if (!problems.empty()) {
    print_problems(problems);
    return ExitCode::kHostIo;
  }
  const std::string result_path = options.out_dir + "/result.json";
  RunRecord record;
  describe_run(description, registry, record);
  g_record = &record;
  g_result_path = result_path;
  set_internal_error_handler(leave_internal_error);
  problems = write_file(options.out_dir + "/config.json", dump_description(description, registry));
  if (!problems.empty()) return report_problems(problems, record, result_path);

  auto planned = plan_load(description, registry);
  if (!planned.ok()) return report_problems(planned.problems(), record, result_path);
  const LoadPlan& plan = planned.value();
  record.elf_sha256 = plan.elf.sha256;
  for (std::size_t i = 0; i < plan.images.size(); ++i) record.inputs.push_back({description.images[i].name, plan.images[i].sha256});
  for (std::size_t i = 0; i < plan.chosen.inputs.size(); ++i) record.inputs.push_back({plan.chosen.inputs[i].name, plan.input_hashes[i]});
  record.warnings = plan.warnings;
  for (const std::string& warning : plan.warnings) log(LogLevel::kWarning, warning);

  SessionFrames frames(options.out_dir + "/frames");
  Session session({description.seed, description.limits.max_output_bytes, options.echo_console}, &frames);
  Machine machine(description, registry, session, protocol_pattern(description));
  load(plan, description, machine);
  problems = check_protocol_pattern(description, machine);

  MonitorOptions monitor_options;
  monitor_options.progress = options.progress;
  if (options.exit_on == "tohost") {
    Addr tohost = 0;
    if (!plan.elf.find_symbol("tohost", tohost)) {
      problems.push_back({plan.elf.path, "", "--exit-on tohost: there is no symbol 'tohost'"});
    } else if ((monitor_options.tohost = machine.host_bytes(tohost, 8)) == nullptr) {
      problems.push_back({plan.elf.path, "", "--exit-on tohost: tohost at " + format_address(tohost) + " is not in memory"});
    }
  }
  FileCloser commit_log, state_log;
  const auto create = [&problems](const std::string& path, FileCloser& closer) {
    if (path.empty()) return;
    closer.file = std::fopen(path.c_str(), "w");
    if (closer.file == nullptr)
      problems.push_back({path, "", std::string("cannot be created: ") + std::strerror(errno), ExitCode::kHostIo});
  };
  create(options.commit_log_path, commit_log);
  create(options.state_log_path, state_log);
  TransactionTrace trace(machine);
  if (!options.trace_path.empty()) {
    for (Problem& problem : trace.open(options.trace_path)) problems.push_back(problem);
    machine.observe(trace);
  }
  std::optional<FunctionProfile> profile;
  if (!options.profile_path.empty()) profile.emplace(function_symbols(plan));
  GdbServer debugger;
  if (options.gdb_port.has_value() && problems.empty()) {
    problems = start_debugger(debugger, *options.gdb_port, machine, session);
    monitor_options.debugger = &debugger;
  }
  if (!problems.empty()) return report_problems(problems, record, result_path);
  for (HartControl* hart : machine.harts()) {
    hart->set_instruction_limit(description.limits.max_instructions);
    if (commit_log.file != nullptr) hart->set_commit_log(commit_log.file);
    if (state_log.file != nullptr) hart->set_state_log(state_log.file);
    if (profile.has_value()) hart->set_execution_observer(&*profile);
  }

  Monitor::catch_signals();
  Monitor monitor("monitor", description, machine, session, monitor_options);
  const double elaborated = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  try {
    sc_core::sc_start();
  } catch (const sc_core::sc_report& report) {
    internal_error(__FILE__, __LINE__, "no kernel error", report.what());
  }
  const double wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count() - debugger.held_seconds();
  if (options.progress) std::fprintf(stderr, "\r\033[K");

  const Verdict& verdict = session.verdict();
  record.status = verdict.status();
  record.exit_code = static_cast<int>(verdict.exit_code());
  record.reason = verdict.text;
  record.simulated_ps = kernel_now();
  record.firmware_code = verdict.code;
  if (verdict.exit_code() != ExitCode::kPass && verdict.exit_code() != ExitCode::kFirmwareFailed)
    record.where = where_everything_is(machine, [&](Addr addr) { return plan.symbolise(addr); });
  machine.settle_direct_traffic();
  collect_blocks(machine, record);
  for (const NamedActivity& named : session.activities()) record.activities.push_back({named.instance, named.activity});
  record.activities_dropped = session.activities_dropped();
  for (const auto& [code, count] : session.warnings().counts()) record.warning_counts.push_back({code, count});
  record.frames_shown = session.frames_shown();
  record.frame_files = frames.folder().files();
  record.console_bytes = session.console_text().size();
  if (options.state_hash) record.state_hash = machine.state_hash();

  ExitCode code = verdict.exit_code();
  // A broken protocol is a bug of a model, whatever the firmware made of it.
  if (const std::string broken = collect_protocol(machine, record); !broken.empty()) {
    code = ExitCode::kInternal;
    record.status = "error";
    record.exit_code = static_cast<int>(code);
    record.reason = broken;
  }
  problems = write_file(options.out_dir + "/console.log", session.console_text());
  for (Problem& problem : trace.close()) problems.push_back(problem);
  if (profile.has_value())
    for (Problem& problem : write_profile(*profile, options.profile_path)) problems.push_back(problem);
  for (Problem& problem : write_outputs(plan, description, machine, options.out_dir)) problems.push_back(problem);
  if (!options.signature_path.empty())
    for (Problem& problem : write_signature(options.signature_path, plan.elf, machine)) problems.push_back(problem);
  add_energy(record, problems);
  HostRecord host;
  host.wall_seconds = wall;
  host.start_seconds = elaborated;
  for (Problem& problem : write_file(options.out_dir + "/host.json", host_json(host, record))) problems.push_back(problem);
  if (!problems.empty() && code == ExitCode::kPass) {
    code = exit_code_of(problems);
    record.status = "error";
    record.exit_code = static_cast<int>(code);
    record.reason = problems.front().text();
  }
  for (Problem& problem : write_file(result_path, result_json(record))) problems.push_back(problem);
  if (options.report)
    for (Problem& problem : write_file(options.out_dir + "/report.html", report_html(record, host, session.console_text())))
      problems.push_back(problem);
  print_problems(problems);
  if (!problems.empty() && code == ExitCode::kPass) code = exit_code_of(problems);
  g_record = nullptr;
  debugger.finish(static_cast<unsigned>(code));
  if (code != ExitCode::kPass) {
    std::fprintf(stderr, "visoc: %s: %s\n", record.status.c_str(), record.reason.c_str());
    if (!record.where.empty()) std::fprintf(stderr, "visoc: %s\n", record.where.c_str());
  }
  return code;
}

}  // namespace visoc
