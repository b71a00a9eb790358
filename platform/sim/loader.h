// Files into guest memory: the ELF, the scenario's images and inputs, the device tree, the reset code.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "platform/base/result.h"
#include "platform/image/elf.h"
#include "platform/sim/machine.h"
#include "platform/sim/machine_tree.h"

namespace visoc {

/// Everything that is decided before the machine is built: a bad file is reported without elaborating anything.
struct LoadPlan {
  ElfImage elf;                  ///< The firmware; harts start there.
  std::vector<ElfImage> images;  ///< In the order of the description; a raw file is one segment without symbols.
  ChosenMemory chosen;
  std::vector<std::string> input_contents;  ///< In the order of chosen.inputs.
  std::vector<std::string> input_hashes;
  std::vector<std::uint8_t> device_tree;
  Addr device_tree_at = 0;
  Addr reset_pc = 0;  ///< Where harts start: the boot ROM's reset code, or the ELF's entry if there is no ROM.
  std::vector<std::uint8_t> reset_code;
  std::vector<std::string> warnings;

  /// "main+0x12" in the firmware or the first image that has a symbol there, or "".
  std::string symbolise(Addr address) const;
};

/// Reads and places all files. Memory map of the first memory instance: firmware and images at their own addresses, then free
/// memory, then outputs and inputs at the top, each aligned to 4 KiB.
Result<LoadPlan> plan_load(const Description& description, const Registry& registry);

/// Copies the planned bytes into the machine and sets where the harts start.
void load(const LoadPlan& plan, const Description& description, Machine& machine);

}  // namespace visoc
