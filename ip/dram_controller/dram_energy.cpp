// SPDX-License-Identifier: Apache-2.0
#include "ip/dram_controller/dram_energy.h"

#include <algorithm>
#include <string>

namespace visoc {

void add_dram_energy(const DramDevice& device, unsigned channel, const DramActivity& activity, std::vector<EnergyEvent>& events) {
  const DramCurrents& i = device.currents;
  const DramTimings& t = device.timings;
  const bool known = i.vdd_mv != 0;
  const auto add = [&](const char* name, const char* unpriced, std::uint64_t count, double first_ma, double second_ma, Cycles cycles) {
    if (count == 0) return;
    if (!known) {
      if (unpriced[0] != '\0') events.push_back({unpriced, count, 0, {}, {}});
      return;
    }
    // mA x mV x ps = 1e-3 x 1e-3 x 1e-12 J = 1e-6 pJ, a chip.
    const double each = (i.vdd_mv * first_ma + i.second_mv * second_ma) * static_cast<double>(cycles * t.tCK_ps) * 1e-6 * device.chips;
    const std::string prefix = device.channels > 1 ? "dram_channel" + std::to_string(channel) + "_" : "dram_";
    events.push_back({prefix + name, count, std::max(each, 0.0), device.currents_kind,
                      "currents in ip/dram_controller/devices/" + device.name + ".json, arithmetic of DRAMPower"});
  };
  // IDD0 is measured with one ACT and PRE each tRC; what the chip draws anyway during tRAS, and in the rest of it, is not the row's.
  const double open = static_cast<double>(t.tRAS) / static_cast<double>(t.tRC);
  const double row = i.idd0 - i.idd3n * open - i.idd2n * (1 - open), row_second = i.ipp0 - i.ipp3n * open - i.ipp2n * (1 - open);
  add("activate", "dram_row_activate", activity.activations, row, row_second, t.tRC);
  add("read", "dram_read_burst", activity.reads, i.idd4r - i.idd3n, i.ipp4r - i.ipp3n, t.tBL);
  add("write", "dram_write_burst", activity.writes, i.idd4w - i.idd3n, i.ipp4w - i.ipp3n, t.tBL);
  add("refresh", "dram_refresh", activity.refreshes, i.idd5b - i.idd2n, i.ipp5b - i.ipp2n, t.tRFC);
  add("refresh_bank", "dram_refresh", activity.bank_refreshes, i.idd5pb - i.idd2n, i.ipp5pb - i.ipp2n, t.tRFCpb);
  add("active_standby_cycles", "", activity.times.active, i.idd3n, i.ipp3n, 1);
  add("precharged_standby_cycles", "", activity.times.precharged, i.idd2n, i.ipp2n, 1);
  add("active_power_down_cycles", "", activity.times.active_down, i.idd3p, i.ipp3p, 1);
  add("precharged_power_down_cycles", "", activity.times.precharged_down, i.idd2p, i.ipp2p, 1);
  add("self_refresh_cycles", "", activity.times.self_refresh, i.idd6, i.ipp6, 1);
}

}  // namespace visoc
