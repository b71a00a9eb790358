// SPDX-License-Identifier: Apache-2.0
#include "platform/base/cache.h"

#include <catch2/catch.hpp>
#include <random>

using namespace visoc;

namespace {

constexpr Replacement kAll[] = {Replacement::kLru, Replacement::kTreePlru, Replacement::kFifo, Replacement::kRandom};

CacheGeometry geometry(std::uint64_t size, unsigned ways, unsigned line, Replacement replacement = Replacement::kLru,
                       WritePolicy policy = WritePolicy::kWriteBack) {
  CacheGeometry made;
  made.size_bytes = size;
  made.ways = ways;
  made.line_bytes = line;
  made.replacement = replacement;
  made.write_policy = policy;
  return made;
}

/// Lines of one set, by letter.
Addr line(char letter) { return static_cast<Addr>(letter - 'A') * 64; }

/// What is there after reads of `lines` in a cache of one set.
std::string left(Replacement replacement, unsigned ways, const std::string& lines) {
  Cache cache(geometry(std::uint64_t{64} * ways, ways, 64, replacement));
  for (const char letter : lines) cache.access(line(letter), CacheUse::kRead);
  std::string present;
  for (char letter = 'A'; letter <= 'Z'; ++letter)
    if (cache.holds(line(letter))) present += letter;
  return present;
}

}  // namespace

TEST_CASE("LRU, FIFO and tree-PLRU choose the line that a walk through their definitions chooses", "[fast]") {
  CHECK(left(Replacement::kLru, 2, "ABAC") == "AC");
  CHECK(left(Replacement::kFifo, 2, "ABAC") == "BC");
  CHECK(left(Replacement::kLru, 4, "ABCDAE") == "ACDE");
  CHECK(left(Replacement::kFifo, 4, "ABCDAE") == "BCDE");
  // The access to A turns the root to the right pair, in which D was the last: C makes room, where LRU would take B.
  CHECK(left(Replacement::kTreePlru, 4, "ABCDAE") == "ABDE");
  // Then E turns the root back to the left pair, in which A was the last.
  CHECK(left(Replacement::kTreePlru, 4, "ABCDAEF") == "ADEF");
  CHECK(left(Replacement::kTreePlru, 1, "AB") == "B");
}

TEST_CASE("Random replacement repeats with its seed, takes empty ways first and every way in time", "[fast]") {
  CHECK(left(Replacement::kRandom, 4, "ABCD") == "ABCD");
  CacheGeometry two = geometry(256, 4, 64, Replacement::kRandom);
  Cache one(two), same(two);
  two.seed = 2;
  Cache other(two);
  std::uint64_t different = 0;
  std::array<bool, 4> left_once{};
  for (Addr at = 0; at < 200 * 64; at += 64) {
    one.access(at, CacheUse::kWrite);
    const Cache::Outcome outcome = same.access(at, CacheUse::kWrite);
    other.access(at, CacheUse::kWrite);
    for (Addr past = 0; past <= at; past += 64) {
      CHECK(one.holds(past) == same.holds(past));
      different += one.holds(past) != other.holds(past) ? 1 : 0;
    }
    if (outcome.written_back != Cache::kNoLine) left_once[std::min<std::size_t>((at - outcome.written_back) / 64, 4) - 1] = true;
  }
  CHECK(different > 0);
  for (const bool once : left_once) CHECK(once);
}

TEST_CASE("A set holds the lines whose number ends in its bits", "[fast]") {
  Cache cache(geometry(4 * 64, 1, 64));
  for (Addr at : {0x000, 0x040, 0x080, 0x0c0}) CHECK_FALSE(cache.access(at, CacheUse::kRead).hit);
  for (Addr at : {0x03f, 0x040, 0x0bf, 0x0c0}) CHECK(cache.access(at, CacheUse::kRead).hit);
  CHECK_FALSE(cache.access(0x100, CacheUse::kRead).hit);
  CHECK_FALSE(cache.holds(0x000));
  CHECK(cache.holds(0x040));
  CHECK(cache.counts().all_accesses() == 9);
  CHECK(cache.counts().all_misses() == 5);
  CHECK(cache.counts().evictions == 1);
}

