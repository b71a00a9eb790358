// Latencies of the cycle-scheduled controller, each by hand from the DDR4-2400 table and at the edge: one cycle earlier it waits, at the
// edge it does not. The table: tCL 16, tCWL 12, tRCD 16, tRP 16, tRAS 39, tRC 55, 4 cycles of data a burst.
// SPDX-License-Identifier: Apache-2.0
#include "test/dram/dram_cycle_bench.h"

using namespace visoc;
using namespace visoc::test;

namespace {

using Requests = std::vector<CycleBench::Request>;
using Kind = DramCommand::Kind;

constexpr Cycles kHit = 16 + 4;           // RD, tCL, data.
constexpr Cycles kMiss = 16 + kHit;       // ACT, tRCD, then as a hit.
constexpr Cycles kConflict = 16 + kMiss;  // PRE, tRP, then as a miss.
constexpr bool kWrite = true;

/// After `before`, a read of `offset` that arrives a cycle too early waits that cycle, one that arrives at `edge` does not.
void check_edge(const Requests& before, Cycles edge, Offset offset, Cycles latency, const DramDevice& device = dram_table("ddr4_2400")) {
  Requests early = before, in_time = before;
  early.push_back({edge - 1, offset});
  in_time.push_back({edge, offset});
  DramPolicy policy;
  policy.refresh = DramRefreshMode::kNone;
  CHECK(CycleBench(policy, device).last(early) == latency + 1);
  CHECK(CycleBench(policy, device).last(in_time) == latency);
}

}  // namespace

