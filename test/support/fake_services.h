// Records what a core says to the run around it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "platform/contract/services.h"

namespace visoc::test {

class FakeServices : public RunServices {
 public:
  void finish(std::uint32_t code) override { finishes.push_back(code); }
  void guest_fault(const std::string&, const std::string& text) override { faults.push_back(text); }
  void instruction_limit(const std::string&) override { ++instruction_limits; }
  bool stopping() const override { return !finishes.empty() || !faults.empty() || instruction_limits != 0; }
  void console(const std::string&, ConstBytes bytes) override { printed.append(reinterpret_cast<const char*>(bytes.data), bytes.size); }
  void show_frame(const std::string&, ShownFrame frame) override { frames.push_back(std::move(frame)); }
  void activity(const std::string&, Activity activity) override { activities.push_back(std::move(activity)); }
  void guest_warning(const std::string&, const std::string& code, const std::string&) override { warnings.push_back(code); }
  std::uint64_t seed() const override { return 1; }

  std::vector<std::uint32_t> finishes;
  std::vector<std::string> faults;
  unsigned instruction_limits = 0;
  std::string printed;
  std::vector<ShownFrame> frames;
  std::vector<Activity> activities;
  std::vector<std::string> warnings;
};

}  // namespace visoc::test
