// The list of compute cores: a further core adds its file, and one line here.
// SPDX-License-Identifier: Apache-2.0
#include "ip/npu/compute_core.h"

namespace visoc::npu {

std::unique_ptr<ComputeCore> make_systolic_core(const CoreOptions& options);

namespace {

struct CoreEntry {
  const char* name;
  std::unique_ptr<ComputeCore> (*make)(const CoreOptions&);
};

constexpr CoreEntry kCores[] = {
    {"systolic", make_systolic_core},
};

}  // namespace

std::vector<std::string> compute_core_names() {
  std::vector<std::string> names;
  for (const CoreEntry& entry : kCores) names.emplace_back(entry.name);
  return names;
}

std::unique_ptr<ComputeCore> make_compute_core(const CoreOptions& options) {
  for (const CoreEntry& entry : kCores)
    if (options.core == entry.name) return entry.make(options);
  return nullptr;
}

}  // namespace visoc::npu
