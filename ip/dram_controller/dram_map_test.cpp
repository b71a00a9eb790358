// Addresses to places by hand, hashed and with rows in the middle; that no two bursts share a place; every way a mapping can be wrong.
// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <set>
#include <tuple>

#include "ip/dram_controller/dram_map.h"

using namespace visoc;

namespace {

/// 64-byte bursts, 128 of them a row, four groups of four banks.
DramDevice device(const std::vector<std::string>& mapping, unsigned channels = 1, unsigned ranks = 1) {
  Result<DramDevice> loaded = load_dram_device("ddr4_2400");
  REQUIRE(loaded.ok());
  DramDevice made = loaded.value();
  made.channels = channels;
  made.ranks = ranks;
  for (const Problem& problem : set_dram_mapping(made, mapping, "test")) FAIL(problem.text());
  return made;
}

std::tuple<unsigned, unsigned, unsigned, unsigned, std::uint64_t, std::uint64_t> tuple_of(const DramPlace& p) {
  return {p.channel, p.rank, p.group, p.bank, p.row, p.column};
}

using Place = decltype(tuple_of({}));

/// Texts of the problems of a mapping for ddr4_2400; that a wrong one changes nothing.
std::vector<std::string> problems_of(const std::vector<std::string>& mapping) {
  DramDevice d = device({"bank_group:2", "column:7", "bank:2"});
  std::vector<std::string> texts;
  for (const Problem& problem : set_dram_mapping(d, mapping, "test")) texts.push_back(problem.where + " " + problem.message);
  if (!texts.empty()) {
    REQUIRE(d.mapping.size() == 3);
    CHECK(d.mapping[1].field == DramField::kColumn);
    CHECK(d.mapping[1].bits == 7);
  }
  return texts;
}

}  // namespace

