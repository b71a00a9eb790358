// Bandwidth and mean latency of read-only traces, by hand from the DDR4-2400 table: tCK 0.833 ns, tCL 16, tRCD 16, tRP 16, tRAS 39, tRC 55,
// tRTP 9, tCCD_S 4, tCCD_L 6, tFAW 26, tREFI 9364, tRFC 433; 64 bytes a burst, open page, FR-FCFS.
//
// Every figure is the time of a burst without refresh, and what one refresh costs of the 9364 cycles between two:
//   bursts = (9364 - cost) / cycles a burst;  bandwidth = 64 B * bursts / (9364 * 0.833 ns);  latency = outstanding * 9364 / bursts.
// A refresh that is due at T stops reads and activations. PREA when all rows may be closed, tRP, REF, tRFC, ACT, tRCD, RD.
// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <functional>
#include <random>

#include "test/dram/dram_cycle_bench.h"

using namespace visoc;
using namespace visoc::test;

namespace {

constexpr std::size_t kRequests = 100'000;

/// Offsets of the n-th request.
using Pattern = std::function<Offset(std::size_t)>;

Offset sequential(std::size_t n) { return Offset{n} * 64; }
Offset row_conflict(std::size_t n) { return ddr4(n % 16'384, 0, 0); }
Offset ping_pong(std::size_t n) { return ddr4(0, 0, n % 2, n / 2 % 128); }
Offset one_group(std::size_t n) { return ddr4(0, 0, 0, n % 128); }

Pattern random_offsets() {
  auto random = std::make_shared<std::mt19937_64>(7);
  return [random](std::size_t) { return ((*random)() & 0x3ff'ffff) * 64; };
}

DramTraceResult run(const Pattern& pattern, unsigned outstanding, const DramPolicy& policy = {}, bool writes = false) {
  std::vector<DramTraceRequest> trace;
  for (std::size_t n = 0; n < kRequests; ++n) trace.push_back({0, pattern(n), 64, writes && n % 4 == 3});
  DramTraceOptions options;
  options.cycle = true;
  options.outstanding = outstanding;
  return run_dram_trace(trace, dram_table("ddr4_2400"), policy, options);
}

/// `burst`: cycles a burst; `refresh`: cycles that a refresh costs.
void check(const char* name, const Pattern& pattern, unsigned outstanding, double burst, double refresh) {
  constexpr double kClock = 0.833, kInterval = 9'364;
  const double bursts = (kInterval - refresh) / burst;
  const double bandwidth = 64 * bursts / (kInterval * kClock) * 1'000, latency = outstanding * kInterval / bursts * kClock;
  const DramTraceResult result = run(pattern, outstanding);
  CAPTURE(name, outstanding, bandwidth, result.bandwidth_mb_s(), latency, mean_ns(result.read_latencies));
  CHECK(std::abs(result.bandwidth_mb_s() / bandwidth - 1) < 0.02);
  CHECK(std::abs(mean_ns(result.read_latencies) - latency) < kClock);
}

}  // namespace

TEST_CASE("sequential reads: bandwidth and latency by hand", "[dram][fast]") {
  // Neighbouring bursts lie in different groups, so RD every tCCD_S = 4; rows are opened ahead. From the last RD before a refresh to
  // the first behind it tRTP 9 + tRP 16 + tRFC 433 + tRCD 16 = 474 cycles instead of 4.
  check("sequential", sequential, 32, 4, 470);
  // One at a time: tCL 16 + 4 of data. Each 512 bursts four rows are opened (closed by refreshes since): 4 * 16 / 512 = 0.125 more.
  // T is anywhere in the 20 cycles behind an RD; PREA at T, but 9 cycles behind the RD: 12.3 on average. To the next RD 465 more,
  // where it had been 20: 457.3. The three other groups open their rows: 3 * 16.
  check("sequential", sequential, 1, 20.125, 457.3 + 48);
}

TEST_CASE("reads of two bank groups by turns: bandwidth and latency by hand", "[dram][fast]") {
  check("ping-pong", ping_pong, 32, 4, 470);         // As sequential.
  check("ping-pong", ping_pong, 1, 20, 457.3 + 16);  // One other group.
  check("one group", one_group, 32, 6, 474 - 6);     // tCCD_L: what the turns between groups gain.
}

TEST_CASE("row conflicts in one bank: bandwidth and latency by hand", "[dram][fast]") {
  // A row every tRC = 55, however many wait. ACT at a, RD a+16, PRE a+39. T in the 16 cycles before RD (of 55): the row was opened for
  // nothing, all that follows is tRC 55 + tRFC 433 later; else tRFC later: 433 + 16 / 55 * 55 = 449 on average.
  check("row conflict", row_conflict, 32, 55, 449);
  check("row conflict", row_conflict, 1, 55, 449);
}

TEST_CASE("random reads: bandwidth and latency by hand", "[dram][fast]") {
  // 32 outstanding keep all banks busy: four activations each tFAW = 26. At T the last ACT is 3.25 old on average, so PREA at T + 35.75;
  // REF 16, next ACT 433 later: 484.75. The rows opened in the 16 cycles before T are opened once more: 16 (as many cycles of tFAW).
  check("random", random_offsets(), 32, 6.5, 484.75 + 16);
  // One at a time: tRP + tRCD + tCL + 4 = 52; in the bank of the read before (1 of 16) PRE waits 3 cycles for tRAS: 52.1875.
  // PRE at s, ACT s+16, RD s+32, data until s+52. T before ACT: what follows is 433 + (T - s) later, 441.5 on average; before RD: PREA
  // at s+55, REF s+71, ACT s+504, RD s+520 instead of s+32: 488; behind RD: the same RD instead of s+84: 436.
  // (16 * 441.5 + 16 * 488 + 20 * 436) / 52 = 453.7. The 15 other banks are closed when they are next used: each saves tRP.
  check("random", random_offsets(), 1, 52.1875, 453.7 - 15 * 16);
}

TEST_CASE("first-ready scheduling reorders: on mixed traffic it gains over strict order", "[dram][fast]") {
  // Two streams and random reads, a quarter of all are writes; the streams' rows lie in the same banks.
  const auto mixed = [] {
    Pattern random = random_offsets();
    return [random](std::size_t n) {
      if (n % 4 == 2) return random(n);
      return n % 4 == 0 ? sequential(n / 4) : (Offset{1} << 28) + sequential(n / 2);
    };
  };
  DramPolicy strict;
  strict.scheduling = DramScheduling::kFcfs;
  const DramTraceResult reordered = run(mixed(), 32, {}, true), in_order = run(mixed(), 32, strict, true);
  CAPTURE(reordered.bandwidth_mb_s(), in_order.bandwidth_mb_s());
  CHECK(reordered.bandwidth_mb_s() > 1.5 * in_order.bandwidth_mb_s());
  CHECK(reordered.row_hits >= in_order.row_hits);
  CHECK(reordered.read_latencies.size() == kRequests * 3 / 4);
}
