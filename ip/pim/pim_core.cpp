// SPDX-License-Identifier: Apache-2.0
#include "ip/pim/pim_core.h"

#include <algorithm>
#include <limits>

#include "platform/base/check.h"
#include "regs/pim_regs.h"

namespace visoc {
namespace {

using Reg = regs::pim::Reg;

// Offsets of fields in the parameter blocks, for the completion's detail.
constexpr std::uint64_t kMatrixTile = 8, kMatrixRows = 12, kMatrixCols = 16, kMatrixFlags = 24, kMatrixReserved = 28;
constexpr std::uint64_t kMvmTile = 16, kMvmRows = 20, kMvmCols = 24, kMvmVectors = 28, kMvmFlags = 40, kMvmDown = 44, kMvmAcross = 48,
                        kMvmReserved = 52;

EngineProgress bad_parameter(Picos now, std::uint64_t at) { return EngineProgress::failed(now, CommandStatus::kBadParameter, at); }

PimMatrix decode_matrix(StateReader& in) {
  PimMatrix m;
  m.matrix = in.u64();
  for (std::uint32_t* word : {&m.tile, &m.rows, &m.cols, &m.stride, &m.flags}) *word = in.u32();
  return m;
}

PimMvm decode_mvm(StateReader& in) {
  PimMvm m;
  m.input = in.u64();
  m.output = in.u64();
  for (std::uint32_t* word : {&m.tile, &m.rows, &m.cols, &m.vectors, &m.in_stride, &m.out_stride, &m.flags, &m.tiles_down, &m.tiles_across})
    *word = in.u32();
  return m;
}

std::uint32_t saturated(std::uint64_t value) {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(value, std::numeric_limits<std::uint32_t>::max()));
}

}  // namespace

std::vector<std::uint8_t> PimMatrix::encode() const {
  StateWriter out;
  out.u64(matrix);
  for (std::uint32_t word : {tile, rows, cols, stride, flags, 0u}) out.u32(word);
  return out.data();
}

std::vector<std::uint8_t> PimMvm::encode() const {
  StateWriter out;
  out.u64(input);
  out.u64(output);
  for (std::uint32_t word : {tile, rows, cols, vectors, in_stride, out_stride, flags, tiles_down, tiles_across, 0u, 0u, 0u}) out.u32(word);
  return out.data();
}

PimCore::PimCore(const PimOptions& options)
    : RingCore(regs::pim::kTable, options.clock, options.poll_interval), options_(options), g_(options_.geometry) {
  VISOC_CHECK(g_.tiles >= 1 && g_.tiles <= kMaxTiles, "number of tiles out of range");
  for (std::uint32_t i = 0; i < g_.tiles; ++i) tiles_.emplace_back(g_);
}

void PimCore::reset_engine() {
  cancel();
  bytes_done_ = 0;
  clipped_ = 0;
  registers_.set(Reg::kCapability, g_.tiles | g_.rows << 8 | g_.cols << 18);
  registers_.set(Reg::kDevice, g_.adc_bits | g_.cell_bits << 8 | g_.input_bits << 12 | g_.adcs_per_crossbar << 16);
  for (std::uint32_t i = 0; i < g_.tiles; ++i) registers_.set(Reg::kRowWrites, saturated(tiles_[i].row_writes()), i);
}

void PimCore::cancel() {
  work_ = Work::kNone;
  matrix_ = {};
  mvm_ = {};
  next_ = under_way_ = 0;
  staging_.clear();
  read_failed_ = false;
  read_fault_addr_ = 0;
}

EngineProgress PimCore::end(EngineProgress progress) {
  cancel();
  return progress;
}

EngineProgress PimCore::begin(Picos now, const Descriptor& descriptor, const std::vector<std::uint8_t>& parameters, MemoryPort& memory) {
  cancel();
  bytes_done_ = 0;
  switch (static_cast<PimOpcode>(descriptor.opcode)) {
    case PimOpcode::kProgram:
      return begin_matrix(now, PimOpcode::kProgram, parameters, memory);
    case PimOpcode::kRead:
      return begin_matrix(now, PimOpcode::kRead, parameters, memory);
    case PimOpcode::kMvm:
      return begin_mvm(now, parameters, memory);
  }
  return EngineProgress::failed(now, CommandStatus::kUnknownOpcode, descriptor.opcode);
}

