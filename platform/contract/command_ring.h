// The command front end that every engine shares: fetch, wait, run, report.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "platform/contract/command.h"
#include "platform/contract/device_core.h"

namespace visoc {

/// What an engine says after a stretch of work.
struct EngineProgress {
  bool done = false;
  Picos at = 0;  ///< Not done: when to go on. Done: when the data are complete (not before `now`).
  CommandStatus status = CommandStatus::kOk;
  std::uint64_t detail = 0;
  Addr fault_addr = 0;

  static EngineProgress again_at(Picos at) { return {false, at, CommandStatus::kOk, 0, 0}; }
  static EngineProgress finished(Picos at, std::uint64_t detail = 0) { return {true, at, CommandStatus::kOk, detail, 0}; }
  static EngineProgress failed(Picos at, CommandStatus status, std::uint64_t detail = 0, Addr fault_addr = 0) {
    return {true, at, status, detail, fault_addr};
  }
  /// A memory access failed.
  static EngineProgress read_fault(const MemoryReply& reply) {
    return failed(reply.done_at, CommandStatus::kReadFault, reply.bytes_done, reply.fault_addr);
  }
  static EngineProgress write_fault(const MemoryReply& reply) {
    return failed(reply.done_at, CommandStatus::kWriteFault, reply.bytes_done, reply.fault_addr);
  }
};

/// A block whose registers start with platform/contract/command_ring.regs.json (offset 0) and that takes commands from memory.
/// The ring handles order: data, completion record, post, interrupt; waits on syncpoints; failing commands post with an error
/// mark, and commands that wait for them end with status kUpstream. Aborting ends the command under way with kAborted.
class RingCore : public DeviceCore {
 public:
  /// `clock` counts the cycles of completion records and coalescing; `poll_interval` is used while a wait is open and no wake
  /// line from the syncpoint block is connected.
  RingCore(const RegisterTable& table, Clock clock, Picos poll_interval = kPicosPerMicro);

  void reset() override;
  Picos step(Picos now, MemoryPort& memory) final;
  std::string pending() const override;
  std::vector<Statistic> statistics() const override;

  void expect_wake_pulses() override { has_wake_line_ = true; }
  Clock clock() const { return clock_; }

  std::uint64_t on_read(std::uint16_t reg, std::uint32_t index, std::uint64_t stored) override;
  std::uint64_t on_peek(std::uint16_t reg, std::uint32_t index, std::uint64_t stored) override;
  void on_write(std::uint16_t reg, std::uint32_t index, std::uint64_t before, std::uint64_t after, std::uint64_t written) override;

 protected:
  /// Starts a command whose waits are over. `parameters` has descriptor.parameter_bytes bytes.
  virtual EngineProgress begin(Picos now, const Descriptor& descriptor, const std::vector<std::uint8_t>& parameters,
                               MemoryPort& memory) = 0;
  /// Goes on with it at the time the last call returned; first publishes what that stretch produced.
  virtual EngineProgress advance(Picos now, MemoryPort& memory) = 0;
  /// The command under way is dropped: forget it. Nothing more of it may be written.
  virtual void cancel() = 0;
  /// Engine's own registers (those after the ring's), same meaning as on_read/on_write.
  virtual std::uint64_t engine_read(std::uint16_t, std::uint32_t, std::uint64_t stored) { return stored; }
  virtual void engine_write(std::uint16_t, std::uint32_t, std::uint64_t, std::uint64_t, std::uint64_t) {}
  /// Engine's own state; the ring's is saved by RingCore.
  virtual void save_engine(StateWriter& out) const = 0;
  virtual void load_engine(StateReader& in) = 0;
  virtual void reset_engine() = 0;
  /// The name shown on the time line for a command.
  virtual std::string activity_name(const Descriptor& descriptor) const = 0;

  void save_core(StateWriter& out) const final;
  void load_core(StateReader& in) final;

 private:
  enum class Phase : std::uint8_t { kIdle, kFetched, kWaiting, kReady, kRunning, kDataDone, kRecorded, kPosted };

  Picos advance_phase(Picos now, MemoryPort& memory);
  Picos fetch(Picos now, MemoryPort& memory);
  Picos check_waits(Picos now, MemoryPort& memory);
  Picos start(Picos now, MemoryPort& memory);
  Picos take(Picos now, const EngineProgress& progress);
  Picos complete_with(Picos now, CommandStatus status, std::uint64_t detail, Addr fault_addr);
  Picos record(Picos now, MemoryPort& memory);
  Picos post(Picos now, MemoryPort& memory);
  Picos retire(Picos now);
  Picos stop_on_ring_fault(const MemoryReply& reply);
  void raise(std::uint32_t bits);
  void update_irq();
  void soft_reset();
  std::uint32_t reg(unsigned number) const { return static_cast<std::uint32_t>(registers_.get(number)); }
  Addr reg_pair(unsigned low_number) const { return reg(low_number) | (std::uint64_t{reg(low_number + 1)} << 32); }

  Clock clock_;
  Picos poll_interval_;
  bool has_wake_line_ = false;

  // State.
  Phase phase_ = Phase::kIdle;
  Picos wake_at_ = kNever;
  Descriptor descriptor_;
  unsigned waits_met_ = 0;
  std::vector<std::uint8_t> parameters_;
  Picos started_at_ = 0;
  Completion completion_;
  bool abort_requested_ = false;
  std::uint32_t unreported_ = 0;    ///< Completions that count towards the next DONE interrupt.
  Picos report_deadline_ = kNever;  ///< When the coalescing timeout ends.
  std::uint64_t commands_ok_ = 0, commands_failed_ = 0, sync_polls_ = 0, posts_ = 0;
  Picos busy_picos_ = 0;
};

}  // namespace visoc
