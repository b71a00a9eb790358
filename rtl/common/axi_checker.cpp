// SPDX-License-Identifier: Apache-2.0
#include "rtl/common/axi_checker.h"

#include <cstdio>

namespace visoc {
namespace {

constexpr unsigned kBusBytes = 8, kBusSize = 3;
constexpr unsigned kIncr = 1, kExokay = 1;
constexpr std::uint64_t kBoundary = 4096;

std::string hex(std::uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

/// The bytes of `data` whose lane has a strobe.
std::uint64_t strobed(std::uint64_t data, std::uint8_t strobes) {
  std::uint64_t kept = 0;
  for (unsigned lane = 0; lane < kBusBytes; ++lane)
    if ((strobes >> lane & 1) != 0) kept |= data & (std::uint64_t{0xff} << (8 * lane));
  return kept;
}

}  // namespace

void AxiChecker::fail(const char* rule, const std::string& text) { report_({rule, cycle_, text}); }

void AxiChecker::stable(bool waits, const char* rule, std::uint64_t before, std::uint64_t now) {
  if (waits && before != now) fail(rule, "was " + hex(before) + " and became " + hex(now) + " before READY");
}

void AxiChecker::sample(Cycles cycle, const RtlInputs& in, const RtlOutputs& out) {
  cycle_ = cycle;
  if (!in.rst_n) {
    check_reset(out);
    have_before_ = false;
    for (Cycles& wait : waits_) wait = 0;
    bursts_.clear();
    beats_done_ = writes_open_ = write_data_open_ = reads_open_ = 0;
    return;
  }
  if (have_before_) check_stability(out);
  if (out.m_awvalid && !(have_before_ && before_.m_awvalid && !in_before_.m_awready))
    check_address("AW", out.m_awaddr, out.m_awlen, out.m_awsize, out.m_awburst);
  if (out.m_arvalid && !(have_before_ && before_.m_arvalid && !in_before_.m_arready))
    check_address("AR", out.m_araddr, out.m_arlen, out.m_arsize, out.m_arburst);
  check_write_data(in, out);
  check_slave(in, out);
  check_waits(in, out);
  in_before_ = in;
  before_ = out;
  have_before_ = true;
}

void AxiChecker::check_reset(const RtlOutputs& out) {
  if (out.m_awvalid) fail("AXI4_ERRM_AWVALID_RESET", "AWVALID is 1 in reset");
  if (out.m_wvalid) fail("AXI4_ERRM_WVALID_RESET", "WVALID is 1 in reset");
  if (out.m_arvalid) fail("AXI4_ERRM_ARVALID_RESET", "ARVALID is 1 in reset");
  if (out.s_bvalid) fail("AXI4LITE_ERRS_BVALID_RESET", "BVALID is 1 in reset");
  if (out.s_rvalid) fail("AXI4LITE_ERRS_RVALID_RESET", "RVALID is 1 in reset");
}

void AxiChecker::check_stability(const RtlOutputs& out) {
  const bool aw = before_.m_awvalid && !in_before_.m_awready;
  stable(aw, "AXI4_ERRM_AWVALID_STABLE", 1, out.m_awvalid);
  stable(aw, "AXI4_ERRM_AWADDR_STABLE", before_.m_awaddr, out.m_awaddr);
  stable(aw, "AXI4_ERRM_AWLEN_STABLE", before_.m_awlen, out.m_awlen);
  stable(aw, "AXI4_ERRM_AWSIZE_STABLE", before_.m_awsize, out.m_awsize);
  stable(aw, "AXI4_ERRM_AWBURST_STABLE", before_.m_awburst, out.m_awburst);
  const bool w = before_.m_wvalid && !in_before_.m_wready;
  stable(w, "AXI4_ERRM_WVALID_STABLE", 1, out.m_wvalid);
  stable(w, "AXI4_ERRM_WDATA_STABLE", strobed(before_.m_wdata, before_.m_wstrb), strobed(out.m_wdata, before_.m_wstrb));
  stable(w, "AXI4_ERRM_WSTRB_STABLE", before_.m_wstrb, out.m_wstrb);
  stable(w, "AXI4_ERRM_WLAST_STABLE", before_.m_wlast, out.m_wlast);
  const bool ar = before_.m_arvalid && !in_before_.m_arready;
  stable(ar, "AXI4_ERRM_ARVALID_STABLE", 1, out.m_arvalid);
  stable(ar, "AXI4_ERRM_ARADDR_STABLE", before_.m_araddr, out.m_araddr);
  stable(ar, "AXI4_ERRM_ARLEN_STABLE", before_.m_arlen, out.m_arlen);
  stable(ar, "AXI4_ERRM_ARSIZE_STABLE", before_.m_arsize, out.m_arsize);
  stable(ar, "AXI4_ERRM_ARBURST_STABLE", before_.m_arburst, out.m_arburst);
  const bool b = before_.s_bvalid && !in_before_.s_bready;
  stable(b, "AXI4LITE_ERRS_BVALID_STABLE", 1, out.s_bvalid);
  stable(b, "AXI4LITE_ERRS_BRESP_STABLE", before_.s_bresp, out.s_bresp);
  const bool r = before_.s_rvalid && !in_before_.s_rready;
  stable(r, "AXI4LITE_ERRS_RVALID_STABLE", 1, out.s_rvalid);
  stable(r, "AXI4LITE_ERRS_RDATA_STABLE", before_.s_rdata, out.s_rdata);
  stable(r, "AXI4LITE_ERRS_RRESP_STABLE", before_.s_rresp, out.s_rresp);
}

void AxiChecker::check_address(const char* channel, std::uint64_t addr, unsigned len, unsigned size, unsigned burst) {
  const std::string prefix = std::string("AXI4_ERRM_") + channel;
  if (burst != kIncr) fail((prefix + "BURST").c_str(), "burst type " + std::to_string(burst) + ", expected INCR (1)");
  if (size > kBusSize) {
    fail((prefix + "SIZE").c_str(), "beats of 2^" + std::to_string(size) + " bytes on a bus of 8");
    return;
  }
  const std::uint64_t bytes = std::uint64_t{len + 1} << size;
  const std::uint64_t first = addr & ~((std::uint64_t{1} << size) - 1);
  if ((first & (kBoundary - 1)) + bytes > kBoundary)
    fail((prefix + "ADDR_BOUNDARY").c_str(), std::to_string(bytes) + " bytes at " + hex(addr) + " cross a 4 KiB boundary");
}

void AxiChecker::check_write_data(const RtlInputs& in, const RtlOutputs& out) {
  // An address taken in this very cycle counts: data may come together with it.
  if (out.m_awvalid && in.m_awready) bursts_.push_back({out.m_awaddr, out.m_awlen + 1u, out.m_awsize});
  if (!out.m_wvalid || !in.m_wready) return;
  if (bursts_.empty()) {
    fail("AXI4_ERRM_WDATA_NUM", "a data beat was taken for which there is no address");
    return;
  }
  const WriteBurst& burst = bursts_.front();
  const bool last = beats_done_ + 1 == burst.beats;
  if (out.m_wlast != last) {
    fail("AXI4_ERRM_WDATA_NUM",
         "WLAST is " + std::to_string(out.m_wlast) + " at beat " + std::to_string(beats_done_ + 1) + " of " + std::to_string(burst.beats));
  }
  if (burst.size <= kBusSize) {
    const unsigned bytes = 1u << burst.size;
    const std::uint64_t aligned = burst.addr & ~std::uint64_t{bytes - 1};
    const auto first_lane = static_cast<unsigned>((beats_done_ == 0 ? burst.addr : aligned + beats_done_ * bytes) & (kBusBytes - 1));
    const auto word_lane = static_cast<unsigned>((aligned + beats_done_ * bytes) & (kBusBytes - 1));
    for (unsigned lane = 0; lane < kBusBytes; ++lane) {
      const bool inside = lane >= first_lane && lane < word_lane + bytes;
      if ((out.m_wstrb >> lane & 1) != 0 && !inside) {
        fail("AXI4_ERRM_WSTRB", "strobe in lane " + std::to_string(lane) + ", outside the beat");
        break;
      }
    }
  }
  ++beats_done_;
  if (last || out.m_wlast) {
    bursts_.pop_front();
    beats_done_ = 0;
  }
}

void AxiChecker::check_slave(const RtlInputs& in, const RtlOutputs& out) {
  if (out.s_bvalid) {
    if (writes_open_ == 0 || write_data_open_ == 0) fail("AXI4LITE_ERRS_BVALID_UNASKED", "BVALID without a write");
    if (out.s_bresp == kExokay) fail("AXI4LITE_ERRS_BRESP_EXOKAY", "BRESP is EXOKAY");
  }
  if (out.s_rvalid) {
    if (reads_open_ == 0) fail("AXI4LITE_ERRS_RVALID_UNASKED", "RVALID without a read");
    if (out.s_rresp == kExokay) fail("AXI4LITE_ERRS_RRESP_EXOKAY", "RRESP is EXOKAY");
  }
  if (out.s_bvalid && in.s_bready && writes_open_ != 0 && write_data_open_ != 0) {
    --writes_open_;
    --write_data_open_;
  }
  if (out.s_rvalid && in.s_rready && reads_open_ != 0) --reads_open_;
  if (in.s_awvalid && out.s_awready) ++writes_open_;
  if (in.s_wvalid && out.s_wready) ++write_data_open_;
  if (in.s_arvalid && out.s_arready) ++reads_open_;
}

void AxiChecker::check_waits(const RtlInputs& in, const RtlOutputs& out) {
  const struct {
    const char* rule;
    bool waits;
  } bounds[] = {{"AXI4_RECM_RREADY_MAX_WAIT", in.m_rvalid && !out.m_rready},
                {"AXI4_RECM_BREADY_MAX_WAIT", in.m_bvalid && !out.m_bready},
                {"AXI4_RECM_WVALID_MAX_WAIT", !bursts_.empty() && !out.m_wvalid},
                {"AXI4LITE_RECS_AWREADY_MAX_WAIT", in.s_awvalid && !out.s_awready},
                {"AXI4LITE_RECS_WREADY_MAX_WAIT", in.s_wvalid && !out.s_wready},
                {"AXI4LITE_RECS_ARREADY_MAX_WAIT", in.s_arvalid && !out.s_arready},
                {"AXI4LITE_RECS_BVALID_MAX_WAIT", writes_open_ != 0 && write_data_open_ != 0 && !out.s_bvalid},
                {"AXI4LITE_RECS_RVALID_MAX_WAIT", reads_open_ != 0 && !out.s_rvalid}};
  for (unsigned i = 0; i < sizeof waits_ / sizeof waits_[0]; ++i) {
    waits_[i] = bounds[i].waits ? waits_[i] + 1 : 0;
    if (waits_[i] == kMaxWaitCycles) fail(bounds[i].rule, "no progress for " + std::to_string(kMaxWaitCycles) + " cycles");
  }
}

}  // namespace visoc
