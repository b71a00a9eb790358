// Blocks, memory, traps: what the executing loop needs less often.
// SPDX-License-Identifier: Apache-2.0
#include "ip/rv64/hart.h"

#include <cstring>

#include "ip/rv64/fp.h"
#include "platform/base/check.h"

namespace visoc::rv64 {
namespace {

std::uint64_t load_host(const std::uint8_t* host, unsigned bytes) {
  std::uint64_t value = 0;
  std::memcpy(&value, host, bytes);
  return value;
}

bool writes_integer_register(Op op) {
  switch (op) {
    case Op::kBeq:
    case Op::kBne:
    case Op::kBlt:
    case Op::kBge:
    case Op::kBltu:
    case Op::kBgeu:
    case Op::kSb:
    case Op::kSh:
    case Op::kSw:
    case Op::kSd:
    case Op::kFsw:
    case Op::kFsd:
    case Op::kFlw:
    case Op::kFld:
    case Op::kFaddS:
    case Op::kFsubS:
    case Op::kFmulS:
    case Op::kFaddD:
    case Op::kFsubD:
    case Op::kFmulD:
    case Op::kFmaddD:
    case Op::kFmaddS:
    case Op::kFp:
      return false;
    default:
      return true;
  }
}

}  // namespace

Hart::Hart(unsigned hart_id, HartBus& bus) : bus_(bus), table_(kBlockTableEntries, nullptr) {
  csr_.hart_id = hart_id;
  execute(nullptr);
}

Hart::~Hart() = default;

void Hart::reset(Addr pc, std::uint64_t a0, std::uint64_t a1) {
  x_.fill(0);
  f_.fill(0);
  csr_.reset();
  pc_ = pc;
  x_[10] = a0;
  x_[11] = a1;
  reserved_ = false;
  flush_blocks();
  invalidate_direct();
}

void Hart::stop() {
  stop_ = true;
  leave_block_ = true;
  limit_ = 0;
}

void Hart::set_interrupt(unsigned bit, bool level) {
  const std::uint64_t mask = std::uint64_t{1} << bit;
  csr_.mip = level ? csr_.mip | mask : csr_.mip & ~mask;
  if (csr_.interrupt_due()) limit_ = 0;
}

void Hart::invalidate_direct() {
  read_tlb_.fill({});
  write_tlb_.fill({});
  regions_.clear();
}

const DirectRegion* Hart::region_of(Addr addr) {
  for (const DirectRegion& region : regions_)
    if (addr - region.base < region.size) return &region;
  const DirectRegion region = bus_.direct(addr);
  if (region.size == 0 || addr - region.base >= region.size) return nullptr;
  regions_.push_back(region);
  return &regions_.back();
}

bool Hart::fetch(Addr addr, std::uint16_t& half) {
  const DirectRegion* region = region_of(addr);
  if (region != nullptr && fits(addr - region->base, 2, region->size)) {
    std::memcpy(&half, region->host + (addr - region->base), 2);
    return true;
  }
  std::uint64_t value = 0;
  if (!bus_load(addr, 2, value)) return false;
  counts_.loaded_bytes += 2;
  half = static_cast<std::uint16_t>(value);
  return true;
}

std::unique_ptr<Hart::Block> Hart::make_block(Addr pc, unsigned max_instructions) {
  auto block = std::make_unique<Block>();
  block->pc = pc;
  Addr at = pc;
  bool ended = false;
  while (!ended && block->count < max_instructions && (at == pc || (at & (kPageBytes - 1)) != 0) && at - pc < kPageBytes) {
    std::uint16_t low = 0, high = 0;
    if (!fetch(at, low) || ((low & 3) == 3 && !fetch(at + 2, high))) {
      if (block->count == 0) {
        fail(kFetchFault, fetch(at, low) ? at + 2 : at);
        return nullptr;
      }
      break;  // The fault is taken if execution gets there.
    }
    Instruction instruction = decode(low | static_cast<std::uint32_t>(high) << 16);
    instruction.offset = static_cast<std::uint16_t>(at - pc);
    if (instruction.rd == 0 && writes_integer_register(instruction.op)) instruction.rd = kZeroSink;
    instruction.handler = handlers_[static_cast<std::size_t>(instruction.op)];
    block->code.push_back(instruction);
    ++block->count;
    block->accesses += (loaded_bytes(instruction) != 0 || stored_bytes(instruction) != 0) ? 1 : 0;
    ended = ends_block(instruction.op);
    const bool crossed_page = ((at + instruction.length - 1) ^ pc) >= kPageBytes;
    at += instruction.length;
    if (crossed_page) break;
  }
  if (!ended) {
    Instruction end;
    end.op = Op::kEndOfBlock;
    end.handler = handlers_[static_cast<std::size_t>(Op::kEndOfBlock)];
    end.offset = static_cast<std::uint16_t>(at - pc);
    block->code.push_back(end);
  }
  return block;
}

Hart::Block* Hart::find_block(Addr pc) {
  if (Block* block = lookup(pc)) return block;
  if (blocks_.size() >= kMaxBlocks) flush_blocks();
  auto block = make_block(pc, kMaxBlockInstructions);
  if (block == nullptr) return nullptr;
  ++counts_.blocks_made;
  Block* made = block.get();
  blocks_.push_back(std::move(block));
  table_[pc >> 1 & (kBlockTableEntries - 1)] = made;
  return made;
}

void Hart::count_block(const Block& block, std::size_t first, std::size_t last, std::uint64_t times, HartCounts& counts) const {
  for (std::size_t i = first; i < last; ++i) {
    const unsigned in = loaded_bytes(block.code[i]), out = stored_bytes(block.code[i]);
    counts.loads += in != 0 ? times : 0;
    counts.stores += out != 0 ? times : 0;
    counts.loaded_bytes += in * times;
    counts.stored_bytes += out * times;
  }
}

HartCounts Hart::counts() const {
  HartCounts counts = counts_;
  for (const auto& block : blocks_) count_block(*block, 0, block->count, block->executions, counts);
  return counts;
}

void Hart::flush_blocks() {
  for (const auto& block : blocks_) count_block(*block, 0, block->count, block->executions, counts_);
  if (!blocks_.empty()) ++counts_.block_flushes;
  blocks_.clear();
  table_.assign(kBlockTableEntries, nullptr);
  flush_pending_ = false;
}

void Hart::set_unexecuted(const Block& block, const Instruction* next) {
  const auto index = static_cast<std::size_t>(next - block.code.data());
  unretired_ = block.count - index;
  unaccessed_ = 0;
  for (std::size_t i = index; i < block.count; ++i)
    unaccessed_ += loaded_bytes(block.code[i]) != 0 || stored_bytes(block.code[i]) != 0 ? 1 : 0;
}

void Hart::drop_unexecuted(const Block& block, const Instruction* next) {
  set_unexecuted(block, next);
  retired_ -= unretired_;
  accesses_ -= unaccessed_;
  unretired_ = unaccessed_ = 0;
  count_block(block, static_cast<std::size_t>(next - block.code.data()), block.count, ~std::uint64_t{0}, counts_);
}

bool Hart::bus_load(Addr addr, unsigned bytes, std::uint64_t& value) {
  fold_fp_flags();
  const bool ok = bus_.read(addr, bytes, value);
  take_host_flags();  // Whatever ran meanwhile is not the guest's arithmetic.
  ++counts_.bus_reads;
  if (ok) counts_.bus_bytes_read += bytes;
  return ok;
}

bool Hart::bus_store(Addr addr, unsigned bytes, std::uint64_t value) {
  fold_fp_flags();
  const bool ok = bus_.write(addr, bytes, value);
  take_host_flags();
  ++counts_.bus_writes;
  if (ok) counts_.bus_bytes_written += bytes;
  return ok;
}

bool Hart::load_slow(Addr addr, unsigned bytes, std::uint64_t& value) {
  const DirectRegion* region = region_of(addr);
  if (region != nullptr && region->readable && fits(addr - region->base, bytes, region->size)) {
    const std::uint8_t* host = region->host + (addr - region->base);
    value = load_host(host, bytes);
    const Addr page = addr & ~(kPageBytes - 1);
    if (page >= region->base && fits(page - region->base, kPageBytes, region->size))
      read_tlb_[addr / kPageBytes % kTlbEntries] = {page, reinterpret_cast<std::uintptr_t>(host) - addr};
    return true;
  }
  if ((addr & (bytes - 1)) != 0) return fail(kLoadMisaligned, addr);
  value = 0;
  return bus_load(addr, bytes, value) || fail(kLoadFault, addr);
}

bool Hart::store_slow(Addr addr, unsigned bytes, std::uint64_t value) {
  const DirectRegion* region = region_of(addr);
  if (region != nullptr && region->writable && fits(addr - region->base, bytes, region->size)) {
    std::uint8_t* host = region->host + (addr - region->base);
    std::memcpy(host, &value, bytes);
    const Addr page = addr & ~(kPageBytes - 1);
    if (page >= region->base && fits(page - region->base, kPageBytes, region->size))
      write_tlb_[addr / kPageBytes % kTlbEntries] = {page, reinterpret_cast<std::uintptr_t>(host) - addr};
    return true;
  }
  if ((addr & (bytes - 1)) != 0) return fail(kStoreMisaligned, addr);
  return bus_store(addr, bytes, value) || fail(kStoreFault, addr);
}

bool Hart::atomic(const Instruction& instruction) {
  const Addr addr = x_[instruction.rs1];
  const bool wide = instruction.op == Op::kLrD || instruction.op == Op::kScD || instruction.op == Op::kAmoD;
  const unsigned bytes = wide ? 8 : 4;
  const bool is_lr = instruction.op == Op::kLrW || instruction.op == Op::kLrD;
  if ((addr & (bytes - 1)) != 0) return fail(is_lr ? kLoadMisaligned : kStoreMisaligned, addr);
  const auto extended = [wide](std::uint64_t value) {
    return wide ? value : static_cast<std::uint64_t>(static_cast<std::int64_t>(static_cast<std::int32_t>(value)));
  };
  std::uint64_t old = 0;
  if (is_lr) {
    if (!load_slow(addr, bytes, old)) return false;
    reserved_ = true;
    reservation_ = addr;
    reserved_value_ = old;
    x_[instruction.rd] = extended(old);
    return true;
  }
  const std::uint64_t operand = x_[instruction.rs2];
  if (instruction.op == Op::kScW || instruction.op == Op::kScD) {
    const bool held = reserved_ && reservation_ == addr;
    reserved_ = false;
    // Looking at the memory is the model's way to see other writers, so it counts as traffic only where it is a bus access.
    const std::uint64_t bus_bytes = counts_.bus_bytes_read;
    if (held && !load_slow(addr, bytes, old)) return fail(kStoreFault, addr);
    counts_.loaded_bytes += counts_.bus_bytes_read - bus_bytes;
    const bool success = held && old == reserved_value_;
    if (success && !store_slow(addr, bytes, operand)) return false;
    if (!success) counts_.stored_bytes -= bytes;
    x_[instruction.rd] = success ? 0 : 1;
    return true;
  }
  if (!load_slow(addr, bytes, old)) return fail(kStoreFault, addr);
  const auto a = static_cast<std::int64_t>(extended(old)), b = static_cast<std::int64_t>(extended(operand));
  // Sign extension keeps the order of unsigned 32-bit numbers, so both widths compare alike.
  const auto ua = static_cast<std::uint64_t>(a), ub = static_cast<std::uint64_t>(b);
  std::uint64_t next = 0;
  switch (instruction.imm) {
    case 0x00:
      next = ua + ub;
      break;
    case 0x01:
      next = ub;
      break;
    case 0x04:
      next = ua ^ ub;
      break;
    case 0x08:
      next = ua | ub;
      break;
    case 0x0c:
      next = ua & ub;
      break;
    case 0x10:
      next = a < b ? ua : ub;
      break;
    case 0x14:
      next = a > b ? ua : ub;
      break;
    case 0x18:
      next = ua < ub ? ua : ub;
      break;
    default:
      next = ua > ub ? ua : ub;
      break;
  }
  if (!store_slow(addr, bytes, next)) return false;
  x_[instruction.rd] = ua;
  return true;
}

void Hart::fold_fp_flags() { csr_.fflags |= take_host_flags(); }

bool Hart::fp_operation(const Instruction& instruction) {
  if (!csr_.fp_enabled()) return fail(kIllegalInstruction, instruction.raw);
  const unsigned field = instruction.raw >> 12 & 7, funct5 = instruction.raw >> 27;
  // Sign injection, minimum, compare, move and class use the field for other things (all of them without rounding).
  const bool rounds =
      (instruction.raw & 0x7f) != 0x53 || !(funct5 == 0x04 || funct5 == 0x05 || funct5 == 0x14 || funct5 == 0x1c || funct5 == 0x1e);
  const unsigned rounding = rounds && field == 7 ? csr_.frm : field;
  if (rounds && rounding > 4) return fail(kIllegalInstruction, instruction.raw);
  const FpResult result =
      execute_fp(instruction.raw, rounds ? static_cast<Rounding>(rounding) : Rounding::kNearestEven, {f_.data(), x_[instruction.rs1]});
  csr_.fflags |= result.flags;
  const unsigned rd = instruction.raw >> 7 & 31;
  if (!result.to_integer) {
    f_[rd] = result.value;
    csr_.fp_dirty();
  } else {
    x_[rd == 0 ? kZeroSink : rd] = result.value;
    csr_.fp_dirty();  // Flags may have changed; marking more often than needed is allowed.
  }
  return true;
}

CounterValues Hart::counter_values() { return {bus_.cycles(), bus_.time(), retired()}; }

bool Hart::csr_operation(const Instruction& instruction) {
  const auto number = static_cast<unsigned>(instruction.imm) & 0xfff;
  const bool immediate = instruction.op == Op::kCsrrwi || instruction.op == Op::kCsrrsi || instruction.op == Op::kCsrrci;
  const bool swap = instruction.op == Op::kCsrrw || instruction.op == Op::kCsrrwi;
  const bool set = instruction.op == Op::kCsrrs || instruction.op == Op::kCsrrsi;
  const std::uint64_t operand = immediate ? instruction.rs1 : x_[instruction.rs1];
  const bool writes = swap || instruction.rs1 != 0;
  fold_fp_flags();
  const CounterValues counters = counter_values();
  std::uint64_t old = 0;
  if (!csr_.read(number, counters, old)) return fail(kIllegalInstruction, instruction.raw);
  if (writes) {
    const std::uint64_t next = swap ? operand : set ? old | operand : old & ~operand;
    if (!csr_.write(number, next, counters)) return fail(kIllegalInstruction, instruction.raw);
  }
  x_[instruction.rd] = old;
  return true;
}

void Hart::enter_trap(std::uint64_t cause, std::uint64_t value, Addr at) {
  ++counts_.traps;
  barren_traps_ = last_trap_retired_ == retired_ ? barren_traps_ + 1 : 0;
  last_trap_retired_ = retired_;
  csr_.mepc = at;
  csr_.mcause = cause;
  csr_.mtval = value;
  const std::uint64_t mie = csr_.status & mstatus::kMie;
  csr_.status &= ~(mstatus::kMie | mstatus::kMpie | mstatus::kMpp);
  if (mie != 0) csr_.status |= mstatus::kMpie;
  if (csr_.privilege == Privilege::kMachine) csr_.status |= mstatus::kMpp;
  csr_.privilege = Privilege::kMachine;
  const bool interrupt = (cause >> 63) != 0;
  pc_ = (csr_.mtvec & ~3ull) + (interrupt && (csr_.mtvec & 3) == 1 ? 4 * (cause & 63) : 0);
}

void Hart::take_interrupt() {
  ++counts_.interrupts;
  --counts_.traps;
  const unsigned barren = barren_traps_;
  enter_trap(1ull << 63 | csr_.first_interrupt(), 0, pc_);
  barren_traps_ = barren;
}

void Hart::return_from_trap() {
  csr_.privilege = (csr_.status & mstatus::kMpp) != 0 ? Privilege::kMachine : Privilege::kUser;
  const bool mpie = (csr_.status & mstatus::kMpie) != 0;
  csr_.status &= ~(mstatus::kMie | mstatus::kMpp);
  csr_.status |= mstatus::kMpie;
  if (mpie) csr_.status |= mstatus::kMie;
  if (csr_.privilege != Privilege::kMachine) csr_.status &= ~mstatus::kMprv;
  pc_ = csr_.mepc;
}

RunEnd Hart::run(std::uint64_t max_instructions) {
  const HostFpu fpu;
  const std::uint64_t until = retired_ + max_instructions < retired_ ? ~std::uint64_t{0} : retired_ + max_instructions;
  const RunEnd end = commit_log_ != nullptr ? run_logged(until) : [&] {
    while (true) {
      if (stop_) return RunEnd::kStopped;
      if (barren_traps_ >= kTrapLoopLimit) return RunEnd::kTrapLoop;
      if (retired_ >= until) return RunEnd::kBudget;
      if (flush_pending_) flush_blocks();
      if (csr_.interrupt_due()) take_interrupt();
      Block* block = find_block(pc_);
      if (block == nullptr) {
        enter_trap(pending_trap_.cause, pending_trap_.value, pc_);
        continue;
      }
      limit_ = stop_ ? 0 : until;
      std::unique_ptr<Block> part;
      if (block->count > until - retired_) {
        part = make_block(pc_, static_cast<unsigned>(until - retired_));
        if (part == nullptr) continue;
        block = part.get();
      }
      const BlockEnd block_end = execute(block);
      if (part != nullptr) count_block(*part, 0, part->count, part->executions, counts_);
      if (block_end == BlockEnd::kWaiting && !csr_.interrupt_pending()) return RunEnd::kWaiting;
    }
  }();
  fold_fp_flags();
  return end;
}

void Hart::save(StateWriter& out) const {
  for (unsigned i = 0; i < 32; ++i) out.u64(x_[i]);
  for (std::uint64_t value : f_) out.u64(value);
  out.u64(pc_);
  csr_.save(out);
  out.u64(retired_);
  out.u64(accesses_);
  out.boolean(reserved_);
  out.u64(reservation_);
  out.u64(reserved_value_);
}

bool Hart::load(StateReader& in) {
  for (unsigned i = 0; i < 32; ++i) x_[i] = in.u64();
  x_[0] = 0;
  for (std::uint64_t& value : f_) value = in.u64();
  pc_ = in.u64();
  csr_.load(in);
  retired_ = in.u64();
  accesses_ = in.u64();
  reserved_ = in.boolean();
  reservation_ = in.u64();
  reserved_value_ = in.u64();
  flush_blocks();
  invalidate_direct();
  return in.ok();
}

}  // namespace visoc::rv64
