// The block dma in RTL, for those who build one without the registry.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "rtl/common/rtl_device.h"

namespace visoc {

/// Numbers of the pin plant_bug, for tests; each is found by another kind of test.
enum class DmaBug : std::uint32_t {
  kNone = 0,
  kWrongByte = 1,     ///< COPY2D: byte 255 of each chunk has bit 0 inverted.
  kNoErrorMark = 2,   ///< A failing command posts like a good one.
  kClearAll = 3,      ///< Clearing one interrupt clears both.
  kArAddrMoves = 4,   ///< ARADDR changes while it waits for ARREADY.
  kNoAnswer = 5,      ///< Register reads are never answered.
  kNoCoalescing = 6,  ///< Each completion interrupts.
  kNoBoundary = 7,    ///< Write bursts cross 4 KiB boundaries.
  kShortCrc = 8,      ///< The CRC leaves out the last byte of a chunk of 8 n + 1 bytes.
};

std::unique_ptr<RtlDevice> make_dma_rtl(const std::string& name, RtlOptions options, RunServices* services);

}  // namespace visoc
