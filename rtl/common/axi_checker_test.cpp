// Each AXI rule broken once, on pins played by hand; and traffic that keeps them all.
// SPDX-License-Identifier: Apache-2.0
#include "rtl/common/axi_checker.h"

#include <catch2/catch.hpp>
#include <functional>
#include <string>
#include <vector>

using namespace visoc;

namespace {

/// Pins that a test moves cycle by cycle.
struct Pins {
  RtlInputs in;
  RtlOutputs out;
  std::vector<std::string> rules;
  Cycles cycle = 0;
  AxiChecker checker{[this](const RtlViolation& violation) { rules.push_back(violation.rule); }};

  Pins() { in.rst_n = true; }
  void clock(unsigned cycles = 1) {
    for (unsigned i = 0; i < cycles; ++i) checker.sample(cycle++, in, out);
  }
  void show_write(std::uint64_t addr, unsigned beats, unsigned size = 3) {
    out.m_awvalid = true;
    out.m_awaddr = addr;
    out.m_awlen = static_cast<std::uint8_t>(beats - 1);
    out.m_awsize = static_cast<std::uint8_t>(size);
    out.m_awburst = 1;
  }
  void show_read(std::uint64_t addr, unsigned beats, unsigned size = 3) {
    out.m_arvalid = true;
    out.m_araddr = addr;
    out.m_arlen = static_cast<std::uint8_t>(beats - 1);
    out.m_arsize = static_cast<std::uint8_t>(size);
    out.m_arburst = 1;
  }
  void take_write_address() {
    in.m_awready = true;
    clock();
    in.m_awready = false;
    out.m_awvalid = false;
  }
  void beat(std::uint8_t strobes, bool last) {
    out.m_wvalid = in.m_wready = true;
    out.m_wstrb = strobes;
    out.m_wlast = last;
    clock();
    out.m_wvalid = in.m_wready = false;
  }
};

}  // namespace

TEST_CASE("traffic that keeps the rules raises nothing", "[rtl][fast]") {
  Pins pins;
  pins.show_write(0x1ffd, 1);
  pins.clock(3);
  pins.take_write_address();
  pins.beat(0xe0, true);
  pins.show_write(0x2001, 3);
  pins.take_write_address();
  pins.beat(0xfe, false);
  pins.beat(0xff, false);
  pins.beat(0x01, true);
  pins.show_write(0x3006, 2, 1);  // Two narrow beats, in lanes 6, 7 and then 0, 1.
  pins.take_write_address();
  pins.beat(0xc0, false);
  pins.beat(0x03, true);
  pins.show_read(0xf80, 16);
  pins.in.m_arready = true;
  pins.clock();
  pins.out.m_arvalid = false;
  pins.clock();
  pins.in.s_awvalid = pins.in.s_wvalid = pins.in.s_arvalid = true;
  pins.out.s_awready = pins.out.s_wready = pins.out.s_arready = true;
  pins.clock();
  pins.in.s_awvalid = pins.in.s_wvalid = pins.in.s_arvalid = false;
  pins.out.s_bvalid = pins.out.s_rvalid = true;
  pins.clock(2);
  pins.in.s_bready = pins.in.s_rready = true;
  pins.clock();
  pins.out.s_bvalid = pins.out.s_rvalid = false;
  pins.clock();
  CHECK(pins.rules.empty());
}

