// Decode, port time and traffic of the bus without the kernel; the timeline against a naive one.
// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <map>
#include <random>

#include "ip/bus/bus_core.h"

using namespace visoc;

namespace {

/// Every reservation kept, searched picosecond by picosecond.
class NaiveTimeline {
 public:
  Picos reserve(Picos at, Picos duration) {
    Picos start = at;
    while (!free(start, duration)) ++start;
    for (Picos t = start; t < start + duration; ++t) busy_[t] = true;
    return start;
  }

 private:
  bool free(Picos start, Picos duration) const {
    if (duration == 0) return busy_.count(start) == 0;
    for (Picos t = start; t < start + duration; ++t)
      if (busy_.count(t) != 0) return false;
    return true;
  }
  std::map<Picos, bool> busy_;
};

BusTiming test_timing() {
  BusTiming timing;
  timing.clock.period_ps = 1'000;
  timing.width_bytes = 16;
  timing.request_cycles = 2;
  timing.response_cycles = 3;
  return timing;
}

std::uint64_t value_of(const std::vector<Statistic>& all, const std::string& name) {
  for (const Statistic& statistic : all)
    if (statistic.name == name) return statistic.value;
  FAIL("no statistic " + name);
  return 0;
}

}  // namespace

TEST_CASE("a timeline serves a request in the first gap at or after its time", "[bus][fast]") {
  Timeline timeline;
  CHECK(timeline.reserve(100, 10) == 100);
  CHECK(timeline.reserve(100, 10) == 110);
  CHECK(timeline.reserve(200, 10) == 200);
  SECTION("an earlier request is not pushed behind a later one") { CHECK(timeline.reserve(0, 100) == 0); }
  SECTION("a gap that is too short is passed over") { CHECK(timeline.reserve(90, 11) == 120); }
  SECTION("a gap that fits exactly is used") { CHECK(timeline.reserve(115, 80) == 120); }
  SECTION("one picosecond more does not fit") { CHECK(timeline.reserve(115, 81) == 210); }
  SECTION("nothing is taken by a duration of zero") {
    CHECK(timeline.reserve(105, 0) == 120);
    CHECK(timeline.reserve(120, 10) == 120);
  }
}

TEST_CASE("a timeline agrees with a naive one on random requests", "[bus][fast]") {
  for (unsigned seed = 0; seed < 20; ++seed) {
    std::mt19937 random(seed);
    Timeline timeline;
    NaiveTimeline naive;
    Picos oldest = 0;
    for (unsigned i = 0; i < 300; ++i) {
      if (random() % 8 == 0) oldest += random() % 20;
      timeline.prune(oldest);
      const Picos at = oldest + random() % 300;
      const Picos duration = random() % 9;
      REQUIRE(timeline.reserve(at, duration) == naive.reserve(at, duration));
      if (i == 150) {
        StateWriter out;
        timeline.save(out);
        Timeline restored;
        StateReader in{ConstBytes(out.data())};
        restored.load(in);
        timeline = restored;
      }
    }
  }
}

TEST_CASE("a timeline stays small however scattered the requests are", "[bus][fast]") {
  Timeline timeline;
  for (Picos i = 0; i < 100'000; ++i) timeline.reserve(i * 20, 10);
  CHECK(timeline.size() <= Timeline::kMaxReservations);
  CHECK(timeline.reserve(0, 10) > 0);                            // The oldest are forgotten,
  CHECK(timeline.reserve(99'999 * 20, 10) == 99'999 * 20 + 10);  // the newest are not.
}

TEST_CASE("decode finds the window of each first and last byte and nothing between windows", "[bus][fast]") {
  AddressMap map;
  map.add({0x8000'0000, 0x1000, 0});
  map.add({0x1000, 0x10, 1});
  map.add({~std::uint64_t{0} - 0xf, 0x10, 2});
  std::size_t hint = 0;
  const auto target = [&](Addr addr) {
    const BusWindow* window = map.find(addr, hint);
    return window == nullptr ? -1 : static_cast<int>(window->target);
  };
  CHECK(target(0xfff) == -1);
  CHECK(target(0x1000) == 1);
  CHECK(target(0x100f) == 1);
  CHECK(target(0x1010) == -1);
  CHECK(target(0x7fff'ffff) == -1);
  CHECK(target(0x8000'0000) == 0);
  CHECK(target(0x8000'0fff) == 0);
  CHECK(target(0x8000'1000) == -1);
  CHECK(target(~std::uint64_t{0} - 0x10) == -1);
  CHECK(target(~std::uint64_t{0} - 0xf) == 2);
  CHECK(target(~std::uint64_t{0}) == 2);
  CHECK(target(0) == -1);
}

TEST_CASE("a port is busy for one cycle per width, and only its own target's", "[bus][fast]") {
  BusCore core(test_timing());
  core.add_initiator("cpu0");
  const unsigned a = core.add_target("a", 0, 16);
  const unsigned b = core.add_target("b", 16, 16);
  CHECK(core.pass(0, a, 0, 0, 64, false, 0).start == 2'000);  // Request latency: 2 cycles.
  CHECK(core.pass(0, a, 0, 0, 1, false, 0).start == 6'000);   // 64 bytes took four cycles.
  CHECK(core.pass(0, a, 0, 0, 17, true, 0).start == 7'000);   // One byte took one.
  CHECK(core.pass(0, a, 0, 0, 16, false, 0).start == 9'000);  // 17 bytes took two.
  CHECK(core.pass(0, b, 0, 16, 16, false, 0).start == 2'000);
  CHECK(value_of(core.statistics(), "wait_ns") == 4 + 5 + 7);
}

TEST_CASE("traffic is counted by pair, direct bytes in rows of their own", "[bus][fast]") {
  BusCore core(test_timing());
  const unsigned target = core.add_target("dram0", 0x1000, 0x1000);
  const unsigned initiator = core.add_initiator("cpu0");
  core.traffic(initiator, target).transactions = 2;
  core.traffic(initiator, target).bytes_read = 8;
  CHECK(core.count_direct("cpu0", 0x1800, 100, 50));
  CHECK_FALSE(core.count_direct("cpu0", 0x2000, 1, 1));
  CHECK_FALSE(core.count_direct("cpu1", 0x1000, 1, 1));
  const auto all = core.statistics();
  CHECK(value_of(all, "bytes_read") == 8);
  CHECK(value_of(all, "direct_bytes_read") == 100);
  CHECK(value_of(all, "cpu0_to_dram0_direct_bytes_written") == 50);
  CHECK(value_of(all, "cpu0_to_dram0_transactions") == 2);
}

TEST_CASE("reservations survive a save and load", "[bus][fast]") {
  BusCore core(test_timing()), same(test_timing()), other(test_timing());
  for (BusCore* each : {&core, &same}) {
    each->add_initiator("cpu0");
    each->add_target("a", 0, 16);
  }
  core.pass(0, 0, 0, 0, 64, false, 0);
  StateWriter out;
  core.save(out);
  StateReader in{ConstBytes(out.data())};
  REQUIRE(same.load(in));
  CHECK(same.pass(0, 0, 0, 0, 16, false, 0).start == 6'000);
  StateReader again{ConstBytes(out.data())};
  CHECK_FALSE(other.load(again));
}
