// SPDX-License-Identifier: Apache-2.0
#include "ip/dram_controller/dram_trace.h"

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <numeric>
#include <queue>
#include <string_view>

#include "ip/dram_controller/dram_banked_trace.h"
#include "ip/dram_controller/dram_core.h"
#include "ip/dram_controller/dram_cycle.h"

namespace visoc {

namespace {

constexpr std::size_t kMostProblems = 10;
constexpr std::uint64_t kMostBytes = 1u << 20;  // Of one request.
constexpr Picos kMostTime = Picos{1} << 62;     // Half a year.
constexpr std::uint64_t kMostOffset = 1ull << 48;

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  line = line.substr(0, line.find('#'));
  while (true) {
    const std::size_t begin = line.find_first_not_of(" \t\r");
    if (begin == std::string_view::npos) return words;
    line.remove_prefix(begin);
    const std::size_t end = std::min(line.find_first_of(" \t\r"), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

bool whole_number(std::string_view text, int base, std::uint64_t& value) {
  const std::string copy(text);
  if (copy.empty() || copy.size() > 18 || copy.find_first_not_of(base == 16 ? "0123456789abcdefABCDEF" : "0123456789") != std::string::npos)
    return false;
  value = std::strtoull(copy.c_str(), nullptr, base);
  return true;
}

/// "17" cycles, "12.5ns".
bool time_of(std::string_view text, Picos tCK_ps, Picos& at) {
  std::uint64_t whole = 0;
  if (text.size() < 3 || text.substr(text.size() - 2) != "ns") {
    if (!whole_number(text, 10, whole) || whole > kMostTime / tCK_ps) return false;
    at = whole * tCK_ps;
    return true;
  }
  text.remove_suffix(2);
  const std::size_t point = text.find('.');
  if (!whole_number(text.substr(0, point), 10, whole) || whole > kMostTime / 1000) return false;
  at = whole * 1000;
  if (point == std::string_view::npos) return true;
  std::string digits(text.substr(point + 1));
  if (digits.empty() || digits.size() > 3) return false;
  digits.resize(3, '0');
  std::uint64_t fraction = 0;
  if (!whole_number(digits, 10, fraction)) return false;
  at += fraction;
  return true;
}

/// What is wrong with a line, or nothing.
std::string parse_line(const std::vector<std::string_view>& words, const DramDevice& device, DramTraceRequest& request) {
  std::size_t next = 0;
  if (words[0] != "R" && words[0] != "W" && !time_of(words[next++], device.timings.tCK_ps, request.at))
    return "begins with \"" + std::string(words[0]) + "\"; R, W, a cycle or a time such as 12.5ns was expected";
  if (next == words.size() || (words[next] != "R" && words[next] != "W")) return "has no R or W";
  request.write = words[next++] == "W";
  if (next == words.size()) return "has no address";
  std::string_view address = words[next++];
  if (address.substr(0, 2) == "0x" || address.substr(0, 2) == "0X") address.remove_prefix(2);
  if (!whole_number(address, 16, request.offset) || request.offset >= kMostOffset)
    return "has the address \"" + std::string(address) + "\"; a hexadecimal number below 2^48 was expected";
  request.bytes = device.burst_bytes;
  if (next != words.size()) {
    const std::string_view bytes = words[next++];
    if (!whole_number(bytes, 10, request.bytes) || request.bytes == 0 || request.bytes > kMostBytes)
      return "has \"" + std::string(bytes) + "\" as its bytes; 1 to 1048576 was expected";
  }
  if (next != words.size()) return "has \"" + std::string(words[next]) + "\" behind its end";
  return {};
}

/// The first and the number of column bursts.
struct Bursts {
  std::uint64_t first = 0, count = 0;
};

Bursts bursts_of(const DramTraceRequest& request, const DramMap& map) {
  const std::uint64_t first = map.burst_of(request.offset);
  return {first, map.burst_of(request.offset + request.bytes - 1) - first + 1};
}

using Heap = std::priority_queue<Picos, std::vector<Picos>, std::greater<>>;

class Collector {
 public:
  Collector(const std::vector<DramTraceRequest>& trace, DramTraceResult& result) : result_(result) {
    result_.requests = trace.size();
    for (const DramTraceRequest& request : trace) {
      ++(request.write ? result_.writes : result_.reads);
      result_.bytes += request.bytes;
    }
    result_.read_latencies.reserve(result_.reads);
    result_.write_latencies.reserve(result_.writes);
  }
  void done(bool write, Picos arrived, Picos ends) {
    (write ? result_.write_latencies : result_.read_latencies).push_back(ends - arrived);
    result_.last_end = std::max(result_.last_end, ends);
  }

 private:
  DramTraceResult& result_;
};

/// Requests wait in one line in front of the queues, as they do in front of a controller's port.
class CycleRun {
 public:
  CycleRun(const std::vector<DramTraceRequest>& trace, const DramDevice& device, const DramPolicy& policy, const DramTraceOptions& options,
           DramTraceResult& result)
      : trace_(trace),
        tCK_(device.timings.tCK_ps),
        options_(options),
        result_(result),
        collector_(trace, result),
        dram_(device, policy),
        flights_(trace.size()) {
    dram_.trace_to(options.commands);
  }

  void run() {
    std::vector<DramCompletion> done;
    while (true) {
      const Cycles until = admit();
      if (next_ == trace_.size() && waiting_ == 0) break;
      now_ = std::max(now_, dram_.step(until, done));
      for (const DramCompletion& completion : done) part_done(completion.id, completion.at);
      done.clear();
    }
    // Writes are done for their requester; what they take of the memory's time is counted, too.
    while (!dram_.empty()) now_ = std::max(now_, dram_.step(kNever - 1, done));
    for (const DramCompletion& completion : done) part_done(completion.id, completion.at);
    result_.last_end = std::max(result_.last_end, now_ * tCK_);
    for (const Statistic& s : dram_.statistics(now_)) {
      if (s.name == "row_hits") result_.row_hits = s.value;
      if (s.name == "row_misses") result_.row_misses = s.value;
      if (s.name == "row_conflicts") result_.row_conflicts = s.value;
      if (s.name == "refreshes") result_.refreshes = s.value;
      if (s.name == "bank_refreshes") result_.bank_refreshes = s.value;
      if (s.name == "forwarded_bursts") result_.forwarded = s.value;
    }
    for (unsigned c = 0; c < dram_.device().channels; ++c) result_.channels.push_back(dram_.counts(c, now_).activity);
  }

 private:
  struct Flight {
    Picos arrived = 0;
    Cycles ends = 0;
    std::uint64_t left = 0;  ///< Bursts.
  };

  /// Puts all bursts into the queues that have arrived and find room; returns until when nothing else can come.
  Cycles admit() {
    while (next_ != trace_.size()) {
      const DramTraceRequest& request = trace_[next_];
      if (!head_begun_) {
        if (options_.outstanding != 0) {
          while (!ends_.empty() && ends_.top() <= now_) ends_.pop();
          if (waiting_ + ends_.size() >= options_.outstanding) return ends_.empty() ? kNever - 1 : ends_.top();
        } else {
          const Cycles arrives = (request.at + options_.frontend + tCK_ - 1) / tCK_;
          if (arrives > now_) return arrives;
        }
        Flight& flight = flights_[next_];
        flight = {options_.outstanding != 0 ? now_ * tCK_ : request.at, 0, bursts_of(request, dram_.map()).count};
        if (next_ == 0) result_.first_arrival = flight.arrived;
        ++waiting_;
        head_begun_ = true;
      }
      const Bursts bursts = bursts_of(request, dram_.map());
      for (; begun_ != bursts.count; ++begun_) {
        if (dram_.full(bursts.first + begun_, request.write)) return kNever - 1;  // Until a column command makes room.
        if (dram_.add(next_, bursts.first + begun_, request.write, now_)) part_done(next_, now_ + 1);
      }
      begun_ = 0;
      head_begun_ = false;
      ++next_;
    }
    return kNever - 1;
  }

  void part_done(std::uint64_t id, Cycles at) {
    Flight& flight = flights_[id];
    flight.ends = std::max(flight.ends, at);
    if (--flight.left != 0) return;
    --waiting_;
    if (options_.outstanding != 0) ends_.push(flight.ends);
    // In a closed loop the front end's latency is part of each round trip.
    const Picos extra = options_.backend + (options_.outstanding != 0 ? options_.frontend : 0);
    collector_.done(trace_[id].write, flight.arrived, flight.ends * tCK_ + extra);
  }

  const std::vector<DramTraceRequest>& trace_;
  const Picos tCK_;
  const DramTraceOptions& options_;
  DramTraceResult& result_;
  Collector collector_;
  CycleDram dram_;
  std::vector<Flight> flights_;  ///< By number of the request.
  std::uint64_t waiting_ = 0;    ///< Requests begun and not done.
  std::size_t next_ = 0;         ///< Request at the head of the line.
  std::uint64_t begun_ = 0;      ///< Its bursts that are in the queues.
  bool head_begun_ = false;      ///< It has arrived and is counted.
  Cycles now_ = 0;
  std::priority_queue<Cycles, std::vector<Cycles>, std::greater<>> ends_;  ///< Of requests that are served and not yet answered.
};

void run_banked(const std::vector<DramTraceRequest>& trace, const DramDevice& device, const DramPolicy& policy,
                const DramTraceOptions& options, DramTraceResult& result) {
  BankedDramTiming timing(device, {options.frontend, options.backend, 0, true, policy});
  std::vector<DramCommand> commands;
  if (options.commands != nullptr) timing.trace_to(&commands);
  Collector collector(trace, result);
  Heap ends;
  if (options.outstanding == 0) result.first_arrival = trace.front().at;
  Picos at = 0;
  for (const DramTraceRequest& request : trace) {
    if (options.outstanding == 0) {
      at = request.at;
    } else if (ends.size() >= options.outstanding) {
      at = std::max(at, ends.top());
      ends.pop();
    }
    const Picos end = timing.access(at, at, request.offset, request.bytes, request.write);
    if (options.outstanding != 0) ends.push(end);
    collector.done(request.write, at, end);
  }
  result.last_end = std::max(result.last_end, timing.finish());
  for (const Statistic& s : timing.statistics(result.last_end)) {
    if (s.name == "row_hits") result.row_hits = s.value;
    if (s.name == "row_misses") result.row_misses = s.value;
    if (s.name == "row_conflicts") result.row_conflicts = s.value;
    if (s.name == "refreshes") result.refreshes = s.value;
    if (s.name == "forwarded_bursts") result.forwarded = s.value;
  }
  for (unsigned c = 0; c < device.channels; ++c) result.channels.push_back(timing.activity(c, result.last_end));
  if (options.commands == nullptr) return;
  for (const DramCommand& command : complete_banked_trace(std::move(commands), device, policy, result.last_end / device.timings.tCK_ps))
    options.commands->command(command);
}

}  // namespace

Result<std::vector<DramTraceRequest>> parse_dram_trace(const std::string& text, const std::string& file, const DramDevice& device) {
  std::vector<DramTraceRequest> trace;
  Problems problems;
  const std::string_view all(text);
  Picos before = 0;
  std::size_t number = 0;
  for (std::size_t begin = 0; begin < all.size() && problems.size() < kMostProblems;) {
    const std::size_t end = std::min(all.find('\n', begin), all.size());
    const std::vector<std::string_view> words = words_of(all.substr(begin, end - begin));
    begin = end + 1;
    ++number;
    if (words.empty()) continue;
    DramTraceRequest request;
    request.at = before;
    std::string wrong = parse_line(words, device, request);
    if (wrong.empty() && request.at < before) wrong = "arrives before the line above";
    if (!wrong.empty()) problems.push_back({file, "line " + std::to_string(number), wrong.substr(0, 200), ExitCode::kBadInput});
    before = std::max(before, request.at);
    trace.push_back(request);
  }
  if (!problems.empty()) return problems;
  if (trace.empty()) return Problem{file, "", "has no requests", ExitCode::kBadInput};
  return trace;
}

double DramTraceResult::bandwidth_mb_s() const {
  return last_end > first_arrival ? static_cast<double>(bytes) * 1e6 / static_cast<double>(last_end - first_arrival) : 0;
}

double mean_ns(const std::vector<Picos>& sorted) {
  if (sorted.empty()) return 0;
  double sum = 0;
  for (const Picos each : sorted) sum += static_cast<double>(each);
  return sum / static_cast<double>(sorted.size()) / 1000;
}

double percentile_ns(const std::vector<Picos>& sorted, double percent) {
  if (sorted.empty()) return 0;
  const double rank = percent / 100 * static_cast<double>(sorted.size());
  auto index = static_cast<std::size_t>(rank);
  if (static_cast<double>(index) == rank && index != 0) --index;
  return static_cast<double>(sorted[std::min(index, sorted.size() - 1)]) / 1000;
}

DramTraceResult run_dram_trace(const std::vector<DramTraceRequest>& trace, const DramDevice& device, const DramPolicy& policy,
                               const DramTraceOptions& options) {
  DramTraceResult result;
  if (options.cycle)
    CycleRun(trace, device, policy, options, result).run();
  else
    run_banked(trace, device, policy, options, result);
  std::sort(result.read_latencies.begin(), result.read_latencies.end());
  std::sort(result.write_latencies.begin(), result.write_latencies.end());
  return result;
}

}  // namespace visoc
