// The display by commands in a fake memory: what is shown, mask modes, boxes, faults, state, time.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <random>
#include <utility>

#include "ip/display/display_core.h"
#include "regs/display_regs.h"
#include "test/support/fake_services.h"
#include "test/support/ring_driver.h"

using namespace visoc;
using test::FakeMemory;
using test::RingDriver;

namespace {

constexpr Addr kBase = 0x8000'0000;
constexpr std::size_t kSize = 0x50000;
constexpr Addr kRing = kBase, kDone = kBase + 0x1000, kParameters = kBase + 0x2000;
constexpr Addr kLuma = kBase + 0x10000, kChroma = kBase + 0x20000, kMask = kBase + 0x30000, kBoxes = kBase + 0x40000;
constexpr std::uint32_t kWhite = 0x8080eb;

struct Bench {
  FakeMemory memory{kBase, kSize};
  test::FakeServices services;
  DisplayCore core;
  RingDriver driver;
  unsigned submitted = 0;

  explicit Bench(const DisplayOptions& options = {}) : core(options), driver(start(core, services), memory, kRing, kDone) {
    std::mt19937 random(9);
    for (std::size_t i = 0x10000; i < kSize; ++i) memory.bytes[i] = static_cast<std::uint8_t>(random());
  }
  static DisplayCore& start(DisplayCore& core, RunServices& services) {
    core.connect_services(&services, "display0");
    core.reset();
    return core;
  }
  std::uint8_t at(Addr addr) const { return memory.bytes[addr - kBase]; }
  unsigned submit(const std::vector<std::uint8_t>& parameters, std::uint16_t opcode = 1) {
    Descriptor d;
    d.opcode = opcode;
    d.tag = 0x1000 + submitted;
    d.flags = kFlagInterrupt;
    return driver.submit(d, parameters, kParameters + 0x100 * (submitted++ % 8));
  }
  Completion run(const std::vector<std::uint8_t>& parameters, std::uint16_t opcode = 1) {
    const unsigned index = submit(parameters, opcode);
    driver.run();
    return driver.completion(index);
  }
  void put_boxes(const std::vector<std::array<std::uint16_t, 4>>& boxes) {
    Addr at_addr = kBoxes;
    for (const auto& box : boxes)
      for (std::uint16_t value : box) memory.put<std::uint16_t>(std::exchange(at_addr, at_addr + 2), value);
  }
};

DisplayParameters picture(std::uint32_t width, std::uint32_t height) {
  DisplayParameters p;
  p.luma = kLuma;
  p.chroma = kChroma;
  p.width_px = width;
  p.height_px = height;
  p.luma_stride = p.chroma_stride = width;
  p.frame_index = 42;
  return p;
}

DisplayParameters with_mask(DisplayParameters p, MaskMode mode, std::uint32_t width, std::uint32_t height, std::uint32_t step = 1) {
  p.mask_mode = static_cast<std::uint32_t>(mode);
  p.mask = kMask;
  p.mask_width_px = width;
  p.mask_height_px = height;
  p.mask_step = step;
  p.mask_stride = (width - 1) * step + 1;
  return p;
}

DisplayParameters with_boxes(DisplayParameters p, std::uint32_t count, std::uint32_t colour = kWhite) {
  p.boxes = kBoxes;
  p.box_count = count;
  p.box_colour = colour;
  return p;
}

/// The picture as it lies in memory, packed.
std::vector<std::uint8_t> packed(const Bench& bench, const DisplayParameters& p) {
  std::vector<std::uint8_t> all;
  for (std::uint32_t y = 0; y < p.height_px; ++y)
    for (std::uint32_t x = 0; x < p.width_px; ++x) all.push_back(bench.at(p.luma + std::uint64_t{y} * p.luma_stride + x));
  for (std::uint32_t y = 0; y < p.height_px / 2; ++y)
    for (std::uint32_t x = 0; x < p.width_px; ++x) all.push_back(bench.at(p.chroma + std::uint64_t{y} * p.chroma_stride + x));
  return all;
}

bool same(const ShownFrame& a, const ShownFrame& b) {
  return a.index == b.index && a.width_px == b.width_px && a.height_px == b.height_px && a.nv12 == b.nv12 && a.mask == b.mask &&
         a.mask_width_px == b.mask_width_px && a.mask_height_px == b.mask_height_px;
}

}  // namespace

