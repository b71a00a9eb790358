// Reads, refused writes, the edges of the range, DMI and debug accesses of the ROM.
// SPDX-License-Identifier: Apache-2.0
#include <tlm_utils/simple_initiator_socket.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstring>
#include <systemc>

#include "ip/boot_rom/boot_rom_model.h"
#include "platform/tlm/sim_time.h"
#include "test/support/checked_links.h"

namespace visoc {
namespace {

constexpr std::uint64_t kSize = 0x1000;
constexpr Picos kLatency = 20'000;

struct Initiator : sc_core::sc_module {
  explicit Initiator(const sc_core::sc_module_name& name) : sc_module(name), socket("socket") {}

  tlm::tlm_response_status access(tlm::tlm_command command, Offset offset, unsigned size) {
    prepare(command, offset, size);
    socket->b_transport(payload, delay);
    return payload.get_response_status();
  }
  void prepare(tlm::tlm_command command, Offset offset, unsigned size) {
    payload.set_command(command);
    payload.set_address(offset);
    payload.set_data_ptr(data.data());
    payload.set_data_length(size);
    payload.set_streaming_width(size);
    payload.set_byte_enable_ptr(nullptr);
    payload.set_dmi_allowed(false);
    payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    delay = sc_core::SC_ZERO_TIME;
  }

  tlm_utils::simple_initiator_socket<Initiator, kBusWidthBits> socket;
  tlm::tlm_generic_payload payload;
  sc_core::sc_time delay;
  std::array<std::uint8_t, 64> data{};
};

struct Bench {
  BootRomModule rom{"rom0", kSize, kLatency};
  Initiator initiator{"initiator"};
  test::CheckedLinks links;

  Bench() {
    links.bind("initiator_to_rom0", initiator.socket, *rom.slave());
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
    for (std::uint64_t i = 0; i < kSize; ++i) rom.host_memory().data[i] = static_cast<std::uint8_t>(i * 7);
  }
};

}  // namespace

TEST_CASE("boot_rom gives what the loader put there, after its latency", "[fast]") {
  Bench bench;
  CHECK(bench.rom.host_memory().size == kSize);
  CHECK(bench.rom.window_bytes() == kSize);
  CHECK(bench.initiator.access(tlm::TLM_READ_COMMAND, 3, 5) == tlm::TLM_OK_RESPONSE);
  CHECK(bench.initiator.data[0] == 21);
  CHECK(bench.initiator.data[4] == 49);
  CHECK(bench.initiator.delay == to_sc_time(kLatency));
  CHECK(bench.initiator.payload.is_dmi_allowed());
}

TEST_CASE("boot_rom answers up to its last byte and not beyond", "[fast][bad-input]") {
  Bench bench;
  CHECK(bench.initiator.access(tlm::TLM_READ_COMMAND, kSize - 1, 1) == tlm::TLM_OK_RESPONSE);
  CHECK(bench.initiator.access(tlm::TLM_READ_COMMAND, kSize - 8, 8) == tlm::TLM_OK_RESPONSE);
  CHECK(bench.initiator.access(tlm::TLM_READ_COMMAND, kSize - 7, 8) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  CHECK(bench.initiator.access(tlm::TLM_READ_COMMAND, kSize, 1) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  CHECK(bench.initiator.access(tlm::TLM_READ_COMMAND, ~Offset{0}, 8) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
}

TEST_CASE("boot_rom refuses writes and keeps its contents", "[fast][bad-input]") {
  Bench bench;
  CHECK(bench.initiator.access(tlm::TLM_WRITE_COMMAND, 7, 1) == tlm::TLM_COMMAND_ERROR_RESPONSE);
  CHECK(bench.rom.host_memory().data[7] == 49);
  bench.initiator.prepare(tlm::TLM_WRITE_COMMAND, 7, 1);
  CHECK(bench.initiator.socket->transport_dbg(bench.initiator.payload) == 0);
  CHECK(bench.rom.host_memory().data[7] == 49);
}

TEST_CASE("boot_rom refuses byte enables and streaming", "[fast][bad-input]") {
  Bench bench;
  std::uint8_t enables[8] = {};
  bench.initiator.prepare(tlm::TLM_READ_COMMAND, 0, 8);
  bench.initiator.payload.set_byte_enable_ptr(enables);
  bench.initiator.payload.set_byte_enable_length(8);
  bench.initiator.socket->b_transport(bench.initiator.payload, bench.initiator.delay);
  CHECK(bench.initiator.payload.get_response_status() == tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
  bench.initiator.prepare(tlm::TLM_READ_COMMAND, 0, 8);
  bench.initiator.payload.set_streaming_width(4);
  bench.initiator.socket->b_transport(bench.initiator.payload, bench.initiator.delay);
  CHECK(bench.initiator.payload.get_response_status() == tlm::TLM_BURST_ERROR_RESPONSE);
}

TEST_CASE("boot_rom: debug reads give as many bytes as there are", "[fast]") {
  Bench bench;
  bench.initiator.prepare(tlm::TLM_READ_COMMAND, kSize - 3, 8);
  CHECK(bench.initiator.socket->transport_dbg(bench.initiator.payload) == 3);
  CHECK(bench.initiator.data[2] == static_cast<std::uint8_t>((kSize - 1) * 7));
  bench.initiator.prepare(tlm::TLM_READ_COMMAND, kSize, 1);
  CHECK(bench.initiator.socket->transport_dbg(bench.initiator.payload) == 0);
}

TEST_CASE("boot_rom grants DMI for reads only, over exactly its range", "[fast]") {
  Bench bench;
  tlm::tlm_dmi dmi;
  bench.initiator.prepare(tlm::TLM_READ_COMMAND, 100, 4);
  REQUIRE(bench.initiator.socket->get_direct_mem_ptr(bench.initiator.payload, dmi));
  CHECK(dmi.get_start_address() == 0);
  CHECK(dmi.get_end_address() == kSize - 1);
  CHECK(dmi.is_read_allowed());
  CHECK_FALSE(dmi.is_write_allowed());
  CHECK(dmi.get_dmi_ptr()[100] == static_cast<std::uint8_t>(700));
  CHECK(dmi.get_read_latency() == to_sc_time(kLatency));
  tlm::tlm_dmi for_writes, beyond;
  bench.initiator.prepare(tlm::TLM_WRITE_COMMAND, 100, 4);
  CHECK_FALSE(bench.initiator.socket->get_direct_mem_ptr(bench.initiator.payload, for_writes));
  CHECK(for_writes.get_dmi_ptr() == nullptr);
  bench.initiator.prepare(tlm::TLM_READ_COMMAND, kSize, 1);
  CHECK_FALSE(bench.initiator.socket->get_direct_mem_ptr(bench.initiator.payload, beyond));
  CHECK(beyond.get_start_address() == kSize);
}

TEST_CASE("boot_rom saved and loaded has the same contents", "[fast]") {
  BootRomModule rom("rom0", kSize, kLatency), copy("rom1", kSize, kLatency), smaller("rom2", kSize / 2, kLatency);
  for (std::uint8_t i = 0; i < 16; ++i) rom.host_memory().data[i] = static_cast<std::uint8_t>(i + 1);
  StateWriter saved;
  rom.save(saved);
  CHECK(saved.data().size() < 64);
  copy.host_memory().data[20] = 1;
  StateReader in{ConstBytes(saved.data())};
  REQUIRE(copy.load(in));
  CHECK(std::memcmp(copy.host_memory().data, rom.host_memory().data, kSize) == 0);
  StateReader again{ConstBytes(saved.data())};
  CHECK_FALSE(smaller.load(again));
}

}  // namespace visoc
