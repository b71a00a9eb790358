// Compressed instructions by the 32-bit instruction each stands for (RISC-V unprivileged specification, chapter "C").
// SPDX-License-Identifier: Apache-2.0
#include "ip/rv64/instruction.h"

namespace visoc::rv64 {
namespace {

/// Bits [high:low] of `value`, moved down to bit 0.
constexpr std::uint32_t bits(std::uint32_t value, unsigned high, unsigned low) { return value >> low & ((1u << (high - low + 1)) - 1); }
constexpr std::uint32_t bit(std::uint32_t value, unsigned position) { return value >> position & 1; }

constexpr std::uint32_t kLoad = 0x03, kLoadFp = 0x07, kOpImm = 0x13, kOpImm32 = 0x1b, kStore = 0x23, kStoreFp = 0x27, kOp = 0x33,
                        kLui = 0x37, kOp32 = 0x3b, kBranch = 0x63, kJalr = 0x67, kJal = 0x6f;

std::uint32_t i_type(std::uint32_t imm, unsigned rs1, unsigned funct3, unsigned rd, std::uint32_t opcode) {
  return (imm & 0xfff) << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode;
}
std::uint32_t s_type(std::uint32_t imm, unsigned rs2, unsigned rs1, unsigned funct3, std::uint32_t opcode) {
  return bits(imm, 11, 5) << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 | bits(imm, 4, 0) << 7 | opcode;
}
std::uint32_t r_type(unsigned funct7, unsigned rs2, unsigned rs1, unsigned funct3, unsigned rd, std::uint32_t opcode) {
  return funct7 << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode;
}
std::uint32_t branch(std::uint32_t imm, unsigned rs1, unsigned funct3) {
  return bit(imm, 12) << 31 | bits(imm, 10, 5) << 25 | rs1 << 15 | funct3 << 12 | bits(imm, 4, 1) << 8 | bit(imm, 11) << 7 | kBranch;
}
std::uint32_t jump(std::uint32_t imm, unsigned rd) {
  return bit(imm, 20) << 31 | bits(imm, 10, 1) << 21 | bit(imm, 11) << 20 | bits(imm, 19, 12) << 12 | rd << 7 | kJal;
}
std::uint32_t sign_extend(std::uint32_t value, unsigned width) {
  const std::uint32_t sign = 1u << (width - 1);
  return (value ^ sign) - sign;
}

std::uint32_t quadrant0(std::uint32_t c) {
  const unsigned rd = 8 + bits(c, 4, 2), rs1 = 8 + bits(c, 9, 7);
  const std::uint32_t word = bits(c, 12, 10) << 3 | bit(c, 6) << 2 | bit(c, 5) << 6;
  const std::uint32_t dword = bits(c, 12, 10) << 3 | bits(c, 6, 5) << 6;
  switch (bits(c, 15, 13)) {
    case 0: {  // c.addi4spn
      const std::uint32_t imm = bits(c, 12, 11) << 4 | bits(c, 10, 7) << 6 | bit(c, 6) << 2 | bit(c, 5) << 3;
      return imm == 0 ? 0 : i_type(imm, 2, 0, rd, kOpImm);
    }
    case 1:
      return i_type(dword, rs1, 3, rd, kLoadFp);
    case 2:
      return i_type(word, rs1, 2, rd, kLoad);
    case 3:
      return i_type(dword, rs1, 3, rd, kLoad);
    case 5:
      return s_type(dword, rd, rs1, 3, kStoreFp);
    case 6:
      return s_type(word, rd, rs1, 2, kStore);
    case 7:
      return s_type(dword, rd, rs1, 3, kStore);
    default:
      return 0;
  }
}

std::uint32_t quadrant1_arithmetic(std::uint32_t c, std::uint32_t imm6) {
  const unsigned rd = 8 + bits(c, 9, 7), rs2 = 8 + bits(c, 4, 2);
  switch (bits(c, 11, 10)) {
    case 0:
      return i_type(imm6 & 0x3f, rd, 5, rd, kOpImm);
    case 1:
      return i_type((imm6 & 0x3f) | 0x400, rd, 5, rd, kOpImm);
    case 2:
      return i_type(imm6, rd, 7, rd, kOpImm);
    default:
      break;
  }
  switch (bit(c, 12) << 2 | bits(c, 6, 5)) {
    case 0:
      return r_type(0x20, rs2, rd, 0, rd, kOp);
    case 1:
      return r_type(0, rs2, rd, 4, rd, kOp);
    case 2:
      return r_type(0, rs2, rd, 6, rd, kOp);
    case 3:
      return r_type(0, rs2, rd, 7, rd, kOp);
    case 4:
      return r_type(0x20, rs2, rd, 0, rd, kOp32);
    case 5:
      return r_type(0, rs2, rd, 0, rd, kOp32);
    default:
      return 0;
  }
}

std::uint32_t quadrant1(std::uint32_t c) {
  const unsigned rd = bits(c, 11, 7);
  const std::uint32_t imm6 = sign_extend(bit(c, 12) << 5 | bits(c, 6, 2), 6);
  switch (bits(c, 15, 13)) {
    case 0:
      return i_type(imm6, rd, 0, rd, kOpImm);
    case 1:
      return rd == 0 ? 0 : i_type(imm6, rd, 0, rd, kOpImm32);
    case 2:
      return i_type(imm6, 0, 0, rd, kOpImm);
    case 3:
      if (rd == 2) {  // c.addi16sp
        const std::uint32_t imm = sign_extend(bit(c, 12) << 9 | bit(c, 6) << 4 | bit(c, 5) << 6 | bits(c, 4, 3) << 7 | bit(c, 2) << 5, 10);
        return imm == 0 ? 0 : i_type(imm, 2, 0, 2, kOpImm);
      }
      return imm6 == 0 ? 0 : (imm6 & 0xfffff) << 12 | rd << 7 | kLui;
    case 4:
      return quadrant1_arithmetic(c, imm6);
    case 5: {
      const std::uint32_t imm = sign_extend(bit(c, 12) << 11 | bit(c, 11) << 4 | bits(c, 10, 9) << 8 | bit(c, 8) << 10 | bit(c, 7) << 6 |
                                                bit(c, 6) << 7 | bits(c, 5, 3) << 1 | bit(c, 2) << 5,
                                            12);
      return jump(imm, 0);
    }
    default: {
      const std::uint32_t imm =
          sign_extend(bit(c, 12) << 8 | bits(c, 11, 10) << 3 | bits(c, 6, 5) << 6 | bits(c, 4, 3) << 1 | bit(c, 2) << 5, 9);
      return branch(imm, 8 + bits(c, 9, 7), bit(c, 13));
    }
  }
}

std::uint32_t quadrant2(std::uint32_t c) {
  const unsigned rd = bits(c, 11, 7), rs2 = bits(c, 6, 2);
  const std::uint32_t ldsp = bit(c, 12) << 5 | bits(c, 6, 5) << 3 | bits(c, 4, 2) << 6;
  const std::uint32_t lwsp = bit(c, 12) << 5 | bits(c, 6, 4) << 2 | bits(c, 3, 2) << 6;
  const std::uint32_t sdsp = bits(c, 12, 10) << 3 | bits(c, 9, 7) << 6;
  const std::uint32_t swsp = bits(c, 12, 9) << 2 | bits(c, 8, 7) << 6;
  switch (bits(c, 15, 13)) {
    case 0:
      return i_type(bit(c, 12) << 5 | bits(c, 6, 2), rd, 1, rd, kOpImm);
    case 1:
      return i_type(ldsp, 2, 3, rd, kLoadFp);
    case 2:
      return rd == 0 ? 0 : i_type(lwsp, 2, 2, rd, kLoad);
    case 3:
      return rd == 0 ? 0 : i_type(ldsp, 2, 3, rd, kLoad);
    case 4:
      if (bit(c, 12) == 0) {
        if (rs2 != 0) return r_type(0, rs2, 0, 0, rd, kOp);
        return rd == 0 ? 0 : i_type(0, rd, 0, 0, kJalr);
      }
      if (rs2 != 0) return r_type(0, rs2, rd, 0, rd, kOp);
      return rd == 0 ? 0x00100073 : i_type(0, rd, 0, 1, kJalr);
    case 5:
      return s_type(sdsp, rs2, 2, 3, kStoreFp);
    case 6:
      return s_type(swsp, rs2, 2, 2, kStore);
    default:
      return s_type(sdsp, rs2, 2, 3, kStore);
  }
}

}  // namespace

std::uint32_t expand_compressed(std::uint16_t c) {
  switch (c & 3) {
    case 0:
      return quadrant0(c);
    case 1:
      return quadrant1(c);
    case 2:
      return quadrant2(c);
    default:
      return 0;
  }
}

}  // namespace visoc::rv64
