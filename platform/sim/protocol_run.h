// Protocol checkers in a run: which links get one, and what they found.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "platform/observe/run_record.h"
#include "platform/sim/machine.h"

namespace visoc {

/// `run.check_protocol` where it is given; else the environment variable VISOC_CHECK_PROTOCOL (1, 0 or patterns), which tests set;
/// else "off". The only place that reads the variable.
std::string protocol_pattern(const Description& description);

/// A pattern of the configuration that no link matches is the user's mistake; the message names the links.
Problems check_protocol_pattern(const Description& description, const Machine& machine);

/// Puts the counts into the record and prints how many violations were not shown. Returns one sentence if there were any, else nothing.
std::string collect_protocol(const Machine& machine, RunRecord& record);

}  // namespace visoc
