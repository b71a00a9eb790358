// Numbers a block reports at the end of a run.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "platform/base/units.h"

namespace visoc {

/// A counter. Reports keep the order in which a block lists them.
struct Statistic {
  std::string name;  ///< snake_case with its unit as suffix: "bytes_read", "busy_cycles", "row_hits".
  std::uint64_t value = 0;
  std::string doc;
};

/// Counts in a row: a histogram, or a quantity over time.
struct Series {
  std::string name, doc;
  Picos step = 0;  ///< Simulated time of each value; 0: not over time.
  std::vector<std::uint64_t> values;
};

/// How often something that costs energy happened. The table energy/*.json gives each event its picojoules and their source, unless the
/// block brings them along.
struct EnergyEvent {
  std::string event;  ///< "mac_int8", "dram_row_activate", "adc_conversion", ...
  std::uint64_t count = 0;
  double picojoule_each = 0;
  std::string kind = {}, source = {};  ///< Of the block's own figure; empty: the table's is taken.
};

}  // namespace visoc