EngineProgress PimCore::begin_matrix(Picos now, PimOpcode opcode, const std::vector<std::uint8_t>& parameters, MemoryPort& memory) {
  if (parameters.size() != PimMatrix::kBytes) return bad_parameter(now, PimMatrix::kBytes);
  StateReader in{ConstBytes(parameters)};
  const PimMatrix m = decode_matrix(in);
  const std::uint32_t allowed_flags = opcode == PimOpcode::kProgram ? PimMatrix::kTransposed : 0;
  if (m.tile >= g_.tiles) return bad_parameter(now, kMatrixTile);
  if (m.rows == 0 || m.rows > g_.rows) return bad_parameter(now, kMatrixRows);
  if (m.cols == 0 || m.cols > g_.cols) return bad_parameter(now, kMatrixCols);
  if ((m.flags & ~allowed_flags) != 0) return bad_parameter(now, kMatrixFlags);
  if (in.u32() != 0) return bad_parameter(now, kMatrixReserved);
  matrix_ = m;
  if (opcode == PimOpcode::kProgram) {
    work_ = Work::kLoad;
    return load_rows(now, memory);
  }
  work_ = Work::kRead;
  return read_rows(now, memory);
}

std::uint32_t PimCore::memory_rows() const { return (matrix_.flags & PimMatrix::kTransposed) != 0 ? matrix_.cols : matrix_.rows; }
std::uint32_t PimCore::memory_row_bytes() const { return (matrix_.flags & PimMatrix::kTransposed) != 0 ? matrix_.rows : matrix_.cols; }

EngineProgress PimCore::advance(Picos now, MemoryPort& memory) {
  switch (work_) {
    case Work::kNone:
      break;
    case Work::kLoad:
      return load_rows(now, memory);
    case Work::kProgram:
      return program_rows(now);
    case Work::kRead:
      return read_rows(now, memory);
    case Work::kMvm:
      return publish_vectors(now, memory);
  }
  return EngineProgress::finished(now);
}

EngineProgress PimCore::load_rows(Picos now, MemoryPort& memory) {
  if (next_ == memory_rows()) {
    work_ = Work::kProgram;
    next_ = 0;
    return program_rows(now);
  }
  const std::uint32_t bytes = memory_row_bytes();
  const std::uint32_t last = std::min(next_ + kRowsAStep, memory_rows());
  Picos ready_at = now;
  for (; next_ < last; ++next_) {
    const std::size_t at = staging_.size();
    staging_.resize(at + bytes);
    const MemoryReply reply =
        memory.read(now, matrix_.matrix + std::uint64_t{next_} * matrix_.stride, MutableBytes(staging_.data() + at, bytes));
    ready_at = std::max(ready_at, reply.done_at);
    bytes_done_ += reply.bytes_done;
    if (!reply.ok()) return end(EngineProgress::failed(ready_at, CommandStatus::kReadFault, bytes_done_, reply.fault_addr));
  }
  return EngineProgress::again_at(ready_at);
}

EngineProgress PimCore::program_rows(Picos now) {
  CrossbarTile& tile = tiles_[matrix_.tile];
  const bool transposed = (matrix_.flags & PimMatrix::kTransposed) != 0;
  std::vector<std::int8_t> row(matrix_.cols);
  for (const std::uint32_t last = next_ + under_way_; next_ < last; ++next_) {
    for (std::uint32_t c = 0; c < matrix_.cols; ++c)
      row[c] =
          static_cast<std::int8_t>(staging_[transposed ? std::size_t{c} * matrix_.rows + next_ : std::size_t{next_} * matrix_.cols + c]);
    tile.program_row(next_, row.data(), matrix_.cols);
    cell_writes_ += std::uint64_t{matrix_.cols} * g_.crossbars();
  }
  registers_.set(Reg::kRowWrites, saturated(tile.row_writes()), matrix_.tile);
  under_way_ = std::min(kRowsAStep, matrix_.rows - next_);
  if (under_way_ == 0) return end(EngineProgress::finished(now, bytes_done_));
  return EngineProgress::again_at(now + under_way_ * options_.row_write_time);
}

