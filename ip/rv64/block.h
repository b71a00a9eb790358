// Decoded basic blocks: what every engine executes.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "ip/rv64/instruction.h"
#include "platform/base/units.h"

namespace visoc::rv64 {

/// Under which circumstances code was decoded: mode, rights of loads and stores, translation, floating point on or off. Blocks of
/// different flavours never follow each other directly.
struct Flavour {
  std::uint8_t index = 0;
  static constexpr unsigned kCount = 64;

  static Flavour make(unsigned privilege, unsigned data_context, bool fp_on, bool translated) {
    return {static_cast<std::uint8_t>(privilege | data_context << 2 | (fp_on ? 16u : 0u) | (translated ? 32u : 0u))};
  }
  unsigned data_context() const { return index >> 2 & 3; }
  bool fp_on() const { return (index & 16) != 0; }
  bool translated() const { return (index & 32) != 0; }
  bool operator==(Flavour other) const { return index == other.index; }
};

struct Block;

/// The way from a block to the one that follows it, once that is known.
struct Link {
  Block* from = nullptr;
  Block* to = nullptr;
  const void** cell = nullptr;     ///< Where translated code finds its jump target; null: `from` is not translated.
  const void* unlinked = nullptr;  ///< What the cell holds while there is nothing to jump to.
};

/// At most 64 instructions that follow each other, ended by a jump, a system instruction or the end of the page.
struct Block {
  static constexpr Addr kNowhere = ~Addr{0};
  static constexpr std::uint32_t kNotKept = ~std::uint32_t{0};

  Addr pc = 0;                 ///< Virtual.
  std::uint32_t count = 0;     ///< Instructions that can retire.
  std::uint32_t accesses = 0;  ///< Loads and stores among them.
  std::uint64_t executions = 0;
  Link taken;                    ///< Next block after a jump or a branch taken.
  Link fallen;                   ///< Next block otherwise.
  const void* native = nullptr;  ///< Translated to the host's code; null: interpreted.
  std::uint32_t native_index = 0;
  std::uint32_t heat = 0;  ///< Times the outer loop started it.
  std::vector<Instruction> code;

  Flavour flavour;
  std::uint32_t bytes = 0;        ///< Of code.
  std::uint32_t slot = kNotKept;  ///< Its place among the kept blocks.
  Addr physical = kNowhere;       ///< Of the first byte; kNowhere: not fetched from memory with direct access, so not kept.
  Addr tail = kNowhere;           ///< Physical address of the last two bytes, if the last instruction lies across two pages.
  Addr first_line = kNowhere, last_line = kNowhere;  ///< Of the instruction cache, if there is one: all code lies in these.
  std::vector<Link*> incoming;                       ///< The links that point here.
};

}  // namespace visoc::rv64
