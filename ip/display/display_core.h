// Pictures from memory to the run's eyes, command by command from a ring.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ip/display/display_parameters.h"
#include "platform/contract/command_ring.h"

namespace visoc {

struct DisplayOptions {
  Clock clock{1'250};
  Picos poll_interval = kPicosPerMicro;
  std::uint64_t pixels_per_cycle = 1;  ///< Of the picture; mask and boxes pass beside it.
  Cycles start_cycles = 8;
};

/// Draws the frame of a box into an NV12 picture, two pixels wide, inside the box, clipped to the picture; a pixel's chroma is that of
/// the 2 x 2 pixels it lies in. `colour` has Y, Cb, Cr from bit 0.
void draw_box(std::vector<std::uint8_t>& nv12, std::uint32_t width_px, std::uint32_t height_px, const std::uint8_t (&box)[8],
              std::uint32_t colour);

/// Reads boxes, then mask, then picture, in stretches of about kStretchBytes; the picture is shown when its last pixel is out. After a
/// fault or an abort nothing is shown.
class DisplayCore : public RingCore {
 public:
  static constexpr std::uint32_t kStretchBytes = 16'384;  ///< A stretch ends with the row that reaches it.
  static constexpr std::uint32_t kBoxBytes = 8;

  explicit DisplayCore(const DisplayOptions& options);

  std::vector<Statistic> statistics() const override;
  std::vector<EnergyEvent> energy_events() const override;

 protected:
  EngineProgress begin(Picos now, const Descriptor& descriptor, const std::vector<std::uint8_t>& parameters, MemoryPort& memory) override;
  EngineProgress advance(Picos now, MemoryPort& memory) override;
  void cancel() override;
  void save_engine(StateWriter& out) const override;
  void load_engine(StateReader& in) override;
  void reset_engine() override;
  std::string activity_name(const Descriptor& descriptor) const override;

 private:
  EngineProgress next_stretch(Picos now, MemoryPort& memory);
  MemoryReply read_mask_row(Picos now, MemoryPort& memory);
  MemoryReply read_row_pair(Picos now, MemoryPort& memory);
  std::uint32_t mask_rows() const { return parameters_.mode() == MaskMode::kNone ? 0 : parameters_.mask_height_px; }
  bool state_is_sound() const;
  void show();

  DisplayOptions options_;

  // State.
  DisplayParameters parameters_;  ///< width_px 0: no command under way.
  std::uint32_t row_ = 0;         ///< Rows of the picture that have been read; even.
  std::uint32_t mask_row_ = 0;
  std::vector<std::uint8_t> boxes_, mask_, luma_, chroma_;  ///< What has been read; the mask as 0 and 1.
  std::uint64_t frames_shown_ = 0, pixels_scanned_ = 0, bytes_scanned_ = 0;
};

}  // namespace visoc