EngineProgress PimCore::read_rows(Picos now, MemoryPort& memory) {
  // What the stretch that ends now has read from the cells goes to memory.
  Picos written_at = now;
  for (const std::uint32_t last = next_ + under_way_; next_ < last; ++next_) {
    const Addr at = matrix_.matrix + std::uint64_t{next_} * matrix_.stride;
    const MemoryReply reply = memory.write(now, at, ConstBytes(tiles_[matrix_.tile].row(next_), matrix_.cols));
    written_at = std::max(written_at, reply.done_at);
    bytes_done_ += reply.bytes_done;
    if (!reply.ok()) return end(EngineProgress::failed(written_at, CommandStatus::kWriteFault, bytes_done_, reply.fault_addr));
  }
  under_way_ = std::min(kRowsAStep, matrix_.rows - next_);
  if (under_way_ == 0) return end(EngineProgress::finished(written_at, bytes_done_));
  crossbar_reads_ += std::uint64_t{under_way_} * g_.crossbars();
  adc_conversions_ += std::uint64_t{under_way_} * matrix_.cols * g_.crossbars();
  const Picos row_time =
      std::max(options_.crossbar_read_time, (matrix_.cols + g_.adcs_per_crossbar - 1) / g_.adcs_per_crossbar * options_.adc_sample_time);
  return EngineProgress::again_at(std::max(written_at, now + under_way_ * row_time));
}

EngineProgress PimCore::begin_mvm(Picos now, const std::vector<std::uint8_t>& parameters, MemoryPort& memory) {
  if (parameters.size() != PimMvm::kBytes) return bad_parameter(now, PimMvm::kBytes);
  StateReader in{ConstBytes(parameters)};
  const PimMvm m = decode_mvm(in);
  if (m.tile >= g_.tiles) return bad_parameter(now, kMvmTile);
  if (m.tiles_down == 0 || m.tiles_down > g_.tiles - m.tile) return bad_parameter(now, kMvmDown);
  if (m.tiles_across == 0 || m.tiles_across > (g_.tiles - m.tile) / m.tiles_down) return bad_parameter(now, kMvmAcross);
  if (m.rows == 0 || m.rows > m.tiles_down * g_.rows) return bad_parameter(now, kMvmRows);
  if (m.cols == 0 || m.cols > m.tiles_across * g_.cols) return bad_parameter(now, kMvmCols);
  if (m.vectors > kMaxVectors) return bad_parameter(now, kMvmVectors);
  if ((m.flags & ~PimMvm::kAccumulate) != 0) return bad_parameter(now, kMvmFlags);
  for (unsigned i = 0; i < 3; ++i)
    if (in.u32() != 0) return bad_parameter(now, kMvmReserved);
  mvm_ = m;
  work_ = Work::kMvm;
  return next_vectors(now, now, memory);
}

Picos PimCore::vector_time(std::uint32_t cols, std::uint32_t tiles_down) const {
  // While one input bit's columns are converted, the next bit is on the word lines.
  const Picos convert = Picos{(cols + g_.adcs_per_crossbar - 1) / g_.adcs_per_crossbar} * options_.adc_sample_time;
  const Picos phases = options_.crossbar_read_time + (g_.input_bits - 1) * std::max(options_.crossbar_read_time, convert) + convert;
  return clock().to_picos(clock().to_cycles(phases) + options_.shift_add_cycles * tiles_down);
}

void PimCore::multiply(const std::int8_t* input, std::uint32_t* sums) {
  std::uint64_t clipped = 0;
  for (std::uint32_t down = 0; down * g_.rows < mvm_.rows; ++down) {
    const std::uint32_t rows = std::min(g_.rows, mvm_.rows - down * g_.rows);
    for (std::uint32_t across = 0; across * g_.cols < mvm_.cols; ++across) {
      const std::uint32_t cols = std::min(g_.cols, mvm_.cols - across * g_.cols);
      const CrossbarTile& tile = tiles_[mvm_.tile + down * mvm_.tiles_across + across];
      clipped += tile.multiply(input + std::size_t{down} * g_.rows, rows, cols, sums + std::size_t{across} * g_.cols);
      dac_conversions_ += std::uint64_t{rows} * g_.input_bits * g_.crossbars();
      adc_conversions_ += std::uint64_t{cols} * g_.input_bits * g_.crossbars();
      crossbar_reads_ += std::uint64_t{g_.input_bits} * g_.crossbars();
    }
  }
  ++vectors_;
  macs_ += std::uint64_t{mvm_.rows} * mvm_.cols;
  if (clipped == 0) return;
  clipped_ += clipped;
  registers_.set(Reg::kAdcClipped, saturated(clipped_));
}

