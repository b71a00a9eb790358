// SPDX-License-Identifier: Apache-2.0
#include "ip/bus/bus_core.h"

#include <algorithm>

#include "platform/base/check.h"

namespace visoc {

void AddressMap::add(const BusWindow& window) {
  VISOC_CHECK(window.size != 0 && range_does_not_wrap(window.base, window.size), "a bus window is empty or wraps");
  const auto next =
      std::upper_bound(windows_.begin(), windows_.end(), window.base, [](Addr base, const BusWindow& w) { return base < w.base; });
  VISOC_CHECK(next == windows_.end() || window.last() < next->base, "two bus windows overlap");
  VISOC_CHECK(next == windows_.begin() || std::prev(next)->last() < window.base, "two bus windows overlap");
  windows_.insert(next, window);
}

const BusWindow* AddressMap::find(Addr addr, std::size_t& hint) const {
  if (hint < windows_.size() && windows_[hint].contains(addr)) return &windows_[hint];
  const auto next = std::upper_bound(windows_.begin(), windows_.end(), addr, [](Addr a, const BusWindow& w) { return a < w.base; });
  if (next == windows_.begin()) return nullptr;
  const BusWindow& window = *std::prev(next);
  if (!window.contains(addr)) return nullptr;
  hint = static_cast<std::size_t>(&window - windows_.data());
  return &window;
}

unsigned BusCore::add_initiator(const std::string& name) {
  initiators_.push_back(name);
  traffic_.emplace_back(targets_.size());
  return static_cast<unsigned>(initiators_.size() - 1);
}

unsigned BusCore::add_target(const std::string& name, Addr base, std::uint64_t size) {
  const auto target = static_cast<unsigned>(targets_.size());
  map_.add({base, size, target});
  targets_.push_back(name);
  ports_.emplace_back();
  for (std::vector<BusTraffic>& row : traffic_) row.emplace_back();
  return target;
}

Picos BusCore::reserve_port(unsigned target, Picos at, std::uint64_t bytes, Picos oldest) {
  Timeline& port = ports_[target];
  port.prune(oldest);
  const Picos arrives = at + timing_.request_ps();
  const Picos start = port.reserve(arrives, timing_.transfer_ps(bytes));
  wait_ps_ += start - arrives;
  return start;
}

bool BusCore::count_direct(const std::string& initiator, Addr addr, std::uint64_t bytes_read, std::uint64_t bytes_written) {
  std::size_t hint = 0;
  const BusWindow* window = map_.find(addr, hint);
  const auto found = std::find(initiators_.begin(), initiators_.end(), initiator);
  if (window == nullptr || found == initiators_.end()) return false;
  BusTraffic& row = traffic_[static_cast<std::size_t>(found - initiators_.begin())][window->target];
  row.direct_bytes_read += bytes_read;
  row.direct_bytes_written += bytes_written;
  return true;
}

std::vector<Statistic> BusCore::statistics() const {
  BusTraffic sum;
  for (const auto& rows : traffic_) {
    for (const BusTraffic& row : rows) {
      sum.transactions += row.transactions;
      sum.bytes_read += row.bytes_read;
      sum.bytes_written += row.bytes_written;
      sum.timing_only_bytes += row.timing_only_bytes;
      sum.errors += row.errors;
      sum.direct_bytes_read += row.direct_bytes_read;
      sum.direct_bytes_written += row.direct_bytes_written;
    }
  }
  std::vector<Statistic> all = {
      {"transactions", sum.transactions, "transactions that reached a target"},
      {"bytes_read", sum.bytes_read, "bytes that passed the bus towards initiators"},
      {"bytes_written", sum.bytes_written, "bytes that passed the bus towards targets"},
      {"timing_only_bytes", sum.timing_only_bytes, "bytes that took time on the bus while their data went by DMI"},
      {"direct_bytes_read", sum.direct_bytes_read, "bytes read past the bus by DMI, as initiators told"},
      {"direct_bytes_written", sum.direct_bytes_written, "bytes written past the bus by DMI, as initiators told"},
      {"target_errors", sum.errors, "transactions that a target refused"},
      {"decode_errors", decode_errors_, "transactions for addresses that nobody answers"},
      {"wait_ns", wait_ps_ / kPicosPerNano, "time that transactions waited for a busy port"}};
  for (std::size_t i = 0; i < initiators_.size(); ++i) {
    for (std::size_t t = 0; t < targets_.size(); ++t) {
      const BusTraffic& row = traffic_[i][t];
      const std::string pair = initiators_[i] + "_to_" + targets_[t] + "_";
      if (row.transactions != 0) {
        all.push_back({pair + "transactions", row.transactions, "transactions of this pair"});
        all.push_back({pair + "bytes_read", row.bytes_read, "bytes read by this pair"});
        all.push_back({pair + "bytes_written", row.bytes_written, "bytes written by this pair"});
      }
      if (row.timing_only_bytes != 0) all.push_back({pair + "timing_only_bytes", row.timing_only_bytes, "timing-only bytes of this pair"});
      if (row.direct_bytes_read + row.direct_bytes_written != 0) {
        all.push_back({pair + "direct_bytes_read", row.direct_bytes_read, "bytes read by DMI by this pair"});
        all.push_back({pair + "direct_bytes_written", row.direct_bytes_written, "bytes written by DMI by this pair"});
      }
    }
  }
  return all;
}

void BusCore::save(StateWriter& out) const {
  out.u32(static_cast<std::uint32_t>(ports_.size()));
  for (const Timeline& port : ports_) port.save(out);
}

bool BusCore::load(StateReader& in) {
  const bool same = in.u32() == ports_.size();
  if (same)
    for (Timeline& port : ports_) port.load(in);
  if (same && in.ok()) return true;
  for (Timeline& port : ports_) port.clear();
  return false;
}

}  // namespace visoc
