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

/// True: translated code goes on behind the instruction.
bool Hart::step_for_native(const Instruction& i, Block& block) {
  set_unexecuted(block, &i);
  const auto finished = [&](bool ok) {
    unretired_ = unaccessed_ = 0;
    if (!ok) return native_trap(i, block);
    if (!leave_block_) return true;
    drop_unexecuted(block, &i + 1);
    pc_ = block.pc + i.offset + i.length;
    return false;
  };
  const unsigned bytes_in = loaded_bytes(i), bytes_out = stored_bytes(i);
  switch (i.op) {
    case Op::kLrW:
    case Op::kLrD:
    case Op::kScW:
    case Op::kScD:
    case Op::kAmoW:
    case Op::kAmoD:
      return finished(atomic(i));
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
      break;
  }
  const Addr addr = x_[i.rs1] + static_cast<std::uint64_t>(std::int64_t{i.imm});
  const bool is_float = i.op == Op::kFlw || i.op == Op::kFld || i.op == Op::kFsw || i.op == Op::kFsd;
  if (is_float && !csr_.fp_enabled()) return finished(fail(kIllegalInstruction, i.raw));
  if (bytes_in != 0) {
    std::uint64_t value = 0;
    const bool ok = load_slow(addr, bytes_in, value);
    if (ok && is_float) {
      f_[i.rd] = i.op == Op::kFlw ? kNanBox | value : value;
      csr_.fp_dirty();
    } else if (ok) {
      const bool zero_extends = i.op == Op::kLbu || i.op == Op::kLhu || i.op == Op::kLwu || bytes_in == 8;
      const unsigned shift = 64 - 8 * bytes_in;
      x_[i.rd] = zero_extends ? value : static_cast<std::uint64_t>(static_cast<std::int64_t>(value << shift) >> shift);
    }
    return finished(ok);
  }
  if (bytes_out != 0) return finished(store_slow(addr, bytes_out, is_float ? f_[i.rs2] : x_[i.rs2]));
  return finished(arithmetic_step(i));
}

}  // namespace visoc::rv64
