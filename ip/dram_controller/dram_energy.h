// Joules of a DRAM from the currents of its data sheet: commands and standing states, each by itself.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "ip/dram_controller/dram_device.h"
#include "platform/contract/statistics.h"

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

/// Appends the energy of a channel, as DRAMPower computes it (Chandrasekar et al.): a command costs what its current adds to the standing
/// current while it takes effect; a state, counted in cycles, its current. Each event brings its figure along; events that did not happen
/// are left out. Without currents in the device's table: events `dram_row_activate`, `dram_read_burst` ..., which have none.
void add_dram_energy(const DramDevice& device, unsigned channel, const DramActivity& activity, std::vector<EnergyEvent>& events);

}  // namespace visoc
