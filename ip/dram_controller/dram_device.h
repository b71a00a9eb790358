// A DRAM device table: geometry, timing and address mapping, read from devices/<name>.json.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "platform/base/result.h"
#include "platform/base/units.h"

namespace visoc {

/// Constraints between commands, in clock cycles (tCK). Names as in JEDEC JESD79-4 (DDR4) and JESD209-4 (LPDDR4).
struct DramTimings {
  Picos tCK_ps = 0;
  Cycles tBL = 0;   ///< Data bus time of one column burst: burst length / transfers a clock (2 unless the table says otherwise).
  Cycles tCL = 0;   ///< RD to first data, including tDQSCK where the device has one.
  Cycles tCWL = 0;  ///< WR to first data.
  Cycles tRCD = 0, tRP = 0, tRAS = 0, tRC = 0;
  Cycles tCCD_S = 0, tCCD_L = 0, tRRD_S = 0, tRRD_L = 0, tFAW = 0;
  Cycles tWTR_S = 0, tWTR_L = 0;  ///< From the last write data to RD.
  Cycles tRTW = 0;                ///< Idle data bus cycles from read data to write data.
  Cycles tRTP = 0, tWR = 0;
  Cycles tREFI = 0, tRFC = 0;
  // 0 where a table does not have them.
  Cycles tRPab = 0;                   ///< PREA to ACT; tRP if the table has none.
  Cycles tCS = 0;                     ///< Idle data bus cycles between bursts of two ranks.
  Cycles tPPD = 0;                    ///< PRE to PRE of a rank.
  Cycles tRFCpb = 0;                  ///< Refresh of one bank; 0: the device has no per-bank refresh.
  Cycles tPBR = 0;                    ///< From one per-bank refresh of a rank to the next.
  Cycles tWCKSYNC = 0, tWCKIDLE = 0;  ///< LPDDR5: first column command after the clock of the data stopped; idle cycles until it stops.
  Cycles tXP = 0, tCKE = 0;           ///< Power-down: exit to the next command; least time in it.
  Cycles tXS = 0, tCKESR = 0;         ///< Self refresh: likewise.
};

/// Currents of one chip in mA, the names of JEDEC's IDD measurements, and the supply in mV. `second` is VPP (DDR4) or VDD2 (LPDDR).
struct DramCurrents {
  double vdd_mv = 0, second_mv = 0;
  /// Row activation (IDD0), standby and power-down with all banks closed (2N, 2P) and with one open (3N, 3P), bursts (4R, 4W), refresh
  /// (5B), per-bank refresh (5PB), self refresh (6).
  double idd0 = 0, idd2n = 0, idd2p = 0, idd3n = 0, idd3p = 0, idd4r = 0, idd4w = 0, idd5b = 0, idd5pb = 0, idd6 = 0;
  double ipp0 = 0, ipp2n = 0, ipp2p = 0, ipp3n = 0, ipp3p = 0, ipp4r = 0, ipp4w = 0, ipp5b = 0, ipp5pb = 0, ipp6 = 0;
};

/// What a piece of an address selects.
enum class DramField : std::uint8_t { kChannel, kRank, kBankGroup, kBank, kColumn, kRow };
inline constexpr unsigned kDramFields = 6;

/// `bits` bits of one field, as text `bank_group:2`; the list starts at the least significant bit above the column burst. What remains
/// above are the row's (further) bits. Hashed, as text `bank_group:2^row:3`: its bits XOR the row's bits 3 and 4.
struct DramMapping {
  DramField field = DramField::kColumn;
  unsigned bits = 0;
  bool hashed = false;
  unsigned row_bit = 0;
};

struct DramDevice {
  std::string name;
  std::string doc;
  DramTimings timings;
  unsigned channels = 1, ranks = 1, bank_groups = 1, banks_per_group = 1;
  std::uint64_t burst_bytes = 0;     ///< Of one column burst over the whole channel; a power of two.
  std::uint64_t bursts_per_row = 0;  ///< Column bursts in a row of all chips of a rank.
  std::vector<DramMapping> mapping;
  unsigned chips = 1;                        ///< Of a rank, for the currents.
  DramCurrents currents;                     ///< All 0 if the table has none.
  std::string currents_kind = "assumption";  ///< "paper" if every one has a source, "assumption" if one is assumed.

  unsigned banks() const { return bank_groups * banks_per_group; }
};

/// The folder with the device tables.
std::string dram_device_folder();
/// Names of the tables there, sorted; empty if the folder is missing.
std::vector<std::string> dram_device_names();
/// Reads and checks `<folder>/<name>.json`; every problem is reported with its JSON pointer.
Result<DramDevice> load_dram_device(const std::string& name);
/// The same for a text; `file` is only used in problems.
Result<DramDevice> parse_dram_device(const std::string& text, const std::string& file);

/// Reads a mapping such as {"bank_group:2", "column:7", "bank:2^row:0"} and checks it against the geometry; nothing changes if it is wrong.
Problems set_dram_mapping(DramDevice& device, const std::vector<std::string>& mapping, const std::string& file);
/// Sets a timing by its name in the table ("tRCD"); false if there is no such timing. Call check_dram_timings() afterwards.
bool set_dram_timing(DramDevice& device, const std::string& name, Cycles value);
std::vector<std::string> dram_timing_names();
/// What is wrong about the timings, each against the others.
Problems check_dram_timings(const DramDevice& device, const std::string& file);

}  // namespace visoc
