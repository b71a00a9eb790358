// What the loosely timed controller decides, by hand on DDR4-2400: posted writes, page policies, refresh modes, sleep; and policies that
// are refused. SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

#include "ip/dram_controller/dram_core.h"

using namespace visoc;

namespace {

constexpr Picos kCk = 833;
using Kind = DramCommand::Kind;

DramDevice device(const std::string& name) {
  Result<DramDevice> loaded = load_dram_device(name);
  REQUIRE(loaded.ok());
  return loaded.value();
}

/// Offsets of the ddr4_2400 mapping: burst 6 bits, bank_group 2, column 7, bank 2, row above.
Offset ddr4(std::uint64_t row, unsigned bank = 0, unsigned group = 0, std::uint64_t column = 0) {
  return row << 17 | bank << 15 | column << 8 | group << 6;
}

/// CL 16, CWL 12, burst 4, tRCD 16, tRP 16, tRAS 39, tRC 55, tCCD_L 6, tRTW 2, tRTP 9, tREFI 9364, tRFC 433, tXP 8, tXS 445.
struct Bench {
  std::vector<DramCommand> commands;
  BankedDramTiming timing;

  explicit Bench(const BankedDramOptions& options, const std::string& name = "ddr4_2400") : timing(device(name), options) {
    timing.trace_to(&commands);
  }
  /// Cycles until the access is done for its master.
  Cycles access(Cycles at, Offset offset, bool write, std::uint64_t bytes = 64) {
    const Picos ck = timing.device().timings.tCK_ps;
    const Picos end = timing.access(at * ck, 0, offset, bytes, write);
    CHECK(end % ck == 0);
    return end / ck - at;
  }
  Cycles read(Cycles at, Offset offset) { return access(at, offset, false); }
  Cycles write(Cycles at, Offset offset) { return access(at, offset, true); }
  /// Times of all commands of a kind so far, sorted.
  std::vector<Cycles> times(Kind kind) const {
    std::vector<Cycles> all;
    for (const DramCommand& command : commands)
      if (command.kind == kind) all.push_back(command.at);
    std::sort(all.begin(), all.end());
    return all;
  }
  std::uint64_t statistic(const std::string& name) const {
    for (const Statistic& s : timing.statistics(0))
      if (s.name == name) return s.value;
    FAIL("no statistic " + name);
    return 0;
  }
};

BankedDramOptions posting(unsigned queue, unsigned high, unsigned low) {
  BankedDramOptions options;
  options.posted = true;
  options.policy.write_queue = queue;
  options.policy.write_high = high;
  options.policy.write_low = low;
  return options;
}

/// Row 1 of bank 0 open (RD at 16), and eight writes to it at 30: the eighth starts a batch of five.
struct Drained : Bench {
  Drained() : Bench(posting(8, 8, 3)) {
    CHECK(read(0, ddr4(1)) == 36);
    for (unsigned n = 0; n < 8; ++n) CHECK(write(30, ddr4(1, 0, 0, n)) == 1);
  }
};

}  // namespace

TEST_CASE("a posted write is done in the next cycle and goes to the device later", "[dram][fast]") {
  Bench bench(posting(8, 8, 3));
  CHECK(bench.read(0, ddr4(1)) == 36);
  for (unsigned n = 0; n < 7; ++n) CHECK(bench.write(30, ddr4(1, 0, 0, n)) == 1);
  CHECK(bench.times(Kind::kWrite).empty());
  CHECK(bench.statistic("waiting_bursts") == 7);
  CHECK(bench.statistic("write_bursts") == 7);
}

TEST_CASE("at the high watermark writes go, down to the low one", "[dram][fast]") {
  const Drained bench;
  // Read data end at 36; two idle cycles and CWL 12 say 26, the writes came at 30; then tCCD_L.
  CHECK(bench.times(Kind::kWrite) == std::vector<Cycles>{30, 36, 42, 48, 54});
  CHECK(bench.statistic("waiting_bursts") == 3);
}

TEST_CASE("a full queue takes a write when one has gone, and not a cycle later", "[dram][fast]") {
  // Of the batch the first goes at 30, so one more fits at once: eight are held until the next goes at 36.
  for (const auto& [at, took] : {std::pair<Cycles, Cycles>{30, 7}, {35, 2}, {36, 1}, {37, 1}}) {
    Drained bench;
    CHECK(bench.write(30, ddr4(1, 0, 0, 8)) == 1);
    INFO("at " << at);
    CHECK(bench.write(at, ddr4(1, 0, 0, 9)) == took);
  }
  Drained bench;
  CHECK(bench.write(30, ddr4(1, 0, 0, 8)) == 1);
  CHECK(bench.write(30, ddr4(1, 0, 0, 9)) == 7);
  CHECK(bench.write(30, ddr4(1, 0, 0, 10)) == 13);
}

