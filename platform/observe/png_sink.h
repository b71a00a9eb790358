// A shown frame as a PNG picture with what was found in it drawn over it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "platform/base/result.h"
#include "platform/contract/services.h"

namespace visoc {

/// Writes the picture as 8-bit RGB (BT.601, limited range). If there is a mask: each region (pixels joined by an edge, in the mask's own
/// resolution) is tinted, has an outline of two picture pixels inside its border and a box of one pixel around it, and the number of
/// regions stands in the upper left corner. Mask pixel of picture pixel (x, y): (x * mask_width / width, y * mask_height / height).
/// A frame whose sizes and bytes disagree is bad input; a file that cannot be written is host I/O. The file is whole or not there.
Problems write_overlay_png(const std::string& path, const ShownFrame& frame);

/// What write_overlay_png draws with: red, green, blue.
struct OverlayColours {
  static constexpr unsigned kTint[3] = {255, 48, 48};  ///< Mixed half and half with the picture.
  static constexpr unsigned kOutline[3] = {255, 32, 32};
  static constexpr unsigned kBox[3] = {255, 224, 0};
  static constexpr unsigned kText[3] = {255, 255, 255};  ///< On black.
};

}  // namespace visoc
