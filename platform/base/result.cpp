// SPDX-License-Identifier: Apache-2.0
#include "platform/base/result.h"

#include <cstdio>

namespace visoc {

std::string Problem::text() const {
  std::string line;
  if (!file.empty()) line += file + ": ";
  if (!where.empty()) line += where + ": ";
  return line + message;
}

ExitCode exit_code_of(const Problems& problems) {
  ExitCode code = problems.empty() ? ExitCode::kPass : problems.front().exit_code;
  for (const Problem& problem : problems)
    if (problem.exit_code == ExitCode::kHostIo) code = ExitCode::kHostIo;
  return code;
}

void print_problems(const Problems& problems) {
  for (const Problem& problem : problems) std::fprintf(stderr, "visoc: error: %s\n", problem.text().c_str());
}

}  // namespace visoc
