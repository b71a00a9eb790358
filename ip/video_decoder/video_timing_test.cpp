// When things happen, worked out by hand: not before, and not after. And what is counted.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "ip/video_decoder/video_test_bench.h"
#include "test/support/fake_services.h"

using namespace visoc;
using test::Bytes;
using test::VideoBench;

namespace {

constexpr std::uint32_t kWidth = 176, kHeight = 144, kMacroblocks = 11 * 9, kRows = 9;
constexpr Picos kPeriod = 2'000;
constexpr std::uint64_t kFast = 1'000'000'000;

/// Everything costs nothing but the start.
VideoDecoderOptions fast_options() {
  VideoDecoderOptions options;
  options.clock = Clock{kPeriod};
  options.start_cycles = 32;
  options.bits_per_cycle = kFast;
  options.cycles_per_macroblock = 0;
  options.reference_bytes_per_cycle = kFast;
  return options;
}

const Bytes& one_picture() {
  static const Bytes stream = test::encode_h264("testsrc2=s=176x144:r=25,trim=end_frame=1", "keyint=1:qp=4");
  return stream;
}

/// A bench whose memory takes no time.
struct InstantBench : VideoBench {
  explicit InstantBench(const VideoDecoderOptions& options) : VideoBench(options, 0, 0) {}
  std::uint8_t at(std::uint64_t offset) const { return memory.bytes[kFrame - kBase + offset]; }
  void mark() { std::fill(memory.bytes.begin() + (kFrame - kBase), memory.bytes.begin() + (kStream - kBase), std::uint8_t{0xfe}); }
  Picos settle(Picos now) {
    Picos wake = core.step(now, memory);
    for (; wake <= now; wake = core.step(now, memory)) {
    }
    return wake;
  }
};

}  // namespace

TEST_CASE("each macroblock row appears at its time, not a picosecond earlier", "[video_decoder][fast]") {
  VideoDecoderOptions options = fast_options();
  options.cycles_per_macroblock = 256;
  InstantBench bench(options);
  REQUIRE(bench.open(one_picture()).status == CommandStatus::kOk);
  bench.mark();
  const Picos begin = bench.driver.now();
  const unsigned index = bench.submit_decode(kWidth, kHeight);
  const Picos whole = (32 + 256 * kMacroblocks) * kPeriod;
  Picos wake = bench.settle(begin);
  for (std::uint32_t row = 0; row < kRows; ++row) {
    const Picos due = begin + whole * (row + 1) / kRows;
    REQUIRE(wake == due);
    const std::uint64_t first = std::uint64_t{row} * 16 * 192, last = first + 15 * 192 + kWidth - 1;
    CHECK(bench.core.step(due - 1, bench.memory) == due);
    CHECK(bench.at(first) == 0xfe);
    CHECK(bench.at(last) == 0xfe);
    CHECK(bench.driver.tail() == 1);
    wake = bench.settle(due);
    CHECK(bench.at(first) != 0xfe);
    CHECK(bench.at(last) != 0xfe);
    CHECK(bench.at(kHeight * 192 + std::uint64_t{row} * 8 * 192 + 7 * 192 + kWidth - 1) != 0xfe);
  }
  CHECK(wake == kNever);
  CHECK(bench.driver.tail() == 2);
  CHECK(bench.driver.completion(index).cycles == 32 + 256 * kMacroblocks);
}

TEST_CASE("entropy decoding sets the time of a stream with many bits", "[video_decoder][fast]") {
  VideoDecoderOptions options = fast_options();
  options.bits_per_cycle = GENERATE(1, 2, 7);
  InstantBench bench(options);
  REQUIRE(bench.open(one_picture()).status == CommandStatus::kOk);
  const std::uint64_t bits = 8 * one_picture().size();
  CHECK(bench.decode(kWidth, kHeight).cycles == 32 + (bits + options.bits_per_cycle - 1) / options.bits_per_cycle);
}

