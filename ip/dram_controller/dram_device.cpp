// SPDX-License-Identifier: Apache-2.0
#include "ip/dram_controller/dram_device.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "platform/base/data_folder.h"

namespace visoc {
namespace {

using Json = nlohmann::json;

constexpr const char* kFieldNames[kDramFields] = {"channel", "rank", "bank_group", "bank", "column", "row"};

bool is_power_of_two(std::uint64_t value) { return value != 0 && (value & (value - 1)) == 0; }

unsigned log2_of(std::uint64_t value) {
  unsigned log2 = 0;
  while ((std::uint64_t{1} << log2) < value) ++log2;
  return log2;
}

class Reader {
 public:
  Reader(const Json& root, const std::string& file) : root_(root), file_(file) {}

  void problem(const std::string& where, const std::string& message) { problems_.push_back({file_, where, message, ExitCode::kBadInput}); }

  /// An object {"value": n, "source": "..."}; `optional` figures that are missing are 0.
  std::uint64_t figure(const char* group, const char* name, std::uint64_t min, std::uint64_t max, bool optional = false) {
    const std::string where = std::string("/") + group + "/" + name;
    known_[group].push_back(name);
    const auto section = root_.find(group);
    if (section == root_.end() || !section->is_object() || !section->contains(name)) {
      if (!optional) problem(where, "is missing");
      return 0;
    }
    const Json& entry = (*section)[name];
    if (!entry.is_object() || !entry.contains("value") || !entry["value"].is_number_unsigned()) {
      problem(where, "must be an object with a whole number \"value\" and a \"source\"");
      return 0;
    }
    if (!entry.contains("source") || !entry["source"].is_string() || entry["source"].get<std::string>().empty())
      problem(where, "has no \"source\"; say where the figure comes from, or \"assumed\"");
    const std::uint64_t value = entry["value"].get<std::uint64_t>();
    if (value < min || value > max)
      problem(where, "is " + std::to_string(value) + "; " + std::to_string(min) + " to " + std::to_string(max) + " was expected");
    return value;
  }

  std::string text(const char* name) {
    const auto found = root_.find(name);
    if (found != root_.end() && found->is_string()) return found->get<std::string>();
    problem(std::string("/") + name, "is missing; a string was expected");
    return {};
  }

  void unknown_keys() {
    for (const auto& item : root_.items())
      if (known_.count(item.key()) == 0 && item.key() != "name" && item.key() != "doc" && item.key() != "mapping")
        problem("/" + item.key(), "is not known");
    for (const auto& [group, names] : known_) {
      if (!root_.contains(group) || !root_[group].is_object()) continue;
      for (const auto& item : root_[group].items())
        if (std::find(names.begin(), names.end(), item.key()) == names.end()) problem("/" + group + "/" + item.key(), "is not known");
    }
  }

  std::vector<std::string> strings(const char* name) {
    std::vector<std::string> all;
    const auto found = root_.find(name);
    if (found == root_.end() || !found->is_array()) {
      problem(std::string("/") + name, "is missing; an array such as [\"bank_group:2\", \"column:7\", \"bank:2\"] was expected");
      return all;
    }
    for (std::size_t i = 0; i < found->size(); ++i) {
      if ((*found)[i].is_string())
        all.push_back((*found)[i].get<std::string>());
      else
        problem(std::string("/") + name + "/" + std::to_string(i), "must be a string");
    }
    return all;
  }