TEST_CASE("Write-back fills on a write, and its dirty line goes down when it makes room or is cleaned, once", "[fast]") {
  Cache cache(geometry(64, 1, 64));
  const Cache::Outcome first = cache.access(0x1008, CacheUse::kWrite);
  CHECK_FALSE(first.hit);
  CHECK(first.filled);
  CHECK_FALSE(first.writes_down);
  CHECK(cache.dirty(0x1000));
  CHECK(cache.access(0x2000, CacheUse::kRead).written_back == 0x1000);
  CHECK(cache.access(0x3000, CacheUse::kRead).written_back == Cache::kNoLine);
  CHECK(cache.access(0x3000, CacheUse::kWrite).hit);
  CHECK(cache.clean() == std::vector<Addr>{0x3000});
  CHECK(cache.clean().empty());
  CHECK(cache.holds(0x3000));
  CHECK(cache.access(0x4000, CacheUse::kRead).written_back == Cache::kNoLine);
  CHECK(cache.counts().write_backs == 1);
  CHECK(cache.counts().cleaned == 1);
  CHECK(cache.counts().evictions == 3);
}

TEST_CASE("Write-through fills on reads only, and every write goes down", "[fast]") {
  Cache cache(geometry(64, 1, 64, Replacement::kLru, WritePolicy::kWriteThrough));
  const Cache::Outcome miss = cache.access(0x1000, CacheUse::kWrite);
  CHECK((!miss.hit && !miss.filled && miss.writes_down));
  CHECK_FALSE(cache.holds(0x1000));
  CHECK(cache.access(0x1000, CacheUse::kRead).filled);
  const Cache::Outcome hit = cache.access(0x1000, CacheUse::kWrite);
  CHECK((hit.hit && hit.writes_down));
  CHECK_FALSE(cache.recent(0x1000, 8, CacheUse::kWrite));
  CHECK_FALSE(cache.dirty(0x1000));
  CHECK(cache.clean().empty());
}

TEST_CASE("A line put from above is dirty and was not read from below", "[fast]") {
  Cache cache(geometry(64, 1, 64));
  CHECK_FALSE(cache.put(0x1000).filled);
  CHECK(cache.dirty(0x1000));
  CHECK(cache.put(0x2000).written_back == 0x1000);
}

TEST_CASE("The short way for the last line of a set changes no count and no line", "[fast]") {
  for (const Replacement replacement : kAll) {
    for (const WritePolicy policy : {WritePolicy::kWriteBack, WritePolicy::kWriteThrough}) {
      Cache quick(geometry(1024, 4, 32, replacement, policy)), plain = quick;
      std::mt19937_64 random(7);
      std::uint64_t taken = 0;
      for (int i = 0; i < 20'000; ++i) {
        const unsigned bytes = 1u << random() % 4;
        const Addr at = (random() % 64) * (random() % 2 != 0 ? 32 : 8) + 0x8000'0000;
        const CacheUse use = random() % 3 == 0 ? CacheUse::kWrite : CacheUse::kRead;
        const Cache::Outcome outcome = plain.access(at, use);
        if (quick.recent(at, bytes, use)) {
          ++taken;
          CHECK(outcome.hit);
        } else {
          CHECK(quick.access(at, use).written_back == outcome.written_back);
        }
        if (i % 1000 == 999) CHECK(quick.clean() == plain.clean());
      }
      CHECK(taken > 100);
      StateWriter a, b;
      quick.save(a);
      plain.save(b);
      CHECK(a.data() == b.data());
    }
  }
}

