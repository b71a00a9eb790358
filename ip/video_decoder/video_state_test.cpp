// Saved between two steps, a fresh decoder goes on to the same end; damaged states are refused or harmless.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <random>

#include "ip/video_decoder/video_test_bench.h"
#include "ip/video_decoder/video_test_bits.h"

using namespace visoc;
using test::Bytes;
using test::VideoBench;

namespace {

/// What a run leaves behind.
struct End {
  Bytes frames, side_infos;
  std::uint64_t last_detail = 0;
  Picos now = 0;
  bool operator==(const End& other) const {
    return frames == other.frames && side_infos == other.side_infos && last_detail == other.last_detail && now == other.now;
  }
};

/// Decodes everything; if `save_every` is not 0, the core is replaced by one loaded from its state after so many steps, again and again.
End decode_through(const Bytes& stream, video::Codec codec, std::uint32_t width, std::uint32_t height, unsigned save_every) {
  VideoBench bench;
  REQUIRE(bench.open(stream, codec).status == CommandStatus::kOk);
  VideoDecoderCore fresh_a{VideoDecoderOptions{}}, fresh_b{VideoDecoderOptions{}};
  VideoDecoderCore* spare[] = {&fresh_a, &fresh_b};
  VideoDecoderCore* core = &bench.core;
  Picos now = bench.driver.now();
  unsigned steps = 0, saves = 0;
  End end;
  for (unsigned frame = 0; frame < 200; ++frame) {
    // The doorbell goes to the core in use.
    const unsigned index = bench.submit_decode(width, height);
    if (core != &bench.core) core->write_register(now, 0x2c, 4, index + 1);
    for (Picos wake = core->step(now, bench.memory); wake != kNever; wake = core->step(now, bench.memory)) {
      now = std::max(now, wake);
      if (save_every == 0 || ++steps % save_every != 0) continue;
      StateWriter out;
      core->save(out);
      core = spare[saves++ % 2];
      StateReader in{ConstBytes(out.data())};
      REQUIRE(core->load(in));
      REQUIRE(in.at_end());
      StateWriter again;
      core->save(again);
      const auto differs = std::mismatch(again.data().begin(), again.data().end(), out.data().begin(), out.data().end());
      INFO("first difference at byte " << differs.first - again.data().begin() << " of " << again.data().size());
      REQUIRE(differs.second == out.data().end());
    }
    const Completion done = bench.driver.completion(index);
    end.last_detail = done.detail;
    if (done.status != CommandStatus::kOk) break;
    const Bytes picture = bench.frame(width, height);
    end.frames.insert(end.frames.end(), picture.begin(), picture.end());
    const std::uint32_t side_bytes = bench.memory.get<std::uint32_t>(VideoBench::kSideInfo + 4);
    const auto side = bench.memory.bytes.begin() + static_cast<std::ptrdiff_t>(VideoBench::kSideInfo - VideoBench::kBase);
    end.side_infos.insert(end.side_infos.end(), side, side + side_bytes);
  }
  end.now = now;
  return end;
}

void check_saves(const Bytes& stream, video::Codec codec, std::uint32_t width, std::uint32_t height, unsigned frames) {
  const End straight = decode_through(stream, codec, width, height, 0);
  REQUIRE(straight.frames.size() == std::size_t{frames} * width * height * 3 / 2);
  for (unsigned every : {1u, 2u, 7u, 23u}) {
    INFO("saved every " << every << " steps");
    CHECK(decode_through(stream, codec, width, height, every) == straight);
  }
}

/// A Main profile stream whose sequence parameter sets say nothing of how far pictures are reordered: the decoder must learn it.
Bytes without_reordering_limits(const Bytes& stream) {
  const std::vector<std::size_t> starts = test::unit_starts(stream);
  Bytes changed;
  for (std::size_t i = 0; i + 1 < starts.size(); ++i) {
    const std::size_t first = starts[i], last = i + 2 < starts.size() ? starts[i + 1] - 3 : starts[i + 1];
    if ((stream[first] & 0x1f) != 7) {
      changed.insert(changed.end(), {0, 0, 1});
      changed.insert(changed.end(), stream.begin() + static_cast<std::ptrdiff_t>(first),
                     stream.begin() + static_cast<std::ptrdiff_t>(last));
      continue;
    }
    test::BitWriter out;
    test::BitCopier sps(&stream[first + 1], last - first - 1, out);
    REQUIRE(sps.bits(8) == 77);
    sps.bits(16);
    sps.ue();                // Id.
    sps.ue();                // Bits of frame numbers.
    REQUIRE(sps.ue() == 0);  // Order of pictures by numbers in the slices,
    sps.ue();                // of so many bits.
    sps.ue();                // References.
    sps.bits(1);
    sps.ue();  // Width and height.
    sps.ue();
    REQUIRE(sps.bits(1) == 1);
    sps.bits(1);
    REQUIRE(sps.bits(1) == 0);  // Nothing is cropped.
    out.bits(0, 1);             // And no usability information follows.
    const Bytes unit = out.nal(stream[first]);
    changed.insert(changed.end(), unit.begin(), unit.end());
  }
  return changed;
}

}  // namespace

