// Where a GDB connects: the one place of the tree that opens a socket, on the loopback address only.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "platform/base/result.h"
#include "platform/contract/hart_debug.h"
#include "platform/debug/gdb_session.h"

namespace visoc {

/// Serves one client at a time for as long as the run lasts. Everything happens in the calls of the harts and of the monitor; there is no
/// thread. While a client holds the machine, those calls do not return, so no simulated time passes.
class GdbServer : public Debugger {
 public:
  struct Hooks {
    /// Called at least every 100 ms while the machine is held. True: the run is ending, let go.
    std::function<bool()> ending = [] { return false; };
    /// The client wants the run to end; ending() is true from then on.
    std::function<void()> kill = [] {};
  };

  GdbServer();
  ~GdbServer() override;
  GdbServer(const GdbServer&) = delete;
  GdbServer& operator=(const GdbServer&) = delete;

  /// Listens on 127.0.0.1. `port` 0: any free one.
  Problems listen(unsigned port);
  unsigned port() const { return port_; }
  /// Before the run: the harts in the order of their threads, at least one; they outlive the run.
  void start(std::vector<HartDebug*> harts, Hooks hooks);

  /// The first call says on stderr where it waits, and waits for a client.
  std::uint64_t permit(HartDebug& hart, const DebugStop& stop) override;
  /// For machines in which every hart sleeps and none asks: a client that comes or presses Ctrl-C is served here. Cheap; called once a
  /// quantum.
  void look();
  /// The run is over: tells the client and closes everything.
  void finish(unsigned exit_code);
  /// Wall time in which the machine was held.
  double held_seconds() const { return held_seconds_; }

 private:
  bool look_due();
  /// Without waiting: takes clients and what they sent. `hart` is where the machine stands.
  void poll_sockets(std::size_t hart);
  void hold(std::size_t hart);
  void wait_for_first_client();
  void accept_client(std::size_t hart);
  void read_client();
  void write_client();
  void drop_client();
  bool connected() const { return client_ >= 0; }

  std::vector<HartDebug*> harts_;
  std::unique_ptr<GdbSession> session_;
  Hooks hooks_;
  int listener_ = -1, client_ = -1;
  unsigned port_ = 0;
  bool waited_ = false;
  bool asked_ = false;  ///< By a hart, since the last look().
  unsigned quiet_looks_ = 0;
  std::string unsent_;
  unsigned calls_ = 0, calls_per_look_ = 1;
  std::chrono::steady_clock::time_point last_look_ = std::chrono::steady_clock::now();
  double held_seconds_ = 0;
};

}  // namespace visoc
