// The scaler by commands in a fake memory: exact averages, geometry, faults, state, time.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "ip/scaler/scaler_core.h"
#include "regs/scaler_regs.h"
#include "test/support/fake_services.h"
#include "test/support/ring_driver.h"

using namespace visoc;
using test::FakeMemory;
using test::RingDriver;

namespace {

constexpr Addr kBase = 0x8000'0000;
constexpr std::size_t kSize = 0x40000;
constexpr Addr kRing = kBase, kDone = kBase + 0x1000, kParameters = kBase + 0x2000;
constexpr Addr kLuma = kBase + 0x10000, kChroma = kBase + 0x20000, kDst = kBase + 0x30000;

ScalerParameters picture(std::uint32_t width, std::uint32_t height) {
  ScalerParameters p;
  p.luma = kLuma;
  p.chroma = kChroma;
  p.dst = kDst;
  p.width_px = width;
  p.height_px = height;
  p.luma_stride = p.chroma_stride = p.dst_stride = width;
  return p;
}

struct Bench {
  FakeMemory memory{kBase, kSize};
  ScalerCore core{ScalerOptions{}};
  RingDriver driver;
  unsigned submitted = 0;

  explicit Bench(unsigned seed = 1) : driver(reset(core), memory, kRing, kDone) {
    std::mt19937 random(seed);
    for (std::size_t i = kLuma - kBase; i < kDst - kBase; ++i) memory.bytes[i] = static_cast<std::uint8_t>(random());
  }
  static ScalerCore& reset(ScalerCore& core) {
    core.reset();
    return core;
  }
  std::uint8_t at(Addr addr) const { return memory.bytes[addr - kBase]; }
  int tensor(const ScalerParameters& p, std::uint32_t row, std::uint32_t column, unsigned channel) const {
    return static_cast<std::int8_t>(at(p.dst + std::uint64_t{row} * p.dst_stride + 3 * column + channel));
  }
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
};

/// The area average in floating point: the mean of a plane, enlarged so that both grids are whole, over one output pixel.
int by_area(const Bench& bench, const ScalerParameters& p, std::uint32_t row, std::uint32_t column, unsigned channel) {
  const unsigned pixel = channel == 0 ? 1 : 2;  // Side of a sample on the grid of luma pixels.
  double sum = 0;
  for (unsigned y = 0; y < 3; ++y)
    for (unsigned x = 0; x < 3; ++x) {
      const std::uint32_t from_row = (3 * row + y) / pixel, from_column = (3 * column + x) / pixel;
      sum += channel == 0 ? bench.at(p.luma + std::uint64_t{from_row} * p.luma_stride + from_column)
                          : bench.at(p.chroma + std::uint64_t{from_row} * p.chroma_stride + 2 * from_column + channel - 1);
    }
  return static_cast<int>(std::floor(sum / 9 + 0.5)) - 128;
}

void check_all(const Bench& bench, const ScalerParameters& p) {
  for (std::uint32_t row = 0; row < p.height_px / 3; ++row)
    for (std::uint32_t column = 0; column < p.width_px / 3; ++column)
      for (unsigned channel = 0; channel < 3; ++channel) {
        INFO("row " << row << " column " << column << " channel " << channel);
        REQUIRE(bench.tensor(p, row, column, channel) == by_area(bench, p, row, column, channel));
      }
}

}  // namespace

