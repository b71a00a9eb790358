// SPDX-License-Identifier: Apache-2.0
#include "platform/sim/session.h"

#include <cstdio>
#include <systemc>
#include <utility>

namespace visoc {

ExitCode Verdict::exit_code() const {
  switch (reason) {
    case StopReason::kNone:
      return ExitCode::kInternal;
    case StopReason::kFinished:
    case StopReason::kToHost:
      return code == 0 ? ExitCode::kPass : ExitCode::kFirmwareFailed;
    case StopReason::kGuestFault:
      return ExitCode::kGuestFault;
    case StopReason::kInstructionLimit:
    case StopReason::kTimeLimit:
    case StopReason::kWallLimit:
    case StopReason::kDeadlock:
      return ExitCode::kTimeLimit;
    case StopReason::kOutputLimit:
      return ExitCode::kOutputLimit;
    case StopReason::kSignal:
      return code == 15 ? ExitCode::kTerminated : ExitCode::kInterrupted;
    case StopReason::kHostIo:
      return ExitCode::kHostIo;
  }
  return ExitCode::kInternal;
}

const char* Verdict::status() const {
  switch (exit_code()) {
    case ExitCode::kPass:
      return "pass";
    case ExitCode::kFirmwareFailed:
      return "fail";
    case ExitCode::kTimeLimit:
    case ExitCode::kOutputLimit:
      return "limit";
    case ExitCode::kGuestFault:
      return "fault";
    case ExitCode::kInterrupted:
    case ExitCode::kTerminated:
      return "interrupted";
    default:
      return "error";
  }
}

Session::Session(const Options& options, FrameSink* frames) : options_(options), frames_(frames) {}

void Session::stop(StopReason reason, std::uint32_t code, const std::string& text) {
  if (stopping()) return;
  verdict_ = {reason, code, text};
  if (sc_core::sc_get_status() == sc_core::SC_RUNNING) sc_core::sc_stop();
}

void Session::finish(std::uint32_t code) {
  stop(StopReason::kFinished, code,
       code == 0 ? "the firmware reported success" : "the firmware reported failure code " + std::to_string(code));
}

void Session::guest_fault(const std::string& instance, const std::string& text) {
  stop(StopReason::kGuestFault, 0, instance + ": " + text);
}

void Session::instruction_limit(const std::string& instance) {
  stop(StopReason::kInstructionLimit, 0, instance + " retired as many instructions as --max-instr allows");
}

void Session::console(const std::string&, ConstBytes bytes) {
  if (stopping()) return;
  const std::uint64_t room = options_.max_output_bytes - console_.size();
  const std::size_t take = bytes.size < room ? bytes.size : static_cast<std::size_t>(room);
  console_.append(reinterpret_cast<const char*>(bytes.data), take);
  if (options_.echo_console) {
    std::fwrite(bytes.data, 1, take, stdout);
    if (std::fflush(stdout) != 0) options_.echo_console = false;  // A closed stdout silences the echo; console.log still has everything.
  }
  if (take < bytes.size)
    stop(StopReason::kOutputLimit, 0,
         "the consoles printed more than the " + std::to_string(options_.max_output_bytes) + " bytes that --max-output allows");
}

void Session::show_frame(const std::string& instance, ShownFrame frame) {
  ++frames_shown_;
  std::string problem;
  if (frames_ != nullptr && !frames_->frame(instance, frame, problem)) stop(StopReason::kHostIo, 0, problem);
}

void Session::activity(const std::string& instance, Activity activity) {
  if (activities_.size() < kMaxActivities) {
    activities_.push_back({instance, std::move(activity)});
  } else {
    ++activities_dropped_;
  }
}

void Session::guest_warning(const std::string& instance, const std::string& code, const std::string& text) {
  warnings_.warn(instance + "." + code, text);
}

}  // namespace visoc
