// The command `visoc compile`.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "platform/cli/verbs.h"

namespace visoc {

/// visoc compile NET.onnx --calibrate FOLDER -o NET.vnet [--percentile P] [--dump FILE] [--dump-json FILE]
Verb add_compile(CLI::App& app);

}  // namespace visoc
