// The bus between real sockets: routing, errors, DMI, invalidation, debug accesses, time.
// SPDX-License-Identifier: Apache-2.0
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstring>
#include <systemc>

#include "ip/bus/bus_model.h"
#include "platform/tlm/sim_time.h"
#include "platform/tlm/timing_only.h"
#include "test/support/checked_links.h"
#include "test/support/fake_services.h"

using namespace visoc;

namespace {

constexpr Addr kBase = 0x8000'0000;
constexpr std::uint64_t kSize = 0x1000;

/// A memory of kSize bytes that grants DMI to whatever range it is told to.
struct TestTarget : sc_core::sc_module {
  explicit TestTarget(const sc_core::sc_module_name& name) : sc_module(name), socket("socket") {
    socket.register_b_transport(this, &TestTarget::b_transport);
    socket.register_transport_dbg(this, &TestTarget::transport_dbg);
    socket.register_get_direct_mem_ptr(this, &TestTarget::get_direct_mem_ptr);
  }
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    seen = payload.get_address();
    ++calls;
    if (payload.is_write() && fits(seen, payload.get_data_length(), bytes.size()))
      std::memcpy(&bytes[seen], payload.get_data_ptr(), payload.get_data_length());
    if (payload.is_read() && fits(seen, payload.get_data_length(), bytes.size()))
      std::memcpy(payload.get_data_ptr(), &bytes[seen], payload.get_data_length());
    delay += to_sc_time(latency);
    if (waits) {
      wait(delay);
      delay = sc_core::SC_ZERO_TIME;
    }
    payload.set_response_status(response);
  }
  unsigned transport_dbg(tlm::tlm_generic_payload& payload) {
    seen = payload.get_address();
    if (payload.is_read()) std::memcpy(payload.get_data_ptr(), &bytes[seen], payload.get_data_length());
    return payload.get_data_length();
  }
  bool get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
    seen = payload.get_address();
    dmi.set_start_address(grant_first);
    dmi.set_end_address(grant_last);
    dmi.set_dmi_ptr(bytes.data() + grant_first);
    dmi.allow_read_write();
    dmi.set_read_latency(to_sc_time(latency));
    return grants;
  }

  tlm_utils::simple_target_socket<TestTarget, kBusWidthBits> socket;
  std::array<std::uint8_t, kSize> bytes{};
  Addr seen = 0;
  unsigned calls = 0;
  Picos latency = 10'000;
  bool waits = false, grants = true;
  tlm::tlm_response_status response = tlm::TLM_OK_RESPONSE;
  Offset grant_first = 0, grant_last = kSize - 1;
};

struct TestInitiator : sc_core::sc_module {
  explicit TestInitiator(const sc_core::sc_module_name& name) : sc_module(name), socket("socket") {
    socket.register_invalidate_direct_mem_ptr(this, &TestInitiator::invalidated);
  }
  void invalidated(sc_dt::uint64 first, sc_dt::uint64 last) { invalidations.push_back({first, last}); }
  tlm::tlm_generic_payload& payload(tlm::tlm_command command, Addr addr, unsigned length) {
    payload_.set_command(command);
    payload_.set_address(addr);
    payload_.set_data_ptr(data.data());
    payload_.set_data_length(length);
    payload_.set_streaming_width(length);
    payload_.set_byte_enable_ptr(nullptr);
    payload_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    return payload_;
  }
  /// Returns the delay in picoseconds; the response is in `response`.
  Picos access(tlm::tlm_command command, Addr addr, unsigned length, Picos delay_ps = 0) {
    sc_core::sc_time delay = to_sc_time(delay_ps);
    auto& p = payload(command, addr, length);
    socket->b_transport(p, delay);
    response = p.get_response_status();
    CHECK(p.get_address() == addr);
    CHECK(p.get_data_length() == length);
    return to_picos(delay);
  }

