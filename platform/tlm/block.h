// One instance in the machine, as the simulation sees it: sockets, wires, numbers.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tlm.h>

#include <memory>
#include <string>
#include <vector>

#include "platform/base/state.h"
#include "platform/base/units.h"
#include "platform/contract/cache_level.h"
#include "platform/contract/execution_observer.h"
#include "platform/contract/hart_debug.h"
#include "platform/contract/irq_line.h"
#include "platform/contract/register_table.h"
#include "platform/contract/statistics.h"

namespace visoc {

inline constexpr unsigned kBusWidthBits = 64;
using SlaveSocket = tlm::tlm_target_socket<kBusWidthBits>;
using MasterSocket = tlm::tlm_initiator_socket<kBusWidthBits>;

/// One access over the bus, when it is done.
struct BusTransaction {
  Picos begin = 0, end = 0;  ///< At the initiator.
  const char* initiator = "";
  const char* target = "";  ///< Empty: nothing answers there.
  Addr addr = 0;
  std::uint64_t bytes = 0;
  enum class Kind : std::uint8_t { kRead, kWrite, kTimingOnly } kind = Kind::kRead;
  bool ok = true;
  const std::uint8_t* data = nullptr;  ///< `bytes` bytes; null for kTimingOnly.
};

/// Told of every transaction, in the order in which they are made.
class TransactionObserver {
 public:
  virtual ~TransactionObserver() = default;
  virtual void transaction(const BusTransaction& transaction) = 0;
};

/// A bus: every master and every target of the machine is attached before elaboration ends.
class Interconnect {
 public:
  virtual ~Interconnect() = default;
  virtual void attach_master(const std::string& name, MasterSocket& socket) = 0;
  /// The window [base, base + size). Windows were checked for overlap and wrap by the configuration.
  virtual void attach_slave(const std::string& name, Addr base, std::uint64_t size, SlaveSocket& socket) = 0;
  /// From now on `observer` hears of every transaction; it outlives the run.
  virtual void observe(TransactionObserver& /*observer*/) {}
  /// Bytes a master moved past the bus through a DMI pointer, for a row of their own in the statistics. `addr` names the target.
  virtual void count_direct(const std::string& /*master*/, Addr /*addr*/, std::uint64_t /*bytes_read*/, std::uint64_t /*bytes_written*/) {}
};

/// Memory that the loader fills and the verdict reads, without time.
struct HostMemory {
  std::uint8_t* data = nullptr;
  std::uint64_t size = 0;
};

/// Bytes a master moved past the bus. `target` is any address of the memory they were in.
struct DirectTraffic {
  Addr target = 0;
  std::uint64_t bytes_read = 0, bytes_written = 0;
};

/// A hart, as the loader, the limits and the verdict see it.
class HartControl {
 public:
  virtual ~HartControl() = default;
  virtual unsigned hart_id() const = 0;
  /// Where it starts and what a0, a1 hold. Before the run.
  virtual void set_start(Addr pc, std::uint64_t a0, std::uint64_t a1) = 0;
  /// Stops after exactly this many retired instructions (RunServices::stop is called once). Before the run.
  virtual void set_instruction_limit(std::uint64_t instructions) = 0;
  /// One line a retired instruction, in Spike's form. Before the run; the file outlives the run.
  virtual void set_commit_log(std::FILE* file) = 0;
  /// One line whenever it ends a slice: instance, retired instructions, hash of its state. Before the run; the file outlives the run.
  virtual void set_state_log(std::FILE* /*file*/) {}
  virtual std::uint64_t retired() const = 0;
  virtual Addr pc() const = 0;
  /// True while it sleeps in WFI.
  virtual bool waiting() const = 0;
  /// One line for the verdict: privilege, mie, mip, whether it sleeps.
  virtual std::string where() const = 0;
  /// Lets `debugger` stop it; null for a hart that cannot be debugged. Before the run; the debugger outlives the run.
  virtual HartDebug* attach_debugger(Debugger& /*debugger*/) { return nullptr; }
  /// From now on `observer` hears of every block executed; null: nobody does, at no cost. The observer outlives the run.
  virtual void set_execution_observer(ExecutionObserver* /*observer*/) {}
};

/// Capabilities an instance may have; the defaults mean "has not".
class Block {
 public:
  virtual ~Block() = default;

  virtual SlaveSocket* slave() { return nullptr; }
  virtual MasterSocket* master() { return nullptr; }
  virtual Interconnect* interconnect() { return nullptr; }
  virtual HostMemory host_memory() { return {}; }
  virtual HartControl* hart() { return nullptr; }

  /// Interrupt output `output` (0-based) drives `line`.
  virtual void connect_irq(unsigned output, IrqLine& line);
  virtual IrqLine* irq_input(unsigned input);
  /// Where a syncpoint block reports changes (asking for it tells the block that changes will be reported); and its opposite.
  virtual WakeLine* wake_input() { return nullptr; }
  virtual void connect_wake(WakeLine&) {}
  /// A cache that harts of the same bus share; and where a hart hears of it, before the run.
  virtual CacheLevel* shared_cache() { return nullptr; }
  virtual void connect_cache(CacheLevel&) {}
  virtual const TimeSource* time_source() { return nullptr; }
  virtual void connect_time(const TimeSource&) {}

  /// Size of the register window or memory on the bus, in bytes; 0 for blocks without a target socket.
  virtual std::uint64_t window_bytes() const { return 0; }
  virtual const RegisterTable* registers() const { return nullptr; }

  virtual std::vector<Statistic> statistics() const { return {}; }
  virtual std::vector<Series> series() const { return {}; }
  virtual std::vector<EnergyEvent> energy_events() const { return {}; }
  virtual std::vector<DirectTraffic> direct_traffic() const { return {}; }
  /// What it is waiting for, for the verdict of a run that got stuck; empty when idle.
  virtual std::string pending() const { return {}; }
  /// Everything that outlives a call, for --state-hash and snapshots.
  virtual void save(StateWriter& out) const = 0;
  virtual bool load(StateReader& in) = 0;
};

}  // namespace visoc
