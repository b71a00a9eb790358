// SPDX-License-Identifier: Apache-2.0
#include "platform/sim/monitor.h"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "platform/config/quantity.h"
#include "platform/tlm/sim_time.h"

namespace visoc {
namespace {

volatile std::sig_atomic_t g_signal = 0;

void on_signal(int signal) { g_signal = signal; }

constexpr unsigned kLooksPerWallCheck = 16;
constexpr Picos kLookEvery = 10 * kPicosPerMicro;  // Of simulated time, at least.

}  // namespace

Monitor::Monitor(const sc_core::sc_module_name& name, const Description& description, const Machine& machine, Session& session,
                 MonitorOptions options)
    : sc_module(name), description_(description), machine_(machine), session_(session), options_(options) {
  SC_THREAD(watch);
  set_stack_size(1u << 18);
}

void Monitor::catch_signals() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  signal(SIGPIPE, SIG_IGN);
}

void Monitor::heed_signal(Session& session) {
  if (g_signal == 0) return;
  const int signal = g_signal;
  session.stop(StopReason::kSignal, static_cast<std::uint32_t>(signal),
               std::string("stopped by ") + (signal == SIGTERM ? "SIGTERM" : "SIGINT"));
}

double Monitor::wall_seconds() const {
  const double wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
  return options_.debugger == nullptr ? wall : wall - options_.debugger->held_seconds();
}

void Monitor::watch() {
  while (look()) {
    const Picos now = kernel_now();
    const Picos limit = description_.limits.max_time;
    Picos next = now + std::max(description_.quantum, kLookEvery);
    // What is pending now is everyone else's: this thread has not armed its own wait yet.
    if (!sc_core::sc_pending_activity_at_current_time()) {
      if (!sc_core::sc_pending_activity_at_future_time()) {
        session_.stop(StopReason::kDeadlock, 0, "nothing can happen any more: every hart sleeps, no block works and no timer is armed");
        return;
      }
      next = std::max(next, now + to_picos(sc_core::sc_time_to_pending_activity()));
    }
    next = std::min(next, limit);
    if (next > now) wait(to_sc_time(next - now));
  }
}

bool Monitor::look() {
  if (session_.stopping()) return false;
  if (options_.tohost != nullptr) check_tohost();
  if (kernel_now() >= description_.limits.max_time)
    session_.stop(StopReason::kTimeLimit, 0,
                  "simulated time reached the limit of " + format_time(description_.limits.max_time) + " (--max-time)");
  if (options_.debugger != nullptr) options_.debugger->look();
  heed_signal(session_);
  if (++looks_ % kLooksPerWallCheck == 0) {
    const double wall = wall_seconds();
    if (wall * 1000 >= static_cast<double>(description_.limits.max_wall_ms))
      session_.stop(StopReason::kWallLimit, 0,
                    "wall time reached the limit of " + std::to_string(description_.limits.max_wall_ms) + " ms (--max-wall)");
    if (options_.progress && wall >= next_progress_) progress_line();
  }
  return !session_.stopping();
}

void Monitor::check_tohost() {
  std::uint64_t value = 0;
  std::memcpy(&value, options_.tohost, sizeof value);
  if ((value & 1) == 0) return;
  const auto code = static_cast<std::uint32_t>(value >> 1);
  session_.stop(StopReason::kToHost, code, code == 0 ? "tohost says pass" : "tohost says that test " + std::to_string(code) + " failed");
}

void Monitor::progress_line() {
  const double wall = wall_seconds();
  next_progress_ = wall + 0.25;
  const double simulated = static_cast<double>(kernel_now()) / static_cast<double>(kPicosPerSecond);
  std::string frames;
  if (session_.frames_shown() != 0 || description_.expected_frames != 0) {
    frames = "frames " + std::to_string(session_.frames_shown());
    if (description_.expected_frames != 0) frames += "/" + std::to_string(description_.expected_frames);
    frames += "   ";
  }
  std::fprintf(stderr, "\r\033[K%ssimulated %.3f s   wall %.1f s   simulated/wall %.3f", frames.c_str(), simulated, wall, simulated / wall);
  std::fflush(stderr);
}

std::string where_everything_is(const Machine& machine, const std::function<std::string(Addr)>& symbolise) {
  std::string text;
  for (const NamedBlock& entry : machine.blocks()) {
    std::string line;
    if (const HartControl* hart = entry.block->hart()) {
      const std::string symbol = symbolise(hart->pc());
      line = entry.name + " at " + format_address(hart->pc()) + (symbol.empty() ? "" : " (" + symbol + ")") + ", " + hart->where();
    } else {
      const std::string pending = entry.block->pending();
      if (!pending.empty()) line = entry.name + ": " + pending;
    }
    if (!line.empty()) text += (text.empty() ? "" : "; ") + line;
  }
  return text;
}

}  // namespace visoc
