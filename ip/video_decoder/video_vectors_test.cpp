// Motion vectors: those that libavcodec exports, and, without asking it, those that make the pictures.
// SPDX-License-Identifier: Apache-2.0
extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/motion_vector.h>
#include <libavutil/video_enc_params.h>
}

#include <algorithm>
#include <map>

#include "ip/video_decoder/video_test_bench.h"

using namespace visoc;
using test::Bytes;
using test::VideoBench;
using video::MotionRecord;

namespace {

struct ExportedFrame {
  char type = '?';
  std::vector<AVMotionVector> vectors;
  std::map<std::pair<int, int>, int> qp;  ///< By macroblock column and row.
};

/// All vectors by libavcodec alone, the whole stream in one buffer.
std::vector<ExportedFrame> exported_vectors(const Bytes& stream) {
  std::vector<ExportedFrame> all;
  const AVCodec* codec = avcodec_find_decoder(AV_CODEC_ID_H264);
  AVCodecContext* context = avcodec_alloc_context3(codec);
  context->thread_count = 1;
  context->flags2 |= AV_CODEC_FLAG2_EXPORT_MVS;
  context->export_side_data |= AV_CODEC_EXPORT_DATA_VIDEO_ENC_PARAMS;
  REQUIRE(avcodec_open2(context, codec, nullptr) == 0);
  AVCodecParserContext* parser = av_parser_init(AV_CODEC_ID_H264);
  AVPacket* packet = av_packet_alloc();
  AVFrame* frame = av_frame_alloc();
  Bytes padded = stream;
  padded.resize(stream.size() + AV_INPUT_BUFFER_PADDING_SIZE, 0);
  const auto receive = [&] {
    while (avcodec_receive_frame(context, frame) == 0) {
      ExportedFrame one;
      one.type = av_get_picture_type_char(frame->pict_type);
      if (const AVFrameSideData* data = av_frame_get_side_data(frame, AV_FRAME_DATA_MOTION_VECTORS)) {
        const auto* first = reinterpret_cast<const AVMotionVector*>(data->data);
        one.vectors.assign(first, first + data->size / sizeof(AVMotionVector));
      }
      if (const AVFrameSideData* data = av_frame_get_side_data(frame, AV_FRAME_DATA_VIDEO_ENC_PARAMS)) {
        auto* coded = reinterpret_cast<AVVideoEncParams*>(data->data);
        for (unsigned i = 0; i < coded->nb_blocks; ++i) {
          const AVVideoBlockParams* block = av_video_enc_params_block(coded, i);
          one.qp[{block->src_x / 16, block->src_y / 16}] = coded->qp + block->delta_qp;
        }
      }
      all.push_back(std::move(one));
    }
  };
  std::size_t at = 0;
  for (bool flushed = false; !flushed;) {
    std::uint8_t* out = nullptr;
    int size = 0;
    flushed = at == stream.size();
    at += static_cast<std::size_t>(av_parser_parse2(parser, context, &out, &size, padded.data() + at, static_cast<int>(stream.size() - at),
                                                    AV_NOPTS_VALUE, AV_NOPTS_VALUE, 0));
    if (size == 0) continue;
    REQUIRE(av_new_packet(packet, size) == 0);
    std::copy(out, out + size, packet->data);
    REQUIRE(avcodec_send_packet(context, packet) == 0);
    av_packet_unref(packet);
    receive();
  }
  avcodec_send_packet(context, nullptr);
  receive();
  av_frame_free(&frame);
  av_packet_free(&packet);
  av_parser_close(parser);
  avcodec_free_context(&context);
  return all;
}

/// A luma plane that goes on at its edges, and its samples between pixels (ITU-T H.264, 8.4.2.2.1).
struct Plane {
  const std::uint8_t* pixels = nullptr;
  int width = 0, height = 0;

  int at(int x, int y) const { return pixels[std::clamp(y, 0, height - 1) * width + std::clamp(x, 0, width - 1)]; }
  static int clip(int value) { return std::clamp(value, 0, 255); }
  static int tap(int a, int b, int c, int d, int e, int f) { return a - 5 * b + 20 * c + 20 * d - 5 * e + f; }
  int row_tap(int x, int y) const { return tap(at(x - 2, y), at(x - 1, y), at(x, y), at(x + 1, y), at(x + 2, y), at(x + 3, y)); }
  int column_tap(int x, int y) const { return tap(at(x, y - 2), at(x, y - 1), at(x, y), at(x, y + 1), at(x, y + 2), at(x, y + 3)); }
  int right_half(int x, int y) const { return clip((row_tap(x, y) + 16) >> 5); }
  int lower_half(int x, int y) const { return clip((column_tap(x, y) + 16) >> 5); }
  int centre(int x, int y) const {
    const int sum = tap(row_tap(x, y - 2), row_tap(x, y - 1), row_tap(x, y), row_tap(x, y + 1), row_tap(x, y + 2), row_tap(x, y + 3));
    return clip((sum + 512) >> 10);
  }
  static int mean(int a, int b) { return (a + b + 1) >> 1; }

