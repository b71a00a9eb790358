// The page a person opens after a run.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "platform/observe/run_record.h"

namespace visoc {

/// One self-contained HTML file: verdict, frames (linked from frames/), time line of activities, traffic, energy, statistics, console.
std::string report_html(const RunRecord& record, const HostRecord& host, const std::string& console);

}  // namespace visoc
