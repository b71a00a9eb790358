// The decoded form of an instruction, shared by every engine that executes it.
// Source: RISC-V unprivileged specification 20191213 (RV64IMAFDC, Zicsr, Zifencei) and the bit-manipulation extension 1.0.0 (Zba, Zbb,
// Zbs). SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace visoc::rv64 {

// clang-format off
/// Every operation. Compressed instructions decode to the operation they stand for, with length 2.
#define VISOC_RV64_OPS(X) \
  X(kIllegal) X(kEndOfBlock) X(kStopHere) \
  X(kLui) X(kAuipc) X(kJal) X(kJalr) X(kBeq) X(kBne) X(kBlt) X(kBge) X(kBltu) X(kBgeu) \
  X(kLb) X(kLh) X(kLw) X(kLd) X(kLbu) X(kLhu) X(kLwu) X(kSb) X(kSh) X(kSw) X(kSd) \
  X(kAddi) X(kSlti) X(kSltiu) X(kXori) X(kOri) X(kAndi) X(kSlli) X(kSrli) X(kSrai) \
  X(kAdd) X(kSub) X(kSll) X(kSlt) X(kSltu) X(kXor) X(kSrl) X(kSra) X(kOr) X(kAnd) \
  X(kAddiw) X(kSlliw) X(kSrliw) X(kSraiw) X(kAddw) X(kSubw) X(kSllw) X(kSrlw) X(kSraw) \
  X(kFence) X(kFenceI) X(kEcall) X(kEbreak) X(kMret) X(kSret) X(kSfenceVma) X(kWfi) \
  X(kCsrrw) X(kCsrrs) X(kCsrrc) X(kCsrrwi) X(kCsrrsi) X(kCsrrci) \
  X(kMul) X(kMulh) X(kMulhsu) X(kMulhu) X(kDiv) X(kDivu) X(kRem) X(kRemu) \
  X(kMulw) X(kDivw) X(kDivuw) X(kRemw) X(kRemuw) \
  X(kLrW) X(kScW) X(kLrD) X(kScD) X(kAmoW) X(kAmoD) \
  X(kSh1add) X(kSh2add) X(kSh3add) X(kAddUw) X(kSh1addUw) X(kSh2addUw) X(kSh3addUw) X(kSlliUw) \
  X(kAndn) X(kOrn) X(kXnor) X(kClz) X(kClzw) X(kCtz) X(kCtzw) X(kCpop) X(kCpopw) X(kMax) X(kMaxu) X(kMin) X(kMinu) \
  X(kSextB) X(kSextH) X(kZextH) X(kRol) X(kRolw) X(kRor) X(kRori) X(kRoriw) X(kRorw) X(kOrcB) X(kRev8) \
  X(kBclr) X(kBclri) X(kBext) X(kBexti) X(kBinv) X(kBinvi) X(kBset) X(kBseti) \
  X(kFlw) X(kFld) X(kFsw) X(kFsd) \
  X(kFaddS) X(kFsubS) X(kFmulS) X(kFaddD) X(kFsubD) X(kFmulD) X(kFmaddD) X(kFmaddS) X(kFp)
// clang-format on

enum class Op : std::uint16_t {
#define VISOC_RV64_ENUM(name) name,
  VISOC_RV64_OPS(VISOC_RV64_ENUM)
#undef VISOC_RV64_ENUM
      kCount
};

/// Thirty-two bytes. `raw` keeps the original bits (compressed: the 16 bits) for traps and rare operations.
struct Instruction {
  const void* handler = nullptr;  ///< Set by the engine when the block is made.
  std::int32_t imm = 0;
  std::uint32_t raw = 0;
  Op op = Op::kIllegal;
  std::uint8_t rd = 0, rs1 = 0, rs2 = 0;
  std::uint8_t length = 4;         ///< 2 or 4 bytes.
  std::uint16_t offset = 0;        ///< Bytes from the start of its block.
  std::uint8_t index = 0;          ///< Instructions before it in its block.
  std::uint8_t accesses_from = 0;  ///< Loads and stores from it to the end of its block.
};

/// Decodes the instruction whose lowest two bytes are in `bits` (all four if it is not compressed). Anything unknown becomes kIllegal.
Instruction decode(std::uint32_t bits);

/// The 32-bit form of a compressed instruction, or 0 if it is reserved.
std::uint32_t expand_compressed(std::uint16_t bits);

/// True for instructions after which a block ends.
bool ends_block(Op op);

/// Bytes an operation loads from or stores to memory; 0 if it does neither.
unsigned loaded_bytes(const Instruction& instruction);
unsigned stored_bytes(const Instruction& instruction);

}  // namespace visoc::rv64