  int quarter(int x, int y, unsigned fx, unsigned fy) const {
    const int right_x = fx == 3 ? x + 1 : x, lower_y = fy == 3 ? y + 1 : y;
    if (fx == 0 && fy == 0) return at(x, y);
    if (fy == 0) return fx == 2 ? right_half(x, y) : mean(at(right_x, y), right_half(x, y));
    if (fx == 0) return fy == 2 ? lower_half(x, y) : mean(at(x, lower_y), lower_half(x, y));
    if (fx == 2 && fy == 2) return centre(x, y);
    if (fx == 2) return mean(centre(x, y), right_half(x, lower_y));
    if (fy == 2) return mean(centre(x, y), lower_half(right_x, y));
    return mean(right_half(x, lower_y), lower_half(right_x, y));
  }
};

struct Counts {
  unsigned moving = 0, exact = 0;
};

/// Of the blocks that move, how many are their prediction to the last pixel; `sign` -1 turns the vectors round.
Counts predicted_blocks(const std::vector<Bytes>& frames, const std::vector<video::SideInfo>& infos, int width, int height, int sign) {
  Counts counts;
  for (std::size_t f = 0; f < frames.size(); ++f) {
    const Plane now{frames[f].data(), width, height};
    std::map<std::pair<int, int>, std::vector<const MotionRecord*>> blocks;
    for (const MotionRecord& record : infos[f].records) blocks[{record.dst_x, record.dst_y}].push_back(&record);
    for (const auto& [where, records] : blocks) {
      const MotionRecord& first = *records.front();
      if (std::all_of(records.begin(), records.end(), [](const MotionRecord* r) { return r->motion_x == 0 && r->motion_y == 0; })) continue;
      ++counts.moving;
      bool same = true;
      for (int y = where.second; y < std::min(where.second + first.height, height) && same; ++y)
        for (int x = where.first; x < std::min(where.first + first.width, width) && same; ++x) {
          int sum = 0;
          for (const MotionRecord* record : records) {
            REQUIRE(record->reference < frames.size());
            const Plane reference{frames[record->reference].data(), width, height};
            const int mx = sign * record->motion_x, my = sign * record->motion_y;
            sum += reference.quarter(x + (mx >> 2), y + (my >> 2), static_cast<unsigned>(mx & 3), static_cast<unsigned>(my & 3));
          }
          same = now.at(x, y) == (records.size() == 2 ? (sum + 1) >> 1 : sum);
        }
      counts.exact += same;
    }
  }
  return counts;
}

}  // namespace

TEST_CASE("vectors are those that libavcodec exports, as corners instead of centres", "[video_decoder][fast]") {
  const std::vector<ExportedFrame> expected = exported_vectors(test::small_clip());
  REQUIRE(expected.size() == 20);
  VideoBench bench;
  REQUIRE(bench.open(test::small_clip()).status == CommandStatus::kOk);
  std::size_t vectors = 0;
  for (unsigned f = 0; f < 20; ++f) {
    REQUIRE(bench.decode(176, 144).status == CommandStatus::kOk);
    const video::SideInfo info = bench.side_info();
    CHECK(info.picture_type == static_cast<std::uint8_t>(expected[f].type));
    CHECK(info.vectors == video::VectorState::kPresent);
    CHECK(info.display_index == f);
    CHECK(((info.flags & video::kSideInfoKey) != 0) == (f == 0 || f == 12));
    REQUIRE(info.records.size() == expected[f].vectors.size());
    vectors += info.records.size();
    REQUIRE(expected[f].qp.size() == 11 * 9);
    int sum = 0;
    for (const auto& [where, qp] : expected[f].qp) sum += qp;
    CHECK(info.mean_qp == sum / (11 * 9));
    for (std::size_t i = 0; i < info.records.size(); ++i) {
      const MotionRecord& record = info.records[i];
      const AVMotionVector& vector = expected[f].vectors[i];
      REQUIRE(record.width == vector.w);
      REQUIRE(record.height == vector.h);
      REQUIRE(record.dst_x == vector.dst_x - vector.w / 2);
      REQUIRE(record.dst_y == vector.dst_y - vector.h / 2);
      REQUIRE(vector.motion_scale == 4);
      REQUIRE(record.motion_x == vector.motion_x);
      REQUIRE(record.motion_y == vector.motion_y);
      REQUIRE(record.direction == vector.source);
      REQUIRE(record.qp == expected[f].qp.at({record.dst_x / 16, record.dst_y / 16}));
      REQUIRE((record.src_x - record.dst_x) * 4 + record.frac_x == record.motion_x);
      REQUIRE((record.src_y - record.dst_y) * 4 + record.frac_y == record.motion_y);
      REQUIRE(record.frac_x < 4);
      REQUIRE(record.frac_y < 4);
    }
  }
  CHECK(vectors > 1000);
}

