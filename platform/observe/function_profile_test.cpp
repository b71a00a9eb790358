// Function profiles of event streams that were worked out by hand.
// SPDX-License-Identifier: Apache-2.0
#include "platform/observe/function_profile.h"

#include <catch2/catch.hpp>

using namespace visoc;
using Kind = ExecutedBlock::Kind;

namespace {

// main 0x100, work 0x200, leaf 0x300, handler 0x400, other 0x500: 0x100 bytes each.
std::vector<FunctionSymbol> symbols() {
  return {{0x100, 0x100, "main"}, {0x200, 0x100, "work"}, {0x300, 0x100, "leaf"}, {0x400, 0x100, "handler"}, {0x500, 0x100, "other"}};
}

/// A program as a list of blocks: four bytes an instruction, each block begins where the last one went.
class Program {
 public:
  explicit Program(Addr pc, ProfileLimits limits = {}) : profile(symbols(), limits), pc_(pc) {}
  Program& go(std::uint64_t instructions, Kind kind, Addr next) {
    profile.executed(0, {pc_, instructions, kind, next, pc_ + 4 * instructions});
    pc_ = next;
    return *this;
  }
  Program& run(std::uint64_t instructions) { return go(instructions, Kind::kOnward, pc_ + 4 * instructions); }
  Program& call(std::uint64_t instructions, Addr to) { return go(instructions, Kind::kCall, to); }
  Program& ret(std::uint64_t instructions, Addr to) { return go(instructions, Kind::kReturn, to); }
  FunctionProfile profile;

 private:
  Addr pc_;
};

/// The numbers of a function's row in the first table: self, inclusive, calls.
struct Row {
  std::uint64_t self, inclusive, calls;
  bool operator==(const Row& other) const { return self == other.self && inclusive == other.inclusive && calls == other.calls; }
};
Row row(const std::string& text, const std::string& function) {
  std::size_t at = 0;
  const std::size_t tree = text.find("Call tree");
  while (at < tree) {
    const std::size_t end = text.find('\n', at);
    const std::string line = text.substr(at, end - at);
    Row result{};
    double share = 0, inclusive_share = 0;
    char name[64] = "";
    unsigned long long self = 0, inclusive = 0, calls = 0;
    if (std::sscanf(line.c_str(), "%llu %lf %llu %lf %llu %63s", &self, &share, &inclusive, &inclusive_share, &calls, name) == 6 &&
        function == name) {
      result = {self, inclusive, calls};
      return result;
    }
    at = end + 1;
  }
  return {};
}

}  // namespace

TEST_CASE("Instructions go to the function that holds them, and inclusively to its callers", "[profile][fast]") {
  Program p(0x100);
  p.run(10).call(1, 0x200).run(20).call(2, 0x300).ret(30, 0x258).ret(5, 0x12c).call(3, 0x300).ret(7, 0x138).run(1);
  const std::string text = p.profile.text();
  CHECK(p.profile.instructions() == 79);
  CHECK(row(text, "main") == (Row{15, 79, 1}));
  CHECK(row(text, "work") == (Row{27, 57, 1}));
  CHECK(row(text, "leaf") == (Row{37, 37, 2}));
  CHECK(p.profile.folded() == "hart0;main 15\nhart0;main;leaf 7\nhart0;main;work 27\nhart0;main;work;leaf 30\n");
  CHECK(text.rfind("79 instructions retired: hart0 79\n", 0) == 0);
}

TEST_CASE("The text is two sorted tables", "[profile][fast]") {
  Program p(0x100);
  p.run(1).call(1, 0x200).ret(4, 0x108).call(1, 0x300).ret(4, 0x10c).run(1);
  CHECK(p.profile.text() ==
        "12 instructions retired: hart0 12\n"
        "\n"
        "Functions, by own instructions\n"
        "            self  self %       inclusive  incl %         calls  function\n"
        "               4   33.33               4   33.33             1  leaf\n"
        "               4   33.33              12  100.00             1  main\n"
        "               4   33.33               4   33.33             1  work\n"
        "\n"
        "Call tree, by instructions of a call path and everything below it\n"
        "       inclusive  incl %            self  path\n"
        "              12  100.00               0  hart0\n"
        "              12  100.00               4    main\n"
        "               4   33.33               4      leaf\n"
        "               4   33.33               4      work\n");
}