EngineProgress PimCore::next_vectors(Picos now, Picos not_before, MemoryPort& memory) {
  if (next_ == mvm_.vectors) return end(EngineProgress::finished(not_before, bytes_done_));
  const std::uint32_t out_bytes = 4 * mvm_.cols;
  const std::uint32_t batch = std::clamp(kStepBytes / std::max(mvm_.rows, out_bytes), 1u, mvm_.vectors - next_);
  Picos ready_at = std::max(now, not_before);
  std::vector<std::int8_t> input(mvm_.rows);
  std::vector<std::uint32_t> sums(mvm_.cols);
  std::vector<std::uint8_t> old(out_bytes);
  const auto failed = [&](const MemoryReply& reply) {
    ready_at = std::max(ready_at, reply.done_at);
    read_failed_ = !reply.ok();
    read_fault_addr_ = reply.fault_addr;
    return read_failed_;
  };
  staging_.clear();
  for (under_way_ = 0; under_way_ < batch; ++under_way_) {
    const std::uint64_t vector = next_ + under_way_;
    if (failed(memory.read(now, mvm_.input + vector * mvm_.in_stride, MutableBytes(input.data(), input.size())))) break;
    std::fill(sums.begin(), sums.end(), 0);
    if ((mvm_.flags & PimMvm::kAccumulate) != 0) {
      if (failed(memory.read(now, mvm_.output + vector * mvm_.out_stride, MutableBytes(old)))) break;
      StateReader words{ConstBytes(old)};
      for (std::uint32_t& sum : sums) sum = words.u32();
    }
    multiply(input.data(), sums.data());
    StateWriter words;
    for (std::uint32_t sum : sums) words.u32(sum);
    staging_.insert(staging_.end(), words.data().begin(), words.data().end());
  }
  return EngineProgress::again_at(ready_at + under_way_ * vector_time(std::min(mvm_.cols, g_.cols), mvm_.tiles_down));
}

EngineProgress PimCore::publish_vectors(Picos now, MemoryPort& memory) {
  const std::size_t out_bytes = 4 * std::size_t{mvm_.cols};
  Picos written_at = now;
  for (std::uint32_t i = 0; i < under_way_; ++i) {
    const Addr at = mvm_.output + std::uint64_t{next_ + i} * mvm_.out_stride;
    const MemoryReply reply = memory.write(now, at, ConstBytes(staging_.data() + i * out_bytes, out_bytes));
    written_at = std::max(written_at, reply.done_at);
    bytes_done_ += reply.bytes_done;
    if (!reply.ok()) return end(EngineProgress::failed(written_at, CommandStatus::kWriteFault, bytes_done_, reply.fault_addr));
  }
  if (read_failed_) return end(EngineProgress::failed(written_at, CommandStatus::kReadFault, bytes_done_, read_fault_addr_));
  next_ += under_way_;
  under_way_ = 0;
  return next_vectors(now, written_at, memory);
}

std::string PimCore::activity_name(const Descriptor& descriptor) const {
  switch (static_cast<PimOpcode>(descriptor.opcode)) {
    case PimOpcode::kProgram:
      return "program";
    case PimOpcode::kMvm:
      return "mvm";
    case PimOpcode::kRead:
      return "read";
  }
  return "unknown";
}

std::vector<Statistic> PimCore::statistics() const {
  std::vector<Statistic> all = RingCore::statistics();
  std::uint64_t row_writes = 0, most_row_writes = 0;
  for (const CrossbarTile& tile : tiles_) {
    row_writes += tile.row_writes();
    most_row_writes = std::max(most_row_writes, tile.row_writes());
  }
  all.push_back({"vectors", vectors_, "vectors multiplied"});
  all.push_back({"macs", macs_, "useful multiply-accumulates"});
  all.push_back({"row_writes", row_writes, "word lines programmed, all tiles"});
  all.push_back({"row_writes_of_one_tile", most_row_writes, "word lines programmed, the most worn tile"});
  all.push_back({"adc_clipped", clipped_, "conversions limited to the converter's range since reset"});
  return all;
}

