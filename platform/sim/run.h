// One run from a checked description to a folder of results.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "platform/base/exit_codes.h"
#include "platform/config/description.h"
#include "platform/registry/registry.h"

namespace visoc {

struct RunOptions {
  std::string out_dir;               ///< Created if missing. Gets result.json, host.json, config.json, console.log, report.html, frames/.
  std::string exit_on;               ///< "tohost" or empty.
  std::string signature_path;        ///< Memory between begin_signature and end_signature, as 32-bit words; empty: none.
  std::string commit_log_path;       ///< One line a retired instruction, in Spike's form; empty: none.
  std::string state_log_path;        ///< One line a slice of a hart: instance, instructions, hash of its state; empty: none.
  std::string trace_path;            ///< Bus transactions as CSV; empty: none.
  std::string profile_path;          ///< Function profile as text, and with ".folded" behind the name as folded stacks; empty: none.
  std::optional<unsigned> gdb_port;  ///< Wait there for a GDB before the first instruction; 0: any free port.
  bool state_hash = false;           ///< Put the SHA-256 of the final state into result.json.
  bool progress = false;
  bool echo_console = true;
  bool report = true;  ///< Write report.html.
};

/// Elaborates, loads, runs and reports. A result.json is left in every case in which the output folder can be written.
ExitCode run(const Description& description, const Registry& registry, const RunOptions& options);

}  // namespace visoc
