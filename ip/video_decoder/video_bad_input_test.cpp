// What bad streams, bad commands and missing memory get: a status that says what, and a decoder that goes on.
// SPDX-License-Identifier: Apache-2.0
#include <random>

#include "ip/video_decoder/video_test_bench.h"
#include "ip/video_decoder/video_test_bits.h"

using namespace visoc;
using test::BitWriter;
using test::Bytes;
using test::event_of;
using test::VideoBench;

namespace {

/// Decodes until a command fails; returns the frames given. The command that fails must say that the input is at fault, or its kind.
unsigned decode_until_failure(VideoBench& bench, std::uint32_t width, std::uint32_t height) {
  unsigned frames = 0;
  for (unsigned i = 0; i < 500; ++i) {
    const Completion done = bench.decode(width, height);
    if (done.status == CommandStatus::kOk) {
      ++frames;
      continue;
    }
    const bool said = done.status == CommandStatus::kInputError || done.status == CommandStatus::kUnsupported ||
                      done.status == CommandStatus::kBadParameter;
    REQUIRE(said);
    if (done.status == CommandStatus::kInputError && event_of(done) != 2) return frames;
    if (done.status == CommandStatus::kBadParameter) return frames;  // A larger picture than the buffer.
  }
  FAIL("no end");
  return frames;
}

/// Parameter sets for a picture of so many macroblocks, and slices of noise.
Bytes stream_of_size(std::uint32_t columns, std::uint32_t rows) {
  BitWriter sps;
  sps.bits(66, 8);
  sps.bits(0, 8);
  sps.bits(62, 8);
  for (std::uint32_t code : {0u, 0u, 2u, 1u}) sps.ue(code);  // Id, frame number bits, order by decoding, one reference.
  sps.bits(0, 1);
  sps.ue(columns - 1);
  sps.ue(rows - 1);
  for (unsigned bit : {1u, 1u, 0u, 0u}) sps.bits(bit, 1);  // Frames only, direct 8x8, no crop, no VUI.
  Bytes stream = sps.nal(0x67);
  BitWriter pps;
  pps.ue(0);
  pps.ue(0);
  pps.bits(0, 2);
  for (std::uint32_t code : {0u, 0u, 0u}) pps.ue(code);
  pps.bits(0, 3);
  for (std::uint32_t code : {0u, 0u, 0u}) pps.ue(code);
  pps.bits(0, 3);
  for (std::uint8_t byte : pps.nal(0x68)) stream.push_back(byte);
  std::mt19937 random(9);
  for (unsigned slice = 0; slice < 4; ++slice) {
    BitWriter data;
    data.ue(0);  // First macroblock.
    data.ue(7);  // I.
    data.ue(0);
    data.bits(0, 4);
    data.ue(slice);
    for (unsigned i = 0; i < 300; ++i) data.bits(static_cast<std::uint32_t>(random()), 8);
    for (std::uint8_t byte : data.nal(0x65)) stream.push_back(byte);
  }
  return stream;
}

}  // namespace

TEST_CASE("truncated streams give the frames before the cut and end", "[video_decoder][slow][bad-input]") {
  const Bytes& whole = test::small_clip();
  for (std::size_t part = 0; part < 24; ++part) {
    Bytes stream(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(1 + part * whole.size() / 24));
    VideoBench bench;
    REQUIRE(bench.open(stream).status == CommandStatus::kOk);
    CHECK(decode_until_failure(bench, 176, 144) <= 20);
    CHECK(bench.open(whole).status == CommandStatus::kOk);
    CHECK(bench.decode(176, 144).status == CommandStatus::kOk);
  }
}