TEST_CASE("a picture is shown as it lies in memory, whatever its strides", "[display][fast]") {
  for (const auto& [width, height] : {std::pair<unsigned, unsigned>{2, 2}, {6, 40}, {200, 2}, {240, 180}}) {
    Bench bench;
    DisplayParameters p = picture(width, height);
    p.luma += 3;
    p.luma_stride += 5;
    p.chroma_stride += 24;
    const Completion done = bench.run(p.encode());
    CHECK(done.status == CommandStatus::kOk);
    CHECK(done.detail == height);
    REQUIRE(bench.services.frames.size() == 1);
    const ShownFrame& shown = bench.services.frames[0];
    CHECK(shown.index == 42);
    CHECK(shown.width_px == width);
    CHECK(shown.height_px == height);
    CHECK(shown.nv12 == packed(bench, p));
    CHECK(shown.mask.empty());
    CHECK(bench.driver.read(0x80) == height);
    CHECK(bench.driver.read(0x84) == 1);
    CHECK(bench.driver.read(0x88) == 42);
  }
}

TEST_CASE("a mask of bytes or of signed values against a threshold, at any step", "[display][fast]") {
  Bench bench;
  const std::uint32_t step = GENERATE(1u, 3u, 64u);
  DisplayParameters p = with_mask(picture(12, 6), MaskMode::kNonZero, 5, 4, step);
  p.mask_stride += 7;
  for (unsigned i = 0; i < 20; ++i) {
    const std::uint8_t values[] = {0, 1, 0x7f, 0x80, 0xff};
    bench.memory.put<std::uint8_t>(kMask + i / 5 * p.mask_stride + i % 5 * step, values[(i + i / 5) % 5]);
  }
  CHECK(bench.run(p.encode()).status == CommandStatus::kOk);
  p.mask_mode = static_cast<std::uint32_t>(MaskMode::kAtLeast);
  for (std::int32_t threshold : {-128, -127, -1, 0, 1, 2, 127}) {
    p.mask_threshold = threshold;
    CHECK(bench.run(p.encode()).status == CommandStatus::kOk);
  }
  REQUIRE(bench.services.frames.size() == 8);
  // Of the values 0, 1, 127, -128, -1.
  const bool expected[8][5] = {{false, true, true, true, true},    {true, true, true, true, true},    {true, true, true, false, true},
                               {true, true, true, false, true},    {true, true, true, false, false},  {false, true, true, false, false},
                               {false, false, true, false, false}, {false, false, true, false, false}};
  for (unsigned k = 0; k < 8; ++k) {
    const ShownFrame& shown = bench.services.frames[k];
    CHECK(shown.mask_width_px == 5);
    CHECK(shown.mask_height_px == 4);
    REQUIRE(shown.mask.size() == 20);
    for (unsigned i = 0; i < 20; ++i) CHECK(shown.mask[i] == (expected[k][(i + i / 5) % 5] ? 1 : 0));
  }
}

TEST_CASE("a box is a frame of two pixels inside its edges, luma and chroma", "[display][fast]") {
  Bench bench;
  const DisplayParameters p = with_boxes(picture(20, 16), 1, 0x332211);
  bench.put_boxes({{4, 2, 9, 7}});
  std::vector<std::uint8_t> expected = packed(bench, p);
  for (unsigned y = 0; y < 16; ++y)
    for (unsigned x = 0; x < 20; ++x) {
      const bool inside = x >= 4 && x < 13 && y >= 2 && y < 9;
      const bool deep = x >= 6 && x < 11 && y >= 4 && y < 7;
      if (!inside || deep) continue;
      expected[y * 20 + x] = 0x11;
      expected[20 * 16 + y / 2 * 20 + x / 2 * 2] = 0x22;
      expected[20 * 16 + y / 2 * 20 + x / 2 * 2 + 1] = 0x33;
    }
  CHECK(bench.run(p.encode()).status == CommandStatus::kOk);
  CHECK(bench.services.frames.at(0).nv12 == expected);
}

