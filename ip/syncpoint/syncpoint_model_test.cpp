// The wake line of the machine's shell: a post over the socket wakes an engine at the post's own time.
// SPDX-License-Identifier: Apache-2.0
#include <tlm_utils/simple_initiator_socket.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <systemc>

#include "platform/registry/registry.h"
#include "platform/tlm/sim_time.h"
#include "regs/syncpoint_regs.h"
#include "test/support/checked_links.h"
#include "test/support/fake_services.h"

namespace visoc {

void register_syncpoint(Registry& registry);

namespace {

using namespace regs::syncpoint;  // NOLINT: the names of this block's own registers.

struct TimedLine : WakeLine {
  void wake() override { woken_at = kernel_now(); }
  Picos woken_at = kNever;
};

struct Poster : sc_core::sc_module {
  SC_HAS_PROCESS(Poster);
  explicit Poster(const sc_core::sc_module_name& name) : sc_module(name), socket("socket") { SC_THREAD(run); }

  tlm::tlm_response_status access(tlm::tlm_command command, Offset offset, void* bytes, unsigned size, Picos ahead) {
    tlm::tlm_generic_payload payload;
    payload.set_command(command);
    payload.set_address(offset);
    payload.set_data_ptr(static_cast<unsigned char*>(bytes));
    payload.set_data_length(size);
    payload.set_streaming_width(size);
    sc_core::sc_time delay = to_sc_time(ahead);
    socket->b_transport(payload, delay);
    return payload.get_response_status();
  }

  void run() {
    std::uint32_t increment = 3;
    CHECK(access(tlm::TLM_WRITE_COMMAND, kPostOffset + 4 * 6, &increment, 4, 12'345) == tlm::TLM_OK_RESPONSE);
    std::uint64_t pair = 0;
    CHECK(access(tlm::TLM_READ_COMMAND, kValueOffset + 8 * 6, &pair, 8, 0) == tlm::TLM_OK_RESPONSE);
    CHECK(pair == 3);
    CHECK(access(tlm::TLM_READ_COMMAND, kValueOffset + 8 * 6, &pair, 2, 0) == tlm::TLM_GENERIC_ERROR_RESPONSE);
    CHECK(access(tlm::TLM_READ_COMMAND, kValueOffset + 8 * 256, &pair, 4, 0) == tlm::TLM_GENERIC_ERROR_RESPONSE);
    finished = true;
    sc_core::sc_stop();
  }

  tlm_utils::simple_initiator_socket<Poster, kBusWidthBits> socket;
  bool finished = false;
};

}  // namespace

TEST_CASE("syncpoint wakes engines at the time of the post", "[fast]") {
  Registry registry;
  register_syncpoint(registry);
  test::FakeServices services;
  Parameters parameters;
  parameters.set("register_latency", std::uint64_t{20'000});
  const std::unique_ptr<Block> sync = registry.create("syncpoint", BlockContext{"sync0", "tlm", parameters, services, kWindowBytes});
  TimedLine line;
  sync->connect_wake(line);
  Poster poster("poster");
  test::CheckedLinks links;
  links.bind("poster_to_sync0", poster.socket, *sync->slave());
  sc_core::sc_start();
  REQUIRE(poster.finished);
  CHECK(line.woken_at == 12'345);
}

}  // namespace visoc
