// Decodes a stream from memory, a frame a command.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ip/video_decoder/stream_decoder.h"
#include "platform/contract/command_ring.h"

namespace visoc {

enum class VideoDecoderOpcode : std::uint16_t { kOpen = 1, kDecode = 2, kClose = 3 };

/// In bits 63:32 of DECODE's completion detail; bits 31:0 are the frame's display index. A DECODE that gives no frame ends with status
/// INPUT_ERROR and says why here, so commands of other engines that wait for its frame end with UPSTREAM and do nothing.
enum class VideoEvent : std::uint32_t {
  kFrame = 0,        ///< A frame was written.
  kEndOfStream = 1,  ///< There are no more.
  kNewSize = 2,      ///< The next frame has another size than the one before (register PICTURE): give buffers for it.
  kNoFrames = 3,     ///< The stream holds no frame at all. Bits 31:0: packets that were refused.
};

/// OPEN, 64 bytes: u64 stream, u64 bytes, u32 codec (1 H.264, 2 HEVC; elementary stream with start codes), u32 zero[11].
struct VideoOpenParameters {
  static constexpr std::uint32_t kBytes = 64;
  Addr stream = 0;
  std::uint64_t stream_bytes = 0;  ///< 1 to 2^31 - 1.
  std::uint32_t codec = 0;

  std::vector<std::uint8_t> encode() const;
};

/// DECODE, 64 bytes: u64 luma, u64 chroma, u32 stride, u32 rows, u64 side_info, u32 side_info_bytes, u32 zero[7].
struct VideoDecodeParameters {
  static constexpr std::uint32_t kBytes = 64;
  Addr luma = 0;                      ///< Rows of `stride` bytes.
  Addr chroma = 0;                    ///< Half as many rows (rounded up) of pairs Cb Cr.
  std::uint32_t stride = 0;           ///< A multiple of 64, at least the width.
  std::uint32_t rows = 0;             ///< Luma rows that the buffer holds, at least the height.
  Addr side_info = 0;                 ///< side_info.h.
  std::uint32_t side_info_bytes = 0;  ///< 0: none wanted; else at least 64.

  std::vector<std::uint8_t> encode() const;
};

struct VideoDecoderOptions {
  Clock clock{2'000};
  Picos poll_interval = kPicosPerMicro;
  Cycles start_cycles = 32;
  std::uint64_t bits_per_cycle = 2;              ///< Entropy decoding.
  std::uint64_t cycles_per_macroblock = 256;     ///< Reconstruction of 16x16 pixels, deblocking included.
  std::uint64_t reference_bytes_per_cycle = 16;  ///< Fetching of references from the decoder's own store.
};

/// Cycles of a DECODE: the slowest of entropy decoding, reconstruction and reference fetching, which work side by side.
Cycles decode_cycles(const VideoDecoderOptions& options, std::uint64_t bits, std::uint64_t macroblocks, std::uint64_t reference_bytes);

/// DECODE reads the stream from memory in pieces, just as much as the next frame in display order needs (in steps of kMaxPiecesAStep
/// pieces: damaged input may hold no frame for long), then writes the frame a
/// macroblock row at a time over the time that the decoding takes, and the side information after the last row; its one port writes a row
/// when the row before is written. References are kept by the decoder: the frame buffers in memory may be reused at once.
class VideoDecoderCore : public RingCore {
 public:
  static constexpr std::uint32_t kPieceBytes = 4096;
  static constexpr std::uint32_t kMaxPiecesAStep = 64;
  static constexpr std::uint32_t kMacroblock = 16;

  explicit VideoDecoderCore(const VideoDecoderOptions& options);
  ~VideoDecoderCore() override;

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
  struct Totals {
    std::uint64_t frames = 0, packets = 0, bits = 0, macroblocks = 0, reference_bytes = 0, vectors = 0, damaged = 0, stream_bytes = 0;
  };

  EngineProgress open(Picos now, const std::vector<std::uint8_t>& parameters);
  EngineProgress decode(Picos now, const std::vector<std::uint8_t>& parameters, MemoryPort& memory);
  EngineProgress gather(Picos now, MemoryPort& memory);
  EngineProgress check_frame(Picos now);
  EngineProgress write_row(Picos now, MemoryPort& memory);
  void close();
  void take_frame();
  void drop_frame();
  void rebuild(const video::StreamDecoder::Restart& base, std::uint64_t frames, std::uint64_t packets, bool at_end, bool holds_frame);
  Picos row_time(unsigned rows) const;
  unsigned macroblock_rows() const { return (held_->info.height_px + kMacroblock - 1) / kMacroblock; }
  void show_registers();

  VideoDecoderOptions options_;

  // State. The decoder's own is the input since the last point where decoding can start: history_.
  bool open_ = false;
  VideoOpenParameters stream_;
  std::uint64_t position_ = 0;  ///< Bytes of the stream read.
  std::vector<std::uint8_t> history_;
  std::uint32_t width_px_ = 0, height_px_ = 0;
  std::uint64_t frames_given_ = 0, damaged_ = 0, untold_damage_ = 0;
  bool reading_ = false, writing_ = false;  ///< What the DECODE under way is at.
  VideoDecodeParameters target_;
  unsigned rows_written_ = 0;  ///< Macroblock rows.
  Picos begun_at_ = 0, ends_at_ = 0;
  std::uint64_t owed_bits_ = 0, owed_macroblocks_ = 0, owed_reference_bytes_ = 0;  ///< Work done whose time was not charged yet.
  Totals totals_;

  // Rebuilt from history_.
  std::unique_ptr<video::StreamDecoder> decoder_;
  std::uint64_t history_offset_ = 0;         ///< Of history_'s first byte among the bytes that decoder_ was fed.
  std::optional<video::DecodedFrame> held_;  ///< Taken from the decoder and not yet wholly given out.
};

}  // namespace visoc