TEST_CASE("The short way refuses what lies in two lines, and whatever is not there", "[fast]") {
  Cache cache(geometry(1024, 4, 64));
  CHECK_FALSE(cache.recent(~Addr{0} - 7, 8, CacheUse::kRead));
  CHECK_FALSE(cache.recent(~Addr{0}, 1, CacheUse::kRead));
  cache.access(0x1000, CacheUse::kWrite);
  CHECK(cache.recent(0x1038, 8, CacheUse::kWrite));
  CHECK_FALSE(cache.recent(0x103c, 8, CacheUse::kRead));
  CHECK(cache.recent(0x103c, 4, CacheUse::kRead));
  CHECK_FALSE(cache.recent(0x1040, 1, CacheUse::kRead));
  cache.empty();
  CHECK_FALSE(cache.recent(0x1000, 8, CacheUse::kRead));
  CHECK(cache.clean().empty());
}

TEST_CASE("A cache goes on behind a restored state as if nothing had been", "[fast]") {
  for (const Replacement replacement : kAll) {
    Cache cache(geometry(2048, 4, 64, replacement));
    std::mt19937_64 random(3);
    const auto use = [&random](Cache& into, int count) {
      for (int i = 0; i < count; ++i) into.access(random() % 256 * 16, random() % 2 != 0 ? CacheUse::kWrite : CacheUse::kRead);
    };
    use(cache, 500);
    StateWriter out;
    cache.save(out);
    Cache restored(geometry(2048, 4, 64, replacement));
    StateReader in{ConstBytes(out.data())};
    REQUIRE(restored.load(in));
    CHECK(in.at_end());
    auto again = random;
    use(cache, 500);
    random = again;
    use(restored, 500);
    CHECK(cache.clean() == restored.clean());
    StateWriter a, b;
    cache.save(a);
    restored.save(b);
    CHECK(a.data() == b.data());
  }
}

TEST_CASE("A state of another geometry, cut short or with a line in the wrong set is refused", "[fast][bad-input]") {
  Cache cache(geometry(1024, 4, 64));
  for (Addr at = 0; at < 2048; at += 64) cache.access(at, CacheUse::kRead);
  StateWriter out;
  cache.save(out);
  Cache other(geometry(2048, 4, 64));
  StateReader wrong{ConstBytes(out.data())};
  CHECK_FALSE(other.load(wrong));
  std::vector<std::uint8_t> bytes(out.data().begin(), out.data().end() - 1);
  StateReader shorter{ConstBytes(bytes)};
  CHECK_FALSE(cache.load(shorter));
  CHECK_FALSE(cache.holds(0x7c0));
  bytes = out.data();
  bytes[8] ^= 0x40;  // The first tag, one set further.
  StateReader moved{ConstBytes(bytes)};
  CHECK_FALSE(cache.load(moved));
}

TEST_CASE("Geometries that cannot be are named", "[fast][bad-input]") {
  CHECK(check_cache_geometry(geometry(32768, 8, 64), "x").empty());
  CHECK(check_cache_geometry(geometry(49152, 12, 64), "x").empty());
  CHECK(check_cache_geometry(geometry(64, 1, 64), "x").empty());
  CHECK(check_cache_geometry(geometry(32768, 8, 48), "x").size() == 1);
  CHECK(check_cache_geometry(geometry(32768, 8, 8), "x").size() == 1);
  CHECK(check_cache_geometry(geometry(32768, 0, 64), "x").size() == 1);
  CHECK(check_cache_geometry(geometry(32768, 65, 64), "x").size() == 1);
  CHECK(check_cache_geometry(geometry(49152, 8, 64), "x").size() == 1);
  CHECK(check_cache_geometry(geometry(0, 8, 64), "x").size() == 1);
  CHECK(check_cache_geometry(geometry(49152, 12, 64, Replacement::kTreePlru), "x").size() == 1);
  CHECK(check_cache_geometry(geometry(std::uint64_t{1} << 31, 8, 64), "x").size() == 1);
}
