// Ports by hand: widths, bursts, channels, limits, turns and classes; histograms and windows. A bus cycle is 1 ns, ports are 16 bytes wide.
// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <numeric>
#include <random>

#include "ip/bus/bus_core.h"

using namespace visoc;

namespace {

constexpr Picos kNs = 1'000;

BusTiming plain() {
  BusTiming timing;
  timing.clock.period_ps = kNs;
  timing.width_bytes = 16;
  timing.request_cycles = timing.response_cycles = 0;
  return timing;
}

/// Two masters and a memory.
struct Bench {
  BusCore core;
  explicit Bench(const BusTiming& timing) : core(timing) {
    core.add_initiator("cpu0");
    core.add_initiator("npu0");
    core.add_target("dram0", 0, 1u << 20);
  }
  Picos start(unsigned initiator, Picos at_ns, std::uint64_t bytes, bool write = false, Addr addr = 0) {
    return core.pass(initiator, 0, at_ns * kNs, addr, bytes, write, 0).start / kNs;
  }
};

}  // namespace

TEST_CASE("An unaligned access takes the beat more that its bytes lie in", "[bus][fast]") {
  Bench bench(plain());
  CHECK(bench.core.pass(0, 0, 0, 0, 32, false, 0).passed == 2 * kNs);
  CHECK(bench.core.pass(0, 0, 100 * kNs, 15, 32, false, 0).passed == 103 * kNs);
  CHECK(bench.core.pass(0, 0, 200 * kNs, 15, 1, false, 0).passed == 201 * kNs);
}

