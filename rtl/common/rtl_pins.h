// The pins that every block in rtl/ has, as plain C++: the seam between the verilated class and SystemC, whose headers do not mix.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "platform/base/state.h"

namespace visoc {

/// What the shell drives.
struct RtlInputs {
  bool rst_n = false;

  // AXI4-Lite slave: registers, 32 bits.
  std::uint32_t s_awaddr = 0, s_wdata = 0, s_araddr = 0;
  std::uint8_t s_wstrb = 0;
  bool s_awvalid = false, s_wvalid = false, s_bready = false, s_arvalid = false, s_rready = false;

  // AXI4 master: answers of the memory, 64 bits.
  std::uint64_t m_rdata = 0;
  std::uint8_t m_bresp = 0, m_rresp = 0;
  bool m_awready = false, m_wready = false, m_bvalid = false, m_arready = false, m_rlast = false, m_rvalid = false;

  bool wake = false;            ///< A syncpoint has changed.
  bool wake_connected = false;  ///< Such pulses come; else the block looks every poll_cycles.
  std::uint32_t poll_cycles = 0;
  std::uint32_t peek_addr = 0;
  std::uint32_t plant_bug = 0;  ///< Number of a bug for tests; 0 is none.
};

/// What the block drives.
struct RtlOutputs {
  bool s_awready = false, s_wready = false, s_bvalid = false, s_arready = false, s_rvalid = false;
  std::uint8_t s_bresp = 0, s_rresp = 0;
  std::uint32_t s_rdata = 0;

  std::uint64_t m_awaddr = 0, m_wdata = 0, m_araddr = 0;
  std::uint8_t m_awlen = 0, m_awsize = 0, m_awburst = 0, m_wstrb = 0, m_arlen = 0, m_arsize = 0, m_arburst = 0;
  bool m_awvalid = false, m_wlast = false, m_wvalid = false, m_bready = false, m_arvalid = false, m_rready = false;

  bool irq = false;
  bool busy = false;     ///< It must be clocked: something can happen without a register access or a wake pulse.
  bool pending = false;  ///< A command is under way, if only by waiting for a pulse.
  std::uint32_t peek_data = 0;
  std::uint64_t work_done = 0;  ///< What the block's energy event counts, since power-on.
};

/// One instance of a verilated block.
class RtlPins {
 public:
  virtual ~RtlPins() = default;
  /// Lets the logic settle with `clk` low and these inputs.
  virtual void settle(const RtlInputs& inputs, RtlOutputs& outputs) = 0;
  /// The rising edge, with the inputs of the last settle(). Of the outputs irq, busy, pending and work_done follow at once, the others
  /// at the next settle().
  virtual void clock_edge(RtlOutputs& outputs) = 0;
  /// All flip-flops.
  virtual void save(StateWriter& out) = 0;
  /// False if the bytes are not the state of this block.
  virtual bool load(StateReader& in) = 0;
};

}  // namespace visoc
