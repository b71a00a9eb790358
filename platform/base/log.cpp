// SPDX-License-Identifier: Apache-2.0
#include "platform/base/log.h"

#include <cstdio>

namespace visoc {
namespace {
LogLevel g_level = LogLevel::kWarning;
constexpr const char* kLevelNames[] = {"debug", "info", "warning", "error"};
}  // namespace

void set_log_level(LogLevel level) { g_level = level; }

void log(LogLevel level, const std::string& text) {
  if (level < g_level) return;
  std::fprintf(stderr, "visoc: %s: %s\n", kLevelNames[static_cast<int>(level)], text.c_str());
}

bool LimitedLog::warn(const std::string& code, const std::string& text) {
  const std::uint64_t seen = ++counts_[code];
  if (seen > kLinesPerCode) return false;
  log(LogLevel::kWarning, text);
  if (seen == kLinesPerCode) log(LogLevel::kWarning, "further lines of this kind (" + code + ") are only counted");
  return true;
}

}  // namespace visoc
