// The device tree of a machine, from its description alone.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "platform/config/description.h"
#include "platform/image/device_tree.h"
#include "platform/registry/registry.h"

namespace visoc {

/// A stretch of memory that /chosen names.
struct NamedRegion {
  std::string name;
  Addr base = 0;
  std::uint64_t size = 0;
};

/// What the loader adds to the tree.
struct ChosenMemory {
  std::vector<NamedRegion> inputs;   ///< /chosen/visoc-inputs/<name>
  std::vector<NamedRegion> outputs;  ///< /chosen/visoc-outputs/<name>
  NamedRegion free;                  ///< /chosen, visoc,free-memory = <base size>; size 0: none.
};

/// Follows the bindings that QEMU's virt machine uses where a device exists there.
DeviceTreeNode machine_device_tree(const Description& description, const Registry& registry, const ChosenMemory& chosen);

}  // namespace visoc
