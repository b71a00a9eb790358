// How much longer the block takes than libavcodec alone: decodes a file by both, in turns, on one thread, and prints the best times.
// SPDX-License-Identifier: Apache-2.0
extern "C" {
#include <libavcodec/avcodec.h>
}

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <limits>

#include "ip/video_decoder/video_decoder_core.h"

namespace visoc {
namespace {

using Bytes = std::vector<std::uint8_t>;

/// A flat memory that takes no simulated time.
class FlatMemory : public MemoryPort {
 public:
  explicit FlatMemory(std::size_t size) : bytes(size, 0) {}
  MemoryReply read(Picos at, Addr addr, MutableBytes into) override {
    if (!fits(addr, into.size, bytes.size())) return out_of_range(at, addr);
    std::memcpy(into.data, bytes.data() + addr, into.size);
    return done(at, into.size);
  }
  MemoryReply write(Picos at, Addr addr, ConstBytes from) override {
    if (!fits(addr, from.size, bytes.size())) return out_of_range(at, addr);
    std::memcpy(bytes.data() + addr, from.data, from.size);
    return done(at, from.size);
  }
  Bytes bytes;

 private:
  static MemoryReply done(Picos at, std::uint64_t size) {
    MemoryReply reply;
    reply.done_at = at;
    reply.bytes_done = size;
    return reply;
  }
  static MemoryReply out_of_range(Picos at, Addr addr) {
    MemoryReply reply = done(at, 0);
    reply.status = MemoryStatus::kAddressError;
    reply.fault_addr = addr;
    return reply;
  }
};

struct Result {
  double seconds = 0;
  unsigned frames = 0;
};

Result decode_plain(const Bytes& stream, video::Codec codec_kind) {
  const auto begin = std::chrono::steady_clock::now();
  const AVCodecID id = codec_kind == video::Codec::kH264 ? AV_CODEC_ID_H264 : AV_CODEC_ID_HEVC;
  const AVCodec* codec = avcodec_find_decoder(id);
  AVCodecContext* context = avcodec_alloc_context3(codec);
  AVCodecParserContext* parser = av_parser_init(id);
  AVPacket* packet = av_packet_alloc();
  AVFrame* frame = av_frame_alloc();
  Result result;
  context->thread_count = 1;
  context->flags2 |= AV_CODEC_FLAG2_EXPORT_MVS;
  if (avcodec_open2(context, codec, nullptr) == 0) {
    Bytes padded = stream;
    padded.resize(stream.size() + AV_INPUT_BUFFER_PADDING_SIZE, 0);
    std::size_t at = 0;
    const auto send = [&](const AVPacket* what) {
      avcodec_send_packet(context, what);
      while (avcodec_receive_frame(context, frame) == 0) ++result.frames;
    };
    for (bool flush = false; !flush;) {
      flush = at == stream.size();
      const int left = static_cast<int>(std::min<std::size_t>(stream.size() - at, 1u << 30));
      at += static_cast<std::size_t>(
          av_parser_parse2(parser, context, &packet->data, &packet->size, padded.data() + at, left, AV_NOPTS_VALUE, AV_NOPTS_VALUE, 0));
      if (packet->size != 0) send(packet);
    }
    send(nullptr);
  }
  av_frame_free(&frame);
  packet->data = nullptr;
  packet->size = 0;
  av_packet_free(&packet);
  av_parser_close(parser);
  avcodec_free_context(&context);
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return result;
}

/// The block as firmware uses it: a ring of one command, the frame and its side information into memory.
class Block {
 public:
  explicit Block(const Bytes& stream) : memory_(kStream + stream.size()), stream_bytes_(stream.size()) {
    std::copy(stream.begin(), stream.end(), memory_.bytes.begin() + kStream);
  }

