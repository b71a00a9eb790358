// SPDX-License-Identifier: Apache-2.0
#include "ip/rv64/instruction.h"

namespace visoc::rv64 {
namespace {

constexpr std::uint32_t field(std::uint32_t value, unsigned high, unsigned low) { return value >> low & ((1u << (high - low + 1)) - 1); }

std::int32_t i_imm(std::uint32_t w) { return static_cast<std::int32_t>(w) >> 20; }
std::int32_t s_imm(std::uint32_t w) { return (static_cast<std::int32_t>(w) >> 25) * 32 + static_cast<std::int32_t>(field(w, 11, 7)); }
std::int32_t b_imm(std::uint32_t w) {
  return (static_cast<std::int32_t>(w) >> 31) * 4096 +
         static_cast<std::int32_t>(field(w, 7, 7) << 11 | field(w, 30, 25) << 5 | field(w, 11, 8) << 1);
}
std::int32_t j_imm(std::uint32_t w) {
  return (static_cast<std::int32_t>(w) >> 31) * 1048576 +
         static_cast<std::int32_t>(field(w, 19, 12) << 12 | field(w, 20, 20) << 11 | field(w, 30, 21) << 1);
}

Op op_imm(std::uint32_t w, std::int32_t& imm) {
  const unsigned funct6 = field(w, 31, 26), low12 = field(w, 31, 20);
  const auto shift = [&](Op op) {
    imm = static_cast<std::int32_t>(field(w, 25, 20));
    return op;
  };
  switch (field(w, 14, 12)) {
    case 0:
      return Op::kAddi;
    case 2:
      return Op::kSlti;
    case 3:
      return Op::kSltiu;
    case 4:
      return Op::kXori;
    case 6:
      return Op::kOri;
    case 7:
      return Op::kAndi;
    case 1:
      switch (low12) {
        case 0x600:
          return Op::kClz;
        case 0x601:
          return Op::kCtz;
        case 0x602:
          return Op::kCpop;
        case 0x604:
          return Op::kSextB;
        case 0x605:
          return Op::kSextH;
        default:
          break;
      }
      if (funct6 == 0x00) return shift(Op::kSlli);
      if (funct6 == 0x0a) return shift(Op::kBseti);
      if (funct6 == 0x12) return shift(Op::kBclri);
      if (funct6 == 0x1a) return shift(Op::kBinvi);
      return Op::kIllegal;
    default:
      if (low12 == 0x287) return Op::kOrcB;
      if (low12 == 0x6b8) return Op::kRev8;
      if (funct6 == 0x00) return shift(Op::kSrli);
      if (funct6 == 0x10) return shift(Op::kSrai);
      if (funct6 == 0x12) return shift(Op::kBexti);
      if (funct6 == 0x18) return shift(Op::kRori);
      return Op::kIllegal;
  }
}

Op op_imm32(std::uint32_t w, std::int32_t& imm) {
  const unsigned funct7 = field(w, 31, 25), low12 = field(w, 31, 20);
  const auto shift = [&](Op op) {
    imm = static_cast<std::int32_t>(field(w, 24, 20));
    return op;
  };
  switch (field(w, 14, 12)) {
    case 0:
      return Op::kAddiw;
    case 1:
      if (low12 == 0x600) return Op::kClzw;
      if (low12 == 0x601) return Op::kCtzw;
      if (low12 == 0x602) return Op::kCpopw;
      if (funct7 == 0) return shift(Op::kSlliw);
      if (field(w, 31, 26) == 0x02) {
        imm = static_cast<std::int32_t>(field(w, 25, 20));
        return Op::kSlliUw;
      }
      return Op::kIllegal;
    case 5:
      if (funct7 == 0) return shift(Op::kSrliw);
      if (funct7 == 0x20) return shift(Op::kSraiw);
      if (funct7 == 0x30) return shift(Op::kRoriw);
      return Op::kIllegal;
    default:
      return Op::kIllegal;
  }
}

Op op_register(std::uint32_t w) {
  static constexpr Op kBase[8] = {Op::kAdd, Op::kSll, Op::kSlt, Op::kSltu, Op::kXor, Op::kSrl, Op::kOr, Op::kAnd};
  static constexpr Op kMul[8] = {Op::kMul, Op::kMulh, Op::kMulhsu, Op::kMulhu, Op::kDiv, Op::kDivu, Op::kRem, Op::kRemu};
  const unsigned funct3 = field(w, 14, 12);
  switch (field(w, 31, 25)) {
    case 0x00:
      return kBase[funct3];
    case 0x01:
      return kMul[funct3];
    case 0x20:
      switch (funct3) {
        case 0:
          return Op::kSub;
        case 4:
          return Op::kXnor;
        case 5:
          return Op::kSra;
        case 6:
          return Op::kOrn;
        case 7:
          return Op::kAndn;
        default:
          return Op::kIllegal;
      }
    case 0x10:
      return funct3 == 2 ? Op::kSh1add : funct3 == 4 ? Op::kSh2add : funct3 == 6 ? Op::kSh3add : Op::kIllegal;
    case 0x05:
      return funct3 == 4 ? Op::kMin : funct3 == 5 ? Op::kMinu : funct3 == 6 ? Op::kMax : funct3 == 7 ? Op::kMaxu : Op::kIllegal;
    case 0x30:
      return funct3 == 1 ? Op::kRol : funct3 == 5 ? Op::kRor : Op::kIllegal;
    case 0x14:
      return funct3 == 1 ? Op::kBset : Op::kIllegal;
    case 0x24:
      return funct3 == 1 ? Op::kBclr : funct3 == 5 ? Op::kBext : Op::kIllegal;
    case 0x34:
      return funct3 == 1 ? Op::kBinv : Op::kIllegal;
    default:
      return Op::kIllegal;
  }
}

Op op_register32(std::uint32_t w) {
  const unsigned funct3 = field(w, 14, 12);
  switch (field(w, 31, 25)) {
    case 0x00:
      return funct3 == 0 ? Op::kAddw : funct3 == 1 ? Op::kSllw : funct3 == 5 ? Op::kSrlw : Op::kIllegal;
    case 0x20:
      return funct3 == 0 ? Op::kSubw : funct3 == 5 ? Op::kSraw : Op::kIllegal;
    case 0x01:
      return funct3 == 0   ? Op::kMulw
             : funct3 == 4 ? Op::kDivw
             : funct3 == 5 ? Op::kDivuw
             : funct3 == 6 ? Op::kRemw
             : funct3 == 7 ? Op::kRemuw
                           : Op::kIllegal;
    case 0x04:
      return funct3 == 0 ? Op::kAddUw : funct3 == 4 && field(w, 24, 20) == 0 ? Op::kZextH : Op::kIllegal;
    case 0x10:
      return funct3 == 2 ? Op::kSh1addUw : funct3 == 4 ? Op::kSh2addUw : funct3 == 6 ? Op::kSh3addUw : Op::kIllegal;
    case 0x30:
      return funct3 == 1 ? Op::kRolw : funct3 == 5 ? Op::kRorw : Op::kIllegal;
    default:
      return Op::kIllegal;
  }
}

Op op_system(std::uint32_t w) {
  switch (field(w, 14, 12)) {
    case 0:
      if (w == 0x00000073) return Op::kEcall;
      if (w == 0x00100073) return Op::kEbreak;
      if (w == 0x30200073) return Op::kMret;
      if (w == 0x10200073) return Op::kSret;
      if ((w & 0xfe007fff) == 0x12000073) return Op::kSfenceVma;
      if (w == 0x10500073) return Op::kWfi;
      return Op::kIllegal;
    case 1:
      return Op::kCsrrw;
    case 2:
      return Op::kCsrrs;
    case 3:
      return Op::kCsrrc;
    case 5:
      return Op::kCsrrwi;
    case 6:
      return Op::kCsrrsi;
    case 7:
      return Op::kCsrrci;
    default:
      return Op::kIllegal;
  }
}

Op op_atomic(std::uint32_t w) {
  const unsigned funct3 = field(w, 14, 12), funct5 = field(w, 31, 27);
  if (funct3 != 2 && funct3 != 3) return Op::kIllegal;
  const bool wide = funct3 == 3;
  switch (funct5) {
    case 0x02:
      return field(w, 24, 20) != 0 ? Op::kIllegal : wide ? Op::kLrD : Op::kLrW;
    case 0x03:
      return wide ? Op::kScD : Op::kScW;
    case 0x00:
    case 0x01:
    case 0x04:
    case 0x08:
    case 0x0c:
    case 0x10:
    case 0x14:
    case 0x18:
    case 0x1c:
      return wide ? Op::kAmoD : Op::kAmoW;
    default:
      return Op::kIllegal;
  }
}

/// Valid encodings of OP-FP; the operation itself is looked up again from the raw bits by the floating-point unit.
Op op_fp(std::uint32_t w) {
  const unsigned funct7 = field(w, 31, 25), rs2 = field(w, 24, 20), rm = field(w, 14, 12);
  const bool wide = (funct7 & 3) == 1;
  if ((funct7 & 3) > 1) return Op::kIllegal;
  const bool rounding_ok = rm != 5 && rm != 6;
  switch (funct7 >> 2) {
    case 0x00:
      return !rounding_ok ? Op::kIllegal : wide ? Op::kFaddD : Op::kFaddS;
    case 0x01:
      return !rounding_ok ? Op::kIllegal : wide ? Op::kFsubD : Op::kFsubS;
    case 0x02:
      return !rounding_ok ? Op::kIllegal : wide ? Op::kFmulD : Op::kFmulS;
    case 0x03:
      return rounding_ok ? Op::kFp : Op::kIllegal;
    case 0x0b:
      return rounding_ok && rs2 == 0 ? Op::kFp : Op::kIllegal;
    case 0x04:
      return rm <= 2 ? Op::kFp : Op::kIllegal;
    case 0x05:
      return rm <= 1 ? Op::kFp : Op::kIllegal;
    case 0x14:
      return rm <= 2 ? Op::kFp : Op::kIllegal;
    case 0x08:
      return rounding_ok && rs2 == (wide ? 0u : 1u) ? Op::kFp : Op::kIllegal;
    case 0x18:
    case 0x1a:
      return rounding_ok && rs2 <= 3 ? Op::kFp : Op::kIllegal;
    case 0x1c:
      return rs2 == 0 && rm <= 1 ? Op::kFp : Op::kIllegal;
    case 0x1e:
      return rs2 == 0 && rm == 0 ? Op::kFp : Op::kIllegal;
    default:
      return Op::kIllegal;
  }
}

}  // namespace

Instruction decode(std::uint32_t bits) {
  Instruction out;
  std::uint32_t w = bits;
  out.raw = bits;
  if ((bits & 3) != 3) {
    out.length = 2;
    out.raw = bits & 0xffff;
    w = expand_compressed(static_cast<std::uint16_t>(bits));
    if (w == 0) return out;
  }
  out.rd = static_cast<std::uint8_t>(field(w, 11, 7));
  out.rs1 = static_cast<std::uint8_t>(field(w, 19, 15));
  out.rs2 = static_cast<std::uint8_t>(field(w, 24, 20));
  const unsigned funct3 = field(w, 14, 12);
  out.imm = i_imm(w);
  switch (w & 0x7f) {
    case 0x37:
      out.op = Op::kLui;
      out.imm = static_cast<std::int32_t>(w & 0xfffff000);
      break;
    case 0x17:
      out.op = Op::kAuipc;
      out.imm = static_cast<std::int32_t>(w & 0xfffff000);
      break;
    case 0x6f:
      out.op = Op::kJal;
      out.imm = j_imm(w);
      break;
    case 0x67:
      out.op = funct3 == 0 ? Op::kJalr : Op::kIllegal;
      break;
    case 0x63: {
      static constexpr Op kOps[8] = {Op::kBeq, Op::kBne, Op::kIllegal, Op::kIllegal, Op::kBlt, Op::kBge, Op::kBltu, Op::kBgeu};
      out.op = kOps[funct3];
      out.imm = b_imm(w);
      break;
    }
    case 0x03: {
      static constexpr Op kOps[8] = {Op::kLb, Op::kLh, Op::kLw, Op::kLd, Op::kLbu, Op::kLhu, Op::kLwu, Op::kIllegal};
      out.op = kOps[funct3];
      break;
    }
    case 0x23: {
      static constexpr Op kOps[8] = {Op::kSb, Op::kSh, Op::kSw, Op::kSd, Op::kIllegal, Op::kIllegal, Op::kIllegal, Op::kIllegal};
      out.op = kOps[funct3];
      out.imm = s_imm(w);
      break;
    }
    case 0x07:
      out.op = funct3 == 2 ? Op::kFlw : funct3 == 3 ? Op::kFld : Op::kIllegal;
      break;
    case 0x27:
      out.op = funct3 == 2 ? Op::kFsw : funct3 == 3 ? Op::kFsd : Op::kIllegal;
      out.imm = s_imm(w);
      break;
    case 0x13:
      out.op = op_imm(w, out.imm);
      break;
    case 0x1b:
      out.op = op_imm32(w, out.imm);
      break;
    case 0x33:
      out.op = op_register(w);
      break;
    case 0x3b:
      out.op = op_register32(w);
      break;
    case 0x0f:
      out.op = funct3 == 0 ? Op::kFence : funct3 == 1 ? Op::kFenceI : Op::kIllegal;
      break;
    case 0x73:
      out.op = op_system(w);
      out.imm = static_cast<std::int32_t>(field(w, 31, 20));
      break;
    case 0x2f:
      out.op = op_atomic(w);
      out.imm = static_cast<std::int32_t>(field(w, 31, 27));
      break;
    case 0x43:
    case 0x47:
    case 0x4b:
    case 0x4f: {
      const unsigned format = field(w, 26, 25);
      out.op = format > 1 || funct3 == 5 || funct3 == 6 ? Op::kIllegal : format == 1 ? Op::kFmaddD : Op::kFmaddS;
      out.imm = static_cast<std::int32_t>(field(w, 31, 27) | (w >> 2 & 3) << 8);  // rs3, and which of the four products
      break;
    }
    case 0x53:
      out.op = op_fp(w);
      break;
    default:
      out.op = Op::kIllegal;
      break;
  }
  return out;
}

bool ends_block(Op op) {
  switch (op) {
    case Op::kIllegal:
    case Op::kJal:
    case Op::kJalr:
    case Op::kBeq:
    case Op::kBne:
    case Op::kBlt:
    case Op::kBge:
    case Op::kBltu:
    case Op::kBgeu:
    case Op::kFenceI:
    case Op::kEcall:
    case Op::kEbreak:
    case Op::kMret:
    case Op::kSret:
    case Op::kSfenceVma:
    case Op::kWfi:
    case Op::kCsrrw:
    case Op::kCsrrs:
    case Op::kCsrrc:
    case Op::kCsrrwi:
    case Op::kCsrrsi:
    case Op::kCsrrci:
      return true;
    default:
      return false;
  }
}

unsigned loaded_bytes(const Instruction& i) {
  switch (i.op) {
    case Op::kLb:
    case Op::kLbu:
      return 1;
    case Op::kLh:
    case Op::kLhu:
      return 2;
    case Op::kLw:
    case Op::kLwu:
    case Op::kFlw:
    case Op::kLrW:
    case Op::kAmoW:
      return 4;
    case Op::kLd:
    case Op::kFld:
    case Op::kLrD:
    case Op::kAmoD:
      return 8;
    default:
      return 0;
  }
}

unsigned stored_bytes(const Instruction& i) {
  switch (i.op) {
    case Op::kSb:
      return 1;
    case Op::kSh:
      return 2;
    case Op::kSw:
    case Op::kFsw:
    case Op::kScW:
    case Op::kAmoW:
      return 4;
    case Op::kSd:
    case Op::kFsd:
    case Op::kScD:
    case Op::kAmoD:
      return 8;
    default:
      return 0;
  }
}

}  // namespace visoc::rv64
