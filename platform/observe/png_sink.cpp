// SPDX-License-Identifier: Apache-2.0
#include "platform/observe/png_sink.h"

#include <algorithm>
#include <memory>

#include "platform/base/text_file.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/frame.h>
#include <libswscale/swscale.h>
}

namespace visoc {
namespace {

constexpr std::uint32_t kMaxSide = 16'384;  // A PNG that a person looks at; keeps every product inside 32 bits.
constexpr unsigned kOutlinePixels = 2;

struct CodecClose {
  void operator()(AVCodecContext* context) const { avcodec_free_context(&context); }
};
struct FrameFree {
  void operator()(AVFrame* frame) const { av_frame_free(&frame); }
};
struct PacketFree {
  void operator()(AVPacket* packet) const { av_packet_free(&packet); }
};
struct ScalerFree {
  void operator()(SwsContext* context) const { sws_freeContext(context); }
};

/// Inclusive corners, in pixels of the mask.
struct Box {
  std::uint32_t left, top, right, bottom;
};

/// Regions of non-zero pixels that share an edge.
std::vector<Box> find_regions(const ShownFrame& frame) {
  const std::uint32_t width = frame.mask_width_px, height = frame.mask_height_px;
  std::vector<Box> regions;
  std::vector<bool> seen(frame.mask.size(), false);
  std::vector<std::uint32_t> open;
  for (std::uint32_t first = 0; first < frame.mask.size(); ++first) {
    if (frame.mask[first] == 0 || seen[first]) continue;
    Box box{first % width, first / width, first % width, first / width};
    seen[first] = true;
    open.assign(1, first);
    const auto visit = [&](std::uint32_t at) {
      if (frame.mask[at] == 0 || seen[at]) return;
      seen[at] = true;
      open.push_back(at);
    };
    while (!open.empty()) {
      const std::uint32_t at = open.back(), x = at % width, y = at / width;
      open.pop_back();
      box = {std::min(box.left, x), std::min(box.top, y), std::max(box.right, x), std::max(box.bottom, y)};
      if (x != 0) visit(at - 1);
      if (x + 1 != width) visit(at + 1);
      if (y != 0) visit(at - width);
      if (y + 1 != height) visit(at + width);
    }
    regions.push_back(box);
  }
  return regions;
}

class Overlay {
 public:
  Overlay(const ShownFrame& frame, AVFrame& picture) : frame_(frame), picture_(picture) {}

  void draw() {
    if (frame_.mask.empty()) return;
    tint();
    const std::vector<Box> regions = find_regions(frame_);
    for (const Box& region : regions) draw_box(region);
    draw_number(regions.size());
  }

 private:
  std::uint32_t mask_x(std::uint32_t x) const {
    return static_cast<std::uint32_t>(std::uint64_t{x} * frame_.mask_width_px / frame_.width_px);
  }
  std::uint32_t mask_y(std::uint32_t y) const {
    return static_cast<std::uint32_t>(std::uint64_t{y} * frame_.mask_height_px / frame_.height_px);
  }
  bool set_at(std::uint32_t x, std::uint32_t y) const {
    return frame_.mask[std::size_t{mask_y(y)} * frame_.mask_width_px + mask_x(x)] != 0;
  }
  std::uint8_t* pixel(std::uint32_t x, std::uint32_t y) const { return picture_.data[0] + std::size_t{y} * picture_.linesize[0] + 3 * x; }
  void put(std::uint32_t x, std::uint32_t y, const unsigned (&colour)[3]) {
    if (x >= frame_.width_px || y >= frame_.height_px) return;
    for (unsigned c = 0; c < 3; ++c) pixel(x, y)[c] = static_cast<std::uint8_t>(colour[c]);
  }

