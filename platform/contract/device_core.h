// The behaviour of a block with registers, free of the simulation kernel.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "platform/base/state.h"
#include "platform/base/units.h"
#include "platform/contract/irq_line.h"
#include "platform/contract/memory_port.h"
#include "platform/contract/register_file.h"
#include "platform/contract/services.h"
#include "platform/contract/statistics.h"

namespace visoc {

/// A core is a state machine. Everything that outlives a call is in `save`/`load`; nothing waits.
///
/// Time: register accesses and steps come with the absolute simulated time `now`, which never runs backwards.
/// A step reads memory at its start; what it has to write, post or raise is published by the step at the wake-up it returned.
/// The shell calls `step` at each returned wake-up, after each register write, and on each wake pulse; a step that finds nothing
/// to do returns the pending wake-up again.
class DeviceCore : public RegisterHooks {
 public:
  DeviceCore(const RegisterTable& table, unsigned irq_outputs = 1);
  ~DeviceCore() override = default;
  DeviceCore(const DeviceCore&) = delete;
  DeviceCore& operator=(const DeviceCore&) = delete;

  /// Power-on state. Derived classes call this first.
  virtual void reset();

  /// Register access as the bus sees it (size and alignment were checked by the shell).
  RegisterReply read_register(Picos now, Offset offset, unsigned size_bytes);
  RegisterStatus write_register(Picos now, Offset offset, unsigned size_bytes, std::uint64_t value);
  /// Debugger's view: no side effects.
  RegisterReply peek_register(Picos now, Offset offset, unsigned size_bytes);

  /// True if a read must see the machine at the reader's exact time. A pure function of time (mtime) says no and is
  /// answered for a hart that ran ahead without stopping it.
  virtual bool read_needs_sync(Offset) const { return true; }

  /// Does what is due at `now`; returns the next wake-up, or kNever.
  virtual Picos step(Picos now, MemoryPort& memory);

  /// From now on a pulse follows each syncpoint change, so open waits need no polling.
  virtual void expect_wake_pulses() {}

  void save(StateWriter& out) const;
  /// False if the bytes are not a state of this core; the core is then as after reset.
  bool load(StateReader& in);

  virtual std::vector<Statistic> statistics() const { return {}; }
  virtual std::vector<EnergyEvent> energy_events() const { return {}; }
  /// What the block is waiting for, for the verdict of a run that got stuck. Empty when idle.
  virtual std::string pending() const { return {}; }

  /// Wires interrupt output `output` (0-based) and brings the line to the present level.
  void connect_irq(unsigned output, IrqLine& line);
  bool irq_level(unsigned output) const { return irq_levels_[output]; }
  unsigned irq_outputs() const { return static_cast<unsigned>(irq_lines_.size()); }
  /// Interrupt input `input`, or null if there is none (interrupt controllers have some).
  virtual IrqLine* irq_input(unsigned) { return nullptr; }

  /// Where activities, console output and warnings go; null (as in most unit tests) drops them.
  void connect_services(RunServices* services, std::string instance);

  const RegisterTable& table() const { return table_; }
  RegisterFile& registers() { return registers_; }
  const RegisterFile& registers() const { return registers_; }

 protected:
  virtual void save_core(StateWriter& out) const = 0;
  virtual void load_core(StateReader& in) = 0;

  void drive_irq(unsigned output, bool level);
  /// Time of the access or step under way.
  Picos now() const { return now_; }
  void set_now(Picos now) { now_ = now; }
  RunServices* services() const { return services_; }
  const std::string& instance() const { return instance_; }

  RegisterFile registers_;

 private:
  const RegisterTable& table_;
  Picos now_ = 0;
  std::vector<IrqLine*> irq_lines_;
  std::vector<bool> irq_levels_;
  RunServices* services_ = nullptr;
  std::string instance_;
};

}  // namespace visoc
