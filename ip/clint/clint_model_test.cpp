// The CLINT behind its socket: the interrupt's exact time, and reads of mtime by an initiator that ran ahead.
// SPDX-License-Identifier: Apache-2.0
#include <tlm_utils/simple_initiator_socket.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <systemc>

#include "platform/registry/registry.h"
#include "platform/tlm/sim_time.h"
#include "regs/clint_regs.h"
#include "test/support/checked_links.h"
#include "test/support/fake_services.h"

namespace visoc {

void register_clint(Registry& registry);

namespace {

using namespace regs::clint;  // NOLINT: the names of this block's own registers.

constexpr Picos kTick = 100'000;

struct RecordingLine : IrqLine {
  void set(bool level) override {
    if (level && raised_at == kNever) raised_at = kernel_now();
  }
  Picos raised_at = kNever;
};

struct Hart : sc_core::sc_module {
  SC_HAS_PROCESS(Hart);
  explicit Hart(const sc_core::sc_module_name& name) : sc_module(name), socket("socket") { SC_THREAD(run); }

  std::uint64_t access(tlm::tlm_command command, Offset offset, std::uint64_t value, sc_core::sc_time& delay) {
    std::uint8_t bytes[8];
    std::memcpy(bytes, &value, 8);
    tlm::tlm_generic_payload payload;
    payload.set_command(command);
    payload.set_address(offset);
    payload.set_data_ptr(bytes);
    payload.set_data_length(8);
    payload.set_streaming_width(8);
    socket->b_transport(payload, delay);
    CHECK(payload.get_response_status() == tlm::TLM_OK_RESPONSE);
    std::memcpy(&value, bytes, 8);
    return value;
  }

  void run() {
    sc_core::sc_time delay = to_sc_time(350'000);  // Ran ahead; a write waits for the kernel to catch up.
    access(tlm::TLM_WRITE_COMMAND, kMtimecmpOffset, 7, delay);
    CHECK(kernel_now() == 350'000);
    delay = to_sc_time(50 * kTick);  // A read of mtime does not wait, and sees the reader's own time.
    CHECK(access(tlm::TLM_READ_COMMAND, kMtimeLoOffset, 0, delay) == 53);
    CHECK(kernel_now() == 350'000);
    wait(to_sc_time(20 * kTick));
    finished = true;
    sc_core::sc_stop();
  }

  tlm_utils::simple_initiator_socket<Hart, kBusWidthBits> socket;
  bool finished = false;
};

}  // namespace

TEST_CASE("clint raises the timer interrupt at the exact picosecond, and mtime reads do not stop the reader", "[fast]") {
  Registry registry;
  register_clint(registry);
  test::FakeServices services;
  Parameters parameters;
  parameters.set("register_latency", std::uint64_t{20'000});
  parameters.set("harts", std::uint64_t{1});
  parameters.set("timebase", std::uint64_t{kTick});
  const std::unique_ptr<Block> clint = registry.create("clint", BlockContext{"clint0", "tlm", parameters, services, 0x10000});
  Hart hart("hart");
  test::CheckedLinks links;
  links.bind("hart_to_clint0", hart.socket, *clint->slave());
  RecordingLine timer;
  clint->connect_irq(1, timer);
  REQUIRE(clint->time_source() != nullptr);
  sc_core::sc_start();
  REQUIRE(hart.finished);
  CHECK(timer.raised_at == 7 * kTick);
  CHECK(clint->time_source()->ticks_at(9 * kTick) == 9);
}

}  // namespace visoc
