// Row hit, miss, conflict and refresh by hand from the DDR4-2400 table; then every constraint between any two commands of random,
// out-of-order traffic, by a checker that shares no code with the scheduler.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

#include "ip/dram_controller/dram_core.h"

using namespace visoc;

namespace {

constexpr Picos kCk = 833;  // tCK of the table, in ps.

DramDevice device(const std::string& name) {
  Result<DramDevice> loaded = load_dram_device(name);
  for (const Problem& problem : loaded.problems()) UNSCOPED_INFO(problem.text());
  REQUIRE(loaded.ok());
  return loaded.value();
}

/// Offsets of the ddr4_2400 mapping: burst 6 bits, bank_group 2, column 7, bank 2, row above.
Offset ddr4(std::uint64_t row, unsigned bank, unsigned group, std::uint64_t column = 0) {
  return row << 17 | bank << 15 | column << 8 | group << 6;
}

struct Bench {
  BankedDramTiming timing;
  explicit Bench(const std::string& name = "ddr4_2400") : timing(device(name), {}) {}
  /// One 64-byte access at cycle `at`; cycles until its last data.
  Cycles read(Cycles at, Offset offset) { return access(at, offset, false); }
  Cycles write(Cycles at, Offset offset) { return access(at, offset, true); }
  Cycles access(Cycles at, Offset offset, bool is_write) {
    const Picos end = timing.access(at * kCk, 0, offset, 64, is_write);
    CHECK(end % kCk == 0);
    return end / kCk - at;
  }
  std::uint64_t statistic(const std::string& name) {
    for (const Statistic& s : timing.statistics(0))
      if (s.name == name) return s.value;
    FAIL("no statistic " + name);
    return 0;
  }
};

/// All constraints of DramTimings between any two commands. Times of precharges are not traced: a row has to be ready to be
/// closed tRP before the next activation of its bank.
class Checker {
 public:
  explicit Checker(const DramDevice& device) : device_(device), t_(device.timings) {}

  void check(std::vector<DramCommand> trace) {
    using Kind = DramCommand::Kind;
    std::stable_sort(trace.begin(), trace.end(), [](const DramCommand& a, const DramCommand& b) { return a.at < b.at; });
    for (std::size_t i = 0; i < trace.size(); ++i) {
      const DramCommand& late = trace[i];
      const bool late_act = late.kind == Kind::kActivate;
      Cycles in_refresh = late.at % t_.tREFI;
      if (late.at >= t_.tREFI && in_refresh < t_.tRFC) fail("command within a refresh", late, late);
      unsigned window = 0;
      const DramCommand* opened = nullptr;
      for (std::size_t k = i; k-- > 0;) {
        const DramCommand& early = trace[k];
        if (early.at + 2 * (t_.tRC + t_.tFAW) < late.at && (opened != nullptr || late_act)) break;
        const Cycles apart = late.at - early.at;
        const bool early_act = early.kind == Kind::kActivate;
        const bool same_group = early.group == late.group, same_bank = early.bank == late.bank;
        if (early_act && late_act) {
          if (apart < (same_group ? t_.tRRD_L : t_.tRRD_S)) fail("tRRD", early, late);
          if (++window == 4 && apart < t_.tFAW) fail("tFAW", early, late);
          if (same_bank && apart < t_.tRC) fail("tRC", early, late);
          if (same_bank && apart < t_.tRAS + t_.tRP) fail("tRAS + tRP", early, late);
        }
        if (!early_act && !late_act) {
          const bool w0 = early.kind == Kind::kWrite, w1 = late.kind == Kind::kWrite;
          if (w0 == w1 && apart < (same_group ? t_.tCCD_L : t_.tCCD_S)) fail("tCCD", early, late);
          if (w0 && !w1 && apart < t_.tCWL + t_.tBL + (same_group ? t_.tWTR_L : t_.tWTR_S)) fail("tWTR", early, late);
          if (!w0 && w1 && late.at + t_.tCWL < early.at + t_.tCL + t_.tBL + t_.tRTW) fail("read to write", early, late);
        }
        if (!early_act && late_act && same_bank) {
          const Cycles close = early.kind == Kind::kWrite ? t_.tCWL + t_.tBL + t_.tWR : t_.tRTP;
          if (apart < close + t_.tRP) fail("row closed too early", early, late);
        }
        if (early_act && !late_act && same_bank && opened == nullptr) {
          opened = &early;
          if (early.row != late.row) fail("column command to a row that is not open", early, late);
          if (apart < t_.tRCD) fail("tRCD", early, late);
          if (early.at / t_.tREFI != late.at / t_.tREFI) fail("row open over a refresh", early, late);
        }
      }
      if (!late_act && opened == nullptr) fail("column command without activation", late, late);
    }
  }

