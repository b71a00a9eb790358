// What a block may ask of the run around it. Kernel-free; tests bring their own.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "platform/base/span.h"
#include "platform/base/units.h"

namespace visoc {

/// One picture a display block shows, with an optional mask of what was found in it.
struct ShownFrame {
  std::uint32_t index = 0;
  std::uint32_t width_px = 0, height_px = 0;
  std::vector<std::uint8_t> nv12;  ///< Packed: height x width luma, then height/2 x width interleaved Cb Cr.
  std::uint32_t mask_width_px = 0, mask_height_px = 0;
  std::vector<std::uint8_t> mask;  ///< mask_height x mask_width, 0 or non-zero; empty if there is none.
};

/// One stretch of work of a block, for the report's time line.
struct Activity {
  Picos begin = 0, end = 0;
  std::string what;  ///< Few distinct values a block: "decode", "conv", "copy", "sleep".
  std::uint64_t tag = 0;
};

/// The run as a block sees it.
class RunServices {
 public:
  virtual ~RunServices() = default;

  /// The firmware ends the run: 0 is pass, anything else is its own failure code. Takes effect at the present simulated time.
  virtual void finish(std::uint32_t code) = 0;
  /// A hart cannot go on (a trap inside the trap handler, for ever): the run ends with exit code 5.
  virtual void guest_fault(const std::string& instance, const std::string& text) = 0;
  /// A hart retired as many instructions as it was allowed to: the run ends with exit code 4.
  virtual void instruction_limit(const std::string& instance) = 0;
  /// True once the run is ending: a hart retires nothing more.
  virtual bool stopping() const = 0;
  /// Bytes on a serial console. `instance` names the block.
  virtual void console(const std::string& instance, ConstBytes bytes) = 0;
  virtual void show_frame(const std::string& instance, ShownFrame frame) = 0;
  virtual void activity(const std::string& instance, Activity activity) = 0;
  /// Something the guest did that a person should hear of; the first ten of each code are printed, the rest counted.
  virtual void guest_warning(const std::string& instance, const std::string& code, const std::string& text) = 0;
  /// The run's seed; a block derives its own from this and its instance name.
  virtual std::uint64_t seed() const = 0;
};

}  // namespace visoc
