// Requests put into the cycle-scheduled controller by hand, and when each was done.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

#include "ip/dram_controller/dram_cycle.h"
#include "ip/dram_controller/dram_trace.h"

namespace visoc::test {

inline DramDevice dram_table(const std::string& name) {
  Result<DramDevice> loaded = load_dram_device(name);
  for (const Problem& problem : loaded.problems()) UNSCOPED_INFO(problem.text());
  REQUIRE(loaded.ok());
  return loaded.value();
}

/// Offsets of the ddr4_2400 mapping: burst 6 bits, bank_group 2, column 7, bank 2, row above.
inline Offset ddr4(std::uint64_t row, unsigned bank, unsigned group, std::uint64_t column = 0) {
  return row << 17 | std::uint64_t{bank} << 15 | column << 8 | std::uint64_t{group} << 6;
}

struct CycleBench {
  struct Request {
    Cycles at = 0;
    Offset offset = 0;
    bool write = false;
  };

  explicit CycleBench(DramPolicy policy = {}, DramDevice device = dram_table("ddr4_2400")) : dram(std::move(device), policy) {
    dram.trace_to(&commands);
  }

  /// Cycles from the arrival of each request to its last data (of a write: to its acceptance). In order of arrival; queues must not
  /// be full.
  std::vector<Cycles> serve(const std::vector<Request>& requests) {
    std::vector<DramCompletion> done;
    std::vector<Cycles> latencies(requests.size(), 0);
    for (std::size_t i = 0; i < requests.size(); ++i) {
      const Request& r = requests[i];
      dram.advance(r.at, done);
      const std::uint64_t burst = dram.map().burst_of(r.offset);
      REQUIRE_FALSE(dram.full(burst, r.write));
      if (dram.add(i, burst, r.write, r.at)) latencies[i] = 1;
    }
    while (!dram.empty()) dram.step(kNever - 1, done);
    for (const DramCompletion& completion : done) latencies[completion.id] = completion.at - requests[completion.id].at;
    return latencies;
  }
  /// The latency of the last of them.
  Cycles last(const std::vector<Request>& requests) { return serve(requests).back(); }

  /// Times of all commands of a kind.
  std::vector<Cycles> times(DramCommand::Kind kind) const {
    std::vector<Cycles> all;
    for (const DramCommand& c : commands.commands)
      if (c.kind == kind) all.push_back(c.at);
    return all;
  }

  CycleDram dram;
  DramCommandList commands;
};

}  // namespace visoc::test
