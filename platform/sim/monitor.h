// Watches the run from inside the simulation: limits, signals, a machine in which nothing can happen any more, the progress line.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <systemc>

#include "platform/config/description.h"
#include "platform/debug/gdb_server.h"
#include "platform/sim/machine.h"
#include "platform/sim/session.h"

namespace visoc {

struct MonitorOptions {
  bool progress = false;                 ///< Print a line on stderr a few times a second.
  const std::uint8_t* tohost = nullptr;  ///< Eight bytes to watch, or null.
  GdbServer* debugger = nullptr;         ///< May hold the machine; that time is no wall time of the run.
};

/// Looks once a quantum, or when the next event is due if that is later; so a sleeping machine costs nothing. Everything it decides
/// from simulated state is decided at the same simulated time in every run; wall time and signals are the exceptions.
class Monitor : public sc_core::sc_module {
 public:
  SC_HAS_PROCESS(Monitor);
  Monitor(const sc_core::sc_module_name& name, const Description& description, const Machine& machine, Session& session,
          MonitorOptions options);

  /// Installs handlers for SIGINT and SIGTERM that the monitor acts on.
  static void catch_signals();
  /// Stops the run if SIGINT or SIGTERM came.
  static void heed_signal(Session& session);

 private:
  void watch();
  bool look();
  void check_tohost();
  void progress_line();
  double wall_seconds() const;

  const Description& description_;
  const Machine& machine_;
  Session& session_;
  MonitorOptions options_;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  double next_progress_ = 0.2;
  unsigned looks_ = 0;
};

/// "cpu0 at 0x80000012 (main+0x12), machine mode, sleeping in WFI, mie 0x888, mip 0x0; npu0: command 3 ..." for a verdict.
std::string where_everything_is(const Machine& machine, const std::function<std::string(Addr)>& symbolise);

}  // namespace visoc
