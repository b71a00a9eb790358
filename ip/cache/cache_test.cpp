// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <sstream>

#include "ip/cache/cache_level_core.h"
#include "ip/cache/cache_trace.h"

using namespace visoc;

namespace {

/// A memory of constant latencies that notes what it is asked for: "R 0x1000 +64 at 12".
class NotedMemory : public CacheLevel {
 public:
  Picos fetch(Picos at, Addr addr, unsigned bytes) override { return note("R", at, addr, bytes, 100); }
  Picos write(Picos at, Addr addr, unsigned bytes) override { return note("W", at, addr, bytes, 50); }
  Picos publish(Picos at, bool) override { return at; }

  std::string taken() {
    std::string text;
    std::swap(text, notes_);
    return text;
  }

 private:
  Picos note(const char* what, Picos at, Addr addr, unsigned bytes, Picos latency) {
    std::ostringstream line;
    line << what << ' ' << std::hex << addr << std::dec << " +" << bytes << " at " << at << '\n';
    notes_ += line.str();
    return at + latency;
  }

  std::string notes_;
};

SharedCacheOptions options(std::uint64_t size = 256, unsigned ways = 1, unsigned line = 64) {
  SharedCacheOptions made;
  made.geometry.size_bytes = size;
  made.geometry.ways = ways;
  made.geometry.line_bytes = line;
  made.hit_latency = 10;
  made.clean_time = 3;
  made.write_places = 2;
  return made;
}

}  // namespace

TEST_CASE("A shared cache answers hits after its latency and misses after the memory's besides", "[fast]") {
  NotedMemory memory;
  SharedCache cache(options(), memory);
  CHECK(cache.fetch(1000, 0x1000, 64) == 1110);
  CHECK(memory.taken() == "R 1000 +64 at 1010\n");
  CHECK(cache.fetch(2000, 0x1020, 32) == 2010);
  CHECK(memory.taken().empty());
}

TEST_CASE("A whole line that comes down is not read from memory, a part of one is", "[fast]") {
  NotedMemory memory;
  SharedCache cache(options(), memory);
  CHECK(cache.write(0, 0x1000, 64) == 10);
  CHECK(memory.taken().empty());
  CHECK(cache.write(0, 0x2040, 8) == 110);
  CHECK(memory.taken() == "R 2040 +64 at 10\n");
  // The dirty line that makes room goes down behind the read, and nobody waits for it.
  CHECK(cache.fetch(500, 0x3000, 64) == 610);
  CHECK(memory.taken() == "R 3000 +64 at 510\nW 1000 +64 at 510\n");
  CHECK(cache.cache().counts().write_backs == 1);
}

TEST_CASE("Lines of other lengths above ask for what they need", "[fast]") {
  NotedMemory memory;
  SharedCache cache(options(256, 1, 32), memory);
  CHECK(cache.fetch(0, 0x1000, 64) == 110);
  CHECK(memory.taken() == "R 1000 +32 at 10\nR 1020 +32 at 10\n");
  CHECK(cache.write(0, 0x2000, 64) == 10);
  CHECK(memory.taken().empty());
  CHECK(cache.cache().counts().all_accesses() == 4);
}

TEST_CASE("Publishing sends every dirty line down at its rate, and ends when the last is in memory", "[fast]") {
  NotedMemory memory;
  SharedCache cache(options(), memory);
  cache.write(0, 0x1040, 64);
  cache.write(0, 0x1000, 64);
  cache.write(0, 0x1080, 64);
  // Two places: the third waits for the first to end at 1053.
  CHECK(cache.publish(1000, false) == 1103);
  CHECK(memory.taken() == "W 1000 +64 at 1003\nW 1040 +64 at 1006\nW 1080 +64 at 1053\n");
  CHECK(cache.publish(2000, false) == 2000);
  CHECK(cache.fetch(2000, 0x1000, 64) == 2010);
  CHECK(cache.publish(3000, true) == 3000);
  CHECK(cache.fetch(3000, 0x1000, 64) == 3110);
}

TEST_CASE("A shared cache is saved with the writes that are on their way", "[fast]") {
  NotedMemory memory;
  SharedCache cache(options(), memory), restored(options(), memory);
  for (Addr at = 0x1000; at < 0x1300; at += 64) cache.write(at, at, 64);
  StateWriter out;
  cache.save(out);
  StateReader in{ConstBytes(out.data())};
  REQUIRE(restored.load(in));
  CHECK(in.at_end());
  memory.taken();
  CHECK(cache.publish(0x1300, false) == restored.publish(0x1300, false));
}

TEST_CASE("A trace counts an access once, and hands it on whole if one of its lines misses", "[fast]") {
  CacheGeometry small;
  small.size_bytes = 128;
  small.ways = 1;
  CacheGeometry last = small;
  last.size_bytes = 512;
  CacheTrace trace(small, small, last);
  std::istringstream text(
      "==1== head\n"
      "I  1000,4\n"
      "I  103e,4\n"  // 1000 is there, 1040 is not; in the last level too.
      " L 2000,8\n"
      " S 203c,8\n"
      " M 2080,8\n"
      "\n"
      "R 0x2000\n");  // 2080 took its place.
  REQUIRE(read_cache_trace(text, "t", trace).empty());
  const CacheTraceResult result = trace.result();
  CHECK(result.instructions.accesses == std::array<std::uint64_t, 3>{2, 0, 0});
  CHECK(result.instructions.misses == std::array<std::uint64_t, 3>{2, 0, 0});
  CHECK(result.data.accesses == std::array<std::uint64_t, 3>{0, 3, 1});
  CHECK(result.data.misses == std::array<std::uint64_t, 3>{0, 3, 1});
  CHECK(result.last.misses == std::array<std::uint64_t, 3>{2, 2, 1});
  CHECK(result.data_write_backs == 2);
}

TEST_CASE("A line of a trace that is no access is named by its number", "[fast][bad-input]") {
  const CacheGeometry geometry;
  for (const char* bad :
       {"I", "X 10,4", "I zz,4", "I 10,0", "I 10,4097", "I 10,", "I 10,4 x", "I 10;4", "I ffffffffffffffff,2", "I 10,-1", "10,4"}) {
    CacheTrace trace(geometry, geometry, geometry);
    std::istringstream text(std::string("I 1000,4\n") + bad + "\n");
    const Problems problems = read_cache_trace(text, "t", trace);
    INFO(bad);
    REQUIRE(problems.size() == 1);
    CHECK(problems.front().where == "line 2");
  }
}
