// One way to say something to the person at the terminal.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace visoc {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

/// Lines below this level are dropped; the default is kWarning.
void set_log_level(LogLevel level);

/// Prints "visoc: <level>: <text>" on stderr.
void log(LogLevel level, const std::string& text);

/// For lines that a guest can trigger: prints the first ten of each code, then only counts.
class LimitedLog {
 public:
  static constexpr std::uint64_t kLinesPerCode = 10;

  /// Returns true if the line was printed.
  bool warn(const std::string& code, const std::string& text);
  const std::map<std::string, std::uint64_t>& counts() const { return counts_; }

 private:
  std::map<std::string, std::uint64_t> counts_;
};

}  // namespace visoc
