// Shown frames as numbered PNG files in one folder.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "platform/contract/services.h"

namespace visoc {

class FrameFolder {
 public:
  /// The folder is created with the first frame.
  explicit FrameFolder(std::string folder) : folder_(std::move(folder)) {}

  /// False, and the reason, if the host refused.
  bool write(const std::string& instance, const ShownFrame& frame, std::string& problem);
  /// "frames/frame_0000.png", in the order shown.
  const std::vector<std::string>& files() const { return files_; }

 private:
  std::string folder_;
  std::vector<std::string> files_;
};

}  // namespace visoc