TEST_CASE("a read of data that wait comes out of the queue, of data that were written from the device", "[dram][fast]") {
  Bench bench(posting(8, 8, 3));
  CHECK(bench.read(0, ddr4(1)) == 36);
  CHECK(bench.write(30, ddr4(1, 0, 0, 5)) == 1);
  CHECK(bench.read(30, ddr4(1, 0, 0, 5)) == 1);
  CHECK(bench.statistic("forwarded_bursts") == 1);
  CHECK(bench.read(30, ddr4(1, 0, 0, 6)) == 20);  // Another column: RD at 30.
  CHECK(bench.statistic("forwarded_bursts") == 1);
  // Nothing is read after that, so the write goes at 31 or later; the read at 200 finds its data in the device.
  CHECK(bench.read(200, ddr4(1, 0, 0, 5)) == 20);
  CHECK(bench.statistic("forwarded_bursts") == 1);
  CHECK(bench.statistic("waiting_bursts") == 0);
  // The bus turns: RD at 30 has its data until 50, two idle cycles, less CWL.
  CHECK(bench.times(Kind::kWrite) == std::vector<Cycles>{30 + 16 + 4 + 2 - 12});
}

TEST_CASE("writes go while nothing is read", "[dram][fast]") {
  Bench bench(posting(8, 8, 3));
  CHECK(bench.read(0, ddr4(1)) == 36);
  for (unsigned n = 0; n < 3; ++n) CHECK(bench.write(30, ddr4(1, 0, 0, n)) == 1);
  CHECK(bench.read(500, ddr4(1)) == 20);
  CHECK(bench.times(Kind::kWrite) == std::vector<Cycles>{30, 36, 42});
}

TEST_CASE("an access of more than half a batch goes at once", "[dram][fast]") {
  Bench bench(posting(32, 24, 8));  // Batches of 16, so from eight bursts on.
  bench.access(0, ddr4(1), true, 7 * 64);
  CHECK(bench.times(Kind::kWrite).empty());
  bench.access(0, ddr4(2), true, 8 * 64);
  CHECK(bench.times(Kind::kWrite).size() == 8);
  CHECK(bench.statistic("waiting_bursts") == 7);
}

TEST_CASE("finish writes what waits and says when the last data have moved", "[dram][fast]") {
  Bench bench(posting(8, 8, 3));
  CHECK(bench.timing.finish() == 0);
  CHECK(bench.read(0, ddr4(1)) == 36);
  CHECK(bench.timing.finish() == 36 * kCk);
  for (unsigned n = 0; n < 3; ++n) CHECK(bench.write(30, ddr4(1, 0, 0, n)) == 1);
  CHECK(bench.timing.finish() == (42 + 12 + 4) * kCk);
  CHECK(bench.times(Kind::kWrite) == std::vector<Cycles>{30, 36, 42});
  CHECK(bench.statistic("waiting_bursts") == 0);
  CHECK(bench.timing.finish() == (42 + 12 + 4) * kCk);
}