 private:
  void fail(const char* what, const DramCommand& a, const DramCommand& b) {
    FAIL(what << ": bank " << a.bank << " row " << a.row << " at " << a.at << " kind " << int(a.kind) << " -> bank " << b.bank << " row "
              << b.row << " at " << b.at << " kind " << int(b.kind));
  }
  const DramDevice& device_;
  const DramTimings& t_;
};

}  // namespace

TEST_CASE("DDR4-2400: latencies of row miss, hit and conflict are exact to the cycle", "[dram][fast]") {
  Bench bench;
  // Closed bank: tRCD 16 + CL 16 + 4 data cycles.
  CHECK(bench.read(1'000, ddr4(5, 0, 0)) == 36);
  // Open row: CL 16 + 4.
  CHECK(bench.read(2'000, ddr4(5, 0, 0, 3)) == 20);
  CHECK(bench.write(3'000, ddr4(5, 0, 0, 4)) == 12 + 4);
  // Another row: tRP 16 + tRCD 16 + CL 16 + 4.
  CHECK(bench.read(4'000, ddr4(6, 0, 0)) == 52);
  // Another bank is still closed.
  CHECK(bench.write(5'000, ddr4(6, 1, 0)) == 16 + 12 + 4);
  CHECK(bench.statistic("row_misses") == 2);
  CHECK(bench.statistic("row_hits") == 2);
  CHECK(bench.statistic("row_conflicts") == 1);
  CHECK(bench.statistic("bank00_row_hits") == 2);
  CHECK(bench.statistic("bank01_row_misses") == 1);  // Bank 1 of group 0.
}

TEST_CASE("a conflict waits for tRAS, read-to-precharge and write recovery, and not a cycle longer", "[dram][fast]") {
  SECTION("tRAS: ACT at 1000, so PRE at 1039 at the earliest") {
    Bench bench;
    bench.read(1'000, ddr4(1, 0, 0));
    CHECK(bench.read(1'020, ddr4(2, 0, 0)) == 19 + 52);  // PRE at 1039.
  }
  SECTION("one cycle before and at the edge") {
    Bench before, at;
    before.read(1'000, ddr4(1, 0, 0));
    at.read(1'000, ddr4(1, 0, 0));
    CHECK(before.read(1'038, ddr4(2, 0, 0)) == 1 + 52);
    CHECK(at.read(1'039, ddr4(2, 0, 0)) == 52);
  }
  SECTION("read to precharge: RD at 2000, PRE at 2009") {
    Bench bench;
    bench.read(1'000, ddr4(1, 0, 0));
    bench.read(2'000, ddr4(1, 0, 0));
    CHECK(bench.read(2'008, ddr4(2, 0, 0)) == 1 + 52);
  }
  SECTION("write recovery: WR at 2000, data until 2016, PRE at 2034") {
    Bench bench;
    bench.read(1'000, ddr4(1, 0, 0));
    bench.write(2'000, ddr4(1, 0, 0));
    CHECK(bench.read(2'033, ddr4(2, 0, 0)) == 1 + 52);
  }
}

TEST_CASE("column commands keep tCCD, the bus turns with tWTR and two idle cycles", "[dram][fast]") {
  Bench bench;
  for (unsigned group = 0; group < 2; ++group) bench.read(1'000 + 100 * group, ddr4(1, 0, group));
  SECTION("same bank group: 6 cycles apart") {
    CHECK(bench.read(2'000, ddr4(1, 0, 0, 1)) == 20);
    CHECK(bench.read(2'000, ddr4(1, 0, 0, 2)) == 26);
  }
  SECTION("another bank group: 4 cycles apart") {
    CHECK(bench.read(2'000, ddr4(1, 0, 0, 1)) == 20);
    CHECK(bench.read(2'000, ddr4(1, 0, 1, 2)) == 24);
  }
  SECTION("write to read: CWL 12 + 4 + tWTR, then CL 16 + 4") {
    CHECK(bench.write(2'000, ddr4(1, 0, 0, 1)) == 16);
    CHECK(bench.read(2'000, ddr4(1, 0, 1, 2)) == 16 + 3 + 20);
    CHECK(bench.write(3'000, ddr4(1, 0, 0, 1)) == 16);
    CHECK(bench.read(3'000, ddr4(1, 0, 0, 2)) == 16 + 9 + 20);
  }
  SECTION("read to write: two idle cycles on the data bus") {
    CHECK(bench.read(2'000, ddr4(1, 0, 0, 1)) == 20);
    CHECK(bench.write(2'000, ddr4(1, 0, 1, 2)) == 20 + 2 + 4);
  }
}

TEST_CASE("activations keep tRRD and tFAW", "[dram][fast]") {
  Bench bench;
  // Four groups, then the first group's next bank: ACT at 0, 4, 8, 12, and the fifth at tFAW 26. All are row misses: 36 cycles.
  CHECK(bench.read(1'000, ddr4(1, 0, 0)) == 36);
  CHECK(bench.read(1'000, ddr4(1, 0, 1)) == 36 + 4);
  CHECK(bench.read(1'000, ddr4(1, 0, 2)) == 36 + 8);
  CHECK(bench.read(1'000, ddr4(1, 0, 3)) == 36 + 12);
  CHECK(bench.read(1'000, ddr4(1, 1, 0)) == 36 + 26);
  Bench same_group;
  CHECK(same_group.read(1'000, ddr4(1, 0, 0)) == 36);
  CHECK(same_group.read(1'000, ddr4(1, 1, 0)) == 36 + 6);
}

TEST_CASE("a refresh closes every row and holds what comes meanwhile", "[dram][fast]") {
  Bench bench;  // tREFI 9364, tRFC 433.
  bench.read(9'000, ddr4(1, 0, 0));
  // RD + tRTP 9 + tRPab 16 = 9364 at the latest.
  CHECK(bench.read(9'339, ddr4(1, 0, 0)) == 20);
  CHECK(bench.read(9'364, ddr4(1, 0, 0, 1)) == 433 + 36);  // In it: wait, then a closed bank.
  CHECK(bench.read(9'364 + 433 + 500, ddr4(1, 0, 0, 2)) == 20);
  CHECK(bench.read(2 * 9'364 + 433, ddr4(1, 0, 0, 2)) == 36);  // The first cycle after the second one.
  CHECK(bench.timing.refreshes(9'364 * kCk - 1) == 0);
  CHECK(bench.timing.refreshes(9'364 * kCk) == 1);
}

TEST_CASE("LPDDR4-3200: latencies by hand", "[dram][fast]") {
  BankedDramTiming timing(device("lpddr4_3200"), {});
  const auto read = [&](Cycles at, Offset offset) { return timing.access(at * 625, 0, offset, 64, false) / 625 - at; };
  // Mapping: burst 6 bits, column 6, bank 3, row. RL 28 + tDQSCK 6, 8 data cycles, tRCD 29, tRP 29.
  CHECK(read(1'000, 0) == 29 + 34 + 8);
  CHECK(read(2'000, 64) == 34 + 8);
  CHECK(read(3'000, 1u << 15) == 29 + 29 + 34 + 8);
}

TEST_CASE("frontend and backend are added, and a request between two clock edges waits for the next", "[dram][fast]") {
  BankedDramTiming timing(device("ddr4_2400"), {10'000, 5'000, 100});
  CHECK(timing.access(0, 0, 0, 64, false) == (13 + 36) * kCk + 5'000);  // 10 ns: edge 13 (10829 ps).
  CHECK(timing.average_latency(false) == 15'000 + 20 * kCk);
}

TEST_CASE("an access is split into aligned column bursts", "[dram][fast]") {
  Bench bench;
  bench.timing.access(0, 0, 63, 2, false);
  CHECK(bench.statistic("read_bursts") == 2);
  bench.timing.access(0, 0, 0, 4096, true);
  CHECK(bench.statistic("write_bursts") == 64);
  const DramPlace place = bench.timing.place_of(ddr4(77, 2, 3, 99) + 5);
  CHECK(place.row == 77);
  CHECK(place.bank == 2);
  CHECK(place.group == 3);
  CHECK(place.column == 99);
}

TEST_CASE("every burst of a long access goes to the channel, rank, bank and row of its address, whatever the mapping", "[dram][fast]") {
  using F = DramField;
  DramDevice split = device("ddr4_2400");
  split.channels = split.ranks = 2;
  split.mapping = {{F::kColumn, 1}, {F::kChannel, 1}, {F::kBankGroup, 1}, {F::kColumn, 3}, {F::kBank, 1},
                   {F::kRank, 1},   {F::kColumn, 3},  {F::kBankGroup, 1}, {F::kBank, 1}};
  for (const DramDevice& each : {device("ddr4_2400"), device("lpddr4_3200"), split}) {
    BankedDramTiming timing(each, {});
    std::vector<DramCommand> trace;
    timing.trace_to(&trace);
    std::mt19937 random(3);
    Picos at = 0;
    for (unsigned i = 0; i < 200; ++i) {
      trace.clear();
      const Offset first = random() % (1u << 24) / each.burst_bytes * each.burst_bytes;
      const std::uint64_t bursts = 1 + random() % 150;
      at = timing.access(at, at, first, bursts * each.burst_bytes, i % 2 == 0);
      std::uint64_t placed = 0;
      for (const DramCommand& command : trace) {
        if (command.kind == DramCommand::Kind::kActivate) continue;
        const DramPlace place = timing.place_of(first + placed++ * each.burst_bytes);
        REQUIRE(command.channel == place.channel);
        REQUIRE(command.rank == place.rank);
        REQUIRE(command.group == place.group);
        REQUIRE(command.bank == place.group * each.banks_per_group + place.bank);
        REQUIRE(command.row == place.row);
      }
      REQUIRE(placed == bursts);
    }
  }
}

TEST_CASE("a long access takes as long as its bursts one by one, and leaves the same behind", "[dram][fast]") {
  std::uint64_t hits = 0;
  for (const char* name : {"ddr4_2400", "lpddr4_3200"}) {
    for (unsigned seed = 0; seed < 30; ++seed) {
      std::mt19937 random(seed);
      Bench whole(name), single(name);
      std::vector<DramCommand> whole_trace, single_trace;
      whole.timing.trace_to(&whole_trace);
      single.timing.trace_to(&single_trace);
      const Picos tCK = whole.timing.device().timings.tCK_ps;
      const std::uint64_t burst = whole.timing.device().burst_bytes;
      const unsigned rows = 1 + seed % 3, ahead = seed % 2 == 0 ? 1 : 500;
      Picos at = 0;
      for (unsigned i = 0; i < 300; ++i) {
        const Offset offset = (random() % rows << 17) + random() % (1u << 15) / burst * burst;
        const std::uint64_t bursts = 1 + random() % 130;
        const bool write = random() % 4 == 0;
        const Picos arrives = at + random() % ahead * tCK;
        Picos ends = 0;
        for (std::uint64_t k = 0; k < bursts; ++k) ends = std::max(ends, single.timing.access(arrives, 0, offset + k * burst, 1, write));
        REQUIRE(whole.timing.access(arrives, 0, offset, bursts * burst, write) == ends);
        if (ahead == 1 || i % 4 == 0) at = ends;
      }
      StateWriter after_whole, after_single;
      whole.timing.save(after_whole);
      single.timing.save(after_single);
      CHECK(after_whole.data() == after_single.data());
      REQUIRE(whole_trace.size() == single_trace.size());
      for (std::size_t i = 0; i < whole_trace.size(); ++i) {
        REQUIRE(whole_trace[i].at == single_trace[i].at);
        REQUIRE(whole_trace[i].kind == single_trace[i].kind);
        REQUIRE(whole_trace[i].bank == single_trace[i].bank);
      }
      hits += whole.statistic("row_hits");
    }
  }
  CHECK(hits > 500'000);
}

TEST_CASE("a stream of open rows runs at the full width of the data bus", "[dram][fast]") {
  Bench bench;
  bench.timing.access(0, 0, 0, 4096, false);
  const Picos begin = 1'000 * kCk;
  // 64 bursts of 4 cycles, bank groups interleaved, after CL.
  CHECK(bench.timing.access(begin, 0, 0, 4096, false) == begin + (16 + 64 * 4) * kCk);
}

TEST_CASE("a request for an earlier time is not held up by one that ran ahead", "[dram][fast]") {
  Bench bench;
  bench.read(100, ddr4(1, 0, 0));
  CHECK(bench.read(5'000, ddr4(1, 0, 0, 1)) == 20);  // Ran ahead: promised a hit.
  CHECK(bench.read(1'000, ddr4(2, 0, 0)) == 52);     // Another row in between: a conflict, at once.
  CHECK(bench.read(1'100, ddr4(2, 0, 0, 1)) == 20);
  CHECK(bench.statistic("rows_reopened") == 1);  // Row 1 was opened again for the promised hit.
  CHECK(bench.read(5'100, ddr4(1, 0, 0, 2)) == 20);
  CHECK(bench.read(4'990, ddr4(3, 0, 0)) > 52);  // No room before the promised hit: after it.
}

TEST_CASE("random traffic, in order and out of order, breaks no constraint", "[dram][fast]") {
  for (const char* name : {"ddr4_2400", "lpddr4_3200"}) {
    for (unsigned seed = 0; seed < 24; ++seed) {
      std::mt19937 random(seed);
      Bench bench(name);
      std::vector<DramCommand> trace;
      bench.timing.trace_to(&trace);
      const Picos tCK = bench.timing.device().timings.tCK_ps;
      const unsigned spread = seed % 4 == 0 ? 1 : seed % 4 == 1 ? 400 : 12'000;
      const unsigned pace = seed % 3 == 0 ? 3 : 60;
      Cycles oldest = 0;
      for (unsigned i = 0; i < 1'500; ++i) {
        oldest += random() % pace;
        const Cycles at = oldest + random() % spread;
        const std::uint64_t row = random() % 3;
        const Offset offset = row << 17 | (random() % (1u << 17)) / 64 * 64;
        const std::uint64_t bytes = random() % 8 == 0 ? 1 + random() % 1024 : 64;
        const Picos end = bench.timing.access(at * tCK, oldest * tCK, offset, bytes, random() % 3 == 0);
        REQUIRE(end > at * tCK);
      }
      INFO(name << " seed " << seed);
      Checker(bench.timing.device()).check(trace);
      CHECK(trace.size() > 1'500);
    }
  }
}

TEST_CASE("saved between two accesses, a fresh controller goes on alike", "[dram][fast]") {
  std::mt19937 random(7);
  Bench one, other;
  for (unsigned i = 0; i < 500; ++i) one.access(random() % 20'000, random() % (1u << 20) / 64 * 64, random() % 2);
  StateWriter out;
  one.timing.save(out);
  StateReader in{ConstBytes(out.data())};
  other.timing.load(in);
  REQUIRE(in.ok());
  CHECK(in.at_end());
  for (unsigned i = 0; i < 500; ++i) {
    const Cycles at = random() % 30'000;
    const Offset offset = random() % (1u << 20) / 64 * 64;
    REQUIRE(one.read(at, offset) == other.read(at, offset));
  }
  StateReader cut{ConstBytes(out.data().data(), out.data().size() / 2)};
  other.timing.load(cut);
  CHECK(other.read(0, 0) == 36);  // As new.
}

TEST_CASE("nothing grows without end while time stands still", "[dram][fast]") {
  Bench bench;
  for (Cycles i = 0; i < 100'000; ++i) bench.timing.access(i * 40 * kCk, 0, (i * 64) % (1u << 22), 64, i % 2);
  StateWriter out;
  bench.timing.save(out);
  CHECK(out.data().size() < 2'000'000);
}

TEST_CASE("fixed timing: latency plus bytes over bandwidth, in the first gap", "[dram][fast]") {
  FixedDramTiming timing(50'000, 16'000);  // 16 GB/s: 62.5 ps a byte.
  CHECK(timing.access(0, 0, 0, 64, false) == 50'000 + 4'000);
  CHECK(timing.access(0, 0, 0, 64, true) == 4'000 + 50'000 + 4'000);
  CHECK(timing.access(1'000'000, 0, 0, 64, true) == 1'000'000 + 54'000);
  CHECK(timing.access(100'000, 0, 0, 64, true) == 100'000 + 54'000);
  CHECK(timing.average_latency(false) == 50'000 + 500);
}
