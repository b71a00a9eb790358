// The PNG of a shown frame, decoded again: colours in and out of the mask, outline, boxes, and what the host refuses.
// SPDX-License-Identifier: Apache-2.0
#include "platform/observe/png_sink.h"

#include <array>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/frame.h>
}

using namespace visoc;

namespace {

using Rgb = std::array<int, 3>;

struct Folder {
  std::string path;
  Folder() {
    char name[] = "/tmp/visoc_png_XXXXXX";
    REQUIRE(mkdtemp(name) != nullptr);
    path = name;
  }
  ~Folder() { std::filesystem::remove_all(path); }
};

struct Picture {
  int width = 0, height = 0;
  std::vector<std::uint8_t> rgb;
  Rgb at(int x, int y) const {
    const std::uint8_t* p = &rgb.at((static_cast<std::size_t>(y) * width + x) * 3);
    return {p[0], p[1], p[2]};
  }
};

Picture decode(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
  REQUIRE(bytes.size() > 8);
  AVCodecContext* context = avcodec_alloc_context3(avcodec_find_decoder(AV_CODEC_ID_PNG));
  AVPacket* packet = av_packet_alloc();
  AVFrame* frame = av_frame_alloc();
  REQUIRE(avcodec_open2(context, nullptr, nullptr) == 0);
  REQUIRE(av_new_packet(packet, static_cast<int>(bytes.size())) == 0);
  std::copy(bytes.begin(), bytes.end(), packet->data);
  REQUIRE(avcodec_send_packet(context, packet) == 0);
  REQUIRE(avcodec_send_packet(context, nullptr) == 0);
  REQUIRE(avcodec_receive_frame(context, frame) == 0);
  REQUIRE(frame->format == AV_PIX_FMT_RGB24);
  Picture picture{frame->width, frame->height, {}};
  for (int y = 0; y < frame->height; ++y)
    picture.rgb.insert(picture.rgb.end(), frame->data[0] + y * frame->linesize[0],
                       frame->data[0] + y * frame->linesize[0] + 3 * frame->width);
  av_frame_free(&frame);
  av_packet_free(&packet);
  avcodec_free_context(&context);
  return picture;
}

ShownFrame plain(std::uint32_t width, std::uint32_t height, std::uint8_t y, std::uint8_t cb, std::uint8_t cr) {
  ShownFrame frame;
  frame.width_px = width;
  frame.height_px = height;
  frame.nv12.assign(std::size_t{width} * height, y);
  for (std::size_t i = 0; i < std::size_t{width} * height / 4; ++i) {
    frame.nv12.push_back(cb);
    frame.nv12.push_back(cr);
  }
  return frame;
}

Rgb colour(const unsigned (&c)[3]) { return {static_cast<int>(c[0]), static_cast<int>(c[1]), static_cast<int>(c[2])}; }

bool near(const Rgb& a, const Rgb& b) {
  for (unsigned c = 0; c < 3; ++c)
    if (std::abs(a[c] - b[c]) > 2) return false;
  return true;
}

}  // namespace

TEST_CASE("a picture without a mask keeps its colours, by BT.601", "[png_sink][fast]") {
  const Folder folder;
  struct Case {
    std::uint8_t y, cb, cr;
    Rgb rgb;
  };
  // Rec. ITU-R BT.601-7, 2.5: black, white, and the primaries of a 100 % colour bar, quantised to 8 bits.
  for (const Case& each : {Case{16, 128, 128, {0, 0, 0}}, Case{235, 128, 128, {255, 255, 255}}, Case{81, 90, 240, {255, 0, 0}},
                           Case{145, 54, 34, {0, 255, 0}}, Case{41, 240, 110, {0, 0, 255}}}) {
    const std::string path = folder.path + "/plain.png";
    REQUIRE(write_overlay_png(path, plain(50, 22, each.y, each.cb, each.cr)).empty());
    const Picture picture = decode(path);
    REQUIRE(picture.width == 50);
    REQUIRE(picture.height == 22);
    for (int y = 0; y < 22; ++y)
      for (int x = 0; x < 50; ++x) REQUIRE(near(picture.at(x, y), each.rgb));
  }
}

TEST_CASE("luma and chroma keep their places", "[png_sink][fast]") {
  const Folder folder;
  ShownFrame frame = plain(32, 16, 16, 128, 128);
  frame.nv12[5 * 32 + 9] = 235;
  REQUIRE(write_overlay_png(folder.path + "/dot.png", frame).empty());
  const Picture picture = decode(folder.path + "/dot.png");
  CHECK(near(picture.at(9, 5), {255, 255, 255}));
  CHECK(near(picture.at(8, 5), {0, 0, 0}));
  CHECK(near(picture.at(9, 6), {0, 0, 0}));
}

