// The conversation with one GDB: bytes in, bytes out, and when a hart may go on. Knows nothing of sockets.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/span.h"
#include "platform/contract/hart_debug.h"
#include "platform/debug/gdb_packet.h"
#include "platform/debug/gdb_points.h"

namespace visoc {

/// Harts are GDB's threads: hart i of the list is thread i + 1. All stop together, and when one goes on, all do: a client that resumes
/// one thread only gets its stop from there, but the others run as the machine would have run them without a debugger.
class GdbSession {
 public:
  enum class State : std::uint8_t {
    kDetached,  ///< No client: every hart runs freely.
    kStopped,   ///< The machine stands still; the client speaks.
    kRunning,   ///< The client waits for a stop.
    kKilled,    ///< The client asked for the end of the run.
  };

  /// At least one hart; they outlive the session.
  explicit GdbSession(std::vector<HartDebug*> harts);

  State state() const { return state_; }
  /// A client has connected while the machine stands still at `hart`. A new conversation: acknowledgements are on.
  void attach(std::size_t hart);
  /// The client is gone: every breakpoint and watchpoint is removed, the harts run freely.
  void detach();
  /// Bytes of the client, in pieces of any size. Never fails: what makes no sense gets an error packet or none.
  void receive(ConstBytes bytes);
  /// Bytes for the client since the last call.
  std::string take_output();

  /// A hart asks to go on. Returns how many instructions it may retire; 0: the machine stands still, receive() until it does not.
  std::uint64_t ask(std::size_t hart, const DebugStop& stop);
  /// The client pressed Ctrl-C and nobody stopped yet. Where no hart asks (all sleep), stop_for_interrupt() does it.
  bool interrupted() const { return interrupted_; }
  void stop_for_interrupt(std::size_t hart);
  /// The run is over. A client that waits for a stop hears of it; then there is no client any more.
  void exited(unsigned exit_code);

 private:
  /// What the client wants of a hart since the last resume.
  struct Plan {
    enum class Kind : std::uint8_t { kContinue, kStep, kRange } kind = Kind::kContinue;
    Addr begin = 0, end = 0;  ///< kRange: steps until the pc is outside.
    bool stepped = false;     ///< A step was granted, so the next kStep is its end.
    bool moved = false;       ///< The client named it, or all.
  };

  void packet(const std::string& payload);
  void send(std::string_view payload);
  void query(std::string_view text);
  void set(std::string_view text);
  void verbose(std::string_view text);
  void supported(std::string_view features);
  void transfer_features(std::string_view text);
  void select_thread(std::string_view text);
  void read_general();
  void write_general(std::string_view text);
  void read_one(std::string_view text);
  void write_one(std::string_view text);
  void read_memory(std::string_view text);
  void write_memory(std::string_view text, bool binary);
  void point(std::string_view text, bool insert);
  void resume_one(std::string_view text, bool step, bool with_signal);
  void resume_many(std::string_view text);
  void resume();

  /// True, and `index`, if the text is the number of a thread. 0 (any) is the one that stopped.
  bool thread(std::string_view text, std::size_t& index) const;
  bool explain(std::size_t hart, const DebugStop& stop, std::string& why);
  void stop(std::size_t hart, unsigned signal, const std::string& why);
  HartDebug& selected() { return *harts_[selected_]; }
  Addr pc_of(std::size_t hart);

  std::vector<HartDebug*> harts_;
  GdbPoints points_;
  std::vector<Plan> plans_;
  State state_ = State::kDetached;
  GdbPacketReader reader_;
  std::string output_, last_frame_, stop_reply_, target_xml_;
  std::size_t selected_ = 0;  ///< The thread of register and memory packets.
  std::size_t stopped_ = 0;   ///< The thread that stopped last.
  std::size_t stepping_ = 0;  ///< The thread of c, s, C and S.
  bool at_breakpoint_ = false, pc_written_ = false;
  bool acknowledge_ = true, tells_breakpoints_ = false;
  bool interrupted_ = false, resend_ = false;
};

}  // namespace visoc