TEST_CASE("Recursion counts inclusively once", "[profile][fast]") {
  Program p(0x100);
  p.call(1, 0x200).call(1, 0x200).call(1, 0x200).ret(10, 0x204).ret(1, 0x204).ret(1, 0x104).run(1);
  CHECK(row(p.profile.text(), "work") == (Row{14, 14, 3}));
  CHECK(row(p.profile.text(), "main") == (Row{2, 16, 1}));
  CHECK(p.profile.folded() == "hart0;main 2\nhart0;main;work 2\nhart0;main;work;work 2\nhart0;main;work;work;work 10\n");
}

TEST_CASE("A longjmp closes the calls it skips", "[profile][fast]") {
  Program p(0x100);
  p.call(1, 0x200).call(1, 0x300).call(1, 0x500).ret(10, 0x104).call(5, 0x300).ret(1, 0x118).run(1);
  CHECK(p.profile.folded() ==
        "hart0;main 7\nhart0;main;leaf 1\nhart0;main;work 1\nhart0;main;work;leaf 1\nhart0;main;work;leaf;other 10\n");
}

TEST_CASE("A return to nobody's address is a jump", "[profile][fast]") {
  Program p(0x100);
  p.call(1, 0x200).ret(1, 0x510).run(3).ret(1, 0x104).run(1);
  CHECK(p.profile.folded() == "hart0;main 2\nhart0;main;other 4\nhart0;main;work 1\n");
}

TEST_CASE("A tail call takes its caller's place and returns for it", "[profile][fast]") {
  Program p(0x100);
  p.call(1, 0x200).go(2, Kind::kJump, 0x300).ret(3, 0x104).run(1);
  CHECK(p.profile.folded() == "hart0;main 2\nhart0;main;leaf 3\nhart0;main;work 2\n");
}

TEST_CASE("A handler is a frame of its own and nests", "[profile][fast]") {
  Program p(0x100);
  p.call(1, 0x200).go(4, Kind::kTrap, 0x400).call(1, 0x300).ret(2, 0x404);
  p.go(0, Kind::kTrap, 0x400).go(6, Kind::kTrapReturn, 0x404).go(1, Kind::kTrapReturn, 0x210).ret(8, 0x104).run(1);
  CHECK(p.profile.folded() ==
        "hart0;main 2\nhart0;main;work 12\nhart0;main;work;trap:handler 2\nhart0;main;work;trap:handler;leaf 2\n"
        "hart0;main;work;trap:handler;trap:handler 6\n");
  CHECK(row(p.profile.text(), "handler") == (Row{8, 10, 2}));
}

TEST_CASE("A trap return to another place starts a new path", "[profile][fast]") {
  Program p(0x100);
  p.go(4, Kind::kTrap, 0x400).go(1, Kind::kTrapReturn, 0x520).run(3);
  CHECK(p.profile.folded() == "hart0;main 4\nhart0;main;trap:handler 1\nhart0;other 3\n");
  // Without a trap before it, as when firmware starts a kernel.
  Program boot(0x100);
  boot.go(4, Kind::kTrapReturn, 0x500).run(3);
  CHECK(boot.profile.folded() == "hart0;main 4\nhart0;other 3\n");
}

