// 16550 serial port: FIFOs, line status, interrupt identification, loop.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <vector>

#include "platform/contract/device_core.h"

namespace visoc {

struct UartOptions {
  /// A byte takes the time of its bits at the divisor's rate. False: it is sent at once.
  bool timed_transmit = false;
  /// What the partner sends. It waits for the guest: a byte arrives when RBR, LSR or IIR is read or ERBFI is on and there is room,
  /// so none is lost.
  std::vector<std::uint8_t> input;
};

/// Source: National Semiconductor PC16550D data sheet; where it leaves freedom, QEMU's serial device.
/// A byte written while the transmitter is full is lost and counted.
class UartCore : public DeviceCore {
 public:
  static constexpr std::uint32_t kClockHz = 3'686'400;  ///< 16 times the highest baud rate; QEMU's virt.
  static constexpr unsigned kFifoBytes = 16;

  explicit UartCore(UartOptions options = {});

  void reset() override;
  Picos step(Picos now, MemoryPort& memory) override;
  /// The line status of a transmitter that takes no time and a receiver without a partner is a constant.
  bool read_needs_sync(Offset offset) const override;
  std::string pending() const override;
  std::vector<Statistic> statistics() const override;

  /// Start to stop bit of one byte with the present divisor (0 counts as 1) and line control.
  Picos character_time() const;

  std::uint64_t on_read(std::uint16_t reg, std::uint32_t index, std::uint64_t stored) override;
  std::uint64_t on_peek(std::uint16_t reg, std::uint32_t index, std::uint64_t stored) override;
  void on_write(std::uint16_t reg, std::uint32_t index, std::uint64_t before, std::uint64_t after, std::uint64_t written) override;

 protected:
  void save_core(StateWriter& out) const override;
  void load_core(StateReader& in) override;

 private:
  unsigned depth() const { return fifo_enabled_ ? kFifoBytes : 1; }
  bool loop() const;
  void transmit(std::uint8_t byte);
  void start_shifting(Picos at);
  void leave(std::uint8_t byte);
  void receive(std::uint8_t byte);
  void take_input();
  void control_fifos(std::uint64_t written);
  std::uint64_t line_status() const;
  std::uint64_t modem_status() const;
  std::uint64_t interrupt_id() const;
  void update_irq();

  UartOptions options_;

  // State.
  std::deque<std::uint8_t> received_, to_send_;
  bool shifting_ = false;
  std::uint8_t shift_register_ = 0;
  Picos shifted_at_ = kNever;  ///< When the byte in the shift register has left.
  bool fifo_enabled_ = false;
  std::uint8_t trigger_bytes_ = 1;
  bool transmitter_empty_pending_ = false;
  bool status_constant_ = false;  ///< Derived: nothing but a write of the guest can change LSR.
  std::uint64_t input_at_ = 0;    ///< Bytes of the input that have arrived.
  std::uint64_t bytes_sent_ = 0, bytes_received_ = 0, bytes_lost_ = 0;
};

}  // namespace visoc
