// The memory behind its socket: edges, wrong transactions, DMI, debug accesses, time, state.
// SPDX-License-Identifier: Apache-2.0
#include <tlm_utils/simple_initiator_socket.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstring>
#include <systemc>

#include "ip/dram_controller/dram_controller_model.h"
#include "platform/registry/registry.h"
#include "platform/tlm/sim_time.h"
#include "platform/tlm/timing_only.h"
#include "test/support/checked_links.h"
#include "test/support/fake_services.h"

namespace visoc {
void register_dram_controller(Registry& registry);
}

using namespace visoc;

namespace {

constexpr std::uint64_t kSize = 0x10'0000;

struct TestInitiator : sc_core::sc_module {
  explicit TestInitiator(const sc_core::sc_module_name& name) : sc_module(name), socket("socket") {}
  tlm::tlm_generic_payload& set(tlm::tlm_command command, Addr addr, unsigned length) {
    payload.set_command(command);
    payload.set_address(addr);
    payload.set_data_ptr(data.data());
    payload.set_data_length(length);
    payload.set_streaming_width(length);
    payload.set_byte_enable_ptr(nullptr);
    payload.set_dmi_allowed(false);
    payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    return payload;
  }
  tlm::tlm_response_status send(Picos delay_ps = 0) {
    const Addr addr = payload.get_address();
    sc_core::sc_time delay = to_sc_time(delay_ps);
    socket->b_transport(payload, delay);
    took = to_picos(delay) - delay_ps;
    CHECK(payload.get_address() == addr);
    return payload.get_response_status();
  }
  tlm::tlm_response_status access(tlm::tlm_command command, Addr addr, unsigned length, Picos delay_ps = 0) {
    set(command, addr, length);
    return send(delay_ps);
  }

  tlm_utils::simple_initiator_socket<TestInitiator, kBusWidthBits> socket;
  tlm::tlm_generic_payload payload;
  std::array<std::uint8_t, 8192> data{};
  Picos took = 0;
};

struct Bench {
  DramModule dram{"dram0", kSize, std::make_unique<FixedDramTiming>(50'000, 16'000)};
  TestInitiator cpu{"cpu0"};
  test::CheckedLinks links;
  /// `links_checked`: "off" for tests that send what no initiator may.
  explicit Bench(const char* links_checked = "on") : links(links_checked) {
    links.bind("cpu0_to_dram0", cpu.socket, *dram.slave());
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
  }
  std::uint64_t statistic(const std::string& name) {
    for (const Statistic& s : dram.statistics())
      if (s.name == name) return s.value;
    return ~std::uint64_t{0};
  }
};

}  // namespace