TEST_CASE("saved between any two steps, a fresh decoder reaches the same bytes at the same time", "[video_decoder][slow]") {
  check_saves(test::small_clip(), video::Codec::kH264, 176, 144, 20);
}

TEST_CASE("saves of streams with open groups of pictures, without reordering limits, of HEVC", "[video_decoder][slow]") {
  const std::string source = "testsrc2=s=96x64:r=25,trim=end_frame=24";
  check_saves(test::encode_h264(source, "keyint=8:min-keyint=8:bframes=3:b-adapt=0:open-gop=1"), video::Codec::kH264, 96, 64, 24);
  check_saves(test::encode_h264(source, "keyint=8:min-keyint=8:bframes=0:ref=2"), video::Codec::kH264, 96, 64, 24);
  if (!test::has_encoder("libx265")) return;
  check_saves(test::encode_hevc(source, "keyint=8:min-keyint=8:bframes=3:open-gop=1"), video::Codec::kHevc, 96, 64, 24);
  check_saves(test::encode_hevc(source, "keyint=8:min-keyint=8:bframes=3:open-gop=0"), video::Codec::kHevc, 96, 64, 24);
}

TEST_CASE("saves where the decoder had to learn how far pictures are reordered", "[video_decoder][slow]") {
  const Bytes stream = without_reordering_limits(
      test::encode_h264("testsrc2=s=96x64:r=25,trim=end_frame=24", "keyint=8:min-keyint=8:scenecut=0:bframes=3:b-adapt=0", "main"));
  const End straight = decode_through(stream, video::Codec::kH264, 96, 64, 0);
  REQUIRE(straight.frames.size() >= std::size_t{22} * 96 * 64 * 3 / 2);
  for (unsigned every : {1u, 2u, 7u, 23u}) {
    INFO("saved every " << every << " steps");
    CHECK(decode_through(stream, video::Codec::kH264, 96, 64, every) == straight);
  }
}

TEST_CASE("saves of HEVC with pictures shown before the IDR picture they follow, and with pictures left out", "[video_decoder][slow]") {
  if (!test::has_encoder("libx265")) return;
  const std::string source = "testsrc2=s=96x64:r=25,trim=end_frame=24";
  const Bytes leading =
      test::encode_hevc(source, "keyint=8:min-keyint=8:bframes=3:b-adapt=0:open-gop=0:radl=2:scenecut=0:repeat-headers=1");
  check_saves(leading, video::Codec::kHevc, 96, 64, 24);
  // A stream that begins at its second random access point: the pictures shown before that one cannot be decoded and are left out.
  const Bytes open = test::encode_hevc(source, "keyint=8:min-keyint=8:bframes=3:b-adapt=0:open-gop=1:scenecut=0:repeat-headers=1");
  std::size_t begin = 0;
  unsigned parameter_sets = 0;
  for (std::size_t start : test::unit_starts(open))
    if (start < open.size() && (open[start] >> 1 & 0x3f) == 32 && ++parameter_sets == 2) begin = start - 3;
  REQUIRE(begin != 0);
  Bytes stream(open.begin() + static_cast<std::ptrdiff_t>(begin), open.end());
  stream.insert(stream.end(), leading.begin(), leading.end());
  const End straight = decode_through(stream, video::Codec::kHevc, 96, 64, 0);
  REQUIRE(straight.frames.size() == std::size_t{16 + 24} * 96 * 64 * 3 / 2);  // Of 16 + 24 and three left out.
  for (unsigned every : {1u, 5u}) CHECK(decode_through(stream, video::Codec::kHevc, 96, 64, every) == straight);
}