std::vector<EnergyEvent> PimCore::energy_events() const {
  return {{"dac_conversion", dac_conversions_},
          {"adc_conversion", adc_conversions_},
          {"crossbar_read", crossbar_reads_},
          {"cell_write", cell_writes_}};
}

void PimCore::save_engine(StateWriter& out) const {
  for (std::uint32_t value : {g_.tiles, g_.rows, g_.cols}) out.u32(value);
  for (const CrossbarTile& tile : tiles_) tile.save(out);
  out.u8(static_cast<std::uint8_t>(work_));
  out.bytes(matrix_.encode().data(), PimMatrix::kBytes);
  out.bytes(mvm_.encode().data(), PimMvm::kBytes);
  out.u32(next_);
  out.u32(under_way_);
  out.blob(staging_);
  out.boolean(read_failed_);
  out.u64(read_fault_addr_);
  for (std::uint64_t value : {bytes_done_, vectors_, macs_, dac_conversions_, adc_conversions_, crossbar_reads_, cell_writes_, clipped_})
    out.u64(value);
}

void PimCore::load_engine(StateReader& in) {
  cancel();
  bool same_geometry = true;
  for (std::uint32_t value : {g_.tiles, g_.rows, g_.cols}) same_geometry = in.u32() == value && same_geometry;
  if (same_geometry) {
    for (CrossbarTile& tile : tiles_) tile.load(in);
    work_ = static_cast<Work>(in.u8());
    matrix_ = decode_matrix(in);
    in.u32();
    mvm_ = decode_mvm(in);
    for (unsigned i = 0; i < 3; ++i) in.u32();
    next_ = in.u32();
    under_way_ = in.u32();
    staging_ = in.blob();
    read_failed_ = in.boolean();
    read_fault_addr_ = in.u64();
    for (std::uint64_t* value :
         {&bytes_done_, &vectors_, &macs_, &dac_conversions_, &adc_conversions_, &crossbar_reads_, &cell_writes_, &clipped_})
      *value = in.u64();
  }
  if (same_geometry && in.ok() && valid_state()) return;
  cancel();
  if (!same_geometry || !in.ok())
    for (CrossbarTile& tile : tiles_) tile.clear();
}

/// A damaged state must not lead outside tiles or staging.
bool PimCore::valid_state() const {
  if (work_ == Work::kNone) return true;
  if (work_ > Work::kMvm) return false;
  if (work_ == Work::kMvm) {
    const bool grid = mvm_.tile < g_.tiles && mvm_.tiles_down >= 1 && mvm_.tiles_down <= g_.tiles - mvm_.tile && mvm_.tiles_across >= 1 &&
                      mvm_.tiles_across <= (g_.tiles - mvm_.tile) / mvm_.tiles_down;
    return grid && mvm_.rows >= 1 && mvm_.rows <= mvm_.tiles_down * g_.rows && mvm_.cols >= 1 && mvm_.cols <= mvm_.tiles_across * g_.cols &&
           mvm_.vectors <= kMaxVectors && next_ <= mvm_.vectors && under_way_ <= mvm_.vectors - next_ &&
           staging_.size() == std::size_t{under_way_} * mvm_.cols * 4;
  }
  const bool matrix =
      matrix_.tile < g_.tiles && matrix_.rows >= 1 && matrix_.rows <= g_.rows && matrix_.cols >= 1 && matrix_.cols <= g_.cols;
  if (!matrix) return false;
  if (work_ == Work::kLoad) return next_ <= memory_rows() && under_way_ == 0 && staging_.size() == std::size_t{next_} * memory_row_bytes();
  const bool rows = next_ <= matrix_.rows && under_way_ <= matrix_.rows - next_;
  return rows && (work_ == Work::kRead || staging_.size() == std::size_t{matrix_.rows} * matrix_.cols);
}

}  // namespace visoc
