// Where a program spends its instructions, by function and by call path, from the blocks that harts executed.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "platform/contract/execution_observer.h"

namespace visoc {

/// A symbol that may be a function. Size 0: up to the next symbol, at most 64 KiB.
struct FunctionSymbol {
  Addr address = 0;
  std::uint64_t size = 0;
  std::string name;
};

/// Memory is bounded by these; what lies beyond is counted in the nearest caller that has a node, and the text says how much.
struct ProfileLimits {
  std::size_t nodes = 32'768;   ///< Distinct call paths, 1 or more.
  unsigned depth = 256;         ///< Calls in a path, 1 or more.
  std::size_t frames = 65'536;  ///< Open calls of a hart, 2 or more; then the older half is forgotten.
  std::size_t parked = 64;      ///< Interrupted threads of a hart, 1 or more; then the oldest is forgotten.
};

/// Follows calls by return addresses. A return that is nobody's (switching stacks) counts as a jump; one to an older caller (longjmp)
/// closes all calls above it. A jump out of a function is a tail call: the callee takes the caller's place. A handler is a call of
/// the interrupted function, shown as `trap:NAME`. A trap return to elsewhere goes on where an earlier trap interrupted (another
/// thread), or in an open caller (a mended fault), or starts a new path; what it leaves is kept until a trap return goes back there.
class FunctionProfile : public ExecutionObserver {
 public:
  explicit FunctionProfile(std::vector<FunctionSymbol> symbols, ProfileLimits limits = {});

  void executed(unsigned hart, const ExecutedBlock& block) override;

  /// All instructions seen.
  std::uint64_t instructions() const { return instructions_; }
  /// Two tables: functions by own instructions, and the call tree by inclusive instructions. Ties go by name, then address.
  std::string text() const;
  /// A line a call path with own instructions, `hart0;main;work 123`, sorted: the folded form that flame graph tools read.
  std::string folded() const;

 private:
  static constexpr std::uint32_t kNone = 0xffffffff;
  struct Function {
    Addr begin = 0, end = 0;  ///< [begin, end), one after the other without overlap.
    std::string name;
    std::uint64_t self = 0, calls = 0;
  };
  struct Node {
    std::uint32_t parent = kNone, function = kNone;
    unsigned depth = 0;  ///< 0 for a hart's root.
    bool trap = false;
    std::uint64_t self = 0;
  };
  struct Frame {
    Addr return_address = ~Addr{0};     ///< Odd: none.
    Addr interrupted = 0;               ///< Of a trap: where.
    std::uint32_t base = kNone;         ///< Node of the caller.
    std::uint32_t node = kNone;         ///< Where instructions are counted.
    std::uint32_t function = kNone;     ///< kNone until its first block.
    bool trap = false, beyond = false;  ///< beyond: `node` stands for an ancestor, by a limit.
  };
  struct Parked {
    Addr interrupted = 0;
    std::vector<Frame> frames;
  };
  struct Hart {
    std::uint32_t root = kNone;
    std::uint64_t instructions = 0;
    std::vector<Frame> frames;
    std::vector<Parked> parked;
    Addr begin = 1, end = 0;  ///< Of the function on top; empty when that has to be looked up.
  };
  /// What the tables are made of.
  struct Sums {
    std::vector<std::uint64_t> inclusive_of_node, inclusive_of_function;
    std::vector<std::vector<std::uint32_t>> children;  ///< By inclusive instructions.
  };

  void place_functions(std::vector<FunctionSymbol> symbols);
  Hart& hart_of(unsigned hart);
  std::uint32_t child(std::uint32_t parent, std::uint32_t function, bool trap, bool& beyond);
  void enter(Hart& hart, Addr pc);
  void push(Hart& hart, Addr return_address, bool trap);
  void close_call(Hart& hart, Addr next);
  void close_trap(Hart& hart, Addr next);
  void park(Hart& hart, Addr interrupted);
  std::uint32_t function_at(Addr pc, Addr& begin, Addr& end) const;
  std::string name_of(std::uint32_t node) const;
  Sums sums() const;
  std::string flat_text(const Sums& sums) const;
  std::string tree_text(const Sums& sums) const;

  ProfileLimits limits_;
  std::vector<Function> functions_;  ///< By address; the last one stands for code without a symbol.
  std::vector<Node> nodes_;          ///< A parent comes before its children.
  std::unordered_map<std::uint64_t, std::uint32_t> children_;
  std::vector<Hart> harts_;
  std::uint64_t instructions_ = 0, beyond_ = 0, forgotten_ = 0;
};

}  // namespace visoc
