// SPDX-License-Identifier: Apache-2.0
#include "ip/video_decoder/stream_decoder.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/motion_vector.h>
#include <libavutil/video_enc_params.h>
}

#include <algorithm>
#include <cstring>

#include "platform/base/check.h"

namespace visoc::video {
namespace {

constexpr std::uint32_t kMaxDelay = 16;            ///< Source: ITU-T H.264, A.3.1, greatest MaxDpbFrames.
constexpr std::uint64_t kMinPacketsAContext = 12;  ///< Opening a decoder costs about as much as decoding a small picture.
constexpr std::size_t kMaxParameterSets = 64;      ///< Of a stream that is restarted anywhere but at its begin.
constexpr std::size_t kMaxLookAhead = 16;          ///< Frames that may wait for a later reference to show up.

/// Luma (w + 5) x (h + 5) for the six-tap filter and two chroma planes (w/2 + 1) x (h/2 + 1) for the bilinear one; without the
/// margins where the vector is whole. Source: ITU-T H.264, 8.4.2.2.
std::uint64_t fetched_bytes(const MotionRecord& record) {
  const unsigned luma = (record.width + (record.frac_x != 0 ? 5u : 0u)) * (record.height + (record.frac_y != 0 ? 5u : 0u));
  const unsigned chroma =
      (record.width / 2u + ((record.motion_x & 7) != 0 ? 1u : 0u)) * (record.height / 2u + ((record.motion_y & 7) != 0 ? 1u : 0u));
  return luma + 2 * chroma;
}

/// The next 0 0 1, or the end.
const std::uint8_t* find_start_code(const std::uint8_t* begin, const std::uint8_t* end) {
  for (const std::uint8_t* at = begin; end - at > 2;) {
    const auto* one = static_cast<const std::uint8_t*>(std::memchr(at + 2, 1, static_cast<std::size_t>(end - at - 2)));
    if (one == nullptr) break;
    if (one[-1] == 0 && one[-2] == 0) return one - 2;
    at = one - 1;
  }
  return end;
}

AVCodecID codec_id(Codec codec) { return codec == Codec::kH264 ? AV_CODEC_ID_H264 : AV_CODEC_ID_HEVC; }

enum class UnitKind { kParameters, kIdr, kOther };

UnitKind kind_of_unit(Codec codec, std::uint8_t header) {
  const unsigned type = codec == Codec::kH264 ? header & 0x1fu : header >> 1 & 0x3fu;
  if (codec == Codec::kH264) return type == 7 || type == 8 ? UnitKind::kParameters : type == 5 ? UnitKind::kIdr : UnitKind::kOther;
  return type >= 32 && type <= 34 ? UnitKind::kParameters : type == 19 || type == 20 ? UnitKind::kIdr : UnitKind::kOther;
}

}  // namespace

void FrameDeleter::operator()(AVFrame* frame) const { av_frame_free(&frame); }

const std::uint8_t* DecodedFrame::luma_row(unsigned row) const {
  return frame->data[0] + static_cast<std::ptrdiff_t>(row) * frame->linesize[0];
}

void DecodedFrame::chroma_row(unsigned row, std::uint8_t* out) const {
  const std::uint8_t* cb = frame->data[1] + static_cast<std::ptrdiff_t>(row) * frame->linesize[1];
  const std::uint8_t* cr = frame->data[2] + static_cast<std::ptrdiff_t>(row) * frame->linesize[2];
  const unsigned pairs = (info.width_px + 1) / 2;
  for (unsigned i = 0; i < pairs; ++i) {
    out[2 * i] = cb[i];
    out[2 * i + 1] = cr[i];
  }
}

StreamDecoder::StreamDecoder(Codec codec, const Restart& base)
    : codec_(codec),
      restart_(base),
      packets_(base.packets),
      frames_out_(base.frames),
      frames_taken_(base.frames),
      context_began_(base.packets),
      last_anchor_(base.anchor) {
  restart_.offset = 0;
  av_log_set_level(AV_LOG_QUIET);
  parser_ = av_parser_init(codec_id(codec));
  packet_ = av_packet_alloc();
  VISOC_CHECK(parser_ != nullptr && packet_ != nullptr, "libavcodec cannot allocate a parser");
  open_context(base.delay);
}

void StreamDecoder::open_context(std::uint32_t delay) {
  avcodec_free_context(&context_);
  const AVCodec* decoder = avcodec_find_decoder(codec_id(codec_));
  VISOC_CHECK(decoder != nullptr, "libavcodec has no decoder for this codec");
  context_ = avcodec_alloc_context3(decoder);
  VISOC_CHECK(context_ != nullptr, "libavcodec cannot allocate a decoder");
  context_->thread_count = 1;
  context_->max_pixels = std::int64_t{kMaxSide} * kMaxSide;
  context_->has_b_frames = static_cast<int>(std::min(delay, kMaxDelay));
  context_->flags2 |= AV_CODEC_FLAG2_EXPORT_MVS;
  context_->export_side_data |= AV_CODEC_EXPORT_DATA_MVS | AV_CODEC_EXPORT_DATA_VIDEO_ENC_PARAMS;
  VISOC_CHECK(avcodec_open2(context_, decoder, nullptr) == 0, "libavcodec cannot open its decoder");
}

StreamDecoder::~StreamDecoder() {
  av_packet_free(&packet_);
  av_parser_close(parser_);
  avcodec_free_context(&context_);
}

void StreamDecoder::feed(ConstBytes bytes) {
  const std::size_t left = pending_.empty() ? 0 : pending_.size() - AV_INPUT_BUFFER_PADDING_SIZE - pending_at_;
  std::vector<std::uint8_t> joined(left + bytes.size + AV_INPUT_BUFFER_PADDING_SIZE, 0);
  if (left != 0) std::memcpy(joined.data(), pending_.data() + pending_at_, left);
  if (bytes.size != 0) std::memcpy(joined.data() + left, bytes.data, bytes.size);
  pending_ = std::move(joined);
  pending_at_ = 0;
}

bool StreamDecoder::decode_packet() {
  while (!pending_.empty() && pending_at_ + AV_INPUT_BUFFER_PADDING_SIZE < pending_.size()) {
    std::size_t used = 0;
    const bool found = parse(pending_.data() + pending_at_, pending_.size() - AV_INPUT_BUFFER_PADDING_SIZE - pending_at_, used);
    pending_at_ += used;
    if (found) return true;
    if (used == 0) pending_at_ = pending_.size() - AV_INPUT_BUFFER_PADDING_SIZE;
  }
  return false;
}

bool StreamDecoder::parse(const std::uint8_t* data, std::size_t size, std::size_t& used) {
  std::uint8_t* out = nullptr;
  int out_size = 0;
  used = static_cast<std::size_t>(
      av_parser_parse2(parser_, context_, &out, &out_size, data, static_cast<int>(size), AV_NOPTS_VALUE, AV_NOPTS_VALUE, 0));
  if (out_size <= 0) return false;
  const ConstBytes bytes(out, static_cast<std::size_t>(out_size));
  if (can_start_at(bytes) && packets_ >= context_began_ + kMinPacketsAContext)
    restart_at(static_cast<std::uint64_t>(parser_->frame_offset));
  const std::uint64_t number = packets_++;
  packet_bytes_ += bytes.size;
  if (av_new_packet(packet_, out_size) != 0) {
    ++damaged_;
    return true;
  }
  std::memcpy(packet_->data, out, bytes.size);
  packet_->pts = static_cast<std::int64_t>(number);  // Comes back with the frame.
  decode(packet_);
  av_packet_unref(packet_);
  return true;
}

void StreamDecoder::end() {
  if (ended_) return;
  while (decode_packet()) {
  }
  const std::uint8_t nothing[AV_INPUT_BUFFER_PADDING_SIZE] = {};
  std::size_t used = 0;
  parse(nothing, 0, used);
  decode(nullptr);
  ended_ = true;
}

void StreamDecoder::decode(const AVPacket* packet) {
  if (avcodec_send_packet(context_, packet) != 0 && packet != nullptr) ++damaged_;
  receive();
}

void StreamDecoder::receive() {
  while (true) {
    std::unique_ptr<AVFrame, FrameDeleter> frame(av_frame_alloc());
    if (frame == nullptr) return;
    const int got = avcodec_receive_frame(context_, frame.get());
    if (got == AVERROR(EAGAIN) || got == AVERROR_EOF) return;
    if (got != 0) {
      ++damaged_;
      return;
    }
    DecodedFrame decoded;
    decoded.frame = std::move(frame);
    describe(decoded);
    const std::int64_t stamp = decoded.frame->pts;
    const std::uint64_t packet = stamp == AV_NOPTS_VALUE ? 0 : static_cast<std::uint64_t>(stamp);
    decoded.info.display_index = static_cast<std::uint32_t>(frames_out_);
    decoded.info.decode_index = static_cast<std::uint32_t>(packet);
    if ((decoded.info.flags & kSideInfoDamaged) != 0) ++damaged_;
    ++frames_out_;
    macroblocks_ += std::uint64_t{(decoded.info.width_px + 15) / 16} * ((decoded.info.height_px + 15) / 16);
    queue_.push_back(std::move(decoded));
  }
}

void StreamDecoder::describe(DecodedFrame& decoded) const {
  const AVFrame& frame = *decoded.frame;
  SideInfo& info = decoded.info;
  info.width_px = static_cast<std::uint32_t>(frame.width);
  info.height_px = static_cast<std::uint32_t>(frame.height);
  info.coded_bytes = static_cast<std::uint32_t>(std::max(frame.pkt_size, 0));
  decoded.supported = (frame.format == AV_PIX_FMT_YUV420P || frame.format == AV_PIX_FMT_YUVJ420P) && info.width_px <= kMaxSide &&
                      info.height_px <= kMaxSide;
  info.picture_type = frame.pict_type == AV_PICTURE_TYPE_I   ? 'I'
                      : frame.pict_type == AV_PICTURE_TYPE_P ? 'P'
                      : frame.pict_type == AV_PICTURE_TYPE_B ? 'B'
                                                             : '?';
  if (frame.key_frame != 0) info.flags |= kSideInfoKey;
  if (frame.decode_error_flags != 0 || (frame.flags & AV_FRAME_FLAG_CORRUPT) != 0) info.flags |= kSideInfoDamaged;

  const AVFrameSideData* parameters = av_frame_get_side_data(&frame, AV_FRAME_DATA_VIDEO_ENC_PARAMS);
  const unsigned mb_columns = (info.width_px + 15) / 16;
  std::vector<std::uint8_t> qp;
  if (parameters != nullptr) {
    auto* coded = reinterpret_cast<AVVideoEncParams*>(parameters->data);
    std::int64_t sum = 0;
    for (unsigned i = 0; i < coded->nb_blocks; ++i) {
      const AVVideoBlockParams* block = av_video_enc_params_block(coded, i);
      const int value = std::clamp(coded->qp + block->delta_qp, 0, 254);
      sum += value;
      const std::size_t at = static_cast<std::size_t>(block->src_y / 16) * mb_columns + static_cast<std::size_t>(block->src_x / 16);
      if (at >= qp.size()) qp.resize(at + 1, 255);
      qp[at] = static_cast<std::uint8_t>(value);
    }
    if (coded->nb_blocks != 0) {
      info.flags |= kSideInfoQp;
      info.mean_qp = static_cast<std::uint8_t>(sum / static_cast<std::int64_t>(coded->nb_blocks));
    }
  }

  if (codec_ != Codec::kH264) return;
  info.vectors = VectorState::kPresent;
  const AVFrameSideData* vectors = av_frame_get_side_data(&frame, AV_FRAME_DATA_MOTION_VECTORS);
  if (vectors == nullptr) return;
  const auto* first = reinterpret_cast<const AVMotionVector*>(vectors->data);
  const std::size_t count = vectors->size / sizeof(AVMotionVector);
  info.records.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const AVMotionVector& vector = first[i];
    MotionRecord record;
    record.width = vector.w;
    record.height = vector.h;
    // libavcodec gives centres.
    record.dst_x = static_cast<std::int16_t>(vector.dst_x - vector.w / 2);
    record.dst_y = static_cast<std::int16_t>(vector.dst_y - vector.h / 2);
    const int scale = vector.motion_scale != 0 ? vector.motion_scale : 4;
    record.motion_x = vector.motion_x * 4 / scale;
    record.motion_y = vector.motion_y * 4 / scale;
    record.src_x = static_cast<std::int16_t>(record.dst_x + (record.motion_x >> 2));
    record.src_y = static_cast<std::int16_t>(record.dst_y + (record.motion_y >> 2));
    record.frac_x = static_cast<std::uint8_t>(record.motion_x & 3);
    record.frac_y = static_cast<std::uint8_t>(record.motion_y & 3);
    record.direction = static_cast<std::int8_t>(vector.source < 0 ? -1 : 1);
    const std::size_t at = static_cast<std::size_t>(std::max<int>(vector.dst_y, 0) / 16) * mb_columns +
                           static_cast<std::size_t>(std::max<int>(vector.dst_x, 0) / 16);
    if (at < qp.size()) record.qp = qp[at];
    decoded.reference_bytes += fetched_bytes(record);
    info.records.push_back(record);
  }
}

