// SPDX-License-Identifier: Apache-2.0
#include "platform/contract/command_ring.h"

#include <algorithm>
#include <utility>

#include "platform/base/check.h"
#include "regs/command_ring_regs.h"

namespace visoc {
namespace {

using Reg = regs::command_ring::Reg;

constexpr unsigned number(Reg reg) { return static_cast<unsigned>(reg); }

// Bits of CONTROL, STATUS and the interrupt trio; the register description is command_ring.regs.json.
constexpr std::uint32_t kControlEnable = 1u << 0;
constexpr std::uint32_t kControlAbort = 1u << 1;
constexpr std::uint32_t kControlReset = 1u << 2;
constexpr std::uint32_t kStatusBusy = 1u << 0;
constexpr std::uint32_t kStatusWaiting = 1u << 1;
constexpr std::uint32_t kStatusError = 1u << 2;
constexpr std::uint32_t kIntrDone = 1u << 0;
constexpr std::uint32_t kIntrError = 1u << 1;
constexpr unsigned kMaxEntriesLog2 = 15;

}  // namespace

RingCore::RingCore(const RegisterTable& table, Clock clock, Picos poll_interval)
    : DeviceCore(table), clock_(clock), poll_interval_(poll_interval) {
  const RegisterTable& ring = regs::command_ring::kTable;
  VISOC_CHECK(table.register_count >= ring.register_count, std::string(table.block) + " does not include the command ring's registers");
  for (unsigned i = 0; i < ring.register_count; ++i)
    VISOC_CHECK(table.registers[i].offset == ring.registers[i].offset, std::string(table.block) + ": ring register out of place");
}

void RingCore::reset() {
  DeviceCore::reset();
  phase_ = Phase::kIdle;
  wake_at_ = kNever;
  descriptor_ = {};
  waits_met_ = 0;
  parameters_.clear();
  started_at_ = 0;
  completion_ = {};
  abort_requested_ = false;
  unreported_ = 0;
  report_deadline_ = kNever;
  commands_ok_ = commands_failed_ = sync_polls_ = posts_ = 0;
  busy_picos_ = 0;
  reset_engine();
}

void RingCore::soft_reset() {
  if (phase_ >= Phase::kReady && phase_ <= Phase::kDataDone) cancel();
  registers_.reset();
  phase_ = Phase::kIdle;
  wake_at_ = kNever;
  abort_requested_ = false;
  unreported_ = 0;
  report_deadline_ = kNever;
  reset_engine();
  update_irq();
}

Picos RingCore::step(Picos now, MemoryPort& memory) {
  set_now(now);
  if (report_deadline_ <= now) {
    report_deadline_ = kNever;
    unreported_ = 0;
    raise(kIntrDone);
  }
  const bool may_abort = phase_ == Phase::kWaiting || phase_ == Phase::kReady || phase_ == Phase::kRunning;
  if (abort_requested_ && may_abort) {
    if (phase_ == Phase::kRunning) cancel();
    if (phase_ != Phase::kRunning) started_at_ = now;
    wake_at_ = complete_with(now, CommandStatus::kAborted, 0, 0);
  }
  // A waiting command looks again at each call; every other phase only when its time has come.
  const bool look_again = phase_ == Phase::kWaiting;
  const bool start_next = phase_ == Phase::kIdle;
  if (look_again || start_next || wake_at_ <= now) wake_at_ = advance_phase(now, memory);
  return std::min(wake_at_, report_deadline_);
}

Picos RingCore::advance_phase(Picos now, MemoryPort& memory) {
  switch (phase_) {
    case Phase::kIdle:
      return fetch(now, memory);
    case Phase::kFetched:
    case Phase::kWaiting:
      return check_waits(now, memory);
    case Phase::kReady:
      return start(now, memory);
    case Phase::kRunning:
      return take(now, advance(now, memory));
    case Phase::kDataDone:
      return record(now, memory);
    case Phase::kRecorded:
      return post(now, memory);
    case Phase::kPosted:
      return retire(now);
  }
  return kNever;
}

Picos RingCore::fetch(Picos now, MemoryPort& memory) {
  abort_requested_ = false;
  const bool enabled = (reg(number(Reg::kControl)) & kControlEnable) != 0;
  const std::uint32_t tail = reg(number(Reg::kRingTail));
  if (!enabled || reg(number(Reg::kRingHead)) == tail) return kNever;

  const unsigned log2 = std::min<unsigned>(reg(number(Reg::kRingEntriesLog2)), kMaxEntriesLog2);
  const Addr address = reg_pair(number(Reg::kRingBaseLo)) + std::uint64_t{tail & ((1u << log2) - 1)} * kDescriptorBytes;
  std::uint8_t bytes[kDescriptorBytes];
  const MemoryReply reply = memory.read(now, address, MutableBytes(bytes, sizeof bytes));
  if (!reply.ok()) return stop_on_ring_fault(reply);
  descriptor_ = Descriptor::decode(bytes);
  waits_met_ = 0;
  started_at_ = reply.done_at;
  parameters_.clear();
  completion_ = {};
  completion_.tag = descriptor_.tag;
  phase_ = Phase::kFetched;
  return reply.done_at;
}

Picos RingCore::stop_on_ring_fault(const MemoryReply& reply) {
  registers_.set(number(Reg::kControl), reg(number(Reg::kControl)) & ~kControlEnable);
  registers_.set(number(Reg::kLastStatus), static_cast<std::uint32_t>(CommandStatus::kReadFault));
  registers_.set(number(Reg::kFaultAddrLo), static_cast<std::uint32_t>(reply.fault_addr));
  registers_.set(number(Reg::kFaultAddrHi), static_cast<std::uint32_t>(reply.fault_addr >> 32));
  if (services() != nullptr)
    services()->guest_warning(instance(), "ring-fault", instance() + ": the command ring is not in memory; ring disabled");
  raise(kIntrError);
  phase_ = Phase::kIdle;
  return kNever;
}

Picos RingCore::check_waits(Picos now, MemoryPort& memory) {
  if (descriptor_.wait_count() > kMaxWaits || descriptor_.reserved != 0) return complete_with(now, CommandStatus::kBadParameter, 0, 0);
  const Addr sync_base = reg_pair(number(Reg::kSyncBaseLo));
  Picos at = now;
  while (waits_met_ < descriptor_.wait_count()) {
    const SyncpointWait& wait = descriptor_.waits[waits_met_];
    if (wait.id >= kSyncpointCount) return complete_with(at, CommandStatus::kBadParameter, 8 + 8 * waits_met_, 0);
    std::uint8_t bytes[8];
    const MemoryReply reply = memory.read(at, sync_base + kSyncpointPairs + 8 * std::uint64_t{wait.id}, MutableBytes(bytes, 8));
    ++sync_polls_;
    if (!reply.ok()) return complete_with(reply.done_at, CommandStatus::kReadFault, 0, reply.fault_addr);
    at = reply.done_at;
    StateReader in(ConstBytes(bytes, 8));
    const std::uint32_t value = in.u32();
    const std::uint32_t error_history = in.u32();
    const std::uint32_t passed = value - wait.value;
    if (static_cast<std::int32_t>(passed) < 0) {
      phase_ = Phase::kWaiting;
      return has_wake_line_ ? kNever : at + poll_interval_;
    }
    if (passed < 32 && (error_history >> passed & 1) != 0) {
      started_at_ = at;
      return complete_with(at, CommandStatus::kUpstream, wait.id, 0);
    }
    ++waits_met_;
  }
  phase_ = Phase::kReady;
  return at;
}

Picos RingCore::start(Picos now, MemoryPort& memory) {
  started_at_ = now;
  if (descriptor_.parameter_bytes > kMaxParameterBytes) return complete_with(now, CommandStatus::kBadParameter, 56, 0);
  parameters_.resize(descriptor_.parameter_bytes);
  Picos at = now;
  if (!parameters_.empty()) {
    const MemoryReply reply = memory.read(now, descriptor_.parameters, MutableBytes(parameters_));
    if (!reply.ok()) return complete_with(reply.done_at, CommandStatus::kReadFault, 0, reply.fault_addr);
    at = reply.done_at;
  }
  phase_ = Phase::kRunning;
  return take(now, begin(at, descriptor_, parameters_, memory));
}

Picos RingCore::take(Picos now, const EngineProgress& progress) {
  const Picos at = std::max(now, progress.at);
  if (!progress.done) return at;
  return complete_with(at, progress.status, progress.detail, progress.fault_addr);
}

Picos RingCore::complete_with(Picos now, CommandStatus status, std::uint64_t detail, Addr fault_addr) {
  completion_.status = status;
  completion_.detail = detail;
  completion_.fault_addr = fault_addr;
  completion_.cycles = now > started_at_ ? clock_.to_cycles(now - started_at_) : 0;
  phase_ = Phase::kDataDone;
  return now;
}

Picos RingCore::record(Picos now, MemoryPort& memory) {
  if (services() != nullptr) services()->activity(instance(), {started_at_, now, activity_name(descriptor_), descriptor_.tag});
  busy_picos_ += now - started_at_;
  registers_.set(number(Reg::kLastStatus), static_cast<std::uint32_t>(completion_.status));
  if (completion_.status == CommandStatus::kOk) {
    ++commands_ok_;
  } else {
    ++commands_failed_;
    registers_.set(number(Reg::kFaultAddrLo), static_cast<std::uint32_t>(completion_.fault_addr));
    registers_.set(number(Reg::kFaultAddrHi), static_cast<std::uint32_t>(completion_.fault_addr >> 32));
  }
  phase_ = Phase::kRecorded;
  const Addr base = reg_pair(number(Reg::kCompletionBaseLo));
  if (base == 0) return now;
  const unsigned log2 = std::min<unsigned>(reg(number(Reg::kRingEntriesLog2)), kMaxEntriesLog2);
  const std::uint32_t slot = reg(number(Reg::kRingTail)) & ((1u << log2) - 1);
  std::uint8_t bytes[kCompletionBytes];
  completion_.encode(bytes);
  const MemoryReply reply = memory.write(now, base + std::uint64_t{slot} * kCompletionBytes, ConstBytes(bytes, sizeof bytes));
  if (!reply.ok()) raise(kIntrError);
  return reply.done_at;
}

Picos RingCore::post(Picos now, MemoryPort& memory) {
  phase_ = Phase::kPosted;
  if ((descriptor_.flags & kFlagPost) == 0 || descriptor_.post_id >= kSyncpointCount) return now;
  std::uint32_t value = std::min<std::uint32_t>(descriptor_.post_increment, 31);
  if (completion_.status != CommandStatus::kOk) value |= kPostErrorMark;
  StateWriter word;
  word.u32(value);
  const Addr address = reg_pair(number(Reg::kSyncBaseLo)) + kSyncpointPosts + 4 * std::uint64_t{descriptor_.post_id};
  const MemoryReply reply = memory.write(now, address, ConstBytes(word.data()));
  if (!reply.ok()) raise(kIntrError);
  ++posts_;
  return reply.done_at;
}

Picos RingCore::retire(Picos now) {
  registers_.set(number(Reg::kRingTail), reg(number(Reg::kRingTail)) + 1);
  phase_ = Phase::kIdle;
  if (completion_.status != CommandStatus::kOk) raise(kIntrError);
  if ((descriptor_.flags & kFlagInterrupt) != 0) {
    const std::uint32_t coalesce = reg(number(Reg::kCoalesce));
    const std::uint32_t batch = std::max<std::uint32_t>(coalesce & 0xff, 1);
    const Cycles timeout = coalesce >> 8;
    if (++unreported_ >= batch) {
      unreported_ = 0;
      report_deadline_ = kNever;
      raise(kIntrDone);
    } else if (timeout != 0 && report_deadline_ == kNever) {
      report_deadline_ = now + clock_.to_picos(timeout);
    }
  }
  return now;
}

void RingCore::raise(std::uint32_t bits) {
  registers_.set(number(Reg::kIntrState), reg(number(Reg::kIntrState)) | bits);
  update_irq();
}

void RingCore::update_irq() { drive_irq(0, (reg(number(Reg::kIntrState)) & reg(number(Reg::kIntrEnable))) != 0); }

std::uint64_t RingCore::on_read(std::uint16_t reg_number, std::uint32_t index, std::uint64_t stored) {
  return reg_number < regs::command_ring::kTable.register_count ? on_peek(reg_number, index, stored)
                                                                : engine_read(reg_number, index, stored);
}

std::uint64_t RingCore::on_peek(std::uint16_t reg_number, std::uint32_t, std::uint64_t stored) {
  if (reg_number != number(Reg::kStatus)) return stored;
  std::uint32_t status = 0;
  if (phase_ != Phase::kIdle) status |= kStatusBusy;
  if (phase_ == Phase::kWaiting) status |= kStatusWaiting;
  if ((reg(number(Reg::kIntrState)) & kIntrError) != 0) status |= kStatusError;
  return status;
}

void RingCore::on_write(std::uint16_t reg_number, std::uint32_t index, std::uint64_t before, std::uint64_t after, std::uint64_t written) {
  if (reg_number >= regs::command_ring::kTable.register_count) {
    engine_write(reg_number, index, before, after, written);
    return;
  }
  switch (static_cast<Reg>(reg_number)) {
    case Reg::kControl:
      if ((written & kControlReset) != 0) {
        soft_reset();
      } else if ((written & kControlAbort) != 0 && phase_ != Phase::kIdle) {
        abort_requested_ = true;
      }
      break;
    case Reg::kIntrTest:
      raise(static_cast<std::uint32_t>(written) & (kIntrDone | kIntrError));
      break;
    case Reg::kIntrState:
    case Reg::kIntrEnable:
      update_irq();
      break;
    default:
      break;
  }
}

std::string RingCore::pending() const {
  if (phase_ == Phase::kIdle) return {};
  std::string text = "command " + std::to_string(descriptor_.tag) + " (opcode " + std::to_string(descriptor_.opcode) + ")";
  if (phase_ == Phase::kWaiting) {
    const SyncpointWait& wait = descriptor_.waits[waits_met_];
    text += " waits for syncpoint " + std::to_string(wait.id) + " to reach " + std::to_string(wait.value);
  }
  return text;
}

std::vector<Statistic> RingCore::statistics() const {
  return {{"commands_ok", commands_ok_, "commands that ended with status 0"},
          {"commands_failed", commands_failed_, "commands that ended with another status"},
          {"busy_cycles", clock_.to_cycles(busy_picos_), "cycles between a command's start and the end of its data"},
          {"syncpoint_polls", sync_polls_, "reads of a syncpoint for a wait"},
          {"syncpoint_posts", posts_, "posts to a syncpoint"}};
}

void RingCore::save_core(StateWriter& out) const {
  out.u8(static_cast<std::uint8_t>(phase_));
  out.u64(wake_at_);
  std::uint8_t bytes[kDescriptorBytes];
  descriptor_.encode(bytes);
  out.bytes(bytes, sizeof bytes);
  out.u32(waits_met_);
  out.blob(parameters_);
  out.u64(started_at_);
  std::uint8_t record_bytes[kCompletionBytes];
  completion_.encode(record_bytes);
  out.bytes(record_bytes, sizeof record_bytes);
  out.boolean(abort_requested_);
  out.u32(unreported_);
  out.u64(report_deadline_);
  for (std::uint64_t counter : {commands_ok_, commands_failed_, sync_polls_, posts_, busy_picos_}) out.u64(counter);
  save_engine(out);
}

void RingCore::load_core(StateReader& in) {
  phase_ = static_cast<Phase>(std::min<std::uint8_t>(in.u8(), static_cast<std::uint8_t>(Phase::kPosted)));
  wake_at_ = in.u64();
  std::uint8_t bytes[kDescriptorBytes];
  in.bytes(bytes, sizeof bytes);
  descriptor_ = Descriptor::decode(bytes);
  waits_met_ = std::min<unsigned>(in.u32(), kMaxWaits);
  parameters_ = in.blob();
  started_at_ = in.u64();
  std::uint8_t record_bytes[kCompletionBytes];
  in.bytes(record_bytes, sizeof record_bytes);
  completion_ = Completion::decode(record_bytes);
  abort_requested_ = in.boolean();
  unreported_ = in.u32();
  report_deadline_ = in.u64();
  for (std::uint64_t* counter : {&commands_ok_, &commands_failed_, &sync_polls_, &posts_, &busy_picos_}) *counter = in.u64();
  load_engine(in);
}

}  // namespace visoc