TEST_CASE("random bytes hold no frames", "[video_decoder][slow][bad-input]") {
  std::mt19937 random(1);
  for (const video::Codec codec : {video::Codec::kH264, video::Codec::kHevc})
    for (unsigned round = 0; round < 6; ++round) {
      Bytes noise(1 + random() % 60'000);
      for (std::uint8_t& byte : noise) byte = static_cast<std::uint8_t>(random());
      // Start codes in front of every kind of unit.
      for (std::size_t at = 0; at + 5 < noise.size() && round % 2 == 1; at += 1 + random() % 500) {
        noise[at] = noise[at + 1] = 0;
        noise[at + 2] = 1;
      }
      VideoBench bench;
      REQUIRE(bench.open(noise, codec).status == CommandStatus::kOk);
      const Completion done = bench.decode(176, 144);
      CHECK(done.status == CommandStatus::kInputError);
      CHECK(event_of(done) == 3);
    }
}

TEST_CASE("streams with flipped bits end, whatever they show", "[video_decoder][slow][bad-input]") {
  std::mt19937 random(2);
  for (unsigned round = 0; round < 60; ++round) {
    Bytes stream = test::small_clip();
    const unsigned flips = 1u << random() % 8;
    const std::size_t first = round % 2 == 0 ? 0 : 800;
    for (unsigned i = 0; i < flips; ++i)
      stream[first + random() % (stream.size() - first)] ^= static_cast<std::uint8_t>(1u << random() % 8);
    VideoBench bench;
    REQUIRE(bench.open(stream).status == CommandStatus::kOk);
    decode_until_failure(bench, 176, 144);
  }
}

TEST_CASE("damage is counted, said with the frame after it, and does not stop the stream", "[video_decoder][fast][bad-input]") {
  Bytes stream = test::small_clip();
  std::mt19937 random(4);
  for (std::size_t i = stream.size() / 3; i < stream.size() / 3 + 300; ++i) stream[i] = static_cast<std::uint8_t>(random() | 1);
  VideoBench bench;
  REQUIRE(bench.open(stream).status == CommandStatus::kOk);
  std::uint32_t told = 0, frames = 0;
  while (bench.decode(176, 144).status == CommandStatus::kOk) {
    const video::SideInfo info = bench.side_info();
    told += info.damaged_packets;
    ++frames;
  }
  CHECK(frames >= 15);
  CHECK(told > 0);
  CHECK(bench.driver.read(0x8c) == told);
}

TEST_CASE("pictures beyond the limit are refused before anything is allocated for them", "[video_decoder][fast][bad-input]") {
  for (const auto& [columns, rows] : {std::pair<std::uint32_t, std::uint32_t>{65'000, 60'000}, {0x0fff'ffff, 0x0fff'ffff}, {600, 600}}) {
    VideoBench bench;
    REQUIRE(bench.open(stream_of_size(columns, rows)).status == CommandStatus::kOk);
    const Completion done = bench.decode(176, 144);
    CHECK(done.status == CommandStatus::kInputError);
    CHECK(event_of(done) == 3);
    CHECK((done.detail & 0xffffffff) > 0);
  }
  // The same stream with a size that is allowed shows something, so it is the size that was refused.
  VideoBench bench;
  REQUIRE(bench.open(stream_of_size(11, 9)).status == CommandStatus::kOk);
  CHECK(decode_until_failure(bench, 176, 144) > 0);
}

TEST_CASE("sides above the limit and other pixel formats are unsupported, the stream goes on behind them",
          "[video_decoder][slow][bad-input]") {
  Bytes stream = test::encode_h264("testsrc2=s=4112x16:r=25,trim=end_frame=1", "keyint=1");
  const Bytes fine = test::encode_h264("testsrc2=s=64x64:r=25,trim=end_frame=1", "keyint=1");
  const Bytes wide_chroma = test::run_command(
      "ffmpeg -v error -f lavfi -i testsrc2=s=64x64:r=25,trim=end_frame=1 -pix_fmt yuv422p -c:v libx264 -threads 1 "
      "-x264-params log-level=none -f h264 -");
  REQUIRE(!wide_chroma.empty());
  stream.insert(stream.end(), wide_chroma.begin(), wide_chroma.end());
  stream.insert(stream.end(), fine.begin(), fine.end());
  VideoBench bench;
  REQUIRE(bench.open(stream).status == CommandStatus::kOk);
  CHECK(bench.decode(64, 64).status == CommandStatus::kUnsupported);
  CHECK(bench.decode(64, 64).status == CommandStatus::kUnsupported);
  CHECK(bench.decode(64, 64).status == CommandStatus::kOk);
  CHECK(event_of(bench.decode(64, 64)) == 1);
}

TEST_CASE("bad fields end the command with the offset of the field, the stream stays as it is", "[video_decoder][fast][bad-input]") {
  VideoBench bench;
  CHECK(bench.run(static_cast<VideoDecoderOpcode>(9), Bytes(64)).status == CommandStatus::kUnknownOpcode);
  CHECK(bench.decode(176, 144).status == CommandStatus::kUnsupported);  // Nothing is open.
  VideoOpenParameters open;
  open.stream = VideoBench::kStream;
  open.stream_bytes = test::small_clip().size();
  open.codec = 1;
  const auto open_detail = [&](VideoOpenParameters p) {
    const Completion done = bench.run(VideoDecoderOpcode::kOpen, p.encode());
    return done.status == CommandStatus::kBadParameter ? static_cast<int>(done.detail) : -1;
  };
  VideoOpenParameters bad = open;
  bad.stream_bytes = 0;
  CHECK(open_detail(bad) == 8);
  bad.stream_bytes = 0x8000'0000;
  CHECK(open_detail(bad) == 8);
  bad = open;
  bad.stream = ~Addr{0} - 5;
  CHECK(open_detail(bad) == 0);
  for (std::uint32_t codec : {0u, 3u, ~0u}) {
    bad = open;
    bad.codec = codec;
    CHECK(open_detail(bad) == 16);
  }
  Bytes reserved = open.encode();
  reserved[63] = 1;
  CHECK(bench.run(VideoDecoderOpcode::kOpen, reserved).detail == 20);
  CHECK(bench.run(VideoDecoderOpcode::kOpen, Bytes(63)).detail == 64);

  REQUIRE(bench.open(test::small_clip()).status == CommandStatus::kOk);
  CHECK(open_detail(bad) == 16);  // A refused OPEN leaves the open stream alone.
  const VideoDecodeParameters good = bench.target(176, 144);
  const auto decode_detail = [&](VideoDecodeParameters p) {
    const Completion done = bench.run(VideoDecoderOpcode::kDecode, p.encode());
    return done.status == CommandStatus::kBadParameter ? static_cast<int>(done.detail) : -1;
  };
  for (std::uint32_t stride : {0u, 63u, 65u, 128u, 200u}) {
    VideoDecodeParameters p = good;
    p.stride = stride;
    CHECK(decode_detail(p) == 16);
  }
  for (std::uint32_t rows : {0u, 143u}) {
    VideoDecodeParameters p = good;
    p.rows = rows;
    CHECK(decode_detail(p) == 20);
  }
  VideoDecodeParameters p = good;
  p.side_info_bytes = 63;
  CHECK(decode_detail(p) == 32);
  p = good;
  p.luma = ~Addr{0} - 100;
  CHECK(decode_detail(p) == 0);
  p = good;
  p.chroma = ~Addr{0} - 100;
  CHECK(decode_detail(p) == 8);
  p = good;
  p.side_info = ~Addr{0} - 100;
  CHECK(decode_detail(p) == 24);
  Bytes wrong = good.encode();
  wrong[40] = 1;
  CHECK(bench.run(VideoDecoderOpcode::kDecode, wrong).detail == 36);
  CHECK(bench.run(VideoDecoderOpcode::kDecode, Bytes(0)).detail == 64);
  // Not a frame was lost by all of this.
  CHECK(bench.decode_all(176, 144) == test::decode_with_ffmpeg(test::small_clip(), video::Codec::kH264));
}

TEST_CASE("faults name their address and lose no frame", "[video_decoder][fast][bad-input]") {
  const Bytes expected = test::decode_with_ffmpeg(test::small_clip(), video::Codec::kH264);
  const Bytes first(expected.begin(), expected.begin() + 176 * 144 * 3 / 2);
  VideoBench bench;
  REQUIRE(bench.open(test::small_clip()).status == CommandStatus::kOk);
  const auto faults_at = [&](VideoDecodeParameters p, Addr addr) {
    const Completion done = bench.run(VideoDecoderOpcode::kDecode, p.encode());
    CHECK(done.status == CommandStatus::kWriteFault);
    CHECK(done.fault_addr == addr);
  };
  VideoDecodeParameters p = bench.target(176, 144);
  p.luma = VideoBench::kBase + VideoBench::kSize - 50 * 192 - 100;
  faults_at(p, VideoBench::kBase + VideoBench::kSize);
  p = bench.target(176, 144);
  p.chroma = 0x1000;
  faults_at(p, 0x1000);
  p = bench.target(176, 144);
  p.side_info = 0x2000;
  faults_at(p, 0x2000);
  REQUIRE(bench.decode(176, 144).status == CommandStatus::kOk);
  CHECK(bench.frame(176, 144) == first);
  CHECK(bench.side_info().display_index == 0);

  // A hole in the stream: where it is, and no end of the other frames before it.
  VideoBench holed;
  holed.memory.add_hole(VideoBench::kStream + 9'000, 1);
  REQUIRE(holed.open(test::small_clip()).status == CommandStatus::kOk);
  Completion done;
  do done = holed.decode(176, 144);
  while (done.status == CommandStatus::kOk);
  CHECK(done.status == CommandStatus::kReadFault);
  CHECK(done.fault_addr == VideoBench::kStream + 9'000);
  CHECK(holed.decode(176, 144).status == CommandStatus::kReadFault);
}

TEST_CASE("an abort leaves the frame for the next DECODE, a reset forgets the stream", "[video_decoder][fast]") {
  const Bytes expected = test::decode_with_ffmpeg(test::small_clip(), video::Codec::kH264);
  VideoBench bench;
  REQUIRE(bench.open(test::small_clip()).status == CommandStatus::kOk);
  const unsigned aborted = bench.submit_decode(176, 144);
  bench.driver.run(7);
  bench.driver.write(0x08, 3);
  bench.driver.run();
  CHECK(bench.driver.completion(aborted).status == CommandStatus::kAborted);
  CHECK(bench.decode_all(176, 144) == expected);

  REQUIRE(bench.open(test::small_clip()).status == CommandStatus::kOk);
  bench.submit_decode(176, 144);
  bench.driver.run(7);
  bench.driver.write(0x08, 4);
  bench.driver.run();
  CHECK(bench.driver.read(0x80) == 0);
  CHECK(bench.driver.read(0x84) == 0);
}

TEST_CASE("input without a frame is read in bounded steps", "[video_decoder][fast][bad-input]") {
  VideoBench bench;
  REQUIRE(bench.open(Bytes(1'500'000, 0)).status == CommandStatus::kOk);
  bench.submit_decode(176, 144);
  bench.memory.accesses.clear();
  std::uint64_t most = 0;
  while (bench.driver.run(1) == 1 && bench.driver.tail() != 2) {
    std::uint64_t bytes = 0;
    for (const test::RecordedAccess& access : bench.memory.accesses) bytes += access.addr >= VideoBench::kStream ? access.bytes : 0;
    most = std::max(most, bytes);
    bench.memory.accesses.clear();
  }
  CHECK(bench.driver.completion(1).status == CommandStatus::kInputError);
  CHECK(bench.driver.read(0x90) == 1'500'000);
  CHECK(most == VideoDecoderCore::kPieceBytes * VideoDecoderCore::kMaxPiecesAStep);
}
