// SPDX-License-Identifier: Apache-2.0
#include "ip/video_decoder/video_decoder_core.h"

#include <algorithm>

#include "regs/video_decoder_regs.h"

namespace visoc {
namespace {

using Reg = regs::video_decoder::Reg;
using video::DecodedFrame;
using video::SideInfo;
using video::StreamDecoder;

// Offsets of fields in the parameter blocks, for the completion's detail.
constexpr std::uint32_t kAtStream = 0, kAtStreamBytes = 8, kAtCodec = 16, kAtOpenReserved = 20;
constexpr std::uint32_t kAtLuma = 0, kAtChroma = 8, kAtStride = 16, kAtRows = 20, kAtSideInfo = 24, kAtSideInfoBytes = 32,
                        kAtDecodeReserved = 36;
constexpr std::uint64_t kMaxStreamBytes = 0x7fffffff;
constexpr std::uint32_t kStrideMultiple = 64;

std::uint64_t detail_of(VideoEvent event, std::uint64_t index) { return static_cast<std::uint64_t>(event) << 32 | (index & 0xffffffff); }

bool all_zero(const std::vector<std::uint8_t>& bytes, std::size_t from) {
  return std::all_of(bytes.begin() + static_cast<std::ptrdiff_t>(from), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

VideoOpenParameters decode_open(StateReader& in) {
  VideoOpenParameters p;
  p.stream = in.u64();
  p.stream_bytes = in.u64();
  p.codec = in.u32();
  return p;
}

VideoDecodeParameters decode_decode(StateReader& in) {
  VideoDecodeParameters p;
  p.luma = in.u64();
  p.chroma = in.u64();
  p.stride = in.u32();
  p.rows = in.u32();
  p.side_info = in.u64();
  p.side_info_bytes = in.u32();
  return p;
}

bool codec_is_known(std::uint32_t codec) {
  return codec == static_cast<std::uint32_t>(video::Codec::kH264) || codec == static_cast<std::uint32_t>(video::Codec::kHevc);
}

}  // namespace

std::vector<std::uint8_t> VideoOpenParameters::encode() const {
  StateWriter out;
  out.u64(stream);
  out.u64(stream_bytes);
  out.u32(codec);
  for (unsigned i = 0; i < 11; ++i) out.u32(0);
  return out.data();
}

std::vector<std::uint8_t> VideoDecodeParameters::encode() const {
  StateWriter out;
  out.u64(luma);
  out.u64(chroma);
  out.u32(stride);
  out.u32(rows);
  out.u64(side_info);
  out.u32(side_info_bytes);
  for (unsigned i = 0; i < 7; ++i) out.u32(0);
  return out.data();
}

Cycles decode_cycles(const VideoDecoderOptions& options, std::uint64_t bits, std::uint64_t macroblocks, std::uint64_t reference_bytes) {
  const Cycles entropy = (bits + options.bits_per_cycle - 1) / options.bits_per_cycle;
  const Cycles reconstruction = macroblocks * options.cycles_per_macroblock;
  const Cycles fetching = (reference_bytes + options.reference_bytes_per_cycle - 1) / options.reference_bytes_per_cycle;
  return options.start_cycles + std::max({entropy, reconstruction, fetching});
}

VideoDecoderCore::VideoDecoderCore(const VideoDecoderOptions& options)
    : RingCore(regs::video_decoder::kTable, options.clock, options.poll_interval), options_(options) {}

VideoDecoderCore::~VideoDecoderCore() = default;

void VideoDecoderCore::reset_engine() { close(); }

void VideoDecoderCore::cancel() {
  // The frame that was being written stays held: the next DECODE gives it out whole.
  reading_ = writing_ = false;
  rows_written_ = 0;
  target_ = {};
}

void VideoDecoderCore::close() {
  cancel();
  decoder_.reset();
  held_.reset();
  history_.clear();
  history_offset_ = 0;
  open_ = false;
  stream_ = {};
  position_ = frames_given_ = damaged_ = untold_damage_ = 0;
  width_px_ = height_px_ = 0;
  owed_bits_ = owed_macroblocks_ = owed_reference_bytes_ = 0;
  show_registers();
}

void VideoDecoderCore::show_registers() {
  const bool at_end = open_ && decoder_ != nullptr && decoder_->ended() && !decoder_->ready() && !held_.has_value();
  registers_.set(Reg::kStream, (open_ ? 1u : 0u) | (at_end ? 2u : 0u));
  registers_.set(Reg::kPicture, width_px_ | height_px_ << 16);
  registers_.set(Reg::kFrames, frames_given_);
  registers_.set(Reg::kDamaged, damaged_);
  registers_.set(Reg::kStreamBytes, position_ & 0xffffffff);
}

EngineProgress VideoDecoderCore::begin(Picos now, const Descriptor& descriptor, const std::vector<std::uint8_t>& parameters,
                                       MemoryPort& memory) {
  cancel();
  switch (static_cast<VideoDecoderOpcode>(descriptor.opcode)) {
    case VideoDecoderOpcode::kOpen:
      return open(now, parameters);
    case VideoDecoderOpcode::kDecode:
      return decode(now, parameters, memory);
    case VideoDecoderOpcode::kClose:
      close();
      return EngineProgress::finished(now + clock().to_picos(options_.start_cycles));
  }
  return EngineProgress::failed(now, CommandStatus::kUnknownOpcode, descriptor.opcode);
}

EngineProgress VideoDecoderCore::open(Picos now, const std::vector<std::uint8_t>& parameters) {
  if (parameters.size() != VideoOpenParameters::kBytes)
    return EngineProgress::failed(now, CommandStatus::kBadParameter, VideoOpenParameters::kBytes);
  StateReader in{ConstBytes(parameters)};
  const VideoOpenParameters wanted = decode_open(in);
  if (wanted.stream_bytes == 0 || wanted.stream_bytes > kMaxStreamBytes)
    return EngineProgress::failed(now, CommandStatus::kBadParameter, kAtStreamBytes);
  if (!range_does_not_wrap(wanted.stream, wanted.stream_bytes)) return EngineProgress::failed(now, CommandStatus::kBadParameter, kAtStream);
  if (!codec_is_known(wanted.codec)) return EngineProgress::failed(now, CommandStatus::kBadParameter, kAtCodec);
  if (!all_zero(parameters, kAtOpenReserved)) return EngineProgress::failed(now, CommandStatus::kBadParameter, kAtOpenReserved);
  close();
  open_ = true;
  stream_ = wanted;
  decoder_ = std::make_unique<StreamDecoder>(static_cast<video::Codec>(wanted.codec));
  show_registers();
  return EngineProgress::finished(now + clock().to_picos(options_.start_cycles));
}

void VideoDecoderCore::take_frame() {
  held_ = decoder_->take();
  owed_reference_bytes_ += held_->reference_bytes;
  totals_.reference_bytes += held_->reference_bytes;
  totals_.vectors += held_->info.records.size();
  held_->info.damaged_packets = static_cast<std::uint32_t>(untold_damage_);
  untold_damage_ = 0;
}

/// The held frame is done with. What lies before the decoder's new starting point is not needed for a restart any more.
void VideoDecoderCore::drop_frame() {
  held_.reset();
  if (!decoder_->advance_restart()) return;
  const std::uint64_t drop = decoder_->restart().offset - history_offset_;
  history_.erase(history_.begin(), history_.begin() + static_cast<std::ptrdiff_t>(drop));
  history_offset_ = decoder_->restart().offset;
}

EngineProgress VideoDecoderCore::decode(Picos now, const std::vector<std::uint8_t>& parameters, MemoryPort& memory) {
  if (parameters.size() != VideoDecodeParameters::kBytes)
    return EngineProgress::failed(now, CommandStatus::kBadParameter, VideoDecodeParameters::kBytes);
  if (!open_) return EngineProgress::failed(now, CommandStatus::kUnsupported);
  StateReader in{ConstBytes(parameters)};
  target_ = decode_decode(in);
  if (target_.stride == 0 || target_.stride % kStrideMultiple != 0)
    return EngineProgress::failed(now, CommandStatus::kBadParameter, kAtStride);
  if (target_.rows == 0) return EngineProgress::failed(now, CommandStatus::kBadParameter, kAtRows);
  if (target_.side_info_bytes != 0 && target_.side_info_bytes < video::kSideInfoHeaderBytes)
    return EngineProgress::failed(now, CommandStatus::kBadParameter, kAtSideInfoBytes);
  if (!all_zero(parameters, kAtDecodeReserved)) return EngineProgress::failed(now, CommandStatus::kBadParameter, kAtDecodeReserved);

  begun_at_ = now;
  reading_ = true;
  return gather(now, memory);
}

/// Reads and decodes until a frame is there, the stream is over, or enough was done for one step.
EngineProgress VideoDecoderCore::gather(Picos now, MemoryPort& memory) {
  Picos read_at = now;
  const std::uint64_t bytes_before = decoder_->packet_bytes(), macroblocks_before = decoder_->macroblocks(),
                      packets_before = decoder_->packets(), damaged_before = decoder_->damaged();
  MemoryReply fault;
  unsigned pieces = 0;
  bool more = false;
  while (!held_.has_value() && !decoder_->ready() && !decoder_->ended()) {
    if (decoder_->decode_packet()) continue;
    if (position_ == stream_.stream_bytes) {
      decoder_->end();
      break;
    }
    more = pieces++ == kMaxPiecesAStep;
    if (more) break;
    const std::uint64_t bytes = std::min<std::uint64_t>(kPieceBytes, stream_.stream_bytes - position_);
    std::vector<std::uint8_t> piece(bytes);
    const MemoryReply reply = memory.read(read_at, stream_.stream + position_, MutableBytes(piece.data(), piece.size()));
    read_at = std::max(read_at, reply.done_at);
    if (!reply.ok()) {
      fault = reply;
      break;
    }
    position_ += bytes;
    totals_.stream_bytes += bytes;
    history_.insert(history_.end(), piece.begin(), piece.end());
    decoder_->feed(ConstBytes(piece.data(), piece.size()));
  }
  const std::uint64_t bits = 8 * (decoder_->packet_bytes() - bytes_before), macroblocks = decoder_->macroblocks() - macroblocks_before;
  const std::uint64_t damage = decoder_->damaged() - damaged_before;
  owed_bits_ += bits;
  owed_macroblocks_ += macroblocks;
  totals_.bits += bits;
  totals_.macroblocks += macroblocks;
  totals_.packets += decoder_->packets() - packets_before;
  totals_.damaged += damage;
  damaged_ += damage;
  untold_damage_ += damage;
  show_registers();
  if (more) return EngineProgress::again_at(read_at);
  reading_ = false;
  if (!fault.ok()) return EngineProgress::failed(read_at, CommandStatus::kReadFault, frames_given_, fault.fault_addr);
  if (!held_.has_value() && decoder_->ready()) take_frame();
  ends_at_ = std::max(read_at, begun_at_ + clock().to_picos(decode_cycles(options_, owed_bits_, owed_macroblocks_, owed_reference_bytes_)));
  owed_bits_ = owed_macroblocks_ = owed_reference_bytes_ = 0;
  return check_frame(now);
}

/// Whether the frame can be given into the buffers; if so the first row's time.
EngineProgress VideoDecoderCore::check_frame(Picos now) {
  if (!held_.has_value()) {
    show_registers();
    const bool none = frames_given_ == 0;
    return EngineProgress::failed(ends_at_, CommandStatus::kInputError,
                                  none ? detail_of(VideoEvent::kNoFrames, damaged_) : detail_of(VideoEvent::kEndOfStream, frames_given_));
  }
  const SideInfo& info = held_->info;
  if (!held_->supported) {
    drop_frame();
    return EngineProgress::failed(ends_at_, CommandStatus::kUnsupported, frames_given_);
  }
  const bool resized = width_px_ != 0 && (width_px_ != info.width_px || height_px_ != info.height_px);
  width_px_ = info.width_px;
  height_px_ = info.height_px;
  show_registers();
  if (resized) return EngineProgress::failed(ends_at_, CommandStatus::kInputError, detail_of(VideoEvent::kNewSize, frames_given_));
  if (target_.stride < align_up(info.width_px, 2)) return EngineProgress::failed(now, CommandStatus::kBadParameter, kAtStride);
  if (target_.rows < info.height_px) return EngineProgress::failed(now, CommandStatus::kBadParameter, kAtRows);
  const std::uint64_t luma_bytes = std::uint64_t{target_.stride} * info.height_px;
  const std::uint64_t chroma_bytes = std::uint64_t{target_.stride} * ((info.height_px + 1) / 2);
  if (!range_does_not_wrap(target_.luma, luma_bytes)) return EngineProgress::failed(now, CommandStatus::kBadParameter, kAtLuma);
  if (!range_does_not_wrap(target_.chroma, chroma_bytes)) return EngineProgress::failed(now, CommandStatus::kBadParameter, kAtChroma);
  if (!range_does_not_wrap(target_.side_info, target_.side_info_bytes))
    return EngineProgress::failed(now, CommandStatus::kBadParameter, kAtSideInfo);
  writing_ = true;
  rows_written_ = 0;
  return EngineProgress::again_at(std::max(now, row_time(1)));
}

Picos VideoDecoderCore::row_time(unsigned rows) const { return begun_at_ + (ends_at_ - begun_at_) * rows / macroblock_rows(); }

EngineProgress VideoDecoderCore::advance(Picos now, MemoryPort& memory) {
  return reading_ && decoder_ != nullptr ? gather(now, memory) : write_row(now, memory);
}

EngineProgress VideoDecoderCore::write_row(Picos now, MemoryPort& memory) {
  if (!writing_ || !held_.has_value()) return EngineProgress::failed(now, CommandStatus::kAborted);
  const SideInfo& info = held_->info;
  Picos written_at = now;
  const std::uint32_t first = rows_written_ * kMacroblock, last = std::min(first + kMacroblock, info.height_px);
  std::vector<std::uint8_t> pairs(align_up(info.width_px, 2));
  for (std::uint32_t row = first; row < last; ++row) {
    MemoryReply reply =
        memory.write(written_at, target_.luma + std::uint64_t{row} * target_.stride, ConstBytes(held_->luma_row(row), info.width_px));
    written_at = std::max(written_at, reply.done_at);
    if (reply.ok() && row % 2 == 0) {
      held_->chroma_row(row / 2, pairs.data());
      reply = memory.write(written_at, target_.chroma + std::uint64_t{row / 2} * target_.stride, ConstBytes(pairs.data(), pairs.size()));
      written_at = std::max(written_at, reply.done_at);
    }
    if (!reply.ok()) {
      cancel();
      return EngineProgress::failed(written_at, CommandStatus::kWriteFault, row, reply.fault_addr);
    }
  }
  ++rows_written_;
  if (rows_written_ < macroblock_rows()) return EngineProgress::again_at(std::max(written_at, row_time(rows_written_ + 1)));

  if (target_.side_info_bytes != 0) {
    const std::vector<std::uint8_t> bytes = video::encode_side_info(info, target_.side_info_bytes);
    const MemoryReply reply = memory.write(written_at, target_.side_info, ConstBytes(bytes));
    written_at = std::max(written_at, reply.done_at);
    if (!reply.ok()) {
      cancel();
      return EngineProgress::failed(written_at, CommandStatus::kWriteFault, info.height_px, reply.fault_addr);
    }
  }
  const std::uint64_t detail = detail_of(VideoEvent::kFrame, info.display_index);
  drop_frame();
  ++frames_given_;
  ++totals_.frames;
  cancel();
  show_registers();
  return EngineProgress::finished(written_at, detail);
}

std::string VideoDecoderCore::activity_name(const Descriptor& descriptor) const {
  switch (static_cast<VideoDecoderOpcode>(descriptor.opcode)) {
    case VideoDecoderOpcode::kOpen:
      return "open";
    case VideoDecoderOpcode::kDecode:
      return "decode";
    case VideoDecoderOpcode::kClose:
      return "close";
  }
  return "unknown";
}

std::vector<Statistic> VideoDecoderCore::statistics() const {
  std::vector<Statistic> all = RingCore::statistics();
  all.push_back({"frames", totals_.frames, "frames given out"});
  all.push_back({"stream_bytes", totals_.stream_bytes, "bytes of the streams read"});
  all.push_back({"packets", totals_.packets, "coded pictures found in them"});
  all.push_back({"bits", totals_.bits, "bits through entropy decoding"});
  all.push_back({"macroblocks", totals_.macroblocks, "16x16 blocks reconstructed"});
  all.push_back({"vectors", totals_.vectors, "motion vectors of the frames"});
  all.push_back({"reference_bytes", totals_.reference_bytes, "bytes that motion compensation fetched from the decoder's own store"});
  all.push_back({"damaged", totals_.damaged, "packets refused and frames with errors"});
  return all;
}

std::vector<EnergyEvent> VideoDecoderCore::energy_events() const {
  return {{"decoder_bits", totals_.bits}, {"decoder_macroblocks", totals_.macroblocks}};
}

void VideoDecoderCore::save_engine(StateWriter& out) const {
  out.boolean(open_);
  out.u64(stream_.stream);
  out.u64(stream_.stream_bytes);
  out.u32(stream_.codec);
  out.u64(position_);
  out.blob(history_);
  const StreamDecoder::Restart from = decoder_ != nullptr ? decoder_->restart() : StreamDecoder::Restart{};
  out.u64(from.frames);
  out.u64(from.packets);
  out.u32(from.anchor);
  out.u32(from.delay);
  out.u64(decoder_ != nullptr ? decoder_->frames_taken() : 0);
  out.u64(decoder_ != nullptr ? decoder_->packets() : 0);
  out.boolean(decoder_ != nullptr && decoder_->ended());
  out.boolean(held_.has_value());
  out.u32(held_.has_value() ? held_->info.damaged_packets : 0);
  out.u32(width_px_);
  out.u32(height_px_);
  for (std::uint64_t value : {frames_given_, damaged_, untold_damage_}) out.u64(value);
  out.boolean(reading_);
  out.boolean(writing_);
  out.bytes(target_.encode().data(), kAtDecodeReserved);
  out.u32(rows_written_);
  for (std::uint64_t value : {begun_at_, ends_at_, owed_bits_, owed_macroblocks_, owed_reference_bytes_}) out.u64(value);
  for (std::uint64_t value : {totals_.frames, totals_.packets, totals_.bits, totals_.macroblocks, totals_.reference_bytes, totals_.vectors,
                              totals_.damaged, totals_.stream_bytes})
    out.u64(value);
}

void VideoDecoderCore::load_engine(StateReader& in) {
  close();
  open_ = in.boolean();
  stream_.stream = in.u64();
  stream_.stream_bytes = in.u64();
  stream_.codec = in.u32();
  position_ = in.u64();
  history_ = in.blob();
  StreamDecoder::Restart base;
  base.frames = in.u64();
  base.packets = in.u64();
  base.anchor = in.u32();
  base.delay = in.u32();
  const std::uint64_t taken = in.u64(), packets = in.u64();
  const bool ended = in.boolean(), holds = in.boolean();
  const std::uint32_t told = in.u32();
  width_px_ = in.u32();
  height_px_ = in.u32();
  for (std::uint64_t* value : {&frames_given_, &damaged_, &untold_damage_}) *value = in.u64();
  reading_ = in.boolean();
  writing_ = in.boolean();
  target_ = decode_decode(in);
  rows_written_ = in.u32();
  for (std::uint64_t* value : {&begun_at_, &ends_at_, &owed_bits_, &owed_macroblocks_, &owed_reference_bytes_}) *value = in.u64();
  for (std::uint64_t* value : {&totals_.frames, &totals_.packets, &totals_.bits, &totals_.macroblocks, &totals_.reference_bytes,
                               &totals_.vectors, &totals_.damaged, &totals_.stream_bytes})
    *value = in.u64();
  if (!in.ok() || (open_ && !codec_is_known(stream_.codec)) || position_ > stream_.stream_bytes) return close();
  if (open_) rebuild(base, taken, packets, ended, holds);
  if (held_.has_value()) held_->info.damaged_packets = told;
  if (writing_ && (!held_.has_value() || rows_written_ >= macroblock_rows() || ends_at_ < begun_at_)) return close();
  show_registers();
}

/// Brings a fresh decoder to where the saved one was, by decoding its history again in the same order of decoding and taking.
void VideoDecoderCore::rebuild(const StreamDecoder::Restart& base, std::uint64_t frames, std::uint64_t packets, bool at_end,
                               bool holds_frame) {
  decoder_ = std::make_unique<StreamDecoder>(static_cast<video::Codec>(stream_.codec), base);
  decoder_->feed(ConstBytes(history_));
  while (true) {
    while (!decoder_->ready() && decoder_->packets() < packets && decoder_->decode_packet()) {
    }
    if (!decoder_->ready() && at_end) decoder_->end();
    if (!decoder_->ready() || decoder_->frames_taken() == frames) break;
    video::DecodedFrame frame = decoder_->take();
    if (decoder_->frames_taken() == frames && holds_frame) held_ = std::move(frame);
  }
}

}  // namespace visoc
