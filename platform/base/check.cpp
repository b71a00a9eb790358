// SPDX-License-Identifier: Apache-2.0
#include "platform/base/check.h"

#include <cstdio>
#include <cstdlib>

#include "platform/base/exit_codes.h"

namespace visoc {
namespace {
InternalErrorHandler g_handler = nullptr;
}

void set_internal_error_handler(InternalErrorHandler handler) { g_handler = handler; }

void internal_error(const char* file, int line, const char* condition, const std::string& message) {
  std::fprintf(stderr, "visoc: internal error: %s (%s:%d, '%s'). This is a bug of visoc; please report it.\n", message.c_str(), file, line,
               condition);
  if (InternalErrorHandler handler = g_handler) {
    g_handler = nullptr;
    handler(message);
  }
  std::_Exit(static_cast<int>(ExitCode::kInternal));
}

}  // namespace visoc
