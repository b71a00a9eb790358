// SPDX-License-Identifier: Apache-2.0
#include "ip/dram_controller/dram_energy.h"

#include <algorithm>

namespace visoc {

std::vector<DramEnergyRow> dram_energy(const DramDevice& device, const DramActivity& activity) {
  const DramCurrents& i = device.currents;
  const DramTimings& t = device.timings;
  if (i.vdd_mv == 0) return {};
  // mA x mV x ps = 1e-3 x 1e-3 x 1e-12 J = 1e-6 pJ.
  const double unit = 1e-6 * static_cast<double>(t.tCK_ps) * device.chips;
  const auto energy = [&](double first, double second, double cycles) {
    return std::max(0.0, i.vdd_mv * first + i.second_mv * second) * cycles * unit;
  };
  const auto cycles = [](Cycles count) { return static_cast<double>(count); };
  const auto times = [](std::uint64_t count, double each) { return static_cast<double>(count) * each; };

  // IDD0 is measured with one ACT and PRE each tRC; standing currents during tRAS and the rest of it are not the row's.
  const double row_first = i.idd0 * cycles(t.tRC) - i.idd3n * cycles(t.tRAS) - i.idd2n * cycles(t.tRC - t.tRAS);
  const double row_second = i.ipp0 * cycles(t.tRC) - i.ipp3n * cycles(t.tRAS) - i.ipp2n * cycles(t.tRC - t.tRAS);
  return {{"activate", times(activity.activations, energy(row_first, row_second, 1))},
          {"read", times(activity.reads, energy(i.idd4r - i.idd3n, i.ipp4r - i.ipp3n, cycles(t.tBL)))},
          {"write", times(activity.writes, energy(i.idd4w - i.idd3n, i.ipp4w - i.ipp3n, cycles(t.tBL)))},
          {"refresh", times(activity.refreshes, energy(i.idd5b - i.idd2n, i.ipp5b - i.ipp2n, cycles(t.tRFC)))},
          {"refresh_bank", times(activity.bank_refreshes, energy(i.idd5pb - i.idd2n, i.ipp5pb - i.ipp2n, cycles(t.tRFCpb)))},
          {"active_standby", energy(i.idd3n, i.ipp3n, cycles(activity.times.active))},
          {"precharged_standby", energy(i.idd2n, i.ipp2n, cycles(activity.times.precharged))},
          {"active_power_down", energy(i.idd3p, i.ipp3p, cycles(activity.times.active_down))},
          {"precharged_power_down", energy(i.idd2p, i.ipp2p, cycles(activity.times.precharged_down))},
          {"self_refresh", energy(i.idd6, i.ipp6, cycles(activity.times.self_refresh))}};
}

}  // namespace visoc
