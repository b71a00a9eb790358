// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "platform/base/data_folder.h"
#include "platform/cli/verbs.h"

namespace visoc {
namespace fs = std::filesystem;
namespace {

/// Firmware images lie beside the binary, or where $VISOC_BUILD says.
std::string firmware_folder() {
  if (const char* build = std::getenv("VISOC_BUILD")) return std::string(build) + "/firmware";
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  return (error ? fs::path("build") : self.parent_path()) / "firmware";
}

bool looks_like_elf(const std::string& path) {
  std::error_code error;
  if (!fs::is_regular_file(path, error)) return false;
  std::ifstream file(path, std::ios::binary);
  char magic[4] = {};
  file.read(magic, 4);
  return file.gcount() == 4 && std::string(magic, 4) ==
                                   "\x7f"
                                   "ELF";
}

/// A scenario may be named by its file, its folder, or its name in scenarios/.
std::string find_scenario(const std::string& subject) {
  std::error_code error;
  if (fs::is_directory(subject, error) && fs::exists(fs::path(subject) / "scenario.json", error))
    return (fs::path(subject) / "scenario.json").string();
  if (fs::exists(subject, error)) return subject;
  const fs::path known = fs::path(data_folder()) / "scenarios" / subject / "scenario.json";
  if (subject.find('/') == std::string::npos && fs::exists(known, error)) return known.string();
  return subject;
}

}  // namespace

void add_configuration_arguments(CLI::App& verb, ConfigurationArguments& arguments, bool subject_required) {
  auto* subject = verb.add_option("scenario", arguments.subject, "A scenario (JSON file, folder or name) or a RISC-V ELF");
  if (subject_required) subject->required();
  verb.add_option("--platform", arguments.platform, "Platform JSON (default: the scenario's, or platforms/standard.json)");
  verb.add_option("--set", arguments.overrides, "INSTANCE.KEY=VALUE, run.KEY=VALUE or inputs.NAME=FILE; may be repeated")
      ->allow_extra_args(false);
}

Result<Description> describe(const ConfigurationArguments& arguments, const Registry& registry) {
  DescriptionSource source;
  source.platform_path = arguments.platform;
  source.overrides = arguments.overrides;
  source.default_platform_path = data_folder() + "/platforms/standard.json";
  source.firmware_dir = firmware_folder();
  const std::string& subject = arguments.subject;
  const bool json = subject.size() > 5 && subject.compare(subject.size() - 5, 5, ".json") == 0;
  const std::string scenario = find_scenario(subject);
  if (looks_like_elf(subject) || (!json && scenario == subject && !subject.empty())) {
    source.elf_path = subject;  // Whatever it is, the ELF reader says what is wrong with it.
  } else {
    source.scenario_path = scenario;
    if (subject.empty()) source.scenario_path.clear();
  }
  return read_description(source, registry);
}

}  // namespace visoc
