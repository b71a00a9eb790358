// The report page, built into the binary from report_template.html.
// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace visoc {

extern const char* const kReportTemplate;

}  // namespace visoc
