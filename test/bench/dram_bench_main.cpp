// Column bursts a second that the timing of banked DRAM places, and requests a second that the cycle-scheduled controller serves, by
// pattern of access: a line each, its name and millions a second. SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <random>
#include <vector>

#include "ip/dram_controller/dram_core.h"
#include "ip/dram_controller/dram_trace.h"

namespace visoc {
namespace {

constexpr unsigned kRounds = 7;
constexpr Picos kBetween = 20'000;  ///< From the end of an access to the next one's arrival, as over the bus.

struct Access {
  Offset offset = 0;
  std::uint32_t bytes = 0;
  bool write = false;
};

/// Millions of bursts a second, best of the rounds. The bursts come from the controller's own counters.
double measure(const DramDevice& device, const std::vector<Access>& accesses) {
  double best = 0;
  for (unsigned round = 0; round < kRounds; ++round) {
    BankedDramTiming timing(device, {10'000, 10'000, 70, true, {}});
    Picos at = 0;
    const auto begin = std::chrono::steady_clock::now();
    for (const Access& access : accesses) at = timing.access(at, at, access.offset, access.bytes, access.write) + kBetween;
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    const std::vector<Statistic> statistics = timing.statistics(at);
    best = std::max(best, static_cast<double>(statistics[0].value + statistics[1].value) / seconds / 1e6);
  }
  return best;
}

/// Every access in the same row of the same four banks: all but those after a refresh are row hits.
std::vector<Access> row_hits(std::uint32_t bytes, unsigned count) {
  std::vector<Access> all;
  for (unsigned i = 0; i < count; ++i) all.push_back({std::uint64_t{i} * bytes % 32'768, bytes, false});
  return all;
}

std::vector<Access> random_addresses(unsigned count) {
  std::mt19937 random(1);
  std::vector<Access> all;
  for (unsigned i = 0; i < count; ++i) all.push_back({random() % (1u << 28) / 64 * 64, 64, i % 4 == 3});
  return all;
}

/// Frames of 768 x 576 in NV12, written a row at a time, after each second row of luma one of chroma.
std::vector<Access> decoder(unsigned frames) {
  constexpr std::uint32_t kWidth = 768, kHeight = 576;
  std::vector<Access> all;
  for (unsigned frame = 0; frame < frames; ++frame)
    for (std::uint32_t row = 0; row < kHeight; ++row) {
      all.push_back({std::uint64_t{row} * kWidth, kWidth, true});
      if (row % 2 == 0) all.push_back({std::uint64_t{kHeight + row / 2} * kWidth, kWidth, true});
    }
  return all;
}

/// Millions of requests a second that `cycle` schedules, 32 in flight, best of the rounds.
double measure_cycle(const DramDevice& device, const std::vector<Access>& accesses) {
  std::vector<DramTraceRequest> trace;
  for (const Access& access : accesses) trace.push_back({0, access.offset, access.bytes, access.write});
  DramTraceOptions options;
  options.cycle = true;
  options.outstanding = 32;
  double best = 0;
  for (unsigned round = 0; round < kRounds; ++round) {
    const auto begin = std::chrono::steady_clock::now();
    run_dram_trace(trace, device, {}, options);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    best = std::max(best, static_cast<double>(trace.size()) / seconds / 1e6);
  }
  return best;
}

}  // namespace
}  // namespace visoc

int main() {
  using namespace visoc;
  const Result<DramDevice> device = load_dram_device("ddr4_2400");
  if (!device.ok()) {
    std::fprintf(stderr, "dram_bench: the table of ddr4_2400 cannot be read\n");
    return 2;
  }
  std::printf("row_hits_64 %.1f\n", measure(device.value(), row_hits(64, 2'000'000)));
  std::printf("row_hits_4096 %.1f\n", measure(device.value(), row_hits(4'096, 100'000)));
  std::printf("random_64 %.1f\n", measure(device.value(), random_addresses(1'000'000)));
  std::printf("decoder %.1f\n", measure(device.value(), decoder(100)));
  std::printf("cycle_row_hits %.2f\n", measure_cycle(device.value(), row_hits(64, 300'000)));
  std::printf("cycle_random %.2f\n", measure_cycle(device.value(), random_addresses(300'000)));
  return 0;
}
