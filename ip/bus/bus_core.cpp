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
  const auto found = [&name](const auto& all) { return all.find(name); };
  Initiator initiator;
  if (const auto port = found(timing_.ports); port != timing_.ports.end()) initiator.port = &port->second;
  if (const auto own = found(timing_.classes); own != timing_.classes.end()) initiator.service_class = static_cast<unsigned>(own->second);
  if (const auto limit = found(timing_.outstanding); limit != timing_.outstanding.end()) initiator.ends.resize(limit->second);
  initiator_ports_.push_back(std::move(initiator));
  for (Target& target : ports_)
    for (BusPort& channel : target.channels) channel.add_initiator();
  initiators_.push_back(name);
  traffic_.emplace_back(targets_.size());
  return static_cast<unsigned>(initiators_.size() - 1);
}

unsigned BusCore::add_target(const std::string& name, Addr base, std::uint64_t size) {
  const auto target = static_cast<unsigned>(targets_.size());
  map_.add({base, size, target});
  targets_.push_back(name);
  Target port;
  const auto own = timing_.ports.find(name);
  port.timing = own != timing_.ports.end() ? own->second : PortTiming{timing_.clock, timing_.width_bytes};
  const Picos burst = port.timing.transfer_ps(0, timing_.burst_bytes);
  port.channels.assign(timing_.separate_channels ? 2 : 1, BusPort(timing_.arbitration, static_cast<unsigned>(initiators_.size()), burst));
  ports_.push_back(std::move(port));
  for (std::vector<BusTraffic>& row : traffic_) row.emplace_back();
  return target;
}

BusPassage BusCore::pass(unsigned initiator, unsigned target, Picos at, Addr addr, std::uint64_t bytes, bool write, Picos oldest) {
  Initiator& from = initiator_ports_[initiator];
  Target& to = ports_[target];
  // With as many under way as may be, the oldest of them has to end first.
  const Picos issued = from.ends.empty() ? at : std::max(at, from.ends[from.next_end]);
  const std::uint64_t bursts = bursts_of(addr, bytes);
  Picos duration = to.timing.transfer_ps(addr, bytes);
  if (from.port != nullptr) duration = std::max(duration, from.port->transfer_ps(addr, bytes));
  if (bursts > 1) duration += timing_.clock.to_picos((bursts - 1) * timing_.burst_cycles);
  const Picos arrives = issued + timing_.request_ps();
  BusPort& channel = to.channels[write && to.channels.size() == 2 ? 1 : 0];
  const Picos start = channel.reserve(initiator, from.service_class, arrives, duration, oldest);
  wait_ps_ += start - at - timing_.request_ps();
  traffic_[initiator][target].bursts += bursts;
  return {start, start + duration};
}

void BusCore::ended(unsigned initiator, unsigned target, Picos began, Picos end, std::uint64_t bytes) {
  Initiator& from = initiator_ports_[initiator];
  if (!from.ends.empty()) {
    from.ends[from.next_end] = end;
    from.next_end = (from.next_end + 1) % from.ends.size();
  }
  BusTraffic& row = traffic_[initiator][target];
  row.latency.add(end - began);
  row.bandwidth.add(began, bytes);
}

std::vector<Series> BusCore::series() const {
  std::vector<Series> all;
  for (std::size_t i = 0; i < initiators_.size(); ++i) {
    for (std::size_t t = 0; t < targets_.size(); ++t) {
      const BusTraffic& row = traffic_[i][t];
      if (row.latency.count() == 0) continue;
      const std::string pair = initiators_[i] + "_to_" + targets_[t] + "_";
      const auto trimmed = [](const auto& values) {
        std::vector<std::uint64_t> kept(values.begin(), values.end());
        while (!kept.empty() && kept.back() == 0) kept.pop_back();
        return kept;
      };
      all.push_back(
          {pair + "latency_ns_log2", "accesses by latency: below 1 ns, then from 2^(k-1) to 2^k ns", 0, trimmed(row.latency.buckets())});
      all.push_back(
          {pair + "bytes_over_time", "bytes by the time their access began", row.bandwidth.width(), trimmed(row.bandwidth.bytes())});
    }
  }
  return all;
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
      sum.bursts += row.bursts;
      sum.direct_bytes_read += row.direct_bytes_read;
      sum.direct_bytes_written += row.direct_bytes_written;
    }
  }
  std::vector<Statistic> all = {
      {"transactions", sum.transactions, "transactions that reached a target"},
      {"bursts", sum.bursts, "pieces of them that do not cross a multiple of burst_bytes"},
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
        all.push_back({pair + "latency_mean_ps", row.latency.mean(), "mean time of an access, from its start to its end"});
        all.push_back(
            {pair + "latency_p50_ns", row.latency.percentile_ns(50), "half of the accesses take at most this; to the next power of two"});
        all.push_back(
            {pair + "latency_p99_ns", row.latency.percentile_ns(99), "99 of 100 accesses take at most this; to the next power of two"});
        all.push_back({pair + "latency_max_ps", row.latency.longest(), "the longest access"});
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
  for (const Target& port : ports_)
    for (const BusPort& channel : port.channels) channel.save(out);
  for (const Initiator& initiator : initiator_ports_) {
    for (const Picos end : initiator.ends) out.u64(end);
    out.u64(initiator.next_end);
  }
}

bool BusCore::load(StateReader& in) {
  bool sound = in.u32() == ports_.size();
  if (sound) {
    for (Target& port : ports_)
      for (BusPort& channel : port.channels) channel.load(in);
    for (Initiator& initiator : initiator_ports_) {
      for (Picos& end : initiator.ends) end = in.u64();
      initiator.next_end = in.u64();
      sound = sound && initiator.next_end < std::max<std::size_t>(initiator.ends.size(), 1);
    }
  }
  if (sound && in.ok()) return true;
  for (Target& port : ports_)
    for (BusPort& channel : port.channels) channel.clear();
  for (Initiator& initiator : initiator_ports_) {
    std::fill(initiator.ends.begin(), initiator.ends.end(), 0);
    initiator.next_end = 0;
  }
  return false;
}

}  // namespace visoc