TEST_CASE("a picture of six by six, worked out by hand", "[scaler][fast]") {
  Bench bench;
  const ScalerParameters p = picture(6, 6);
  for (unsigned i = 0; i < 36; ++i) bench.memory.put<std::uint8_t>(kLuma + i, static_cast<std::uint8_t>(i));
  // Cb 0 to 8, Cr 255 everywhere but 0 in the middle.
  for (unsigned i = 0; i < 9; ++i) {
    bench.memory.put<std::uint8_t>(kChroma + 2 * i, static_cast<std::uint8_t>(i));
    bench.memory.put<std::uint8_t>(kChroma + 2 * i + 1, i == 4 ? 0 : 255);
  }
  const Completion done = bench.run(p.encode());
  CHECK(done.status == CommandStatus::kOk);
  CHECK(done.detail == 2);
  CHECK(bench.driver.read(0x80) == 2);
  // Luma: the middle of each 3 x 3 of consecutive numbers: 7, 10, 25, 28.
  // Cb: (4*0 + 2*1 + 2*3 + 4 + 4) / 9 = 16 / 9 = 1; (4*2 + 2*1 + 2*5 + 4 + 4) / 9 = 28 / 9 = 3;
  //     (4*6 + 2*7 + 2*3 + 4 + 4) / 9 = 52 / 9 = 5; (4*8 + 2*7 + 2*5 + 4 + 4) / 9 = 64 / 9 = 7. Cr: (8 * 255 + 4) / 9 = 227.
  const int expected[2][2][3] = {{{7, 1, 227}, {10, 3, 227}}, {{25, 5, 227}, {28, 7, 227}}};
  for (unsigned row = 0; row < 2; ++row)
    for (unsigned column = 0; column < 2; ++column)
      for (unsigned channel = 0; channel < 3; ++channel)
        CHECK(bench.tensor(p, row, column, channel) == expected[row][column][channel] - 128);
  CHECK(bench.at(kDst + 12) == 0);
}

TEST_CASE("black and white reach both ends of int8", "[scaler][fast]") {
  Bench bench;
  const ScalerParameters p = picture(12, 6);
  const std::uint8_t value = GENERATE(as<std::uint8_t>{}, 0, 255, 128);
  std::fill_n(bench.memory.bytes.begin() + (kLuma - kBase), 0x20000, value);
  CHECK(bench.run(p.encode()).status == CommandStatus::kOk);
  for (unsigned i = 0; i < 24; ++i) CHECK(bench.at(kDst + i) == static_cast<std::uint8_t>(value - 128));
}

TEST_CASE("every size, stride and alignment agrees with an area average in floating point", "[scaler][fast]") {
  std::mt19937 random(5);
  for (const auto& [width, height] : {std::pair<unsigned, unsigned>{6, 6}, {6, 60}, {96, 6}, {66, 48}, {150, 102}, {240, 180}}) {
    Bench bench(width);
    ScalerParameters p = picture(width, height);
    p.luma += random() % 8;
    p.chroma += random() % 8;
    p.dst += random() % 8;
    p.luma_stride += random() % 17;
    p.chroma_stride += random() % 17;
    p.dst_stride += random() % 17;
    const std::vector<std::uint8_t> before = bench.memory.bytes;
    const Completion done = bench.run(p.encode());
    REQUIRE(done.status == CommandStatus::kOk);
    CHECK(done.detail == height / 3);
    check_all(bench, p);
    // Nothing between the rows or after them, and the source stays.
    std::vector<std::uint8_t> after = bench.memory.bytes;
    for (std::uint32_t row = 0; row < height / 3; ++row)
      std::fill_n(after.begin() + (p.dst - kBase) + std::ptrdiff_t{row} * p.dst_stride, width, 0);
    CHECK(std::equal(after.begin() + (kLuma - kBase), after.end(), before.begin() + (kLuma - kBase)));
  }
}

