// The checked, typed description of a run: the machine, what is loaded, how long it may take.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "platform/base/result.h"
#include "platform/base/units.h"
#include "platform/config/json_text.h"
#include "platform/config/model_outline.h"

namespace visoc {

/// One block of the machine.
struct Instance {
  std::string name;
  std::string model;
  std::string impl;
  ModelRole role = ModelRole::kDevice;
  std::string bus;      ///< Name of the bus it hangs on; empty for the bus itself.
  bool mapped = false;  ///< Has a window on the bus.
  Addr base = 0;
  std::uint64_t size = 0;      ///< Bytes of the window.
  std::vector<unsigned> irqs;  ///< PLIC sources of its interrupt outputs, in order.
  Parameters parameters;
};

/// What is loaded besides the firmware, such as the kernel that the firmware starts: an ELF at its own addresses, or a file's bytes.
struct ImageFile {
  std::string name;
  std::string path;        ///< Absolute.
  std::optional<Addr> at;  ///< Address of the first byte; none: the file is an ELF.
};

/// A file that lies in guest memory when the firmware starts.
struct InputFile {
  std::string name;  ///< Node name under /chosen/visoc-inputs.
  std::string path;  ///< Absolute.
};

/// A region of guest memory that is written to a file of the output folder after the run.
struct OutputRegion {
  std::string name;
  std::uint64_t size = 0;
  std::string file;  ///< File name in the output folder.
};

struct RunLimits {
  Picos max_time = 100 * kPicosPerSecond;
  std::uint64_t max_instructions = 100'000'000'000;  ///< A hart.
  std::uint64_t max_wall_ms = 600'000;
  std::uint64_t max_output_bytes = 64ull << 20;
};

struct Description {
  std::string name;  ///< Of the scenario, or the ELF's file name.
  std::string doc;
  std::string platform_name;
  std::vector<Instance> instances;  ///< As listed in the platform file.
  std::string firmware;             ///< Absolute path of the ELF; empty if none was given.
  std::vector<ImageFile> images;
  std::vector<InputFile> inputs;
  std::vector<OutputRegion> outputs;
  RunLimits limits;
  Picos quantum = 10 * kPicosPerMicro;
  std::uint64_t seed = 1;
  std::uint64_t expected_frames = 0;  ///< For the progress line only; 0: unknown.
  /// Links with a TLM-2.0 protocol checker: "on", "off" or patterns (platform/tlm/protocol_rules.h); none: as the environment says.
  std::optional<std::string> check_protocol;

  const Instance* find(const std::string& instance) const;
  const Instance* first_with_role(ModelRole role) const;
};

/// Where the pieces come from, weakest first: defaults < platform < scenario < overrides.
struct DescriptionSource {
  std::string scenario_path;           ///< A scenario JSON; or empty.
  std::string elf_path;                ///< An ELF to run; wins over the scenario's firmware. Or empty.
  std::string platform_path;           ///< Wins over the scenario's platform. Empty: platforms/standard.json of the installation.
  std::vector<std::string> overrides;  ///< "npu0.core=drq", "run.seed=7", "inputs.stream=clip.h264", "images.kernel=Image".
  std::string default_platform_path;
  std::string firmware_dir;  ///< Where "app:NAME" finds NAME.elf.
};

/// Reads, merges and checks everything; reports every problem at once.
Result<Description> read_description(const DescriptionSource& source, const ModelCatalog& catalog);

/// The effective configuration as a scenario with an inline platform: feeding it back gives the same bytes.
std::string dump_description(const Description& description, const ModelCatalog& catalog);

}  // namespace visoc
