// Runs a .vnet file on the NPU's core, without SystemC: the file, arena, input and output lie in a fake memory, a RUN command does the
// rest. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ip/npu/npu_core.h"
#include "ip/npu/npu_program.h"

namespace visoc::test {

struct VnetRun {
  Completion completion;
  std::vector<std::int8_t> output;  ///< Rows x columns x channels; meaningless unless completion.status is kOk.
};

/// What is wrong with the header or the lengths of a file, "" if nothing is.
std::string check_vnet(const std::vector<std::uint8_t>& file);

/// `in_arena`: input and output lie in the arena, where the file says; otherwise in buffers of their own. The arena starts with
/// garbage, so that reading what was never written shows. The file must have passed check_vnet.
VnetRun run_vnet(const std::vector<std::uint8_t>& file, const std::vector<std::int8_t>& input, bool in_arena = false,
                 const npu::NpuOptions& options = {});

}  // namespace visoc::test