TEST_CASE("768 x 576 becomes 256 x 192 x 3 in 96 strips of nine reads and two writes", "[scaler][fast]") {
  FakeMemory memory(kBase, 0x200000);
  ScalerCore core{ScalerOptions{}};
  core.reset();
  RingDriver driver(core, memory, kRing, kDone);
  ScalerParameters p = picture(768, 576);
  p.chroma = kLuma + 768 * 576;
  p.dst = kBase + 0x180000;
  for (std::size_t i = 0; i < 768 * 576 / 2 * 3; ++i) memory.bytes[kLuma - kBase + i] = static_cast<std::uint8_t>(i * 2654435761u >> 13);
  Descriptor d;
  d.opcode = 1;
  driver.submit(d, p.encode(), kParameters);
  memory.accesses.clear();
  driver.run();
  CHECK(driver.completion(0).detail == 192);
  // Descriptor, parameters, completion record; no post.
  CHECK(memory.accesses.size() == 96 * 11 + 3);
  for (std::size_t i = 0; i < 256 * 192; i += 911) {
    const std::size_t row = i / 256, column = i % 256;
    unsigned sum = 0;
    for (unsigned k = 0; k < 9; ++k) sum += memory.bytes[kLuma - kBase + (3 * row + k / 3) * 768 + 3 * column + k % 3];
    CHECK(memory.get<std::int8_t>(p.dst + 3 * i) == static_cast<int>((sum + 4) / 9) - 128);
  }
  for (const Statistic& each : core.statistics()) {
    if (each.name == "pixels_read") CHECK(each.value == 768 * 576);
    if (each.name == "tensor_bytes") CHECK(each.value == 256 * 192 * 3);
    if (each.name == "pictures") CHECK(each.value == 1);
  }
  REQUIRE(core.energy_events().size() == 1);
  CHECK(core.energy_events()[0].event == "scaler_pixels");
  CHECK(core.energy_events()[0].count == 768 * 576);
}

TEST_CASE("bad fields end the command with the offset of the field before anything is read", "[scaler][fast][bad-input]") {
  Bench bench;
  const std::vector<std::uint8_t> good = picture(12, 12).encode();
  for (std::uint16_t opcode : {0, 2, 0xffff}) {
    const Completion done = bench.run(good, opcode);
    CHECK(done.status == CommandStatus::kUnknownOpcode);
    CHECK(done.detail == opcode);
  }
  for (std::size_t size : {0, 63, 65, 256}) {
    std::vector<std::uint8_t> wrong = good;
    wrong.resize(size);
    const Completion done = bench.run(wrong);
    CHECK(done.status == CommandStatus::kBadParameter);
    CHECK(done.detail == 64);
  }
  const auto bad = [&](ScalerParameters p, std::uint64_t detail) {
    const Completion done = bench.run(p.encode());
    CHECK(done.status == CommandStatus::kBadParameter);
    CHECK(done.detail == detail);
  };
  for (std::uint32_t side : {0u, 1u, 3u, 5u, 10u, 13u, 4098u, 4102u, 0xffff'fffau, 0xffff'ffffu}) {
    ScalerParameters p = picture(12, 12);
    p.luma_stride = p.chroma_stride = p.dst_stride = 0xffff'ffff;
    p.width_px = side;
    bad(p, 24);
    p.width_px = 12;
    p.height_px = side;
    bad(p, 28);
  }
  ScalerParameters p = picture(12, 12);
  p.luma_stride = 11;
  bad(p, 32);
  p = picture(12, 12);
  p.chroma_stride = 0;
  bad(p, 36);
  p = picture(12, 12);
  p.dst_stride = 11;
  bad(p, 40);
  for (std::size_t byte = 44; byte < 64; ++byte) {
    std::vector<std::uint8_t> wrong = good;
    wrong[byte] = 0x80;
    CHECK(bench.run(wrong).detail == 44);
  }
  for (Addr addr = kDst; addr < kDst + 200; ++addr) REQUIRE(bench.at(addr) == 0);
  CHECK(bench.run(good).status == CommandStatus::kOk);
}

TEST_CASE("a read fault leaves the strips before it and names the address", "[scaler][fast][bad-input]") {
  const bool in_chroma = GENERATE(false, true);
  Bench bench;
  const ScalerParameters p = picture(12, 18);
  const Addr hole = in_chroma ? kChroma + 3 * 12 + 5 : kLuma + 7 * 12 + 11;  // In the second strip.
  bench.memory.add_hole(hole, 1);
  const Completion done = bench.run(p.encode());
  CHECK(done.status == CommandStatus::kReadFault);
  CHECK(done.fault_addr == hole);
  CHECK(done.detail == 2);
  CHECK(bench.driver.read(0x80) == 2);
  CHECK(bench.tensor(p, 1, 3, 0) == by_area(bench, p, 1, 3, 0));
  for (unsigned i = 0; i < 48; ++i) CHECK(bench.at(kDst + 24 + i) == 0);
  CHECK((bench.driver.read(0x10) & 2) != 0);
}