  /// A current in mA, or a voltage in mV.
  double current(const char* name, bool optional) {
    known_["currents"].push_back(name);
    const std::string where = std::string("/currents/") + name;
    const auto section = root_.find("currents");
    if (section == root_.end()) return 0;
    if (!section->is_object() || !section->contains(name)) {
      if (!optional) problem(where, "is missing");
      return 0;
    }
    const Json& entry = (*section)[name];
    const bool right = entry.is_object() && entry.contains("value") && entry["value"].is_number() && entry.contains("source") &&
                       entry["source"].is_string() && !entry["source"].get<std::string>().empty();
    const double value = right ? entry["value"].get<double>() : -1;
    if (right && entry["source"].get<std::string>().rfind("assumed", 0) == 0) assumed_currents_ = true;
    if (value >= 0 && value <= 10'000) return value;
    problem(where, "must be an object with a \"value\" of 0 to 10000 and a \"source\"");
    return 0;
  }

  const Problems& problems() const { return problems_; }
  bool assumed_currents() const { return assumed_currents_; }

 private:
  bool assumed_currents_ = false;
  const Json& root_;
  std::string file_;
  Problems problems_;
  std::map<std::string, std::vector<std::string>> known_;
};

struct NamedTiming {
  const char* name;
  Cycles DramTimings::*member;
  Cycles min;
  bool optional;
};

constexpr Cycles kLongest = 1'000'000;  // Cycles of a timing.

constexpr NamedTiming kTimings[] = {{"tCL", &DramTimings::tCL, 1, false},          {"tCWL", &DramTimings::tCWL, 1, false},
                                    {"tRCD", &DramTimings::tRCD, 1, false},        {"tRP", &DramTimings::tRP, 1, false},
                                    {"tRAS", &DramTimings::tRAS, 1, false},        {"tRC", &DramTimings::tRC, 1, false},
                                    {"tCCD_S", &DramTimings::tCCD_S, 1, false},    {"tCCD_L", &DramTimings::tCCD_L, 1, false},
                                    {"tRRD_S", &DramTimings::tRRD_S, 1, false},    {"tRRD_L", &DramTimings::tRRD_L, 1, false},
                                    {"tFAW", &DramTimings::tFAW, 1, false},        {"tWTR_S", &DramTimings::tWTR_S, 0, false},
                                    {"tWTR_L", &DramTimings::tWTR_L, 0, false},    {"tRTW", &DramTimings::tRTW, 0, false},
                                    {"tRTP", &DramTimings::tRTP, 0, false},        {"tWR", &DramTimings::tWR, 0, false},
                                    {"tREFI", &DramTimings::tREFI, 1, false},      {"tRFC", &DramTimings::tRFC, 0, false},
                                    {"tRPab", &DramTimings::tRPab, 1, true},       {"tCS", &DramTimings::tCS, 0, true},
                                    {"tPPD", &DramTimings::tPPD, 0, true},         {"tRFCpb", &DramTimings::tRFCpb, 1, true},
                                    {"tPBR", &DramTimings::tPBR, 0, true},         {"tWCKSYNC", &DramTimings::tWCKSYNC, 0, true},
                                    {"tWCKIDLE", &DramTimings::tWCKIDLE, 0, true}, {"tXP", &DramTimings::tXP, 0, true},
                                    {"tCKE", &DramTimings::tCKE, 0, true},         {"tXS", &DramTimings::tXS, 0, true},
                                    {"tCKESR", &DramTimings::tCKESR, 0, true}};

void read_timings(Reader& in, DramTimings& t) {
  t.tCK_ps = in.figure("timing", "tCK_ps", 1, kLongest);
  for (const NamedTiming& each : kTimings) t.*each.member = in.figure("timing", each.name, each.min, kLongest, each.optional);
  t.tCL += in.figure("timing", "tDQSCK", 0, kLongest, /*optional=*/true);
  if (t.tRPab == 0) t.tRPab = t.tRP;
}

struct NamedCurrent {
  const char* name;
  double DramCurrents::*member;
  bool optional;
};

constexpr NamedCurrent kCurrents[] = {
    {"VDD_mV", &DramCurrents::vdd_mv, false}, {"second_mV", &DramCurrents::second_mv, true}, {"IDD0", &DramCurrents::idd0, false},
    {"IDD2N", &DramCurrents::idd2n, false},   {"IDD2P", &DramCurrents::idd2p, false},        {"IDD3N", &DramCurrents::idd3n, false},
    {"IDD3P", &DramCurrents::idd3p, false},   {"IDD4R", &DramCurrents::idd4r, false},        {"IDD4W", &DramCurrents::idd4w, false},
    {"IDD5B", &DramCurrents::idd5b, false},   {"IDD5PB", &DramCurrents::idd5pb, true},       {"IDD6", &DramCurrents::idd6, false},
    {"IPP0", &DramCurrents::ipp0, true},      {"IPP2N", &DramCurrents::ipp2n, true},         {"IPP2P", &DramCurrents::ipp2p, true},
    {"IPP3N", &DramCurrents::ipp3n, true},    {"IPP3P", &DramCurrents::ipp3p, true},         {"IPP4R", &DramCurrents::ipp4r, true},
    {"IPP4W", &DramCurrents::ipp4w, true},    {"IPP5B", &DramCurrents::ipp5b, true},         {"IPP5PB", &DramCurrents::ipp5pb, true},
    {"IPP6", &DramCurrents::ipp6, true}};

/// "bank:2^row:0" -> a piece; false if it is not of that form.
bool read_piece(const std::string& text, DramMapping& piece) {
  const auto field = [](const std::string& part, std::string& name, unsigned& number) {
    const std::size_t colon = part.find(':');
    if (colon == std::string::npos || part.size() < colon + 2 || part.size() > colon + 3) return false;
    if (part.find_first_not_of("0123456789", colon + 1) != std::string::npos) return false;
    name = part.substr(0, colon);
    number = static_cast<unsigned>(std::stoul(part.substr(colon + 1)));
    return true;
  };
  const std::size_t hash = text.find('^');
  std::string name, row;
  if (!field(text.substr(0, hash), name, piece.bits)) return false;
  const auto found = std::find(std::begin(kFieldNames), std::end(kFieldNames), name);
  if (found == std::end(kFieldNames)) return false;
  piece.field = static_cast<DramField>(found - std::begin(kFieldNames));
  piece.hashed = hash != std::string::npos;
  if (!piece.hashed) return true;
  const bool selects_bank = piece.field != DramField::kRow && piece.field != DramField::kColumn;
  return selects_bank && field(text.substr(hash + 1), row, piece.row_bit) && row == "row";
}

}  // namespace

Problems set_dram_mapping(DramDevice& device, const std::vector<std::string>& mapping, const std::string& file) {
  Problems problems;
  const auto problem = [&](const std::string& where, const std::string& message) {
    problems.push_back({file, where, message, ExitCode::kBadInput});
  };
  std::vector<DramMapping> pieces;
  for (std::size_t i = 0; i < mapping.size(); ++i) {
    DramMapping piece;
    if (read_piece(mapping[i], piece))
      pieces.push_back(piece);
    else
      problem("/mapping/" + std::to_string(i),
              "is \"" + mapping[i] +
                  "\"; \"<field>:<bits>\" was expected with a field channel, rank, bank_group, bank, column or "
                  "row, or \"<field>:<bits>^row:<first row bit>\" for a field that selects banks");
  }
  constexpr unsigned kMostBits = 48;  // Of an address that reaches the row's lowest remaining bit.
  unsigned all_bits = log2_of(device.burst_bytes);
  for (const DramMapping& piece : pieces) all_bits += piece.bits;
  if (all_bits > kMostBits) problem("/mapping", "takes " + std::to_string(all_bits) + " address bits; at most 48 were expected");
  const std::uint64_t counts[] = {device.channels, device.ranks, device.bank_groups, device.banks_per_group, device.bursts_per_row};
  for (unsigned field = 0; field < std::size(counts); ++field) {
    unsigned bits = 0;
    for (const DramMapping& piece : pieces)
      if (static_cast<unsigned>(piece.field) == field) bits += piece.bits;
    if (is_power_of_two(counts[field]) && bits != log2_of(counts[field]))
      problem("/mapping", std::string("selects ") + kFieldNames[field] + " by " + std::to_string(bits) + " bits; the geometry needs " +
                              std::to_string(log2_of(counts[field])));
  }
  for (const DramMapping& piece : pieces)
    if (piece.hashed && piece.row_bit + piece.bits > kMostBits) problem("/mapping", "hashes with row bits above 47");
  if (problems.empty()) device.mapping = std::move(pieces);
  return problems;
}

bool set_dram_timing(DramDevice& device, const std::string& name, Cycles value) {
  for (const NamedTiming& each : kTimings) {
    if (name != each.name) continue;
    device.timings.*each.member = value;
    return true;
  }
  return false;
}

std::vector<std::string> dram_timing_names() {
  std::vector<std::string> names;
  for (const NamedTiming& each : kTimings) names.push_back(each.name);
  return names;
}

/// Relations that the schedulers rely on; a table that breaks them is wrong anyway.
Problems check_dram_timings(const DramDevice& device, const std::string& file) {
  const DramTimings& t = device.timings;
  Problems problems;
  const auto problem = [&](const char* where, const std::string& message) {
    problems.push_back({file, where, message, ExitCode::kBadInput});
  };
  for (const NamedTiming& each : kTimings)
    if (t.*each.member > kLongest || (!each.optional && t.*each.member < each.min))
      problem("/timing", std::string(each.name) + " is " + std::to_string(t.*each.member) + " cycles");
  if (t.tCCD_S < t.tBL || t.tCCD_L < t.tCCD_S || t.tCCD_L > 2 * t.tCCD_S)
    problem("/timing/tCCD_S", "burst time <= tCCD_S <= tCCD_L <= 2 tCCD_S was expected");
  if (t.tRRD_L < t.tRRD_S) problem("/timing/tRRD_L", "tRRD_L is below tRRD_S");
  if (t.tWTR_L < t.tWTR_S) problem("/timing/tWTR_L", "tWTR_L is below tWTR_S");
  if (t.tRC < t.tRAS) problem("/timing/tRC", "tRC is below tRAS");
  if (!problems.empty()) return problems;
  const Cycles longest = t.tRP + t.tRCD + t.tRAS + t.tRC + t.tCWL + t.tBL + t.tWR + t.tFAW;
  if (t.tREFI < t.tRFC + 4 * longest) problem("/timing/tREFI", "leaves too little time between two refreshes");
  if (t.tRFC < t.tCWL + t.tBL + t.tWR + t.tRP || t.tRFC < t.tRC) problem("/timing/tRFC", "is shorter than closing a row");
  if (t.tRFCpb != 0 && t.tRFCpb * device.banks() * 2 > t.tREFI) problem("/timing/tRFCpb", "takes more than half of the time of all banks");
  return problems;
}

Result<DramDevice> parse_dram_device(const std::string& text, const std::string& file) {
  const Json root = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (root.is_discarded() || !root.is_object()) return Problem{file, "", "is not a JSON object", ExitCode::kBadInput};
  Reader in(root, file);
  DramDevice device;
  device.name = in.text("name");
  device.doc = in.text("doc");
  device.channels = static_cast<unsigned>(in.figure("geometry", "channels", 1, 16));
  device.ranks = static_cast<unsigned>(in.figure("geometry", "ranks", 1, 8));
  device.bank_groups = static_cast<unsigned>(in.figure("geometry", "bank_groups", 1, 16));
  device.banks_per_group = static_cast<unsigned>(in.figure("geometry", "banks_per_group", 1, 32));
  const std::uint64_t data_bits = in.figure("geometry", "data_bits", 8, 1024);
  const std::uint64_t burst_length = in.figure("geometry", "burst_length", 2, 64);
  const std::uint64_t columns = in.figure("geometry", "columns", 2, 1u << 20);
  device.burst_bytes = data_bits / 8 * burst_length;
  device.bursts_per_row = burst_length != 0 ? columns / burst_length : 0;
  const std::uint64_t transfers = std::max<std::uint64_t>(in.figure("geometry", "transfers_per_clock", 2, 16, /*optional=*/true), 2);
  device.timings.tBL = burst_length / transfers;
  read_timings(in, device.timings);
  device.chips = static_cast<unsigned>(in.figure("geometry", "chips_per_rank", 1, 64, /*optional=*/true));
  device.chips = std::max(device.chips, 1u);
  for (const NamedCurrent& each : kCurrents) device.currents.*each.member = in.current(each.name, each.optional);
  if (device.currents.vdd_mv != 0 && device.timings.tRFCpb != 0 && device.currents.idd5pb == 0)
    in.problem("/currents/IDD5PB", "is missing; the device refreshes single banks (tRFCpb)");
  device.currents_kind = in.assumed_currents() ? "assumption" : "paper";
  const std::vector<std::string> mapping = in.strings("mapping");
  in.unknown_keys();
  if (!in.problems().empty()) return in.problems();

  if (!is_power_of_two(device.burst_bytes)) in.problem("/geometry/data_bits", "data_bits / 8 * burst_length must be a power of two");
  const std::pair<const char*, std::uint64_t> counts[] = {{"channels", device.channels},
                                                          {"ranks", device.ranks},
                                                          {"bank_groups", device.bank_groups},
                                                          {"banks_per_group", device.banks_per_group},
                                                          {"columns", device.bursts_per_row}};
  for (const auto& [name, count] : counts)
    if (!is_power_of_two(count))
      in.problem(std::string("/geometry/") + name, "selects " + std::to_string(count) + " places, not a power of two");
  Problems problems = in.problems();
  for (Problem& problem : set_dram_mapping(device, mapping, file)) problems.push_back(std::move(problem));
  for (Problem& problem : check_dram_timings(device, file)) problems.push_back(std::move(problem));
  if (!problems.empty()) return problems;
  return device;
}

std::string dram_device_folder() { return data_folder() + "/ip/dram_controller/devices"; }

std::vector<std::string> dram_device_names() {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(dram_device_folder(), error))
    if (entry.path().extension() == ".json") names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

Result<DramDevice> load_dram_device(const std::string& name) {
  const std::string path = dram_device_folder() + "/" + name + ".json";
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) return Problem{path, "", "cannot be read", ExitCode::kHostIo};
  return parse_dram_device(text.str(), path);
}

}  // namespace visoc