/// A decoder can start here with nothing else, and nothing after needs what came before, if this is an IDR picture with all parameter
/// sets that the stream has used. Other places that one can tune in to (recovery points, CRA) may be followed by pictures that are
/// shown before them and need both sides.
bool StreamDecoder::can_start_at(ConstBytes packet) {
  std::set<std::vector<std::uint8_t>> here;
  bool idr = false;
  const std::uint8_t* const end = packet.data + packet.size;
  const std::uint8_t* unit = find_start_code(packet.data, end);
  while (end - unit > 3) {
    unit += 3;
    const std::uint8_t* const next = find_start_code(unit, end);
    const UnitKind kind = kind_of_unit(codec_, *unit);
    idr = idr || kind == UnitKind::kIdr;
    if (kind == UnitKind::kParameters && parameter_sets_.size() < kMaxParameterSets) {
      const std::uint8_t* last = next;
      while (last > unit && last[-1] == 0) --last;
      here.emplace(unit, last);
    }
    unit = next;
  }
  parameter_sets_.insert(here.begin(), here.end());
  return idr && !here.empty() && here.size() == parameter_sets_.size();
}

/// Goes on with a fresh libavcodec decoder, once the one before has given its last frames. So a restored decoder, which starts here too,
/// cannot but do the same from here on, whatever damage follows: what conceals it comes from tables and buffers of older pictures.
void StreamDecoder::restart_at(std::uint64_t offset) {
  const auto delay = static_cast<std::uint32_t>(std::max(context_->has_b_frames, 0));
  decode(nullptr);
  open_context(delay);
  context_began_ = packets_;
  candidates_.push_back({offset, frames_out_, packets_, kNoReference, delay});
}

