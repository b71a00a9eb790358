// Translation, loads and stores beyond the TLB, atomics.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>

#include "ip/rv64/fp.h"
#include "ip/rv64/hart.h"

namespace visoc::rv64 {
namespace {

// Page table entries (privileged specification, section 4.4.1).
constexpr std::uint64_t kValid = 1, kRead = 2, kWrite = 4, kExecute = 8, kUser = 16, kAccessed = 64, kDirty = 128;
constexpr unsigned kPpnShift = 10, kLevels = 3, kVpnBits = 9, kPageBits = 12;
constexpr std::uint64_t kPpnMask = (1ull << 44) - 1;
constexpr unsigned kReservedShift = 54;  // Svnapot and Svpbmt are not there, so bits 63 to 54 must be zero.

std::uint64_t page_fault(Access access) {
  return access == Access::kLoad ? kLoadPageFault : access == Access::kStore ? kStorePageFault : kFetchPageFault;
}
std::uint64_t access_fault(Access access) {
  return access == Access::kLoad ? kLoadFault : access == Access::kStore ? kStoreFault : kFetchFault;
}

/// Sv39 addresses repeat bit 38 above it.
bool canonical(Addr addr) { return static_cast<std::int64_t>(addr << 25) >> 25 == static_cast<std::int64_t>(addr); }

std::uint64_t leaf_address(std::uint64_t entry, Addr addr, unsigned level) {
  const std::uint64_t offset_mask = (1ull << (kPageBits + kVpnBits * level)) - 1;
  return (((entry >> kPpnShift & kPpnMask) << kPageBits) & ~offset_mask) | (addr & offset_mask);
}

}  // namespace

const DirectRegion* Hart::region_of(Addr physical) {
  for (const DirectRegion& region : regions_)
    if (physical - region.base < region.size) return &region;
  const Addr page = physical / kPageBytes;
  Addr& refused = indirect_pages_[page % indirect_pages_.size()];
  if (refused == page) return nullptr;
  const DirectRegion region = bus_.direct(physical);
  if (region.size == 0 || physical - region.base >= region.size) {
    refused = page;
    return nullptr;
  }
  if (region.guards != nullptr && std::find(guards_.begin(), guards_.end(), region.guards) == guards_.end()) {
    region.guards->add_listener(*this);
    guards_.push_back(region.guards);
  }
  if (caches_ != nullptr && region.readable) caches_->host_minus_physical = reinterpret_cast<std::uintptr_t>(region.host) - region.base;
  regions_.push_back(region);
  return &regions_.back();
}

void Hart::invalidate_direct() {
  flush_tlb(false);
  regions_.clear();
  indirect_pages_.fill(~Addr{0});
  flush_pending_ = true;
}

void Hart::flush_tlb(bool only_translated) {
  for (unsigned context = only_translated ? 1 : 0; context < kDataContexts; ++context) {
    std::fill(std::begin(tlbs_[context].read), std::end(tlbs_[context].read), TlbEntry{});
    std::fill(std::begin(tlbs_[context].write), std::end(tlbs_[context].write), TlbEntry{});
    tlbs_[context].bus_page = kNoPage;
  }
}

// Reads and writes of page tables in memory with direct access are not counted: how many there are hangs on the software TLB and the kept
// blocks, which no hardware has.
bool Hart::physical_read(Addr physical, std::uint64_t& value) {
  const DirectRegion* region = region_of(physical);
  if (region != nullptr && region->readable && fits(physical - region->base, 8, region->size)) {
    std::memcpy(&value, region->host + (physical - region->base), 8);
    return true;
  }
  if (!bus_load(physical, 8, value)) return false;
  counts_.loaded_bytes += 8;
  return true;
}

bool Hart::physical_write(Addr physical, std::uint64_t value) {
  const DirectRegion* region = region_of(physical);
  if (region != nullptr && region->writable && fits(physical - region->base, 8, region->size)) {
    direct_store(*region, physical, 8, &value);
    return true;
  }
  if (!bus_store(physical, 8, value)) return false;
  counts_.stored_bytes += 8;
  return true;
}

bool Hart::walk(Addr addr, Access access, Privilege privilege, Addr& physical) {
  ++counts_.page_walks;
  if (!canonical(addr)) return fail(page_fault(access), addr);
  Addr table = (csr_.satp & kPpnMask) << kPageBits;
  for (unsigned level = kLevels; level-- > 0;) {
    const Addr at = table + (addr >> (kPageBits + kVpnBits * level) & 0x1ff) * 8;
    std::uint64_t entry = 0;
    if (!csr_.pmp.allows(at, 8, Access::kLoad, false) || !physical_read(at, entry)) return fail(access_fault(access), addr);
    if ((entry & kValid) == 0 || (entry & (kRead | kWrite)) == kWrite || entry >> kReservedShift != 0) break;
    if ((entry & (kRead | kExecute)) == 0) {
      if ((entry & (kDirty | kAccessed | kUser)) != 0) break;
      table = (entry >> kPpnShift & kPpnMask) << kPageBits;
      continue;
    }
    const bool user_page = (entry & kUser) != 0;
    if (privilege == Privilege::kUser ? !user_page : user_page && (access == Access::kFetch || (csr_.status & mstatus::kSum) == 0)) break;
    const std::uint64_t readable = (csr_.status & mstatus::kMxr) != 0 ? kRead | kExecute : kRead;
    const std::uint64_t needed = access == Access::kLoad ? readable : access == Access::kStore ? kWrite : kExecute;
    if ((entry & needed) == 0) break;
    if ((entry >> kPpnShift & ((1ull << kVpnBits * level) - 1)) != 0) break;  // Misaligned superpage.
    const std::uint64_t updated = entry | kAccessed | (access == Access::kStore ? kDirty : 0);
    if (updated != entry && (!csr_.pmp.allows(at, 8, Access::kStore, false) || !physical_write(at, updated)))
      return fail(access_fault(access), addr);
    physical = leaf_address(entry, addr, level);
    return true;
  }
  return fail(page_fault(access), addr);
}

bool Hart::translate(Addr addr, unsigned bytes, Access access, Privilege privilege, Addr& physical) {
  physical = addr;
  const bool machine = privilege == Privilege::kMachine;
  if (!machine && csr_.translates() && !walk(addr, access, privilege, physical)) return false;
  return csr_.pmp.allows(physical, bytes, access, machine) || fail(access_fault(access), addr);
}

bool Hart::debug_translate(Addr addr, Addr& physical) {
  physical = addr;
  if (csr_.data_privilege() == Privilege::kMachine || !csr_.translates()) return true;
  if (!canonical(addr)) return false;
  Addr table = (csr_.satp & kPpnMask) << kPageBits;
  for (unsigned level = kLevels; level-- > 0;) {
    const Addr at = table + (addr >> (kPageBits + kVpnBits * level) & 0x1ff) * 8;
    const DirectRegion* region = region_of(at);
    if (region == nullptr || !fits(at - region->base, 8, region->size)) return false;
    std::uint64_t entry = 0;
    std::memcpy(&entry, region->host + (at - region->base), 8);
    if ((entry & kValid) == 0) return false;
    if ((entry & (kRead | kExecute)) != 0) {
      physical = leaf_address(entry, addr, level);
      return true;
    }
    table = (entry >> kPpnShift & kPpnMask) << kPageBits;
  }
  return false;
}

bool Hart::bus_load(Addr physical, unsigned bytes, std::uint64_t& value) {
  fold_fp_flags();
  if (reserved_) publish_reservation();
  const bool ok = bus_.read(physical, bytes, value);
  take_host_flags();  // Whatever ran meanwhile is not the guest's arithmetic.
  ++counts_.bus_reads;
  if (ok) counts_.bus_bytes_read += bytes;
  return ok;
}

bool Hart::bus_store(Addr physical, unsigned bytes, std::uint64_t value) {
  fold_fp_flags();
  if (reserved_) publish_reservation();
  const bool ok = bus_.write(physical, bytes, value);
  take_host_flags();
  ++counts_.bus_writes;
  if (ok) counts_.bus_bytes_written += bytes;
  return ok;
}

void Hart::direct_store(const DirectRegion& region, Addr physical, unsigned bytes, const void* from) {
  const Offset offset = physical - region.base;
  std::memcpy(region.host + offset, from, bytes);
  if (region.guards != nullptr) region.guards->written(offset, bytes, this);
}

bool Hart::watched_page(Addr addr) const {
  const Addr first = addr & ~(kPageBytes - 1), last = first + (kPageBytes - 1);
  return std::any_of(watchpoints_.begin(), watchpoints_.end(),
                     [&](const Watchpoint& watch) { return watch.addr <= last && watch.addr + (watch.bytes - 1) >= first; });
}

void Hart::check_watchpoints(Addr addr, unsigned bytes, bool write) {
  for (const Watchpoint& watch : watchpoints_) {
    if (!(write ? watch.on_write : watch.on_read) || addr + (bytes - 1) < watch.addr || addr > watch.addr + (watch.bytes - 1)) continue;
    watch_hit_ = {DebugStop::Reason::kWatchpoint, std::max(addr, watch.addr), write};
    watch_pending_ = leave_block_ = true;
    return;
  }
}

bool Hart::load_slow(Addr addr, unsigned bytes, std::uint64_t& value) {
  if (tlb_->bus_page == (addr & ~(kPageBytes - bytes))) {  // Aligned, and a device again.
    value = 0;
    return bus_load(addr + tlb_->bus_minus_guest, bytes, value) || fail(kLoadFault, addr);
  }
  if (addr % kPageBytes + bytes > kPageBytes) return load_across_pages(addr, bytes, value);
  Addr physical = 0;
  if (!translate(addr, bytes, Access::kLoad, csr_.data_privilege(), physical)) return false;
  value = 0;
  const DirectRegion* region = region_of(physical);
  if (region != nullptr && region->readable && fits(physical - region->base, bytes, region->size)) {
    const std::uint8_t* host = region->host + (physical - region->base);
    std::memcpy(&value, host, bytes);
    const Addr frame = physical & ~(kPageBytes - 1);
    if (frame >= region->base && fits(frame - region->base, kPageBytes, region->size) && !watched_page(addr) &&
        csr_.pmp.uniform_page(physical))
      tlb_->read[addr / kPageBytes % kTlbEntries] = {addr & ~(kPageBytes - 1), reinterpret_cast<std::uintptr_t>(host) - addr};
    if (caches_ != nullptr && !reserving_) data_access(physical, bytes, CacheUse::kRead);
  } else {
    if ((addr & (bytes - 1)) != 0) return fail(kLoadMisaligned, addr);
    if (!bus_load(physical, bytes, value)) return fail(kLoadFault, addr);
    if (csr_.pmp.uniform_page(physical) && !watched_page(addr)) {
      tlb_->bus_page = addr & ~(kPageBytes - 1);
      tlb_->bus_minus_guest = physical - addr;
    }
  }
  if (!watchpoints_.empty()) check_watchpoints(addr, bytes, false);
  return true;
}

bool Hart::store_slow(Addr addr, unsigned bytes, std::uint64_t value) {
  if (addr % kPageBytes + bytes > kPageBytes) return store_across_pages(addr, bytes, value);
  Addr physical = 0;
  if (!translate(addr, bytes, Access::kStore, csr_.data_privilege(), physical)) return false;
  const DirectRegion* region = region_of(physical);
  if (region != nullptr && region->writable && fits(physical - region->base, bytes, region->size)) {
    direct_store(*region, physical, bytes, &value);
    const Addr frame = physical & ~(kPageBytes - 1);
    if (frame >= region->base && fits(frame - region->base, kPageBytes, region->size) && !watched_page(addr) &&
        csr_.pmp.uniform_page(physical) && (region->guards == nullptr || !region->guards->guarded(frame - region->base)))
      tlb_->write[addr / kPageBytes % kTlbEntries] = {addr & ~(kPageBytes - 1),
                                                      reinterpret_cast<std::uintptr_t>(region->host + (physical - region->base)) - addr};
    if (caches_ != nullptr) data_access(physical, bytes, CacheUse::kWrite);
  } else {
    if ((addr & (bytes - 1)) != 0) return fail(kStoreMisaligned, addr);
    if (!bus_store(physical, bytes, value)) return fail(kStoreFault, addr);
  }
  if (!watchpoints_.empty()) check_watchpoints(addr, bytes, true);
  return true;
}

bool Hart::load_across_pages(Addr addr, unsigned bytes, std::uint64_t& value) {
  const auto head = static_cast<unsigned>(kPageBytes - addr % kPageBytes);
  const Addr at[2] = {addr, addr + head};
  const unsigned length[2] = {head, bytes - head};
  const DirectRegion* region[2];
  Addr physical[2];
  for (int i = 0; i < 2; ++i)
    if (!translate(at[i], length[i], Access::kLoad, csr_.data_privilege(), physical[i])) return false;
  auto* to = reinterpret_cast<std::uint8_t*>(&value);
  value = 0;
  for (int i = 0; i < 2; ++i) {
    region[i] = region_of(physical[i]);
    if (region[i] == nullptr || !region[i]->readable || !fits(physical[i] - region[i]->base, length[i], region[i]->size))
      return fail(kLoadMisaligned, addr);
    std::memcpy(to, region[i]->host + (physical[i] - region[i]->base), length[i]);
    to += length[i];
  }
  for (int i = 0; caches_ != nullptr && i < 2; ++i) data_access(physical[i], length[i], CacheUse::kRead);
  if (!watchpoints_.empty()) check_watchpoints(addr, bytes, false);
  return true;
}

bool Hart::store_across_pages(Addr addr, unsigned bytes, std::uint64_t value) {
  const auto head = static_cast<unsigned>(kPageBytes - addr % kPageBytes);
  const Addr at[2] = {addr, addr + head};
  const unsigned length[2] = {head, bytes - head};
  Addr physical[2];
  for (int i = 0; i < 2; ++i)
    if (!translate(at[i], length[i], Access::kStore, csr_.data_privilege(), physical[i])) return false;
  DirectRegion region[2];  // Copies: looking for the second may move the first.
  for (int i = 0; i < 2; ++i) {
    const DirectRegion* found = region_of(physical[i]);
    if (found == nullptr || !found->writable || !fits(physical[i] - found->base, length[i], found->size))
      return fail(kStoreMisaligned, addr);
    region[i] = *found;
  }
  const auto* from = reinterpret_cast<const std::uint8_t*>(&value);
  direct_store(region[0], physical[0], length[0], from);
  direct_store(region[1], physical[1], length[1], from + head);
  for (int i = 0; caches_ != nullptr && i < 2; ++i) data_access(physical[i], length[i], CacheUse::kWrite);
  if (!watchpoints_.empty()) check_watchpoints(addr, bytes, true);
  return true;
}

}  // namespace visoc::rv64
