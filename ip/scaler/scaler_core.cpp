// SPDX-License-Identifier: Apache-2.0
#include "ip/scaler/scaler_core.h"

#include <algorithm>

#include "regs/scaler_regs.h"

namespace visoc {
namespace {

using Reg = regs::scaler::Reg;

// Offsets of fields in the parameter block, for the completion's detail.
constexpr std::uint32_t kAtWidth = 24, kAtHeight = 28, kAtLumaStride = 32, kAtChromaStride = 36, kAtDstStride = 40, kAtReserved = 44;

constexpr std::int8_t centred(unsigned nine_fold) { return static_cast<std::int8_t>(static_cast<int>((nine_fold + 4) / 9) - 128); }

bool side_is_good(std::uint32_t side) {
  return side >= ScalerCore::kSideMultiple && side <= ScalerCore::kMaxSide && side % ScalerCore::kSideMultiple == 0;
}

}  // namespace

void scale_strip(const std::uint8_t* luma, const std::uint8_t* chroma, std::uint32_t width_px, std::int8_t* out) {
  for (std::uint32_t row = 0; row < 2; ++row) {
    const std::uint8_t* top = luma + std::size_t{3} * row * width_px;
    for (std::uint32_t x = 0; x < width_px; x += 3) {
      unsigned sum = 0;
      for (std::uint32_t y = 0; y < 3; ++y) {
        const std::uint8_t* p = top + std::size_t{y} * width_px + x;
        sum += p[0] + p[1] + p[2];
      }
      out[std::size_t{row} * width_px + x] = centred(sum);
    }
    // Corner row 0 or 2 of the 3 x 3 block; the middle row is shared.
    const std::uint8_t* edge = chroma + std::size_t{2} * row * width_px;
    const std::uint8_t* middle = chroma + width_px;
    for (std::uint32_t x = 0; x < width_px; x += 6)  // Three pairs Cb Cr, two tensor triples.
      for (std::uint32_t plane = 0; plane < 2; ++plane)
        for (std::uint32_t column = 0; column < 2; ++column) {
          const std::uint32_t corner = x + 4 * column + plane, centre = x + 2 + plane;
          out[std::size_t{row} * width_px + x + 3 * column + 1 + plane] =
              centred(4u * edge[corner] + 2u * edge[centre] + 2u * middle[corner] + middle[centre]);
        }
  }
}

std::vector<std::uint8_t> ScalerParameters::encode() const {
  StateWriter out;
  for (Addr addr : {luma, chroma, dst}) out.u64(addr);
  for (std::uint32_t word : {width_px, height_px, luma_stride, chroma_stride, dst_stride}) out.u32(word);
  for (unsigned i = 0; i < 5; ++i) out.u32(0);
  return out.data();
}

ScalerParameters ScalerParameters::decode(StateReader& in) {
  ScalerParameters p;
  for (Addr* addr : {&p.luma, &p.chroma, &p.dst}) *addr = in.u64();
  for (std::uint32_t* word : {&p.width_px, &p.height_px, &p.luma_stride, &p.chroma_stride, &p.dst_stride}) *word = in.u32();
  return p;
}

std::uint32_t ScalerParameters::first_bad_field() const {
  if (!side_is_good(width_px)) return kAtWidth;
  if (!side_is_good(height_px)) return kAtHeight;
  if (luma_stride < width_px) return kAtLumaStride;
  if (chroma_stride < width_px) return kAtChromaStride;
  if (dst_stride < width_px) return kAtDstStride;
  return kBytes;
}

ScalerCore::ScalerCore(const ScalerOptions& options)
    : RingCore(regs::scaler::kTable, options.clock, options.poll_interval), options_(options) {}

void ScalerCore::reset_engine() {
  cancel();
  set_rows_done(0);
}

void ScalerCore::cancel() {
  parameters_ = {};
  strip_ = 0;
  ready_.clear();
}

void ScalerCore::set_rows_done(std::uint32_t rows) {
  rows_done_ = rows;
  registers_.set(Reg::kRowsDone, rows);
}

EngineProgress ScalerCore::begin(Picos now, const Descriptor& descriptor, const std::vector<std::uint8_t>& parameters, MemoryPort& memory) {
  cancel();
  set_rows_done(0);
  if (static_cast<ScalerOpcode>(descriptor.opcode) != ScalerOpcode::kScale)
    return EngineProgress::failed(now, CommandStatus::kUnknownOpcode, descriptor.opcode);
  if (parameters.size() != ScalerParameters::kBytes)
    return EngineProgress::failed(now, CommandStatus::kBadParameter, ScalerParameters::kBytes);
  StateReader in{ConstBytes(parameters)};
  const ScalerParameters wanted = ScalerParameters::decode(in);
  const std::uint32_t bad = wanted.first_bad_field();
  if (bad != ScalerParameters::kBytes) return EngineProgress::failed(now, CommandStatus::kBadParameter, bad);
  const bool reserved_is_zero =
      std::all_of(parameters.begin() + kAtReserved, parameters.end(), [](std::uint8_t byte) { return byte == 0; });
  if (!reserved_is_zero) return EngineProgress::failed(now, CommandStatus::kBadParameter, kAtReserved);
  parameters_ = wanted;
  const Picos start = now + clock().to_picos(options_.start_cycles);
  return next_strip(start, start, memory);
}

EngineProgress ScalerCore::advance(Picos now, MemoryPort& memory) {
  // Publish the strip whose time has come.
  Picos written_at = now;
  if (!ready_.empty()) {
    for (std::uint32_t row = 0; row < kTensorRows; ++row) {
      const Addr to = parameters_.dst + std::uint64_t{rows_done_} * parameters_.dst_stride;
      const MemoryReply reply = memory.write(now, to, ConstBytes(&ready_[std::size_t{row} * parameters_.width_px], parameters_.width_px));
      written_at = std::max(written_at, reply.done_at);
      tensor_bytes_ += reply.bytes_done;
      if (!reply.ok()) {
        cancel();
        return EngineProgress::failed(written_at, CommandStatus::kWriteFault, rows_done_, reply.fault_addr);
      }
      set_rows_done(rows_done_ + 1);
    }
    ready_.clear();
  }
  return next_strip(now, written_at, memory);
}

EngineProgress ScalerCore::next_strip(Picos now, Picos not_before, MemoryPort& memory) {
  const std::uint32_t width = parameters_.width_px;
  if (strip_ >= parameters_.height_px / kLumaRows) {
    if (width != 0) ++pictures_;
    cancel();
    return EngineProgress::finished(not_before, rows_done_);
  }
  Picos ready_at = std::max(now, not_before);
  std::vector<std::uint8_t> rows(std::size_t{kLumaRows + kChromaRows} * width);
  for (std::uint32_t row = 0; row < kLumaRows + kChromaRows; ++row) {
    const bool is_luma = row < kLumaRows;
    const std::uint64_t line = is_luma ? std::uint64_t{strip_} * kLumaRows + row : std::uint64_t{strip_} * kChromaRows + (row - kLumaRows);
    const Addr from = is_luma ? parameters_.luma + line * parameters_.luma_stride : parameters_.chroma + line * parameters_.chroma_stride;
    const MemoryReply reply = memory.read(now, from, MutableBytes(&rows[std::size_t{row} * width], width));
    ready_at = std::max(ready_at, reply.done_at);
    if (!reply.ok()) {
      cancel();
      return EngineProgress::failed(ready_at, CommandStatus::kReadFault, rows_done_, reply.fault_addr);
    }
  }
  ready_.resize(std::size_t{kTensorRows} * width);
  scale_strip(rows.data(), &rows[std::size_t{kLumaRows} * width], width, ready_.data());
  ++strip_;
  const std::uint64_t pixels = std::uint64_t{kLumaRows} * width;
  pixels_read_ += pixels;
  const Cycles cycles = (pixels + options_.pixels_per_cycle - 1) / options_.pixels_per_cycle;
  return EngineProgress::again_at(std::max(ready_at, now + clock().to_picos(cycles)));
}

std::string ScalerCore::activity_name(const Descriptor& descriptor) const {
  return static_cast<ScalerOpcode>(descriptor.opcode) == ScalerOpcode::kScale ? "scale" : "unknown";
}

std::vector<Statistic> ScalerCore::statistics() const {
  std::vector<Statistic> all = RingCore::statistics();
  all.push_back({"pictures", pictures_, "pictures scaled to their end"});
  all.push_back({"pixels_read", pixels_read_, "luma pixels of the sources"});
  all.push_back({"tensor_bytes", tensor_bytes_, "bytes of tensors written"});
  return all;
}

std::vector<EnergyEvent> ScalerCore::energy_events() const { return {{"scaler_pixels", pixels_read_}}; }

void ScalerCore::save_engine(StateWriter& out) const {
  out.bytes(parameters_.encode().data(), kAtReserved);
  out.u32(strip_);
  out.u64(ready_.size());
  out.bytes(ready_.data(), ready_.size());
  out.u32(rows_done_);
  for (std::uint64_t value : {pixels_read_, tensor_bytes_, pictures_}) out.u64(value);
}

void ScalerCore::load_engine(StateReader& in) {
  cancel();
  parameters_ = ScalerParameters::decode(in);
  strip_ = in.u32();
  const std::vector<std::uint8_t> ready = in.blob();
  ready_.assign(ready.begin(), ready.end());
  rows_done_ = in.u32();
  for (std::uint64_t* value : {&pixels_read_, &tensor_bytes_, &pictures_}) *value = in.u64();
  // A damaged state must not lead outside the data; an idle engine's parameters are all zero.
  const bool busy_and_good = parameters_.first_bad_field() == ScalerParameters::kBytes &&
                             (ready_.empty() || ready_.size() == std::size_t{kTensorRows} * parameters_.width_px);
  if (!in.ok() || !busy_and_good) cancel();
}

}  // namespace visoc