TEST_CASE("each rule, broken, is reported by its name and only that", "[rtl][fast]") {
  struct Case {
    const char* rule;
    std::function<void(Pins&)> play;
  };
  const auto waiting_write = [](Pins& pins) {
    pins.show_write(0x1000, 2);
    pins.clock();
  };
  const auto waiting_read = [](Pins& pins) {
    pins.show_read(0x1000, 2);
    pins.clock();
  };
  const auto waiting_data = [](Pins& pins) {
    pins.show_write(0x1000, 2);
    pins.take_write_address();
    pins.out.m_wvalid = true;
    pins.out.m_wstrb = 0x0f;
    pins.out.m_wdata = 0x11;
    pins.clock();
  };
  const auto open_read = [](Pins& pins) {
    pins.in.s_arvalid = pins.out.s_arready = true;
    pins.clock();
    pins.in.s_arvalid = false;
    pins.out.s_rvalid = true;
    pins.clock();
  };
  const auto open_write = [](Pins& pins) {
    pins.in.s_awvalid = pins.out.s_awready = pins.in.s_wvalid = pins.out.s_wready = true;
    pins.clock();
    pins.in.s_awvalid = pins.in.s_wvalid = false;
    pins.out.s_bvalid = true;
    pins.clock();
  };
  const auto in_reset = [](bool RtlOutputs::*pin) {
    return [pin](Pins& pins) {
      pins.in.rst_n = false;
      pins.out.*pin = true;
      pins.clock();
    };
  };
  const auto then = [](auto before, auto change) {
    return [before, change](Pins& pins) {
      before(pins);
      change(pins.out);
      pins.clock();
    };
  };
  const std::vector<Case> cases = {
      {"AXI4_ERRM_AWVALID_RESET", in_reset(&RtlOutputs::m_awvalid)},
      {"AXI4_ERRM_WVALID_RESET", in_reset(&RtlOutputs::m_wvalid)},
      {"AXI4_ERRM_ARVALID_RESET", in_reset(&RtlOutputs::m_arvalid)},
      {"AXI4LITE_ERRS_BVALID_RESET", in_reset(&RtlOutputs::s_bvalid)},
      {"AXI4LITE_ERRS_RVALID_RESET", in_reset(&RtlOutputs::s_rvalid)},
      {"AXI4_ERRM_AWVALID_STABLE", then(waiting_write, [](RtlOutputs& out) { out.m_awvalid = false; })},
      {"AXI4_ERRM_AWADDR_STABLE", then(waiting_write, [](RtlOutputs& out) { out.m_awaddr += 8; })},
      {"AXI4_ERRM_AWLEN_STABLE", then(waiting_write, [](RtlOutputs& out) { ++out.m_awlen; })},
      {"AXI4_ERRM_AWSIZE_STABLE", then(waiting_write, [](RtlOutputs& out) { out.m_awsize = 2; })},
      {"AXI4_ERRM_AWBURST_STABLE", then(waiting_write, [](RtlOutputs& out) { out.m_awburst = 0; })},
      {"AXI4_ERRM_ARVALID_STABLE", then(waiting_read, [](RtlOutputs& out) { out.m_arvalid = false; })},
      {"AXI4_ERRM_ARADDR_STABLE", then(waiting_read, [](RtlOutputs& out) { out.m_araddr += 8; })},
      {"AXI4_ERRM_ARLEN_STABLE", then(waiting_read, [](RtlOutputs& out) { ++out.m_arlen; })},
      {"AXI4_ERRM_ARSIZE_STABLE", then(waiting_read, [](RtlOutputs& out) { out.m_arsize = 2; })},
      {"AXI4_ERRM_ARBURST_STABLE", then(waiting_read, [](RtlOutputs& out) { out.m_arburst = 0; })},
      {"AXI4_ERRM_WVALID_STABLE", then(waiting_data, [](RtlOutputs& out) { out.m_wvalid = false; })},
      {"AXI4_ERRM_WDATA_STABLE", then(waiting_data, [](RtlOutputs& out) { out.m_wdata = 0x12; })},
      {"AXI4_ERRM_WSTRB_STABLE", then(waiting_data, [](RtlOutputs& out) { out.m_wstrb = 0x1f; })},
      {"AXI4_ERRM_WLAST_STABLE", then(waiting_data, [](RtlOutputs& out) { out.m_wlast = true; })},
      {"AXI4LITE_ERRS_BVALID_STABLE", then(open_write, [](RtlOutputs& out) { out.s_bvalid = false; })},
      {"AXI4LITE_ERRS_BRESP_STABLE", then(open_write, [](RtlOutputs& out) { out.s_bresp = 2; })},
      {"AXI4LITE_ERRS_RVALID_STABLE", then(open_read, [](RtlOutputs& out) { out.s_rvalid = false; })},
      {"AXI4LITE_ERRS_RDATA_STABLE", then(open_read, [](RtlOutputs& out) { out.s_rdata = 1; })},
      {"AXI4LITE_ERRS_RRESP_STABLE", then(open_read, [](RtlOutputs& out) { out.s_rresp = 2; })},
      {"AXI4_ERRM_AWBURST",
       [](Pins& pins) {
         pins.show_write(0, 1);
         pins.out.m_awburst = 2;
         pins.clock();
       }},
      {"AXI4_ERRM_ARBURST",
       [](Pins& pins) {
         pins.show_read(0, 1);
         pins.out.m_arburst = 0;
         pins.clock();
       }},
      {"AXI4_ERRM_AWSIZE",
       [](Pins& pins) {
         pins.show_write(0, 1, 4);
         pins.clock();
       }},
      {"AXI4_ERRM_ARSIZE",
       [](Pins& pins) {
         pins.show_read(0, 1, 7);
         pins.clock();
       }},
      {"AXI4_ERRM_AWADDR_BOUNDARY",
       [](Pins& pins) {
         pins.show_write(0xff9, 2);
         pins.clock(2);
       }},
      {"AXI4_ERRM_ARADDR_BOUNDARY",
       [](Pins& pins) {
         pins.show_read(0xf88, 16);
         pins.clock(2);
       }},
      {"AXI4_ERRM_WDATA_NUM", [](Pins& pins) { pins.beat(0xff, true); }},
      {"AXI4_ERRM_WDATA_NUM",
       [](Pins& pins) {
         pins.show_write(0, 2);
         pins.take_write_address();
         pins.beat(0xff, true);
       }},
      {"AXI4_ERRM_WDATA_NUM",
       [](Pins& pins) {
         pins.show_write(0, 1);
         pins.take_write_address();
         pins.beat(0xff, false);
       }},
      {"AXI4_ERRM_WSTRB",
       [](Pins& pins) {
         pins.show_write(0x1003, 1);
         pins.take_write_address();
         pins.beat(0xfc, true);
       }},
      {"AXI4_ERRM_WSTRB",
       [](Pins& pins) {
         pins.show_write(0x1002, 1, 1);
         pins.take_write_address();
         pins.beat(0x1c, true);
       }},
      {"AXI4LITE_ERRS_BVALID_UNASKED",
       [](Pins& pins) {
         pins.out.s_bvalid = true;
         pins.clock();
       }},
      {"AXI4LITE_ERRS_RVALID_UNASKED",
       [](Pins& pins) {
         pins.out.s_rvalid = true;
         pins.clock();
       }},
      {"AXI4LITE_ERRS_BRESP_EXOKAY",
       [](Pins& pins) {
         pins.in.s_awvalid = pins.out.s_awready = pins.in.s_wvalid = pins.out.s_wready = true;
         pins.clock();
         pins.in.s_awvalid = pins.in.s_wvalid = false;
         pins.out.s_bvalid = pins.in.s_bready = true;
         pins.out.s_bresp = 1;
         pins.clock();
       }},
      {"AXI4LITE_ERRS_RRESP_EXOKAY",
       [](Pins& pins) {
         pins.in.s_arvalid = pins.out.s_arready = true;
         pins.clock();
         pins.in.s_arvalid = false;
         pins.out.s_rvalid = pins.in.s_rready = true;
         pins.out.s_rresp = 1;
         pins.clock();
       }},
      {"AXI4_RECM_RREADY_MAX_WAIT",
       [](Pins& pins) {
         pins.in.m_rvalid = true;
         pins.clock(AxiChecker::kMaxWaitCycles);
       }},
      {"AXI4_RECM_BREADY_MAX_WAIT",
       [](Pins& pins) {
         pins.in.m_bvalid = true;
         pins.clock(AxiChecker::kMaxWaitCycles);
       }},
      {"AXI4_RECM_WVALID_MAX_WAIT",
       [](Pins& pins) {
         pins.show_write(0, 1);
         pins.take_write_address();
         pins.clock(AxiChecker::kMaxWaitCycles);
       }},
      {"AXI4LITE_RECS_AWREADY_MAX_WAIT",
       [](Pins& pins) {
         pins.in.s_awvalid = true;
         pins.clock(AxiChecker::kMaxWaitCycles);
       }},
      {"AXI4LITE_RECS_WREADY_MAX_WAIT",
       [](Pins& pins) {
         pins.in.s_wvalid = true;
         pins.clock(AxiChecker::kMaxWaitCycles);
       }},
      {"AXI4LITE_RECS_ARREADY_MAX_WAIT",
       [](Pins& pins) {
         pins.in.s_arvalid = true;
         pins.clock(AxiChecker::kMaxWaitCycles);
       }},
      {"AXI4LITE_RECS_BVALID_MAX_WAIT",
       [](Pins& pins) {
         pins.in.s_awvalid = pins.out.s_awready = pins.in.s_wvalid = pins.out.s_wready = true;
         pins.clock();
         pins.in.s_awvalid = pins.in.s_wvalid = false;
         pins.clock(AxiChecker::kMaxWaitCycles);
       }},
      {"AXI4LITE_RECS_RVALID_MAX_WAIT",
       [](Pins& pins) {
         pins.in.s_arvalid = pins.out.s_arready = true;
         pins.clock();
         pins.in.s_arvalid = false;
         pins.clock(AxiChecker::kMaxWaitCycles);
       }},
  };
  for (const Case& each : cases) {
    Pins pins;
    each.play(pins);
    INFO(each.rule);
    REQUIRE(pins.rules.size() == 1);
    CHECK(pins.rules.front() == each.rule);
  }
}

TEST_CASE("a bound is reported at its cycle and not one before, once", "[rtl][fast]") {
  Pins pins;
  pins.in.s_arvalid = true;
  pins.clock(AxiChecker::kMaxWaitCycles - 1);
  CHECK(pins.rules.empty());
  pins.clock();
  CHECK(pins.rules.size() == 1);
  pins.clock(3 * AxiChecker::kMaxWaitCycles);
  CHECK(pins.rules.size() == 1);
}

TEST_CASE("data lanes without a strobe may change while a beat waits", "[rtl][fast]") {
  Pins pins;
  pins.show_write(0x1000, 1);
  pins.take_write_address();
  pins.out.m_wvalid = true;
  pins.out.m_wlast = true;
  pins.out.m_wstrb = 0x01;
  pins.out.m_wdata = 0x1122;
  pins.clock();
  pins.out.m_wdata = 0x3322;
  pins.clock();
  CHECK(pins.rules.empty());
}