TEST_CASE("prediction from the named references at the vectors gives the blocks that carry no residual", "[video_decoder][slow]") {
  // One reference a direction, no weights, no deblocking, and a coarse quantiser: most blocks are nothing but their prediction.
  const std::string frames_of_b = GENERATE("0", "2");
  const int width = 176, height = 144;
  const Bytes stream = test::encode_h264("testsrc2=s=176x144:r=25,trim=end_frame=12",
                                         "no-deblock=1:ref=1:weightp=0:weightb=0:b-pyramid=none:b-adapt=0:scenecut=0:ipratio=1:pbratio=1:"
                                         "aq-mode=0:mbtree=0:qp=44:direct=spatial:bframes=" +
                                             frames_of_b);
  VideoBench bench;
  REQUIRE(bench.open(stream).status == CommandStatus::kOk);
  std::vector<Bytes> frames;
  std::vector<video::SideInfo> infos;
  for (unsigned f = 0; f < 12; ++f) {
    REQUIRE(bench.decode(width, height).status == CommandStatus::kOk);
    frames.push_back(bench.frame(width, height));
    infos.push_back(bench.side_info());
    const video::SideInfo& info = infos.back();
    CHECK((info.flags & video::kSideInfoQp) != 0);
    CHECK(info.mean_qp == 44);
    for (const MotionRecord& record : info.records) REQUIRE(record.qp == 44);
    CHECK((info.picture_type == 'I') == info.records.empty());
    if (info.picture_type == 'P') CHECK(info.later_reference == video::kNoReference);
    if (info.picture_type == 'B') {
      CHECK(info.earlier_reference < f);
      CHECK(info.later_reference > f);
      CHECK(info.later_reference < 12);
    }
  }
  const Counts right = predicted_blocks(frames, infos, width, height, 1), wrong = predicted_blocks(frames, infos, width, height, -1);
  INFO(right.exact << " of " << right.moving << " moving blocks exact, " << wrong.exact << " with the vectors turned round");
  CHECK(right.moving > 200);
  CHECK(right.exact > right.moving * 6 / 10);
  CHECK(wrong.exact < right.exact / 4);
}

TEST_CASE("a small side information buffer holds the first vectors and says so, none is written if none is wanted",
          "[video_decoder][fast]") {
  const auto frame_of = [](std::uint32_t bytes, VideoBench& bench) {
    REQUIRE(bench.open(test::small_clip()).status == CommandStatus::kOk);
    REQUIRE(bench.decode(176, 144).status == CommandStatus::kOk);
    VideoDecodeParameters parameters = bench.target(176, 144);
    parameters.side_info_bytes = bytes;
    std::fill(bench.memory.bytes.begin() + 0x1'0000, bench.memory.bytes.begin() + 0x10'0000, std::uint8_t{0xa5});
    REQUIRE(bench.run(VideoDecoderOpcode::kDecode, parameters.encode()).status == CommandStatus::kOk);
  };
  VideoBench whole, small, none;
  frame_of(VideoBench::kSideInfoBytes, whole);
  frame_of(64 + 3 * 32 + 31, small);
  frame_of(0, none);
  const video::SideInfo info = whole.side_info();
  REQUIRE(info.records.size() > 3);
  const std::size_t at = 0x1'0000;
  CHECK((small.memory.bytes[at + 25] & video::kSideInfoTruncated) != 0);
  CHECK(small.memory.get<std::uint32_t>(VideoBench::kSideInfo + 28) == info.records.size());
  CHECK(small.memory.get<std::uint32_t>(VideoBench::kSideInfo + 32) == 3);
  CHECK(std::equal(small.memory.bytes.begin() + at + 64, small.memory.bytes.begin() + at + 160, whole.memory.bytes.begin() + at + 64));
  CHECK(small.memory.bytes[at + 160] == 0xa5);
  CHECK(none.memory.bytes[at] == 0xa5);
}