TEST_CASE("the memory holds its first and last byte and nothing beyond", "[dram][fast]") {
  Bench bench;
  TestInitiator& cpu = bench.cpu;
  cpu.data[0] = 0xaa;
  CHECK(cpu.access(tlm::TLM_WRITE_COMMAND, kSize - 1, 1) == tlm::TLM_OK_RESPONSE);
  CHECK(cpu.access(tlm::TLM_WRITE_COMMAND, 0, 1) == tlm::TLM_OK_RESPONSE);
  CHECK(bench.dram.host_memory().data[kSize - 1] == 0xaa);
  cpu.data[0] = 0;
  CHECK(cpu.access(tlm::TLM_READ_COMMAND, kSize - 1, 1) == tlm::TLM_OK_RESPONSE);
  CHECK(cpu.data[0] == 0xaa);
  CHECK(cpu.access(tlm::TLM_READ_COMMAND, kSize - 4, 8) == tlm::TLM_ADDRESS_ERROR_RESPONSE);  // Crosses the end.
  CHECK(cpu.took == 0);
  CHECK(cpu.access(tlm::TLM_READ_COMMAND, kSize, 1) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  CHECK(cpu.access(tlm::TLM_READ_COMMAND, ~Addr{0} - 3, 8) == tlm::TLM_ADDRESS_ERROR_RESPONSE);  // Wraps.
  CHECK(bench.statistic("bytes_written") == 2);
  CHECK(bench.statistic("bytes_read") == 1);
  CHECK(bench.statistic("refused") == 3);
}

TEST_CASE("length zero, streaming and byte enables are refused without effect", "[dram][fast][bad-input]") {
  Bench bench("off");
  TestInitiator& cpu = bench.cpu;
  cpu.data.fill(0xff);
  CHECK(cpu.access(tlm::TLM_WRITE_COMMAND, 0, 0) == tlm::TLM_BURST_ERROR_RESPONSE);
  cpu.set(tlm::TLM_WRITE_COMMAND, 0, 8).set_streaming_width(4);
  CHECK(cpu.send() == tlm::TLM_BURST_ERROR_RESPONSE);
  std::uint8_t enables[2] = {0xff, 0};
  cpu.set(tlm::TLM_WRITE_COMMAND, 0, 8).set_byte_enable_ptr(enables);
  cpu.payload.set_byte_enable_length(2);
  CHECK(cpu.send() == tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
  CHECK(bench.dram.host_memory().data[0] == 0);
}

TEST_CASE("the ignore command does nothing, marked as timing-only it takes time", "[dram][fast]") {
  Bench bench;
  TestInitiator& cpu = bench.cpu;
  cpu.data.fill(0xff);
  CHECK(cpu.access(tlm::TLM_IGNORE_COMMAND, 0, 64) == tlm::TLM_OK_RESPONSE);
  CHECK(cpu.took == 0);
  TimingOnly mark;
  cpu.set(tlm::TLM_IGNORE_COMMAND, 0, 64).set_extension(&mark);
  CHECK(cpu.send() == tlm::TLM_OK_RESPONSE);
  cpu.payload.clear_extension(&mark);
  CHECK(cpu.took == 54'000);
  CHECK(bench.statistic("timing_only_bytes") == 64);
  CHECK(bench.statistic("bytes_read") == 0);
  CHECK(bench.dram.host_memory().data[0] == 0);
}

TEST_CASE("DMI covers the memory exactly to its last byte, with averaged latencies", "[dram][fast]") {
  Bench bench;
  tlm::tlm_dmi dmi;
  REQUIRE(bench.cpu.socket->get_direct_mem_ptr(bench.cpu.set(tlm::TLM_READ_COMMAND, kSize - 1, 1), dmi));
  CHECK(dmi.get_start_address() == 0);
  CHECK(dmi.get_end_address() == kSize - 1);
  CHECK(dmi.get_dmi_ptr() == bench.dram.host_memory().data);
  CHECK(dmi.is_read_write_allowed());
  CHECK(dmi.get_read_latency() == to_sc_time(50'500));
  dmi.init();
  CHECK_FALSE(bench.cpu.socket->get_direct_mem_ptr(bench.cpu.set(tlm::TLM_READ_COMMAND, kSize, 1), dmi));
  CHECK(dmi.is_none_allowed());
}

TEST_CASE("a debug access returns the bytes it moved", "[dram][fast]") {
  Bench bench;
  TestInitiator& cpu = bench.cpu;
  cpu.data.fill(7);
  CHECK(cpu.socket->transport_dbg(cpu.set(tlm::TLM_WRITE_COMMAND, kSize - 3, 8)) == 3);
  CHECK(bench.dram.host_memory().data[kSize - 1] == 7);
  CHECK(cpu.socket->transport_dbg(cpu.set(tlm::TLM_READ_COMMAND, kSize, 8)) == 0);
  CHECK(cpu.socket->transport_dbg(cpu.set(tlm::TLM_READ_COMMAND, 0, 0)) == 0);
  CHECK(cpu.socket->transport_dbg(cpu.set(tlm::TLM_IGNORE_COMMAND, 0, 8)) == 0);
  CHECK(cpu.socket->transport_dbg(cpu.set(tlm::TLM_READ_COMMAND, 0, 4096)) == 4096);
  CHECK(bench.statistic("bytes_read") == 0);
}

TEST_CASE("an earlier access is not held up by one that ran ahead", "[dram][fast]") {
  Bench bench;
  bench.cpu.access(tlm::TLM_READ_COMMAND, 0, 64, 5'000'000);
  CHECK(bench.cpu.took == 54'000);
  bench.cpu.access(tlm::TLM_READ_COMMAND, 0, 64, 0);
  CHECK(bench.cpu.took == 54'000);
  bench.cpu.access(tlm::TLM_READ_COMMAND, 0, 64, 5'000'000);
  CHECK(bench.cpu.took == 58'000);
}

TEST_CASE("state moves to a fresh memory", "[dram][fast]") {
  DramModule one("one", kSize, std::make_unique<FixedDramTiming>(50'000, 16'000)),
      other("other", kSize, std::make_unique<FixedDramTiming>(50'000, 16'000));
  one.host_memory().data[12345] = 67;
  other.host_memory().data[5] = 1;
  StateWriter out, again;
  one.save(out);
  StateReader in{ConstBytes(out.data())};
  REQUIRE(other.load(in));
  CHECK(other.host_memory().data[12345] == 67);
  CHECK(other.host_memory().data[5] == 0);
  other.save(again);
  CHECK(out.data() == again.data());
}

TEST_CASE("all implementations are built from their parameters", "[dram][fast]") {
  Registry registry;
  register_dram_controller(registry);
  REQUIRE(registry.impls("dram_controller") == std::vector<std::string>{"banked", "cycle", "fixed"});
  CHECK(registry.find("dram_controller")->sized);
  Parameters parameters;
  for (const auto& [name, text] : {std::pair{"device", "ddr4_2400"}, {"page", "open"}, {"refresh", "all_bank"}, {"scheduling", "fr_fcfs"}})
    parameters.set(name, std::string(text));
  parameters.set("mapping", std::vector<std::string>{});
  for (const char* count : {"page_timeout", "power_down_after", "self_refresh_after", "write_queue", "write_high", "write_low",
                            "starvation", "refresh_postpone"})
    parameters.set(count, std::uint64_t{0});
  parameters.set("read_queue", std::uint64_t{32});
  parameters.set("dmi", true);
  parameters.set("frontend_latency", std::uint64_t{0});
  parameters.set("backend_latency", std::uint64_t{0});
  parameters.set("dmi_row_hit_percent", std::uint64_t{100});
  parameters.set("latency", std::uint64_t{1'000});
  parameters.set("bandwidth_mb_s", std::uint64_t{1'000});
  test::FakeServices services;
  TestInitiator cpu("cpu0"), second("cpu1");
  BlockContext context{"dram0", "banked", parameters, services, kSize};
  auto banked = registry.create("dram_controller", context);
  BlockContext fixed_context{"dram1", "fixed", parameters, services, kSize};
  auto fixed = registry.create("dram_controller", fixed_context);
  BlockContext cycle_context{"dram2", "cycle", parameters, services, kSize};
  auto cycle = registry.create("dram_controller", cycle_context);
  TestInitiator third("cpu2");
  third.socket.bind(*cycle->slave());
  cpu.socket.bind(*banked->slave());
  second.socket.bind(*fixed->slave());
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  CHECK(cpu.access(tlm::TLM_READ_COMMAND, 0, 64) == tlm::TLM_OK_RESPONSE);
  CHECK(cpu.took == 36 * 833);  // A row miss: tRCD 16 + CL 16 + 4.
  CHECK(second.access(tlm::TLM_READ_COMMAND, 0, 8) == tlm::TLM_OK_RESPONSE);
  CHECK(second.took == 1'000 + 8'000);
  tlm::tlm_dmi dmi;
  REQUIRE(third.socket->get_direct_mem_ptr(third.set(tlm::TLM_READ_COMMAND, 0, 8), dmi));
  CHECK(dmi.get_read_latency() == to_sc_time(20 * 833));  // Row hits alone: CL 16 + 4.
  CHECK(banked->window_bytes() == kSize);
  CHECK(banked->energy_events()[0].event == "dram_activate");
  CHECK(banked->energy_events()[0].count == 1);
}
