// What the decoder's tests share: clips made and decoded by the ffmpeg command, and a decoder with its memory.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <catch2/catch.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "ip/video_decoder/video_decoder_core.h"
#include "test/support/ring_driver.h"

namespace visoc::test {

using Bytes = std::vector<std::uint8_t>;

/// What a shell command prints; `input` (if not empty) is its standard input through a file.
Bytes run_command(const std::string& command, const Bytes& input = {});

bool has_encoder(const std::string& name);

/// A drawn clip: `source` is a lavfi source, for example "testsrc2=s=176x144:r=25:d=1".
Bytes encode_h264(const std::string& source, const std::string& x264_params, const std::string& profile = "high");
Bytes encode_hevc(const std::string& source, const std::string& x265_params);

/// All frames by the ffmpeg command, packed NV12, in display order.
Bytes decode_with_ffmpeg(const Bytes& stream, video::Codec codec);

/// A clip with B frames, several references and two closed groups of pictures: 20 frames of 176 x 144.
const Bytes& small_clip();

struct VideoBench {
  static constexpr Addr kBase = 0x8000'0000;
  static constexpr std::size_t kSize = 0x60'0000;
  static constexpr Addr kRing = kBase, kDone = kBase + 0x1000, kParameters = kBase + 0x2000;
  static constexpr Addr kSideInfo = kBase + 0x1'0000, kFrame = kBase + 0x10'0000, kStream = kBase + 0x40'0000;
  static constexpr std::uint32_t kSideInfoBytes = 0xf'0000;

  explicit VideoBench(const VideoDecoderOptions& options = {}, Picos latency_ps = 50'000, Picos ps_per_byte = 100);

  unsigned submit(VideoDecoderOpcode opcode, const Bytes& parameters);
  Completion run(VideoDecoderOpcode opcode, const Bytes& parameters);
  /// Puts the stream into memory and opens it.
  Completion open(const Bytes& stream, video::Codec codec = video::Codec::kH264);
  VideoDecodeParameters target(std::uint32_t width, std::uint32_t height) const;
  unsigned submit_decode(std::uint32_t width, std::uint32_t height);
  Completion decode(std::uint32_t width, std::uint32_t height);
  /// The frame buffer without the strides.
  Bytes frame(std::uint32_t width, std::uint32_t height) const;
  /// Decodes to the end of the stream; all frames behind each other.
  Bytes decode_all(std::uint32_t width, std::uint32_t height);
  video::SideInfo side_info() const;

  FakeMemory memory;
  VideoDecoderCore core;
  RingDriver driver;

 private:
  static VideoDecoderCore& reset(VideoDecoderCore& core) {
    core.reset();
    return core;
  }
  unsigned submitted_ = 0;
};

constexpr std::uint64_t event_of(const Completion& done) { return done.detail >> 32; }

}  // namespace visoc::test
