// What the process returns; docs/errors.md explains each to a person.
// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace visoc {

enum class ExitCode : int {
  kPass = 0,            ///< Firmware reported success.
  kFirmwareFailed = 1,  ///< Firmware reported failure.
  kBadInput = 2,        ///< A file, an option or a configuration value is wrong.
  kHostIo = 3,          ///< The host refused a read or a write.
  kTimeLimit = 4,       ///< A limit of time or instructions was reached, or nothing can happen any more.
  kGuestFault = 5,      ///< The guest cannot go on (for example a trap inside the trap handler, for ever).
  kOutputLimit = 6,     ///< The guest printed more than allowed.
  kMismatch = 7,        ///< Model and RTL disagree.
  kInternal = 70,       ///< A bug of visoc.
  kInterrupted = 130,   ///< SIGINT.
  kTerminated = 143,    ///< SIGTERM.
};

}  // namespace visoc