TEST_CASE("boxes out of the picture, thin and empty ones are clipped", "[display][fast][bad-input]") {
  Bench bench;
  const DisplayParameters p = with_boxes(picture(20, 16), 6);
  bench.put_boxes({{20, 0, 5, 5}, {0, 16, 5, 5}, {5, 5, 0, 9}, {5, 5, 9, 0}, {65535, 65535, 65535, 65535}, {18, 14, 65535, 65535}});
  std::vector<std::uint8_t> expected = packed(bench, p);
  for (unsigned y = 14; y < 16; ++y)
    for (unsigned x = 18; x < 20; ++x) expected[y * 20 + x] = 0xeb;
  for (unsigned i = 0; i < 2; ++i) expected[20 * 16 + 7 * 20 + 18 + i] = 0x80;
  CHECK(bench.run(p.encode()).status == CommandStatus::kOk);
  CHECK(bench.services.frames.at(0).nv12 == expected);
  bench.put_boxes({{3, 3, 1, 1}});
  CHECK(bench.run(with_boxes(picture(20, 16), 1).encode()).status == CommandStatus::kOk);
  CHECK(bench.services.frames.at(1).nv12[3 * 20 + 3] == 0xeb);
  CHECK(bench.services.frames.at(1).nv12[3 * 20 + 4] == bench.at(kLuma + 3 * 20 + 4));
}

