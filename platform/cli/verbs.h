// The verbs of the command line, each from parsed options to an exit code.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

#include "platform/base/exit_codes.h"
#include "platform/config/description.h"
#include "platform/registry/registry.h"

namespace visoc {

/// What every verb that reads a configuration accepts.
struct ConfigurationArguments {
  std::string subject;  ///< A scenario JSON, a folder with scenario.json, the name of a scenario in scenarios/, or an ELF.
  std::string platform;
  std::vector<std::string> overrides;
};

/// Adds the arguments to a subcommand.
void add_configuration_arguments(CLI::App& verb, ConfigurationArguments& arguments, bool subject_required);

/// From arguments to a checked description.
Result<Description> describe(const ConfigurationArguments& arguments, const Registry& registry);

/// A verb: declares its options, then runs when it was chosen.
struct Verb {
  CLI::App* app = nullptr;
  std::function<ExitCode()> run;
};

Verb add_run(CLI::App& app, const Registry& registry);
Verb add_check(CLI::App& app, const Registry& registry);
Verb add_dump_config(CLI::App& app, const Registry& registry);
Verb add_list(CLI::App& app, const Registry& registry);
Verb add_describe(CLI::App& app, const Registry& registry);
Verb add_map(CLI::App& app, const Registry& registry);
Verb add_compare(CLI::App& app);
/// The commands that blocks bring along; made by the build from ip/*/*_verb.cpp.
std::vector<Verb> block_verbs(CLI::App& app);

}  // namespace visoc
