// An RV64GC hart (machine and user mode), free of the simulation kernel.
// Source: RISC-V unprivileged specification 20191213 and privileged specification 20211203.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdio>
#include <memory>
#include <vector>

#include "ip/rv64/csr.h"
#include "ip/rv64/instruction.h"
#include "platform/base/state.h"
#include "platform/base/units.h"

namespace visoc::rv64 {

/// A stretch of memory that the hart may touch without asking. `host` is the byte at `base`.
struct DirectRegion {
  Addr base = 0;
  std::uint64_t size = 0;  ///< 0: no direct access there. Otherwise instructions may be fetched directly.
  std::uint8_t* host = nullptr;
  bool readable = false, writable = false;  ///< By loads and stores.
};

/// Everything outside the hart. Accesses are naturally aligned, 1 to 8 bytes; false means an access fault.
/// During a call Hart::retired() and Hart::memory_accesses() are exact, so the shell knows the hart's own time.
class HartBus {
 public:
  virtual ~HartBus() = default;
  virtual DirectRegion direct(Addr addr) = 0;
  virtual bool read(Addr addr, unsigned bytes, std::uint64_t& value) = 0;
  virtual bool write(Addr addr, unsigned bytes, std::uint64_t value) = 0;
  virtual std::uint64_t cycles() = 0;  ///< mcycle, before its written offset.
  virtual std::uint64_t time() = 0;    ///< mtime.
};

enum class RunEnd {
  kBudget,    ///< As many instructions retired as allowed.
  kWaiting,   ///< In WFI with nothing pending; the pc is behind it.
  kStopped,   ///< stop() was called.
  kTrapLoop,  ///< The trap handler itself traps at its first instruction, again and again.
};

/// What was executed. Direct bytes are those of all loads and stores less those of the bus.
struct HartCounts {
  std::uint64_t loads = 0, stores = 0;               ///< Instructions, direct ones and others; an atomic operation is both.
  std::uint64_t loaded_bytes = 0, stored_bytes = 0;  ///< Of all loads and stores.
  std::uint64_t bus_reads = 0, bus_writes = 0;       ///< Accesses that went through HartBus.
  std::uint64_t bus_bytes_read = 0, bus_bytes_written = 0;
  std::uint64_t traps = 0, interrupts = 0;
  std::uint64_t blocks_made = 0, block_flushes = 0;
};

/// Executes decoded basic blocks with threaded code. Loads and stores go through a software TLB to host memory where HartBus::direct
/// allows it. Translated blocks are dropped by FENCE.I, as the specification asks of software that changes code.
class Hart {
 public:
  Hart(unsigned hart_id, HartBus& bus);
  ~Hart();
  Hart(const Hart&) = delete;
  Hart& operator=(const Hart&) = delete;

  void reset(Addr pc, std::uint64_t a0, std::uint64_t a1);
  /// Runs until `max_instructions` more have retired, or for another reason.
  RunEnd run(std::uint64_t max_instructions);
  /// Ends run() after the instruction under way, for good. Callable from HartBus and interrupt lines.
  void stop();

  /// Level of mip bit `bit` (3 software, 7 timer, 11 external).
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

  void save(StateWriter& out) const;
  bool load(StateReader& in);

 private:
  static constexpr unsigned kTlbEntries = 256;
  static constexpr std::uint64_t kPageBytes = 4096;
  static constexpr std::uint64_t kNoPage = 1;  ///< Equal to no page address and no masked address.
  static constexpr unsigned kBlockTableEntries = 1u << 14;
  static constexpr unsigned kMaxBlockInstructions = 64;
  static constexpr std::size_t kMaxBlocks = 1u << 17;
  static constexpr unsigned kZeroSink = 32;  ///< Writes to x0 land here.
  static constexpr unsigned kTrapLoopLimit = 8;

