// Checks of our own invariants. Never reachable from a guest, a file or an option: those get a response or a Result.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace visoc {

/// Prints the broken invariant and ends the process with exit code 70. Runs the handler set below first.
[[noreturn]] void internal_error(const char* file, int line, const char* condition, const std::string& message);

/// Called once by internal_error before the process ends, for example to leave a result.json behind.
using InternalErrorHandler = void (*)(const std::string& message);
void set_internal_error_handler(InternalErrorHandler handler);

}  // namespace visoc

/// On in all builds. `message` says what the two sides were.
#define VISOC_CHECK(condition, message)                                                 \
  do {                                                                                  \
    if (!(condition)) ::visoc::internal_error(__FILE__, __LINE__, #condition, message); \
  } while (false)