TEST_CASE("A thread goes on in its path when a trap return comes back to where it was interrupted", "[profile][fast]") {
  Program p(0x100);
  p.call(1, 0x200).run(1).go(1, Kind::kTrap, 0x400).go(1, Kind::kTrapReturn, 0x500);  // work, interrupted at 0x208; other starts
  p.go(2, Kind::kTrap, 0x400).go(1, Kind::kTrapReturn, 0x208);                        // other, interrupted at 0x508
  p.go(3, Kind::kTrap, 0x400).go(1, Kind::kTrapReturn, 0x508).run(5);                 // and on; an ecall would resume at 0x50c
  CHECK(p.profile.folded() ==
        "hart0;main 1\nhart0;main;work 5\nhart0;main;work;trap:handler 2\nhart0;other 7\nhart0;other;trap:handler 1\n");
}

TEST_CASE("A handler that mends a fault leads back into an open caller", "[profile][fast]") {
  Program p(0x100);
  p.call(1, 0x200).call(1, 0x300).go(0, Kind::kTrap, 0x400).go(1, Kind::kTrapReturn, 0x180).run(2);
  CHECK(p.profile.folded() == "hart0;main 3\nhart0;main;work 1\nhart0;main;work;leaf;trap:handler 1\n");
}

TEST_CASE("Harts are apart in the tree and together in the table", "[profile][fast]") {
  FunctionProfile profile(symbols());
  profile.executed(1, {0x100, 5, Kind::kCall, 0x200, 0x114});
  profile.executed(0, {0x200, 7, Kind::kOnward, 0x21c, 0x21c});
  profile.executed(1, {0x200, 2, Kind::kReturn, 0x114, 0x208});
  CHECK(profile.folded() == "hart0;work 7\nhart1;main 5\nhart1;main;work 2\n");
  CHECK(row(profile.text(), "work") == (Row{9, 9, 2}));
  CHECK(profile.text().rfind("14 instructions retired: hart0 7, hart1 7\n", 0) == 0);
}

TEST_CASE("Paths beyond the limits are counted in their caller, and the text says so", "[profile][fast]") {
  ProfileLimits limits;
  limits.depth = 2;
  Program deep(0x100, limits);
  deep.call(1, 0x200).call(1, 0x300).ret(8, 0x204).ret(1, 0x104);
  CHECK(deep.profile.folded() == "hart0;main 1\nhart0;main;work 10\n");
  CHECK(deep.profile.text().find("8 of them lie on call paths beyond the limits (32768 paths, 2 calls deep)") != std::string::npos);
  CHECK(row(deep.profile.text(), "leaf") == (Row{8, 8, 1}));

  limits = {};
  limits.nodes = 2;
  Program wide(0x100, limits);
  wide.call(1, 0x200).ret(2, 0x104).call(1, 0x300).ret(4, 0x108).run(1);
  CHECK(wide.profile.folded() == "hart0;main 7\nhart0;main;work 2\n");
  CHECK(wide.profile.text().find("4 of them lie") != std::string::npos);

  limits = {};
  limits.frames = 4;
  Program many(0x100, limits);
  for (int i = 0; i < 100; ++i) many.call(1, 0x200);
  CHECK(many.profile.instructions() == 100);
  CHECK(many.profile.text().find("open calls and threads were forgotten") != std::string::npos);
}

TEST_CASE("Labels inside a function do not cut it, code without a symbol has a row", "[profile][fast]") {
  FunctionProfile profile({{0x100, 0x100, "main"}, {0x140, 0, "label"}, {0x300, 0, "__start"}, {0x300, 0, "_start"}, {0x320, 0, "park"}});
  const auto at = [&profile](Addr pc, std::uint64_t instructions) { profile.executed(0, {pc, instructions, Kind::kOnward, pc, pc}); };
  at(0x144, 1);
  at(0x200, 2);
  at(0x300, 4);
  at(0x31c, 8);
  at(0x320, 16);
  at(0x320 + 0x10000, 32);
  at(0, 64);
  const std::string text = profile.text();
  CHECK(row(text, "main").self == 1);
  CHECK(row(text, "_start").self == 12);
  CHECK(row(text, "park").self == 16);
  CHECK(text.find("              98   77.17") != std::string::npos);
  CHECK(text.find("[no symbol]") != std::string::npos);
}
