// An RV64GC hart with machine, supervisor and user mode, free of the simulation kernel.
// Source: RISC-V unprivileged specification 20191213 and privileged specification 20211203.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdio>
#include <memory>
#include <unordered_map>
#include <vector>

#include "ip/rv64/block.h"
#include "ip/rv64/csr.h"
#include "ip/rv64/hart_caches.h"
#include "platform/base/state.h"
#include "platform/base/units.h"
#include "platform/contract/execution_observer.h"
#include "platform/contract/hart_debug.h"
#include "platform/contract/page_guards.h"

namespace visoc::rv64 {

/// A stretch of physical memory that the hart may touch without asking. `host` is the byte at `base`.
struct DirectRegion {
  Addr base = 0;
  std::uint64_t size = 0;  ///< 0: no direct access there. Otherwise instructions may be fetched directly.
  std::uint8_t* host = nullptr;
  bool readable = false, writable = false;  ///< By loads and stores.
  std::shared_ptr<PageGuards> guards;       ///< Offset 0 is `base`. Null: nobody else writes, or FENCE.I has to do.
};

/// Everything outside the hart. Accesses are physical, naturally aligned, 1 to 8 bytes; false means an access fault.
/// During a call Hart::retired() and Hart::memory_accesses() are exact, so the shell knows the hart's own time.
class HartBus {
 public:
  virtual ~HartBus() = default;
  virtual DirectRegion direct(Addr addr) = 0;
  virtual bool read(Addr addr, unsigned bytes, std::uint64_t& value) = 0;
  virtual bool write(Addr addr, unsigned bytes, std::uint64_t value) = 0;
  virtual std::uint64_t cycles() = 0;  ///< mcycle, before its written offset.
  virtual std::uint64_t time() = 0;    ///< mtime.
  /// The hart's caches miss [line, line + bytes); the hart waits for it, before an instruction or in the middle of one.
  virtual void cache_fetch(Addr /*line*/, unsigned /*bytes*/, bool /*instruction*/) {}
  /// [addr, addr + bytes) leaves the hart's caches; the hart goes on.
  virtual void cache_write(Addr /*addr*/, unsigned /*bytes*/) {}
  /// A FENCE waits until `lines` and whatever lies dirty below are in memory. With `forget`, nothing is kept below.
  virtual void cache_publish(const std::vector<Addr>& /*lines*/, unsigned /*line_bytes*/, bool /*forget*/) {}
  /// stimecmp or menvcfg changed: compare again, and drive mip.STIP by set_interrupt().
  virtual void supervisor_timer_changed() {}
};

enum class RunEnd {
  kBudget,      ///< As many instructions retired as allowed.
  kWaiting,     ///< In WFI with nothing pending; the pc is behind it.
  kStopped,     ///< stop() was called.
  kTrapLoop,    ///< The trap handler itself traps at its first instruction, again and again.
  kBreakpoint,  ///< The next instruction has a breakpoint.
  kWatchpoint,  ///< The last instruction touched watched memory; see watch_hit().
  kYield,       ///< yield() was called.
};

/// What was executed. Direct bytes are those of all loads and stores less those of the bus.
struct HartCounts {
  std::uint64_t loads = 0, stores = 0;               ///< Instructions, direct ones and others; an atomic operation is both.
  std::uint64_t loaded_bytes = 0, stored_bytes = 0;  ///< Of all loads and stores.
  std::uint64_t bus_reads = 0, bus_writes = 0;       ///< Accesses that went through HartBus.
  std::uint64_t bus_bytes_read = 0, bus_bytes_written = 0;
  std::uint64_t traps = 0, interrupts = 0;
  std::uint64_t page_walks = 0;
  std::uint64_t blocks_made = 0, blocks_dropped = 0;
};

class Jit;

/// Executes decoded basic blocks with threaded code, or translated to the host's instructions. Loads and stores go through a software
/// TLB to host memory where HartBus::direct allows it. Writes to code are seen through the memory's page guards.
class Hart : private PageGuardListener {
 public:
  Hart(unsigned hart_id, HartBus& bus);
  ~Hart() override;
  Hart(const Hart&) = delete;
  Hart& operator=(const Hart&) = delete;

  /// Translates blocks to host code once the outer loop has started them so often. False: this host has no translator, and everything is
  /// interpreted.
  bool enable_jit(std::uint32_t translate_after);

