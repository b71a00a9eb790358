// The executing loop: threaded code over decoded blocks. Each handler jumps straight to the next instruction's handler.
// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include "ip/rv64/fp.h"
#include "ip/rv64/hart.h"
#include "ip/rv64/integer.h"

// Labels as values are a GNU extension that both supported compilers have; a switch would cost a bounds check and share one jump.
#pragma GCC diagnostic ignored "-Wpedantic"

namespace visoc::rv64 {
// clang-format off
#define NEXT do { ++ip; goto *ip->handler; } while (0)
#define RD x[ip->rd]
#define RS1 x[ip->rs1]
#define RS2 x[ip->rs2]
#define IMM static_cast<std::uint64_t>(static_cast<std::int64_t>(ip->imm))
#define PC (block->pc + ip->offset)
#define ALU(name, expression) name: RD = (expression); NEXT
// An access through the TLB that is not to the line accessed last in its set. The access itself is over: during a miss others may run.
#define DATA_ACCESS(use, type, finish)                                                      \
  if constexpr (kCached) {                                                                  \
    const Addr physical = entry.host_minus_guest + addr - caches_->host_minus_physical;     \
    if (__builtin_expect(!caches_->data.recent(physical, sizeof(type), CacheUse::use), 0)) { \
      set_unexecuted(*block, ip);                                                           \
      data_access(physical, sizeof(type), CacheUse::use);                                   \
      unretired_ = unaccessed_ = 0;                                                         \
      finish;                                                                               \
      if (__builtin_expect(leave_block_, 0)) goto leave;                                    \
      NEXT;                                                                                 \
    }                                                                                       \
  }
#define LOAD(name, type, extended)                                                          \
  name: {                                                                                   \
    const Addr addr = RS1 + IMM;                                                            \
    const TlbEntry& entry = tlb->read[addr / kPageBytes % kTlbEntries];                     \
    std::uint64_t value = 0;                                                                \
    if (__builtin_expect(entry.page == (addr & ~(kPageBytes - sizeof(type))), 1)) {         \
      type raw;                                                                             \
      std::memcpy(&raw, reinterpret_cast<const void*>(entry.host_minus_guest + addr), sizeof raw); \
      value = extended(raw);                                                                \
      DATA_ACCESS(kRead, type, RD = value)                                                  \
      RD = value;                                                                           \
      NEXT;                                                                                 \
    }                                                                                       \
    set_unexecuted(*block, ip);                                                             \
    const bool ok = load_slow(addr, sizeof(type), value);                                   \
    unretired_ = unaccessed_ = 0;                                                           \
    if (!ok) goto trap;                                                                     \
    RD = extended(static_cast<type>(value));                                                \
    if (__builtin_expect(leave_block_, 0)) goto leave;                                      \
    NEXT;                                                                                   \
  }
#define STORE_VALUE(name, type, source)                                                     \
  name: {                                                                                   \
    const Addr addr = RS1 + IMM;                                                            \
    const TlbEntry& entry = tlb->write[addr / kPageBytes % kTlbEntries];                    \
    const type raw = static_cast<type>(source);                                             \
    if (__builtin_expect(entry.page == (addr & ~(kPageBytes - sizeof(type))), 1)) {         \
      std::memcpy(reinterpret_cast<void*>(entry.host_minus_guest + addr), &raw, sizeof raw); \
      DATA_ACCESS(kWrite, type, (void)raw)                                                  \
      NEXT;                                                                                 \
    }                                                                                       \
    set_unexecuted(*block, ip);                                                             \
    const bool ok = store_slow(addr, sizeof(type), raw);                                    \
    unretired_ = unaccessed_ = 0;                                                           \
    if (!ok) goto trap;                                                                     \
    if (__builtin_expect(leave_block_, 0)) goto leave;                                      \
    NEXT;                                                                                   \
  }
#define ENTER_BLOCK                                                  \
  do {                                                               \
    if (__builtin_expect(retired_ + block->count > limit_, 0)) {     \
      pc_ = block->pc;                                               \
      return BlockEnd::kContinue;                                    \
    }                                                                \
    if constexpr (kCached) {                                         \
      if (!caches_->fetched(block->first_line, block->last_line) && block->first_line != Block::kNowhere) { \
        pc_ = block->pc;                                             \
        fetch_lines(*block);                                         \
        if (__builtin_expect(leave_block_ || retired_ + block->count > limit_, 0)) return BlockEnd::kContinue; \
      }                                                              \
    }                                                                \
    retired_ += block->count;                                        \
    accesses_ += block->accesses;                                    \
    ++block->executions;                                             \
    ip = block->code.data();                                         \
    goto *ip->handler;                                               \
  } while (0)
#define FOLLOW(direction, address)                                        \
  do {                                                               \
    if (__builtin_expect(block->direction.to == nullptr, 0)) {               \
      const Addr target = (address);                                 \
      Block* const next = lookup(target);                            \
      if (next == nullptr) {                                         \
        pc_ = target;                                                \
        return BlockEnd::kContinue;                                  \
      }                                                              \
      link(block->direction, *next);                                      \
      block = next;                                                  \
    } else {                                                         \
      block = block->direction.to;                                           \
    }                                                                \
    ENTER_BLOCK;                                                     \
  } while (0)
#define BRANCH(name, condition)                                      \
  name: if (condition) FOLLOW(taken, PC + IMM);                      \
  FOLLOW(fallen, PC + ip->length)
#define FP_GUARD                                                     \
  if (__builtin_expect(!csr_.fp_enabled(), 0)) { fail(kIllegalInstruction, ip->raw); goto trap; }
#define FP_BINARY(name, type_get, type_put, op)                      \
  name: {                                                            \
    const unsigned mode = ip->raw >> 12 & 7;                         \
    if (__builtin_expect(!csr_.fp_enabled() || (mode != 0 && (mode != 7 || csr_.frm != 0)), 0)) goto kFp; \
    f_[ip->rd] = type_put(type_get(f_[ip->rs1]) op type_get(f_[ip->rs2])); \
    csr_.fp_dirty();                                                 \
    NEXT;                                                            \
  }

template <bool kCached>
Hart::BlockEnd Hart::execute_as(Block* block) {
  static const void* const kHandlers[] = {
#define VISOC_RV64_LABEL(name) &&name,
      VISOC_RV64_OPS(VISOC_RV64_LABEL)
#undef VISOC_RV64_LABEL
  };
  if (block == nullptr) {
    handlers_ = kHandlers;
    return BlockEnd::kContinue;
  }
  std::uint64_t* const x = x_.data();
  const Tlb* const tlb = tlb_;  // Whatever changes the rights of accesses leaves this function.
  const Instruction* ip = nullptr;
  ENTER_BLOCK;

  kEndOfBlock: FOLLOW(fallen, PC);
  kStopHere:
    drop_unexecuted(*block, ip);
    pc_ = PC;
    return BlockEnd::kContinue;
  kIllegal: fail(kIllegalInstruction, ip->raw); goto trap;

  ALU(kLui, IMM);
  ALU(kAuipc, PC + IMM);
  kJal: RD = PC + ip->length; FOLLOW(taken, PC + IMM);
  kJalr: {
    const Addr target = (RS1 + IMM) & ~std::uint64_t{1};
    RD = PC + ip->length;
    Block* const next = lookup(target);
    if (__builtin_expect(next == nullptr, 0)) {
      pc_ = target;
      return BlockEnd::kContinue;
    }
    block = next;
    ENTER_BLOCK;
  }
  BRANCH(kBeq, RS1 == RS2);
  BRANCH(kBne, RS1 != RS2);
  BRANCH(kBlt, s64(RS1) < s64(RS2));
  BRANCH(kBge, s64(RS1) >= s64(RS2));
  BRANCH(kBltu, RS1 < RS2);
  BRANCH(kBgeu, RS1 >= RS2);

#define SIGNED(value) static_cast<std::uint64_t>(static_cast<std::int64_t>(value))
#define UNSIGNED(value) static_cast<std::uint64_t>(value)
  LOAD(kLb, std::int8_t, SIGNED)
  LOAD(kLh, std::int16_t, SIGNED)
  LOAD(kLw, std::int32_t, SIGNED)
  LOAD(kLd, std::uint64_t, UNSIGNED)
  LOAD(kLbu, std::uint8_t, UNSIGNED)
  LOAD(kLhu, std::uint16_t, UNSIGNED)
  LOAD(kLwu, std::uint32_t, UNSIGNED)
  STORE_VALUE(kSb, std::uint8_t, RS2)
  STORE_VALUE(kSh, std::uint16_t, RS2)
  STORE_VALUE(kSw, std::uint32_t, RS2)
  STORE_VALUE(kSd, std::uint64_t, RS2)

  ALU(kAddi, RS1 + IMM);
  ALU(kSlti, s64(RS1) < s64(IMM) ? 1 : 0);
  ALU(kSltiu, RS1 < IMM ? 1 : 0);
  ALU(kXori, RS1 ^ IMM);
  ALU(kOri, RS1 | IMM);
  ALU(kAndi, RS1 & IMM);
  ALU(kSlli, RS1 << ip->imm);
  ALU(kSrli, RS1 >> ip->imm);
  ALU(kSrai, static_cast<std::uint64_t>(s64(RS1) >> ip->imm));
  ALU(kAdd, RS1 + RS2);
  ALU(kSub, RS1 - RS2);
  ALU(kSll, RS1 << (RS2 & 63));
  ALU(kSlt, s64(RS1) < s64(RS2) ? 1 : 0);
  ALU(kSltu, RS1 < RS2 ? 1 : 0);
  ALU(kXor, RS1 ^ RS2);
  ALU(kSrl, RS1 >> (RS2 & 63));
  ALU(kSra, static_cast<std::uint64_t>(s64(RS1) >> (RS2 & 63)));
  ALU(kOr, RS1 | RS2);
  ALU(kAnd, RS1 & RS2);
  ALU(kAddiw, sext32(RS1 + IMM));
  ALU(kSlliw, sext32(u32(RS1) << ip->imm));
  ALU(kSrliw, sext32(u32(RS1) >> ip->imm));
  ALU(kSraiw, SIGNED(s32(RS1) >> ip->imm));
  ALU(kAddw, sext32(RS1 + RS2));
  ALU(kSubw, sext32(RS1 - RS2));
  ALU(kSllw, sext32(u32(RS1) << (RS2 & 31)));
  ALU(kSrlw, sext32(u32(RS1) >> (RS2 & 31)));
  ALU(kSraw, SIGNED(s32(RS1) >> (RS2 & 31)));

  kFence:
    if constexpr (kCached) {
      set_unexecuted(*block, ip);
      fence_caches(ip->raw);
      unretired_ = unaccessed_ = 0;
      if (__builtin_expect(leave_block_, 0)) goto leave;
    }
    NEXT;
  kFenceI:
    if constexpr (kCached) empty_instruction_cache();
    flush_pending_ = flush_pending_ || unguarded_code_;
    pc_ = PC + ip->length;
    return BlockEnd::kContinue;
  kEcall: fail(kEcallUser + static_cast<std::uint64_t>(csr_.privilege), 0); goto trap;
  kEbreak: fail(kBreakpoint, PC); goto trap;
  kMret:
    if (csr_.privilege != Privilege::kMachine) { fail(kIllegalInstruction, ip->raw); goto trap; }
    machine_return();
    return BlockEnd::kContinue;
  kSret:
    if (csr_.privilege == Privilege::kUser ||
        (csr_.privilege == Privilege::kSupervisor && (csr_.status & mstatus::kTsr) != 0)) { fail(kIllegalInstruction, ip->raw); goto trap; }
    supervisor_return();
    return BlockEnd::kContinue;
  kSfenceVma:
    if (!fence_vma(*ip)) goto trap;
    pc_ = PC + ip->length;
    return BlockEnd::kContinue;
  kWfi:
    if (wfi_traps()) { fail(kIllegalInstruction, ip->raw); goto trap; }
    pc_ = PC + ip->length;
    return BlockEnd::kWaiting;
  kCsrrw: kCsrrs: kCsrrc: kCsrrwi: kCsrrsi: kCsrrci: {
    set_unexecuted(*block, ip);
    const CsrOutcome outcome = csr_operation(*ip);
    unretired_ = unaccessed_ = 0;
    if (outcome == CsrOutcome::kTrap) goto trap;
    if (outcome == CsrOutcome::kContextChanged) {
      pc_ = PC + ip->length;
      return BlockEnd::kContinue;
    }
    // Interrupts may have been switched on.
    if (__builtin_expect(csr_.interrupt_due(), 0)) limit_ = 0;
    FOLLOW(fallen, PC + ip->length);
  }

  ALU(kMul, RS1 * RS2);
  ALU(kMulh, multiply_high(s64(RS1), s64(RS2)));
  ALU(kMulhsu, multiply_high_mixed(s64(RS1), RS2));
  ALU(kMulhu, multiply_high_unsigned(RS1, RS2));
  ALU(kDiv, divide(s64(RS1), s64(RS2)));
  ALU(kDivu, divide_unsigned(RS1, RS2));
  ALU(kRem, remainder(s64(RS1), s64(RS2)));
  ALU(kRemu, remainder_unsigned(RS1, RS2));
  ALU(kMulw, sext32(RS1 * RS2));
  ALU(kDivw, sext32(divide(s32(RS1), s32(RS2))));
  ALU(kDivuw, sext32(divide_unsigned(u32(RS1), u32(RS2))));
  ALU(kRemw, sext32(remainder(s32(RS1), s32(RS2))));
  ALU(kRemuw, sext32(remainder_unsigned(u32(RS1), u32(RS2))));

  kLrW: kScW: kLrD: kScD: kAmoW: kAmoD: {
    set_unexecuted(*block, ip);
    const bool ok = atomic(*ip);
    unretired_ = unaccessed_ = 0;
    if (!ok) goto trap;
    if (__builtin_expect(leave_block_, 0)) goto leave;
    NEXT;
  }

  ALU(kSh1add, RS2 + (RS1 << 1));
  ALU(kSh2add, RS2 + (RS1 << 2));
  ALU(kSh3add, RS2 + (RS1 << 3));
  ALU(kAddUw, RS2 + u32(RS1));
  ALU(kSh1addUw, RS2 + (UNSIGNED(u32(RS1)) << 1));
  ALU(kSh2addUw, RS2 + (UNSIGNED(u32(RS1)) << 2));
  ALU(kSh3addUw, RS2 + (UNSIGNED(u32(RS1)) << 3));
  ALU(kSlliUw, UNSIGNED(u32(RS1)) << ip->imm);
  ALU(kAndn, RS1 & ~RS2);
  ALU(kOrn, RS1 | ~RS2);
  ALU(kXnor, ~(RS1 ^ RS2));
  ALU(kClz, leading_zeros(RS1));
  ALU(kClzw, leading_zeros32(u32(RS1)));
  ALU(kCtz, trailing_zeros(RS1));
  ALU(kCtzw, trailing_zeros32(u32(RS1)));
  ALU(kCpop, UNSIGNED(__builtin_popcountll(RS1)));
  ALU(kCpopw, UNSIGNED(__builtin_popcount(u32(RS1))));
  ALU(kMax, s64(RS1) > s64(RS2) ? RS1 : RS2);
  ALU(kMaxu, RS1 > RS2 ? RS1 : RS2);
  ALU(kMin, s64(RS1) < s64(RS2) ? RS1 : RS2);
  ALU(kMinu, RS1 < RS2 ? RS1 : RS2);
  ALU(kSextB, SIGNED(static_cast<std::int8_t>(RS1)));
  ALU(kSextH, SIGNED(static_cast<std::int16_t>(RS1)));
  ALU(kZextH, RS1 & 0xffff);
  ALU(kRol, rotate_right(RS1, (64 - (RS2 & 63)) & 63));
  ALU(kRolw, sext32(rotate_right32(u32(RS1), (32 - (RS2 & 31)) & 31)));
  ALU(kRor, rotate_right(RS1, RS2 & 63));
  ALU(kRori, rotate_right(RS1, static_cast<unsigned>(ip->imm)));
  ALU(kRoriw, sext32(rotate_right32(u32(RS1), static_cast<unsigned>(ip->imm))));
  ALU(kRorw, sext32(rotate_right32(u32(RS1), RS2 & 31)));
  ALU(kOrcB, or_combine(RS1));
  ALU(kRev8, __builtin_bswap64(RS1));
  ALU(kBclr, RS1 & ~(std::uint64_t{1} << (RS2 & 63)));
  ALU(kBclri, RS1 & ~(std::uint64_t{1} << ip->imm));
  ALU(kBext, RS1 >> (RS2 & 63) & 1);
  ALU(kBexti, RS1 >> ip->imm & 1);
  ALU(kBinv, RS1 ^ std::uint64_t{1} << (RS2 & 63));
  ALU(kBinvi, RS1 ^ std::uint64_t{1} << ip->imm);
  ALU(kBset, RS1 | std::uint64_t{1} << (RS2 & 63));
  ALU(kBseti, RS1 | std::uint64_t{1} << ip->imm);

// Floating-point loads and stores: the same bodies with the other register file.
#undef RD
#define RD f_[ip->rd]
#define BOXED(value) (csr_.fp_dirty(), kNanBox | static_cast<std::uint64_t>(value))
#define WHOLE(value) (csr_.fp_dirty(), static_cast<std::uint64_t>(value))
  kFlw: FP_GUARD goto flw;
  LOAD(flw, std::uint32_t, BOXED)
  kFld: FP_GUARD goto fld;
  LOAD(fld, std::uint64_t, WHOLE)
  kFsw: FP_GUARD goto fsw;
  STORE_VALUE(fsw, std::uint32_t, f_[ip->rs2])
  kFsd: FP_GUARD goto fsd;
  STORE_VALUE(fsd, std::uint64_t, f_[ip->rs2])
  FP_BINARY(kFaddS, unbox, box, +)
  FP_BINARY(kFsubS, unbox, box, -)
  FP_BINARY(kFmulS, unbox, box, *)
  FP_BINARY(kFaddD, as_double, as_bits, +)
  FP_BINARY(kFsubD, as_double, as_bits, -)
  FP_BINARY(kFmulD, as_double, as_bits, *)
  kFmaddD: kFmaddS:
  kFp:
    if (__builtin_expect(!fp_operation(*ip), 0)) goto trap;
    NEXT;

leave:
  ++ip;
  drop_unexecuted(*block, ip);
  pc_ = PC;
  // The block may have ended with this very instruction; its last entry is kEndOfBlock then.
  return BlockEnd::kContinue;
trap: {
  const Addr at = PC;
  drop_unexecuted(*block, ip);
  enter_trap(pending_trap_.cause, pending_trap_.value, at);
  return BlockEnd::kContinue;
}
}

Hart::BlockEnd Hart::execute(Block* block) { return caches_ != nullptr ? execute_as<true>(block) : execute_as<false>(block); }
// clang-format on

}  // namespace visoc::rv64