TEST_CASE("fields take address bits from the lowest above the burst, the row what is left", "[dram][fast]") {
  const DramMap map(device({"bank_group:2", "column:7", "bank:2"}));
  CHECK(map.burst_bits() == 6);
  CHECK(map.row_bit() == 17);
  // 0x2d7c0 is row 1, bank 01, column 1010111, group 11, byte 000000.
  CHECK(tuple_of(map.place_of(0x2d7c0)) == Place{0, 0, 3, 1, 1, 0b1010111});
  CHECK(tuple_of(map.place_of(0x2d7ff)) == Place{0, 0, 3, 1, 1, 0b1010111});
  CHECK(tuple_of(map.place_of(63)) == Place{0, 0, 0, 0, 0, 0});
  CHECK(tuple_of(map.place_of(64)) == Place{0, 0, 1, 0, 0, 0});
  CHECK(map.place_of(std::uint64_t{12'345} << 17).row == 12'345);
}

TEST_CASE("a hashed field is XORed with bits of the row", "[dram][fast]") {
  const DramMap map(device({"bank_group:2^row:0", "column:7", "bank:2^row:2"}));
  // Row 0b1001: group 1 ^ 01, bank 2 ^ 10.
  const Offset offset = Offset{0b1001} << 17 | 2 << 15 | 9 << 8 | 1 << 6;
  CHECK(tuple_of(map.place_of(offset)) == Place{0, 0, 0, 0, 0b1001, 9});
  // The same address bits in row 0: as they are.
  CHECK(tuple_of(map.place_of(offset & 0x1ffff)) == Place{0, 0, 1, 2, 0, 9});
}

TEST_CASE("a row may have its lowest bits in the middle, and a hash follows them there", "[dram][fast]") {
  const DramMap map(device({"column:3", "row:2", "bank_group:2^row:1", "column:4", "bank:2"}));
  CHECK(map.row_bit() == 64);
  // From bit 6: column 0..2, row 0..1 at 9, group at 11, column 3..6 at 13, bank at 17, row 2.. at 19.
  const Offset offset = Offset{0b101} << 19 | 3 << 17 | 0b1001 << 13 | 0b01 << 11 | 0b10 << 9 | 0b110 << 6;
  // Row 101'10, whose bits 1 and 2 are 1 and 1: group 01 ^ 11.
  CHECK(tuple_of(map.place_of(offset)) == Place{0, 0, 0b10, 3, 0b10110, 0b1001110});
}

TEST_CASE("every burst has a place of its own, whatever the mapping", "[dram][fast]") {
  const std::vector<std::vector<std::string>> mappings = {
      {"channel:1", "bank_group:2", "column:7", "bank:2", "rank:1"},
      {"bank_group:2^row:0", "column:7", "bank:2^row:0", "rank:1^row:1", "channel:1^row:2"},
      {"column:2", "channel:1^row:4", "row:3", "bank:2^row:1", "column:5", "rank:1", "bank_group:1^row:3", "row:1", "bank_group:1"},
  };
  for (const auto& mapping : mappings) {
    const DramMap map(device(mapping, 2, 2));
    constexpr std::uint64_t kBursts = std::uint64_t{1} << 17;  // 2 channels x 2 ranks x 16 banks x 128 columns x 16 rows.
    std::set<Place> places;
    bool in_range = true, linear = true;
    for (std::uint64_t burst = 0; burst < kBursts; ++burst) {
      const DramPlace p = map.place_of(burst << 6);
      in_range = in_range && p.channel < 2 && p.rank < 2 && p.group < 4 && p.bank < 4 && p.row < 16 && p.column < 128;
      places.insert(tuple_of(p));
      const std::size_t number = ((p.channel * 2 + p.rank) * 4 + p.group) * 4 + p.bank;
      in_range = in_range && map.bank_of(burst) == number && map.row_of(burst) == p.row;
      linear = linear && map.bank_of(burst ^ 0x1234) == (map.bank_of(burst) ^ map.bank_of(0x1234));
    }
    CHECK(in_range);
    CHECK(linear);
    CHECK(places.size() == kBursts);
  }
}

TEST_CASE("a wrong mapping is refused with its place and leaves the old one", "[dram][bad-input][fast]") {
  using Catch::Matchers::Contains;
  const auto one = [](const std::vector<std::string>& mapping) {
    const std::vector<std::string> found = problems_of(mapping);
    REQUIRE(!found.empty());
    return found.front();
  };
  CHECK(problems_of({"bank:2", "bank_group:2", "column:7"}).empty());
  CHECK(problems_of({"row:2", "bank:2^row:40", "bank_group:2", "column:7"}).empty());
  for (const char* text : {"plane:2", "bank", "bank:", ":2", "", "bank:x", "bank:-2", "bank:123", "bank:2^", "bank:2^row",
                           "bank:2^row:", "bank:2^column:0", "bank:2^row:0^row:2", "column:7^row:0", "row:2^row:4", " bank:2"}) {
    INFO(text);
    CHECK_THAT(one({"column:7", text, "bank_group:2"}), Contains("/mapping/1 ") && Contains(std::string("\"") + text + "\""));
  }
  CHECK_THAT(one({"column:7", "bank_group:2"}), Contains("selects bank by 0 bits; the geometry needs 2"));
  CHECK_THAT(one({"column:7", "bank:2", "bank_group:2", "bank:1"}), Contains("selects bank by 3 bits; the geometry needs 2"));
  CHECK_THAT(one({"column:6", "bank:2", "bank_group:2"}), Contains("selects column by 6 bits; the geometry needs 7"));
  CHECK_THAT(one({"column:7", "bank:2", "bank_group:2", "channel:1"}), Contains("selects channel by 1 bits; the geometry needs 0"));
  CHECK_THAT(one({"column:7", "bank:2", "bank_group:2", "rank:1"}), Contains("selects rank by 1 bits; the geometry needs 0"));
  CHECK_THAT(one({"column:7", "bank:2", "bank_group:2", "row:32"}), Contains("takes 49 address bits; at most 48"));
  CHECK(problems_of({"column:7", "bank:2", "bank_group:2", "row:31"}).empty());
  CHECK_THAT(one({"column:7", "bank:2^row:47", "bank_group:2"}), Contains("row bits above 47"));
  CHECK(problems_of({"column:7", "bank:2^row:46", "bank_group:2"}).empty());
  CHECK(!problems_of({}).empty());
}
