// Control flow, loads and stores of translated blocks.
// SPDX-License-Identifier: Apache-2.0
#include "ip/rv64/jit_translator.h"

#include "ip/rv64/hart.h"

namespace visoc::rv64 {

using namespace asmjit;       // NOLINT: the assembler's own names.
using namespace asmjit::x86;  // NOLINT

BlockTranslator::BlockTranslator(const JitLayout& layout, Block& block, JitCells& cells, const JumpEntry* jumps, unsigned jump_entries,
                                 CodeHolder& code)
    : layout_(layout), block_(block), cells_(cells), jumps_(jumps), jump_entries_(jump_entries), code_(code), a_(&code) {
  entry_ = a_.newLabel();
  for (Label& label : unlinked_) label = a_.newLabel();
}

bool BlockTranslator::interpreter_only(Op op) {
  switch (op) {
    case Op::kIllegal:
    case Op::kEcall:
    case Op::kEbreak:
    case Op::kMret:
    case Op::kSret:
    case Op::kSfenceVma:
    case Op::kWfi:
    case Op::kFenceI:
      return true;
    default:
      return false;
  }
}

const Gp* BlockTranslator::pinned(unsigned guest) const {
  for (unsigned i = 0; i < kPinnedRegisters; ++i)
    if (layout_.guest_of[i] == guest) return &kPinned[i];
  return nullptr;
}

Gp BlockTranslator::source(unsigned guest, const Gp& scratch) {
  if (const Gp* reg = pinned(guest)) return *reg;
  fetch(scratch, guest);
  return scratch;
}

void BlockTranslator::fetch(const Gp& to, unsigned guest) {
  if (!real(guest)) {
    a_.xor_(to.r32(), to.r32());
  } else if (const Gp* reg = pinned(guest)) {
    if (reg->id() != to.id()) a_.mov(to, *reg);
  } else {
    a_.mov(to, x(guest));
  }
}

Operand BlockTranslator::operand(unsigned guest) const {
  if (!real(guest)) return imm(0);
  if (const Gp* reg = pinned(guest)) return *reg;
  return x(guest);
}

Gp BlockTranslator::destination(unsigned guest) const {
  const Gp* reg = pinned(guest);
  return reg != nullptr ? *reg : rax;
}

void BlockTranslator::done(unsigned guest, const Gp& from) {
  if (!real(guest)) return;
  if (const Gp* reg = pinned(guest)) {
    if (reg->id() != from.id()) a_.mov(*reg, from);
  } else {
    a_.mov(x(guest), from);
  }
}

void BlockTranslator::constant(const Gp& to, std::uint64_t value) {
  if (value == 0) {
    a_.xor_(to.r32(), to.r32());
  } else if (value <= 0xffffffffu) {
    a_.mov(to.r32(), imm(value));
  } else {
    a_.mov(to, imm(static_cast<std::int64_t>(value)));
  }
}

void BlockTranslator::translate() {
  a_.bind(entry_);
  const Label no_room = a_.newLabel();
  a_.sub(r15, imm(block_.count));
  a_.jl(no_room);
  a_.inc(ptr_rel(reinterpret_cast<std::uint64_t>(&cells_.executions), 8));
  if (block_.accesses != 0) a_.add(qword_ptr(rbp, layout_.accesses), imm(block_.accesses));
  out_of_line_.push_back([this, no_room] {
    a_.bind(no_room);
    a_.add(r15, imm(block_.count));
    exit_to(block_.pc, false);
  });
  for (const Instruction& i : block_.code) instruction(i);
  for (std::size_t k = 0; k < out_of_line_.size(); ++k) out_of_line_[k]();  // Some add more.
  for (const Label& label : unlinked_)
    if (!code_.isLabelBound(label)) a_.bind(label);
}

std::uint64_t BlockTranslator::unlinked_offset(unsigned direction) const { return code_.labelOffset(unlinked_[direction]); }

void BlockTranslator::exit_to(Addr pc, bool uncount_one) {
  if (uncount_one) a_.add(r15, imm(1));
  constant(rax, pc);
  a_.mov(qword_ptr(rbp, layout_.pc), rax);
  a_.jmp(imm(layout_.exit));
}

void BlockTranslator::leave_for(Direction direction, Addr target) {
  if (target == block_.pc && block_.tail == Block::kNowhere) {
    a_.jmp(entry_);  // A loop of one block; it cannot be dropped without being left.
  } else {
    a_.jmp(ptr_rel(reinterpret_cast<std::uint64_t>(&cells_.target[direction]), 8));
  }
  Link* const link = direction == kTaken ? &block_.taken : &block_.fallen;
  out_of_line_.push_back([this, direction, target, link] {
    a_.bind(unlinked_[direction]);
    constant(rax, reinterpret_cast<std::uint64_t>(link));
    a_.mov(qword_ptr(rbp, layout_.link_request), rax);
    exit_to(target, false);
  });
}

void BlockTranslator::step(const Instruction& i) {
  constant(rax, reinterpret_cast<std::uint64_t>(&i));
  constant(rcx, reinterpret_cast<std::uint64_t>(&block_));
  a_.call(imm(layout_.step));
}

Label BlockTranslator::slow_step(const Instruction& i, const Label& back) {
  const Label slow = a_.newLabel();
  out_of_line_.push_back([this, &i, slow, back] {
    a_.bind(slow);
    step(i);
    a_.jmp(back);
  });
  return slow;
}

void BlockTranslator::instruction(const Instruction& i) {
  if (interpreter_only(i.op)) {
    exit_to(pc_of(i), true);
    return;
  }
  switch (i.op) {
    case Op::kEndOfBlock:
      leave_for(kFallen, pc_of(i));
      return;
    case Op::kJal:
      if (real(i.rd)) {
        const Gp to = destination(i.rd);
        constant(to, pc_of(i) + i.length);
        done(i.rd, to);
      }
      leave_for(kTaken, pc_of(i) + static_cast<std::uint64_t>(std::int64_t{i.imm}));
      return;
    case Op::kJalr:
      jump_register(i);
      return;
    case Op::kBeq:
    case Op::kBne:
    case Op::kBlt:
    case Op::kBge:
    case Op::kBltu:
    case Op::kBgeu:
      branch(i);
      return;
    case Op::kLb:
    case Op::kLh:
    case Op::kLw:
    case Op::kLd:
    case Op::kLbu:
    case Op::kLhu:
    case Op::kLwu:
      load(i);
      return;
    case Op::kSb:
    case Op::kSh:
    case Op::kSw:
    case Op::kSd:
      store(i);
      return;
    case Op::kCsrrw:
    case Op::kCsrrs:
    case Op::kCsrrc:
    case Op::kCsrrwi:
    case Op::kCsrrsi:
    case Op::kCsrrci:
      step(i);
      leave_for(kFallen, pc_of(i) + i.length);
      return;
    case Op::kFence:
      return;
    default:
      break;
  }
  if (!integer(i) && !bits(i) && !multiply(i) && !floating(i)) step(i);
}

void BlockTranslator::branch(const Instruction& i) {
  const Label taken = a_.newLabel();
  if (!real(i.rs2)) {
    const Gp left = source(i.rs1, rax);
    a_.test(left, left);
  } else if (!real(i.rs1)) {
    a_.xor_(eax, eax);
    a_.emit(Inst::kIdCmp, rax, operand(i.rs2));
  } else if (pinned(i.rs1) != nullptr) {
    a_.emit(Inst::kIdCmp, *pinned(i.rs1), operand(i.rs2));
  } else {
    const Gp right = source(i.rs2, rax);
    a_.cmp(x(i.rs1), right);
  }
  switch (i.op) {
    case Op::kBeq:
      a_.je(taken);
      break;
    case Op::kBne:
      a_.jne(taken);
      break;
    case Op::kBlt:
      a_.jl(taken);
      break;
    case Op::kBge:
      a_.jge(taken);
      break;
    case Op::kBltu:
      a_.jb(taken);
      break;
    default:
      a_.jae(taken);
      break;
  }
  leave_for(kFallen, pc_of(i) + i.length);
  a_.bind(taken);
  leave_for(kTaken, pc_of(i) + static_cast<std::uint64_t>(std::int64_t{i.imm}));
}

void BlockTranslator::jump_register(const Instruction& i) {
  fetch(rax, i.rs1);
  if (i.imm != 0) a_.add(rax, imm(i.imm));
  a_.and_(rax, imm(-2));
  if (real(i.rd)) {
    const Gp to = pinned(i.rd) != nullptr ? *pinned(i.rd) : Gp(rcx);
    constant(to, pc_of(i) + i.length);
    done(i.rd, to);
  }
  const Label miss = a_.newLabel();
  // An entry has 16 bytes, and addresses of instructions are even.
  static_assert(sizeof(JumpEntry) == 16);
  a_.mov(ecx, eax);
  a_.and_(ecx, imm(2 * (jump_entries_ - 1)));
  a_.lea(rdx, ptr_rel(reinterpret_cast<std::uint64_t>(jumps_), 8));
  a_.lea(rcx, ptr(rdx, rcx, 3));
  a_.cmp(rax, qword_ptr(rcx));
  a_.jne(miss);
  a_.jmp(qword_ptr(rcx, 8));
  out_of_line_.push_back([this, miss] {
    a_.bind(miss);
    a_.mov(qword_ptr(rbp, layout_.pc), rax);
    a_.jmp(imm(layout_.exit));
  });
}

void BlockTranslator::host_address(const Instruction& i, unsigned bytes, const std::int32_t (&tlb)[4], const Label& slow) {
  constexpr std::int32_t kPage = 4096, kIndexMask = 255;
  if (const Gp* base = pinned(i.rs1); base != nullptr && i.imm != 0) {
    a_.lea(rax, ptr(*base, i.imm));
  } else {
    fetch(rax, i.rs1);
    if (i.imm != 0) a_.add(rax, imm(i.imm));
  }
  const std::int32_t entry = tlb[block_.flavour.data_context()];
  a_.mov(ecx, eax);
  a_.shr(ecx, imm(12 - 4));  // An entry has 16 bytes.
  a_.and_(ecx, imm(kIndexMask << 4));
  a_.mov(rdx, rax);
  a_.and_(rdx, imm(~(kPage - static_cast<std::int32_t>(bytes))));
  a_.cmp(rdx, qword_ptr(rbp, rcx, 0, entry));
  a_.jne(slow);
  a_.add(rax, qword_ptr(rbp, rcx, 0, entry + 8));
}

void BlockTranslator::load(const Instruction& i) {
  const Label back = a_.newLabel();
  host_address(i, loaded_bytes(i), layout_.tlb_read, slow_step(i, back));
  const Gp to = real(i.rd) ? destination(i.rd) : Gp(rax);
  switch (i.op) {
    case Op::kLb:
      a_.movsx(to, byte_ptr(rax));
      break;
    case Op::kLh:
      a_.movsx(to, word_ptr(rax));
      break;
    case Op::kLw:
      a_.movsxd(to, dword_ptr(rax));
      break;
    case Op::kLbu:
      a_.movzx(to.r32(), byte_ptr(rax));
      break;
    case Op::kLhu:
      a_.movzx(to.r32(), word_ptr(rax));
      break;
    case Op::kLwu:
      a_.mov(to.r32(), dword_ptr(rax));
      break;
    default:
      a_.mov(to, qword_ptr(rax));
      break;
  }
  done(i.rd, to);
  a_.bind(back);
}

void BlockTranslator::store(const Instruction& i) {
  const Label back = a_.newLabel();
  host_address(i, stored_bytes(i), layout_.tlb_write, slow_step(i, back));
  const Gp from = source(i.rs2, rdx);
  switch (i.op) {
    case Op::kSb:
      a_.mov(byte_ptr(rax), from.r8());
      break;
    case Op::kSh:
      a_.mov(word_ptr(rax), from.r16());
      break;
    case Op::kSw:
      a_.mov(dword_ptr(rax), from.r32());
      break;
    default:
      a_.mov(qword_ptr(rax), from);
      break;
  }
  a_.bind(back);
}

}  // namespace visoc::rv64
