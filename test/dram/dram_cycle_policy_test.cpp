// What the cycle-scheduled controller decides: order, draining of writes, when rows are closed, refresh, sleep.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "test/dram/dram_cycle_bench.h"

using namespace visoc;
using namespace visoc::test;

namespace {

using Requests = std::vector<CycleBench::Request>;
using Kind = DramCommand::Kind;

constexpr bool kWrite = true;

std::vector<std::uint64_t> rows_of(const CycleBench& bench, Kind kind) {
  std::vector<std::uint64_t> rows;
  for (const DramCommand& c : bench.commands.commands)
    if (c.kind == kind) rows.push_back(c.row);
  return rows;
}

/// Row 1 is open; then a read of row 2 and a hit of row 1 arrive together.
Requests conflict_before_hit() { return {{1'000, ddr4(1, 0, 0)}, {2'000, ddr4(2, 0, 0)}, {2'000, ddr4(1, 0, 0, 1)}}; }

}  // namespace

TEST_CASE("first-ready: a younger row hit goes before an older conflict, in strict order it does not", "[dram][fast]") {
  CycleBench first_ready;
  // The hit at once; PRE 9 cycles behind it, then tRP, tRCD, tCL and data.
  CHECK(first_ready.serve(conflict_before_hit()) == std::vector<Cycles>{36, 9 + 52, 20});
  DramPolicy policy;
  policy.scheduling = DramScheduling::kFcfs;
  CycleBench strict(policy);
  CHECK(strict.serve(conflict_before_hit())[1] == 52);
  CHECK(rows_of(strict, Kind::kRead) == std::vector<std::uint64_t>{1, 2, 1});
}

TEST_CASE("a request that waited longer than the starvation bound goes before row hits", "[dram][fast]") {
  DramPolicy policy;
  policy.starvation = 100;
  policy.refresh = DramRefreshMode::kNone;
  Requests requests = {{1'000, ddr4(1, 0, 0)}, {2'000, ddr4(2, 0, 0)}};
  for (unsigned n = 0; n < 100; ++n) requests.push_back({2'000 + 6 * n, ddr4(1, 0, 0, n)});  // Hits without end.
  DramPolicy patient = policy;
  patient.starvation = 100'000;
  CycleBench bound(policy), unbound(patient);
  // Bounded: the bound, the hit that is on its way then (PRE 9 cycles behind it), and a conflict.
  const Cycles latency = bound.serve(requests)[1];
  CHECK(latency >= 100 + 52);
  CHECK(latency <= 100 + 6 + 9 + 52);
  CHECK(unbound.serve(requests)[1] > 600);
}

TEST_CASE("a request that waited too long stops only its own bank", "[dram][fast]") {
  DramPolicy policy;
  policy.starvation = 0;  // The oldest request always has.
  policy.refresh = DramRefreshMode::kNone;
  CycleBench bench(policy);
  Requests requests;
  for (unsigned group = 0; group < 4; ++group) requests.push_back({1'000, ddr4(1, 0, group)});
  // Rows are opened tRRD_S apart, and the data follow each other.
  CHECK(bench.serve(requests) == std::vector<Cycles>{36, 40, 44, 48});
}

TEST_CASE("writes wait behind reads until the high watermark, then go down to the low one", "[dram][fast]") {
  DramPolicy policy;
  policy.write_high = 8;
  policy.write_low = 3;
  policy.refresh = DramRefreshMode::kNone;
  Requests requests = {{1'000, ddr4(1, 0, 0)}, {1'000, ddr4(1, 0, 1)}};
  for (unsigned n = 0; n < 10; ++n) {
    for (unsigned r = 0; r < 2; ++r) requests.push_back({2'000 + n, ddr4(1, 0, 0, 2 * n + r)});  // 20 reads, one each 6 cycles.
    if (n < 7) requests.push_back({2'000 + n, ddr4(1, 0, 1, n), kWrite});
  }
  const auto order = [](const CycleBench& bench) {
    std::string kinds;
    for (const DramCommand& c : bench.commands.commands)
      if (c.kind == Kind::kRead || c.kind == Kind::kWrite) kinds += c.kind == Kind::kRead ? 'R' : 'W';
    return kinds;
  };
  SECTION("seven writes are below the mark: all reads go first") {
    CycleBench bench(policy);
    bench.serve(requests);
    CHECK(order(bench) == std::string(22, 'R') + std::string(7, 'W'));
  }
  SECTION("the eighth starts a batch of five") {
    requests.push_back({2'009, ddr4(1, 0, 1, 7), kWrite});
    CycleBench bench(policy);
    bench.serve(requests);
    // RD at 2000 and 2006 before; three are left until no read waits.
    CHECK(order(bench) == std::string(4, 'R') + std::string(5, 'W') + std::string(18, 'R') + std::string(3, 'W'));
  }
}

TEST_CASE("a full queue takes nothing, a command to a column makes room", "[dram][fast]") {
  DramPolicy policy;
  policy.read_queue = 4;
  CycleBench bench(policy);
  std::vector<DramCompletion> done;
  const auto burst = [&](unsigned n) { return bench.dram.map().burst_of(ddr4(1, 0, 0, n)); };
  bench.dram.advance(1'000, done);
  for (unsigned n = 0; n < 4; ++n) {
    CHECK_FALSE(bench.dram.full(burst(n), false));
    bench.dram.add(n, burst(n), false, 1'000);
  }
  CHECK(bench.dram.full(burst(4), false));
  CHECK_FALSE(bench.dram.full(burst(4), kWrite));
  bench.dram.advance(1'016, done);  // ACT at 1000, RD at 1016.
  CHECK(bench.dram.full(burst(4), false));
  bench.dram.advance(1'017, done);
  CHECK_FALSE(bench.dram.full(burst(4), false));
}

TEST_CASE("open, closed and adaptive pages: when a row is closed", "[dram][fast]") {
  DramPolicy policy;
  policy.refresh = DramRefreshMode::kNone;
  const Requests one = {{1'000, ddr4(1, 0, 0)}};
  std::vector<DramCompletion> done;
  SECTION("open: never by itself") {
    CycleBench bench(policy);
    bench.serve(one);
    bench.dram.advance(100'000, done);
    CHECK(bench.times(Kind::kPrecharge).empty());
  }
  SECTION("closed: as soon as tRAS and tRTP allow it") {
    policy.page = DramPagePolicy::kClosed;
    CycleBench bench(policy);
    bench.serve(one);
    bench.dram.advance(100'000, done);
    CHECK(bench.times(Kind::kPrecharge) == std::vector<Cycles>{1'039});
  }
  SECTION("closed: not while a waiting request hits it") {
    policy.page = DramPagePolicy::kClosed;
    CycleBench bench(policy);
    Requests requests = one;
    for (unsigned n = 1; n < 8; ++n) requests.push_back({1'000, ddr4(1, 0, 0, n)});
    bench.serve(requests);
    bench.dram.advance(100'000, done);
    CHECK(bench.times(Kind::kPrecharge) == std::vector<Cycles>{1'016 + 7 * 6 + 9});
  }
  SECTION("adaptive: page_timeout cycles after the last column command") {
    policy.page = DramPagePolicy::kAdaptive;
    policy.page_timeout = 200;
    CycleBench bench(policy);
    bench.serve({{1'000, ddr4(1, 0, 0)}, {1'100, ddr4(1, 0, 0, 1)}});
    bench.dram.advance(100'000, done);
    CHECK(bench.times(Kind::kPrecharge) == std::vector<Cycles>{1'300});
  }
}

TEST_CASE("refreshes come every tREFI, postponed ones are made up for", "[dram][fast]") {
  DramPolicy policy;
  std::vector<DramCompletion> done;
  CycleBench idle(policy);
  idle.dram.advance(4 * 9'364 + 1, done);
  CHECK(idle.times(Kind::kRefresh) == std::vector<Cycles>{9'364, 2 * 9'364, 3 * 9'364, 4 * 9'364});

  policy.refresh_postpone = 4;
  CycleBench busy(policy);
  Requests requests;
  for (unsigned n = 0; n < 12'000; ++n) requests.push_back({1'000 + 6 * n, ddr4(1, 0, 0, n % 128)});
  std::vector<DramCompletion> taken;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const std::uint64_t burst = busy.dram.map().burst_of(requests[i].offset);
    busy.dram.advance(requests[i].at, taken);
    while (busy.dram.full(burst, false)) busy.dram.step(kNever - 1, taken);
    busy.dram.add(i, burst, false, requests[i].at);
  }
  busy.dram.advance(20 * 9'364, taken);
  const std::vector<Cycles> refreshes = busy.times(Kind::kRefresh);
  REQUIRE(refreshes.size() >= 18);
  CHECK(refreshes.front() >= 5 * 9'364);  // Four may be due.
  for (std::size_t i = 0; i < refreshes.size(); ++i) CHECK(refreshes[i] < (i + 1 + 4) * 9'364 + 600);
  CHECK(refreshes.size() == 19 + (refreshes.back() < 20 * 9'364 && refreshes.size() == 20 ? 1 : 0));
}

TEST_CASE("an idle rank is powered down, refreshed out of it, and awake tXP after a request", "[dram][fast]") {
  DramDevice device = dram_table("ddr4_2400");
  device.timings.tXP = 8;
  device.timings.tCKE = 6;
  DramPolicy policy;
  policy.power_down_after = 100;
  policy.refresh = DramRefreshMode::kNone;
  CycleBench bench(policy, device);
  // Down for long when the read comes: PDX at 5000, the command tXP later.
  CHECK(bench.last({{1'000, ddr4(1, 0, 0)}, {5'000, ddr4(1, 0, 0, 1)}}) == 8 + 20);
  CHECK(bench.times(Kind::kPowerUp) == std::vector<Cycles>{1'000, 5'000});
  // 100 cycles after the row could have been closed: awake since 1000, ACT tXP later, tRAS 39.
  CHECK(bench.times(Kind::kPowerDown).at(1) == 1'008 + 39 + 100);

  policy.refresh = DramRefreshMode::kAllBank;
  CycleBench refreshed(policy, device);
  std::vector<DramCompletion> done;
  refreshed.dram.advance(9'364 + 433 + 500, done);
  CHECK(refreshed.times(Kind::kPowerUp) == std::vector<Cycles>{9'364});
  CHECK(refreshed.times(Kind::kRefresh) == std::vector<Cycles>{9'364 + 8});
}

TEST_CASE("in self refresh nobody refreshes, leaving it takes tXS", "[dram][fast]") {
  DramDevice device = dram_table("ddr4_2400");
  device.timings.tXS = 445;
  device.timings.tCKESR = 7;
  DramPolicy policy;
  policy.self_refresh_after = 1'000;
  CycleBench bench(policy, device);
  CHECK(bench.last({{100'000, ddr4(1, 0, 0)}}) == 445 + 36);
  CHECK(bench.times(Kind::kRefresh).empty());
  CHECK(bench.times(Kind::kSelfRefresh).size() >= 1);
  CHECK(bench.times(Kind::kSelfRefresh).front() == 1'000);
}

TEST_CASE("saved with requests in the queues, a fresh controller goes on alike", "[dram][fast]") {
  DramPolicy policy;
  policy.page = DramPagePolicy::kAdaptive;
  CycleBench one(policy), other(policy);
  std::vector<DramCompletion> done, done_one, done_other;
  for (unsigned n = 0; n < 20; ++n) {
    one.dram.advance(1'000 + n, done);
    one.dram.add(n, one.dram.map().burst_of(ddr4(n % 3, n % 4, n % 2, n)), n % 5 == 4, 1'000 + n);
  }
  one.dram.advance(1'100, done);
  StateWriter out;
  one.dram.save(out);
  StateReader in{ConstBytes(out.data())};
  other.dram.load(in);
  REQUIRE(in.ok());
  one.commands.commands.clear();
  one.dram.advance(20'000, done_one);
  other.dram.advance(20'000, done_other);
  REQUIRE(done_one.size() == done_other.size());
  CHECK(done_one.size() + done.size() == 16);
  for (std::size_t i = 0; i < done_one.size(); ++i) {
    CHECK(done_one[i].id == done_other[i].id);
    CHECK(done_one[i].at == done_other[i].at);
  }
  CHECK(one.commands.commands.size() == other.commands.commands.size());
}
