// ONNX file -> Graph.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "platform/base/result.h"
#include "sw/compiler/graph.h"

namespace visoc::compiler {

inline constexpr std::int64_t kMinOpset = 9, kMaxOpset = 17;
inline constexpr std::size_t kMaxModelBytes = std::size_t{1} << 30;

/// Reads a serialised ModelProto. `file` only names it in messages. Shapes of the result are known for the input only; initialisers,
/// Constant and Identity are folded away. Every problem found is returned, each with the node and the attribute it is about.
Result<Graph> import_onnx(const std::string& bytes, const std::string& file);

}  // namespace visoc::compiler
