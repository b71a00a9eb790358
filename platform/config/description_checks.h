// Rules that span several instances: address windows, interrupts, harts.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "platform/config/description.h"

namespace visoc {

inline constexpr std::uint64_t kMaxMemoryBytes = 64ull << 30;  ///< One memory instance.

/// A letter, then letters, digits or '_', at most 32 characters.
bool valid_instance_name(const std::string& name);

/// Appends a problem for every broken rule.
void check_machine(const Description& description, const ModelCatalog& catalog, const std::string& file, Problems& problems);

}  // namespace visoc
