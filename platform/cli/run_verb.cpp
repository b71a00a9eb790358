// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <memory>

#include "platform/cli/verbs.h"
#include "platform/sim/run.h"

namespace visoc {
namespace {

struct RunArguments {
  ConfigurationArguments configuration;
  RunOptions options;
  std::string seed, quantum, max_instr, max_time, max_wall, max_output, check_protocol;
  unsigned gdb_port = 0;
  bool quiet = false, progress = false, no_report = false;
};

}  // namespace

Verb add_run(CLI::App& app, const Registry& registry) {
  auto arguments = std::make_shared<RunArguments>();
  CLI::App* verb = app.add_subcommand("run", "Boot firmware on the machine and report");
  add_configuration_arguments(*verb, arguments->configuration, true);
  verb->add_option("--out", arguments->options.out_dir, "Folder for the results (default: out)")->default_str("out");
  verb->add_option("--seed", arguments->seed, "Seed of everything random");
  verb->add_option("--quantum", arguments->quantum, "How far harts run ahead, in ns, or with a unit (10us)");
  verb->add_option("--max-instr", arguments->max_instr, "Instructions each hart may retire");
  verb->add_option("--max-time", arguments->max_time, "Simulated time, such as 10ms");
  verb->add_option("--max-wall", arguments->max_wall, "Wall time, such as 60s");
  verb->add_option("--max-output", arguments->max_output, "Bytes the consoles may print, such as 64MiB");
  verb->add_option("--exit-on", arguments->options.exit_on, "tohost: end when the symbol tohost is written (riscv-tests)")
      ->check(CLI::IsMember({"tohost"}));
  verb->add_option("--signature", arguments->options.signature_path, "Write the memory between begin_signature and end_signature");
  verb->add_option("--commit-log", arguments->options.commit_log_path, "Write one line a retired instruction, in Spike's form");
  verb->add_option("--state-log", arguments->options.state_log_path,
                   "Write a hash of a hart's state whenever it ends a slice (compares engines)");
  verb->add_option("--trace", arguments->options.trace_path, "Write bus transactions as CSV");
  verb->add_option("--trace-symbols", arguments->options.profile_path,
                   "Write where instructions were spent, by function and call path; FILE.folded for flame graphs");
  verb->add_flag("--check-protocol{on}", arguments->check_protocol,
                 "Check the rules of TLM-2.0 between all sockets, or with =PATTERNS on the links named so (dma0_to_*)");
  const CLI::Option* gdb = verb->add_option("--gdb", arguments->gdb_port, "Wait for a GDB on this port of 127.0.0.1 (0: any free one)")
                               ->check(CLI::Range(0u, 65535u));
  verb->add_flag("--state-hash", arguments->options.state_hash, "Put a hash of the final state into result.json");
  verb->add_flag("--quiet", arguments->quiet, "Do not copy the consoles to stdout");
  verb->add_flag("--progress", arguments->progress, "Show a progress line even if stderr is no terminal");
  verb->add_flag("--no-report", arguments->no_report, "Do not write report.html");
  return {verb, [arguments, gdb, &registry] {
            auto& overrides = arguments->configuration.overrides;
            const auto put = [&overrides](const char* key, const std::string& value) {
              if (!value.empty()) overrides.push_back(std::string("run.") + key + "=" + value);
            };
            const bool plain_number = arguments->quantum.find_first_not_of("0123456789") == std::string::npos;
            put("seed", arguments->seed);
            put("quantum", arguments->quantum.empty() || !plain_number ? arguments->quantum : arguments->quantum + "ns");
            put("max_instructions", arguments->max_instr);
            put("max_time", arguments->max_time);
            put("max_wall", arguments->max_wall);
            put("max_output", arguments->max_output);
            put("check_protocol", arguments->check_protocol);
            auto description = describe(arguments->configuration, registry);
            if (!description.ok()) {
              print_problems(description.problems());
              return exit_code_of(description.problems());
            }
            RunOptions options = arguments->options;
            if (options.out_dir.empty()) options.out_dir = "out";
            options.echo_console = !arguments->quiet;
            options.progress = arguments->progress || (arguments->quiet && isatty(STDERR_FILENO) == 1);
            if (gdb->count() != 0) options.gdb_port = arguments->gdb_port;
            options.report = !arguments->no_report;
            return run(description.value(), registry, options);
          }};
}

}  // namespace visoc
