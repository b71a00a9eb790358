// Sparse bytes, and device tables with something wrong in them.
// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "ip/dram_controller/dram_device.h"
#include "ip/dram_controller/storage.h"

using namespace visoc;

namespace {

/// Of this process, from /proc/self/statm.
std::uint64_t resident_kib() {
  std::ifstream file("/proc/self/statm");
  std::uint64_t all = 0, resident = 0;
  file >> all >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) / 1024;
}

}  // namespace

TEST_CASE("storage keeps only pages that are not zero, whatever the size", "[dram][fast]") {
  constexpr std::uint64_t kSize = (std::uint64_t{4} << 30) + 5;
  Storage storage(kSize);
  REQUIRE(storage.data() != nullptr);
  CHECK(storage.size() == kSize);
  storage.data()[0] = 1;
  storage.data()[kSize - 1] = 2;
  storage.data()[1 << 20] = 3;
  storage.data()[1 << 20] = 0;  // Touched, but zero again.
  StateWriter out;
  storage.save(out);
  CHECK(out.data().size() == 8 + 2 * (8 + 4096) + 8);

  Storage other(kSize);
  other.data()[4096] = 9;
  StateReader in{ConstBytes(out.data())};
  REQUIRE(other.load(in));
  CHECK(other.data()[0] == 1);
  CHECK(other.data()[4096] == 0);
  CHECK(other.data()[kSize - 1] == 2);
}

TEST_CASE("64 GiB take what was written to and hardly more", "[dram][fast]") {
  const std::uint64_t before = resident_kib();
  Storage storage(std::uint64_t{64} << 30);
  REQUIRE(storage.data() != nullptr);
  constexpr std::uint64_t kPages = 4'096, kApart = (std::uint64_t{64} << 30) / kPages;
  for (std::uint64_t page = 0; page < kPages; ++page) storage.data()[page * kApart + page] = 1;
  std::uint64_t sum = 0;
  for (std::uint64_t page = 0; page < kPages; ++page) sum += storage.data()[page * kApart + kApart / 2];  // Reading takes nothing.
  CHECK(sum == 0);
  const std::uint64_t grown = resident_kib() - before, written = kPages * Storage::kPageBytes / 1024;
  CHECK(grown >= written);
  CHECK(grown <= written + written / 10);
}

TEST_CASE("storage refuses a state of another size or a damaged one and is zero then", "[dram][fast][bad-input]") {
  Storage storage(8192), larger(12288);
  storage.data()[5] = 1;
  StateWriter out;
  storage.save(out);
  StateReader in{ConstBytes(out.data())};
  larger.data()[7] = 1;
  CHECK_FALSE(larger.load(in));
  CHECK(larger.data()[7] == 0);
  StateReader cut{ConstBytes(out.data().data(), out.data().size() - 9)};
  CHECK_FALSE(storage.load(cut));
  CHECK(storage.data()[5] == 0);
}

namespace {

std::string problems_of(const std::string& text) {
  const Result<DramDevice> device = parse_dram_device(text, "x.json");
  std::string all;
  for (const Problem& problem : device.problems()) all += problem.text() + "\n";
  return all;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

const char* kGood = R"({"name": "x", "doc": "test",
 "geometry": {"channels": {"value": 1, "source": "t"}, "ranks": {"value": 1, "source": "t"}, "bank_groups": {"value": 2, "source": "t"},
  "banks_per_group": {"value": 2, "source": "t"}, "data_bits": {"value": 64, "source": "t"}, "burst_length": {"value": 8, "source": "t"},
  "columns": {"value": 64, "source": "t"}},
 "timing": {"tCK_ps": {"value": 1000, "source": "t"}, "tCL": {"value": 5, "source": "t"}, "tCWL": {"value": 4, "source": "t"},
  "tRCD": {"value": 5, "source": "t"}, "tRP": {"value": 5, "source": "t"}, "tRAS": {"value": 12, "source": "t"}, "tRC": {"value": 17, "source": "t"},
  "tCCD_S": {"value": 4, "source": "t"}, "tCCD_L": {"value": 5, "source": "t"}, "tRRD_S": {"value": 4, "source": "t"},
  "tRRD_L": {"value": 5, "source": "t"}, "tFAW": {"value": 20, "source": "t"}, "tWTR_S": {"value": 2, "source": "t"},
  "tWTR_L": {"value": 4, "source": "t"}, "tRTW": {"value": 2, "source": "t"}, "tRTP": {"value": 4, "source": "t"}, "tWR": {"value": 6, "source": "t"},
  "tREFI": {"value": 4000, "source": "t"}, "tRFC": {"value": 100, "source": "t"}},
 "mapping": ["column:3", "bank_group:1", "bank:1"]})";

}  // namespace

TEST_CASE("a device table is checked, with the place of every problem", "[dram][fast][bad-input]") {
  CHECK(problems_of(kGood).empty());
  CHECK(problems_of("") == "x.json: is not a JSON object\n");
  CHECK_THAT(problems_of(replaced(kGood, "\"tRCD\"", "\"tRDC\"")), Catch::Contains("/timing/tRCD") && Catch::Contains("/timing/tRDC"));
  CHECK_THAT(problems_of(replaced(kGood, "\"value\": 17, \"source\": \"t\"", "\"value\": 17")),
             Catch::Contains("/timing/tRC: has no \"source\""));
  CHECK_THAT(problems_of(replaced(kGood, "\"value\": 17", "\"value\": -1")), Catch::Contains("/timing/tRC"));
  CHECK_THAT(problems_of(replaced(kGood, "\"value\": 17", "\"value\": 3")), Catch::Contains("tRC is below tRAS"));
  CHECK_THAT(problems_of(replaced(kGood, "\"bank:1\"", "\"bank:2\"")), Catch::Contains("selects bank by 2 bits; the geometry needs 1"));
  CHECK_THAT(problems_of(replaced(kGood, "\"bank:1\"", "\"bonk:1\"")), Catch::Contains("/mapping/2"));
  CHECK_THAT(problems_of(replaced(kGood, "\"bank:1\"", "\"bank:999999999999\"")), Catch::Contains("/mapping/2"));
  CHECK_THAT(problems_of(replaced(kGood, "\"value\": 4000", "\"value\": 110")), Catch::Contains("too little time between two refreshes"));
  CHECK_THAT(problems_of(replaced(kGood, "\"value\": 64, \"source\": \"t\"}, \"burst", "\"value\": 48, \"source\": \"t\"}, \"burst")),
             Catch::Contains("power of two"));
}

TEST_CASE("every device table of this project is right and names its sources", "[dram][fast]") {
  const auto names = dram_device_names();
  CHECK(std::find(names.begin(), names.end(), "ddr4_2400") != names.end());
  CHECK(std::find(names.begin(), names.end(), "lpddr4_3200") != names.end());
  for (const std::string& name : names) {
    const Result<DramDevice> device = load_dram_device(name);
    for (const Problem& problem : device.problems()) FAIL(problem.text());
    CHECK(device.value().name == name);
  }
  CHECK_FALSE(load_dram_device("no_such_device").ok());
}
