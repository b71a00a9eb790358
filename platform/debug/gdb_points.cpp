// SPDX-License-Identifier: Apache-2.0
#include "platform/debug/gdb_points.h"

#include <algorithm>
#include <utility>

namespace visoc {
namespace {

bool contains(const std::vector<Addr>& addrs, Addr addr) { return std::find(addrs.begin(), addrs.end(), addr) != addrs.end(); }

}  // namespace

GdbPoints::GdbPoints(std::vector<HartDebug*> harts) : harts_(std::move(harts)), installed_(harts_.size()) {}

std::size_t GdbPoints::find(Kind kind, Addr addr, std::uint64_t bytes) const {
  for (std::size_t i = 0; i < watched_.size(); ++i)
    if (watched_[i].kind == kind && watched_[i].addr == addr && watched_[i].bytes == bytes) return i;
  return kNone;
}

bool GdbPoints::insert(Kind kind, Addr addr, std::uint64_t bytes) {
  if (kind == Kind::kSoftware || kind == Kind::kHardware) {
    std::vector<Addr>& addrs = kind == Kind::kSoftware ? software_ : hardware_;
    if (contains(addrs, addr)) return true;
    if (addrs.size() >= kMaxPoints) return false;
    addrs.push_back(addr);
    return true;
  }
  if (bytes == 0 || !range_does_not_wrap(addr, bytes)) return false;
  if (find(kind, addr, bytes) != kNone) return true;
  if (watched_.size() >= kMaxPoints) return false;
  watched_.push_back({kind, addr, bytes});
  watched_changed_ = true;
  return true;
}

void GdbPoints::remove(Kind kind, Addr addr, std::uint64_t bytes) {
  if (kind == Kind::kSoftware || kind == Kind::kHardware) {
    std::vector<Addr>& addrs = kind == Kind::kSoftware ? software_ : hardware_;
    const auto at = std::find(addrs.begin(), addrs.end(), addr);
    if (at == addrs.end()) return;
    addrs.erase(at);
    if (!contains(removed_, addr) && removed_.size() < kMaxPoints) removed_.push_back(addr);
    return;
  }
  const std::size_t at = find(kind, addr, bytes);
  if (at == kNone) return;
  watched_.erase(watched_.begin() + static_cast<std::ptrdiff_t>(at));
  watched_changed_ = true;
}

void GdbPoints::clear() {
  software_.clear();
  hardware_.clear();
  removed_.clear();
  watched_changed_ = watched_changed_ || !watched_.empty();
  watched_.clear();
  apply(std::vector<bool>(harts_.size(), true));
}

void GdbPoints::apply(const std::vector<bool>& moved) {
  for (std::size_t i = 0; i < harts_.size(); ++i) {
    std::vector<Addr> wanted = software_;
    wanted.insert(wanted.end(), hardware_.begin(), hardware_.end());
    if (!moved[i]) {
      for (const Addr addr : removed_)
        if (std::binary_search(installed_[i].breakpoints.begin(), installed_[i].breakpoints.end(), addr)) wanted.push_back(addr);
    }
    std::sort(wanted.begin(), wanted.end());
    wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
    if (wanted == installed_[i].breakpoints) continue;
    harts_[i]->set_breakpoints(wanted);
    installed_[i].breakpoints = std::move(wanted);
  }
  removed_.clear();
  if (!watched_changed_) return;
  watched_changed_ = false;
  std::vector<Watchpoint> watchpoints;
  for (const Watched& watched : watched_)
    watchpoints.push_back({watched.addr, watched.bytes, watched.kind != Kind::kWrite, watched.kind != Kind::kRead});
  for (HartDebug* hart : harts_) hart->set_watchpoints(watchpoints);
}

void GdbPoints::resume_over(std::size_t hart) { harts_[hart]->set_breakpoints(installed_[hart].breakpoints); }

bool GdbPoints::breakpoint_at(std::size_t hart, Addr pc, bool& hardware) const {
  const std::vector<Addr>& breakpoints = installed_[hart].breakpoints;
  if (!std::binary_search(breakpoints.begin(), breakpoints.end(), pc)) return false;
  hardware = contains(hardware_, pc) && !contains(software_, pc);
  return true;
}

bool GdbPoints::watched(Addr addr, bool write, Kind& kind) const {
  for (const Watched& watched : watched_) {
    if (addr < watched.addr || addr - watched.addr >= watched.bytes) continue;
    if (watched.kind == (write ? Kind::kRead : Kind::kWrite)) continue;
    kind = watched.kind;
    return true;
  }
  return false;
}

}  // namespace visoc