TEST_CASE("bad fields end the command with the offset of the field before anything is read", "[display][fast][bad-input]") {
  Bench bench;
  const DisplayParameters good = with_boxes(with_mask(picture(12, 12), MaskMode::kAtLeast, 4, 4), 2);
  for (std::uint16_t opcode : {0, 2, 0xffff}) {
    const Completion done = bench.run(good.encode(), opcode);
    CHECK(done.status == CommandStatus::kUnknownOpcode);
    CHECK(done.detail == opcode);
  }
  for (std::size_t size : {0, 64, 127, 129, 4096}) {
    std::vector<std::uint8_t> wrong = good.encode();
    wrong.resize(size);
    const Completion done = bench.run(wrong);
    CHECK(done.status == CommandStatus::kBadParameter);
    CHECK(done.detail == 128);
  }
  const auto bad = [&](std::uint64_t offset, std::uint32_t value) {
    std::vector<std::uint8_t> wrong = good.encode();
    for (unsigned i = 0; i < 4; ++i) wrong[offset + i] = static_cast<std::uint8_t>(value >> (8 * i));
    INFO("offset " << offset << " value " << value);
    const Completion done = bench.run(wrong);
    CHECK(done.status == CommandStatus::kBadParameter);
    CHECK(done.detail == offset);
  };
  for (std::uint32_t side : {0u, 1u, 3u, 4097u, 4098u, 0xffff'fffeu, 0xffff'ffffu}) {
    bad(16, side);
    bad(20, side);
  }
  bad(24, 11);
  bad(28, 11);
  for (std::uint32_t mode : {3u, 0xffff'ffffu}) bad(36, mode);
  for (std::uint32_t side : {0u, 4097u, 0xffff'ffffu}) {
    bad(48, side);
    bad(52, side);
  }
  for (std::uint32_t step : {0u, 65u, 0xffff'ffffu}) bad(56, step);
  bad(60, 3);
  for (std::uint32_t threshold : {128u, 0xffff'ff7fu, 0x8000'0000u}) bad(64, threshold);
  for (std::uint32_t count : {65u, 0xffff'ffffu}) bad(68, count);
  bad(80, 0x0100'0000);
  for (std::size_t byte = 84; byte < 128; ++byte) {
    std::vector<std::uint8_t> wrong = good.encode();
    wrong[byte] = 1;
    CHECK(bench.run(wrong).detail == 84);
  }
  CHECK(bench.services.frames.empty());
  // Without a mask its fields do not count.
  DisplayParameters none = good;
  none.mask_mode = none.mask_width_px = none.mask_step = 0;
  none.mask_threshold = 5'000;
  CHECK(bench.run(none.encode()).status == CommandStatus::kOk);
  CHECK(bench.run(good.encode()).status == CommandStatus::kOk);
  CHECK(bench.services.frames.size() == 2);
}

TEST_CASE("a read fault names the address and the rows before its stretch, nothing is shown", "[display][fast][bad-input]") {
  struct Case {
    Addr hole;
    std::uint64_t rows;
  };
  // Rows of 240: 720 bytes a row pair, 23 pairs reach the 16384 bytes of a stretch.
  const Case each = GENERATE(Case{kBoxes + 9, 0}, Case{kMask + 70, 0}, Case{kLuma + 5, 0}, Case{kLuma + 60 * 240, 46},
                             Case{kChroma + 60 * 240 + 239, 92}, Case{kLuma + 180 * 240 - 1, 138});
  Bench bench;
  bench.memory.add_hole(each.hole, 1);
  DisplayParameters p = picture(240, 180);
  if (each.hole >= kMask) p = with_boxes(with_mask(p, MaskMode::kNonZero, 32, 24), 2);
  const Completion done = bench.run(p.encode());
  CHECK(done.status == CommandStatus::kReadFault);
  CHECK(done.fault_addr == each.hole);
  CHECK(done.detail == each.rows);
  CHECK(bench.services.frames.empty());
  CHECK(bench.driver.read(0x84) == 0);
  CHECK(bench.run(picture(2, 2).encode()).status == CommandStatus::kOk);
}

TEST_CASE("strides of nearly 2^32 and addresses that wrap fault where nothing answers", "[display][fast][bad-input]") {
  Bench bench;
  DisplayParameters p = picture(12, 4);
  p.luma_stride = 0xffff'ffff;
  Completion done = bench.run(p.encode());
  CHECK(done.status == CommandStatus::kReadFault);
  CHECK(done.fault_addr == kLuma + 0xffff'ffffull);
  p = picture(12, 4);
  p.chroma = ~Addr{0} - 3;
  done = bench.run(p.encode());
  CHECK(done.status == CommandStatus::kReadFault);
  CHECK(done.fault_addr == ~Addr{0} - 3);
}

TEST_CASE("a frame is shown at its last pixel's time and not before", "[display][fast]") {
  DisplayOptions options;
  options.clock = Clock{1'000};
  options.start_cycles = 8;
  options.pixels_per_cycle = GENERATE(1u, 64u);
  Bench bench(options);
  bench.submit(picture(60, 6).encode());
  // Descriptor 50 + 6.4 ns, parameters 50 + 12.8 ns, start 8 ns, then 360 pixels at one a cycle or the reads of 50 + 6 ns.
  const Picos edge = 56'400 + 62'800 + 8'000 + (options.pixels_per_cycle == 1 ? 360'000 : 56'000);
  Picos now = 0;
  while (bench.services.frames.empty()) {
    const Picos wake = bench.core.step(now, bench.memory);
    if (!bench.services.frames.empty()) break;
    REQUIRE(wake != kNever);
    if (wake == edge) {
      bench.core.step(edge - 1, bench.memory);
      CHECK(bench.services.frames.empty());
    }
    now = std::max(now, wake);
  }
  CHECK(now == edge);
  bench.driver.set_now(now);
  bench.driver.run();
  CHECK(bench.driver.completion(0).cycles == (edge - 56'400 + 999) / 1'000);
  REQUIRE(bench.services.activities.size() == 1);
  CHECK(bench.services.activities[0].what == "show");
  CHECK(bench.services.activities[0].end == edge);
}

TEST_CASE("a picture of several stretches is limited by the scan-out", "[display][fast]") {
  DisplayOptions options;
  options.clock = Clock{1'000};
  options.start_cycles = 0;
  Bench bench(options);
  CHECK(bench.run(picture(240, 180).encode()).cycles == (62'800 + 240ull * 180 * 1'000 + 999) / 1'000);
  const auto value_of = [&](const std::string& name) {
    for (const Statistic& each : bench.core.statistics())
      if (each.name == name) return each.value;
    return ~std::uint64_t{0};
  };
  CHECK(value_of("frames_shown") == 1);
  CHECK(value_of("pixels_scanned") == 240 * 180);
  CHECK(value_of("bytes_scanned") == 240 * 180 / 2 * 3);
  REQUIRE(bench.core.energy_events().size() == 1);
  CHECK(bench.core.energy_events()[0].event == "display_pixels");
  CHECK(bench.core.energy_events()[0].count == 240 * 180);
}

TEST_CASE("after an abort or a soft reset in the middle nothing is shown", "[display][fast]") {
  const bool abort = GENERATE(false, true);
  Bench bench;
  bench.submit(picture(240, 180).encode());
  while (bench.driver.read(0x80) == 0) bench.driver.run(1);
  bench.driver.write(0x08, abort ? 3 : 4);
  bench.driver.run();
  CHECK(bench.services.frames.empty());
  if (abort) {
    CHECK(bench.driver.completion(0).status == CommandStatus::kAborted);
    CHECK(bench.run(picture(240, 180).encode()).status == CommandStatus::kOk);
    CHECK(bench.services.frames.size() == 1);
  } else {
    CHECK(bench.driver.read(0x80) == 0);
    CHECK(bench.driver.read(0x0c) == 0);
  }
}

TEST_CASE("saved between any two steps, a fresh display reaches the same end", "[display][fast]") {
  const bool faulty = GENERATE(false, true);
  const DisplayParameters p = with_boxes(with_mask(picture(120, 180), MaskMode::kAtLeast, 160, 150), 3);
  const auto prepare = [&](Bench& bench) {
    if (faulty) bench.memory.add_hole(kLuma + 150 * 120, 1);
    bench.submit(p.encode());
  };
  Bench straight;
  prepare(straight);
  const unsigned steps = straight.driver.run();
  REQUIRE(straight.services.frames.size() == (faulty ? 0 : 1));
  for (unsigned cut = 0; cut < steps; ++cut) {
    Bench bench;
    prepare(bench);
    bench.driver.run(cut);
    StateWriter out;
    bench.core.save(out);
    DisplayCore fresh{DisplayOptions{}};
    fresh.connect_services(&bench.services, "display0");
    StateReader in{ConstBytes(out.data())};
    REQUIRE(fresh.load(in));
    CHECK(in.at_end());
    StateWriter again;
    fresh.save(again);
    REQUIRE(again.data() == out.data());
    Picos now = bench.driver.now();
    for (Picos wake = fresh.step(now, bench.memory); wake != kNever; wake = fresh.step(now, bench.memory)) now = std::max(now, wake);
    REQUIRE(bench.memory.bytes == straight.memory.bytes);
    REQUIRE(bench.services.frames.size() == straight.services.frames.size());
    if (!faulty) CHECK(same(bench.services.frames[0], straight.services.frames[0]));
    CHECK(now == straight.driver.now());
  }
}

TEST_CASE("a damaged state of the display is refused or harmless", "[display][fast][bad-input]") {
  Bench bench;
  bench.submit(with_boxes(with_mask(picture(120, 180), MaskMode::kNonZero, 16, 15), 3).encode());
  bench.driver.run(5);
  StateWriter out;
  bench.core.save(out);
  std::mt19937 random(3);
  for (unsigned i = 0; i < 400; ++i) {
    std::vector<std::uint8_t> bytes = out.data();
    const std::size_t head = std::min<std::size_t>(bytes.size(), 1'000);  // Most of the rest are pixels.
    if (i % 2 == 0) bytes.resize(random() % bytes.size());
    for (unsigned k = 0; k < 4 && bytes.size() > head; ++k) bytes[random() % head] ^= static_cast<std::uint8_t>(1u << random() % 8);
    DisplayCore fresh{DisplayOptions{}};
    fresh.connect_services(&bench.services, "display0");
    StateReader in{ConstBytes(bytes)};
    fresh.load(in);
    Picos now = 0;
    for (unsigned step = 0; step < 50; ++step) {
      const Picos wake = fresh.step(now, bench.memory);
      if (wake == kNever) break;
      now = std::max(now, wake);
    }
  }
  for (const ShownFrame& shown : bench.services.frames) {
    CHECK(shown.nv12.size() == std::size_t{shown.width_px} * shown.height_px / 2 * 3);
    CHECK(shown.mask.size() == std::size_t{shown.mask_width_px} * shown.mask_height_px);
  }
}
