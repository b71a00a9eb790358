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
  Cycles tBL = 0;   ///< Data bus time of one column burst: burst length / 2.
  Cycles tCL = 0;   ///< RD to first data, including tDQSCK where the device has one.
  Cycles tCWL = 0;  ///< WR to first data.
  Cycles tRCD = 0, tRP = 0, tRAS = 0, tRC = 0;
  Cycles tCCD_S = 0, tCCD_L = 0, tRRD_S = 0, tRRD_L = 0, tFAW = 0;
  Cycles tWTR_S = 0, tWTR_L = 0;  ///< From the last write data to RD.
  Cycles tRTW = 0;                ///< Idle data bus cycles from read data to write data.
  Cycles tRTP = 0, tWR = 0;
  Cycles tREFI = 0, tRFC = 0;
};

/// What a piece of an address selects.
enum class DramField : std::uint8_t { kChannel, kRank, kBankGroup, kBank, kColumn };
inline constexpr unsigned kDramFields = 5;

/// `bits` bits of one field; the list starts at the least significant bit above the column burst. The row is what remains above.
struct DramMapping {
  DramField field = DramField::kColumn;
  unsigned bits = 0;
};

struct DramDevice {
  std::string name;
  std::string doc;
  DramTimings timings;
  unsigned channels = 1, ranks = 1, bank_groups = 1, banks_per_group = 1;
  std::uint64_t burst_bytes = 0;     ///< Of one column burst over the whole channel; a power of two.
  std::uint64_t bursts_per_row = 0;  ///< Column bursts in a row of all chips of a rank.
  std::vector<DramMapping> mapping;

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

}  // namespace visoc
