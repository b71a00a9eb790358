// Energy from currents: each figure by hand from the device's table, the standing currents that JEDEC's measurements loop on, and what a
// controller hands over: every cycle of every rank in one state.
// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <numeric>
#include <random>

#include "ip/dram_controller/dram_core.h"
#include "ip/dram_controller/dram_cycle.h"
#include "ip/dram_controller/dram_energy.h"

using namespace visoc;

namespace {

DramDevice device(const std::string& name) {
  Result<DramDevice> loaded = load_dram_device(name);
  for (const Problem& problem : loaded.problems()) UNSCOPED_INFO(problem.text());
  REQUIRE(loaded.ok());
  return loaded.value();
}

std::vector<EnergyEvent> events_of(const DramDevice& device, const DramActivity& activity, unsigned channel = 0) {
  std::vector<EnergyEvent> all;
  add_dram_energy(device, channel, activity, all);
  return all;
}

double picojoules(const std::vector<EnergyEvent>& events) {
  return std::accumulate(events.begin(), events.end(), 0.0, [](double sum, const EnergyEvent& event) {
    return sum + static_cast<double>(event.count) * event.picojoule_each;
  });
}

double each(const std::vector<EnergyEvent>& events, const std::string& name) {
  for (const EnergyEvent& event : events)
    if (event.event == name) return event.picojoule_each;
  FAIL("no event " << name);
  return 0;
}

/// Once of everything.
DramActivity one_of_each() {
  DramActivity activity;
  activity.activations = activity.reads = activity.writes = activity.refreshes = activity.bank_refreshes = 1;
  activity.times = {1, 1, 1, 1, 1};
  return activity;
}

Approx close(double value) { return Approx(value).epsilon(1e-9); }

/// Of a channel with `ranks` ranks, over all states.
Cycles standing(const DramActivity& activity) {
  const DramStateTimes& t = activity.times;
  return t.active + t.precharged + t.active_down + t.precharged_down + t.self_refresh;
}

}  // namespace