TEST_CASE("saves while a frame is being looked for", "[video_decoder][slow]") {
  Bytes stream(1'200'000, 0);
  const Bytes clip = test::encode_h264("testsrc2=s=96x64:r=25,trim=end_frame=4", "bframes=1");
  stream.insert(stream.end(), clip.begin(), clip.end());
  check_saves(stream, video::Codec::kH264, 96, 64, 4);
}

TEST_CASE("saves of damaged streams", "[video_decoder][slow][bad-input]") {
  const std::string source = "testsrc2=s=96x64:r=25,trim=end_frame=28";
  const std::string parameters = "keyint=6:min-keyint=6:scenecut=0:bframes=2";
  const Bytes clips[] = {test::encode_h264(source, parameters), test::encode_h264(source, parameters + ":tff=1")};
  std::mt19937 random(5);
  for (unsigned i = 0; i < 24; ++i) {
    Bytes stream = clips[i % 2];
    for (unsigned k = 0; k < 5; ++k) stream[1000 + random() % (stream.size() - 1000)] ^= static_cast<std::uint8_t>(1u << random() % 8);
    INFO("round " << i);
    const End straight = decode_through(stream, video::Codec::kH264, 96, 64, 0);
    CHECK(decode_through(stream, video::Codec::kH264, 96, 64, 7) == straight);
  }
}

TEST_CASE("the state holds the input since an IDR picture, not the whole stream", "[video_decoder][slow]") {
  const Bytes stream = test::encode_h264("mandelbrot=s=176x144:r=25,trim=end_frame=80", "keyint=5:min-keyint=5:scenecut=0:bframes=1");
  VideoBench bench;
  REQUIRE(bench.open(stream).status == CommandStatus::kOk);
  std::size_t largest = 0;
  for (unsigned i = 0; i < 80; ++i) {
    REQUIRE(bench.decode(176, 144).status == CommandStatus::kOk);
    StateWriter out;
    bench.core.save(out);
    largest = std::max(largest, out.data().size());
  }
  CHECK(largest < stream.size() / 2);
}

TEST_CASE("a parameter set that is not repeated keeps the input from where it is", "[video_decoder][slow][bad-input]") {
  test::BitWriter out;
  out.ue(5);  // A picture parameter set of an id that the clip does not use; a later slice might.
  out.ue(0);
  out.bits(0, 2);
  for (unsigned i = 0; i < 3; ++i) out.ue(0);
  out.bits(0, 3);
  for (unsigned i = 0; i < 3; ++i) out.ue(0);
  out.bits(0, 3);
  Bytes stream = out.nal(0x68);
  stream.insert(stream.end(), test::small_clip().begin(), test::small_clip().end());
  VideoBench bench;
  REQUIRE(bench.open(stream).status == CommandStatus::kOk);
  for (unsigned i = 0; i < 20; ++i) REQUIRE(bench.decode(176, 144).status == CommandStatus::kOk);
  StateWriter state;
  bench.core.save(state);
  CHECK(state.data().size() > stream.size());
}

TEST_CASE("a damaged state is refused or harmless", "[video_decoder][slow][bad-input]") {
  VideoBench bench;
  REQUIRE(bench.open(test::small_clip()).status == CommandStatus::kOk);
  for (unsigned i = 0; i < 3; ++i) REQUIRE(bench.decode(176, 144).status == CommandStatus::kOk);
  bench.submit_decode(176, 144);
  bench.driver.run(6);
  StateWriter out;
  bench.core.save(out);
  std::mt19937 random(3);
  unsigned refused = 0;
  for (unsigned i = 0; i < 120; ++i) {
    Bytes bytes = out.data();
    if (i % 3 == 0) bytes.resize(random() % bytes.size());
    for (unsigned k = 0; k < 4 && !bytes.empty(); ++k) {
      const std::size_t range = i % 2 == 0 ? bytes.size() : std::min<std::size_t>(bytes.size(), 400);
      const std::size_t at = random() % 2 == 0 ? random() % range : bytes.size() - 1 - random() % range;
      bytes[at] ^= static_cast<std::uint8_t>(1u << random() % 8);
    }
    VideoDecoderCore fresh{VideoDecoderOptions{}};
    StateReader in{ConstBytes(bytes)};
    refused += fresh.load(in) ? 0 : 1;
    Picos now = 0;
    for (unsigned step = 0; step < 50; ++step) {
      const Picos wake = fresh.step(now, bench.memory);
      if (wake == kNever) break;
      now = std::max(now, wake);
    }
  }
  CHECK(refused >= 40);  // At least those that were cut short.
}