  /// From now on accesses to memory with direct access go through caches: HartBus hears of the misses. Everything is interpreted then.
  /// Before the first run, and instead of enable_jit.
  void enable_caches(const HartCacheOptions& options);
  /// Null without.
  const HartCaches* caches() const { return caches_.get(); }

  void reset(Addr pc, std::uint64_t a0, std::uint64_t a1);
  /// Runs until `max_instructions` more have retired, or for another reason.
  RunEnd run(std::uint64_t max_instructions);
  /// Ends run() after the instruction under way, for good. Callable from HartBus and interrupt lines.
  void stop();
  /// Ends this run() after the instruction under way. Callable from HartBus and interrupt lines.
  void yield();

  /// Ends this run() after `instructions` more (that under way among them), if it would not end before. Callable from HartBus.
  void shorten(std::uint64_t instructions);

  /// Level of mip bit `bit` (3, 7, 11 and 9: software, timer, external, supervisor external; 5: stimecmp).
  void set_interrupt(unsigned bit, bool level);
  bool interrupt_pending() const { return csr_.interrupt_pending(); }
  /// Direct regions are not valid any more.
  void invalidate_direct();

  Addr pc() const { return pc_; }
  std::uint64_t x(unsigned index) const { return x_[index]; }
  void set_x(unsigned index, std::uint64_t value) {
    if (index != 0) x_[index] = value;
  }
  std::uint64_t f(unsigned index) const { return f_[index]; }
  const Csr& csr() const { return csr_; }
  std::uint64_t retired() const { return retired_ - unretired_; }
  /// Loads and stores that retired or are under way.
  std::uint64_t memory_accesses() const { return accesses_ - unaccessed_; }
  HartCounts counts() const;
  unsigned hart_id() const { return csr_.hart_id; }

  /// One line a retired instruction, in Spike's form; null switches it off.
  void set_commit_log(std::FILE* file) { commit_log_ = file; }
  /// Told of every block; null switches it off.
  void set_observer(ExecutionObserver* observer) { observer_ = observer; }

  // For a debugger, between two runs. See HartDebug for the numbers of registers.
  bool read_register(unsigned number, std::uint64_t& value);
  bool write_register(unsigned number, std::uint64_t value);
  /// Physical address that a load in the present mode would go to. No rights are checked, nothing is updated or counted.
  bool debug_translate(Addr addr, Addr& physical);
  void set_breakpoints(const std::vector<Addr>& pcs);
  void set_watchpoints(const std::vector<Watchpoint>& watchpoints);
  const DebugStop& watch_hit() const { return watch_hit_; }
  /// Code may have changed behind the guards.
  void forget_code() { flush_pending_ = true; }

  void save(StateWriter& out) const;
  bool load(StateReader& in);

 private:
  friend class Jit;

  static constexpr unsigned kTlbEntries = 256;
  static constexpr std::uint64_t kPageBytes = 4096;
  static constexpr std::uint64_t kNoPage = 8;  ///< Bit 3 is set in no page address and in no masked address.
  static constexpr unsigned kBlockTableEntries = 1u << 14;
  static constexpr unsigned kMaxBlockInstructions = 64;
  static constexpr std::size_t kMaxBlocks = 1u << 17;
  static constexpr unsigned kZeroSink = 32;  ///< Writes to x0 land here.
  static constexpr unsigned kTrapLoopLimit = 8;
  static constexpr unsigned kDataContexts = 4;  ///< Rights of loads and stores: machine, supervisor, supervisor with SUM, user.

  /// Address of a virtual page and what to add to a guest address to get the host's.
  struct TlbEntry {
    std::uint64_t page = kNoPage;
    std::uintptr_t host_minus_guest = 0;
  };
  struct Tlb {
    TlbEntry read[kTlbEntries], write[kTlbEntries];
    std::uint64_t bus_page = kNoPage;  ///< The page without direct access that was loaded from last.
    Addr bus_minus_guest = 0;          ///< To its physical addresses.
  };
  using BlockTable = std::array<Block*, kBlockTableEntries>;
  enum class BlockEnd { kContinue, kWaiting };
  enum class CsrOutcome { kTrap, kNext, kContextChanged };
  /// A retired instruction, for the commit log.
  struct Commit {
    Instruction instruction;
    Addr at = 0;
    Privilege privilege = Privilege::kMachine;
    bool accesses = false;  ///< Loads or stores at `address`; `stored` is the source register.
    Addr address = 0;
    std::uint64_t stored = 0;
  };
  struct PendingTrap {
    std::uint64_t cause = 0, value = 0;
  };

