// libavcodec behind a small interface: bytes in, frames in display order out.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <set>
#include <vector>

#include "ip/video_decoder/side_info.h"
#include "platform/base/span.h"

struct AVCodecContext;
struct AVCodecParserContext;
struct AVFrame;
struct AVPacket;

namespace visoc::video {

enum class Codec : std::uint32_t { kH264 = 1, kHevc = 2 };

struct FrameDeleter {
  void operator()(AVFrame* frame) const;
};

/// A decoded picture, 8-bit 4:2:0.
struct DecodedFrame {
  std::unique_ptr<AVFrame, FrameDeleter> frame;
  SideInfo info;
  std::uint64_t reference_bytes = 0;  ///< What motion compensation fetched for it.
  bool supported = true;              ///< False: another pixel format; there is nothing to show.

  /// `height` rows: luma row `row`, and interleaved Cb Cr of chroma row `row` (height / 2, rounded up).
  const std::uint8_t* luma_row(unsigned row) const;
  void chroma_row(unsigned row, std::uint8_t* out) const;
};

/// Decodes on one thread, so that motion vectors are right and every run gives the same.
class StreamDecoder {
 public:
  /// Sides above this are refused by the decoder before it allocates anything.
  static constexpr std::uint32_t kMaxSide = 4096;

  /// Where a fresh decoder, fed from there, makes the same frames as the one before from there on.
  struct Restart {
    std::uint64_t offset = 0;             ///< Bytes from the first byte fed.
    std::uint64_t frames = 0;             ///< Frames of the stream before, in display order.
    std::uint64_t packets = 0;            ///< Coded pictures before.
    std::uint32_t anchor = kNoReference;  ///< Display index of the last frame before that is no B picture.
    std::uint32_t delay = 0;              ///< Frames that the decoder had learned to hold back for the order of display.
  };

  /// `base`: for one that starts in the middle of a stream; its offset does not count.
  StreamDecoder(Codec codec, const Restart& base);
  explicit StreamDecoder(Codec codec) : StreamDecoder(codec, Restart()) {}
  ~StreamDecoder();
  StreamDecoder(const StreamDecoder&) = delete;
  StreamDecoder& operator=(const StreamDecoder&) = delete;

  void feed(ConstBytes bytes);  ///< Only keeps them.
  /// Decodes the next coded picture of the bytes fed; false if they hold no whole one. A picture at a time, so that a caller that stops
  /// when a frame is ready never keeps more frames than the order of display needs.
  bool decode_packet();
  void end();  ///< No more bytes: everything left comes out.
  bool ended() const { return ended_; }

  /// A frame whose references are known is waiting.
  bool ready() const;
  DecodedFrame take();

  std::uint64_t packets() const { return packets_; }  ///< Coded pictures of the stream found so far.
  std::uint64_t packet_bytes() const { return packet_bytes_; }
  std::uint64_t macroblocks() const { return macroblocks_; }  ///< Of 16x16 pixels, decoded so far.
  std::uint64_t damaged() const { return damaged_; }
  std::uint64_t frames_taken() const { return frames_taken_; }  ///< Of the stream.

  const Restart& restart() const { return restart_; }
  /// Looks whether a fresh decoder could start later than so far, for every frame that is not taken yet. Call when a frame is finished
  /// with.
  bool advance_restart();

 private:
  /// Feeds the parser; true if that completed a coded picture, which is decoded then.
  bool parse(const std::uint8_t* data, std::size_t size, std::size_t& used);
  void decode(const AVPacket* packet);
  void receive();
  void describe(DecodedFrame& frame) const;
  void open_context(std::uint32_t delay);
  bool can_start_at(ConstBytes packet);
  void restart_at(std::uint64_t offset);

  Codec codec_;
  AVCodecContext* context_ = nullptr;
  AVCodecParserContext* parser_ = nullptr;
  AVPacket* packet_ = nullptr;
  std::deque<DecodedFrame> queue_;
  std::vector<std::uint8_t> pending_;  ///< Fed and not parsed from pending_at_ on, then zeros for a parser that looks past the end.
  std::size_t pending_at_ = 0;
  std::set<std::vector<std::uint8_t>> parameter_sets_;  ///< All of the stream so far.
  std::deque<Restart> candidates_;
  Restart restart_;
  bool ended_ = false;
  std::uint64_t packets_ = 0, packet_bytes_ = 0, macroblocks_ = 0, damaged_ = 0, frames_out_ = 0, frames_taken_ = 0;
  std::uint64_t context_began_ = 0;  ///< Number of the first coded picture that context_ got.
  std::uint32_t last_anchor_ = kNoReference;
};

}  // namespace visoc::video
