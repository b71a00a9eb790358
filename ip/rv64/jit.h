// Translation of hot blocks to x86-64.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include "ip/rv64/block.h"

namespace visoc::rv64 {

class Hart;

/// Ten guest registers live in host registers wherever translated code runs; the others stay in memory.
inline constexpr unsigned kPinnedRegisters = 10;

/// Where translated code finds things. Displacements count from the Hart object.
struct JitLayout {
  std::int32_t x = 0, f = 0, pc = 0, retired = 0, limit = 0, accesses = 0, status = 0, frm = 0, link_request = 0;
  std::int32_t tlb_read[4] = {}, tlb_write[4] = {};
  std::uint8_t guest_of[kPinnedRegisters] = {};  ///< The guest register in each host register.
  std::uint64_t exit = 0;                        ///< Code that leaves for C++; the guest's pc is in memory.
  std::uint64_t step = 0;                        ///< Code that has C++ execute one instruction: rax = Instruction, rcx = Block.
};

/// The last native entry for a guest address, found by indirect jumps.
struct JumpEntry {
  Addr pc = 1;  ///< 1: empty, no instruction is there.
  const void* native = nullptr;
};

/// Per-block data that translated code reaches relative to its own address.
struct JitCells {
  std::uint64_t executions;
  const void* target[2];  ///< Where to jump when the branch is taken, and when not.
};

/// One for each hart: an arena of host code, and the way in and out of it.
///
/// Blocks jump to each other through memory cells (JitCells::target), so linking and unlinking never changes code. A block that was not
/// linked yet leaves with a request; the outer loop grants it. Whatever translated code cannot do is done by Hart::native_step, with the
/// whole guest state in memory, so traps are precise.
class Jit {
 public:
  /// Null if this host is not an x86-64, or does not let a program make code.
  static std::unique_ptr<Jit> create(Hart& hart);
  ~Jit();
  Jit(const Jit&) = delete;
  Jit& operator=(const Jit&) = delete;

  /// Translates a kept block and has those that are linked to it jump there. False: there is no room, or the first instruction is one
  /// that only the interpreter executes (Block::heat then stays at kNever).
  bool translate(Block& block);
  bool full() const;
  /// Runs translated code from `block` on until it needs C++.
  void run(Block& block) { enter_(&hart_, block.native); }

  /// The branch that left unlinked in the last run(); null if there is none.
  Link* take_link_request();
  void remember_jump(const Block& block);
  void dropped(Block& block);
  void forget_jumps(bool only_translated);
  /// No block is left.
  void clear();

  std::uint64_t executions(const Block& block) const { return block.native != nullptr ? cells_[block.native_index].executions : 0; }

  static constexpr std::uint32_t kNever = ~std::uint32_t{0};

 private:
  explicit Jit(Hart& hart);
  bool make_entry();

  static constexpr unsigned kMaxBlocks = 1u << 16, kJumpEntries = 1u << 12;
  static constexpr std::size_t kCodeBytes = 48u << 20, kLargestBlockBytes = 64u << 10;

  Hart& hart_;
  JitLayout layout_;
  std::uint8_t* arena_ = nullptr;
  std::size_t arena_bytes_ = 0;
  JitCells* cells_ = nullptr;     ///< In the arena.
  JumpEntry* jumps_ = nullptr;    ///< In the arena: kJumpEntries for each flavour.
  std::uint8_t* code_ = nullptr;  ///< In the arena, behind the data.
  std::size_t used_ = 0, entry_bytes_ = 0;
  std::uint32_t blocks_ = 0;
  bool flavour_used_[Flavour::kCount] = {};
  void (*enter_)(Hart*, const void*) = nullptr;
};

}  // namespace visoc::rv64
