// Guards of pages: who hears of which write.
// SPDX-License-Identifier: Apache-2.0
#include "platform/contract/page_guards.h"

#include <catch2/catch.hpp>

using namespace visoc;

namespace {

constexpr std::uint64_t kPage = PageGuards::kPageBytes;

struct Listener : PageGuardListener {
  void page_guarded(Offset page) override { guarded.push_back(page); }
  void code_written(const PageGuards&, Offset page, std::uint64_t lines) override { written.push_back({page, lines}); }
  void reservation_lost() override { ++lost; }
  std::vector<Offset> guarded;
  std::vector<std::pair<Offset, std::uint64_t>> written;
  int lost = 0;
};

}  // namespace

TEST_CASE("Writes beside watched code are not told, writes to its lines are told once", "[fast]") {
  PageGuards guards(16 * kPage);
  Listener hart, other;
  guards.add_listener(hart);
  guards.add_listener(other);
  CHECK_FALSE(guards.guarded(3 * kPage));
  guards.watch_code(3 * kPage + 100, 60);  // Bytes 100 to 159: lines 1 and 2.
  CHECK(guards.guarded(3 * kPage + 4095));
  CHECK_FALSE(guards.guarded(4 * kPage));
  CHECK(hart.guarded == std::vector<Offset>{3 * kPage});
  CHECK(other.guarded == std::vector<Offset>{3 * kPage});

  guards.written(3 * kPage, 64, nullptr);
  guards.written(3 * kPage + 192, 3 * kPage, nullptr);
  CHECK(hart.written.empty());
  guards.written(3 * kPage + 191, 1, nullptr);
  REQUIRE(hart.written.size() == 1);
  CHECK(hart.written[0] == std::pair<Offset, std::uint64_t>{3 * kPage, 1u << 2});
  guards.written(3 * kPage + 160, 4, nullptr);  // Not watched any more.
  CHECK(hart.written.size() == 1);
  guards.written(2 * kPage, 4 * kPage, nullptr);  // Over the whole page.
  REQUIRE(hart.written.size() == 2);
  CHECK(hart.written[1].second == 1u << 1);
  CHECK(other.written == hart.written);
  CHECK_FALSE(guards.guarded(3 * kPage));
}

TEST_CASE("Code across two pages guards both", "[fast]") {
  PageGuards guards(4 * kPage);
  Listener hart;
  guards.add_listener(hart);
  guards.watch_code(2 * kPage - 2, 4);
  CHECK(hart.guarded == std::vector<Offset>{kPage, 2 * kPage});
  guards.written(2 * kPage, 1, nullptr);
  REQUIRE(hart.written.size() == 1);
  CHECK(hart.written[0] == std::pair<Offset, std::uint64_t>{2 * kPage, 1});
  guards.written(2 * kPage - 1, 1, nullptr);
  REQUIRE(hart.written.size() == 2);
  CHECK(hart.written[1] == std::pair<Offset, std::uint64_t>{kPage, 1ull << 63});
}

TEST_CASE("A reservation is lost by a write of anybody else, to its bytes only", "[fast]") {
  PageGuards guards(2 * kPage);
  Listener holder, other;
  guards.add_listener(holder);
  guards.add_listener(other);
  guards.watch_reservation(holder, 64, 8);
  CHECK(guards.guarded(0));
  guards.written(63, 1, nullptr);
  guards.written(72, 8, nullptr);
  guards.written(64, 8, &holder);
  CHECK(holder.lost == 0);
  guards.written(71, 1, &other);
  CHECK(holder.lost == 1);
  CHECK_FALSE(guards.guarded(0));

  guards.watch_reservation(holder, 64, 4);
  guards.drop_reservation(holder);
  guards.written(64, 4, nullptr);
  CHECK(holder.lost == 1);
  CHECK_FALSE(guards.guarded(0));
}

TEST_CASE("Two harts' reservations on the same bytes are both lost", "[fast]") {
  PageGuards guards(kPage);
  Listener a, b;
  guards.add_listener(a);
  guards.add_listener(b);
  guards.watch_reservation(a, 0, 8);
  guards.watch_reservation(b, 4, 4);
  guards.written(0, 8, nullptr);
  CHECK(a.lost == 1);
  CHECK(b.lost == 1);
}

TEST_CASE("Nobody hears anything after it left", "[fast]") {
  PageGuards guards(kPage);
  Listener hart;
  guards.add_listener(hart);
  guards.watch_code(0, 4);
  guards.watch_reservation(hart, 8, 8);
  guards.remove_listener(hart);
  guards.written(0, 16, nullptr);
  CHECK(hart.written.empty());
  CHECK(hart.lost == 0);
}
