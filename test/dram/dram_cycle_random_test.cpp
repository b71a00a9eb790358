// Every command of random traffic against the rules of the device, for all tables and policies; and that the rules bite: each timing is met
// exactly somewhere, so a rule that asks for one cycle more finds something.
// SPDX-License-Identifier: Apache-2.0
#include <random>
#include <utility>

#include "test/dram/dram_command_rules.h"
#include "test/dram/dram_cycle_bench.h"

using namespace visoc;
using namespace visoc::test;

namespace {

using Commands = std::vector<DramCommand>;

/// Runs of neighbouring bursts, random places, pauses; reads and writes.
std::vector<DramTraceRequest> random_trace(unsigned seed, std::size_t count, const DramDevice& device) {
  std::mt19937_64 random(seed);
  std::vector<DramTraceRequest> trace;
  const unsigned writes = static_cast<unsigned>(random() % 5);  // Of 8.
  const std::uint64_t places = std::uint64_t{1} << (12 + random() % 14);
  Picos at = 0;
  Offset offset = 0;
  while (trace.size() < count) {
    if (random() % 4 == 0) offset = random() % places * device.burst_bytes;
    if (random() % 300 == 0) at += random() % 30'000 * device.timings.tCK_ps;
    at += random() % 12 * device.timings.tCK_ps;
    trace.push_back({at, offset, device.burst_bytes * (random() % 16 == 0 ? 4 : 1), random() % 8 < writes});
    offset += device.burst_bytes;
  }
  return trace;
}

Commands commands_of(const DramDevice& device, const DramPolicy& policy, unsigned seed, std::size_t count, unsigned outstanding) {
  DramCommandList list;
  DramTraceOptions options;
  options.cycle = true;
  options.outstanding = outstanding;
  options.commands = &list;
  run_dram_trace(random_trace(seed, count, device), device, policy, options);
  return std::move(list.commands);
}

/// The ddr4_2400 table with everything that a device can have; figures made up.
DramDevice everything() {
  DramDevice device = dram_table("ddr4_2400");
  device.ranks = device.channels = 2;
  DramTimings& t = device.timings;
  t.tCS = 2, t.tPPD = 4, t.tRPab = 19, t.tRFCpb = 110, t.tPBR = 60, t.tXP = 8, t.tCKE = 6, t.tXS = 445, t.tCKESR = 2'000;
  REQUIRE(set_dram_mapping(device, {"channel:1^row:2", "bank_group:2^row:0", "column:7", "rank:1", "bank:2^row:4"}, "").empty());
  REQUIRE(check_dram_timings(device, "").empty());
  return device;
}

std::vector<DramDevice> devices() {
  std::vector<DramDevice> all = {everything()};
  all[0].name = "everything";
  for (const std::string& name : dram_device_names()) all.push_back(dram_table(name));
  DramDevice clocked = everything();
  clocked.name = "with a data clock";
  clocked.timings.tWCKSYNC = 11;
  clocked.timings.tWCKIDLE = 20;
  all.push_back(clocked);
  return all;
}

std::vector<DramPolicy> policies(const DramDevice& device) {
  std::vector<DramPolicy> all;
  for (const DramPagePolicy page : {DramPagePolicy::kOpen, DramPagePolicy::kClosed, DramPagePolicy::kAdaptive})
    for (const DramScheduling scheduling : {DramScheduling::kFrFcfs, DramScheduling::kFcfs})
      for (const DramRefreshMode refresh : {DramRefreshMode::kAllBank, DramRefreshMode::kPerBank, DramRefreshMode::kNone})
        for (const unsigned sleep : {0, 1, 2, 3}) {
          if (refresh == DramRefreshMode::kPerBank && device.timings.tRFCpb == 0) continue;
          DramPolicy policy;
          policy.page = page;
          policy.scheduling = scheduling;
          policy.refresh = refresh;
          policy.power_down_after = sleep & 1 ? 50 : 0;
          policy.self_refresh_after = sleep & 2 ? 4'000 : 0;
          policy.refresh_postpone = static_cast<unsigned>(all.size() % 9);
          if (all.size() % 3 == 1) policy.read_queue = 5, policy.write_queue = 7, policy.write_high = 6, policy.write_low = 0;
          all.push_back(policy);
        }
  return all;
}

}  // namespace