TEST_CASE("a region is tinted, outlined two pixels wide at picture scale, boxed and counted", "[png_sink][fast]") {
  const Folder folder;
  ShownFrame frame = plain(192, 96, 126, 128, 128);  // Grey: (126 - 16) * 255 / 219 = 128.
  frame.mask_width_px = 64;                          // Three picture pixels a mask pixel.
  frame.mask_height_px = 32;
  frame.mask.assign(64 * 32, 0);
  for (unsigned y = 10; y < 20; ++y)
    for (unsigned x = 20; x < 30; ++x) frame.mask[y * 64 + x] = 1;
  for (unsigned i = 0; i < 3; ++i) frame.mask[(5 + i) * 64 + 50 + i] = 0xff;  // Joined by corners only: three regions.
  REQUIRE(write_overlay_png(folder.path + "/mask.png", frame).empty());
  const Picture picture = decode(folder.path + "/mask.png");
  const Rgb grey{128, 128, 128}, tint{192, 88, 88};
  const Rgb outline = colour(OverlayColours::kOutline), box = colour(OverlayColours::kBox);
  // The square is columns 60 to 89, rows 30 to 59 of the picture.
  CHECK(near(picture.at(75, 45), tint));
  CHECK(near(picture.at(62, 32), tint));
  CHECK(near(picture.at(87, 57), tint));
  for (int step : {60, 61, 88, 89}) CHECK(picture.at(step, 45) == outline);
  for (int step : {30, 31, 58, 59}) CHECK(picture.at(75, step) == outline);
  CHECK(picture.at(61, 31) == outline);
  CHECK(picture.at(59, 45) == box);
  CHECK(picture.at(90, 45) == box);
  CHECK(picture.at(75, 29) == box);
  CHECK(picture.at(75, 60) == box);
  CHECK(near(picture.at(58, 45), grey));
  CHECK(near(picture.at(91, 45), grey));
  CHECK(near(picture.at(75, 28), grey));
  CHECK(near(picture.at(75, 61), grey));
  CHECK(near(picture.at(150, 70), grey));
  // "4" in cells of one pixel: 101 101 111 001 001 from (1, 1).
  const char* const digit[5] = {"101", "101", "111", "001", "001"};
  for (int y = 0; y < 5; ++y)
    for (int x = 0; x < 3; ++x) CHECK(picture.at(1 + x, 1 + y)[0] == (digit[y][x] == '1' ? 255 : 0));
}

TEST_CASE("a mask over the whole picture, and one larger than the picture, stay inside it", "[png_sink][fast]") {
  const Folder folder;
  ShownFrame frame = plain(20, 10, 126, 128, 128);
  const std::uint32_t scale = GENERATE(1u, 3u);
  frame.mask_width_px = 20 * scale;
  frame.mask_height_px = 10 * scale;
  frame.mask.assign(std::size_t{200} * scale * scale, 1);
  REQUIRE(write_overlay_png(folder.path + "/full.png", frame).empty());
  const Picture picture = decode(folder.path + "/full.png");
  CHECK(near(picture.at(10, 7), {192, 88, 88}));
  CHECK(picture.at(19, 9) == colour(OverlayColours::kBox));
  CHECK(picture.at(18, 8) == colour(OverlayColours::kOutline));
}

TEST_CASE("an empty mask draws the number 0 and nothing else", "[png_sink][fast]") {
  const Folder folder;
  ShownFrame frame = plain(40, 20, 126, 128, 128);
  frame.mask_width_px = frame.mask_height_px = 2;
  frame.mask.assign(4, 0);
  REQUIRE(write_overlay_png(folder.path + "/none.png", frame).empty());
  const Picture picture = decode(folder.path + "/none.png");
  for (int y = 7; y < 20; ++y)
    for (int x = 0; x < 40; ++x) REQUIRE(near(picture.at(x, y), {128, 128, 128}));
  CHECK(picture.at(2, 2)[0] == 0);
  CHECK(picture.at(1, 2)[0] == 255);
}

TEST_CASE("a path that cannot be written is a host problem, and no file is left", "[png_sink][fast][bad-input]") {
  const Folder folder;
  const Problems problems = write_overlay_png(folder.path + "/missing/frame.png", plain(4, 4, 16, 128, 128));
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].exit_code == ExitCode::kHostIo);
  CHECK(problems[0].text().find("missing/frame.png") != std::string::npos);
  std::filesystem::create_directory(folder.path + "/folder.png");
  CHECK(write_overlay_png(folder.path + "/folder.png", plain(4, 4, 16, 128, 128)).size() == 1);
  for (const auto& entry : std::filesystem::directory_iterator(folder.path)) CHECK(entry.path().filename() == "folder.png");
}

TEST_CASE("sizes that disagree with the bytes are refused", "[png_sink][fast][bad-input]") {
  const Folder folder;
  const auto refused = [&](const ShownFrame& frame) { return write_overlay_png(folder.path + "/bad.png", frame).size() == 1; };
  CHECK(refused(ShownFrame{}));
  CHECK(refused(plain(5, 4, 1, 2, 3)));
  CHECK(refused(plain(4, 3, 1, 2, 3)));
  ShownFrame frame = plain(4, 4, 1, 2, 3);
  frame.nv12.pop_back();
  CHECK(refused(frame));
  frame = plain(4, 4, 1, 2, 3);
  frame.width_px = 0xffff'fffe;
  CHECK(refused(frame));
  frame = plain(4, 4, 1, 2, 3);
  frame.mask.assign(3, 1);
  CHECK(refused(frame));
  frame.mask_width_px = 2;
  frame.mask_height_px = 2;
  CHECK(refused(frame));
  frame.mask.push_back(0);
  CHECK(!refused(frame));
}