  tlm_utils::simple_initiator_socket<TestInitiator, kBusWidthBits> socket;
  std::array<std::uint8_t, kSize> data{};
  std::vector<std::pair<Addr, Addr>> invalidations;
  tlm::tlm_response_status response = tlm::TLM_INCOMPLETE_RESPONSE;

 private:
  tlm::tlm_generic_payload payload_;
};

BusTiming test_timing() { return {{1'000}, 16, 2, 3}; }

struct Bench {
  test::FakeServices services;
  BusModule bus{"bus0", test_timing(), &services};
  TestTarget memory{"dram0"}, small{"small0"};
  TestInitiator cpu{"cpu0"}, dma{"dma0"};
  test::CheckedLinks links;

  /// `links_checked`: "off" for tests that send what no initiator may.
  explicit Bench(const char* links_checked = "on") : links(links_checked) {
    bus.attach_master("cpu0", links.after("cpu0_to_bus0", cpu.socket));
    bus.attach_slave("dram0", kBase, kSize, links.before("bus0_to_dram0", memory.socket));
    bus.attach_slave("small0", 0x1000, 0x10, links.before("bus0_to_small0", small.socket));
    bus.attach_master("dma0", links.after("dma0_to_bus0", dma.socket));
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
  }
  std::uint64_t statistic(const std::string& name) {
    for (const Statistic& s : bus.statistics())
      if (s.name == name) return s.value;
    return 0;
  }
};

}  // namespace

TEST_CASE("the bus rebases the address for the target and restores it for the initiator", "[bus][fast]") {
  Bench bench;
  bench.cpu.data = {1, 2, 3, 4};
  bench.cpu.access(tlm::TLM_WRITE_COMMAND, kBase + 0x10, 4);
  CHECK(bench.cpu.response == tlm::TLM_OK_RESPONSE);
  CHECK(bench.memory.seen == 0x10);
  CHECK(bench.memory.bytes[0x13] == 4);
  bench.cpu.access(tlm::TLM_READ_COMMAND, kBase + kSize - 1, 1);  // The last byte.
  CHECK(bench.cpu.response == tlm::TLM_OK_RESPONSE);
  CHECK(bench.memory.seen == kSize - 1);
  bench.memory.response = tlm::TLM_GENERIC_ERROR_RESPONSE;
  bench.cpu.access(tlm::TLM_READ_COMMAND, kBase, 8);  // Checks the restored address after an error, too.
  CHECK(bench.cpu.response == tlm::TLM_GENERIC_ERROR_RESPONSE);
  CHECK(bench.statistic("cpu0_to_dram0_bytes_read") == 1);
  CHECK(bench.statistic("cpu0_to_dram0_bytes_written") == 4);
  CHECK(bench.statistic("target_errors") == 1);
}

TEST_CASE("addresses that nobody answers and accesses over a window's end are address errors", "[bus][fast][bad-input]") {
  Bench bench;
  const Addr bad[] = {0, 0xfff, 0x1010, kBase - 1, kBase + kSize, ~Addr{0}, ~Addr{0} - 7};
  for (Addr addr : bad) {
    CHECK(bench.dma.access(tlm::TLM_READ_COMMAND, addr, 8) == 5'000);
    CHECK(bench.dma.response == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  }
  bench.dma.access(tlm::TLM_WRITE_COMMAND, kBase + kSize - 4, 8);
  CHECK(bench.dma.response == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  bench.dma.access(tlm::TLM_WRITE_COMMAND, 0x1000, 0x11);
  CHECK(bench.dma.response == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  CHECK(bench.memory.calls + bench.small.calls == 0);
  CHECK(bench.statistic("decode_errors") == 9);
  CHECK(bench.services.warnings.size() == 9);
  bench.dma.access(tlm::TLM_WRITE_COMMAND, 0x1000, 0x10);
  CHECK(bench.dma.response == tlm::TLM_OK_RESPONSE);
}

TEST_CASE("the bus is transparent for length zero, byte enables and streaming: the target decides", "[bus][fast][bad-input]") {
  Bench bench("off");
  bench.memory.response = tlm::TLM_BURST_ERROR_RESPONSE;
  bench.cpu.access(tlm::TLM_READ_COMMAND, kBase, 0);
  CHECK(bench.memory.calls == 1);
  CHECK(bench.cpu.response == tlm::TLM_BURST_ERROR_RESPONSE);
  // A streaming access at the window's end touches only streaming_width bytes.
  auto& payload = bench.cpu.payload(tlm::TLM_WRITE_COMMAND, kBase + kSize - 4, 8);
  payload.set_streaming_width(4);
  sc_core::sc_time delay;
  bench.cpu.socket->b_transport(payload, delay);
  CHECK(bench.memory.calls == 2);
  CHECK(payload.get_streaming_width() == 4);
}

TEST_CASE("time: request, port, target, response, ports are shared, targets are not", "[bus][fast]") {
  Bench bench;
  // 2 cycles there, 10 ns in the target (more than one cycle of data), 3 cycles back.
  CHECK(bench.cpu.access(tlm::TLM_READ_COMMAND, kBase, 8) == 2'000 + 10'000 + 3'000);
  // The port was busy from 2 ns to 3 ns.
  CHECK(bench.dma.access(tlm::TLM_READ_COMMAND, kBase, 8) == 3'000 + 10'000 + 3'000);
  CHECK(bench.dma.access(tlm::TLM_READ_COMMAND, 0x1000, 8) == 2'000 + 10'000 + 3'000);
  // 4 KiB need 256 cycles at the port, more than the target's 10 ns.
  CHECK(bench.dma.access(tlm::TLM_READ_COMMAND, kBase, 4096, 100'000) == 100'000 + 2'000 + 256'000 + 3'000);
  // A request for an earlier time still gets an earlier gap.
  CHECK(bench.cpu.access(tlm::TLM_READ_COMMAND, kBase, 8, 50'000) == 50'000 + 15'000);
  CHECK(bench.cpu.access(tlm::TLM_READ_COMMAND, kBase, 8, 200'000) == 358'000 + 10'000 + 3'000);
}

TEST_CASE("a timing-only access takes time and is counted apart", "[bus][fast]") {
  Bench bench;
  auto& payload = bench.cpu.payload(tlm::TLM_IGNORE_COMMAND, kBase, 64);
  TimingOnly mark;
  payload.set_extension(&mark);
  sc_core::sc_time delay;
  bench.cpu.socket->b_transport(payload, delay);
  payload.clear_extension(&mark);
  CHECK(to_picos(delay) == 15'000);
  CHECK(bench.statistic("cpu0_to_dram0_timing_only_bytes") == 64);
  CHECK(bench.statistic("bytes_read") == 0);
}

TEST_CASE("a DMI grant is translated, clipped to the window and slowed by the bus", "[bus][fast]") {
  Bench bench("cpu0_to_*,bus0_to_small0");  // Not bus0_to_dram0: that memory also grants what nobody asked for.
  tlm::tlm_dmi dmi;
  REQUIRE(bench.cpu.socket->get_direct_mem_ptr(bench.cpu.payload(tlm::TLM_READ_COMMAND, kBase + 0x123, 8), dmi));
  CHECK(bench.memory.seen == 0x123);
  CHECK(dmi.get_start_address() == kBase);
  CHECK(dmi.get_end_address() == kBase + kSize - 1);
  CHECK(dmi.get_dmi_ptr() == bench.memory.bytes.data());
  CHECK(dmi.get_read_latency() == to_sc_time(10'000 + 5'000));

  // A target behind a window smaller than itself.
  dmi.init();
  REQUIRE(bench.cpu.socket->get_direct_mem_ptr(bench.cpu.payload(tlm::TLM_READ_COMMAND, 0x1008, 8), dmi));
  CHECK(dmi.get_start_address() == 0x1000);
  CHECK(dmi.get_end_address() == 0x100f);

  // A grant for a part.
  bench.memory.grant_first = 0x100;
  bench.memory.grant_last = 0x1ff;
  dmi.init();
  REQUIRE(bench.cpu.socket->get_direct_mem_ptr(bench.cpu.payload(tlm::TLM_READ_COMMAND, kBase + 0x1ff, 1), dmi));
  CHECK(dmi.get_start_address() == kBase + 0x100);
  CHECK(dmi.get_end_address() == kBase + 0x1ff);
  CHECK(dmi.get_dmi_ptr() == bench.memory.bytes.data() + 0x100);

  // A grant that does not contain the address, a refusal, and an address nobody answers.
  dmi.init();
  CHECK_FALSE(bench.cpu.socket->get_direct_mem_ptr(bench.cpu.payload(tlm::TLM_READ_COMMAND, kBase + 0x200, 1), dmi));
  bench.memory.grants = false;
  dmi.init();
  CHECK_FALSE(bench.cpu.socket->get_direct_mem_ptr(bench.cpu.payload(tlm::TLM_READ_COMMAND, kBase + 0x100, 1), dmi));
  CHECK(dmi.is_none_allowed());
  CHECK(dmi.get_dmi_ptr() == nullptr);
  dmi.init();
  CHECK_FALSE(bench.cpu.socket->get_direct_mem_ptr(bench.cpu.payload(tlm::TLM_READ_COMMAND, 0x10, 1), dmi));
  CHECK(dmi.get_start_address() == 0x10);
}

TEST_CASE("an invalidation reaches every initiator, translated and clipped", "[bus][fast]") {
  Bench bench;
  bench.memory.socket->invalidate_direct_mem_ptr(0x100, 0x1ff);
  bench.small.socket->invalidate_direct_mem_ptr(0, ~Addr{0});
  bench.small.socket->invalidate_direct_mem_ptr(0x10, 0x20);  // Outside the window.
  const std::vector<std::pair<Addr, Addr>> expected = {{kBase + 0x100, kBase + 0x1ff}, {0x1000, 0x100f}};
  CHECK(bench.cpu.invalidations == expected);
  CHECK(bench.dma.invalidations == expected);
}

TEST_CASE("a debug access returns the bytes that fit into the window", "[bus][fast]") {
  Bench bench;
  bench.memory.bytes[kSize - 1] = 77;
  CHECK(bench.cpu.socket->transport_dbg(bench.cpu.payload(tlm::TLM_READ_COMMAND, kBase + kSize - 4, 16)) == 4);
  CHECK(bench.cpu.data[3] == 77);
  CHECK(bench.cpu.payload(tlm::TLM_READ_COMMAND, kBase, 0).get_data_length() == 0);
  CHECK(bench.cpu.socket->transport_dbg(bench.cpu.payload(tlm::TLM_READ_COMMAND, kBase + kSize, 1)) == 0);
  CHECK(bench.cpu.socket->transport_dbg(bench.cpu.payload(tlm::TLM_READ_COMMAND, kBase, 64)) == 64);
  CHECK(bench.statistic("transactions") == 0);
  CHECK(bench.services.warnings.empty());
}

namespace {

SC_MODULE(WaitingInitiator) {
  SC_CTOR(WaitingInitiator) { SC_THREAD(run); }
  void run() {
    took = initiator->access(tlm::TLM_READ_COMMAND, kBase, 8);
    ended = kernel_now() + took;
  }
  TestInitiator* initiator = nullptr;
  Picos took = 0, ended = 0;
};

}  // namespace

TEST_CASE("a target that waits takes simulated time and the sum stays the same", "[bus][fast]") {
  BusModule bus("bus0", test_timing(), nullptr);
  TestTarget memory("dram0");
  TestInitiator cpu("cpu0");
  WaitingInitiator thread("thread");
  bus.attach_master("cpu0", cpu.socket);
  bus.attach_slave("dram0", kBase, kSize, memory.socket);
  memory.waits = true;
  thread.initiator = &cpu;
  sc_core::sc_start(to_sc_time(1'000'000));
  CHECK(thread.took == 3'000);
  CHECK(thread.ended == 15'000);
}
