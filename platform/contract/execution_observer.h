// What a hart tells of its way through a program: one event a block of straight code.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "platform/base/units.h"

namespace visoc {

/// Instructions that retired one after the other from `pc` on, and how the last of them left. Addresses are virtual.
/// Every retired instruction is in exactly one block. A block may be cut anywhere (kOnward); it holds at most one transfer, at its end.
struct ExecutedBlock {
  enum class Kind : std::uint8_t {
    kOnward,      ///< Fell through, or a branch, taken or not.
    kCall,        ///< jal or jalr that writes ra or t0; `end` is the address it wrote.
    kReturn,      ///< jalr from ra or t0 with rd = x0.
    kJump,        ///< Any other jal or jalr: a loop, a switch or a tail call; symbols tell which.
    kTrap,        ///< Exception or interrupt: `next` is the handler. May come with 0 instructions.
    kTrapReturn,  ///< mret or sret.
  };
  Addr pc = 0;                     ///< Of the first instruction.
  std::uint64_t instructions = 0;  ///< Retired; 0 only with kTrap.
  Kind kind = Kind::kOnward;
  Addr next = 0;  ///< The hart's pc behind the block.
  Addr end = 0;   ///< Just past the last instruction that retired, where a call returns to; `pc` if none did.
};

/// Told of every block, in each hart's program order, from the thread that simulates it.
class ExecutionObserver {
 public:
  virtual ~ExecutionObserver() = default;
  virtual void executed(unsigned hart, const ExecutedBlock& block) = 0;
};

}  // namespace visoc
