// Whole files in, whole files out.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "platform/base/result.h"
#include "platform/base/span.h"

namespace visoc {

/// Reads a regular file of at most `max_bytes`. A missing file is bad input (exit 2), one that cannot be read host I/O (exit 3).
Result<std::string> read_file(const std::string& path, std::size_t max_bytes);

/// Writes "<path>.part", then renames it: a reader never sees half a file. Returns no problems on success; exit 3 otherwise.
Problems write_file(const std::string& path, ConstBytes bytes);
inline Problems write_file(const std::string& path, const std::string& text) {
  return write_file(path, ConstBytes(text.data(), text.size()));
}

/// Creates a folder and its parents.
Problems make_folder(const std::string& path);

}  // namespace visoc