  // Blocks (hart_blocks.cpp).
  Block* find_block(Addr pc);
  Block* lookup(Addr pc) const {
    Block* block = (*table_)[pc >> 1 & (kBlockTableEntries - 1)];
    return block != nullptr && block->pc == pc ? block : nullptr;
  }
  std::unique_ptr<Block> make_block(Addr pc, unsigned max_instructions);
  bool fetch_half(Addr pc, Addr& physical, bool& direct, std::uint16_t& half);
  void keep(std::unique_ptr<Block> block);
  /// Makes `link` lead to `next` if no change of translation or of code can make the link wrong unseen.
  void link(Link& link, Block& next);
  void unlink(Block& block);
  void drop_block(Block& block);
  void flush_blocks();
  void forget_tables(bool only_translated);
  std::uint64_t executions_of(const Block& block) const;
  void count_block(const Block& block, std::size_t first, std::size_t last, std::uint64_t times, HartCounts& counts) const;
  bool at_breakpoint(Addr pc) const;

  // Memory (hart_memory.cpp).
  const DirectRegion* region_of(Addr physical);
  /// The physical address of [addr, addr + bytes), which lies in one page; false: the trap is in pending_trap_.
  bool translate(Addr addr, unsigned bytes, Access access, Privilege privilege, Addr& physical);
  bool walk(Addr addr, Access access, Privilege privilege, Addr& physical);
  bool physical_read(Addr physical, std::uint64_t& value);
  bool physical_write(Addr physical, std::uint64_t value);
  void flush_tlb(bool only_translated);
  bool watched_page(Addr addr) const;
  void check_watchpoints(Addr addr, unsigned bytes, bool write);
  bool load_slow(Addr addr, unsigned bytes, std::uint64_t& value);
  bool store_slow(Addr addr, unsigned bytes, std::uint64_t value);
  bool load_across_pages(Addr addr, unsigned bytes, std::uint64_t& value);
  bool store_across_pages(Addr addr, unsigned bytes, std::uint64_t value);
  void direct_store(const DirectRegion& region, Addr physical, unsigned bytes, const void* from);
  bool bus_load(Addr physical, unsigned bytes, std::uint64_t& value);
  bool bus_store(Addr physical, unsigned bytes, std::uint64_t value);
  // Caches (hart_caches.cpp).
  void fill(Addr line, unsigned bytes, bool instruction);
  void fetch_lines(const Block& block);
  void data_access(Addr physical, unsigned bytes, CacheUse use);
  void fence_caches(std::uint32_t raw);
  void empty_instruction_cache();
  bool atomic(const Instruction& instruction);
  bool load_reserved(Addr addr, unsigned bytes, std::uint64_t& value);
  bool store_conditional(Addr addr, unsigned bytes, std::uint64_t value, bool& success);
  /// While others may run, a reservation in guarded memory is known to its guards.
  void publish_reservation();
  void withdraw_reservation();

  // PageGuardListener
  void page_guarded(Offset page) override;
  void code_written(const PageGuards& memory, Offset page, std::uint64_t lines) override;
  void reservation_lost() override;

  // Execution.
  /// Runs blocks from `block` on until something needs the outer loop. Called with a null block it only hands out its handlers.
  BlockEnd execute(Block* block);
  template <bool kCached>
  BlockEnd execute_as(Block* block);
  RunEnd run_blocks();
  /// The first `instructions` of a longer block.
  BlockEnd execute_part(Block& block, std::uint64_t instructions);
  RunEnd run_logged();
  /// Whatever ends run() before the next instruction; kContinue-like false if nothing does.
  bool must_end(RunEnd& end);
  void observe(const Block& block, std::uint64_t retired_before, std::uint64_t traps_before);
  /// Tells the observer of a trap before any instruction of a block.
  void observe_trap(Addr at);
  /// The instructions from `next` on were counted with their block but have not been executed.
  void set_unexecuted(const Block& block, const Instruction* next) {
    unretired_ = block.count - next->index;
    unaccessed_ = next->accesses_from;
  }
  void drop_unexecuted(const Block& block, const Instruction* next);
  /// Runs translated code from `block` on. False: it is not translated (yet).
  bool run_native(Block& block);
  static std::uint64_t native_step(Hart* hart, const Instruction* instruction, Block* block);
  /// Executes one instruction. True: translated code goes on behind it.
  bool step_for_native(const Instruction& instruction, Block& block);
  bool native_trap(const Instruction& instruction, Block& block);
  bool native_done(const Instruction& instruction, Block& block, bool ok);
  template <typename T>
  bool native_load(const Instruction& instruction, Block& block);
  bool float_access(const Instruction& instruction, Addr addr);
  bool arithmetic_step(const Instruction& instruction);
  bool fp_operation(const Instruction& instruction);
  CsrOutcome csr_operation(const Instruction& instruction);
  CounterValues counter_values();
  void fold_fp_flags();
  bool fail(std::uint64_t cause, std::uint64_t value) {
    pending_trap_ = {cause, value};
    return false;
  }
  void enter_trap(std::uint64_t cause, std::uint64_t value, Addr at);
  void take_interrupt();
  void machine_return();
  void supervisor_return();
  bool fence_vma(const Instruction& instruction);
  bool wfi_traps() const;
  /// Follows a change of mode, mstatus or satp.
  void update_context();
  void log_commit(const Commit& commit);