  void tint() {
    const std::uint32_t width = frame_.width_px, height = frame_.height_px;
    // A pixel lies on the outline if one fewer than kOutlinePixels + 1 steps away, in any direction, lies outside. Rows, then columns.
    std::vector<std::uint8_t> inner(std::size_t{width} * height), row(width);
    for (std::uint32_t y = 0; y < height; ++y) {
      for (std::uint32_t x = 0; x < width; ++x) row[x] = set_at(x, y);
      for (std::uint32_t x = kOutlinePixels; x + kOutlinePixels < width; ++x)
        inner[std::size_t{y} * width + x] =
            std::all_of(&row[x - kOutlinePixels], &row[x] + kOutlinePixels + 1, [](auto in) { return in != 0; });
    }
    for (std::uint32_t y = 0; y < height; ++y)
      for (std::uint32_t x = 0; x < width; ++x) {
        if (!set_at(x, y)) continue;
        bool inside = y >= kOutlinePixels && y + kOutlinePixels < height;
        for (std::uint32_t near = inside ? y - kOutlinePixels : 1; inside && near <= y + kOutlinePixels; ++near)
          inside = inner[std::size_t{near} * width + x] != 0;
        if (inside) {
          for (unsigned c = 0; c < 3; ++c) pixel(x, y)[c] = static_cast<std::uint8_t>((pixel(x, y)[c] + OverlayColours::kTint[c] + 1) / 2);
        } else {
          put(x, y, OverlayColours::kOutline);
        }
      }
  }

  /// First picture coordinate whose mask coordinate is `at` or more.
  static std::uint32_t first_of(std::uint32_t at, std::uint32_t mask_size, std::uint32_t size) {
    return static_cast<std::uint32_t>((std::uint64_t{at} * size + mask_size - 1) / mask_size);
  }

  /// One pixel wide, just outside the region where the picture has room.
  void draw_box(const Box& box) {
    const auto before = [](std::uint32_t at) { return at == 0 ? 0 : at - 1; };
    const std::uint32_t left = before(first_of(box.left, frame_.mask_width_px, frame_.width_px));
    const std::uint32_t top = before(first_of(box.top, frame_.mask_height_px, frame_.height_px));
    const std::uint32_t right = std::min(first_of(box.right + 1, frame_.mask_width_px, frame_.width_px), frame_.width_px - 1);
    const std::uint32_t bottom = std::min(first_of(box.bottom + 1, frame_.mask_height_px, frame_.height_px), frame_.height_px - 1);
    for (std::uint32_t x = left; x <= right; ++x) {
      put(x, top, OverlayColours::kBox);
      put(x, bottom, OverlayColours::kBox);
    }
    for (std::uint32_t y = top; y <= bottom; ++y) {
      put(left, y, OverlayColours::kBox);
      put(right, y, OverlayColours::kBox);
    }
  }

  /// Digits of 3 x 5 cells in the upper left corner, white on black.
  void draw_number(std::size_t number) {
    // Rows from the top, three bits each, the left cell the highest bit.
    static constexpr std::uint8_t kDigits[10][5] = {{7, 5, 5, 5, 7}, {2, 6, 2, 2, 7}, {7, 1, 7, 4, 7}, {7, 1, 7, 1, 7}, {5, 5, 7, 1, 1},
                                                    {7, 4, 7, 1, 7}, {7, 4, 7, 5, 7}, {7, 1, 1, 1, 1}, {7, 5, 7, 5, 7}, {7, 5, 7, 1, 7}};
    constexpr unsigned kBlack[3] = {0, 0, 0};
    const std::uint32_t cell = std::clamp<std::uint32_t>(frame_.width_px / 192, 1, 8);
    const std::string text = std::to_string(number);
    const auto cells_across = static_cast<std::uint32_t>(4 * text.size() + 1);
    for (std::uint32_t y = 0; y < 7 * cell; ++y)
      for (std::uint32_t x = 0; x < cells_across * cell; ++x) {
        const std::uint32_t column = x / cell, row = y / cell;
        const bool in_digit = column % 4 != 0 && row >= 1 && row <= 5;
        const bool lit = in_digit && (kDigits[text[(column - 1) / 4] - '0'][row - 1] >> (3 - column % 4) & 1) != 0;
        put(x, y, lit ? OverlayColours::kText : kBlack);
      }
  }

