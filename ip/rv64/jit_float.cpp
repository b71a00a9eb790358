// Floating point of translated blocks: the common cases on the host's SSE unit, everything else by a step in C++. Whatever could differ
// from the host (rounding modes other than nearest even, operands that are not NaN-boxed, results that are NaN) goes that way, before
// anything is written.
// SPDX-License-Identifier: Apache-2.0
#include "ip/rv64/jit_translator.h"

namespace visoc::rv64 {

using namespace asmjit;       // NOLINT: the assembler's own names.
using namespace asmjit::x86;  // NOLINT

namespace {

constexpr std::int32_t kFsDirty = 3 << 13;  // mstatus.FS
constexpr unsigned kDynamic = 7, kTowardZero = 1;

unsigned field(std::uint32_t raw, unsigned low, unsigned bits) { return raw >> low & ((1u << bits) - 1); }

}  // namespace

void BlockTranslator::mark_dirty() {
  if (!dirty_marked_) a_.or_(dword_ptr(rbp, layout_.status), imm(kFsDirty));
  dirty_marked_ = true;
}

bool BlockTranslator::rounding_is_nearest(const Instruction& i, const Label& slow) {
  const unsigned mode = field(i.raw, 12, 3);
  if (mode == kDynamic) {
    a_.cmp(dword_ptr(rbp, layout_.frm), imm(0));
    a_.jne(slow);
  }
  return mode == 0 || mode == kDynamic;
}

void BlockTranslator::check_boxed(unsigned reg, const Label& slow) {
  a_.cmp(f_high(reg), imm(-1));
  a_.jne(slow);
}

/// Writes xmm0 unless it is NaN.
void BlockTranslator::float_result(unsigned rd, bool wide, const Label& slow) {
  if (wide) {
    a_.ucomisd(xmm0, xmm0);
    a_.jp(slow);
    a_.movsd(f(rd), xmm0);
  } else {
    a_.ucomiss(xmm0, xmm0);
    a_.jp(slow);
    a_.movss(f(rd), xmm0);
    a_.mov(f_high(rd), imm(-1));
  }
  mark_dirty();
}

void BlockTranslator::float_load(const Instruction& i) {
  const Label back = a_.newLabel();
  const bool wide = i.op == Op::kFld;
  mark_dirty();  // Both ways set it.
  host_address(i, wide ? 8 : 4, layout_.tlb_read, slow_step(i, back));
  if (wide) {
    a_.mov(rax, qword_ptr(rax));
    a_.mov(f(i.rd), rax);
  } else {
    a_.mov(eax, dword_ptr(rax));
    a_.mov(dword_ptr(rbp, layout_.f + 8 * i.rd), eax);
    a_.mov(f_high(i.rd), imm(-1));
  }
  a_.bind(back);
}

void BlockTranslator::float_store(const Instruction& i) {
  const Label back = a_.newLabel();
  const bool wide = i.op == Op::kFsd;
  host_address(i, wide ? 8 : 4, layout_.tlb_write, slow_step(i, back));
  if (wide) {
    a_.mov(rdx, f(i.rs2));
    a_.mov(qword_ptr(rax), rdx);
  } else {
    a_.mov(edx, dword_ptr(rbp, layout_.f + 8 * i.rs2));
    a_.mov(dword_ptr(rax), edx);
  }
  a_.bind(back);
}

bool BlockTranslator::float_arithmetic(const Instruction& i, bool wide, Inst::Id single, Inst::Id whole, bool one_source) {
  const Label back = a_.newLabel(), slow = slow_step(i, back);
  if (!rounding_is_nearest(i, slow)) {
    a_.jmp(slow);
    a_.bind(back);
    return true;
  }
  const unsigned rs1 = field(i.raw, 15, 5), rs2 = one_source ? rs1 : field(i.raw, 20, 5);
  if (!wide) {
    check_boxed(rs1, slow);
    if (rs2 != rs1) check_boxed(rs2, slow);
    a_.movss(xmm0, f(rs1));
    a_.emit(single, xmm0, dword_ptr(rbp, layout_.f + 8 * static_cast<int>(rs2)));
  } else {
    a_.movsd(xmm0, f(rs1));
    a_.emit(whole, xmm0, f(rs2));
  }
  float_result(field(i.raw, 7, 5), wide, slow);
  a_.bind(back);
  return true;
}

bool BlockTranslator::float_fused(const Instruction& i, bool wide) {
  if (!CpuInfo::host().hasFeature(CpuFeatures::X86::kFMA)) return false;
  const Label back = a_.newLabel(), slow = slow_step(i, back);
  if (!rounding_is_nearest(i, slow)) {
    a_.jmp(slow);
    a_.bind(back);
    return true;
  }
  static constexpr Inst::Id kWhole[] = {Inst::kIdVfmadd213sd, Inst::kIdVfmsub213sd, Inst::kIdVfnmadd213sd, Inst::kIdVfnmsub213sd};
  static constexpr Inst::Id kSingle[] = {Inst::kIdVfmadd213ss, Inst::kIdVfmsub213ss, Inst::kIdVfnmadd213ss, Inst::kIdVfnmsub213ss};
  const unsigned which = field(i.raw, 2, 2);  // madd, msub, nmsub, nmadd
  const unsigned rs1 = field(i.raw, 15, 5), rs2 = field(i.raw, 20, 5), rs3 = field(i.raw, 27, 5);
  if (wide) {
    a_.vmovsd(xmm0, f(rs1));
    a_.vmovsd(xmm1, f(rs2));
    a_.emit(kWhole[which], xmm0, xmm1, f(rs3));
  } else {
    for (unsigned reg : {rs1, rs2, rs3}) check_boxed(reg, slow);
    a_.vmovss(xmm0, dword_ptr(rbp, layout_.f + 8 * static_cast<int>(rs1)));
    a_.vmovss(xmm1, dword_ptr(rbp, layout_.f + 8 * static_cast<int>(rs2)));
    a_.emit(kSingle[which], xmm0, xmm1, dword_ptr(rbp, layout_.f + 8 * static_cast<int>(rs3)));
  }
  float_result(field(i.raw, 7, 5), wide, slow);
  a_.bind(back);
  return true;
}

bool BlockTranslator::float_compare(const Instruction& i, bool wide) {
  const Label back = a_.newLabel(), slow = slow_step(i, back);
  const unsigned kind = field(i.raw, 12, 3), rs1 = field(i.raw, 15, 5), rs2 = field(i.raw, 20, 5), rd = field(i.raw, 7, 5);
  // a <= b as b >= a: "above" and "above or equal" are false when unordered. Equality needs the parity flag besides.
  const unsigned left = kind == 2 ? rs1 : rs2, right = kind == 2 ? rs2 : rs1;
  if (wide) {
    a_.movsd(xmm0, f(left));
    a_.ucomisd(xmm0, f(right));
  } else {
    check_boxed(rs1, slow);
    check_boxed(rs2, slow);
    a_.movss(xmm0, f(left));
    a_.ucomiss(xmm0, dword_ptr(rbp, layout_.f + 8 * static_cast<int>(right)));
  }
  a_.jp(slow);  // NaN: flags hang on the kind.
  if (kind == 2) a_.sete(al);
  if (kind == 1) a_.seta(al);
  if (kind == 0) a_.setae(al);
  if (real(rd)) {
    a_.movzx(eax, al);
    done(rd, rax);
  }
  mark_dirty();
  a_.bind(back);
  return true;
}

bool BlockTranslator::float_to_integer(const Instruction& i, bool wide) {
  const unsigned kind = field(i.raw, 20, 5), mode = field(i.raw, 12, 3), rd = field(i.raw, 7, 5), rs1 = field(i.raw, 15, 5);
  if (kind == 1 || kind == 3) return false;
  const Label back = a_.newLabel(), slow = slow_step(i, back);
  if (mode != kTowardZero && !rounding_is_nearest(i, slow)) return false;
  if (!wide) check_boxed(rs1, slow);
  const bool truncate = mode == kTowardZero;
  const Inst::Id id = wide ? (truncate ? Inst::kIdCvttsd2si : Inst::kIdCvtsd2si) : (truncate ? Inst::kIdCvttss2si : Inst::kIdCvtss2si);
  const Mem from = wide ? f(rs1) : dword_ptr(rbp, layout_.f + 8 * static_cast<int>(rs1));
  // The host marks everything out of range by the most negative integer.
  if (kind == 0) {
    a_.emit(id, eax, from);
    a_.cmp(eax, imm(static_cast<std::int32_t>(0x80000000u)));
    a_.je(slow);
    a_.movsxd(rax, eax);
  } else {
    a_.emit(id, rax, from);
    a_.mov(rcx, imm(std::int64_t{1} << 63));
    a_.cmp(rax, rcx);
    a_.je(slow);
  }
  done(rd, rax);
  mark_dirty();
  a_.bind(back);
  return true;
}

bool BlockTranslator::float_from_integer(const Instruction& i, bool wide) {
  const unsigned kind = field(i.raw, 20, 5), rs1 = field(i.raw, 15, 5), rd = field(i.raw, 7, 5);
  if (kind == 3) return false;
  const Label back = a_.newLabel(), slow = slow_step(i, back);
  if (!rounding_is_nearest(i, slow)) return false;
  fetch(rax, rs1);
  if (kind == 0) a_.movsxd(rax, eax);
  if (kind == 1) a_.mov(eax, eax);
  a_.xorps(xmm0, xmm0);
  a_.emit(wide ? Inst::kIdCvtsi2sd : Inst::kIdCvtsi2ss, xmm0, rax);
  float_result(rd, wide, slow);
  a_.bind(back);
  return true;
}

/// fmv.x.d, fmv.x.w, fmv.d.x, fmv.w.x.
bool BlockTranslator::float_move(const Instruction& i, bool wide) {
  const unsigned rs1 = field(i.raw, 15, 5), rd = field(i.raw, 7, 5);
  if (field(i.raw, 12, 3) != 0) return false;  // fclass
  mark_dirty();
  if (field(i.raw, 27, 5) == 0x1c) {
    if (!real(rd)) return true;
    if (wide) {
      a_.mov(rax, f(rs1));
    } else {
      a_.movsxd(rax, dword_ptr(rbp, layout_.f + 8 * static_cast<int>(rs1)));
    }
    done(rd, rax);
    return true;
  }
  const Gp from = source(rs1, rax);
  if (wide) {
    a_.mov(f(rd), from);
  } else {
    a_.mov(dword_ptr(rbp, layout_.f + 8 * static_cast<int>(rd)), from.r32());
    a_.mov(f_high(rd), imm(-1));
  }
  return true;
}

bool BlockTranslator::float_sign(const Instruction& i, bool wide) {
  const unsigned kind = field(i.raw, 12, 3), rs1 = field(i.raw, 15, 5), rs2 = field(i.raw, 20, 5), rd = field(i.raw, 7, 5);
  const Label back = a_.newLabel();
  if (!wide) {
    const Label slow = slow_step(i, back);
    check_boxed(rs1, slow);
    if (rs2 != rs1) check_boxed(rs2, slow);
  }
  const unsigned sign = wide ? 63 : 31;
  a_.mov(rax, f(rs1));
  if (rs1 == rs2) {
    if (kind == 1) a_.btc(rax, imm(sign));
    if (kind == 2) a_.btr(rax, imm(sign));
  } else {
    a_.mov(rcx, f(rs2));
    if (kind == 1) a_.not_(rcx);
    if (kind == 2) a_.xor_(rcx, rax);
    a_.shr(rcx, imm(sign));
    a_.and_(ecx, imm(1));
    a_.shl(rcx, imm(sign));
    a_.btr(rax, imm(sign));
    a_.or_(rax, rcx);
  }
  a_.mov(f(rd), rax);
  mark_dirty();
  a_.bind(back);
  return true;
}

/// fcvt.s.d and fcvt.d.s.
bool BlockTranslator::float_convert(const Instruction& i, bool to_double) {
  const unsigned rs1 = field(i.raw, 15, 5), rd = field(i.raw, 7, 5);
  const Label back = a_.newLabel(), slow = slow_step(i, back);
  if (to_double) {
    check_boxed(rs1, slow);
    a_.movss(xmm1, f(rs1));
    a_.xorps(xmm0, xmm0);
    a_.cvtss2sd(xmm0, xmm1);
  } else {
    if (!rounding_is_nearest(i, slow)) return false;
    a_.movsd(xmm1, f(rs1));
    a_.xorps(xmm0, xmm0);
    a_.cvtsd2ss(xmm0, xmm1);
  }
  float_result(rd, to_double, slow);
  a_.bind(back);
  return true;
}

bool BlockTranslator::floating(const Instruction& i) {
  if (!block_.flavour.fp_on()) return false;  // The step traps.
  switch (i.op) {
    case Op::kFlw:
    case Op::kFld:
      float_load(i);
      return true;
    case Op::kFsw:
    case Op::kFsd:
      float_store(i);
      return true;
    case Op::kFaddS:
    case Op::kFaddD:
      return float_arithmetic(i, i.op == Op::kFaddD, Inst::kIdAddss, Inst::kIdAddsd, false);
    case Op::kFsubS:
    case Op::kFsubD:
      return float_arithmetic(i, i.op == Op::kFsubD, Inst::kIdSubss, Inst::kIdSubsd, false);
    case Op::kFmulS:
    case Op::kFmulD:
      return float_arithmetic(i, i.op == Op::kFmulD, Inst::kIdMulss, Inst::kIdMulsd, false);
    case Op::kFmaddS:
    case Op::kFmaddD:
      return float_fused(i, i.op == Op::kFmaddD);
    case Op::kFp:
      break;
    default:
      return false;
  }
  const bool wide = field(i.raw, 25, 1) != 0;
  switch (field(i.raw, 27, 5)) {
    case 0x03:
      return float_arithmetic(i, wide, Inst::kIdDivss, Inst::kIdDivsd, false);
    case 0x0b:
      return float_arithmetic(i, wide, Inst::kIdSqrtss, Inst::kIdSqrtsd, true);
    case 0x04:
      return float_sign(i, wide);
    case 0x08:
      return float_convert(i, wide);
    case 0x14:
      return float_compare(i, wide);
    case 0x18:
      return float_to_integer(i, wide);
    case 0x1a:
      return float_from_integer(i, wide);
    case 0x1c:
    case 0x1e:
      return float_move(i, wide);
    default:
      return false;
  }
}

}  // namespace visoc::rv64