  Result decode(video::Codec codec) {
    const auto begin = std::chrono::steady_clock::now();
    VideoDecoderCore core{VideoDecoderOptions{}};
    core.reset();
    now_ = 0;
    head_ = 0;
    for (const auto& [offset, value] : {std::pair<Offset, std::uint64_t>{0x20, kRing}, {0x34, kDone}, {0x08, 1}})
      core.write_register(0, offset, 4, value);
    VideoOpenParameters open;
    open.stream = kStream;
    open.stream_bytes = stream_bytes_;
    open.codec = static_cast<std::uint32_t>(codec);
    VideoDecodeParameters target;
    target.luma = kFrame;
    target.chroma = kFrame + 4096 * 4096;
    target.stride = 4096;
    target.rows = 4096;
    target.side_info = kSideInfo;
    target.side_info_bytes = kFrame - kSideInfo;
    Result result;
    if (run(core, VideoDecoderOpcode::kOpen, open.encode()).status != CommandStatus::kOk) return result;
    while (true) {
      const Completion done = run(core, VideoDecoderOpcode::kDecode, target.encode());
      const bool resized = done.status == CommandStatus::kInputError && done.detail >> 32 == static_cast<unsigned>(VideoEvent::kNewSize);
      if (done.status == CommandStatus::kOk) ++result.frames;
      if (done.status != CommandStatus::kOk && !resized) break;
    }
    result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    simulated_ms_ = static_cast<double>(now_) / 1e9;
    return result;
  }
  double simulated_ms() const { return simulated_ms_; }

 private:
  static constexpr Addr kRing = 0x1000, kDone = 0x2000, kParameters = 0x3000, kSideInfo = 0x1'0000, kFrame = 0x100'0000,
                        kStream = 0x400'0000;

  Completion run(VideoDecoderCore& core, VideoDecoderOpcode opcode, const Bytes& parameters) {
    Descriptor descriptor;
    descriptor.opcode = static_cast<std::uint16_t>(opcode);
    descriptor.parameters = kParameters;
    descriptor.parameter_bytes = static_cast<std::uint32_t>(parameters.size());
    std::uint8_t bytes[kDescriptorBytes];
    descriptor.encode(bytes);
    memory_.write(now_, kParameters, ConstBytes(parameters));
    memory_.write(now_, kRing, ConstBytes(bytes, sizeof bytes));
    core.write_register(now_, 0x2c, 4, ++head_);
    for (Picos wake = core.step(now_, memory_); wake != kNever; wake = core.step(now_, memory_)) now_ = std::max(now_, wake);
    std::uint8_t record[kCompletionBytes];
    memory_.read(now_, kDone, MutableBytes(record, sizeof record));
    return Completion::decode(record);
  }

  FlatMemory memory_;
  std::uint64_t stream_bytes_;
  Picos now_ = 0;
  std::uint32_t head_ = 0;
  double simulated_ms_ = 0;
};

int bench(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: video_decoder_bench FILE.h264|FILE.hevc [ROUNDS]\n");
    return 2;
  }
  const std::string path = argv[1];
  std::ifstream file(path, std::ios::binary);
  const Bytes stream{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (stream.empty()) {
    fmt::print(stderr, "{}: cannot be read, or is empty\n", path);
    return 2;
  }
  const bool hevc = path.size() > 5 && (path.substr(path.size() - 5) == ".hevc" || path.substr(path.size() - 5) == ".h265");
  const video::Codec codec = hevc ? video::Codec::kHevc : video::Codec::kH264;
  const int rounds = argc > 2 ? std::clamp(std::atoi(argv[2]), 1, 1000) : 5;
  Block block(stream);
  Result plain_best, block_best;
  plain_best.seconds = block_best.seconds = std::numeric_limits<double>::max();
  for (int round = 0; round < rounds; ++round) {
    const Result plain = decode_plain(stream, codec), whole = block.decode(codec);
    if (plain.seconds < plain_best.seconds) plain_best = plain;
    if (whole.seconds < block_best.seconds) block_best = whole;
  }
  if (plain_best.frames != block_best.frames || plain_best.frames == 0) {
    fmt::print(stderr, "{}: libavcodec gives {} frames, the block {}\n", path, plain_best.frames, block_best.frames);
    return 1;
  }
  fmt::print("{}: {} frames, best of {} rounds\n", path, plain_best.frames, rounds);
  fmt::print("libavcodec alone  {:9.1f} ms  {:7.3f} ms a frame\n", plain_best.seconds * 1e3, plain_best.seconds * 1e3 / plain_best.frames);
  fmt::print("video_decoder     {:9.1f} ms  {:7.3f} ms a frame, {:.1f} ms simulated\n", block_best.seconds * 1e3,
             block_best.seconds * 1e3 / block_best.frames, block.simulated_ms());
  fmt::print("ratio {:.2f}\n", block_best.seconds / plain_best.seconds);
  return 0;
}

}  // namespace
}  // namespace visoc

int main(int argc, char** argv) { return visoc::bench(argc, argv); }
