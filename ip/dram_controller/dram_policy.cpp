// SPDX-License-Identifier: Apache-2.0
#include "ip/dram_controller/dram_policy.h"

#include <string>

namespace visoc {

Problems check_dram_policy(const DramPolicy& policy, const DramDevice& device) {
  Problems problems;
  const auto wrong = [&](const char* name, const std::string& message) { problems.push_back({"", name, message, ExitCode::kBadInput}); };
  constexpr unsigned kMostQueue = 4096;
  if (policy.read_queue == 0 || policy.read_queue > kMostQueue)
    wrong("read_queue", "is " + std::to_string(policy.read_queue) + "; 1 to 4096 was expected");
  if (policy.write_queue == 0 || policy.write_queue > kMostQueue)
    wrong("write_queue", "is " + std::to_string(policy.write_queue) + "; 1 to 4096 was expected");
  if (policy.write_high == 0 || policy.write_high > policy.write_queue)
    wrong("write_high",
          "is " + std::to_string(policy.write_high) + "; 1 to write_queue (" + std::to_string(policy.write_queue) + ") was expected");
  if (policy.write_low >= policy.write_high)
    wrong("write_low",
          "is " + std::to_string(policy.write_low) + "; less than write_high (" + std::to_string(policy.write_high) + ") was expected");
  if (policy.refresh_postpone > 8) wrong("refresh_postpone", "is " + std::to_string(policy.refresh_postpone) + "; 0 to 8 was expected");
  if (policy.refresh == DramRefreshMode::kPerBank && device.timings.tRFCpb == 0)
    wrong("refresh", "is per_bank, and the table of " + device.name + " has no tRFCpb");
  return problems;
}

}  // namespace visoc
