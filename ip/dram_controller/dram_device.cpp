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

constexpr const char* kFieldNames[kDramFields] = {"channel", "rank", "bank_group", "bank", "column"};

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

  std::vector<DramMapping> mapping() {
    std::vector<DramMapping> all;
    const auto found = root_.find("mapping");
    if (found == root_.end() || !found->is_array()) {
      problem("/mapping", "is missing; an array such as [\"bank_group:2\", \"column:7\", \"bank:2\"] was expected");
      return all;
    }
    for (std::size_t i = 0; i < found->size(); ++i) {
      const std::string where = "/mapping/" + std::to_string(i);
      const Json& item = (*found)[i];
      const std::string text = item.is_string() ? item.get<std::string>() : "";
      const std::size_t colon = text.find(':');
      const auto name = std::find(std::begin(kFieldNames), std::end(kFieldNames), text.substr(0, colon));
      const bool one_digit_pair = colon != std::string::npos && text.size() > colon + 1 && text.size() <= colon + 3 &&
                                  text.find_first_not_of("0123456789", colon + 1) == std::string::npos;
      if (name == std::end(kFieldNames) || !one_digit_pair) {
        problem(where, "must be \"<field>:<bits>\" with a field channel, rank, bank_group, bank or column");
        continue;
      }
      all.push_back({static_cast<DramField>(name - std::begin(kFieldNames)), static_cast<unsigned>(std::stoul(text.substr(colon + 1)))});
    }
    return all;
  }

  const Problems& problems() const { return problems_; }

 private:
  const Json& root_;
  std::string file_;
  Problems problems_;
  std::map<std::string, std::vector<std::string>> known_;
};

void read_timings(Reader& in, DramTimings& t) {
  constexpr std::uint64_t kMost = 1'000'000;
  t.tCK_ps = in.figure("timing", "tCK_ps", 1, kMost);
  struct Named {
    const char* name;
    Cycles DramTimings::*member;
    Cycles min;
  };
  const Named all[] = {{"tCL", &DramTimings::tCL, 1},       {"tCWL", &DramTimings::tCWL, 1},     {"tRCD", &DramTimings::tRCD, 1},
                       {"tRP", &DramTimings::tRP, 1},       {"tRAS", &DramTimings::tRAS, 1},     {"tRC", &DramTimings::tRC, 1},
                       {"tCCD_S", &DramTimings::tCCD_S, 1}, {"tCCD_L", &DramTimings::tCCD_L, 1}, {"tRRD_S", &DramTimings::tRRD_S, 1},
                       {"tRRD_L", &DramTimings::tRRD_L, 1}, {"tFAW", &DramTimings::tFAW, 1},     {"tWTR_S", &DramTimings::tWTR_S, 0},
                       {"tWTR_L", &DramTimings::tWTR_L, 0}, {"tRTW", &DramTimings::tRTW, 0},     {"tRTP", &DramTimings::tRTP, 0},
                       {"tWR", &DramTimings::tWR, 0},       {"tREFI", &DramTimings::tREFI, 1},   {"tRFC", &DramTimings::tRFC, 0}};
  for (const Named& each : all) t.*each.member = in.figure("timing", each.name, each.min, kMost);
  t.tCL += in.figure("timing", "tDQSCK", 0, kMost, /*optional=*/true);
}

/// Relations that the scheduler relies on; a table that breaks them is wrong anyway.
void check_timings(Reader& in, const DramTimings& t) {
  if (t.tCCD_S < t.tBL || t.tCCD_L < t.tCCD_S || t.tCCD_L > 2 * t.tCCD_S)
    in.problem("/timing/tCCD_S", "burst time <= tCCD_S <= tCCD_L <= 2 tCCD_S was expected");
  if (t.tRRD_L < t.tRRD_S) in.problem("/timing/tRRD_L", "tRRD_L is below tRRD_S");
  if (t.tWTR_L < t.tWTR_S) in.problem("/timing/tWTR_L", "tWTR_L is below tWTR_S");
  if (t.tRC < t.tRAS) in.problem("/timing/tRC", "tRC is below tRAS");
  const Cycles longest = t.tRP + t.tRCD + t.tRAS + t.tRC + t.tCWL + t.tBL + t.tWR + t.tFAW;
  if (t.tREFI < t.tRFC + 4 * longest) in.problem("/timing/tREFI", "leaves too little time between two refreshes");
  if (t.tRFC < t.tCWL + t.tBL + t.tWR + t.tRP || t.tRFC < t.tRC) in.problem("/timing/tRFC", "is shorter than closing a row");
}

}  // namespace

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
  device.timings.tBL = burst_length / 2;
  read_timings(in, device.timings);
  device.mapping = in.mapping();
  in.unknown_keys();
  if (!in.problems().empty()) return in.problems();

  if (!is_power_of_two(device.burst_bytes)) in.problem("/geometry/data_bits", "data_bits / 8 * burst_length must be a power of two");
  const std::uint64_t counts[kDramFields] = {device.channels, device.ranks, device.bank_groups, device.banks_per_group,
                                             device.bursts_per_row};
  for (unsigned field = 0; field < kDramFields; ++field) {
    unsigned bits = 0;
    for (const DramMapping& piece : device.mapping)
      if (static_cast<unsigned>(piece.field) == field) bits += piece.bits;
    if (!is_power_of_two(counts[field]))
      in.problem("/geometry", std::string("the number of ") + kFieldNames[field] + " selections is " + std::to_string(counts[field]) +
                                  ", not a power of two");
    else if (bits != log2_of(counts[field]))
      in.problem("/mapping", std::string("selects ") + kFieldNames[field] + " by " + std::to_string(bits) + " bits; the geometry needs " +
                                 std::to_string(log2_of(counts[field])));
  }
  check_timings(in, device.timings);
  if (!in.problems().empty()) return in.problems();
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
