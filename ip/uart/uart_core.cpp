// SPDX-License-Identifier: Apache-2.0
#include "ip/uart/uart_core.h"

#include <algorithm>
#include <utility>

#include "regs/uart_regs.h"

namespace visoc {

using namespace regs::uart;  // NOLINT: the names of this block's own registers.

namespace {

constexpr std::uint8_t kTriggers[] = {1, 4, 8, 14};

void save_queue(StateWriter& out, const std::deque<std::uint8_t>& queue) {
  out.u8(static_cast<std::uint8_t>(queue.size()));
  for (std::uint8_t byte : queue) out.u8(byte);
}

std::deque<std::uint8_t> load_queue(StateReader& in) {
  std::deque<std::uint8_t> queue(std::min<std::size_t>(in.u8(), UartCore::kFifoBytes));
  for (std::uint8_t& byte : queue) byte = in.u8();
  return queue;
}

}  // namespace

UartCore::UartCore(UartOptions options) : DeviceCore(kTable), options_(std::move(options)) {}

void UartCore::reset() {
  DeviceCore::reset();
  received_.clear();
  to_send_.clear();
  shifting_ = false;
  shift_register_ = 0;
  shifted_at_ = kNever;
  fifo_enabled_ = false;
  trigger_bytes_ = 1;
  transmitter_empty_pending_ = false;
  input_at_ = 0;
  bytes_sent_ = bytes_received_ = bytes_lost_ = 0;
  status_constant_ = false;  // Until the first access.
}

Picos UartCore::step(Picos now, MemoryPort&) {
  set_now(now);
  while (shifted_at_ <= now) {
    const Picos left_at = shifted_at_;
    shifting_ = false;
    shifted_at_ = kNever;
    leave(shift_register_);
    start_shifting(left_at);
  }
  update_irq();
  return shifted_at_;
}

Picos UartCore::character_time() const {
  const std::uint64_t line = registers_.get(Reg::kLcr);
  const std::uint64_t bits = 1 + 5 + (line & kLcrWordLengthMask) + ((line & kLcrStopBitsMask) != 0 ? 2 : 1) + (line >> kLcrParityShift & 1);
  const std::uint64_t divisor = std::max<std::uint64_t>(registers_.get(Reg::kDll) | registers_.get(Reg::kDlm) << 8, 1);
  return kPicosPerSecond / kClockHz * 16 * divisor * bits;
}

bool UartCore::loop() const { return registers_.get_field(Reg::kMcr, kMcrLoopMask) != 0; }

void UartCore::transmit(std::uint8_t byte) {
  transmitter_empty_pending_ = false;
  if (!options_.timed_transmit) {
    leave(byte);
    transmitter_empty_pending_ = true;
    return;
  }
  if (to_send_.size() >= depth()) {
    ++bytes_lost_;
    if (services() != nullptr)
      services()->guest_warning(instance(), "uart-full", instance() + ": a byte was written to the full transmitter and is lost");
    return;
  }
  to_send_.push_back(byte);
  if (!shifting_) start_shifting(now());
}

void UartCore::start_shifting(Picos at) {
  if (to_send_.empty()) return;
  shift_register_ = to_send_.front();
  to_send_.pop_front();
  shifting_ = true;
  shifted_at_ = at + character_time();
  if (to_send_.empty()) transmitter_empty_pending_ = true;
}

void UartCore::leave(std::uint8_t byte) {
  if (loop()) {
    receive(byte);
    return;
  }
  ++bytes_sent_;
  if (services() != nullptr) services()->console(instance(), ConstBytes(&byte, 1));
}

void UartCore::receive(std::uint8_t byte) {
  if (received_.size() >= depth()) {
    ++bytes_lost_;
    registers_.set_field(Reg::kLsr, kLsrOeMask, 1);
    if (fifo_enabled_) return;  // The FIFO keeps what it has; the single register is overwritten.
    received_.back() = byte;
    return;
  }
  ++bytes_received_;
  received_.push_back(byte);
}

void UartCore::take_input() {
  while (!loop() && received_.size() < depth() && input_at_ < options_.input.size()) receive(options_.input[input_at_++]);
}

void UartCore::control_fifos(std::uint64_t written) {
  const bool enable = (written & kFcrEnableMask) != 0;
  const bool changed = enable != fifo_enabled_;
  fifo_enabled_ = enable;
  if (changed || (written & kFcrClearRxMask) != 0) received_.clear();
  if (changed || (written & kFcrClearTxMask) != 0) {
    if (!to_send_.empty()) transmitter_empty_pending_ = true;
    to_send_.clear();
  }
  trigger_bytes_ = enable ? kTriggers[(written & kFcrTriggerMask) >> kFcrTriggerShift] : 1;
}

bool UartCore::read_needs_sync(Offset offset) const { return offset != kLsrOffset || !status_constant_; }

std::uint64_t UartCore::line_status() const {
  std::uint64_t status = registers_.get(Reg::kLsr) & kLsrOeMask;
  if (!received_.empty()) status |= kLsrDrMask;
  if (to_send_.empty()) status |= kLsrThreMask;
  if (to_send_.empty() && !shifting_) status |= kLsrTemtMask;
  return status;
}

std::uint64_t UartCore::modem_status() const {
  if (!loop()) return kMsrResetValue;
  const std::uint64_t control = registers_.get(Reg::kMcr);
  std::uint64_t status = 0;
  if ((control & kMcrDtrMask) != 0) status |= kMsrDsrMask;
  if ((control & kMcrRtsMask) != 0) status |= kMsrCtsMask;
  if ((control & kMcrOut1Mask) != 0) status |= kMsrRiMask;
  if ((control & kMcrOut2Mask) != 0) status |= kMsrDcdMask;
  return status;
}

std::uint64_t UartCore::interrupt_id() const {
  const std::uint64_t enabled = registers_.get(Reg::kIer);
  if ((enabled & kIerElsiMask) != 0 && (line_status() & kLsrOeMask) != 0) return kIirIdLineStatus;
  // Below the trigger level the character timeout reports what is there; its four character times are not modelled.
  if ((enabled & kIerErbfiMask) != 0 && !received_.empty()) return received_.size() >= trigger_bytes_ ? kIirIdData : kIirIdTimeout;
  if ((enabled & kIerEtbeiMask) != 0 && transmitter_empty_pending_) return kIirIdThre;
  return kIirIdNone;
}

void UartCore::update_irq() {
  if (registers_.get_field(Reg::kIer, kIerErbfiMask) != 0) take_input();
  drive_irq(0, interrupt_id() != kIirIdNone);
  status_constant_ = !options_.timed_transmit && !shifting_ && to_send_.empty() && received_.empty() &&
                     input_at_ >= options_.input.size() && !loop() && (registers_.get(Reg::kLsr) & kLsrOeMask) == 0;
}

std::uint64_t UartCore::on_peek(std::uint16_t reg, std::uint32_t, std::uint64_t stored) {
  switch (static_cast<Reg>(reg)) {
    case Reg::kRbr:
      return received_.empty() ? 0 : received_.front();
    case Reg::kIir:
      return interrupt_id() | (fifo_enabled_ ? kIirFifoMask : 0);
    case Reg::kLsr:
      return line_status();
    case Reg::kMsr:
      return modem_status();
    default:
      return stored;
  }
}

std::uint64_t UartCore::on_read(std::uint16_t reg, std::uint32_t index, std::uint64_t stored) {
  const auto which = static_cast<Reg>(reg);
  if (which == Reg::kLsr && status_constant_) return kLsrThreMask | kLsrTemtMask;
  if (which == Reg::kRbr || which == Reg::kLsr || which == Reg::kIir) take_input();
  const std::uint64_t value = on_peek(reg, index, stored);
  if (which == Reg::kRbr && !received_.empty()) received_.pop_front();
  if (which == Reg::kLsr) registers_.set_field(Reg::kLsr, kLsrOeMask, 0);
  if (which == Reg::kIir && (value & kIirIdMask) == kIirIdThre) transmitter_empty_pending_ = false;
  update_irq();
  return value;
}

void UartCore::on_write(std::uint16_t reg, std::uint32_t, std::uint64_t before, std::uint64_t after, std::uint64_t written) {
  switch (static_cast<Reg>(reg)) {
    case Reg::kThr:
      transmit(static_cast<std::uint8_t>(written));
      break;
    case Reg::kIer:
      // Turning the interrupt on while the transmitter is empty raises it, as PC16550D drivers expect.
      if ((after & ~before & kIerEtbeiMask) != 0 && to_send_.empty()) transmitter_empty_pending_ = true;
      break;
    case Reg::kFcr:
      control_fifos(written);
      break;
    default:
      break;
  }
  update_irq();
}

std::string UartCore::pending() const {
  if (!shifting_) return {};
  return std::to_string(to_send_.size() + 1) + " bytes to send";
}

std::vector<Statistic> UartCore::statistics() const {
  return {{"bytes_sent", bytes_sent_, "bytes that left"},
          {"bytes_received", bytes_received_, "bytes that arrived, looped ones included"},
          {"bytes_lost", bytes_lost_, "bytes written or received while there was no room"}};
}

void UartCore::save_core(StateWriter& out) const {
  save_queue(out, received_);
  save_queue(out, to_send_);
  out.boolean(shifting_);
  out.u8(shift_register_);
  out.u64(shifted_at_);
  out.boolean(fifo_enabled_);
  out.u8(trigger_bytes_);
  out.boolean(transmitter_empty_pending_);
  for (std::uint64_t value : {input_at_, bytes_sent_, bytes_received_, bytes_lost_}) out.u64(value);
}

void UartCore::load_core(StateReader& in) {
  received_ = load_queue(in);
  to_send_ = load_queue(in);
  shifting_ = in.boolean();
  shift_register_ = in.u8();
  shifted_at_ = in.u64();
  fifo_enabled_ = in.boolean();
  trigger_bytes_ = in.u8();
  transmitter_empty_pending_ = in.boolean();
  for (std::uint64_t* value : {&input_at_, &bytes_sent_, &bytes_received_, &bytes_lost_}) *value = in.u64();
  status_constant_ = false;
}

}  // namespace visoc
