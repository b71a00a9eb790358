// The run as the blocks see it: it hears them, and knows when to stop.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "platform/base/exit_codes.h"
#include "platform/base/log.h"
#include "platform/contract/services.h"

namespace visoc {

/// Why a run ended.
enum class StopReason {
  kNone,
  kFinished,
  kToHost,
  kGuestFault,
  kInstructionLimit,
  kTimeLimit,
  kWallLimit,
  kDeadlock,
  kOutputLimit,
  kSignal,
  kHostIo
};

struct Verdict {
  StopReason reason = StopReason::kNone;
  std::uint32_t code = 0;  ///< Firmware's code or the signal number.
  std::string text;        ///< One sentence.

  ExitCode exit_code() const;
  const char* status() const;  ///< "pass", "fail", "limit", "fault", "interrupted", "error".
};

struct NamedActivity {
  std::string instance;
  Activity activity;
};

/// Receives frames as they are shown; the report writes pictures from them.
class FrameSink {
 public:
  virtual ~FrameSink() = default;
  /// False if the host refused; the run then ends with exit code 3 and `problem`.
  virtual bool frame(const std::string& instance, const ShownFrame& frame, std::string& problem) = 0;
};

class Session : public RunServices {
 public:
  struct Options {
    std::uint64_t seed = 1;
    std::uint64_t max_output_bytes = 64ull << 20;
    bool echo_console = true;  ///< Copy the consoles to stdout as they print.
  };
  Session(const Options& options, FrameSink* frames);

  void finish(std::uint32_t code) override;
  void guest_fault(const std::string& instance, const std::string& text) override;
  void instruction_limit(const std::string& instance) override;
  bool stopping() const override { return verdict_.reason != StopReason::kNone; }
  void console(const std::string& instance, ConstBytes bytes) override;
  void show_frame(const std::string& instance, ShownFrame frame) override;
  void activity(const std::string& instance, Activity activity) override;
  void guest_warning(const std::string& instance, const std::string& code, const std::string& text) override;
  std::uint64_t seed() const override { return options_.seed; }

  /// The first call decides; later ones are ignored.
  void stop(StopReason reason, std::uint32_t code, const std::string& text);

  const Verdict& verdict() const { return verdict_; }
  const std::string& console_text() const { return console_; }
  const std::vector<NamedActivity>& activities() const { return activities_; }
  std::uint64_t activities_dropped() const { return activities_dropped_; }
  const LimitedLog& warnings() const { return warnings_; }
  std::uint64_t frames_shown() const { return frames_shown_; }

 private:
  static constexpr std::size_t kMaxActivities = 200'000;

  Options options_;
  FrameSink* frames_;
  Verdict verdict_;
  std::string console_;
  std::vector<NamedActivity> activities_;
  std::uint64_t activities_dropped_ = 0;
  LimitedLog warnings_;
  std::uint64_t frames_shown_ = 0;
};

}  // namespace visoc
