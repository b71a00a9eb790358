// Bursts on the pins become runs of bytes, and answers come back in the lanes and order that AXI asks for.
// SPDX-License-Identifier: Apache-2.0
#include "rtl/common/axi_memory_side.h"

#include <catch2/catch.hpp>

using namespace visoc;

namespace {

void clock(AxiMemorySide& memory, RtlInputs& in, const RtlOutputs& out) {
  memory.drive(in);
  memory.sample(in, out);
}

}  // namespace

TEST_CASE("an unaligned read asks for its bytes alone and gets them in their lanes", "[rtl][fast]") {
  AxiMemorySide memory(0);
  RtlInputs in;
  RtlOutputs out;
  out.m_arvalid = true;
  out.m_araddr = 0x1006;
  out.m_arlen = 1;
  out.m_arsize = 3;
  clock(memory, in, out);
  out.m_arvalid = false;
  AxiRequest request;
  REQUIRE(memory.take(request));
  CHECK_FALSE(request.is_write);
  REQUIRE(request.runs.size() == 1);
  CHECK(request.runs[0].addr == 0x1006);
  REQUIRE(request.runs[0].bytes.size() == 10);
  memory.drive(in);
  CHECK_FALSE(in.m_rvalid);
  memory.answer_read({0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, true);
  out.m_rready = true;
  memory.drive(in);
  CHECK(in.m_rvalid);
  CHECK_FALSE(in.m_rlast);
  CHECK(in.m_rdata == 0x0100'0000'0000'0000);
  memory.sample(in, out);
  memory.drive(in);
  CHECK(in.m_rlast);
  CHECK(in.m_rdata == 0x0908'0706'0504'0302);
  CHECK(in.m_rresp == 0);
  memory.sample(in, out);
  CHECK(memory.idle());
}

TEST_CASE("strobes make runs of bytes, and a gap makes two", "[rtl][fast]") {
  AxiMemorySide memory(0);
  RtlInputs in;
  RtlOutputs out;
  out.m_awvalid = true;
  out.m_awaddr = 0x2003;
  out.m_awlen = 1;
  out.m_awsize = 3;
  clock(memory, in, out);
  out.m_awvalid = false;
  out.m_wvalid = true;
  out.m_wdata = 0x8877'6655'4433'2211;
  out.m_wstrb = 0xf8;
  clock(memory, in, out);
  out.m_wstrb = 0x0b;
  out.m_wlast = true;
  clock(memory, in, out);
  out.m_wvalid = false;
  AxiRequest request;
  REQUIRE(memory.take(request));
  CHECK(request.is_write);
  REQUIRE(request.runs.size() == 2);
  CHECK(request.runs[0].addr == 0x2003);
  CHECK(request.runs[0].bytes == std::vector<std::uint8_t>{0x44, 0x55, 0x66, 0x77, 0x88, 0x11, 0x22});
  CHECK(request.runs[1].addr == 0x200b);
  CHECK(request.runs[1].bytes == std::vector<std::uint8_t>{0x44});
  memory.drive(in);
  CHECK_FALSE(in.m_bvalid);
  memory.answer_write(false);
  out.m_bready = true;
  memory.drive(in);
  CHECK(in.m_bvalid);
  CHECK(in.m_bresp == 2);
  memory.sample(in, out);
  CHECK(memory.idle());
}

TEST_CASE("held back or not, a VALID once shown stays until it is taken", "[rtl][fast]") {
  AxiMemorySide memory(7);
  RtlInputs in;
  RtlOutputs out;
  unsigned held_back = 0;
  for (unsigned round = 0; round < 200; ++round) {
    out.m_arvalid = true;
    out.m_arsize = 0;
    do {
      memory.drive(in);
      held_back += !in.m_arready;
      memory.sample(in, out);
    } while (!in.m_arready);
    out.m_arvalid = false;
    AxiRequest request;
    REQUIRE(memory.take(request));
    memory.answer_read({1}, true);
    bool shown = false;
    for (unsigned i = 0; i < 10; ++i) {
      clock(memory, in, out);
      CHECK((in.m_rvalid || !shown));
      shown = in.m_rvalid;
    }
    REQUIRE(shown);
    out.m_rready = true;
    clock(memory, in, out);
    out.m_rready = false;
    REQUIRE(memory.idle());
  }
  CHECK(held_back > 50);
}