bool StreamDecoder::ready() const {
  if (queue_.empty()) return false;
  if (ended_ || queue_.front().info.picture_type != 'B' || queue_.size() > kMaxLookAhead) return true;
  return std::any_of(queue_.begin() + 1, queue_.end(), [](const DecodedFrame& later) { return later.info.picture_type != 'B'; });
}

DecodedFrame StreamDecoder::take() {
  DecodedFrame frame = std::move(queue_.front());
  queue_.pop_front();
  SideInfo& info = frame.info;
  for (Restart& candidate : candidates_)
    if (candidate.frames == frames_taken_) candidate.anchor = last_anchor_;
  const bool is_b = info.picture_type == 'B';
  if (info.picture_type != 'I') {
    info.earlier_reference = last_anchor_;
    info.flags |= kSideInfoInferred;
  }
  if (is_b)
    for (const DecodedFrame& later : queue_)
      if (later.info.picture_type != 'B') {
        info.later_reference = later.info.display_index;
        break;
      }
  for (MotionRecord& record : info.records) record.reference = record.direction < 0 ? info.earlier_reference : info.later_reference;
  if (!is_b) last_anchor_ = info.display_index;
  ++frames_taken_;
  return frame;
}

bool StreamDecoder::advance_restart() {
  bool moved = false;
  while (!candidates_.empty() && candidates_.front().frames <= frames_taken_) {
    if (candidates_.front().frames == frames_taken_) candidates_.front().anchor = last_anchor_;
    restart_ = candidates_.front();
    candidates_.pop_front();
    moved = true;
  }
  return moved;
}

}  // namespace visoc::video