TEST_CASE("row miss, hit and conflict take tRCD + CL, CL, and tRP + tRCD + CL, and four cycles of data", "[dram][fast]") {
  CycleBench bench;
  CHECK(bench.serve({{1'000, ddr4(5, 0, 0)}, {2'000, ddr4(5, 0, 0, 3)}, {4'000, ddr4(6, 0, 0)}, {5'000, ddr4(6, 1, 0)}}) ==
        std::vector<Cycles>{kMiss, kHit, kConflict, kMiss});
  const DramChannelCounts counts = bench.dram.counts(0, 6'000);
  CHECK(counts.row_misses == 2);
  CHECK(counts.row_hits == 1);
  CHECK(counts.row_conflicts == 1);
}

TEST_CASE("a row is closed tRAS after its activation, tRTP after a read and tWR after the data of a write", "[dram][fast]") {
  check_edge({{1'000, ddr4(1, 0, 0)}}, 1'000 + 39, ddr4(2, 0, 0), kConflict);
  check_edge({{1'000, ddr4(1, 0, 0)}, {2'000, ddr4(1, 0, 0)}}, 2'000 + 9, ddr4(2, 0, 0), kConflict);
  check_edge({{1'000, ddr4(1, 0, 0)}, {2'000, ddr4(1, 0, 0), kWrite}}, 2'000 + 12 + 4 + 18, ddr4(2, 0, 0), kConflict);
}

TEST_CASE("a bank is activated tRC after its last activation, also where that is more than tRAS + tRP", "[dram][fast]") {
  DramDevice slow = dram_table("ddr4_2400");
  slow.timings.tRC = 60;
  // PRE at 1039 at the earliest, ACT at 1060: 5 cycles later than tRAS + tRP.
  CHECK(CycleBench({}, slow).last({{1'000, ddr4(1, 0, 0)}, {1'039, ddr4(2, 0, 0)}}) == kConflict + 5);
  check_edge({{1'000, ddr4(1, 0, 0)}}, 1'000 + 39 + 5, ddr4(2, 0, 0), kConflict, slow);
}

TEST_CASE("column commands keep tCCD_S between groups and tCCD_L within one", "[dram][fast]") {
  const Requests open = {{1'000, ddr4(1, 0, 0)}, {1'100, ddr4(1, 0, 1)}, {2'000, ddr4(1, 0, 0)}};
  check_edge(open, 2'000 + 4, ddr4(1, 0, 1), kHit);
  check_edge(open, 2'000 + 6, ddr4(1, 0, 0, 1), kHit);
}

TEST_CASE("activations keep tRRD_S between groups, tRRD_L within one, and tFAW over five", "[dram][fast]") {
  check_edge({{1'000, ddr4(1, 0, 0)}}, 1'000 + 4, ddr4(1, 0, 1), kMiss);
  check_edge({{1'000, ddr4(1, 0, 0)}}, 1'000 + 6, ddr4(1, 1, 0), kMiss);
  check_edge({{1'000, ddr4(1, 0, 0)}, {1'004, ddr4(1, 0, 1)}, {1'008, ddr4(1, 0, 2)}, {1'012, ddr4(1, 0, 3)}}, 1'000 + 26, ddr4(1, 1, 0),
             kMiss);
}

TEST_CASE("a read follows a write tWTR behind its data, a write a read after two idle cycles of the data bus", "[dram][fast]") {
  const Requests open = {{1'000, ddr4(1, 0, 0)}, {1'100, ddr4(1, 0, 1)}, {2'000, ddr4(1, 0, 0), kWrite}};
  check_edge(open, 2'000 + 12 + 4 + 9, ddr4(1, 0, 0, 1), kHit);
  check_edge(open, 2'000 + 12 + 4 + 3, ddr4(1, 0, 1), kHit);
  // Read data end at 2020; the write's data may begin at 2022, so WR at 2010.
  for (const Cycles at : {2'009, 2'010}) {
    CycleBench bench;
    bench.serve({{1'000, ddr4(1, 0, 0)}, {2'000, ddr4(1, 0, 0)}, {at, ddr4(1, 0, 0), kWrite}});
    CHECK(bench.times(Kind::kWrite) == std::vector<Cycles>{2'010});
  }
}

TEST_CASE("a burst of another rank leaves tCS between the data", "[dram][fast]") {
  DramDevice two = dram_table("ddr4_2400");
  two.ranks = 2;
  two.timings.tCS = 3;
  REQUIRE(set_dram_mapping(two, {"bank_group:2", "column:7", "bank:2", "rank:1"}, "").empty());
  const Offset other = Offset{1} << 17;  // The row is above: row 0 of both.
  check_edge({{1'000, 0}, {1'100, other}, {2'000, 0}}, 2'000 + 4 + 3, other, kHit, two);
}

TEST_CASE("after a refresh a row is opened tRFC later", "[dram][fast]") {
  // Nothing is open: REF at tREFI, 9364.
  for (const Cycles late : {0, 1}) {
    CycleBench bench;
    CHECK(bench.last({{9'364 + 433 - late, ddr4(1, 0, 0)}}) == kMiss + late);
    CHECK(bench.times(Kind::kRefresh) == std::vector<Cycles>{9'364});
  }
  // A row is open: PREA at 9364, REF tRP later.
  CycleBench bench;
  CHECK(bench.last({{1'000, ddr4(1, 0, 0)}, {9'364, ddr4(1, 0, 0)}}) == 16 + 433 + kMiss);
  CHECK(bench.times(Kind::kPrechargeAll) == std::vector<Cycles>{9'364});
  CHECK(bench.times(Kind::kRefresh) == std::vector<Cycles>{9'380});
}

TEST_CASE("LPDDR4-3200: miss, hit and conflict by hand, tDQSCK included", "[dram][fast]") {
  // tCL 28 + tDQSCK 6 + 8 cycles of data; tRCD 29, tRP 29.
  CycleBench bench({}, dram_table("lpddr4_3200"));
  const Offset row = Offset{1} << 15;  // Burst 6 bits, column 6, bank 3, row above.
  CHECK(bench.serve({{1'000, 0}, {2'000, 64}, {3'000, row}}) == std::vector<Cycles>{29 + 42, 42, 29 + 29 + 42});
}

TEST_CASE("a read of data that waits in the write queue is answered with them at the next cycle", "[dram][fast]") {
  CycleBench bench;
  // The write waits for its row (ACT at 1000, WR at 1016).
  CHECK(bench.serve({{1'000, ddr4(1, 0, 0), kWrite}, {1'005, ddr4(1, 0, 0)}}) == std::vector<Cycles>{1, 1});
  CHECK(bench.times(Kind::kRead).empty());
  CHECK(bench.dram.counts(0, 2'000).forwarded == 1);
  // Another column is read from the device.
  CycleBench other;
  CHECK(other.last({{1'000, ddr4(1, 0, 0), kWrite}, {1'005, ddr4(1, 0, 0, 1)}}) > kHit);
}

TEST_CASE("a column command behind idle time waits for the data clock", "[dram][fast]") {
  DramDevice clocked = dram_table("ddr4_2400");
  clocked.timings.tWCKSYNC = 7;
  clocked.timings.tWCKIDLE = 10;
  // The clock stopped long before 2000: RD at 2007, data until 2027; the clock runs up to 2037. Whoever comes later starts it.
  const Requests open = {{1'000, ddr4(1, 0, 0)}, {2'000, ddr4(1, 0, 0)}};
  const auto last = [&](Cycles at) {
    Requests requests = open;
    requests.push_back({at, ddr4(1, 0, 0, 1)});
    return CycleBench({}, clocked).last(requests);
  };
  CHECK(last(2'000) == 7 + 6 + kHit);
  CHECK(last(2'037) == kHit);
  CHECK(last(2'038) == 7 + kHit);
  CHECK(last(3'000) == 7 + kHit);
  // A row miss has the time to start it: the clock is no part of its latency.
  CHECK(CycleBench({}, clocked).last({{1'000, ddr4(1, 0, 0)}}) == kMiss);
}