TEST_CASE("random traffic breaks no rule of any device under any policy", "[dram][fast]") {
  unsigned seed = 1;
  for (const DramDevice& device : devices())
    for (const DramPolicy& policy : policies(device)) {
      const unsigned outstanding = seed % 3 == 0 ? 1 + seed % 64 : 0;
      const Commands commands = commands_of(device, policy, seed, 3'000, outstanding);
      CAPTURE(device.name, seed, static_cast<int>(policy.page), static_cast<int>(policy.scheduling), static_cast<int>(policy.refresh),
              policy.power_down_after, policy.self_refresh_after, policy.refresh_postpone, outstanding);
      const std::vector<std::string> broken = broken_dram_rules(commands, device);
      for (const std::string& each : broken) CHECK(each == "");
      REQUIRE(broken.empty());
      REQUIRE(commands.size() > 1'000);
      ++seed;
    }
}

TEST_CASE("each timing is met to the cycle: a rule that asks for one more is broken", "[dram][fast]") {
  std::vector<std::pair<DramDevice, Commands>> runs;
  for (const DramDevice& device : devices()) {
    if (device.name != "everything" && device.name != "with a data clock") continue;
    unsigned seed = 1'000;
    for (const DramPolicy& policy : policies(device)) {
      ++seed;
      runs.emplace_back(device, commands_of(device, policy, seed, 3'000, seed % 2 * 40));
    }
  }
  using T = DramTimings;
  // tREFI is a rate and has a test of its own.
  const std::pair<const char*, Cycles T::*> timings[] = {
      {"tRCD", &T::tRCD},     {"tRP", &T::tRP},       {"tRAS", &T::tRAS},     {"tRC", &T::tRC},       {"tCCD_S", &T::tCCD_S},
      {"tCCD_L", &T::tCCD_L}, {"tRRD_S", &T::tRRD_S}, {"tRRD_L", &T::tRRD_L}, {"tFAW", &T::tFAW},     {"tWTR_S", &T::tWTR_S},
      {"tWTR_L", &T::tWTR_L}, {"tRTW", &T::tRTW},     {"tRTP", &T::tRTP},     {"tWR", &T::tWR},       {"tRFC", &T::tRFC},
      {"tRPab", &T::tRPab},   {"tCS", &T::tCS},       {"tPPD", &T::tPPD},     {"tRFCpb", &T::tRFCpb}, {"tPBR", &T::tPBR},
      {"tXP", &T::tXP},       {"tCKE", &T::tCKE},     {"tXS", &T::tXS},       {"tCKESR", &T::tCKESR}, {"tWCKSYNC", &T::tWCKSYNC},
      {"tBL", &T::tBL}};
  for (const auto& [name, member] : timings) {
    bool found = false;
    for (const auto& [device, commands] : runs) {
      if (device.timings.*member == 0 || found) continue;
      DramDevice stricter = device;
      ++(stricter.timings.*member);
      found = !broken_dram_rules(commands, stricter).empty();
    }
    CAPTURE(name);
    CHECK(found);
  }
}

TEST_CASE("every request is served once, whatever the policy", "[dram][fast]") {
  unsigned seed = 5'000;
  for (const DramDevice& device : devices())
    for (const DramPolicy& policy : policies(device)) {
      const std::vector<DramTraceRequest> trace = random_trace(++seed, 500, device);
      DramTraceOptions options;
      options.cycle = true;
      options.outstanding = seed % 2 * 8;
      const DramTraceResult result = run_dram_trace(trace, device, policy, options);
      REQUIRE(result.read_latencies.size() == result.reads);
      REQUIRE(result.write_latencies.size() == result.writes);
      // None is served before it came: what is faster than a row hit was forwarded.
      const Picos hit = (device.timings.tCL + device.timings.tBL) * device.timings.tCK_ps;
      std::uint64_t fast = 0;
      for (const Picos latency : result.read_latencies) fast += latency < hit ? 1 : 0;
      REQUIRE(fast <= result.forwarded);
    }
}