TEST_CASE("a controller saved with writes waiting goes on alike", "[dram][fast]") {
  for (const char* name : {"ddr4_2400", "lpddr4_3200", "hbm2"}) {
    INFO(name);
    BankedDramOptions options = posting(16, 12, 4);
    options.policy.power_down_after = 200;
    options.policy.self_refresh_after = 2'000;
    Bench first(options, name), second(options, name);
    Cycles at = 0;
    const auto go = [&](Bench& bench, unsigned seed) {
      std::mt19937 numbers(seed);
      std::vector<Cycles> answers;
      Cycles time = at;
      for (unsigned i = 0; i < 400; ++i) {
        time += numbers() % (i % 50 == 0 ? 5'000 : 20);
        answers.push_back(bench.access(time, numbers() % (1u << 22) / 64 * 64, numbers() % 2 == 0));
      }
      return answers;
    };
    go(first, 1);
    at = 200'000;
    REQUIRE(first.statistic("waiting_bursts") != 0);
    StateWriter out;
    first.timing.save(out);
    StateReader in{ConstBytes(out.data())};
    second.timing.load(in);
    REQUIRE(in.ok());
    CHECK(go(second, 2) == go(first, 2));
    CHECK(second.timing.finish() == first.timing.finish());
    const Picos end = 1'000'000 * kCk;
    const std::vector<Statistic> a = first.timing.statistics(end), b = second.timing.statistics(end);
    for (std::size_t i = 0; i < a.size(); ++i) CHECK(a[i].value == b[i].value);
    const std::vector<EnergyEvent> x = first.timing.energy_events(end), y = second.timing.energy_events(end);
    REQUIRE(x.size() == y.size());
    for (std::size_t i = 0; i < x.size(); ++i) CHECK(x[i].count == y[i].count);
  }
}

TEST_CASE("closed pages: a row is closed as soon as its timings let it", "[dram][fast]") {
  BankedDramOptions options;
  options.policy.page = DramPagePolicy::kClosed;
  // RD at 16; tRTP would allow PRE at 25, tRAS does at 39. A request that is there in that cycle is still a hit.
  for (const auto& [at, took] : {std::pair<Cycles, Cycles>{39, 20}, {40, 15 + 36}, {54, 1 + 36}, {55, 36}, {500, 36}}) {
    INFO("at " << at);
    Bench bench(options);
    CHECK(bench.read(0, ddr4(1)) == 36);
    CHECK(bench.read(at, ddr4(1)) == took);
  }
}

TEST_CASE("adaptive pages: a row is closed when nothing has hit it for the timeout", "[dram][fast]") {
  BankedDramOptions options;
  options.policy.page = DramPagePolicy::kAdaptive;
  options.policy.page_timeout = 100;
  for (const auto& [at, took] : {std::pair<Cycles, Cycles>{116, 20}, {117, 15 + 36}, {131, 1 + 36}, {132, 36}}) {
    INFO("at " << at);
    Bench bench(options);
    CHECK(bench.read(0, ddr4(1)) == 36);  // RD at 16, so the row is closed at 116.
    CHECK(bench.read(at, ddr4(1)) == took);
  }
  Bench bench(options);
  CHECK(bench.read(0, ddr4(1)) == 36);
  CHECK(bench.read(100, ddr4(1)) == 20);  // RD at 100.
  CHECK(bench.read(199, ddr4(1)) == 20);
  CHECK(bench.read(300, ddr4(1)) == 15 + 36);
}

TEST_CASE("without refresh a row stays open for ever", "[dram][fast]") {
  BankedDramOptions options;
  options.policy.refresh = DramRefreshMode::kNone;
  Bench bench(options);
  CHECK(bench.read(0, ddr4(1)) == 36);
  CHECK(bench.read(9'364 * 5 + 10, ddr4(1)) == 20);
  CHECK(bench.timing.refreshes(Picos{1'000'000} * kCk) == 0);
  CHECK(bench.timing.activity(0, Picos{1'000'000} * kCk).refreshes == 0);
}

TEST_CASE("per-bank refresh holds one bank at a time", "[dram][fast]") {
  // LPDDR4: tREFI 6246, eight banks: one each 780 cycles, bank 0 first; tRFCpb 224; RL 34, burst 8, tRCD 29: a miss takes 71.
  BankedDramOptions options;
  options.policy.refresh = DramRefreshMode::kPerBank;
  const auto miss_at = [&](Cycles at, unsigned bank) {
    Bench bench(options, "lpddr4_3200");
    return bench.read(at, Offset{bank} << 12);  // Bursts of 64 bytes, column 6 bits, then the bank.
  };
  CHECK(miss_at(780, 0) == 224 + 71);
  CHECK(miss_at(780 + 223, 0) == 1 + 71);
  CHECK(miss_at(780 + 224, 0) == 71);
  CHECK(miss_at(780, 1) == 71);
  CHECK(miss_at(2 * 780, 0) == 71);
  CHECK(miss_at(2 * 780, 1) == 224 + 71);
  CHECK(miss_at(8 * 780, 7) == 224 + 71);
  CHECK(miss_at(6'246 + 780, 0) == 224 + 71);
  Bench bench(options, "lpddr4_3200");
  CHECK(bench.timing.activity(0, Picos{6'246} * 625).bank_refreshes == 8);
  CHECK(bench.timing.activity(0, Picos{6'246} * 625).refreshes == 0);
}

TEST_CASE("a rank that was idle for longer than the bound answers tXP or tXS later", "[dram][fast]") {
  const auto second = [](Cycles down, Cycles deep, Cycles idle) {
    BankedDramOptions options;
    options.policy.power_down_after = down;
    options.policy.self_refresh_after = deep;
    Bench bench(options);
    CHECK(bench.read(0, ddr4(1)) == 36);  // Data until 36.
    return bench.read(36 + idle, ddr4(1));
  };
  CHECK(second(100, 0, 100) == 20);
  CHECK(second(100, 0, 101) == 8 + 20);
  CHECK(second(0, 1'000, 1'000) == 20);
  CHECK(second(0, 1'000, 1'001) >= 445 + 20);
  CHECK(second(100, 1'000, 1'000) == 8 + 20);
  CHECK(second(100, 1'000, 1'001) >= 445 + 20);
  CHECK(second(0, 0, 5'000) == 20);
}

TEST_CASE("posted writes keep a rank awake as reads do", "[dram][fast]") {
  BankedDramOptions options = posting(32, 24, 8);
  options.policy.power_down_after = 100;
  options.policy.refresh = DramRefreshMode::kNone;
  Bench bench(options);
  for (unsigned n = 0; n < 1'000; ++n) bench.write(60 * n, ddr4(1, 0, 0, n % 128));
  const DramStateTimes times = bench.timing.activity(0, 60'000 * kCk).times;
  CHECK(times.active_down + times.precharged_down == 0);
}

TEST_CASE("a posted write is taken at once by a rank that sleeps, which is busy until it is written", "[dram][fast]") {
  BankedDramOptions options = posting(32, 24, 8);
  options.policy.power_down_after = 100;
  Bench bench(options);
  CHECK(bench.read(0, ddr4(1)) == 36);
  CHECK(bench.write(1'000, ddr4(1, 0, 0, 1)) == 1);  // WR at 1008, data until 1024.
  CHECK(bench.read(1'124, ddr4(1)) == 20);
  CHECK(bench.times(Kind::kWrite) == std::vector<Cycles>{1'008});
  CHECK(bench.read(1'144 + 101, ddr4(1)) == 8 + 20);
}

TEST_CASE("a policy that cannot be is refused by name", "[dram][bad-input][fast]") {
  const DramDevice ddr4 = device("ddr4_2400"), lpddr4 = device("lpddr4_3200");
  const auto wrong = [&](const DramDevice& on, const auto& change) {
    DramPolicy policy;
    change(policy);
    std::vector<std::string> names;
    for (const Problem& problem : check_dram_policy(policy, on)) names.push_back(problem.where);
    return names;
  };
  using Names = std::vector<std::string>;
  CHECK(wrong(ddr4, [](DramPolicy&) {}).empty());
  CHECK(wrong(ddr4, [](DramPolicy& p) { p.read_queue = 0; }) == Names{"read_queue"});
  CHECK(wrong(ddr4, [](DramPolicy& p) { p.read_queue = 4'096; }).empty());
  CHECK(wrong(ddr4, [](DramPolicy& p) { p.read_queue = 4'097; }) == Names{"read_queue"});
  CHECK(wrong(ddr4, [](DramPolicy& p) { p.write_queue = 4'097; }) == Names{"write_queue"});
  CHECK(wrong(ddr4, [](DramPolicy& p) { p.write_queue = 0; }) == Names{"write_queue", "write_high"});
  CHECK(wrong(ddr4, [](DramPolicy& p) { p.write_high = 33; }) == Names{"write_high"});
  CHECK(wrong(ddr4, [](DramPolicy& p) { p.write_high = 32; }).empty());
  CHECK(wrong(ddr4, [](DramPolicy& p) { p.write_high = 0; }) == Names{"write_high", "write_low"});
  CHECK(wrong(ddr4, [](DramPolicy& p) { p.write_low = 24; }) == Names{"write_low"});
  CHECK(wrong(ddr4, [](DramPolicy& p) { p.write_low = 23; }).empty());
  CHECK(wrong(ddr4, [](DramPolicy& p) { p.refresh_postpone = 9; }) == Names{"refresh_postpone"});
  CHECK(wrong(ddr4, [](DramPolicy& p) { p.refresh_postpone = 8; }).empty());
  CHECK(wrong(ddr4, [](DramPolicy& p) { p.refresh = DramRefreshMode::kPerBank; }) == Names{"refresh"});
  CHECK(wrong(lpddr4, [](DramPolicy& p) { p.refresh = DramRefreshMode::kPerBank; }).empty());
}