TEST_CASE("A port of its own has its width and clock, and a narrow master slows a wide memory", "[bus][fast]") {
  BusTiming timing = plain();
  timing.ports["dram0"] = {Clock{500}, 64};
  timing.ports["npu0"] = {Clock{1'000}, 4};
  Bench bench(timing);
  CHECK(bench.core.pass(0, 0, 0, 0, 256, false, 0).passed == 2 * kNs);  // 4 beats of 0.5 ns.
  CHECK(bench.core.pass(1, 0, 100 * kNs, 0, 256, false, 0).passed == 164 * kNs);
}

TEST_CASE("Bursts do not cross their boundary, each further one costs its cycles, and no byte is lost", "[bus][fast]") {
  BusTiming timing = plain();
  timing.burst_bytes = 64;
  timing.burst_cycles = 3;
  Bench bench(timing);
  CHECK(bench.core.pass(0, 0, 0, 0, 64, false, 0).passed == 4 * kNs);
  CHECK(bench.core.pass(0, 0, 100 * kNs, 48, 64, false, 0).passed == 107 * kNs);  // Four beats and one more burst.
  CHECK(bench.core.pass(0, 0, 200 * kNs, 0, 256, false, 0).passed == (200 + 16 + 3 * 3) * kNs);
  CHECK(bench.core.traffic(0, 0).bursts == 1 + 2 + 4);
}

TEST_CASE("Reads and writes wait for each other on a shared channel only", "[bus][fast]") {
  BusTiming timing = plain();
  Bench shared(timing);
  CHECK(shared.start(0, 0, 160) == 0);
  CHECK(shared.start(1, 0, 16, true) == 10);
  timing.separate_channels = true;
  Bench separate(timing);
  CHECK(separate.start(0, 0, 160) == 0);
  CHECK(separate.start(1, 0, 16, true) == 0);
  CHECK(separate.start(1, 0, 16) == 10);
}

TEST_CASE("A master with all its accesses under way waits until the oldest has ended", "[bus][fast]") {
  BusTiming timing = plain();
  timing.outstanding["npu0"] = 2;
  Bench bench(timing);
  for (Picos end : {100, 200}) {
    bench.core.pass(1, 0, 0, 0, 16, false, 0);
    bench.core.ended(1, 0, 0, end * kNs, 16);
  }
  CHECK(bench.start(1, 99, 16) == 100);
  bench.core.ended(1, 0, 99 * kNs, 300 * kNs, 16);
  CHECK(bench.start(1, 200, 16) == 200);
  CHECK(bench.start(0, 50, 16) == 50);  // The other has no limit.
}

TEST_CASE("by time a long access is waited for, in turns only for a burst and as long as one's own", "[bus][fast]") {
  BusTiming timing = plain();
  timing.burst_bytes = 64;  // 4 ns.
  Bench by_time(timing);
  by_time.start(1, 0, 4096);  // 256 ns.
  CHECK(by_time.start(0, 1, 32) == 256);
  timing.arbitration = BusArbitration::kRoundRobin;
  Bench turns(timing);
  turns.start(1, 0, 4096);
  CHECK(turns.start(0, 1, 32) == 1 + 4 + 2);
  // What it took is gone: whoever comes behind finds the port busy as long as all bytes need.
  CHECK(turns.core.pass(1, 0, 1 * kNs, 0, 4096, false, 0).start >= 256 * kNs);
  // A master's own accesses stay in order.
  Bench own(timing);
  own.start(1, 0, 4096);
  CHECK(own.start(1, 0, 32) == 256);
}

TEST_CASE("A higher class does not wait for a lower one, and takes its time out of it", "[bus][fast]") {
  BusTiming timing = plain();
  timing.arbitration = BusArbitration::kPriority;
  timing.classes["npu0"] = 1;
  Bench bench(timing);
  CHECK(bench.start(1, 0, 160) == 0);
  CHECK(bench.start(0, 2, 160) == 2);   // Class 0 sees nobody.
  CHECK(bench.start(0, 2, 160) == 12);  // But itself.
  CHECK(bench.start(1, 5, 16) == 30);   // 10 of its own and 20 of class 0 come first.
}

TEST_CASE("Whatever the arbitration, the lowest class sees a port that moves no more than its width", "[bus][fast]") {
  for (const BusArbitration arbitration : {BusArbitration::kTime, BusArbitration::kRoundRobin, BusArbitration::kPriority}) {
    BusTiming timing = plain();
    timing.arbitration = arbitration;
    timing.classes["npu0"] = 7;
    Bench bench(timing);
    std::mt19937 random(5);
    std::uint64_t beats = 0;
    for (unsigned i = 0; i < 500; ++i) {
      const std::uint64_t bytes = 16 * (1 + random() % 8);
      bench.start(random() % 2, random() % 100, bytes);
      beats += bytes / 16;
    }
    // All came before 100 ns; an access behind all of them finds the port busy for the rest of their beats.
    CHECK(bench.start(1, 100, 16) >= beats - 100);
  }
}

TEST_CASE("Latencies fall into powers of two of a nanosecond, at the edge", "[bus][fast]") {
  LatencyHistogram histogram;
  for (Picos latency : {999, 1'000, 1'999, 2'000, 3'999, 4'000}) histogram.add(latency);
  CHECK(histogram.buckets()[0] == 1);
  CHECK(histogram.buckets()[1] == 2);
  CHECK(histogram.buckets()[2] == 2);
  CHECK(histogram.buckets()[3] == 1);
  CHECK(histogram.longest() == 4'000);
  CHECK(histogram.percentile_ns(50) == 2);  // Three of six are below 2 ns.
  CHECK(histogram.percentile_ns(51) == 4);
  CHECK(histogram.percentile_ns(100) == 4);  // Not above the longest.
  CHECK(LatencyHistogram().percentile_ns(99) == 0);
}

TEST_CASE("Windows double when time runs out of them, and keep every byte", "[bus][fast]") {
  BandwidthOverTime bandwidth;
  bandwidth.add(0, 1);
  bandwidth.add(63'999'999, 2);
  CHECK(bandwidth.width() == kPicosPerMicro);
  CHECK(bandwidth.bytes()[63] == 2);
  bandwidth.add(64'000'000, 4);
  CHECK(bandwidth.width() == 2 * kPicosPerMicro);
  CHECK(bandwidth.bytes()[0] == 1);
  CHECK(bandwidth.bytes()[31] == 2);
  CHECK(bandwidth.bytes()[32] == 4);
  bandwidth.add(kPicosPerSecond, 8);
  CHECK(std::accumulate(bandwidth.bytes().begin(), bandwidth.bytes().end(), std::uint64_t{0}) == 15);
}
