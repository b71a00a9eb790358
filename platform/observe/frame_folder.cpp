// SPDX-License-Identifier: Apache-2.0
#include "platform/observe/frame_folder.h"

#include <cstdio>

#include "platform/base/text_file.h"
#include "platform/observe/png_sink.h"

namespace visoc {

bool FrameFolder::write(const std::string&, const ShownFrame& frame, std::string& problem) {
  if (files_.empty()) {
    const Problems made = make_folder(folder_);
    if (!made.empty()) {
      problem = made.front().text();
      return false;
    }
  }
  char name[32];
  std::snprintf(name, sizeof name, "frame_%04zu.png", files_.size());
  const Problems written = write_overlay_png(folder_ + "/" + name, frame);
  if (!written.empty()) {
    problem = written.front().text();
    return false;
  }
  files_.push_back(std::string("frames/") + name);
  return true;
}

}  // namespace visoc
