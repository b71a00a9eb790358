// Physical memory protection. Expected answers are worked out by hand from the privileged specification, section 3.7.
// SPDX-License-Identifier: Apache-2.0
#include "ip/rv64/pmp.h"

#include <catch2/catch.hpp>

using namespace visoc;
using namespace visoc::rv64;

namespace {

constexpr std::uint64_t kR = 1, kW = 2, kX = 4, kTor = 1 << 3, kNa4 = 2 << 3, kNapot = 3 << 3, kLock = 0x80;

bool supervisor(const Pmp& pmp, Addr addr, unsigned bytes, Access access = Access::kLoad) { return pmp.allows(addr, bytes, access, false); }

}  // namespace

TEST_CASE("Without entries machine mode may do everything and the others nothing", "[fast]") {
  const Pmp pmp;
  CHECK(pmp.allows(0x8000'0000, 8, Access::kStore, true));
  CHECK_FALSE(supervisor(pmp, 0x8000'0000, 8));
}

TEST_CASE("NAPOT, NA4 and TOR match exactly their bytes", "[fast]") {
  Pmp pmp;
  pmp.set_address(0, (0x8000'1000 >> 2) | 0x1f);  // Five ones: 2^(5+3) = 256 bytes.
  pmp.set_address(1, 0x9000'0004 >> 2);
  pmp.set_address(2, 0xa000'0000 >> 2);
  pmp.set_address(3, 0xa000'0800 >> 2);
  pmp.set_config(0, (kNapot | kR) | (kNa4 | kR) << 8 | (kTor | kR) << 24);
  CHECK(supervisor(pmp, 0x8000'1000, 4));
  CHECK(supervisor(pmp, 0x8000'10fc, 4));
  CHECK_FALSE(supervisor(pmp, 0x8000'1100, 4));
  CHECK_FALSE(supervisor(pmp, 0x8000'0fff, 1));
  CHECK(supervisor(pmp, 0x9000'0004, 4));
  CHECK_FALSE(supervisor(pmp, 0x9000'0008, 1));
  CHECK_FALSE(supervisor(pmp, 0x9000'0003, 1));
  CHECK(supervisor(pmp, 0xa000'0000, 8));
  CHECK(supervisor(pmp, 0xa000'07f8, 8));
  CHECK_FALSE(supervisor(pmp, 0xa000'0800, 1));
  CHECK_FALSE(supervisor(pmp, 0x9fff'ffff, 1));
}

TEST_CASE("An access that an entry matches in part fails, whatever later entries say", "[fast]") {
  Pmp pmp;
  pmp.set_address(0, 0x8000'0000 >> 2);
  pmp.set_address(1, ~std::uint64_t{0});
  pmp.set_config(0, (kNa4 | kR) | (kNapot | kR | kW | kX) << 8);
  CHECK(supervisor(pmp, 0x8000'0000, 4));
  CHECK_FALSE(supervisor(pmp, 0x8000'0000, 8));
  CHECK_FALSE(pmp.allows(0x8000'0000, 8, Access::kLoad, true));
  CHECK(supervisor(pmp, 0x8000'0008, 8));
}

TEST_CASE("The lowest entry decides, and only locked ones bind machine mode and cannot be changed", "[fast]") {
  Pmp pmp;
  pmp.set_address(0, (0x8000'0000 >> 2) | 0x1ff);
  pmp.set_address(1, ~std::uint64_t{0});
  pmp.set_config(0, kNapot | (kNapot | kR | kW | kX) << 8);
  CHECK_FALSE(supervisor(pmp, 0x8000'0000, 4));
  CHECK(pmp.allows(0x8000'0000, 4, Access::kStore, true));
  pmp.set_config(0, (kNapot | kLock | kR) | (kNapot | kR | kW | kX) << 8);
  CHECK(pmp.allows(0x8000'0000, 4, Access::kLoad, true));
  CHECK_FALSE(pmp.allows(0x8000'0000, 4, Access::kStore, true));
  CHECK_FALSE(pmp.allows(0x8000'0000, 4, Access::kFetch, true));
  pmp.set_config(0, 0);
  pmp.set_address(0, 0);
  CHECK((pmp.config(0) & 0xff) == (kNapot | kLock | kR));
  CHECK(pmp.address(0) == ((0x8000'0000 >> 2) | 0x1ff));
}

TEST_CASE("A locked TOR entry locks the address below it", "[fast]") {
  Pmp pmp;
  pmp.set_address(4, 0x1000);
  pmp.set_address(5, 0x2000);
  pmp.set_config(0, (kTor | kLock | kR) << 40);
  pmp.set_address(4, 0);
  CHECK(pmp.address(4) == 0x1000);
}

TEST_CASE("Write without read is reserved and becomes neither", "[fast]") {
  Pmp pmp;
  pmp.set_config(1, (kNa4 | kW | kX) << 8);
  CHECK(pmp.config(1) == (kNa4 | kX) << 8);
}

TEST_CASE("A page is uniform unless the boundary of the entry that decides lies within it", "[fast]") {
  Pmp pmp;
  CHECK(pmp.uniform_page(0x8000'0000));
  pmp.set_address(0, 0x8000'0800 >> 2);
  pmp.set_address(1, ~std::uint64_t{0});
  pmp.set_config(0, (kTor | kR) | (kNapot | kR | kW) << 8);
  CHECK_FALSE(pmp.uniform_page(0x8000'0123));
  CHECK(pmp.uniform_page(0x8000'1000));
  CHECK(pmp.uniform_page(0x7fff'f000));
}