  /// Address of a page and what to add to a guest address to get the host's.
  struct TlbEntry {
    std::uint64_t page = kNoPage;
    std::uintptr_t host_minus_guest = 0;
  };
  struct Block {
    Addr pc = 0;
    std::uint32_t count = 0;     ///< Instructions that can retire.
    std::uint32_t accesses = 0;  ///< Loads and stores among them.
    std::uint64_t executions = 0;
    Block* taken = nullptr;   ///< Next block after a jump or a branch taken.
    Block* fallen = nullptr;  ///< Next block otherwise.
    std::vector<Instruction> code;
  };
  enum class BlockEnd { kContinue, kWaiting };
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

  Block* find_block(Addr pc);
  Block* lookup(Addr pc) const {
    Block* block = table_[pc >> 1 & (kBlockTableEntries - 1)];
    return block != nullptr && block->pc == pc ? block : nullptr;
  }
  std::unique_ptr<Block> make_block(Addr pc, unsigned max_instructions);
  bool fetch(Addr addr, std::uint16_t& half);
  void flush_blocks();
  const DirectRegion* region_of(Addr addr);
  void count_block(const Block& block, std::size_t first, std::size_t last, std::uint64_t times, HartCounts& counts) const;

  /// Runs blocks from `block` on until something needs the outer loop. Called with a null block it only hands out its handlers.
  BlockEnd execute(Block* block);
  RunEnd run_logged(std::uint64_t until);
  /// The instructions from `next` on were counted with their block but have not been executed.
  void set_unexecuted(const Block& block, const Instruction* next);
  void drop_unexecuted(const Block& block, const Instruction* next);

  bool load_slow(Addr addr, unsigned bytes, std::uint64_t& value);
  bool store_slow(Addr addr, unsigned bytes, std::uint64_t value);
  bool bus_load(Addr addr, unsigned bytes, std::uint64_t& value);
  bool bus_store(Addr addr, unsigned bytes, std::uint64_t value);
  bool atomic(const Instruction& instruction);
  bool fp_operation(const Instruction& instruction);
  bool csr_operation(const Instruction& instruction);
  CounterValues counter_values();
  void fold_fp_flags();
  bool fail(std::uint64_t cause, std::uint64_t value) {
    pending_trap_ = {cause, value};
    return false;
  }
  void enter_trap(std::uint64_t cause, std::uint64_t value, Addr at);
  void take_interrupt();
  void return_from_trap();
  void log_commit(const Commit& commit);

  // State.
  std::array<std::uint64_t, 33> x_{};
  std::array<std::uint64_t, 32> f_{};
  Addr pc_ = 0;
  Csr csr_;
  std::uint64_t retired_ = 0;
  std::uint64_t accesses_ = 0;
  bool reserved_ = false;
  Addr reservation_ = 0;
  std::uint64_t reserved_value_ = 0;  ///< SC succeeds if memory still holds it: another writer of the same value goes unseen.

  // Derived: rebuilt at any time.
  HartBus& bus_;
  std::array<TlbEntry, kTlbEntries> read_tlb_, write_tlb_;
  std::vector<DirectRegion> regions_;
  std::vector<Block*> table_;
  std::vector<std::unique_ptr<Block>> blocks_;
  const void* const* handlers_ = nullptr;
  bool stop_ = false;
  bool leave_block_ = false;  ///< Stop after the instruction under way.
  bool flush_pending_ = false;
  std::uint64_t limit_ = 0;  ///< Blocks start only if they end below it; 0 makes execute() return at the next block.
  std::uint64_t unretired_ = 0, unaccessed_ = 0;
  PendingTrap pending_trap_;
  std::uint64_t last_trap_retired_ = ~std::uint64_t{0};
  unsigned barren_traps_ = 0;  ///< Traps in a row with no instruction retired in between.
  HartCounts counts_;          ///< Without the executions that blocks still hold.
  std::FILE* commit_log_ = nullptr;
};

}  // namespace visoc::rv64
