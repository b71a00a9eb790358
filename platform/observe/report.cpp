// SPDX-License-Identifier: Apache-2.0
#include "platform/observe/report.h"

#include <nlohmann/json.hpp>

#include "platform/observe/report_template.h"

namespace visoc {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMaxDrawnActivities = 40'000;
constexpr std::size_t kMaxConsoleBytes = 256 * 1024;
constexpr const char* kMark = "@DATA@";

Json activities(const RunRecord& record) {
  Json rows = Json::array();
  for (const ActivityRecord& named : record.activities) {
    if (rows.size() == kMaxDrawnActivities) break;
    rows.push_back({named.instance, named.activity.begin, named.activity.end, named.activity.what, named.activity.tag});
  }
  return rows;
}

/// "</script>" inside guest text must not end the data element.
std::string safe_in_script(std::string text) {
  for (std::size_t at = 0; (at = text.find("</", at)) != std::string::npos; at += 3) text.replace(at, 2, "<\\/");
  return text;
}

}  // namespace

std::string report_html(const RunRecord& record, const HostRecord& host, const std::string& console) {
  Json data;
  data["result"] = Json::parse(result_json(record));
  data["host"] = Json::parse(host_json(host, record));
  data["frames"] = record.frame_files;
  data["activities"] = activities(record);
  data["activities_omitted"] = record.activities.size() - data["activities"].size() + record.activities_dropped;
  data["console"] = console.size() <= kMaxConsoleBytes ? console : console.substr(0, kMaxConsoleBytes) + "\n... (console.log has the rest)";
  std::string page = kReportTemplate;
  page.replace(page.find(kMark), std::string(kMark).size(), safe_in_script(data.dump(-1, ' ', false, Json::error_handler_t::replace)));
  return page;
}

}  // namespace visoc
