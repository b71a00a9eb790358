// SPDX-License-Identifier: Apache-2.0
#include "ip/npu/npu_core.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "platform/base/check.h"
#include "regs/npu_regs.h"

namespace visoc::npu {
namespace {

using Reg = regs::npu::Reg;

const char* op_name(Op op) {
  switch (op) {
    case Op::kConv2d:
      return "conv";
    case Op::kTransposedConv2d:
      return "transposed_conv";
    case Op::kAdd:
      return "add";
    case Op::kCopy:
      return "copy";
    case Op::kMaxPool:
      return "max_pool";
    case Op::kAveragePool:
      return "average_pool";
    case Op::kResizeNearest:
    case Op::kResizeBilinear:
      return "resize";
    case Op::kLut:
      return "lut";
  }
  return "layer";
}

const std::int8_t* as_int8(const std::vector<std::uint8_t>& bytes) { return reinterpret_cast<const std::int8_t*>(bytes.data()); }

/// The later of two replies; the first if it failed.
void add_reply(MemoryReply& total, const MemoryReply& reply) {
  if (!total.ok()) return;
  const Picos latest = std::max(total.done_at, reply.done_at);
  total = reply;
  total.done_at = reply.ok() ? latest : reply.done_at;
}

}  // namespace

NpuCore::NpuCore(const NpuOptions& options, std::unique_ptr<ComputeCore> core)
    : RingCore(regs::npu::kTable, options.clock, options.poll_interval),
      options_(options),
      core_(core != nullptr ? std::move(core) : make_compute_core(options.core)),
      reader_(options.clock, options.dma_bytes_per_cycle, options.dma_outstanding),
      writer_(options.clock, options.dma_bytes_per_cycle, options.dma_outstanding) {
  VISOC_CHECK(core_ != nullptr, "no compute core named " + options.core.core);
  NpuCore::reset();
}

void NpuCore::reset() {
  compute_cycles_ = stall_cycles_ = layers_ = tiles_ = scratchpad_peak_ = 0;
  core_->reset();
  reader_.reset();
  writer_.reset();
  RingCore::reset();
}

void NpuCore::reset_engine() {
  cancel();
  layer_index_ = tiles_of_layer_ = 0;
  perf_compute_base_ = compute_cycles_;
  perf_stall_base_ = stall_cycles_;
  perf_macs_base_ = core_->macs();
  registers_.set(Reg::kCore, core_->array_rows() | core_->array_columns() << 16);
  registers_.set(Reg::kScratchpadBytes, options_.limits.scratchpad_bytes);
  show_counters();
}

void NpuCore::cancel() {
  stage_ = Stage::kIdle;
  run_ = {};
  layer_ = {};
  plan_ = {};
  block_ = tile_ = slot_ = 0;
  for (Slot& slot : slots_) slot = {};
  for (auto* bytes : {&weights_, &channels_, &lut_, &side_, &out_, &mask_out_}) bytes->clear();
  layer_begin_ = next_ready_at_ = stored_at_ = stored_before_at_ = 0;
  layer_compute_cycles_ = 0;
  reader_.clear();
  writer_.clear();
}

void NpuCore::show_counters() {
  const std::uint64_t compute = compute_cycles_ - perf_compute_base_, stall = stall_cycles_ - perf_stall_base_,
                      macs = core_->macs() - perf_macs_base_;
  registers_.set(Reg::kLayer, layer_index_);
  registers_.set(Reg::kTile, tiles_of_layer_);
  registers_.set(Reg::kPerfComputeLo, compute & 0xffffffff);
  registers_.set(Reg::kPerfComputeHi, compute >> 32);
  registers_.set(Reg::kPerfStallLo, stall & 0xffffffff);
  registers_.set(Reg::kPerfStallHi, stall >> 32);
  registers_.set(Reg::kPerfMacsLo, macs & 0xffffffff);
  registers_.set(Reg::kPerfMacsHi, macs >> 32);
}

std::string NpuCore::activity_name(const Descriptor& descriptor) const { return descriptor.opcode == kOpcodeRun ? "run" : "unknown"; }

// ---- addresses --------------------------------------------------------------------------------------------------------

Addr NpuCore::base_of(Base base) const {
  switch (base) {
    case Base::kNone:
      return 0;
    case Base::kArena:
      return run_.arena;
    case Base::kWeights:
      return run_.weights;
    case Base::kInput:
      return run_.input;
    case Base::kOutput:
      return run_.output;
    case Base::kAux:
      return run_.aux;
  }
  return 0;
}

Addr NpuCore::address_of(const TensorRef& tensor, std::uint32_t row, std::uint32_t column, std::uint32_t channel) const {
  return base_of(tensor.base) + tensor.offset + std::uint64_t{row} * tensor.row_stride + std::uint64_t{column} * tensor.pixel_stride +
         channel;
}

EngineProgress NpuCore::refuse(Picos at, CommandStatus status, std::size_t field) const {
  return EngineProgress::failed(at, status, layer_detail(layer_index_, field));
}

EngineProgress NpuCore::read_failed(const MemoryReply& reply) const {
  // load_block and load_tile leave the field in bytes_done.
  return EngineProgress::failed(reply.done_at, CommandStatus::kReadFault, layer_detail(layer_index_, reply.bytes_done), reply.fault_addr);
}

// ---- a command --------------------------------------------------------------------------------------------------------

EngineProgress NpuCore::begin(Picos now, const Descriptor& descriptor, const std::vector<std::uint8_t>& parameters, MemoryPort& memory) {
  cancel();
  layer_index_ = tiles_of_layer_ = 0;
  if (descriptor.opcode != kOpcodeRun) return EngineProgress::failed(now, CommandStatus::kUnknownOpcode, descriptor.opcode);
  const auto bad = [&](std::size_t field) { return EngineProgress::failed(now, CommandStatus::kBadParameter, kDetailParameters | field); };
  if (parameters.size() != sizeof(RunParameters)) return bad(parameters.size());
  std::memcpy(&run_, parameters.data(), sizeof run_);
  if (run_.program % 8 != 0) return bad(offsetof(RunParameters, program));
  if (run_.layer_count == 0 || run_.layer_count > kMaxLayers) return bad(offsetof(RunParameters, layer_count));
  if (run_.flags != 0) return bad(offsetof(RunParameters, flags));
  if (run_.reserved != 0) return bad(offsetof(RunParameters, reserved));
  return start_layer(now, memory);
}

EngineProgress NpuCore::advance(Picos now, MemoryPort& memory) {
  switch (stage_) {
    case Stage::kIdle:
      break;
    case Stage::kTileReady:
      return run_tile(now, memory);
    case Stage::kComputing:
      return store_tile(now, memory);
    case Stage::kLayerEnd:
      return end_layer(now, memory);
  }
  // Reached only with a state that was loaded from damaged bytes.
  return EngineProgress::failed(now, CommandStatus::kAborted);
}

EngineProgress NpuCore::start_layer(Picos now, MemoryPort& memory) {
  layer_begin_ = now;
  layer_compute_cycles_ = 0;
  tiles_of_layer_ = 0;
  block_ = tile_ = slot_ = 0;
  stored_at_ = stored_before_at_ = now;
  show_counters();
  std::uint8_t bytes[sizeof(LayerCommand)];
  MemoryReply reply =
      reader_.read(memory, now, run_.program + std::uint64_t{layer_index_} * sizeof(LayerCommand), MutableBytes(bytes, sizeof bytes));
  if (!reply.ok()) {
    reply.bytes_done = 0;
    return read_failed(reply);
  }
  std::memcpy(&layer_, bytes, sizeof layer_);
  const Picos fetched = reply.done_at;
  if (const auto field = check_layer(layer_)) return refuse(fetched, CommandStatus::kBadParameter, *field);
  if (const auto field = core_->refuses(layer_)) return refuse(fetched, CommandStatus::kUnsupported, *field);
  const auto plan = plan_tiles(layer_, *core_, options_.limits);
  if (!plan) return refuse(fetched, CommandStatus::kUnsupported, offsetof(LayerCommand, out) + offsetof(TensorRef, w));
  plan_ = *plan;
  scratchpad_peak_ = std::max(scratchpad_peak_, plan_.scratchpad_bytes);

  Picos at = fetched;
  lut_.clear();
  side_.clear();
  if (has_lut(layer_)) {
    lut_.resize(256);
    reply = reader_.read(memory, fetched, run_.weights + layer_.lut_offset, MutableBytes(lut_));
    reply.bytes_done = offsetof(LayerCommand, lut_offset);
    if (!reply.ok()) return read_failed(reply);
    at = std::max(at, reply.done_at);
  }
  if (core_->wants_side_table(layer_) && layer_.side_bytes != 0) {
    side_.resize(layer_.side_bytes);
    reply = reader_.read(memory, fetched, run_.weights + layer_.side_offset, MutableBytes(side_));
    reply.bytes_done = offsetof(LayerCommand, side_offset);
    if (!reply.ok()) return read_failed(reply);
    at = std::max(at, reply.done_at);
  }
  EngineProgress progress = load_block(fetched, memory);
  if (!progress.done) progress.at = std::max(progress.at, at);
  return progress;
}

// ---- loads ------------------------------------------------------------------------------------------------------------

EngineProgress NpuCore::load_block(Picos at, MemoryPort& memory) {
  MemoryReply total;
  total.done_at = at;
  if (has_weights(layer_)) {
    const RowRange channels = block_channels(layer_, plan_, block_);
    const std::uint64_t each = filter_bytes(layer_);
    weights_.resize(channels.count * each);
    channels_.resize(channels.count * sizeof(ChannelEntry));
    MemoryReply reply =
        reader_.read(memory, at, run_.weights + layer_.channel_offset + channels.first * sizeof(ChannelEntry), MutableBytes(channels_));
    reply.bytes_done = offsetof(LayerCommand, channel_offset);
    add_reply(total, reply);
    if (!total.ok()) return read_failed(total);
    for (std::uint32_t k = 0; k < channels.count; ++k) {
      ChannelEntry entry;
      std::memcpy(&entry, channels_.data() + k * sizeof entry, sizeof entry);
      if (entry.shift < -31 || entry.shift > 31)
        return refuse(total.done_at, CommandStatus::kBadParameter, offsetof(LayerCommand, channel_offset));
    }
    reply = reader_.read(memory, at, run_.weights + layer_.weights_offset + channels.first * each, MutableBytes(weights_));
    reply.bytes_done = offsetof(LayerCommand, weights_offset);
    add_reply(total, reply);
    if (!total.ok()) return read_failed(total);
  }
  add_reply(total, load_tile(at, 0, slots_[slot_], memory));
  if (!total.ok()) return read_failed(total);
  stage_ = Stage::kTileReady;
  return EngineProgress::again_at(total.done_at);
}

MemoryReply NpuCore::load_tile(Picos at, std::uint32_t tile, Slot& slot, MemoryPort& memory) {
  const RowRange rows = tile_rows(layer_, plan_, tile), needed = input_rows(layer_, rows);
  MemoryReply total;
  total.done_at = at;
  MemoryReply reply = read_map(at, layer_.in0, needed, slot.in[0], memory);
  reply.bytes_done = offsetof(LayerCommand, in0);
  add_reply(total, reply);
  if (total.ok() && layer_.op == Op::kAdd) {
    reply = read_map(at, layer_.in1, rows, slot.in[1], memory);
    reply.bytes_done = offsetof(LayerCommand, in1);
    add_reply(total, reply);
  }
  const MaskGeometry mask = core_->mask_in(layer_);
  if (total.ok() && mask.row_bytes != 0) {
    const RowRange covered = mask_rows(mask, needed);
    slot.mask.resize(std::size_t{covered.count} * mask.row_bytes);
    reply =
        reader_.read(memory, at, run_.aux + layer_.mask_in_offset + std::uint64_t{covered.first} * mask.row_bytes, MutableBytes(slot.mask));
    reply.bytes_done = offsetof(LayerCommand, mask_in_offset);
    add_reply(total, reply);
  }
  return total;
}

MemoryReply NpuCore::read_map(Picos at, const TensorRef& tensor, RowRange rows, std::vector<std::uint8_t>& to, MemoryPort& memory) {
  const std::size_t row_bytes = std::size_t{tensor.w} * tensor.c;
  to.resize(rows.count * row_bytes);
  MemoryReply total;
  total.done_at = at;
  if (tensor.pixel_stride != tensor.c) {  // A slice of channels: pixel by pixel.
    for (std::uint32_t y = 0; y < rows.count && total.ok(); ++y)
      for (std::uint32_t x = 0; x < tensor.w && total.ok(); ++x)
        add_reply(total, reader_.read(memory, at, address_of(tensor, rows.first + y, x, 0),
                                      MutableBytes(to.data() + y * row_bytes + std::size_t{x} * tensor.c, tensor.c)));
  } else if (tensor.row_stride != row_bytes) {
    for (std::uint32_t y = 0; y < rows.count && total.ok(); ++y)
      add_reply(total,
                reader_.read(memory, at, address_of(tensor, rows.first + y, 0, 0), MutableBytes(to.data() + y * row_bytes, row_bytes)));
  } else if (!to.empty()) {
    add_reply(total, reader_.read(memory, at, address_of(tensor, rows.first, 0, 0), MutableBytes(to)));
  }
  return total;
}

// ---- tiles ------------------------------------------------------------------------------------------------------------

EngineProgress NpuCore::run_tile(Picos now, MemoryPort& memory) {
  const RowRange rows = tile_rows(layer_, plan_, tile_), needed = input_rows(layer_, rows),
                 channels = block_channels(layer_, plan_, block_);
  const Slot& slot = slots_[slot_];
  Tile tile;
  tile.layer = &layer_;
  tile.rows = rows;
  tile.filters = {channels.first, channels.count, nullptr, nullptr};
  std::vector<ChannelEntry> entries;
  if (has_weights(layer_)) {
    entries.resize(channels.count);
    std::memcpy(entries.data(), channels_.data(), channels_.size());
    tile.filters.weights = as_int8(weights_);
    tile.filters.channels = entries.data();
  }
  tile.in[0] = {as_int8(slot.in[0]), needed.first, needed.count};
  if (layer_.op == Op::kAdd) tile.in[1] = {as_int8(slot.in[1]), rows.first, rows.count};
  tile.lut = lut_.empty() ? nullptr : as_int8(lut_);
  tile.side = ConstBytes(side_);
  const MaskGeometry mask_in = core_->mask_in(layer_), mask_out = core_->mask_out(layer_);
  if (mask_in.row_bytes != 0) {
    tile.mask_in_first = mask_rows(mask_in, needed).first;
    tile.mask_in = ConstBytes(slot.mask);
  }
  mask_out_.assign(mask_out.row_bytes == 0 ? 0 : std::size_t{mask_rows(mask_out, rows).count} * mask_out.row_bytes, 0);
  tile.mask_out = MutableBytes(mask_out_);
  out_.resize(std::size_t{rows.count} * layer_.out.w * channels.count);
  tile.out = reinterpret_cast<std::int8_t*>(out_.data());

  const Cycles cycles = core_->run(tile);
  compute_cycles_ += cycles;
  layer_compute_cycles_ += cycles;
  if (tile_ + 1 < plan_.tiles) {
    const MemoryReply reply = load_tile(now, tile_ + 1, slots_[slot_ ^ 1], memory);
    if (!reply.ok()) return read_failed(reply);
    next_ready_at_ = reply.done_at;
  }
  stage_ = Stage::kComputing;
  show_counters();
  return EngineProgress::again_at(now + clock().to_picos(cycles));
}

EngineProgress NpuCore::store_tile(Picos now, MemoryPort& memory) {
  const RowRange rows = tile_rows(layer_, plan_, tile_), channels = block_channels(layer_, plan_, block_);
  const TensorRef& to = layer_.out;
  const std::size_t pixel_bytes = channels.count, row_bytes = pixel_bytes * to.w;
  MemoryReply total;
  total.done_at = now;
  if (to.pixel_stride != pixel_bytes) {
    for (std::uint32_t y = 0; y < rows.count && total.ok(); ++y)
      for (std::uint32_t x = 0; x < to.w && total.ok(); ++x)
        add_reply(total, writer_.write(memory, now, address_of(to, rows.first + y, x, channels.first),
                                       ConstBytes(out_.data() + y * row_bytes + x * pixel_bytes, pixel_bytes)));
  } else if (to.row_stride != row_bytes) {
    for (std::uint32_t y = 0; y < rows.count && total.ok(); ++y)
      add_reply(total, writer_.write(memory, now, address_of(to, rows.first + y, 0, channels.first),
                                     ConstBytes(out_.data() + y * row_bytes, row_bytes)));
  } else {
    add_reply(total, writer_.write(memory, now, address_of(to, rows.first, 0, channels.first), ConstBytes(out_)));
  }
  std::size_t field = offsetof(LayerCommand, out);
  if (total.ok() && !mask_out_.empty()) {
    const MaskGeometry mask = core_->mask_out(layer_);
    field = offsetof(LayerCommand, mask_out_offset);
    add_reply(total,
              writer_.write(memory, now, run_.aux + layer_.mask_out_offset + std::uint64_t{mask_rows(mask, rows).first} * mask.row_bytes,
                            ConstBytes(mask_out_)));
  }
  if (!total.ok())
    return EngineProgress::failed(total.done_at, CommandStatus::kWriteFault, layer_detail(layer_index_, field), total.fault_addr);

  ++tiles_;
  ++tiles_of_layer_;
  out_.clear();
  mask_out_.clear();
  stored_before_at_ = stored_at_;
  stored_at_ = std::max(stored_at_, total.done_at);
  show_counters();
  if (tile_ + 1 < plan_.tiles) {
    ++tile_;
    slot_ ^= 1;
    stage_ = Stage::kTileReady;
    // The tile after this one needs the output buffer of the tile before it.
    return EngineProgress::again_at(std::max({now, next_ready_at_, stored_before_at_}));
  }
  if (block_ + 1 < plan_.blocks) {
    ++block_;
    tile_ = slot_ = 0;
    EngineProgress progress = load_block(now, memory);
    if (!progress.done) progress.at = std::max(progress.at, stored_before_at_);
    return progress;
  }
  stage_ = Stage::kLayerEnd;
  return EngineProgress::again_at(stored_at_);
}

EngineProgress NpuCore::end_layer(Picos now, MemoryPort& memory) {
  if (services() != nullptr) services()->activity(instance(), {layer_begin_, now, op_name(layer_.op), layer_.tag});
  const Cycles cycles = clock().to_cycles(now - layer_begin_);
  stall_cycles_ += cycles - std::min(cycles, layer_compute_cycles_);
  ++layers_;
  if (layer_index_ + 1 == run_.layer_count) {
    stage_ = Stage::kIdle;
    show_counters();
    return EngineProgress::finished(now);
  }
  ++layer_index_;
  return start_layer(now, memory);
}

// ---- numbers ----------------------------------------------------------------------------------------------------------

std::vector<Statistic> NpuCore::statistics() const {
  std::vector<Statistic> all = RingCore::statistics();
  all.push_back({"macs", core_->macs(), "useful multiply-accumulates"});
  all.push_back({"compute_cycles", compute_cycles_, "cycles the compute core was busy"});
  all.push_back({"dma_stall_cycles", stall_cycles_, "cycles inside finished layers in which the compute core waited for memory"});
  all.push_back({"layers", layers_, "layers finished"});
  all.push_back({"tiles", tiles_, "tiles stored"});
  all.push_back({"scratchpad_peak_bytes", scratchpad_peak_, "most of the scratchpad that a layer took"});
  all.push_back({"dma_read_bytes", reader_.bytes(), "program, weights and activations read"});
  all.push_back({"dma_write_bytes", writer_.bytes(), "activations written"});
  for (Statistic& statistic : core_->statistics()) all.push_back(std::move(statistic));
  return all;
}

std::vector<EnergyEvent> NpuCore::energy_events() const {
  // What the DMA brings in is written to the scratchpad, and what it takes out is read from it, beside the core's own accesses.
  std::vector<EnergyEvent> events = core_->energy_events();
  for (EnergyEvent& event : events) {
    if (event.event == "sram_write_bytes") event.count += reader_.bytes();
    if (event.event == "sram_read_bytes") event.count += writer_.bytes();
  }
  return events;
}

// ---- state ------------------------------------------------------------------------------------------------------------

void NpuCore::save_engine(StateWriter& out) const {
  out.u8(static_cast<std::uint8_t>(stage_));
  out.bytes(&run_, sizeof run_);
  out.bytes(&layer_, sizeof layer_);
  for (std::uint32_t value : {layer_index_, block_, tile_, slot_, tiles_of_layer_}) out.u32(value);
  for (const Slot& slot : slots_) {
    for (const auto& bytes : slot.in) out.blob(bytes);
    out.blob(slot.mask);
  }
  for (const auto* bytes : {&weights_, &channels_, &lut_, &side_, &out_, &mask_out_}) out.blob(*bytes);
  for (std::uint64_t value : {layer_begin_, next_ready_at_, stored_at_, stored_before_at_, layer_compute_cycles_, compute_cycles_,
                              stall_cycles_, layers_, tiles_, scratchpad_peak_, perf_compute_base_, perf_stall_base_, perf_macs_base_})
    out.u64(value);
  reader_.save(out);
  writer_.save(out);
  core_->save(out);
}

void NpuCore::load_engine(StateReader& in) {
  const std::uint8_t stage = in.u8();
  in.bytes(&run_, sizeof run_);
  in.bytes(&layer_, sizeof layer_);
  for (std::uint32_t* value : {&layer_index_, &block_, &tile_, &slot_, &tiles_of_layer_}) *value = in.u32();
  for (Slot& slot : slots_) {
    for (auto& bytes : slot.in) bytes = in.blob();
    slot.mask = in.blob();
  }
  for (auto* bytes : {&weights_, &channels_, &lut_, &side_, &out_, &mask_out_}) *bytes = in.blob();
  for (std::uint64_t* value :
       {&layer_begin_, &next_ready_at_, &stored_at_, &stored_before_at_, &layer_compute_cycles_, &compute_cycles_, &stall_cycles_, &layers_,
        &tiles_, &scratchpad_peak_, &perf_compute_base_, &perf_stall_base_, &perf_macs_base_})
    *value = in.u64();
  reader_.load(in);
  writer_.load(in);
  core_->load(in);
  stage_ = stage <= static_cast<std::uint8_t>(Stage::kLayerEnd) ? static_cast<Stage>(stage) : Stage::kIdle;
  // A state whose parts do not belong together is dropped: the command ends with kAborted.
  if (!in.ok() || (stage_ != Stage::kIdle && !consistent())) cancel();
  if (stage_ != Stage::kIdle) plan_ = *plan_tiles(layer_, *core_, options_.limits);
}

std::size_t NpuCore::slot_bytes(std::uint32_t tile, unsigned operand) const {
  const auto plan = plan_tiles(layer_, *core_, options_.limits);
  const RowRange rows = tile_rows(layer_, *plan, tile);
  if (operand == 1) return layer_.op == Op::kAdd ? std::size_t{rows.count} * layer_.in1.w * layer_.in1.c : 0;
  return std::size_t{input_rows(layer_, rows).count} * layer_.in0.w * layer_.in0.c;
}

bool NpuCore::consistent() const {
  if (check_layer(layer_) || core_->refuses(layer_)) return false;
  const auto plan = plan_tiles(layer_, *core_, options_.limits);
  if (!plan || tile_ >= plan->tiles || block_ >= plan->blocks || slot_ > 1) return false;
  const RowRange rows = tile_rows(layer_, *plan, tile_), channels = block_channels(layer_, *plan, block_);
  const auto holds = [&](const Slot& slot, std::uint32_t tile) {
    const MaskGeometry mask = core_->mask_in(layer_);
    const std::size_t mask_bytes =
        mask.row_bytes == 0 ? 0 : std::size_t{mask_rows(mask, input_rows(layer_, tile_rows(layer_, *plan, tile))).count} * mask.row_bytes;
    return slot.in[0].size() == slot_bytes(tile, 0) && slot.in[1].size() >= slot_bytes(tile, 1) && slot.mask.size() >= mask_bytes;
  };
  if (stage_ == Stage::kTileReady && !holds(slots_[slot_], tile_)) return false;
  if (stage_ == Stage::kComputing) {
    if (tile_ + 1 < plan->tiles && !holds(slots_[slot_ ^ 1], tile_ + 1)) return false;
    if (out_.size() != std::size_t{rows.count} * layer_.out.w * channels.count) return false;
  }
  if (has_lut(layer_) && lut_.size() != 256) return false;
  if (core_->wants_side_table(layer_) && side_.size() != layer_.side_bytes) return false;
  if (!has_weights(layer_)) return true;
  // The weights in the scratchpad belong to the present block.
  if (weights_.size() != channels.count * filter_bytes(layer_) || channels_.size() != channels.count * sizeof(ChannelEntry)) return false;
  for (std::uint32_t k = 0; k < channels.count; ++k) {
    ChannelEntry entry;
    std::memcpy(&entry, channels_.data() + k * sizeof entry, sizeof entry);
    if (entry.shift < -31 || entry.shift > 31) return false;
  }
  return true;
}

}  // namespace visoc::npu
