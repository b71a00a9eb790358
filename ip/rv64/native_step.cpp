// One instruction on behalf of translated code, with the guest's state in memory.
// SPDX-License-Identifier: Apache-2.0
#include "ip/rv64/fp.h"
#include "ip/rv64/hart.h"
#include "ip/rv64/integer.h"

namespace visoc::rv64 {

std::uint64_t Hart::native_step(Hart* hart, const Instruction* instruction, Block* block) {
  return hart->step_for_native(*instruction, *block) ? 0 : 1;
}

bool Hart::native_trap(const Instruction& i, Block& block) {
  drop_unexecuted(block, &i);
  enter_trap(pending_trap_.cause, pending_trap_.value, block.pc + i.offset);
  return false;
}

/// What translated code leaves to C++ besides memory: floating point off the beaten track, divisions by zero.
bool Hart::arithmetic_step(const Instruction& i) {
  const std::uint64_t a = x_[i.rs1], b = x_[i.rs2];
  std::uint64_t result = 0;
  switch (i.op) {
    case Op::kDiv:
      result = divide(s64(a), s64(b));
      break;
    case Op::kDivu:
      result = divide_unsigned(a, b);
      break;
    case Op::kRem:
      result = remainder(s64(a), s64(b));
      break;
    case Op::kRemu:
      result = remainder_unsigned(a, b);
      break;
    case Op::kDivw:
      result = sext32(divide(s32(a), s32(b)));
      break;
    case Op::kDivuw:
      result = sext32(divide_unsigned(u32(a), u32(b)));
      break;
    case Op::kRemw:
      result = sext32(remainder(s32(a), s32(b)));
      break;
    case Op::kRemuw:
      result = sext32(remainder_unsigned(u32(a), u32(b)));
      break;
    case Op::kOrcB:
      result = or_combine(a);
      break;
    case Op::kClz:
      result = leading_zeros(a);
      break;
    case Op::kClzw:
      result = leading_zeros32(u32(a));
      break;
    case Op::kCtz:
      result = trailing_zeros(a);
      break;
    case Op::kCtzw:
      result = trailing_zeros32(u32(a));
      break;
    case Op::kCpop:
      result = static_cast<std::uint64_t>(__builtin_popcountll(a));
      break;
    case Op::kCpopw:
      result = static_cast<std::uint64_t>(__builtin_popcount(u32(a)));
      break;
    default:
      return fp_operation(i);
  }
  x_[i.rd] = result;
  return true;
}

/// Behind an instruction that C++ executed. True: translated code goes on.
inline bool Hart::native_done(const Instruction& i, Block& block, bool ok) {
  unretired_ = unaccessed_ = 0;
  if (__builtin_expect(!ok, 0)) return native_trap(i, block);
  if (__builtin_expect(!leave_block_, 1)) return true;
  drop_unexecuted(block, &i + 1);
  pc_ = block.pc + i.offset + i.length;
  return false;
}

template <typename T>
inline bool Hart::native_load(const Instruction& i, Block& block) {
  std::uint64_t value = 0;
  const bool ok = load_slow(x_[i.rs1] + static_cast<std::uint64_t>(std::int64_t{i.imm}), sizeof(T), value);
  if (ok) x_[i.rd] = static_cast<std::uint64_t>(static_cast<T>(value));  // Sign-extends if T is signed.
  return native_done(i, block, ok);
}

bool Hart::step_for_native(const Instruction& i, Block& block) {
  set_unexecuted(block, &i);
  const Addr addr = x_[i.rs1] + static_cast<std::uint64_t>(std::int64_t{i.imm});
  switch (i.op) {
    case Op::kLb:
      return native_load<std::int8_t>(i, block);
    case Op::kLbu:
      return native_load<std::uint8_t>(i, block);
    case Op::kLh:
      return native_load<std::int16_t>(i, block);
    case Op::kLhu:
      return native_load<std::uint16_t>(i, block);
    case Op::kLw:
      return native_load<std::int32_t>(i, block);
    case Op::kLwu:
      return native_load<std::uint32_t>(i, block);
    case Op::kLd:
      return native_load<std::uint64_t>(i, block);
    case Op::kSb:
      return native_done(i, block, store_slow(addr, 1, x_[i.rs2]));
    case Op::kSh:
      return native_done(i, block, store_slow(addr, 2, x_[i.rs2]));
    case Op::kSw:
      return native_done(i, block, store_slow(addr, 4, x_[i.rs2]));
    case Op::kSd:
      return native_done(i, block, store_slow(addr, 8, x_[i.rs2]));
    case Op::kFlw:
    case Op::kFld:
    case Op::kFsw:
    case Op::kFsd:
      return native_done(i, block, float_access(i, addr));
    case Op::kLrW:
    case Op::kLrD:
    case Op::kScW:
    case Op::kScD:
    case Op::kAmoW:
    case Op::kAmoD:
      return native_done(i, block, atomic(i));
    case Op::kCsrrw:
    case Op::kCsrrs:
    case Op::kCsrrc:
    case Op::kCsrrwi:
    case Op::kCsrrsi:
    case Op::kCsrrci: {
      const CsrOutcome outcome = csr_operation(i);
      unretired_ = unaccessed_ = 0;
      if (outcome == CsrOutcome::kTrap) return native_trap(i, block);
      if (csr_.interrupt_due()) limit_ = 0;
      if (outcome == CsrOutcome::kNext && !leave_block_) return true;
      pc_ = block.pc + i.offset + i.length;
      return false;
    }
    default:
      return native_done(i, block, arithmetic_step(i));
  }
}

bool Hart::float_access(const Instruction& i, Addr addr) {
  if (!csr_.fp_enabled()) return fail(kIllegalInstruction, i.raw);
  const bool wide = i.op == Op::kFld || i.op == Op::kFsd;
  if (i.op == Op::kFsw || i.op == Op::kFsd) return store_slow(addr, wide ? 8 : 4, f_[i.rs2]);
  std::uint64_t value = 0;
  if (!load_slow(addr, wide ? 8 : 4, value)) return false;
  f_[i.rd] = wide ? value : kNanBox | value;
  csr_.fp_dirty();
  return true;
}

}  // namespace visoc::rv64