  const ShownFrame& frame_;
  AVFrame& picture_;
};

std::string what_is_wrong(const ShownFrame& frame) {
  const std::string size = std::to_string(frame.width_px) + "x" + std::to_string(frame.height_px);
  if (frame.width_px == 0 || frame.height_px == 0 || frame.width_px % 2 != 0 || frame.height_px % 2 != 0 || frame.width_px > kMaxSide ||
      frame.height_px > kMaxSide)
    return "a frame of " + size + " pixels: both must be even, from 2 to " + std::to_string(kMaxSide);
  const std::size_t pixels = std::size_t{frame.width_px} * frame.height_px;
  if (frame.nv12.size() != pixels / 2 * 3)
    return "a frame of " + size + " pixels needs " + std::to_string(pixels / 2 * 3) + " bytes of NV12 but has " +
           std::to_string(frame.nv12.size());
  if (frame.mask.empty()) return {};
  const std::string mask_size = std::to_string(frame.mask_width_px) + "x" + std::to_string(frame.mask_height_px);
  if (frame.mask_width_px > kMaxSide || frame.mask_height_px > kMaxSide ||
      frame.mask.size() != std::size_t{frame.mask_width_px} * frame.mask_height_px)
    return "a mask of " + mask_size + " pixels has " + std::to_string(frame.mask.size()) + " bytes";
  return {};
}

std::unique_ptr<AVFrame, FrameFree> new_picture(const ShownFrame& frame, AVPixelFormat format) {
  std::unique_ptr<AVFrame, FrameFree> picture(av_frame_alloc());
  if (!picture) return nullptr;
  picture->format = format;
  picture->width = static_cast<int>(frame.width_px);
  picture->height = static_cast<int>(frame.height_px);
  if (av_frame_get_buffer(picture.get(), 0) < 0) return nullptr;
  return picture;
}

std::unique_ptr<AVFrame, FrameFree> to_rgb(const ShownFrame& frame) {
  const int width = static_cast<int>(frame.width_px), height = static_cast<int>(frame.height_px);
  // A copy with the padding that the converter's vector loads reach into.
  const auto nv12 = new_picture(frame, AV_PIX_FMT_NV12);
  auto rgb = new_picture(frame, AV_PIX_FMT_RGB24);
  // Exact flags: the same pixels on every host, whatever its vector units.
  const std::unique_ptr<SwsContext, ScalerFree> convert(sws_getContext(width, height, AV_PIX_FMT_NV12, width, height, AV_PIX_FMT_RGB24,
                                                                       SWS_BILINEAR | SWS_BITEXACT | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT,
                                                                       nullptr, nullptr, nullptr));
  if (!nv12 || !rgb || !convert) return nullptr;
  const std::uint8_t* from = frame.nv12.data();
  for (int plane = 0; plane < 2; ++plane)
    for (int y = 0; y < (plane == 0 ? height : height / 2); ++y, from += width)
      std::copy_n(from, width, nv12->data[plane] + std::ptrdiff_t{y} * nv12->linesize[plane]);
  if (sws_scale(convert.get(), nv12->data, nv12->linesize, 0, height, rgb->data, rgb->linesize) != height) return nullptr;
  return rgb;
}

std::unique_ptr<AVPacket, PacketFree> encode(const AVFrame& rgb) {
  const AVCodec* codec = avcodec_find_encoder(AV_CODEC_ID_PNG);
  const std::unique_ptr<AVCodecContext, CodecClose> context(codec != nullptr ? avcodec_alloc_context3(codec) : nullptr);
  std::unique_ptr<AVPacket, PacketFree> packet(av_packet_alloc());
  if (!context || !packet) return nullptr;
  context->width = rgb.width;
  context->height = rgb.height;
  context->pix_fmt = AV_PIX_FMT_RGB24;
  context->time_base = {1, 1};
  context->thread_count = 1;
  if (avcodec_open2(context.get(), codec, nullptr) < 0 || avcodec_send_frame(context.get(), &rgb) < 0 ||
      avcodec_send_frame(context.get(), nullptr) < 0 || avcodec_receive_packet(context.get(), packet.get()) < 0)
    return nullptr;
  return packet;
}

}  // namespace

Problems write_overlay_png(const std::string& path, const ShownFrame& frame) {
  const std::string wrong = what_is_wrong(frame);
  if (!wrong.empty()) return {{path, "", wrong}};
  const auto rgb = to_rgb(frame);
  if (!rgb) return {{path, "", "the picture cannot be converted to RGB", ExitCode::kHostIo}};
  Overlay(frame, *rgb).draw();
  const auto packet = encode(*rgb);
  if (!packet) return {{path, "", "this libavcodec cannot encode PNG", ExitCode::kHostIo}};
  return write_file(path, ConstBytes(packet->data, static_cast<std::size_t>(packet->size)));
}

}  // namespace visoc
