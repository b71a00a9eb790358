// The cycle-scheduled controller behind its socket: blocking calls wait, the four phases of the base protocol, back-pressure, both at once.
// SPDX-License-Identifier: Apache-2.0
#define SC_INCLUDE_DYNAMIC_PROCESSES  // sc_spawn
#include <array>
#include <catch2/catch.hpp>
#include <functional>
#include <map>
#include <systemc>
#include <vector>

#include "ip/dram_controller/dram_cycle_model.h"
#include "platform/tlm/sim_time.h"
#include "test/support/checked_links.h"

using namespace visoc;

namespace {

constexpr std::uint64_t kSize = 0x100'0000;
constexpr Picos kCk = 833;
// DDR4-2400: row miss tRCD 16 + tCL 16 + 4 of data; hit 20.
constexpr Picos kMiss = 36 * kCk, kHit = 20 * kCk;

struct Pool : tlm::tlm_mm_interface {
  void free(tlm::tlm_generic_payload* payload) override {
    payload->reset();
    ++freed;
  }
  unsigned freed = 0;
};

/// An initiator of both kinds. It notes when each phase came.
struct Master : sc_core::sc_module, tlm::tlm_bw_transport_if<> {
  struct Times {
    Picos request = 0, end_request = 0, response = 0;
    tlm::tlm_response_status status = tlm::TLM_INCOMPLETE_RESPONSE;
  };
  enum class Answer { kCompleted, kUpdated, kLater };

  explicit Master(const sc_core::sc_module_name& name) : sc_module(name), socket("socket") { socket.bind(*this); }

  void fill(tlm::tlm_generic_payload& payload, tlm::tlm_command command, Addr addr, unsigned bytes) {
    payload.set_command(command);
    payload.set_address(addr);
    payload.set_data_ptr(data.data());
    payload.set_data_length(bytes);
    payload.set_streaming_width(bytes);
    payload.set_byte_enable_ptr(nullptr);
    payload.set_dmi_allowed(false);
    payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  }
  /// Time that a blocking access takes. From a thread.
  Picos block(tlm::tlm_command command, Addr addr, unsigned bytes, Picos ahead = 0) {
    tlm::tlm_generic_payload payload;
    fill(payload, command, addr, bytes);
    sc_core::sc_time delay = to_sc_time(ahead);
    const Picos begin = kernel_now() + ahead;
    socket->b_transport(payload, delay);
    status = payload.get_response_status();
    return kernel_now() + to_picos(delay) - begin;
  }
  /// Sends BEGIN_REQ as soon as the request before has ended. From a thread.
  tlm::tlm_generic_payload* send(tlm::tlm_command command, Addr addr, unsigned bytes) {
    while (requesting != nullptr) wait(request_ended);
    auto* payload = new tlm::tlm_generic_payload(&pool);
    payload->acquire();
    fill(*payload, command, addr, bytes);
    requesting = payload;
    times[payload].request = kernel_now();
    order.push_back(payload);
    tlm::tlm_phase phase = tlm::BEGIN_REQ;
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    CHECK(socket->nb_transport_fw(*payload, phase, delay) == tlm::TLM_ACCEPTED);
    return payload;
  }
  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay) override {
    CHECK(delay == sc_core::SC_ZERO_TIME);
    if (phase == tlm::END_REQ) {
      times[&payload].end_request = kernel_now();
      requesting = nullptr;
      request_ended.notify(sc_core::SC_ZERO_TIME);
      return tlm::TLM_ACCEPTED;
    }
    CHECK(phase == tlm::BEGIN_RESP);
    times[&payload].response = kernel_now();
    times[&payload].status = payload.get_response_status();
    if (answer == Answer::kLater) {
      sc_core::sc_spawn([this, &payload] {
        wait(to_sc_time(response_takes));
        tlm::tlm_phase end = tlm::END_RESP;
        sc_core::sc_time none = sc_core::SC_ZERO_TIME;
        socket->nb_transport_fw(payload, end, none);
        payload.release();
      });
      return tlm::TLM_ACCEPTED;
    }
    delay = to_sc_time(response_takes);
    payload.release();
    if (answer == Answer::kCompleted) return tlm::TLM_COMPLETED;
    phase = tlm::END_RESP;
    return tlm::TLM_UPDATED;
  }
  void invalidate_direct_mem_ptr(sc_dt::uint64, sc_dt::uint64) override {}

  MasterSocket socket;
  Pool pool;
  std::array<unsigned char, 8192> data{};
  tlm::tlm_response_status status = tlm::TLM_INCOMPLETE_RESPONSE;
  tlm::tlm_generic_payload* requesting = nullptr;
  sc_core::sc_event request_ended;
  std::map<tlm::tlm_generic_payload*, Times> times;
  std::vector<tlm::tlm_generic_payload*> order;
  Answer answer = Answer::kCompleted;
  Picos response_takes = 0;
};

DramDevice table() {
  Result<DramDevice> device = load_dram_device("ddr4_2400");
  REQUIRE(device.ok());
  return device.value();
}

