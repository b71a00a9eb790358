// The helpers of video_test_bench.h.
// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "ip/video_decoder/video_test_bench.h"
#include "platform/base/state.h"

namespace visoc::test {
namespace {

std::string scratch_file() {
  static int number = 0;
  return (std::filesystem::temp_directory_path() / ("visoc-video-" + std::to_string(getpid()) + "-" + std::to_string(number++))).string();
}

}  // namespace

Bytes run_command(const std::string& command, const Bytes& input) {
  std::string line = command;
  const std::string path = scratch_file();
  if (!input.empty()) {
    std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char*>(input.data()), static_cast<std::streamsize>(input.size()));
    line += " < " + path;
  }
  Bytes out;
  if (std::FILE* pipe = popen(line.c_str(), "r")) {
    std::uint8_t piece[65'536];
    for (std::size_t got = 0; (got = std::fread(piece, 1, sizeof piece, pipe)) != 0;) out.insert(out.end(), piece, piece + got);
    pclose(pipe);
  }
  std::error_code ignored;
  std::filesystem::remove(path, ignored);
  return out;
}

bool has_encoder(const std::string& name) {
  const Bytes list = run_command("ffmpeg -hide_banner -encoders 2>/dev/null");
  return std::string(list.begin(), list.end()).find(" " + name + " ") != std::string::npos;
}

Bytes encode_h264(const std::string& source, const std::string& x264_params, const std::string& profile) {
  const Bytes stream = run_command("ffmpeg -v error -f lavfi -i '" + source + "' -pix_fmt yuv420p -c:v libx264 -threads 1 -profile:v " +
                                   profile + " -x264-params 'log-level=none:" + x264_params + "' -f h264 -");
  INFO("these tests need the ffmpeg command with libx264");
  REQUIRE(!stream.empty());
  return stream;
}

Bytes encode_hevc(const std::string& source, const std::string& x265_params) {
  const Bytes stream = run_command("ffmpeg -v error -f lavfi -i '" + source +
                                   "' -pix_fmt yuv420p -c:v libx265 -x265-params 'log-level=none:pools=1:" + x265_params + "' -f hevc -");
  REQUIRE(!stream.empty());
  return stream;
}

Bytes decode_with_ffmpeg(const Bytes& stream, video::Codec codec) {
  const std::string format = codec == video::Codec::kH264 ? "h264" : "hevc";
  return run_command("ffmpeg -v quiet -threads 1 -f " + format + " -i - -vsync passthrough -f rawvideo -pix_fmt nv12 -", stream);
}

const Bytes& small_clip() {
  static const Bytes clip = encode_h264("testsrc2=s=176x144:r=25,trim=end_frame=20",
                                        "keyint=12:min-keyint=12:scenecut=0:bframes=3:b-adapt=0:ref=3:b-pyramid=normal");
  return clip;
}

VideoBench::VideoBench(const VideoDecoderOptions& options, Picos latency_ps, Picos ps_per_byte)
    : memory(kBase, kSize, latency_ps, ps_per_byte), core(options), driver(reset(core), memory, kRing, kDone) {}

unsigned VideoBench::submit(VideoDecoderOpcode opcode, const Bytes& parameters) {
  Descriptor descriptor;
  descriptor.opcode = static_cast<std::uint16_t>(opcode);
  descriptor.tag = submitted_;
  return driver.submit(descriptor, parameters, kParameters + 0x100 * (submitted_++ % 16));
}

Completion VideoBench::run(VideoDecoderOpcode opcode, const Bytes& parameters) {
  const unsigned index = submit(opcode, parameters);
  driver.run();
  return driver.completion(index);
}

Completion VideoBench::open(const Bytes& stream, video::Codec codec) {
  REQUIRE(stream.size() <= kBase + kSize - kStream);
  std::copy(stream.begin(), stream.end(), memory.bytes.begin() + (kStream - kBase));
  VideoOpenParameters parameters;
  parameters.stream = kStream;
  parameters.stream_bytes = stream.size();
  parameters.codec = static_cast<std::uint32_t>(codec);
  return run(VideoDecoderOpcode::kOpen, parameters.encode());
}

VideoDecodeParameters VideoBench::target(std::uint32_t width, std::uint32_t height) const {
  VideoDecodeParameters parameters;
  parameters.stride = (width + 63) / 64 * 64;
  parameters.rows = height;
  parameters.luma = kFrame;
  parameters.chroma = kFrame + std::uint64_t{parameters.stride} * height;
  parameters.side_info = kSideInfo;
  parameters.side_info_bytes = kSideInfoBytes;
  return parameters;
}

unsigned VideoBench::submit_decode(std::uint32_t width, std::uint32_t height) {
  return submit(VideoDecoderOpcode::kDecode, target(width, height).encode());
}

Completion VideoBench::decode(std::uint32_t width, std::uint32_t height) {
  return run(VideoDecoderOpcode::kDecode, target(width, height).encode());
}

Bytes VideoBench::frame(std::uint32_t width, std::uint32_t height) const {
  const VideoDecodeParameters at = target(width, height);
  const std::uint32_t pair_bytes = (width + 1) / 2 * 2;
  Bytes packed;
  const auto append = [&](Addr row, std::uint32_t bytes) {
    const auto first = memory.bytes.begin() + static_cast<std::ptrdiff_t>(row - kBase);
    packed.insert(packed.end(), first, first + bytes);
  };
  for (std::uint32_t row = 0; row < height; ++row) append(at.luma + std::uint64_t{row} * at.stride, width);
  for (std::uint32_t row = 0; row < (height + 1) / 2; ++row) append(at.chroma + std::uint64_t{row} * at.stride, pair_bytes);
  return packed;
}

Bytes VideoBench::decode_all(std::uint32_t width, std::uint32_t height) {
  Bytes all;
  for (unsigned i = 0; i < 10'000; ++i) {
    const Completion done = decode(width, height);
    if (done.status != CommandStatus::kOk) {
      CHECK(done.status == CommandStatus::kInputError);
      break;
    }
    const Bytes one = frame(width, height);
    all.insert(all.end(), one.begin(), one.end());
  }
  return all;
}

video::SideInfo VideoBench::side_info() const {
  StateReader in(ConstBytes(&memory.bytes[kSideInfo - kBase], kSideInfoBytes));
  video::SideInfo info;
  REQUIRE(in.u32() == video::kSideInfoMagic);
  const std::uint32_t bytes = in.u32();
  for (std::uint32_t* word : {&info.width_px, &info.height_px, &info.display_index, &info.decode_index}) *word = in.u32();
  info.picture_type = in.u8();
  info.flags = in.u8();
  info.vectors = static_cast<video::VectorState>(in.u8());
  info.mean_qp = in.u8();
  const std::uint32_t vectors = in.u32();
  const std::uint32_t records = in.u32();
  for (std::uint32_t* word : {&info.earlier_reference, &info.later_reference, &info.coded_bytes, &info.damaged_packets}) *word = in.u32();
  for (unsigned i = 0; i < 3; ++i) REQUIRE(in.u32() == 0);
  REQUIRE(bytes == 64 + 32 * records);
  CHECK(((info.flags & video::kSideInfoTruncated) != 0) == (records < vectors));
  for (std::uint32_t i = 0; i < records; ++i) {
    video::MotionRecord record;
    for (std::int16_t* value : {&record.dst_x, &record.dst_y, &record.src_x, &record.src_y}) *value = static_cast<std::int16_t>(in.u16());
    for (std::uint8_t* value : {&record.width, &record.height, &record.frac_x, &record.frac_y}) *value = in.u8();
    record.direction = static_cast<std::int8_t>(in.u8());
    record.qp = in.u8();
    REQUIRE(in.u16() == 0);
    record.motion_x = static_cast<std::int32_t>(in.u32());
    record.motion_y = static_cast<std::int32_t>(in.u32());
    record.reference = in.u32();
    REQUIRE(in.u32() == 0);
    info.records.push_back(record);
  }
  return info;
}

}  // namespace visoc::test
