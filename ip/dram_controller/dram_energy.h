// Joules of a DRAM from the currents of its data sheet: commands and standing states, each by itself.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "ip/dram_controller/dram_device.h"

namespace visoc {

/// Cycles of a rank, summed over the ranks of a channel, by what it stood in.
struct DramStateTimes {
  Cycles active = 0, precharged = 0;            ///< Standby: a bank open; all closed.
  Cycles active_down = 0, precharged_down = 0;  ///< Power-down, likewise.
  Cycles self_refresh = 0;
};

/// What a channel did.
struct DramActivity {
  std::uint64_t activations = 0, reads = 0, writes = 0, refreshes = 0, bank_refreshes = 0;
  DramStateTimes times;
};

/// One row of an energy report.
struct DramEnergyRow {
  const char* name;  ///< "activate", "read", "write", "refresh", "active_standby", ...
  double picojoules = 0;
};

/// The energy of a channel, as DRAMPower computes it (Chandrasekar et al.): a command costs what its current adds to the standing current
/// while it takes effect; a state its current. Nothing for a device without currents. Rows always in the same order, their sum is the
/// whole.
std::vector<DramEnergyRow> dram_energy(const DramDevice& device, const DramActivity& activity);

}  // namespace visoc
