// The decoder's pictures are those of the ffmpeg command, byte by byte, and come in the right order into the right places.
// SPDX-License-Identifier: Apache-2.0
#include "ip/video_decoder/video_test_bench.h"

using namespace visoc;
using test::Bytes;
using test::event_of;
using test::VideoBench;

TEST_CASE("frames of H.264 with B frames are those of ffmpeg", "[video_decoder][fast]") {
  const Bytes expected = test::decode_with_ffmpeg(test::small_clip(), video::Codec::kH264);
  REQUIRE(expected.size() == 20 * 176 * 144 * 3 / 2);
  VideoBench bench;
  REQUIRE(bench.open(test::small_clip()).status == CommandStatus::kOk);
  CHECK(bench.decode_all(176, 144) == expected);
}

TEST_CASE("sizes that are no multiple of a macroblock or of the stride's unit, and interlaced coding", "[video_decoder][slow]") {
  const auto [source, width, height, parameters] = GENERATE(
      table<std::string, unsigned, unsigned, std::string>({{"mandelbrot=s=322x182:r=25,trim=end_frame=8", 322, 182, "bframes=2:open-gop=1"},
                                                           {"testsrc2=s=18x50:r=25,trim=end_frame=8", 18, 50, "bframes=1:cabac=0:slices=2"},
                                                           {"testsrc2=s=192x160:r=25,trim=end_frame=8", 192, 160, "tff=1:bframes=2"}}));
  const Bytes stream = test::encode_h264(source, parameters);
  const Bytes expected = test::decode_with_ffmpeg(stream, video::Codec::kH264);
  REQUIRE(expected.size() == std::size_t{8} * (width * height + 2 * ((width + 1) / 2) * ((height + 1) / 2)));
  VideoBench bench;
  REQUIRE(bench.open(stream).status == CommandStatus::kOk);
  CHECK(bench.decode_all(width, height) == expected);
}

TEST_CASE("frames of HEVC are those of ffmpeg, the side information says that there are no vectors", "[video_decoder][slow]") {
  if (!test::has_encoder("libx265")) {
    WARN("no libx265 here: not tested");
    return;
  }
  const Bytes stream = test::encode_hevc("mandelbrot=s=208x120:r=25,trim=end_frame=14", "keyint=6:bframes=3");
  const Bytes expected = test::decode_with_ffmpeg(stream, video::Codec::kHevc);
  REQUIRE(expected.size() == 14 * 208 * 120 * 3 / 2);
  VideoBench bench;
  REQUIRE(bench.open(stream, video::Codec::kHevc).status == CommandStatus::kOk);
  Bytes all;
  std::vector<bool> decode_seen(14, false);
  for (unsigned i = 0; i < 14; ++i) {
    const Completion done = bench.decode(208, 120);
    REQUIRE(done.status == CommandStatus::kOk);
    CHECK(done.detail == i);
    const video::SideInfo info = bench.side_info();
    CHECK(info.vectors == video::VectorState::kNone);
    CHECK(info.records.empty());
    CHECK(info.display_index == i);
    REQUIRE(info.decode_index < 14);
    CHECK(!decode_seen[info.decode_index]);
    decode_seen[info.decode_index] = true;
    const Bytes frame = bench.frame(208, 120);
    all.insert(all.end(), frame.begin(), frame.end());
  }
  CHECK(all == expected);
  CHECK(event_of(bench.decode(208, 120)) == 1);
}

TEST_CASE("nothing outside the picture's rows is touched", "[video_decoder][fast]") {
  VideoBench bench;
  std::fill(bench.memory.bytes.begin() + 0x10'0000, bench.memory.bytes.begin() + 0x40'0000, std::uint8_t{0xa5});
  REQUIRE(bench.open(test::small_clip()).status == CommandStatus::kOk);
  REQUIRE(bench.decode(176, 144).status == CommandStatus::kOk);
  const std::size_t frame = 0x10'0000;
  for (std::size_t row = 0; row < 216; ++row)
    for (std::size_t column = 176; column < 192; ++column) REQUIRE(bench.memory.bytes[frame + row * 192 + column] == 0xa5);
  for (std::size_t i = frame + 216 * 192; i < 0x40'0000; ++i) REQUIRE(bench.memory.bytes[i] == 0xa5);
}

TEST_CASE("a flipped byte of the stream changes the pictures", "[video_decoder][fast]") {
  const Bytes expected = test::decode_with_ffmpeg(test::small_clip(), video::Codec::kH264);
  Bytes flipped = test::small_clip();
  flipped[flipped.size() / 2] ^= 0x10;
  VideoBench bench;
  REQUIRE(bench.open(flipped).status == CommandStatus::kOk);
  CHECK(bench.decode_all(176, 144) != expected);
}

TEST_CASE("end of stream, close and a second stream", "[video_decoder][fast]") {
  VideoBench bench;
  for (unsigned round = 0; round < 2; ++round) {
    REQUIRE(bench.open(test::small_clip()).status == CommandStatus::kOk);
    CHECK(bench.driver.read(0x80) == 1);
    for (unsigned i = 0; i < 20; ++i) {
      const Completion done = bench.decode(176, 144);
      REQUIRE(done.status == CommandStatus::kOk);
      REQUIRE(done.detail == i);
      CHECK(bench.driver.read(0x88) == i + 1);
    }
    CHECK(bench.driver.read(0x84) == (176 | 144u << 16));
    for (unsigned i = 0; i < 2; ++i) {
      const Completion done = bench.decode(176, 144);
      CHECK(done.status == CommandStatus::kInputError);
      CHECK(event_of(done) == 1);
      CHECK((done.detail & 0xffffffff) == 20);
    }
    CHECK(bench.driver.read(0x80) == 3);
  }
  CHECK(bench.run(VideoDecoderOpcode::kClose, {}).status == CommandStatus::kOk);
  CHECK(bench.driver.read(0x80) == 0);
  CHECK(bench.decode(176, 144).status == CommandStatus::kUnsupported);
}

TEST_CASE("a change of size is an event, the frame waits for buffers that fit", "[video_decoder][fast]") {
  Bytes stream = test::encode_h264("testsrc2=s=176x144:r=25,trim=end_frame=3", "bframes=0");
  const Bytes larger = test::encode_h264("testsrc2=s=320x192:r=25,trim=end_frame=2", "bframes=0");
  const Bytes expected = test::decode_with_ffmpeg(larger, video::Codec::kH264);
  stream.insert(stream.end(), larger.begin(), larger.end());
  VideoBench bench;
  REQUIRE(bench.open(stream).status == CommandStatus::kOk);
  for (unsigned i = 0; i < 3; ++i) REQUIRE(bench.decode(176, 144).status == CommandStatus::kOk);
  const Completion event = bench.decode(176, 144);
  CHECK(event.status == CommandStatus::kInputError);
  CHECK(event_of(event) == 2);
  CHECK((event.detail & 0xffffffff) == 3);
  CHECK(bench.driver.read(0x84) == (320 | 192u << 16));
  const Completion refused = bench.decode(176, 144);  // The buffers are still too small.
  CHECK(refused.status == CommandStatus::kBadParameter);
  CHECK(refused.detail == 16);
  CHECK(bench.decode_all(320, 192) == expected);
}
