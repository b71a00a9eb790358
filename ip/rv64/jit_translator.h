// Emits the host's code for one block.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <asmjit/x86.h>

#include <functional>
#include <vector>

#include "ip/rv64/jit.h"

namespace visoc::rv64 {

/// Host registers of the pinned guest registers, in order of JitLayout::guest_of. rax, rcx and rdx are scratch, rbp is the Hart, r15 the
/// instructions left until the limit.
inline const asmjit::x86::Gp kPinned[kPinnedRegisters] = {asmjit::x86::rbx, asmjit::x86::rsi, asmjit::x86::rdi, asmjit::x86::r8,
                                                          asmjit::x86::r9,  asmjit::x86::r10, asmjit::x86::r11, asmjit::x86::r12,
                                                          asmjit::x86::r13, asmjit::x86::r14};

class BlockTranslator {
 public:
  BlockTranslator(const JitLayout& layout, Block& block, JitCells& cells, const JumpEntry* jumps, unsigned jump_entries,
                  asmjit::CodeHolder& code);

  /// True if the interpreter has to execute this operation, which ends its block.
  static bool interpreter_only(Op op);
  /// Emits everything; errors go to the handler of the code holder.
  void translate();
  /// Offsets from the start of the code: where the block leaves when its branch is taken and not linked, and when not taken.
  std::uint64_t unlinked_offset(unsigned direction) const;

 private:
  using Gp = asmjit::x86::Gp;
  using Mem = asmjit::x86::Mem;
  using Label = asmjit::Label;
  enum Direction : unsigned { kTaken = 0, kFallen = 1 };

  void instruction(const Instruction& i);
  bool integer(const Instruction& i);
  bool bits(const Instruction& i);
  bool multiply(const Instruction& i);
  void divide(const Instruction& i, bool is_signed, bool word, bool want_remainder);
  void branch(const Instruction& i);
  void jump_register(const Instruction& i);
  void load(const Instruction& i);
  void store(const Instruction& i);
  /// Leaves the host address in rax; jumps to `slow` if the TLB does not know the page.
  void host_address(const Instruction& i, unsigned bytes, const std::int32_t (&tlb)[4], const Label& slow);

  // jit_float.cpp
  bool floating(const Instruction& i);
  void float_load(const Instruction& i);
  void float_store(const Instruction& i);
  bool float_arithmetic(const Instruction& i, bool wide, asmjit::x86::Inst::Id single, asmjit::x86::Inst::Id whole, bool one_source);
  bool float_fused(const Instruction& i, bool wide);
  bool float_compare(const Instruction& i, bool wide);
  bool float_to_integer(const Instruction& i, bool wide);
  bool float_from_integer(const Instruction& i, bool wide);
  bool float_move(const Instruction& i, bool wide);
  bool float_sign(const Instruction& i, bool wide);
  bool float_convert(const Instruction& i, bool wide);
  bool rounding_is_nearest(const Instruction& i, const Label& slow);
  void check_boxed(unsigned reg, const Label& slow);
  void float_result(unsigned rd, bool wide, const Label& slow);
  void mark_dirty();

  /// C++ executes the instruction; goes on behind it.
  void step(const Instruction& i);
  Label slow_step(const Instruction& i, const Label& back);
  void leave_for(Direction direction, Addr target);
  void exit_to(Addr pc, bool uncount_one);

  static bool real(unsigned guest) { return guest != 0 && guest < 32; }
  const Gp* pinned(unsigned guest) const;
  Mem x(unsigned guest) const { return asmjit::x86::qword_ptr(asmjit::x86::rbp, layout_.x + 8 * static_cast<int>(guest)); }
  Mem f(unsigned guest) const { return asmjit::x86::qword_ptr(asmjit::x86::rbp, layout_.f + 8 * static_cast<int>(guest)); }
  Mem f_high(unsigned guest) const { return asmjit::x86::dword_ptr(asmjit::x86::rbp, layout_.f + 8 * static_cast<int>(guest) + 4); }
  /// The register that holds a guest register, loaded into `scratch` if need be.
  Gp source(unsigned guest, const Gp& scratch);
  /// Copies a guest register to a host register.
  void fetch(const Gp& to, unsigned guest);
  /// Register, memory or zero, for the second operand of two-operand instructions.
  asmjit::Operand operand(unsigned guest) const;
  Gp destination(unsigned guest) const;
  void done(unsigned guest, const Gp& from);
  void constant(const Gp& to, std::uint64_t value);
  void two_operands(asmjit::x86::Inst::Id id, const Instruction& i, bool commutative);
  void two_operands_word(asmjit::x86::Inst::Id id, const Instruction& i);
  void immediate(asmjit::x86::Inst::Id id, const Instruction& i);
  void immediate_word(asmjit::x86::Inst::Id id, const Instruction& i);
  void shift(asmjit::x86::Inst::Id id, const Instruction& i, bool word);
  void set_if(asmjit::x86::Inst::Id set, const Instruction& i, bool with_immediate);
  void shift_add(const Instruction& i, unsigned shift, bool word);
  void select(asmjit::x86::Inst::Id move, const Instruction& i);
  Addr pc_of(const Instruction& i) const { return block_.pc + i.offset; }

  const JitLayout& layout_;
  Block& block_;
  JitCells& cells_;
  const JumpEntry* jumps_;
  unsigned jump_entries_;
  asmjit::CodeHolder& code_;
  asmjit::x86::Assembler a_;
  Label entry_;
  Label unlinked_[2];
  std::vector<std::function<void()>> out_of_line_;
  bool dirty_marked_ = false;
};

}  // namespace visoc::rv64
