// Traps, control registers, the outer loop.
// SPDX-License-Identifier: Apache-2.0
#include "ip/rv64/hart.h"

#include <algorithm>

#include "ip/rv64/csr_numbers.h"
#include "ip/rv64/fp.h"
#include "ip/rv64/jit.h"

namespace visoc::rv64 {

Hart::Hart(unsigned hart_id, HartBus& bus) : bus_(bus) {
  csr_.hart_id = hart_id;
  indirect_pages_.fill(~Addr{0});
  execute(nullptr);
  update_context();
}

Hart::~Hart() {
  for (const auto& guards : guards_) guards->remove_listener(*this);
}

void Hart::reset(Addr pc, std::uint64_t a0, std::uint64_t a1) {
  x_.fill(0);
  f_.fill(0);
  csr_.reset();
  pc_ = pc;
  x_[10] = a0;
  x_[11] = a1;
  withdraw_reservation();
  reserved_ = false;
  flush_blocks();
  invalidate_direct();
  update_context();
}

void Hart::stop() {
  stop_ = true;
  leave_block_ = true;
  limit_ = 0;
}

void Hart::yield() {
  yield_ = true;
  leave_block_ = true;
  limit_ = 0;
}

void Hart::shorten(std::uint64_t instructions) {
  const std::uint64_t until = retired() + instructions;
  if (until >= until_) return;
  until_ = until;
  limit_ = std::min(limit_, until_);
  if (retired_ > until_) leave_block_ = true;  // The block under way goes on for longer.
}

void Hart::set_interrupt(unsigned bit, bool level) {
  const std::uint64_t mask = std::uint64_t{1} << bit;
  csr_.lines = level ? csr_.lines | mask : csr_.lines & ~mask;
  if (!csr_.interrupt_due()) return;
  limit_ = 0;
  leave_block_ = true;  // Behind the store that raised it, if it was one.
}

void Hart::update_context() {
  const Privilege data = csr_.data_privilege();
  const unsigned context = data == Privilege::kMachine      ? 0
                           : data == Privilege::kSupervisor ? ((csr_.status & mstatus::kSum) != 0 ? 2 : 1)
                                                            : 3;
  const bool translated = csr_.translates() && csr_.privilege != Privilege::kMachine;
  flavour_ = Flavour::make(static_cast<unsigned>(csr_.privilege), context, csr_.fp_enabled(), translated);
  auto& table = tables_[flavour_.index];
  if (table == nullptr) {
    table = std::make_unique<BlockTable>();
    table->fill(nullptr);
  }
  table_ = table.get();
  tlb_ = &tlbs_[context];
}

void Hart::drop_unexecuted(const Block& block, const Instruction* next) {
  set_unexecuted(block, next);
  retired_ -= unretired_;
  accesses_ -= unaccessed_;
  unretired_ = unaccessed_ = 0;
  count_block(block, next->index, block.count, ~std::uint64_t{0}, counts_);
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

Hart::CsrOutcome Hart::csr_operation(const Instruction& instruction) {
  const auto number = static_cast<unsigned>(instruction.imm) & 0xfff;
  const bool immediate = instruction.op == Op::kCsrrwi || instruction.op == Op::kCsrrsi || instruction.op == Op::kCsrrci;
  const bool swap = instruction.op == Op::kCsrrw || instruction.op == Op::kCsrrwi;
  const bool set = instruction.op == Op::kCsrrs || instruction.op == Op::kCsrrsi;
  const std::uint64_t operand = immediate ? instruction.rs1 : x_[instruction.rs1];
  const bool writes = swap || instruction.rs1 != 0;
  fold_fp_flags();
  const CounterValues counters = counter_values();
  std::uint64_t old = 0;
  const std::uint64_t status = csr_.status;
  if (!csr_.read(number, counters, old)) {
    fail(kIllegalInstruction, instruction.raw);
    return CsrOutcome::kTrap;
  }
  if (writes) {
    const std::uint64_t base = csr_.modifiable(number, old);
    if (!csr_.write(number, swap ? operand : set ? base | operand : base & ~operand, counters)) {
      fail(kIllegalInstruction, instruction.raw);
      return CsrOutcome::kTrap;
    }
  }
  x_[instruction.rd] = old;
  if (!writes) return CsrOutcome::kNext;

  switch (number) {
    case csr_number::kMstatus:
    case csr_number::kSstatus:
      if (((status ^ csr_.status) & mstatus::kMxr) != 0) flush_tlb(true);
      break;
    case csr_number::kSatp:
      flush_tlb(true);
      forget_tables(true);
      break;
    case csr_number::kMenvcfg:
    case csr_number::kStimecmp:
      bus_.supervisor_timer_changed();
      return CsrOutcome::kNext;
    default:
      if (number < csr_number::kPmpcfg0 || number >= csr_number::kPmpaddr0 + Pmp::kEntries) return CsrOutcome::kNext;
      // Code that was allowed may not be any more; links between blocks do not ask.
      flush_tlb(false);
      flush_pending_ = true;
      return CsrOutcome::kContextChanged;
  }
  const Flavour before = flavour_;
  update_context();
  return before == flavour_ && number != csr_number::kSatp ? CsrOutcome::kNext : CsrOutcome::kContextChanged;
}

void Hart::enter_trap(std::uint64_t cause, std::uint64_t value, Addr at) {
  ++counts_.traps;
  link_request_ = nullptr;
  barren_traps_ = last_trap_retired_ == retired_ ? barren_traps_ + 1 : 0;
  last_trap_retired_ = retired_;
  const bool interrupt = (cause & kInterruptCause) != 0;
  const std::uint64_t delegated = interrupt ? csr_.mideleg : csr_.medeleg;
  const bool to_supervisor = csr_.privilege != Privilege::kMachine && (delegated >> (cause & 63) & 1) != 0;
  std::uint64_t& status = csr_.status;
  const std::uint64_t vector = to_supervisor ? csr_.stvec : csr_.mtvec;
  if (to_supervisor) {
    csr_.sepc = at;
    csr_.scause = cause;
    csr_.stval = value;
    const bool enabled = (status & mstatus::kSie) != 0;
    status &= ~(mstatus::kSie | mstatus::kSpie | mstatus::kSpp);
    if (enabled) status |= mstatus::kSpie;
    if (csr_.privilege == Privilege::kSupervisor) status |= mstatus::kSpp;
    csr_.privilege = Privilege::kSupervisor;
  } else {
    csr_.mepc = at;
    csr_.mcause = cause;
    csr_.mtval = value;
    const bool enabled = (status & mstatus::kMie) != 0;
    status &= ~(mstatus::kMie | mstatus::kMpie | mstatus::kMpp);
    if (enabled) status |= mstatus::kMpie;
    status |= static_cast<std::uint64_t>(csr_.privilege) << 11;
    csr_.privilege = Privilege::kMachine;
  }
  pc_ = (vector & ~3ull) + (interrupt && (vector & 3) == 1 ? 4 * (cause & 63) : 0);
  update_context();
}

void Hart::take_interrupt() {
  ++counts_.interrupts;
  --counts_.traps;
  const unsigned barren = barren_traps_;
  bool to_supervisor = false;
  const Addr at = pc_;
  enter_trap(kInterruptCause | csr_.first_interrupt(to_supervisor), 0, at);
  observe_trap(at);
  barren_traps_ = barren;
}

void Hart::machine_return() {
  csr_.privilege = static_cast<Privilege>((csr_.status & mstatus::kMpp) >> 11);
  const bool enabled = (csr_.status & mstatus::kMpie) != 0;
  csr_.status &= ~(mstatus::kMie | mstatus::kMpp);
  csr_.status |= mstatus::kMpie;
  if (enabled) csr_.status |= mstatus::kMie;
  if (csr_.privilege != Privilege::kMachine) csr_.status &= ~mstatus::kMprv;
  pc_ = csr_.mepc;
  update_context();
}

void Hart::supervisor_return() {
  csr_.privilege = (csr_.status & mstatus::kSpp) != 0 ? Privilege::kSupervisor : Privilege::kUser;
  const bool enabled = (csr_.status & mstatus::kSpie) != 0;
  csr_.status &= ~(mstatus::kSie | mstatus::kSpp | mstatus::kMprv);
  csr_.status |= mstatus::kSpie;
  if (enabled) csr_.status |= mstatus::kSie;
  pc_ = csr_.sepc;
  update_context();
}

bool Hart::fence_vma(const Instruction& instruction) {
  const bool allowed =
      csr_.privilege == Privilege::kMachine || (csr_.privilege == Privilege::kSupervisor && (csr_.status & mstatus::kTvm) == 0);
  if (!allowed) return fail(kIllegalInstruction, instruction.raw);
  flush_tlb(true);
  forget_tables(true);
  return true;
}

/// With supervisor mode, WFI in user mode traps too (section 3.3.3).
bool Hart::wfi_traps() const {
  return csr_.privilege == Privilege::kUser || (csr_.privilege == Privilege::kSupervisor && (csr_.status & mstatus::kTw) != 0);
}

bool Hart::must_end(RunEnd& end) {
  if (stop_) return end = RunEnd::kStopped, true;
  if (watch_pending_) return watch_pending_ = false, end = RunEnd::kWatchpoint, true;
  if (barren_traps_ >= kTrapLoopLimit) return end = RunEnd::kTrapLoop, true;
  if (retired_ >= until_) return end = RunEnd::kBudget, true;
  if (yield_) return end = RunEnd::kYield, true;
  leave_block_ = false;
  graveyard_.clear();
  if (flush_pending_) flush_blocks();
  if (csr_.interrupt_due()) take_interrupt();
  if (!breakpoints_.empty()) {
    const bool over = resume_over_breakpoint_;
    resume_over_breakpoint_ = false;
    if (!over && at_breakpoint(pc_)) return resume_over_breakpoint_ = true, end = RunEnd::kBreakpoint, true;
  }
  return false;
}

void Hart::observe_trap(Addr at) {
  if (observer_ != nullptr) observer_->executed(csr_.hart_id, {at, 0, ExecutedBlock::Kind::kTrap, pc_, at});
}

void Hart::observe(const Block& block, std::uint64_t retired_before, std::uint64_t traps_before) {
  using Kind = ExecutedBlock::Kind;
  ExecutedBlock event;
  event.pc = event.end = block.pc;
  event.instructions = retired_ - retired_before;
  event.next = pc_;
  const Instruction* last = event.instructions != 0 ? &block.code[event.instructions - 1] : nullptr;
  if (last != nullptr) event.end = block.pc + last->offset + last->length;
  const auto links = [](unsigned reg) { return reg == 1 || reg == 5; };  // ra and t0 (calling convention)
  if (counts_.traps != traps_before) {
    event.kind = Kind::kTrap;
  } else if (last == nullptr) {
    return;
  } else if (last->op == Op::kMret || last->op == Op::kSret) {
    event.kind = Kind::kTrapReturn;
  } else if (last->op == Op::kJal || last->op == Op::kJalr) {
    const bool returns = last->op == Op::kJalr && last->rd == kZeroSink && links(last->rs1);
    event.kind = links(last->rd) ? Kind::kCall : returns ? Kind::kReturn : Kind::kJump;
  }
  observer_->executed(csr_.hart_id, event);
}

bool Hart::enable_jit(std::uint32_t translate_after) {
  translate_after_ = translate_after;
  if (jit_ == nullptr) jit_ = Jit::create(*this);
  return jit_ != nullptr;
}

bool Hart::run_native(Block& block) {
  Link* const request = jit_->take_link_request();
  if (block.slot == Block::kNotKept || block.heat == Jit::kNever) return false;
  if (block.native == nullptr && (++block.heat < translate_after_ || !jit_->translate(block))) return false;
  if (request != nullptr) {
    if (request->to == nullptr) link(*request, block);
  } else {
    jit_->remember_jump(block);
  }
  jit_->run(block);
  return true;
}

Hart::BlockEnd Hart::execute_part(Block& block, std::uint64_t instructions) {
  Instruction& end = block.code[instructions];
  const void* const handler = end.handler;
  end.handler = handlers_[static_cast<std::size_t>(Op::kStopHere)];
  limit_ = limit_ != 0 ? retired_ + block.count : 0;
  const BlockEnd block_end = execute(&block);
  end.handler = handler;
  return block_end;
}

RunEnd Hart::run_blocks() {
  RunEnd end = RunEnd::kStopped;
  while (!must_end(end)) {
    Block* const block = find_block(pc_);
    if (block == nullptr) {
      const Addr at = pc_;
      enter_trap(pending_trap_.cause, pending_trap_.value, at);
      observe_trap(at);
      continue;
    }
    limit_ = yield_ || stop_ ? 0 : until_;  // Fetching over the bus may have let others run.
    const bool whole = block->count <= until_ - retired_;
    if (whole && jit_ != nullptr && observer_ == nullptr && run_native(*block)) continue;
    link_request_ = nullptr;  // The block it asks for is not the one that will be translated next.
    // One block at a time: the observer sees each, the translator counts them.
    if (jit_ != nullptr || observer_ != nullptr) limit_ = std::min(limit_, retired_ + block->count);
    const std::uint64_t retired_before = retired_, traps_before = counts_.traps;
    const BlockEnd block_end = whole ? execute(block) : execute_part(*block, until_ - retired_);
    if (observer_ != nullptr) observe(*block, retired_before, traps_before);
    if (block->slot == Block::kNotKept) {
      count_block(*block, 0, block->count, block->executions, counts_);
      block->executions = 0;
    }
    if (block_end == BlockEnd::kWaiting && !csr_.interrupt_pending()) return RunEnd::kWaiting;
  }
  return end;
}

RunEnd Hart::run(std::uint64_t max_instructions) {
  const HostFpu fpu;
  constexpr std::uint64_t kMost = std::uint64_t{1} << 62;  // Differences of counts stay positive as signed numbers.
  until_ = retired_ + std::min(max_instructions, kMost);
  yield_ = false;
  const RunEnd end = commit_log_ != nullptr ? run_logged() : run_blocks();
  publish_reservation();
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
  out.u64(reserved_physical_);
  out.u32(reserved_bytes_);
  out.u64(reserved_value_);
  if (caches_ == nullptr) return;
  caches_->instructions.save(out);
  caches_->data.save(out);
  out.u64(caches_->line);
  out.u64(caches_->ahead);
  out.u64(caches_->ahead_retired);
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
  withdraw_reservation();
  reservation_ = in.u64();
  reserved_physical_ = in.u64();
  reserved_bytes_ = std::min(in.u32(), 8u);
  reserved_value_ = in.u64();
  bool caches_loaded = true;
  if (caches_ != nullptr) {
    caches_loaded = caches_->instructions.load(in) && caches_->data.load(in);
    caches_->line = in.u64();
    caches_->ahead = in.u64();
    caches_->ahead_retired = in.u64();
  }
  flush_blocks();
  invalidate_direct();
  update_context();
  publish_reservation();
  return caches_loaded && in.ok();
}

}  // namespace visoc::rv64
