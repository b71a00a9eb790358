// Strict JSON: what the standard says and no more, with the place of every mistake.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "platform/base/result.h"
#include "platform/base/text_file.h"

namespace visoc {

/// Keeps the order of keys as written.
using Json = nlohmann::ordered_json;

inline constexpr int kMaxJsonDepth = 64;
inline constexpr std::size_t kMaxJsonBytes = 64u << 20;

/// Parses `text`. Refuses duplicate keys, trailing bytes, invalid UTF-8, numbers out of range and nesting deeper than 64.
Result<Json> parse_json(const std::string& text, const std::string& file);

/// Reads and parses a file. A missing or unreadable file is bad input (2) if it does not exist, host I/O (3) otherwise.
Result<Json> read_json_file(const std::string& path);

/// Appends one step to a JSON pointer, escaping '~' and '/'.
std::string pointer_step(const std::string& pointer, const std::string& key);

}  // namespace visoc
