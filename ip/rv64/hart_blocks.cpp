// Decoding, keeping and dropping of blocks.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>

#include "ip/rv64/hart.h"
#include "ip/rv64/jit.h"

namespace visoc::rv64 {
namespace {

bool writes_integer_register(Op op) {
  switch (op) {
    case Op::kBeq:
    case Op::kBne:
    case Op::kBlt:
    case Op::kBge:
    case Op::kBltu:
    case Op::kBgeu:
    case Op::kSb:
    case Op::kSh:
    case Op::kSw:
    case Op::kSd:
    case Op::kFsw:
    case Op::kFsd:
    case Op::kFlw:
    case Op::kFld:
    case Op::kFaddS:
    case Op::kFsubS:
    case Op::kFmulS:
    case Op::kFaddD:
    case Op::kFsubD:
    case Op::kFmulD:
    case Op::kFmaddD:
    case Op::kFmaddS:
    case Op::kFp:
      return false;
    default:
      return true;
  }
}

bool accesses_memory(const Instruction& instruction) { return loaded_bytes(instruction) != 0 || stored_bytes(instruction) != 0; }

}  // namespace

bool Hart::fetch_half(Addr pc, Addr& physical, bool& direct, std::uint16_t& half) {
  if (!translate(pc, 2, Access::kFetch, csr_.privilege, physical)) return false;
  const DirectRegion* region = region_of(physical);
  direct = region != nullptr && fits(physical - region->base, 2, region->size);
  if (direct) {
    std::memcpy(&half, region->host + (physical - region->base), 2);
    if (region->writable && region->guards == nullptr) unguarded_code_ = true;
    return true;
  }
  std::uint64_t value = 0;
  if (!bus_load(physical, 2, value)) return fail(kFetchFault, pc);
  counts_.loaded_bytes += 2;
  half = static_cast<std::uint16_t>(value);
  return true;
}

std::unique_ptr<Block> Hart::make_block(Addr pc, unsigned max_instructions) {
  auto block = std::make_unique<Block>();
  block->pc = pc;
  block->flavour = flavour_;
  block->taken.from = block->fallen.from = block.get();
  Addr at = pc;
  bool ended = false, all_direct = true;
  while (!ended && all_direct && block->count < max_instructions && (at == pc || (at & (kPageBytes - 1)) != 0)) {
    if (at != pc && at_breakpoint(at)) break;
    std::uint16_t low = 0, high = 0;
    Addr physical = 0, second = 0;
    bool direct = false;
    const bool fetched = fetch_half(at, physical, direct, low);
    all_direct = direct;
    if (!fetched || ((low & 3) == 3 && !fetch_half(at + 2, second, direct, high))) {
      if (block->count == 0) return nullptr;
      break;  // The fault is taken if execution gets there.
    }
    all_direct = all_direct && direct;
    if (caches_ != nullptr && all_direct) {
      // All code in the line of the first instruction, or in the two it lies in: fetched at once when the block is entered.
      const Cache& cache = caches_->instructions;
      const Addr first = cache.line_of(physical), last = (low & 3) == 3 ? cache.line_of(second + 1) : first;
      if (at == pc) {
        block->first_line = first;
        block->last_line = last;
      } else if (first != block->last_line || last != block->last_line) {
        break;
      }
    }
    if (at == pc) block->physical = physical;
    Instruction instruction = decode(low | static_cast<std::uint32_t>(high) << 16);
    instruction.offset = static_cast<std::uint16_t>(at - pc);
    if (instruction.rd == 0 && writes_integer_register(instruction.op)) instruction.rd = kZeroSink;
    instruction.handler = handlers_[static_cast<std::size_t>(instruction.op)];
    instruction.index = static_cast<std::uint8_t>(block->count);
    block->code.push_back(instruction);
    ++block->count;
    ended = ends_block(instruction.op);
    const bool crossed_page = ((at + instruction.length - 1) ^ pc) >= kPageBytes;
    at += instruction.length;
    if (crossed_page) {
      block->tail = second;
      break;
    }
  }
  block->bytes = static_cast<std::uint32_t>(at - pc);
  if (!all_direct) block->physical = Block::kNowhere;
  if (!ended) {
    Instruction end;
    end.op = Op::kEndOfBlock;
    end.handler = handlers_[static_cast<std::size_t>(Op::kEndOfBlock)];
    end.offset = static_cast<std::uint16_t>(at - pc);
    end.index = static_cast<std::uint8_t>(block->count);
    block->code.push_back(end);
  }
  for (std::size_t i = block->count; i-- > 0;) {
    block->accesses += accesses_memory(block->code[i]) ? 1 : 0;
    block->code[i].accesses_from = static_cast<std::uint8_t>(block->accesses);
  }
  return block;
}

Block* Hart::find_block(Addr pc) {
  if (Block* block = lookup(pc)) return block;
  if (blocks_.size() >= kMaxBlocks || (jit_ != nullptr && jit_->full())) flush_blocks();
  const bool stops_here = at_breakpoint(pc);
  Block*& entry = (*table_)[pc >> 1 & (kBlockTableEntries - 1)];
  Addr physical = 0;
  if (!translate(pc, 2, Access::kFetch, csr_.privilege, physical)) return nullptr;
  if (const auto page = code_pages_.find(physical / kPageBytes); page != code_pages_.end()) {
    for (Block* block : page->second) {
      if (block->physical != physical || block->pc != pc || !(block->flavour == flavour_)) continue;
      Addr tail = Block::kNowhere;
      if (block->tail != Block::kNowhere && !translate((pc | (kPageBytes - 1)) + 1, 2, Access::kFetch, csr_.privilege, tail)) continue;
      if (tail != block->tail) continue;
      if (!stops_here) entry = block;
      return block;
    }
  }
  auto made = make_block(pc, kMaxBlockInstructions);
  if (made == nullptr) return nullptr;
  ++counts_.blocks_made;
  Block* block = made.get();
  if (block->physical == Block::kNowhere) {
    transient_ = std::move(made);
    return block;
  }
  keep(std::move(made));
  if (!stops_here) entry = block;
  return block;
}

void Hart::keep(std::unique_ptr<Block> block) {
  block->slot = static_cast<std::uint32_t>(blocks_.size());
  code_pages_[block->physical / kPageBytes].push_back(block.get());
  if (block->tail != Block::kNowhere) code_pages_[block->tail / kPageBytes].push_back(block.get());
  const auto watch = [this](Addr physical, std::uint64_t bytes) {
    const DirectRegion* region = region_of(physical);
    if (region != nullptr && region->guards != nullptr) region->guards->watch_code(physical - region->base, bytes);
  };
  const std::uint64_t in_page = kPageBytes - block->physical % kPageBytes;
  watch(block->physical, std::min<std::uint64_t>(block->bytes, in_page));
  if (block->tail != Block::kNowhere) watch(block->tail, 2);
  blocks_.push_back(std::move(block));
}

void Hart::link(Link& link, Block& next) {
  const Block& from = *link.from;
  if (from.slot == Block::kNotKept || next.slot == Block::kNotKept) return;
  // Under translation only links within a page stay right whatever happens to the page table: the next block is in the same frame.
  if (flavour_.translated() && ((from.pc ^ next.pc) >= kPageBytes || next.tail != Block::kNowhere)) return;
  link.to = &next;
  next.incoming.push_back(&link);
  if (link.cell != nullptr && next.native != nullptr) *link.cell = next.native;
}

void Hart::unlink(Block& block) {
  for (Link* link : block.incoming) {
    link->to = nullptr;
    if (link->cell != nullptr) *link->cell = link->unlinked;
  }
  block.incoming.clear();
  for (Link* link : {&block.taken, &block.fallen}) {
    if (link->to == nullptr) continue;
    auto& incoming = link->to->incoming;
    incoming.erase(std::remove(incoming.begin(), incoming.end(), link), incoming.end());
    link->to = nullptr;
  }
}

std::uint64_t Hart::executions_of(const Block& block) const { return block.executions + (jit_ != nullptr ? jit_->executions(block) : 0); }

void Hart::drop_block(Block& block) {
  unlink(block);
  for (Addr physical : {block.physical, block.tail}) {
    const auto page = code_pages_.find(physical / kPageBytes);
    if (physical == Block::kNowhere || page == code_pages_.end()) continue;
    auto& list = page->second;
    list.erase(std::remove(list.begin(), list.end(), &block), list.end());
  }
  Block*& entry = (*tables_[block.flavour.index])[block.pc >> 1 & (kBlockTableEntries - 1)];
  if (entry == &block) entry = nullptr;
  count_block(block, 0, block.count, executions_of(block), counts_);
  block.executions = 0;
  if (jit_ != nullptr) jit_->dropped(block);
  ++counts_.blocks_dropped;
  graveyard_.push_back(std::move(blocks_[block.slot]));
  block.slot = Block::kNotKept;
}

void Hart::flush_blocks() {
  for (auto& block : blocks_) {
    if (block == nullptr) continue;
    count_block(*block, 0, block->count, executions_of(*block), counts_);
    ++counts_.blocks_dropped;
  }
  blocks_.clear();
  code_pages_.clear();
  forget_tables(false);
  if (jit_ != nullptr) jit_->clear();
  flush_pending_ = unguarded_code_ = false;
}

void Hart::forget_tables(bool only_translated) {
  for (unsigned index = 0; index < Flavour::kCount; ++index) {
    const Flavour flavour{static_cast<std::uint8_t>(index)};
    if (tables_[index] != nullptr && (!only_translated || flavour.translated())) tables_[index]->fill(nullptr);
  }
  if (jit_ != nullptr) jit_->forget_jumps(only_translated);
}

void Hart::count_block(const Block& block, std::size_t first, std::size_t last, std::uint64_t times, HartCounts& counts) const {
  for (std::size_t i = first; i < last; ++i) {
    const unsigned in = loaded_bytes(block.code[i]), out = stored_bytes(block.code[i]);
    counts.loads += in != 0 ? times : 0;
    counts.stores += out != 0 ? times : 0;
    counts.loaded_bytes += in * times;
    counts.stored_bytes += out * times;
  }
}

HartCounts Hart::counts() const {
  HartCounts counts = counts_;
  for (const auto& block : blocks_)
    if (block != nullptr) count_block(*block, 0, block->count, executions_of(*block), counts);
  return counts;
}

void Hart::page_guarded(Offset) {
  for (Tlb& tlb : tlbs_) std::fill(std::begin(tlb.write), std::end(tlb.write), TlbEntry{});
}

void Hart::code_written(const PageGuards& memory, Offset page, std::uint64_t lines) {
  for (const DirectRegion& region : regions_) {
    if (region.guards.get() != &memory) continue;
    const Addr first = region.base + page;
    const auto known = code_pages_.find(first / kPageBytes);
    if (known == code_pages_.end()) return;
    std::vector<Block*> hit;
    for (Block* block : known->second) {
      const bool is_tail = block->physical / kPageBytes != first / kPageBytes;
      const Addr start = is_tail ? block->tail : block->physical;
      const std::uint64_t bytes = is_tail ? 2 : std::min<std::uint64_t>(block->bytes, kPageBytes - start % kPageBytes);
      const std::uint64_t from = start % kPageBytes / PageGuards::kLineBytes;
      const std::uint64_t to = (start % kPageBytes + bytes - 1) / PageGuards::kLineBytes;
      for (std::uint64_t line = from; line <= to; ++line)
        if ((lines >> line & 1) != 0) {
          hit.push_back(block);
          break;
        }
    }
    for (Block* block : hit) drop_block(*block);
    if (!hit.empty()) leave_block_ = true;  // The block under way may be among them.
    return;
  }
}

}  // namespace visoc::rv64