  // State.
  std::array<std::uint64_t, 33> x_{};
  std::array<std::uint64_t, 32> f_{};
  Addr pc_ = 0;
  Csr csr_;
  std::uint64_t retired_ = 0;
  std::uint64_t accesses_ = 0;
  bool reserved_ = false;
  Addr reservation_ = 0;  ///< Virtual.
  Addr reserved_physical_ = 0;
  std::uint32_t reserved_bytes_ = 0;
  std::uint64_t reserved_value_ = 0;  ///< SC also fails if memory holds something else, as after a store of this hart.

  // Derived: rebuilt at any time.
  HartBus& bus_;
  std::array<Tlb, kDataContexts> tlbs_;
  Tlb* tlb_ = nullptr;  ///< Of the present flavour.
  std::vector<DirectRegion> regions_;
  std::array<Addr, 64> indirect_pages_;              ///< Pages for which direct access was refused, by page number.
  std::vector<std::shared_ptr<PageGuards>> guards_;  ///< That this hart listens to.
  PageGuards* published_ = nullptr;                  ///< Knows the reservation.
  Flavour flavour_;
  BlockTable* table_ = nullptr;  ///< Of the present flavour.
  std::array<std::unique_ptr<BlockTable>, Flavour::kCount> tables_;
  std::vector<std::unique_ptr<Block>> blocks_;                ///< All that are kept, in order of creation; dropped ones are null.
  std::unordered_map<Addr, std::vector<Block*>> code_pages_;  ///< Physical page -> blocks with code in it, in order of creation.
  std::vector<std::unique_ptr<Block>> graveyard_;             ///< Dropped while they may be executing.
  std::unique_ptr<Block> transient_;                          ///< A block that is not kept.
  const void* const* handlers_ = nullptr;
  std::unique_ptr<Jit> jit_;
  std::uint32_t translate_after_ = 0;
  Link* link_request_ = nullptr;  ///< Translated code left by this unlinked way.
  bool stop_ = false, yield_ = false;
  bool leave_block_ = false;  ///< Stop after the instruction under way.
  bool flush_pending_ = false;
  bool unguarded_code_ = false;  ///< FENCE.I has to drop blocks.
  std::uint64_t limit_ = 0;      ///< Blocks start only if they end below it; 0 makes execute() return at the next block.
  std::uint64_t until_ = 0;      ///< run() ends when so many have retired.
  std::uint64_t unretired_ = 0, unaccessed_ = 0;
  std::unique_ptr<HartCaches> caches_;
  bool reserving_ = false;  ///< A load-reserved is under way: its access to the cache comes behind it.
  PendingTrap pending_trap_;
  std::uint64_t last_trap_retired_ = ~std::uint64_t{0};
  unsigned barren_traps_ = 0;  ///< Traps in a row with no instruction retired in between.
  HartCounts counts_;          ///< Without the executions that blocks still hold.
  std::FILE* commit_log_ = nullptr;
  ExecutionObserver* observer_ = nullptr;
  std::vector<Addr> breakpoints_;  ///< Sorted.
  std::vector<Watchpoint> watchpoints_;
  DebugStop watch_hit_;
  bool watch_pending_ = false;
  bool resume_over_breakpoint_ = false;
};

}  // namespace visoc::rv64