struct Bench {
  explicit Bench(const CycleDramOptions& options = {}) : dram("dram0", kSize, table(), options) {
    links.bind("master_to_dram0", master.socket, *dram.slave());
  }
  /// Runs `body` in a thread to its end, and the simulation until nothing is left to do.
  void run(std::function<void()> body) {
    bool ended = false;
    sc_core::sc_spawn([&] {
      body();
      ended = true;
    });
    sc_core::sc_start();
    REQUIRE(ended);
  }
  std::uint64_t statistic(const std::string& name) const {
    for (const Statistic& s : dram.statistics())
      if (s.name == name) return s.value;
    return ~std::uint64_t{0};
  }

  CycleDramModule dram;
  Master master{"master"};
  test::CheckedLinks links;
};

/// END_REQ a clock after BEGIN_REQ, BEGIN_RESP with the last data.
void check_phases(Master::Answer answer) {
  Bench bench;
  Master& m = bench.master;
  m.answer = answer;
  tlm::tlm_generic_payload* read = nullptr;
  tlm::tlm_generic_payload* write = nullptr;
  bench.run([&] {
    sc_core::wait(to_sc_time(1'000 * kCk));
    read = m.send(tlm::TLM_READ_COMMAND, 0, 64);
    sc_core::wait(to_sc_time(1'000 * kCk));
    m.data[0] = 0x5a;
    write = m.send(tlm::TLM_WRITE_COMMAND, 64, 64);
  });
  CHECK(m.times[read].end_request == 1'001 * kCk);
  CHECK(m.times[read].response == 1'000 * kCk + kMiss);
  CHECK(m.times[read].status == tlm::TLM_OK_RESPONSE);
  CHECK(m.times[write].end_request == 2'001 * kCk);
  CHECK(m.times[write].response == 2'001 * kCk);
  CHECK(bench.dram.host_memory().data[64] == 0x5a);
  CHECK(m.pool.freed == 2);
}

/// The others wait for the end of the response before.
void check_responses(Master::Answer answer) {
  Bench bench;
  Master& m = bench.master;
  m.answer = answer;
  m.response_takes = 50 * kCk;
  bench.run([&] {
    for (unsigned n = 0; n < 3; ++n) m.send(tlm::TLM_READ_COMMAND, 256 * n, 64);
  });
  // Row miss at 0; the next two in its row, tCCD_L 6 apart, are ready long before the response before has ended.
  CHECK(m.times[m.order[0]].response == kMiss);
  CHECK(m.times[m.order[1]].response == kMiss + 50 * kCk);
  CHECK(m.times[m.order[2]].response == kMiss + 100 * kCk);
}

void check_dmi(bool granted) {
  CycleDramOptions options;
  options.dmi_read_latency = 31'000;
  options.dmi = granted;
  Bench bench(options);
  tlm::tlm_generic_payload payload;
  bench.master.fill(payload, tlm::TLM_READ_COMMAND, 64, 1);
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  tlm::tlm_dmi dmi;
  CHECK(bench.master.socket->get_direct_mem_ptr(payload, dmi) == options.dmi);
  CHECK(dmi.get_start_address() == 0);
  CHECK(dmi.get_end_address() == kSize - 1);
  if (options.dmi) CHECK(dmi.get_read_latency() == to_sc_time(31'000));
}

}  // namespace

TEST_CASE("cycle: a blocking read returns with its last data, a write when the queue has it", "[dram][fast]") {
  CycleDramOptions options;
  options.frontend = 10'000;
  options.backend = 7'000;
  Bench bench(options);
  Master& m = bench.master;
  bench.run([&] {
    // The front end ends between two clocks: 10000 -> 13 clocks of 833 ps.
    CHECK(m.block(tlm::TLM_READ_COMMAND, 0, 64) == 13 * kCk + kMiss + 7'000);
    CHECK(m.status == tlm::TLM_OK_RESPONSE);
    sc_core::wait(to_sc_time(1'000 * kCk - kernel_now()));
    CHECK(m.block(tlm::TLM_READ_COMMAND, 0, 64) == 13 * kCk + kHit + 7'000);
    sc_core::wait(to_sc_time(2'000 * kCk - kernel_now()));
    CHECK(m.block(tlm::TLM_WRITE_COMMAND, 0, 64) == 13 * kCk + kCk + 7'000);
    sc_core::wait(to_sc_time(3'000 * kCk - kernel_now()));
    // A master that is ahead of the kernel is waited for.
    CHECK(m.block(tlm::TLM_READ_COMMAND, 0, 64, 100 * kCk) == 13 * kCk + kHit + 7'000);
    CHECK(kernel_now() == 3'113 * kCk + kHit + 7'000);
    // 256 bytes: four groups. RD of the open row, then ACT of the three others a clock later, tRRD_S 4 apart.
    sc_core::wait(to_sc_time(4'000 * kCk - kernel_now()));
    CHECK(m.block(tlm::TLM_READ_COMMAND, 0, 256) == 13 * kCk + (1 + 2 * 4) * kCk + kMiss + 7'000);
  });
  CHECK(bench.statistic("requests") == 5);
  CHECK(bench.statistic("row_activations") == 4);
  CHECK(bench.dram.pending().empty());
}

TEST_CASE("cycle: four phases, the response ended by TLM_COMPLETED", "[dram][fast]") { check_phases(Master::Answer::kCompleted); }

TEST_CASE("cycle: four phases, the response ended by TLM_UPDATED", "[dram][fast]") { check_phases(Master::Answer::kUpdated); }

TEST_CASE("cycle: four phases, the response ended by a call", "[dram][fast]") { check_phases(Master::Answer::kLater); }

TEST_CASE("cycle: one response at a time, ended by TLM_UPDATED", "[dram][fast]") { check_responses(Master::Answer::kUpdated); }

TEST_CASE("cycle: one response at a time, ended by a call", "[dram][fast]") { check_responses(Master::Answer::kLater); }

TEST_CASE("cycle: DMI is granted with the averaged latency", "[dram][fast]") { check_dmi(true); }

TEST_CASE("cycle: DMI is refused if the configuration says so", "[dram][fast]") { check_dmi(false); }

TEST_CASE("cycle: a full queue holds END_REQ back until there is room", "[dram][fast]") {
  CycleDramOptions options;
  options.policy.read_queue = 4;
  Bench bench(options);
  Master& m = bench.master;
  bench.run([&] {
    for (unsigned n = 0; n < 6; ++n) m.send(tlm::TLM_READ_COMMAND, 256 * n, 64);
  });
  // Requests at clocks 0, 1, 2, 3 fill the queue; ACT at 0, RD at 16, 22, ... The fifth enters at 17, its END_REQ a clock later.
  for (unsigned n = 0; n < 4; ++n) CHECK(m.times[m.order[n]].end_request == (n + 1) * kCk);
  CHECK(m.times[m.order[4]].end_request == 18 * kCk);
  CHECK(m.times[m.order[5]].request == 18 * kCk);
  CHECK(m.times[m.order[5]].end_request == 24 * kCk);
  for (unsigned n = 0; n < 6; ++n) CHECK(m.times[m.order[n]].response == kMiss + n * 6 * kCk);
  CHECK(bench.statistic("queue_full") == 2);
}

TEST_CASE("cycle: wrong accesses are answered without taking time, over both transports", "[dram][fast][bad-input]") {
  Bench bench;
  Master& m = bench.master;
  tlm::tlm_generic_payload* wrong = nullptr;
  bench.run([&] {
    CHECK(m.block(tlm::TLM_READ_COMMAND, kSize - 4, 8) == 0);
    CHECK(m.status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
    wrong = m.send(tlm::TLM_WRITE_COMMAND, kSize, 8);
  });
  CHECK(m.times[wrong].status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  CHECK(m.times[wrong].response == 0);
  CHECK(bench.statistic("refused") == 2);
  CHECK(m.pool.freed == 1);
}

TEST_CASE("cycle: both transports at once, everybody is served and bytes keep their order", "[dram][fast]") {
  CycleDramOptions options;
  options.policy.read_queue = 6;
  options.policy.write_queue = 6;
  options.policy.write_high = 5;
  options.policy.write_low = 1;
  options.frontend = 3'000;
  Bench bench(options);
  Master& m = bench.master;
  DramCommandList commands;
  bench.dram.trace_to(&commands);
  constexpr unsigned kEach = 400;
  unsigned served = 0;
  for (unsigned thread = 0; thread < 3; ++thread)
    sc_core::sc_spawn([&, thread] {
      for (unsigned n = 0; n < kEach; ++n) {
        const Addr addr = (n * 2'654'435'761u + thread * 977) % (kSize / 64) * 64;
        m.block(n % 3 == 0 ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND, addr, n % 7 == 0 ? 512 : 64);
        ++served;
      }
    });
  bench.run([&] {
    for (unsigned n = 0; n < kEach; ++n) m.send(n % 4 == 0 ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND, n * 4'096 % kSize, 128);
  });
  CHECK(served == 3 * kEach);
  CHECK(m.pool.freed == kEach);
  CHECK(bench.statistic("requests") == 4 * kEach);
  for (std::size_t i = 1; i < commands.commands.size(); ++i) REQUIRE(commands.commands[i - 1].at < commands.commands[i].at);
}

TEST_CASE("cycle: a state with posted writes moves to a fresh memory", "[dram][fast]") {
  Bench bench;
  CycleDramModule other("other", kSize, table(), {});
  Master& m = bench.master;
  StateWriter out, again;
  Master second("second");
  second.socket.bind(*other.slave());
  bench.run([&] {
    m.data[0] = 7;
    m.block(tlm::TLM_WRITE_COMMAND, 128, 64);
    bench.dram.save(out);
  });
  StateReader in{ConstBytes(out.data())};
  REQUIRE(other.load(in));
  CHECK(other.host_memory().data[128] == 7);
  other.save(again);
  CHECK(out.data() == again.data());
}
