// Integer instructions of translated blocks.
// SPDX-License-Identifier: Apache-2.0
#include "ip/rv64/jit_translator.h"

namespace visoc::rv64 {

using namespace asmjit;       // NOLINT: the assembler's own names.
using namespace asmjit::x86;  // NOLINT

void BlockTranslator::two_operands(Inst::Id id, const Instruction& i, bool commutative) {
  const Gp to = destination(i.rd);
  const Gp* right = pinned(i.rs2);
  if (right != nullptr && right->id() == to.id() && i.rs1 != i.rs2) {
    if (commutative) {
      a_.emit(id, to, operand(i.rs1));
      done(i.rd, to);
      return;
    }
    fetch(rax, i.rs1);
    a_.emit(id, rax, to);
    done(i.rd, rax);
    return;
  }
  fetch(to, i.rs1);
  a_.emit(id, to, operand(i.rs2));
  done(i.rd, to);
}

void BlockTranslator::two_operands_word(Inst::Id id, const Instruction& i) {
  fetch(rax, i.rs1);
  if (const Gp* right = pinned(i.rs2)) {
    a_.emit(id, eax, right->r32());
  } else if (real(i.rs2)) {
    a_.emit(id, eax, dword_ptr(rbp, layout_.x + 8 * i.rs2));
  } else {
    a_.xor_(ecx, ecx);
    a_.emit(id, eax, ecx);
  }
  const Gp to = destination(i.rd);
  a_.movsxd(to, eax);
  done(i.rd, to);
}

void BlockTranslator::immediate(Inst::Id id, const Instruction& i) {
  const Gp to = destination(i.rd);
  fetch(to, i.rs1);
  a_.emit(id, to, imm(i.imm));
  done(i.rd, to);
}

void BlockTranslator::immediate_word(Inst::Id id, const Instruction& i) {
  fetch(rax, i.rs1);
  a_.emit(id, eax, imm(i.imm));
  const Gp to = destination(i.rd);
  a_.movsxd(to, eax);
  done(i.rd, to);
}

void BlockTranslator::shift(Inst::Id id, const Instruction& i, bool word) {
  fetch(rcx, i.rs2);
  fetch(rax, i.rs1);
  a_.emit(id, word ? Gp(eax) : Gp(rax), cl);
  if (word) a_.movsxd(rax, eax);
  done(i.rd, rax);
}

void BlockTranslator::set_if(Inst::Id set, const Instruction& i, bool with_immediate) {
  const Gp left = source(i.rs1, rax);
  if (with_immediate) {
    a_.cmp(left, imm(i.imm));
  } else {
    a_.emit(Inst::kIdCmp, left, operand(i.rs2));
  }
  a_.emit(set, al);
  const Gp to = destination(i.rd);
  a_.movzx(to.r32(), al);
  done(i.rd, to);
}

void BlockTranslator::shift_add(const Instruction& i, unsigned shift, bool word) {
  const Gp right = source(i.rs2, rcx);
  Gp left = rax;
  if (word) {
    fetch(rax, i.rs1);
    a_.mov(eax, eax);
  } else {
    left = source(i.rs1, rax);
  }
  const Gp to = destination(i.rd);
  a_.lea(to, ptr(right, left, shift));
  done(i.rd, to);
}

/// rd = rs1, replaced by rs2 if the comparison of rs1 with rs2 says so.
void BlockTranslator::select(Inst::Id move, const Instruction& i) {
  fetch(rax, i.rs1);
  const Gp right = source(i.rs2, rcx);
  a_.cmp(rax, right);
  a_.emit(move, rax, right);
  done(i.rd, rax);
}

bool BlockTranslator::integer(const Instruction& i) {
  const bool effect = real(i.rd);
  switch (i.op) {
#define VISOC_CASE(op, statement) \
  case Op::op:                    \
    if (effect) statement;        \
    return true;
    VISOC_CASE(kAdd, two_operands(Inst::kIdAdd, i, true))
    VISOC_CASE(kSub, two_operands(Inst::kIdSub, i, false))
    VISOC_CASE(kXor, two_operands(Inst::kIdXor, i, true))
    VISOC_CASE(kOr, two_operands(Inst::kIdOr, i, true))
    VISOC_CASE(kAnd, two_operands(Inst::kIdAnd, i, true))
    VISOC_CASE(kAddw, two_operands_word(Inst::kIdAdd, i))
    VISOC_CASE(kSubw, two_operands_word(Inst::kIdSub, i))
    VISOC_CASE(kXori, immediate(Inst::kIdXor, i))
    VISOC_CASE(kOri, immediate(Inst::kIdOr, i))
    VISOC_CASE(kAndi, immediate(Inst::kIdAnd, i))
    VISOC_CASE(kSlli, immediate(Inst::kIdShl, i))
    VISOC_CASE(kSrli, immediate(Inst::kIdShr, i))
    VISOC_CASE(kSrai, immediate(Inst::kIdSar, i))
    VISOC_CASE(kRori, immediate(Inst::kIdRor, i))
    VISOC_CASE(kBclri, immediate(Inst::kIdBtr, i))
    VISOC_CASE(kBinvi, immediate(Inst::kIdBtc, i))
    VISOC_CASE(kBseti, immediate(Inst::kIdBts, i))
    VISOC_CASE(kAddiw, immediate_word(Inst::kIdAdd, i))
    VISOC_CASE(kSlliw, immediate_word(Inst::kIdShl, i))
    VISOC_CASE(kSrliw, immediate_word(Inst::kIdShr, i))
    VISOC_CASE(kSraiw, immediate_word(Inst::kIdSar, i))
    VISOC_CASE(kRoriw, immediate_word(Inst::kIdRor, i))
    VISOC_CASE(kSll, shift(Inst::kIdShl, i, false))
    VISOC_CASE(kSrl, shift(Inst::kIdShr, i, false))
    VISOC_CASE(kSra, shift(Inst::kIdSar, i, false))
    VISOC_CASE(kRol, shift(Inst::kIdRol, i, false))
    VISOC_CASE(kRor, shift(Inst::kIdRor, i, false))
    VISOC_CASE(kSllw, shift(Inst::kIdShl, i, true))
    VISOC_CASE(kSrlw, shift(Inst::kIdShr, i, true))
    VISOC_CASE(kSraw, shift(Inst::kIdSar, i, true))
    VISOC_CASE(kRolw, shift(Inst::kIdRol, i, true))
    VISOC_CASE(kRorw, shift(Inst::kIdRor, i, true))
    VISOC_CASE(kSlt, set_if(Inst::kIdSetl, i, false))
    VISOC_CASE(kSltu, set_if(Inst::kIdSetb, i, false))
    VISOC_CASE(kSlti, set_if(Inst::kIdSetl, i, true))
    VISOC_CASE(kSltiu, set_if(Inst::kIdSetb, i, true))
    VISOC_CASE(kSh1add, shift_add(i, 1, false))
    VISOC_CASE(kSh2add, shift_add(i, 2, false))
    VISOC_CASE(kSh3add, shift_add(i, 3, false))
    VISOC_CASE(kAddUw, shift_add(i, 0, true))
    VISOC_CASE(kSh1addUw, shift_add(i, 1, true))
    VISOC_CASE(kSh2addUw, shift_add(i, 2, true))
    VISOC_CASE(kSh3addUw, shift_add(i, 3, true))
    VISOC_CASE(kMax, select(Inst::kIdCmovl, i))
    VISOC_CASE(kMaxu, select(Inst::kIdCmovb, i))
    VISOC_CASE(kMin, select(Inst::kIdCmovg, i))
    VISOC_CASE(kMinu, select(Inst::kIdCmova, i))
#undef VISOC_CASE
    case Op::kLui:
    case Op::kAuipc:
      if (effect) {
        const Gp to = destination(i.rd);
        constant(to, (i.op == Op::kAuipc ? pc_of(i) : 0) + static_cast<std::uint64_t>(std::int64_t{i.imm}));
        done(i.rd, to);
      }
      return true;
    case Op::kAddi:
      if (!effect) return true;
      if (!real(i.rs1)) {
        const Gp to = destination(i.rd);
        constant(to, static_cast<std::uint64_t>(std::int64_t{i.imm}));
        done(i.rd, to);
      } else if (pinned(i.rs1) != nullptr && pinned(i.rd) != nullptr && i.rs1 != i.rd && i.imm != 0) {
        a_.lea(*pinned(i.rd), ptr(*pinned(i.rs1), i.imm));
      } else if (i.rd == i.rs1 && pinned(i.rd) == nullptr) {
        a_.add(x(i.rd), imm(i.imm));
      } else {
        const Gp to = destination(i.rd);
        fetch(to, i.rs1);
        if (i.imm != 0) a_.add(to, imm(i.imm));
        done(i.rd, to);
      }
      return true;
    default:
      return false;
  }
}

bool BlockTranslator::bits(const Instruction& i) {
  const bool effect = real(i.rd);
  const auto binary_bit = [&](Inst::Id id) {
    fetch(rcx, i.rs2);
    fetch(rax, i.rs1);
    a_.emit(id, rax, rcx);
    done(i.rd, rax);
  };
  switch (i.op) {
    case Op::kAndn:
    case Op::kOrn:
      if (!effect) return true;
      fetch(rax, i.rs2);
      a_.not_(rax);
      a_.emit(i.op == Op::kAndn ? Inst::kIdAnd : Inst::kIdOr, rax, operand(i.rs1));
      done(i.rd, rax);
      return true;
    case Op::kXnor:
      if (!effect) return true;
      fetch(rax, i.rs1);
      a_.emit(Inst::kIdXor, rax, operand(i.rs2));
      a_.not_(rax);
      done(i.rd, rax);
      return true;
    case Op::kSlliUw:
      if (!effect) return true;
      fetch(rax, i.rs1);
      a_.mov(eax, eax);
      a_.shl(rax, imm(i.imm));
      done(i.rd, rax);
      return true;
    case Op::kSextB:
    case Op::kSextH:
    case Op::kZextH:
      if (!effect) return true;
      fetch(rax, i.rs1);
      if (i.op == Op::kSextB) a_.movsx(rax, al);
      if (i.op == Op::kSextH) a_.movsx(rax, ax);
      if (i.op == Op::kZextH) a_.movzx(eax, ax);
      done(i.rd, rax);
      return true;
    case Op::kRev8:
      if (!effect) return true;
      fetch(rax, i.rs1);
      a_.bswap(rax);
      done(i.rd, rax);
      return true;
    case Op::kBclr:
      if (effect) binary_bit(Inst::kIdBtr);
      return true;
    case Op::kBinv:
      if (effect) binary_bit(Inst::kIdBtc);
      return true;
    case Op::kBset:
      if (effect) binary_bit(Inst::kIdBts);
      return true;
    case Op::kBext:
    case Op::kBexti:
      if (!effect) return true;
      if (i.op == Op::kBext) fetch(rcx, i.rs2);
      fetch(rax, i.rs1);
      if (i.op == Op::kBext) {
        a_.shr(rax, cl);
      } else {
        a_.shr(rax, imm(i.imm));
      }
      a_.and_(eax, imm(1));
      done(i.rd, rax);
      return true;
    default:
      return false;
  }
}

void BlockTranslator::divide(const Instruction& i, bool is_signed, bool word, bool want_remainder) {
  const Label back = a_.newLabel(), slow = slow_step(i, back);
  fetch(rcx, i.rs2);
  fetch(rax, i.rs1);
  const Gp divisor = word ? Gp(ecx) : Gp(rcx);
  if (is_signed) {
    // Divisors 0 and -1 have results of their own.
    a_.lea(rdx, ptr(rcx, 1));
    a_.cmp(word ? Gp(edx) : Gp(rdx), imm(1));
    a_.jbe(slow);
    if (word) {
      a_.cdq();
    } else {
      a_.cqo();
    }
    a_.idiv(divisor);
  } else {
    a_.test(divisor, divisor);
    a_.jz(slow);
    a_.xor_(edx, edx);
    a_.div(divisor);
  }
  const Gp result = want_remainder ? Gp(rdx) : Gp(rax);
  if (word) a_.movsxd(result, result.r32());
  done(i.rd, result);
  a_.bind(back);
}

bool BlockTranslator::multiply(const Instruction& i) {
  const bool effect = real(i.rd);
  const auto high = [&](bool is_signed) {
    fetch(rcx, i.rs2);
    fetch(rax, i.rs1);
    if (is_signed) {
      a_.imul(rcx);
    } else {
      a_.mul(rcx);
    }
  };
  switch (i.op) {
    case Op::kMul:
      if (!effect) return true;
      fetch(rax, i.rs1);
      a_.imul(rax, source(i.rs2, rcx));
      done(i.rd, rax);
      return true;
    case Op::kMulw:
      if (!effect) return true;
      fetch(rax, i.rs1);
      a_.imul(eax, source(i.rs2, rcx).r32());
      a_.movsxd(rax, eax);
      done(i.rd, rax);
      return true;
    case Op::kMulh:
    case Op::kMulhu:
      if (!effect) return true;
      high(i.op == Op::kMulh);
      done(i.rd, rdx);
      return true;
    case Op::kMulhsu:
      // The unsigned product, less rs2 in the upper half if rs1 is negative.
      if (!effect) return true;
      high(false);
      fetch(rcx, i.rs1);
      a_.sar(rcx, imm(63));
      a_.emit(Inst::kIdAnd, rcx, operand(i.rs2));
      a_.sub(rdx, rcx);
      done(i.rd, rdx);
      return true;
#define VISOC_CASE(op, ...)             \
  case Op::op:                          \
    if (effect) divide(i, __VA_ARGS__); \
    return true;
      VISOC_CASE(kDiv, true, false, false)
      VISOC_CASE(kDivu, false, false, false)
      VISOC_CASE(kRem, true, false, true)
      VISOC_CASE(kRemu, false, false, true)
      VISOC_CASE(kDivw, true, true, false)
      VISOC_CASE(kDivuw, false, true, false)
      VISOC_CASE(kRemw, true, true, true)
      VISOC_CASE(kRemuw, false, true, true)
#undef VISOC_CASE
    default:
      return false;
  }
}

}  // namespace visoc::rv64
