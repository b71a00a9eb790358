// Plain traces of memory requests, and how the two timed implementations serve them: the work of `visoc dram`.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ip/dram_controller/dram_command.h"
#include "ip/dram_controller/dram_energy.h"
#include "ip/dram_controller/dram_policy.h"
#include "platform/base/result.h"

namespace visoc {

struct DramTraceRequest {
  Picos at = 0;  ///< Of arrival; not below the request's before.
  Offset offset = 0;
  std::uint64_t bytes = 0;
  bool write = false;
};

/// Lines `[<time>] R|W <hex address> [bytes]`; a time is in clock cycles, or in ns as "12.5ns"; without one, the request arrives with the
/// one before. `bytes` is a column burst if it is missing. `#` starts a comment. The first ten problems are reported, with their lines.
Result<std::vector<DramTraceRequest>> parse_dram_trace(const std::string& text, const std::string& file, const DramDevice& device);

struct DramTraceOptions {
  bool cycle = false;        ///< Implementation: `cycle`, else `banked`.
  unsigned outstanding = 0;  ///< Requests in flight, times ignored; 0: requests arrive at their times.
  Picos frontend = 0;        ///< From arrival to the queues.
  Picos backend = 0;         ///< From the last data to the requester.
  DramCommandSink* commands = nullptr;
};

struct DramTraceResult {
  std::uint64_t requests = 0, reads = 0, writes = 0, bytes = 0;
  Picos first_arrival = 0, last_end = 0;
  /// Of reads, from arrival to the last data; of writes, to the acceptance of the last data (they are posted). Sorted.
  std::vector<Picos> read_latencies, write_latencies;
  std::uint64_t row_hits = 0, row_misses = 0, row_conflicts = 0, refreshes = 0, bank_refreshes = 0, forwarded = 0;
  std::vector<DramActivity> channels;

  double bandwidth_mb_s() const;  ///< 10^6 bytes a second from the first arrival to the last end.
};

/// Mean and percentile (nearest rank, 0 to 100) in nanoseconds; 0 of nothing.
double mean_ns(const std::vector<Picos>& sorted);
double percentile_ns(const std::vector<Picos>& sorted, double percent);

DramTraceResult run_dram_trace(const std::vector<DramTraceRequest>& trace, const DramDevice& device, const DramPolicy& policy,
                               const DramTraceOptions& options);

}  // namespace visoc