TEST_CASE("DDR4 energies are those of the table's currents by hand", "[dram][energy][fast]") {
  // 1.2 V x 0.833 ns x 8 chips = 7.9968 pJ for each mA and clock.
  const double unit = 1.2 * 0.833 * 8;
  const std::vector<EnergyEvent> events = events_of(device("ddr4_2400"), one_of_each());
  CHECK(each(events, "dram_activate") == close(419 * unit));    // 55 x 48 - 39 x 43 - 16 x 34.
  CHECK(each(events, "dram_read") == close(368 * unit));        // 4 x (135 - 43).
  CHECK(each(events, "dram_write") == close(320 * unit));       // 4 x (123 - 43).
  CHECK(each(events, "dram_refresh") == close(93'528 * unit));  // 433 x (250 - 34).
  CHECK(each(events, "dram_active_standby_cycles") == close(43 * unit));
  CHECK(each(events, "dram_precharged_standby_cycles") == close(34 * unit));
  CHECK(each(events, "dram_active_power_down_cycles") == close(37 * unit));
  CHECK(each(events, "dram_precharged_power_down_cycles") == close(25 * unit));
  CHECK(each(events, "dram_self_refresh_cycles") == close(31 * unit));
  for (const EnergyEvent& event : events) {
    CHECK(event.kind == "paper");
    CHECK(event.source.find("devices/ddr4_2400.json") != std::string::npos);
  }
}

TEST_CASE("both supplies of LPDDR4 count", "[dram][energy][fast]") {
  const double unit = 0.625 * 2;  // ns x chips: pJ for each mW and clock.
  const std::vector<EnergyEvent> events = events_of(device("lpddr4_3200"), one_of_each());
  CHECK(each(events, "dram_read") == close(8 * (1.8 * (2.25 - 2.25) + 1.1 * (275 - 30)) * unit));
  CHECK(each(events, "dram_write") == close(8 * (1.8 * (2.25 - 2.25) + 1.1 * (210 - 30)) * unit));
  CHECK(each(events, "dram_refresh_bank") == close(224 * (1.8 * (2.5 - 2.0) + 1.1 * (30 - 27)) * unit));
  CHECK(each(events, "dram_self_refresh_cycles") == close((1.8 * 0.3 + 1.1 * 0.5) * unit));
}

TEST_CASE("a device that does nothing but what a current was measured with draws that current", "[dram][energy][fast]") {
  for (const std::string& name : dram_device_names()) {
    const DramDevice d = device(name);
    const DramCurrents& i = d.currents;
    if (i.vdd_mv == 0) continue;
    INFO(name);
    const DramTimings& t = d.timings;
    const auto drawn = [&](double first, double second, Cycles cycles) {
      return (i.vdd_mv * first + i.second_mv * second) * 1e-6 * static_cast<double>(cycles * t.tCK_ps) * d.chips;
    };
    DramActivity rows;  // IDD0: ACT and PRE of one bank, each tRC.
    rows.activations = 100;
    rows.times.active = 100 * t.tRAS;
    rows.times.precharged = 100 * (t.tRC - t.tRAS);
    CHECK(picojoules(events_of(d, rows)) == close(drawn(i.idd0, i.ipp0, 100 * t.tRC)));
    DramActivity reads;  // IDD4R: a data bus without gaps.
    reads.reads = 100;
    reads.times.active = 100 * t.tBL;
    CHECK(picojoules(events_of(d, reads)) == close(drawn(i.idd4r, i.ipp4r, 100 * t.tBL)));
    DramActivity writes;
    writes.writes = 100;
    writes.times.active = 100 * t.tBL;
    CHECK(picojoules(events_of(d, writes)) == close(drawn(i.idd4w, i.ipp4w, 100 * t.tBL)));
    DramActivity refreshes;  // IDD5B: a refresh each tRFC.
    refreshes.refreshes = 100;
    refreshes.times.precharged = 100 * t.tRFC;
    CHECK(picojoules(events_of(d, refreshes)) == close(drawn(i.idd5b, i.ipp5b, 100 * t.tRFC)));
    if (t.tRFCpb == 0) continue;
    DramActivity banks;
    banks.bank_refreshes = 100;
    banks.times.precharged = 100 * t.tRFCpb;
    CHECK(picojoules(events_of(d, banks)) == close(drawn(i.idd5pb, i.ipp5pb, 100 * t.tRFCpb)));
  }
}

TEST_CASE("every command of every device with currents costs energy", "[dram][energy][fast]") {
  for (const std::string& name : dram_device_names()) {
    const DramDevice d = device(name);
    if (d.currents.vdd_mv == 0) continue;
    DramActivity activity = one_of_each();
    if (d.timings.tRFCpb == 0) activity.bank_refreshes = 0;
    for (const EnergyEvent& event : events_of(d, activity)) {
      INFO(name << " " << event.event);
      CHECK(event.picojoule_each > 0);
    }
  }
}

TEST_CASE("a table with per-bank refresh and currents needs the current of a per-bank refresh", "[dram][energy][bad-input][fast]") {
  const std::string geometry =
      R"("geometry":{"channels":{"value":1,"source":"s"},"ranks":{"value":1,"source":"s"},"bank_groups":{"value":1,"source":"s"},"banks_per_group":{"value":8,"source":"s"},"data_bits":{"value":64,"source":"s"},"burst_length":{"value":8,"source":"s"},"columns":{"value":1024,"source":"s"}})";
  const std::pair<const char*, int> timings[] = {{"tCK_ps", 833}, {"tCL", 16},  {"tCWL", 12},    {"tRCD", 16},  {"tRP", 16},
                                                 {"tRAS", 39},    {"tRC", 55},  {"tCCD_S", 4},   {"tCCD_L", 4}, {"tRRD_S", 4},
                                                 {"tRRD_L", 4},   {"tFAW", 26}, {"tWTR_S", 3},   {"tWTR_L", 3}, {"tRTW", 2},
                                                 {"tRTP", 9},     {"tWR", 18},  {"tREFI", 9364}, {"tRFC", 433}, {"tRFCpb", 200}};
  std::string timing, currents;
  for (const auto& [name, value] : timings)
    timing += std::string(timing.empty() ? "" : ",") + "\"" + name + "\":{\"value\":" + std::to_string(value) + ",\"source\":\"s\"}";
  for (const char* name : {"VDD_mV", "IDD0", "IDD2N", "IDD2P", "IDD3N", "IDD3P", "IDD4R", "IDD4W", "IDD5B", "IDD6"})
    currents += std::string(currents.empty() ? "" : ",") + "\"" + name + "\":{\"value\":100,\"source\":\"s\"}";
  const auto parse = [&](const std::string& more) {
    return parse_dram_device(R"({"name":"a","doc":"b",)" + geometry + ",\"timing\":{" + timing + "},\"currents\":{" + currents + more +
                                 R"(},"mapping":["column:7","bank:3"]})",
                             "a.json");
  };
  CHECK(parse(R"(,"IDD5PB":{"value":100,"source":"s"})").ok());
  const Result<DramDevice> without = parse("");
  REQUIRE(!without.ok());
  CHECK(without.problems()[0].where == "/currents/IDD5PB");
}

TEST_CASE("energy is counted by channel", "[dram][energy][fast]") {
  const DramDevice d = device("hbm2");
  DramActivity activity;
  activity.reads = 3;
  const std::vector<EnergyEvent> events = events_of(d, activity, 11);
  REQUIRE(events.size() == 1);
  CHECK(events[0].event == "dram_channel11_read");
  CHECK(events[0].count == 3);
}

TEST_CASE("without currents commands are counted and have no figure", "[dram][energy][fast]") {
  DramDevice d = device("ddr4_2400");
  d.currents = {};
  const std::vector<EnergyEvent> events = events_of(d, one_of_each());
  CHECK(events.size() == 5);
  CHECK(picojoules(events) == 0);
  for (const EnergyEvent& event : events) CHECK(event.source.empty());
}

TEST_CASE("every cycle of every rank stands in one state, and the rows of the report are the counted commands", "[dram][energy][fast]") {
  for (const std::string& name : dram_device_names()) {
    for (const Cycles sleep : {0, 300}) {
      INFO(name << ", power-down after " << sleep << " cycles");
      const DramDevice d = device(name);
      BankedDramOptions options;
      options.posted = true;
      options.policy.power_down_after = sleep;
      options.policy.self_refresh_after = sleep * 20;
      BankedDramTiming timing(d, options);
      std::mt19937 random(3);
      Picos at = 0;
      for (unsigned i = 0; i < 2'000; ++i) {
        at = std::max(at, timing.access(at, at, random() % (1u << 28) / 64 * 64, 64, i % 3 == 0));
        if (i % 100 == 0) at += 10'000 * d.timings.tCK_ps;
      }
      at += 50'000 * d.timings.tCK_ps;
      std::uint64_t reads = 0, writes = 0, activations = 0;
      double sum = 0;
      for (unsigned channel = 0; channel < d.channels; ++channel) {
        const DramActivity activity = timing.activity(channel, at);
        CHECK(standing(activity) == at / d.timings.tCK_ps * d.ranks);
        reads += activity.reads;
        writes += activity.writes;
        activations += activity.activations;
        sum += picojoules(events_of(d, activity, channel));
      }
      std::uint64_t waiting = 0;
      for (const Statistic& s : timing.statistics(at)) {
        if (s.name == "row_activations") CHECK(s.value == activations);
        if (s.name == "read_bursts") CHECK(s.value >= reads);
        if (s.name == "waiting_bursts") waiting = s.value;
      }
      CHECK(writes + waiting <= 2'000 * 64 / d.burst_bytes);
      CHECK(picojoules(timing.energy_events(at)) == close(sum));
    }
  }
}

TEST_CASE("a rank that is idle at the end sleeps until then, with its rows as they are, and wakes for each refresh",
          "[dram][energy][fast]") {
  BankedDramOptions options;
  options.policy.power_down_after = 100;
  BankedDramTiming timing(device("ddr4_2400"), options);
  CHECK(timing.access(0, 0, 0, 64, false) == 36 * 833);
  const DramActivity activity = timing.activity(0, Picos{1'000'000} * 833);
  // The row is open until the first refresh at 9364; 106 refreshes keep the rank awake for tRFC 433, 100 idle cycles and tXP 8.
  CHECK(activity.times.active_down == 9'364 - (36 + 100));
  CHECK(activity.times.precharged_down == 1'000'000 - 9'364 - 106 * (433 + 100 + 8));
  CHECK(activity.times.active == 36 + 100);  // The bank is open from cycle 0.
  CHECK(activity.times.precharged == 106 * (433 + 100 + 8));
  CHECK(activity.times.self_refresh == 0);
  CHECK(activity.refreshes == 106);
}

TEST_CASE("in self refresh all banks are closed and no refresh command is paid for", "[dram][energy][fast]") {
  BankedDramOptions options;
  options.policy.self_refresh_after = 1'000;
  BankedDramTiming timing(device("ddr4_2400"), options);
  CHECK(timing.access(0, 0, 0, 64, false) == 36 * 833);
  const DramActivity activity = timing.activity(0, Picos{1'000'000} * 833);
  CHECK(activity.times.active == 36 + 1'000);
  CHECK(activity.times.precharged == 0);
  CHECK(activity.times.self_refresh == 1'000'000 - 36 - 1'000);
  CHECK(activity.refreshes == 0);
}
