// The firmware's reader of device trees, compiled for the host: what visoc writes is read back, and a broken tree does no harm.
// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "platform/image/device_tree.h"

extern "C" {
#include "sw/runtime/device_tree.h"
}

namespace visoc {
namespace {

std::vector<std::uint8_t> machine() {
  DeviceTreeNode root;
  root.cells("#address-cells", {2});
  root.cells("#size-cells", {2});
  root.text("model", "visoc,test");
  DeviceTreeNode& chosen = root.child("chosen");
  chosen.cells("visoc,free-memory", {0, 0x80100000, 1, 0x2000});
  DeviceTreeNode& inputs = chosen.child("visoc-inputs");
  inputs.cells("#address-cells", {2});
  inputs.cells("#size-cells", {2});
  inputs.child("clip").reg(0x8f000000, 1234);
  DeviceTreeNode& cpus = root.child("cpus");
  cpus.cells("#address-cells", {1});
  cpus.cells("#size-cells", {0});
  cpus.child("cpu@0").cells("reg", {0});
  cpus.child("cpu@3").cells("reg", {3});
  DeviceTreeNode& memory = root.child("memory@80000000");
  memory.reg(0x80000000, 0x1'8000'0000);
  DeviceTreeNode& soc = root.child("soc");
  soc.cells("#address-cells", {2});
  soc.cells("#size-cells", {2});
  soc.empty("ranges");
  for (Addr base : {0x12010000u, 0x12020000u}) {
    DeviceTreeNode& dma = soc.child(base == 0x12010000 ? "dma@12010000" : "dma@12020000");
    dma.strings("compatible", {"visoc,dma-2", "visoc,dma"});
    dma.reg(base, 0x100);
    dma.cells("interrupts", {33, base == 0x12010000 ? 40u : 41u});
  }
  return device_tree_blob(root);
}

std::uint32_t cell(const std::vector<std::uint8_t>& blob, std::size_t at) {
  return std::uint32_t{blob[at]} << 24 | std::uint32_t{blob[at + 1]} << 16 | std::uint32_t{blob[at + 2]} << 8 | blob[at + 3];
}

void put_cell(std::vector<std::uint8_t>& blob, std::size_t at, std::uint32_t value) {
  for (unsigned i = 0; i < 4; ++i) blob[at + i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
}

/// Everything the reader offers; the answers do not matter, coming back does.
unsigned ask_everything(const void* blob) {
  dt_t dt;
  dt_open(&dt, blob);
  std::uint64_t base = 0, size = 0;
  std::uint32_t source = 0;
  unsigned found = 0;
  found += dt_memory(&dt, &base, &size);
  found += dt_chosen_region(&dt, "visoc-inputs", "clip", &base, &size);
  found += dt_cpu_count(&dt);
  for (unsigned i = 0; i < 4; ++i) {
    const dt_node_t node = dt_find_compatible(&dt, "visoc,dma", i);
    found += std::strlen(dt_name(&dt, node)) != 0;
    found += dt_reg(&dt, node, i, &base, &size);
    found += dt_interrupt(&dt, node, i, &source);
  }
  found += dt_string(&dt, dt_root(&dt), "model", 0) != nullptr;
  return found;
}

}  // namespace

TEST_CASE("firmware reads back the device tree that visoc writes", "[fast]") {
  const std::vector<std::uint8_t> blob = machine();
  dt_t dt;
  REQUIRE(dt_open(&dt, blob.data()));
  std::uint64_t base = 0, size = 0;
  REQUIRE(dt_memory(&dt, &base, &size));
  CHECK(base == 0x80000000);
  CHECK(size == 0x1'8000'0000);
  CHECK(dt_cpu_count(&dt) == 2);
  CHECK(std::string(dt_string(&dt, dt_root(&dt), "model", 0)) == "visoc,test");
  REQUIRE(dt_chosen_region(&dt, "visoc-inputs", "clip", &base, &size));
  CHECK(base == 0x8f000000);
  CHECK(size == 1234);
  CHECK_FALSE(dt_chosen_region(&dt, "visoc-inputs", "other", &base, &size));
  REQUIRE(dt_u64(&dt, dt_find_path(&dt, "/chosen"), "visoc,free-memory", 1, &size));
  CHECK(size == 0x1'0000'2000);
}

TEST_CASE("firmware finds nodes by compatible string and by path", "[fast]") {
  const std::vector<std::uint8_t> blob = machine();
  dt_t dt;
  REQUIRE(dt_open(&dt, blob.data()));
  const dt_node_t second = dt_find_compatible(&dt, "visoc,dma", 1);
  CHECK(std::string(dt_name(&dt, second)) == "dma@12020000");
  CHECK(dt_find_compatible(&dt, "visoc,dma", 2) == DT_NONE);
  CHECK(dt_find_compatible(&dt, "visoc,dm", 0) == DT_NONE);
  CHECK(dt_find_path(&dt, "/soc/dma@12020000") == second);
  CHECK(std::string(dt_name(&dt, dt_find_path(&dt, "/soc/dma"))) == "dma@12010000");
  CHECK(dt_find_path(&dt, "/soc/dm") == DT_NONE);
  CHECK(dt_find_path(&dt, "/") == dt_root(&dt));
  std::uint64_t base = 0, size = 0;
  REQUIRE(dt_reg(&dt, second, 0, &base, &size));
  CHECK(base == 0x12020000);
  CHECK(size == 0x100);
  CHECK_FALSE(dt_reg(&dt, second, 1, &base, &size));
  std::uint32_t source = 0;
  REQUIRE(dt_interrupt(&dt, second, 1, &source));
  CHECK(source == 41);
  CHECK_FALSE(dt_interrupt(&dt, second, 2, &source));
  CHECK(dt_has(&dt, dt_find_path(&dt, "/soc"), "ranges"));
  REQUIRE(dt_reg(&dt, dt_find_path(&dt, "/cpus/cpu@3"), 0, &base, &size));  // One address cell, no size cell.
  CHECK(base == 3);
  CHECK(size == 0);
}

TEST_CASE("firmware finds nothing where there is no tree", "[fast][bad-input]") {
  std::vector<std::uint8_t> blob = machine();
  dt_t dt;
  CHECK_FALSE(dt_open(&dt, nullptr));
  CHECK(dt_root(&dt) == DT_NONE);
  CHECK(ask_everything(nullptr) == 0);
  put_cell(blob, 0, 0xd00dfeee);
  CHECK(ask_everything(blob.data()) == 0);
  CHECK(dt_name(&dt, DT_NONE)[0] == 0);
}

TEST_CASE("firmware survives every header field at its limits", "[fast][bad-input]") {
  for (std::size_t field = 4; field < 40; field += 4) {
    for (std::uint32_t value : {0u, 1u, 39u, 40u, 0x7fffffffu, 0xfffffff0u, 0xffffffffu}) {
      std::vector<std::uint8_t> blob = machine();
      blob.resize(DT_MAX_BYTES, 0xff);  // A wrong total size may make the reader look further, but not beyond its limit.
      put_cell(blob, field, value);
      ask_everything(blob.data());
    }
  }
}

TEST_CASE("firmware survives a structure block cut at every byte", "[fast][bad-input]") {
  const std::vector<std::uint8_t> whole = machine();
  const std::uint32_t structure_bytes = cell(whole, 36);
  for (std::uint32_t bytes = 0; bytes <= structure_bytes; ++bytes) {
    std::vector<std::uint8_t> blob(whole.begin(), whole.begin() + cell(whole, 8) + bytes);
    const std::uint32_t names_at = static_cast<std::uint32_t>(blob.size());  // The names follow the cut, as they must lie somewhere.
    blob.insert(blob.end(), whole.begin() + cell(whole, 12), whole.begin() + cell(whole, 12) + cell(whole, 32));
    put_cell(blob, 4, static_cast<std::uint32_t>(blob.size()));
    put_cell(blob, 12, names_at);
    put_cell(blob, 36, bytes);
    const unsigned found = ask_everything(blob.data());
    if (bytes == structure_bytes)
      CHECK(found == 10);  // memory, clip, 2 CPUs, name + reg + interrupt of the first, name + interrupt of the second, model.
  }
}

TEST_CASE("firmware survives random damage", "[fast][bad-input]") {
  const std::vector<std::uint8_t> whole = machine();
  std::mt19937 random(1);
  for (unsigned round = 0; round < 20'000; ++round) {
    std::vector<std::uint8_t> blob = whole;
    for (unsigned hits = 1 + random() % 4; hits != 0; --hits) {
      const std::size_t at = 40 + random() % (blob.size() - 40);
      blob[at] = static_cast<std::uint8_t>(round % 2 != 0 ? random() : random() % 10);  // Half of them look like tokens.
    }
    ask_everything(blob.data());
  }
}

}  // namespace visoc
