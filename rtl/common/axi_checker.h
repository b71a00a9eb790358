// The AXI rules a block must keep, watched on its pins. Rules have the names of ARM's protocol assertions (AXI4_ERRM_AWVALID_STABLE ...).
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>

#include "platform/base/units.h"
#include "rtl/common/rtl_pins.h"

namespace visoc {

/// A broken rule, or a bound that was passed.
struct RtlViolation {
  std::string rule;
  Cycles cycle = 0;  ///< Of the block's clock, counted while it runs.
  std::string text;  ///< The two values that disagree.
};

/// Source: the rules of AMBA AXI and ACE Protocol Specification (IHI 0022E), A3.2 handshakes, A3.4 transactions, B1 AXI4-Lite; names as in
/// ARM DUI 0534. Checked is what the block drives; the shell's own side is not.
///
/// | rule | what must hold |
/// |---|---|
/// | AXI4_ERRM_{AW,W,AR}VALID_RESET, AXI4LITE_ERRS_{B,R}VALID_RESET | no VALID while in reset |
/// | AXI4_ERRM_{AW,W,AR}VALID_STABLE | once high, VALID stays until READY |
/// | AXI4_ERRM_{AW,AR}{ADDR,LEN,SIZE,BURST}_STABLE, AXI4_ERRM_W{DATA,STRB,LAST}_STABLE | nothing changes while it waits (data: lanes with a
/// strobe) | | AXI4_ERRM_{AW,AR}BURST, _{AW,AR}SIZE | burst type INCR (others are not used here); no beat wider than the bus | |
/// AXI4_ERRM_{AW,AR}ADDR_BOUNDARY | no burst crosses 4 KiB | | AXI4_ERRM_WDATA_NUM | WLAST at the last beat of the burst and only there; no
/// data without an address | | AXI4_ERRM_WSTRB | strobes only in the lanes of the beat | | AXI4LITE_ERRS_{B,R}VALID_STABLE, _BRESP_STABLE,
/// _RDATA_STABLE, _RRESP_STABLE | as above, for what the slave drives | | AXI4LITE_ERRS_{B,R}RESP_EXOKAY | AXI4-Lite has no exclusive
/// accesses | | AXI4LITE_ERRS_{B,R}VALID_UNASKED | no answer without an access | | AXI4_RECM_{R,B}READY_MAX_WAIT, AXI4_RECM_WVALID_MAX_WAIT
/// | data and responses are taken, data follow their address, within kMaxWaitCycles | | AXI4LITE_RECS_{AW,W,AR}READY_MAX_WAIT,
/// AXI4LITE_RECS_{B,R}VALID_MAX_WAIT | a register access goes on within kMaxWaitCycles |
class AxiChecker {
 public:
  using Report = std::function<void(const RtlViolation&)>;
  /// Longer than any block has a reason to make its partner wait, and short for a person.
  static constexpr Cycles kMaxWaitCycles = 1'000;

  explicit AxiChecker(Report report) : report_(std::move(report)) {}

  /// The pins as they are at a rising edge.
  void sample(Cycles cycle, const RtlInputs& in, const RtlOutputs& out);

 private:
  struct WriteBurst {
    std::uint64_t addr = 0;
    unsigned beats = 0, size = 0;
  };

  void fail(const char* rule, const std::string& text);
  void stable(bool waits, const char* rule, std::uint64_t before, std::uint64_t now);
  void check_reset(const RtlOutputs& out);
  void check_stability(const RtlOutputs& out);
  void check_address(const char* channel, std::uint64_t addr, unsigned len, unsigned size, unsigned burst);
  void check_write_data(const RtlInputs& in, const RtlOutputs& out);
  void check_slave(const RtlInputs& in, const RtlOutputs& out);
  void check_waits(const RtlInputs& in, const RtlOutputs& out);

  Report report_;
  Cycles cycle_ = 0;
  bool have_before_ = false;
  RtlInputs in_before_;
  RtlOutputs before_;
  std::deque<WriteBurst> bursts_;                                    ///< Addresses whose data have not all come.
  unsigned beats_done_ = 0;                                          ///< Of the first of them.
  Cycles waits_[8] = {};                                             ///< Cycles each of the bounded waits has lasted.
  unsigned writes_open_ = 0, write_data_open_ = 0, reads_open_ = 0;  ///< AXI4-Lite accesses without an answer.
};

}  // namespace visoc
