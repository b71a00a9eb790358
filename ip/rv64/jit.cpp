// The arena, the way into translated code and out of it, links.
// SPDX-License-Identifier: Apache-2.0
#include "ip/rv64/jit.h"

#include <sys/mman.h>

#include <algorithm>

#include "ip/rv64/hart.h"
#include "ip/rv64/jit_translator.h"

namespace visoc::rv64 {

using namespace asmjit;  // NOLINT: the assembler's own names.

namespace {

/// The most used registers of compiled code: arguments, temporaries, frame, loop counters. A choice, not a rule: see docs/results/rv64.md.
constexpr std::uint8_t kGuests[kPinnedRegisters] = {10, 11, 12, 13, 14, 15, 8, 9, 16, 2};

class FailureNote : public ErrorHandler {
 public:
  void handleError(Error, const char*, BaseEmitter*) override { seen = true; }
  bool seen = false;
};

std::size_t page_up(std::size_t bytes) { return (bytes + 4095) / 4096 * 4096; }

}  // namespace

std::unique_ptr<Jit> Jit::create(Hart& hart) {
  std::unique_ptr<Jit> jit(new Jit(hart));
  const bool usable = jit->arena_ != nullptr && CpuInfo::host().hasFeature(CpuFeatures::X86::kSSE2) && jit->make_entry();
  return usable ? std::move(jit) : nullptr;
}

Jit::Jit(Hart& hart) : hart_(hart) {
  const auto place = [&hart](const void* member) {
    return static_cast<std::int32_t>(reinterpret_cast<const std::uint8_t*>(member) - reinterpret_cast<const std::uint8_t*>(&hart));
  };
  layout_.x = place(&hart.x_);
  layout_.f = place(&hart.f_);
  layout_.pc = place(&hart.pc_);
  layout_.retired = place(&hart.retired_);
  layout_.limit = place(&hart.limit_);
  layout_.accesses = place(&hart.accesses_);
  layout_.status = place(&hart.csr_.status);
  layout_.frm = place(&hart.csr_.frm);
  layout_.link_request = place(&hart.link_request_);
  for (unsigned context = 0; context < Hart::kDataContexts; ++context) {
    layout_.tlb_read[context] = place(hart.tlbs_[context].read);
    layout_.tlb_write[context] = place(hart.tlbs_[context].write);
  }
  std::copy(std::begin(kGuests), std::end(kGuests), layout_.guest_of);

  const std::size_t cell_bytes = page_up(sizeof(JitCells) * kMaxBlocks);
  const std::size_t jump_bytes = page_up(sizeof(JumpEntry) * kJumpEntries * Flavour::kCount);
  arena_bytes_ = cell_bytes + jump_bytes + kCodeBytes;
  void* mapped = ::mmap(nullptr, arena_bytes_, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapped == MAP_FAILED) return;
  arena_ = static_cast<std::uint8_t*>(mapped);
  cells_ = reinterpret_cast<JitCells*>(arena_);
  jumps_ = reinterpret_cast<JumpEntry*>(arena_ + cell_bytes);
  code_ = arena_ + cell_bytes + jump_bytes;
}

Jit::~Jit() {
  if (arena_ != nullptr) ::munmap(arena_, arena_bytes_);
}

bool Jit::make_entry() {
  using namespace x86;  // NOLINT: register names.
  CodeHolder code;
  const auto base = reinterpret_cast<std::uint64_t>(code_);
  code.init(Environment::host(), base);
  Assembler a(&code);
  const Gp saved[] = {rbx, rbp, r12, r13, r14, r15};
  const auto spill = [&] {
    for (unsigned i = 0; i < kPinnedRegisters; ++i) a.mov(qword_ptr(rbp, layout_.x + 8 * layout_.guest_of[i]), kPinned[i]);
    a.mov(rax, qword_ptr(rbp, layout_.limit));
    a.sub(rax, r15);
    a.mov(qword_ptr(rbp, layout_.retired), rax);
  };
  const auto reload = [&] {
    for (unsigned i = 0; i < kPinnedRegisters; ++i) a.mov(kPinned[i], qword_ptr(rbp, layout_.x + 8 * layout_.guest_of[i]));
    a.mov(r15, qword_ptr(rbp, layout_.limit));
    a.sub(r15, qword_ptr(rbp, layout_.retired));
  };

  // enter(rdi = Hart, rsi = code)
  for (const Gp& reg : saved) a.push(reg);
  a.sub(rsp, 8);
  a.mov(rbp, rdi);
  a.mov(rax, rsi);
  reload();
  a.jmp(rax);

  Label epilogue = a.newLabel(), exit = a.newLabel(), step = a.newLabel(), leave = a.newLabel();
  a.align(AlignMode::kCode, 16);
  a.bind(exit);
  spill();
  a.bind(epilogue);
  a.add(rsp, 8);
  for (std::size_t i = std::size(saved); i-- > 0;) a.pop(saved[i]);
  a.ret();

  a.align(AlignMode::kCode, 16);
  a.bind(step);
  a.mov(rdx, rax);
  spill();
  a.mov(rdi, rbp);
  a.mov(rsi, rdx);
  a.mov(rdx, rcx);
  a.sub(rsp, 8);
  a.call(reinterpret_cast<std::uint64_t>(&Hart::native_step));
  a.add(rsp, 8);
  a.test(eax, eax);
  a.jnz(leave);
  reload();
  a.ret();
  a.bind(leave);
  a.add(rsp, 8);  // The address that step was called from.
  a.jmp(epilogue);

  if (code.flatten() != kErrorOk || code.resolveUnresolvedLinks() != kErrorOk || code.relocateToBase(base) != kErrorOk) return false;
  if (code.copyFlattenedData(code_, kLargestBlockBytes) != kErrorOk) return false;
  enter_ = reinterpret_cast<void (*)(Hart*, const void*)>(code_);
  layout_.exit = base + code.labelOffset(exit);
  layout_.step = base + code.labelOffset(step);
  entry_bytes_ = used_ = (code.codeSize() + 63) / 64 * 64;
  return true;
}

bool Jit::full() const { return blocks_ >= kMaxBlocks || used_ + kLargestBlockBytes > kCodeBytes; }

bool Jit::translate(Block& block) {
  if (BlockTranslator::interpreter_only(block.code.front().op) || full()) {
    block.heat = kNever;
    return false;
  }
  JumpEntry* const jumps = jumps_ + std::size_t{kJumpEntries} * block.flavour.index;
  if (!flavour_used_[block.flavour.index]) {
    std::fill(jumps, jumps + kJumpEntries, JumpEntry{});
    flavour_used_[block.flavour.index] = true;
  }
  JitCells& cells = cells_[blocks_];
  CodeHolder code;
  std::uint8_t* const at = code_ + used_;
  const auto base = reinterpret_cast<std::uint64_t>(at);
  code.init(Environment::host(), base);
  FailureNote failure;
  code.setErrorHandler(&failure);
  BlockTranslator translator(layout_, block, cells, jumps, kJumpEntries, code);
  translator.translate();
  const bool made = !failure.seen && code.flatten() == kErrorOk && code.resolveUnresolvedLinks() == kErrorOk &&
                    code.relocateToBase(base) == kErrorOk && code.copyFlattenedData(at, kLargestBlockBytes) == kErrorOk;
  if (!made) {
    block.heat = kNever;
    return false;
  }
  used_ += (code.codeSize() + 15) / 16 * 16;
  cells.executions = 0;
  block.native_index = blocks_++;
  block.native = at;
  Link* const links[2] = {&block.taken, &block.fallen};
  for (unsigned direction = 0; direction < 2; ++direction) {
    Link& link = *links[direction];
    link.cell = &cells.target[direction];
    link.unlinked = at + translator.unlinked_offset(direction);
    *link.cell = link.to != nullptr && link.to->native != nullptr ? link.to->native : link.unlinked;
  }
  for (Link* link : block.incoming)
    if (link->cell != nullptr) *link->cell = block.native;
  return true;
}

Link* Jit::take_link_request() {
  Link* const request = hart_.link_request_;
  hart_.link_request_ = nullptr;
  return request;
}

void Jit::remember_jump(const Block& block) {
  jumps_[std::size_t{kJumpEntries} * block.flavour.index + (block.pc >> 1) % kJumpEntries] = {block.pc, block.native};
}

void Jit::dropped(Block& block) {
  if (block.native == nullptr) return;
  JumpEntry& entry = jumps_[std::size_t{kJumpEntries} * block.flavour.index + (block.pc >> 1) % kJumpEntries];
  if (entry.native == block.native) entry = {};
  if (hart_.link_request_ == &block.taken || hart_.link_request_ == &block.fallen) hart_.link_request_ = nullptr;
}

void Jit::forget_jumps(bool only_translated) {
  for (unsigned index = 0; index < Flavour::kCount; ++index) {
    if (!flavour_used_[index] || (only_translated && !Flavour{static_cast<std::uint8_t>(index)}.translated())) continue;
    std::fill_n(jumps_ + std::size_t{kJumpEntries} * index, kJumpEntries, JumpEntry{});
  }
}

void Jit::clear() {
  forget_jumps(false);
  used_ = entry_bytes_;
  blocks_ = 0;
  hart_.link_request_ = nullptr;
}

}  // namespace visoc::rv64
