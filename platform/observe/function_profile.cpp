// SPDX-License-Identifier: Apache-2.0
#include "platform/observe/function_profile.h"

#include <algorithm>
#include <tuple>

namespace visoc {
namespace {

constexpr std::uint64_t kLongestUnsized = 0x10000;
constexpr Addr kLongestInstruction = 4;  ///< A handler of a call returns behind it.

/// Of several names of one address the plainest: fewest leading underscores, shortest, first in the alphabet.
std::tuple<std::size_t, std::size_t, const std::string&> plainness(const std::string& name) {
  return {std::min(name.find_first_not_of('_'), name.size()), name.size(), name};
}

}  // namespace

FunctionProfile::FunctionProfile(std::vector<FunctionSymbol> symbols, ProfileLimits limits) : limits_(limits) {
  place_functions(std::move(symbols));
}

void FunctionProfile::place_functions(std::vector<FunctionSymbol> symbols) {
  std::sort(symbols.begin(), symbols.end(), [](const FunctionSymbol& a, const FunctionSymbol& b) {
    if (a.address != b.address) return a.address < b.address;
    if (a.size != b.size) return a.size > b.size;
    return plainness(a.name) < plainness(b.name);
  });
  // Sized symbols first; unsized ones only where no sized one lies, so that labels inside a function do not cut it.
  const auto add = [this](const FunctionSymbol& symbol, Addr end) { functions_.push_back({symbol.address, end, symbol.name, 0, 0}); };
  Addr free_from = 0;
  for (const FunctionSymbol& symbol : symbols) {
    if (symbol.size == 0 || symbol.address < free_from || symbol.address + symbol.size < symbol.address) continue;
    add(symbol, free_from = symbol.address + symbol.size);
  }
  const std::size_t sized = functions_.size();
  const auto after = [this, sized](Addr address) {
    return std::upper_bound(functions_.begin(), functions_.begin() + static_cast<std::ptrdiff_t>(sized), address,
                            [](Addr a, const Function& function) { return a < function.begin; });
  };
  std::vector<FunctionSymbol> unsized;
  for (const FunctionSymbol& symbol : symbols) {
    if (symbol.size != 0 || (!unsized.empty() && unsized.back().address == symbol.address)) continue;
    const auto next = after(symbol.address);
    if (next == functions_.begin() || std::prev(next)->end <= symbol.address) unsized.push_back(symbol);
  }
  for (std::size_t i = 0; i < unsized.size(); ++i) {
    const Addr start = unsized[i].address;
    Addr end = start > ~Addr{0} - kLongestUnsized ? ~Addr{0} : start + kLongestUnsized;
    if (i + 1 < unsized.size()) end = std::min(end, unsized[i + 1].address);
    const auto next = after(start);
    if (next != functions_.begin() + static_cast<std::ptrdiff_t>(sized)) end = std::min(end, next->begin);
    add(unsized[i], end);
  }
  std::sort(functions_.begin(), functions_.end(), [](const Function& a, const Function& b) { return a.begin < b.begin; });
  functions_.push_back({0, 0, "[no symbol]", 0, 0});
}

std::uint32_t FunctionProfile::function_at(Addr pc, Addr& begin, Addr& end) const {
  const auto last = functions_.end() - 1;
  const auto next = std::upper_bound(functions_.begin(), last, pc, [](Addr a, const Function& function) { return a < function.begin; });
  begin = 0;
  if (next != functions_.begin()) {
    const Function& function = *std::prev(next);
    if (pc < function.end) {
      begin = function.begin;
      end = function.end;
      return static_cast<std::uint32_t>(std::prev(next) - functions_.begin());
    }
    begin = function.end;
  }
  end = next == last ? ~Addr{0} : next->begin;
  return static_cast<std::uint32_t>(functions_.size() - 1);
}

FunctionProfile::Hart& FunctionProfile::hart_of(unsigned number) {
  while (harts_.size() <= number) {
    harts_.emplace_back();
    harts_.back().root = static_cast<std::uint32_t>(nodes_.size());
    nodes_.emplace_back();
  }
  return harts_[number];
}

std::uint32_t FunctionProfile::child(std::uint32_t parent, std::uint32_t function, bool trap, bool& beyond) {
  const std::uint64_t key = std::uint64_t{parent} << 32 | std::uint64_t{function} << 1 | (trap ? 1 : 0);
  const auto found = children_.find(key);
  beyond = false;
  if (found != children_.end()) return found->second;
  if (nodes_[parent].depth >= limits_.depth || children_.size() >= limits_.nodes) {
    beyond = true;
    return parent;
  }
  const auto made = static_cast<std::uint32_t>(nodes_.size());
  nodes_.push_back({parent, function, nodes_[parent].depth + 1, trap, 0});
  children_.emplace(key, made);
  return made;
}

void FunctionProfile::push(Hart& hart, Addr return_address, bool trap) {
  if (hart.frames.size() >= limits_.frames) {
    const std::size_t oldest = hart.frames.size() / 2;
    hart.frames.erase(hart.frames.begin(), hart.frames.begin() + static_cast<std::ptrdiff_t>(oldest));
    forgotten_ += oldest;
  }
  Frame frame;
  frame.return_address = return_address;
  frame.base = frame.node = hart.frames.empty() ? hart.root : hart.frames.back().node;
  frame.trap = trap;
  hart.frames.push_back(frame);
  hart.begin = 1;
  hart.end = 0;
}

void FunctionProfile::enter(Hart& hart, Addr pc) {
  if (hart.frames.empty()) push(hart, ~Addr{0}, false);
  Frame& frame = hart.frames.back();
  const std::uint32_t function = function_at(pc, hart.begin, hart.end);
  if (frame.function == function) return;
  if (frame.function == kNone || pc == functions_[function].begin) ++functions_[function].calls;
  frame.function = function;
  frame.node = child(frame.base, function, frame.trap, frame.beyond);
}

void FunctionProfile::close_call(Hart& hart, Addr next) {
  for (std::size_t i = hart.frames.size(); i-- > 1;) {
    if (hart.frames[i].return_address != next) continue;
    hart.frames.resize(i);
    break;
  }
  hart.begin = 1;
  hart.end = 0;
}

void FunctionProfile::close_trap(Hart& hart, Addr next) {
  hart.begin = 1;
  hart.end = 0;
  const auto resumes = [next](Addr interrupted) { return next - interrupted <= kLongestInstruction; };
  std::size_t trap = hart.frames.size();
  while (trap > 0 && !hart.frames[trap - 1].trap) --trap;
  const bool open = trap >= 2;  // Otherwise there is no trap to return from, or nothing below it is known.
  const Addr interrupted = open ? hart.frames[trap - 1].interrupted : 0;
  hart.frames.resize(open ? trap - 1 : 0);
  if (open && resumes(interrupted)) return;
  for (std::size_t i = hart.parked.size(); i-- > 0;) {
    if (!resumes(hart.parked[i].interrupted)) continue;
    Parked resumed = std::move(hart.parked[i]);
    hart.parked.erase(hart.parked.begin() + static_cast<std::ptrdiff_t>(i));
    if (open) park(hart, interrupted);
    hart.frames = std::move(resumed.frames);
    return;
  }
  // A handler that mends a fault sends its function, or a caller of it, elsewhere in itself.
  Addr begin = 0, end = 0;
  const std::uint32_t function = function_at(next, begin, end);
  std::size_t depth = hart.frames.size();
  while (depth > 0 && hart.frames[depth - 1].function != function) --depth;
  if (depth > 0) {
    hart.frames.resize(depth);
  } else if (open) {
    park(hart, interrupted);
  }
}

void FunctionProfile::park(Hart& hart, Addr interrupted) {
  if (hart.parked.size() >= limits_.parked) {
    hart.parked.erase(hart.parked.begin());
    ++forgotten_;
  }
  hart.parked.push_back({interrupted, std::move(hart.frames)});
  hart.frames.clear();
}

void FunctionProfile::executed(unsigned number, const ExecutedBlock& block) {
  Hart& hart = number < harts_.size() ? harts_[number] : hart_of(number);
  if (block.pc < hart.begin || block.pc >= hart.end) enter(hart, block.pc);
  const Frame& top = hart.frames.back();
  nodes_[top.node].self += block.instructions;
  functions_[top.function].self += block.instructions;
  hart.instructions += block.instructions;
  instructions_ += block.instructions;
  if (top.beyond) beyond_ += block.instructions;
  switch (block.kind) {
    case ExecutedBlock::Kind::kCall:
      push(hart, block.end, false);
      break;
    case ExecutedBlock::Kind::kReturn:
      close_call(hart, block.next);
      break;
    case ExecutedBlock::Kind::kTrap:
      push(hart, ~Addr{0}, true);
      hart.frames.back().interrupted = block.end;
      break;
    case ExecutedBlock::Kind::kTrapReturn:
      close_trap(hart, block.next);
      break;
    case ExecutedBlock::Kind::kOnward:
    case ExecutedBlock::Kind::kJump:
      break;
  }
}

}  // namespace visoc
