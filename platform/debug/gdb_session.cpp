// Stops and resumes; the packets are in gdb_commands.cpp.
// SPDX-License-Identifier: Apache-2.0
#include "platform/debug/gdb_session.h"

#include <utility>

#include "platform/debug/gdb_target.h"

namespace visoc {
namespace {

// Signals as the protocol counts them.
constexpr unsigned kSigInt = 2, kSigTrap = 5;

}  // namespace

GdbSession::GdbSession(std::vector<HartDebug*> harts) : harts_(std::move(harts)), points_(harts_), plans_(harts_.size()) {}

void GdbSession::attach(std::size_t hart) {
  reader_ = {};
  output_.clear();
  last_frame_.clear();
  target_xml_.clear();
  acknowledge_ = true;
  tells_breakpoints_ = resend_ = false;
  stop(hart, kSigTrap, "");
  output_.clear();  // The client asks for the first stop itself.
}

void GdbSession::detach() {
  points_.clear();
  plans_.assign(harts_.size(), {});
  state_ = State::kDetached;
  interrupted_ = false;
}

void GdbSession::receive(ConstBytes bytes) {
  for (std::size_t i = 0; i < bytes.size && state_ != State::kDetached && state_ != State::kKilled; ++i) {
    switch (reader_.take(bytes.data[i])) {
      case GdbInput::kPacket:
        if (acknowledge_) output_ += '+';
        packet(reader_.payload());
        break;
      case GdbInput::kBadChecksum:
        // Without acknowledgements nobody would send it again.
        if (acknowledge_) {
          output_ += '-';
        } else {
          send("E01");
        }
        break;
      case GdbInput::kTooLong:
        if (acknowledge_) output_ += '+';
        send("E01");
        break;
      case GdbInput::kInterrupt:
        interrupted_ = state_ == State::kRunning;
        break;
      case GdbInput::kNack:
        resend_ = true;
        break;
      case GdbInput::kAck:
      case GdbInput::kNothing:
        break;
    }
  }
  // Once, however many times it was asked for.
  if (resend_ && acknowledge_) output_ += last_frame_;
  resend_ = false;
}

void GdbSession::send(std::string_view payload) {
  last_frame_ = gdb_frame(payload);
  output_ += last_frame_;
}

std::string GdbSession::take_output() { return std::exchange(output_, {}); }

Addr GdbSession::pc_of(std::size_t hart) {
  std::uint64_t pc = 0;
  harts_[hart]->read_register(kGdbPc, pc);
  return pc;
}

void GdbSession::stop(std::size_t hart, unsigned signal, const std::string& why) {
  state_ = State::kStopped;
  interrupted_ = false;
  stopped_ = selected_ = stepping_ = hart;
  at_breakpoint_ = pc_written_ = false;
  stop_reply_ = "T" + gdb_hex_register(signal, 1) + "thread:" + gdb_hex_number(hart + 1) + ";" + why;
  stop_reply_ += gdb_hex_number(kGdbPc) + ":" + gdb_hex_register(pc_of(hart), 8) + ";";
  send(stop_reply_);
}

/// Is there something to tell the client? `why` is its part of the stop reply.
bool GdbSession::explain(std::size_t hart, const DebugStop& stop, std::string& why) {
  why.clear();
  Plan& plan = plans_[hart];
  switch (stop.reason) {
    case DebugStop::Reason::kNone:
      return false;
    case DebugStop::Reason::kBreakpoint: {
      bool hardware = false;
      // It may have been removed while the stop of another hart was told.
      if (!points_.breakpoint_at(hart, pc_of(hart), hardware)) return false;
      if (tells_breakpoints_) why = hardware ? "hwbreak:;" : "swbreak:;";
      return true;
    }
    case DebugStop::Reason::kWatchpoint: {
      GdbPoints::Kind kind = GdbPoints::Kind::kAccess;
      if (!points_.watched(stop.addr, stop.write, kind)) return false;
      const char* name = kind == GdbPoints::Kind::kWrite ? "watch:" : kind == GdbPoints::Kind::kRead ? "rwatch:" : "awatch:";
      why = name + gdb_hex_number(stop.addr) + ";";
      return true;
    }
    case DebugStop::Reason::kStep:
      if (plan.kind == Plan::Kind::kContinue || !plan.stepped) return false;
      if (plan.kind == Plan::Kind::kStep) return true;
      const Addr pc = pc_of(hart);
      return pc < plan.begin || pc >= plan.end;
  }
  return false;
}

std::uint64_t GdbSession::ask(std::size_t hart, const DebugStop& stop) {
  if (state_ == State::kStopped) return 0;
  if (state_ != State::kRunning) return Debugger::kUnlimited;
  std::string why;
  if (explain(hart, stop, why)) {
    this->stop(hart, kSigTrap, why);
    at_breakpoint_ = stop.reason == DebugStop::Reason::kBreakpoint;
    return 0;
  }
  if (interrupted_) {
    stop_for_interrupt(hart);
    return 0;
  }
  Plan& plan = plans_[hart];
  if (plan.kind == Plan::Kind::kContinue) return Debugger::kUnlimited;
  plan.stepped = true;
  return 1;
}

void GdbSession::stop_for_interrupt(std::size_t hart) { stop(hart, kSigInt, ""); }

void GdbSession::resume() {
  std::vector<bool> moved;
  for (const Plan& plan : plans_) moved.push_back(plan.moved);
  points_.apply(moved);
  // The client knows where the hart stands: it goes on from there, even if it came there by a step or by a new pc.
  bool hardware = false;
  if ((!at_breakpoint_ || pc_written_) && points_.breakpoint_at(stopped_, pc_of(stopped_), hardware)) points_.resume_over(stopped_);
  state_ = State::kRunning;
}

void GdbSession::exited(unsigned exit_code) {
  if (state_ == State::kRunning) send("W" + gdb_hex_register(exit_code, 1));
  state_ = State::kDetached;
}

}  // namespace visoc