TEST_CASE("fetching of references sets the time of a stream that moves", "[video_decoder][slow]") {
  VideoDecoderOptions options = fast_options();
  options.reference_bytes_per_cycle = 3;
  InstantBench bench(options);
  REQUIRE(bench.open(test::encode_h264("mandelbrot=s=176x144:r=25,trim=end_frame=6", "bframes=0")).status == CommandStatus::kOk);
  for (unsigned f = 0; f < 6; ++f) {
    const Completion done = bench.decode(kWidth, kHeight);
    REQUIRE(done.status == CommandStatus::kOk);
    // Six taps need five more samples a direction, two taps one more (ITU-T H.264, 8.4.2.2). The model takes the six-tap margin
    // where the luma vector is no whole number of pixels, and the two-tap one where the chroma vector (in eighths) is none.
    std::uint64_t bytes = 0;
    for (const video::MotionRecord& record : bench.side_info().records) {
      const unsigned luma_w = record.width + (record.motion_x % 4 != 0 ? 5 : 0),
                     luma_h = record.height + (record.motion_y % 4 != 0 ? 5 : 0);
      const unsigned chroma_w = record.width / 2 + (record.motion_x % 8 != 0 ? 1 : 0),
                     chroma_h = record.height / 2 + (record.motion_y % 8 != 0 ? 1 : 0);
      bytes += luma_w * luma_h + 2 * chroma_w * chroma_h;
    }
    CHECK((bytes == 0) == (f == 0));
    CHECK(done.cycles == 32 + std::max<std::uint64_t>(1, (bytes + 2) / 3));  // Its bits take one cycle.
  }
}

TEST_CASE("a slow memory delays the frame", "[video_decoder][fast]") {
  // 1 us an access, one after the other. Reading takes as many as there are pieces; the first macroblock row is due after its share of
  // that, and from then on the port is busy: 16 luma and 8 chroma rows for each macroblock row, then the side information.
  VideoBench bench(fast_options(), kPicosPerMicro, 0);
  REQUIRE(bench.open(one_picture()).status == CommandStatus::kOk);
  bench.memory.accesses.clear();
  const Completion done = bench.decode(kWidth, kHeight);
  const std::uint64_t pieces = (one_picture().size() + VideoDecoderCore::kPieceBytes - 1) / VideoDecoderCore::kPieceBytes;
  REQUIRE(pieces > 1);
  const Picos expected = kPicosPerMicro * (1 + kRows * (16 + 8) + 1) + kPicosPerMicro * pieces / kRows;
  CHECK(done.cycles == (expected + kPeriod - 1) / kPeriod);
}

TEST_CASE("bits, macroblocks, vectors and activities are counted", "[video_decoder][fast]") {
  test::FakeServices services;
  VideoBench bench;
  bench.core.connect_services(&services, "vdec0");
  REQUIRE(bench.open(test::small_clip()).status == CommandStatus::kOk);
  std::uint64_t vectors = 0;
  for (unsigned f = 0; f < 20; ++f) {
    REQUIRE(bench.decode(kWidth, kHeight).status == CommandStatus::kOk);
    vectors += bench.side_info().records.size();
  }
  const auto statistic = [&](const std::string& name) {
    for (const Statistic& each : bench.core.statistics())
      if (each.name == name) return each.value;
    return std::uint64_t{0};
  };
  CHECK(statistic("frames") == 20);
  CHECK(statistic("packets") == 20);
  CHECK(statistic("stream_bytes") == test::small_clip().size());
  CHECK(statistic("bits") == 8 * test::small_clip().size());
  CHECK(statistic("macroblocks") == 20 * kMacroblocks);
  CHECK(statistic("vectors") == vectors);
  CHECK(statistic("reference_bytes") > 0);
  CHECK(statistic("damaged") == 0);
  const std::vector<EnergyEvent> events = bench.core.energy_events();
  REQUIRE(events.size() == 2);
  CHECK(events[0].count == statistic("bits"));
  CHECK(events[1].count == statistic("macroblocks"));
  REQUIRE(services.activities.size() == 21);
  CHECK(services.activities[0].what == "open");
  for (unsigned f = 1; f <= 20; ++f) {
    CHECK(services.activities[f].what == "decode");
    CHECK(services.activities[f].begin >= services.activities[f - 1].end);
    CHECK(services.activities[f].end > services.activities[f].begin);
  }
}