TEST_CASE("a write fault counts the whole rows before it", "[scaler][fast][bad-input]") {
  Bench bench;
  ScalerParameters p = picture(12, 12);
  bench.memory.add_hole(kDst + 3 * 12 + 4, 1);
  Completion done = bench.run(p.encode());
  CHECK(done.status == CommandStatus::kWriteFault);
  CHECK(done.fault_addr == kDst + 3 * 12 + 4);
  CHECK(done.detail == 3);
  p.dst = ~Addr{0} - 3;
  done = bench.run(p.encode());
  CHECK(done.status == CommandStatus::kWriteFault);
  CHECK(done.fault_addr == ~Addr{0} - 3);
  CHECK(done.detail == 0);
}

TEST_CASE("strides of nearly 2^32 lead to the far address and fault there", "[scaler][fast][bad-input]") {
  Bench bench;
  ScalerParameters p = picture(12, 12);
  p.luma_stride = 0xffff'fff0;
  const Completion done = bench.run(p.encode());
  CHECK(done.status == CommandStatus::kReadFault);
  CHECK(done.fault_addr == kLuma + 0xffff'fff0ull);
}

TEST_CASE("nothing of a strip is visible before its time", "[scaler][fast]") {
  ScalerOptions options;
  options.clock = Clock{1'000};
  options.pixels_per_cycle = 1;
  options.start_cycles = 8;
  FakeMemory memory(kBase, kSize, 50'000, 100);
  std::fill(memory.bytes.begin() + 0x10000, memory.bytes.begin() + 0x30000, 255);
  ScalerCore core(options);
  core.reset();
  RingDriver driver(core, memory, kRing, kDone);
  Descriptor d;
  d.opcode = 1;
  driver.submit(d, picture(60, 6).encode(), kParameters);
  // Descriptor 50 + 6.4 ns, parameters 56.4 ns, start 8 ns, then 360 pixels at one a cycle, slower than the reads (56 ns).
  const Picos edge = 56'400 + 56'400 + 8'000 + 360'000;
  Picos now = 0;
  while (memory.get<std::uint8_t>(kDst) == 0) {
    const Picos wake = core.step(now, memory);
    if (memory.get<std::uint8_t>(kDst) != 0) break;
    REQUIRE(wake != kNever);
    if (wake > now && wake == edge) {
      core.step(edge - 1, memory);
      CHECK(memory.get<std::uint8_t>(kDst) == 0);
    }
    now = std::max(now, wake);
  }
  CHECK(now == edge);
}

TEST_CASE("time follows the memory or the data path, whichever is slower", "[scaler][fast]") {
  ScalerOptions options;
  options.clock = Clock{1'000};
  options.start_cycles = 8;
  const unsigned rate = GENERATE(1u, 64u);
  options.pixels_per_cycle = rate;
  FakeMemory memory(kBase, kSize, 50'000, 100);
  ScalerCore core(options);
  test::FakeServices services;
  core.connect_services(&services, "scale0");
  core.reset();
  RingDriver driver(core, memory, kRing, kDone);
  Descriptor d;
  d.opcode = 1;
  d.tag = 77;
  driver.submit(d, picture(60, 18).encode(), kParameters);
  driver.run();
  // Parameters 56.4 ns, start 8 ns, three strips of 360 pixels or of reads of 50 + 6 ns (the later ones beside the write before
  // them), the last write 56 ns.
  const Picos strip = rate == 1 ? 360'000 : 56'000;
  const Picos expected = 56'400 + 8'000 + 3 * strip + 56'000;
  CHECK(driver.completion(0).cycles == (expected + 999) / 1'000);
  REQUIRE(services.activities.size() == 1);
  CHECK(services.activities[0].what == "scale");
  CHECK(services.activities[0].tag == 77);
  CHECK(services.activities[0].end - services.activities[0].begin == expected);
}

TEST_CASE("an abort leaves what was written and the ring goes on", "[scaler][fast]") {
  Bench bench;
  const ScalerParameters p = picture(60, 60);
  bench.submit(p.encode());
  while (bench.driver.read(0x80) < 4) bench.driver.run(1);
  bench.driver.write(0x08, 3);
  bench.driver.run();
  CHECK(bench.driver.completion(0).status == CommandStatus::kAborted);
  CHECK(bench.driver.read(0x80) == 4);
  for (unsigned i = 0; i < 60; ++i) REQUIRE(bench.at(kDst + 4 * 60 + i) == 0);
  CHECK(bench.run(p.encode()).status == CommandStatus::kOk);
  check_all(bench, p);
}

TEST_CASE("a soft reset in the middle leaves an engine as new", "[scaler][fast]") {
  Bench bench;
  bench.submit(picture(60, 60).encode());
  while (bench.driver.read(0x80) < 4) bench.driver.run(1);
  bench.driver.write(0x08, 4);
  bench.driver.run();
  CHECK(bench.driver.read(0x80) == 0);
  CHECK(bench.driver.read(0x0c) == 0);
  CHECK(bench.at(kDst + 4 * 60) == 0);
}

TEST_CASE("saved between any two steps, a fresh scaler reaches the same end", "[scaler][fast]") {
  const bool faulty = GENERATE(false, true);
  const ScalerParameters p = picture(66, 60);
  Bench straight;
  if (faulty) straight.memory.add_hole(kLuma + 40 * 66, 1);
  straight.submit(p.encode());
  const unsigned steps = straight.driver.run();
  for (unsigned cut = 0; cut < steps; ++cut) {
    Bench bench;
    if (faulty) bench.memory.add_hole(kLuma + 40 * 66, 1);
    bench.submit(p.encode());
    bench.driver.run(cut);
    StateWriter out;
    bench.core.save(out);
    ScalerCore fresh{ScalerOptions{}};
    StateReader in{ConstBytes(out.data())};
    REQUIRE(fresh.load(in));
    CHECK(in.at_end());
    StateWriter again;
    fresh.save(again);
    REQUIRE(again.data() == out.data());
    Picos now = bench.driver.now();
    for (Picos wake = fresh.step(now, bench.memory); wake != kNever; wake = fresh.step(now, bench.memory)) now = std::max(now, wake);
    REQUIRE(bench.memory.bytes == straight.memory.bytes);
    CHECK(now == straight.driver.now());
  }
}

TEST_CASE("a damaged state of the scaler is refused or harmless", "[scaler][fast][bad-input]") {
  Bench bench;
  bench.submit(picture(60, 60).encode());
  bench.driver.run(7);
  StateWriter out;
  bench.core.save(out);
  std::mt19937 random(3);
  unsigned refused = 0;
  for (unsigned i = 0; i < 500; ++i) {
    std::vector<std::uint8_t> bytes = out.data();
    if (i % 2 == 0) bytes.resize(random() % bytes.size());
    for (unsigned k = 0; k < 4 && !bytes.empty(); ++k) bytes[random() % bytes.size()] ^= static_cast<std::uint8_t>(1u << random() % 8);
    ScalerCore fresh{ScalerOptions{}};
    StateReader in{ConstBytes(bytes)};
    refused += fresh.load(in) ? 0 : 1;
    Picos now = 0;
    for (unsigned step = 0; step < 50; ++step) {
      const Picos wake = fresh.step(now, bench.memory);
      if (wake == kNever) break;
      now = std::max(now, wake);
    }
  }
  CHECK(refused >= 250);  // At least those that were cut short.
}
