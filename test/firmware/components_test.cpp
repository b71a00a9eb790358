// Connected components of the street firmware, on the host. SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <queue>
#include <random>
#include <string>
#include <vector>

extern "C" {
#include "sw/apps/street/components.h"
}

namespace {

struct Mask {
  unsigned width = 0, height = 0;
  std::vector<std::uint8_t> pixels;

  explicit Mask(const std::vector<std::string>& rows)
      : width(static_cast<unsigned>(rows[0].size())), height(static_cast<unsigned>(rows.size())) {
    for (const std::string& row : rows)
      for (char c : row) pixels.push_back(c == '#' ? 1 : 0);
  }
  Mask(unsigned w, unsigned h) : width(w), height(h), pixels(std::size_t{w} * h) {}
};

std::vector<component_t> find(const Mask& mask, std::uint32_t min_area = 1) {
  component_t found[COMPONENTS_MAX];
  const unsigned count = find_components(mask.pixels.data(), mask.width, mask.height, min_area, found);
  return {found, found + std::min<unsigned>(count, COMPONENTS_MAX)};
}

/// By flood fill, in the order of the first pixels.
std::vector<component_t> by_flood(const Mask& mask, std::uint32_t min_area) {
  std::vector<component_t> all;
  std::vector<bool> seen(mask.pixels.size());
  for (unsigned y = 0; y < mask.height; ++y)
    for (unsigned x = 0; x < mask.width; ++x) {
      if (mask.pixels[y * mask.width + x] == 0 || seen[y * mask.width + x]) continue;
      component_t c = {static_cast<std::uint16_t>(x), static_cast<std::uint16_t>(y), static_cast<std::uint16_t>(x),
                       static_cast<std::uint16_t>(y), 0};
      std::queue<std::pair<unsigned, unsigned>> queue;
      queue.push({x, y});
      seen[y * mask.width + x] = true;
      for (; !queue.empty(); queue.pop()) {
        const auto [px, py] = queue.front();
        ++c.area;
        c.left = std::min<std::uint16_t>(c.left, static_cast<std::uint16_t>(px));
        c.right = std::max<std::uint16_t>(c.right, static_cast<std::uint16_t>(px));
        c.bottom = std::max<std::uint16_t>(c.bottom, static_cast<std::uint16_t>(py));
        for (int dy = -1; dy <= 1; ++dy)
          for (int dx = -1; dx <= 1; ++dx) {
            const auto nx = px + static_cast<unsigned>(dx), ny = py + static_cast<unsigned>(dy);
            if (nx >= mask.width || ny >= mask.height || mask.pixels[ny * mask.width + nx] == 0 || seen[ny * mask.width + nx]) continue;
            seen[ny * mask.width + nx] = true;
            queue.push({nx, ny});
          }
      }
      if (c.area >= min_area) all.push_back(c);
    }
  return all;
}

bool equal(const component_t& a, const component_t& b) {
  return a.left == b.left && a.top == b.top && a.right == b.right && a.bottom == b.bottom && a.area == b.area;
}

}  // namespace

TEST_CASE("Nothing, one pixel, everything", "[fast]") {
  CHECK(find(Mask({"....", "...."})).empty());
  const auto one = find(Mask({"....", "..#."}));
  REQUIRE(one.size() == 1);
  CHECK(equal(one[0], {2, 1, 2, 1, 1}));
  const auto all = find(Mask({"###", "###"}));
  REQUIRE(all.size() == 1);
  CHECK(equal(all[0], {0, 0, 2, 1, 6}));
}

TEST_CASE("Corners touch, small ones are left out, a late bridge joins", "[fast]") {
  const Mask diagonal({"#...", ".#..", "..#.", "...#"});
  CHECK(find(diagonal).size() == 1);
  const Mask u({"#...#", "#...#", "#####", ".....", "#...."});
  const auto parts = find(u);
  REQUIRE(parts.size() == 2);
  CHECK(equal(parts[0], {0, 0, 4, 2, 9}));
  CHECK(equal(parts[1], {0, 4, 0, 4, 1}));
  CHECK(find(u, 2).size() == 1);
  CHECK(find(u, 10).empty());
}

TEST_CASE("Random masks give what a flood fill gives", "[fast]") {
  std::mt19937 random(1);
  for (unsigned i = 0; i < 200; ++i) {
    Mask mask(1 + random() % 70, 1 + random() % 40);
    const unsigned density = 1 + random() % 99;
    for (std::uint8_t& pixel : mask.pixels) pixel = random() % 100 < density ? 1 : 0;
    const std::uint32_t min_area = 1 + random() % 4;
    const auto wanted = by_flood(mask, min_area);
    component_t found[COMPONENTS_MAX];
    const unsigned count = find_components(mask.pixels.data(), mask.width, mask.height, min_area, found);
    REQUIRE(count == wanted.size());
    for (unsigned k = 0; k < std::min<unsigned>(count, COMPONENTS_MAX); ++k) CHECK(equal(found[k], wanted[k]));
  }
}

TEST_CASE("Sides out of range find nothing, a chessboard of dots does not overflow", "[fast]") {
  const std::uint8_t pixel = 1;
  component_t found[COMPONENTS_MAX];
  CHECK(find_components(&pixel, 0, 1, 1, found) == 0);
  CHECK(find_components(&pixel, COMPONENTS_MAX_SIDE + 1, 1, 1, found) == 0);
  Mask dots(COMPONENTS_MAX_SIDE, 64);
  for (unsigned y = 0; y < dots.height; y += 2)
    for (unsigned x = 0; x < dots.width; x += 2) dots.pixels[y * dots.width + x] = 1;
  CHECK(find_components(dots.pixels.data(), dots.width, dots.height, 1, found) >= 8000);
}
