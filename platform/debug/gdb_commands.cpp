// The packets of the client. Source: the manual of GDB 13, appendix E.2 "Packets" to E.4 "General Query Packets".
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "platform/debug/gdb_session.h"
#include "platform/debug/gdb_target.h"

namespace visoc {
namespace {

constexpr std::string_view kError = "E01";

bool starts_with(std::string_view text, std::string_view with) { return text.substr(0, with.size()) == with; }

/// Takes the text up to `separator` off `text`, with the separator.
std::string_view take_until(std::string_view& text, char separator) {
  const std::size_t at = std::min(text.find(separator), text.size());
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return part;
}

/// "addr,length" in full.
bool address_and_length(std::string_view text, std::uint64_t& addr, std::uint64_t& bytes) {
  const std::string_view first = take_until(text, ',');
  return gdb_number(first, addr) && gdb_number(text, bytes);
}

std::uint64_t little_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes.size() && i < 8; ++i) value |= std::uint64_t{static_cast<std::uint8_t>(bytes[i])} << (8 * i);
  return value;
}

const std::uint8_t* as_bytes(std::string_view text) { return reinterpret_cast<const std::uint8_t*>(text.data()); }

}  // namespace

void GdbSession::packet(const std::string& payload) {
  if (state_ == State::kRunning) return send(kError);  // Only Ctrl-C is allowed now.
  const std::string_view rest = std::string_view(payload).substr(payload.empty() ? 0 : 1);
  switch (payload.empty() ? '\0' : payload[0]) {
    case '?':
      return send(stop_reply_);
    case 'g':
      return read_general();
    case 'G':
      return write_general(rest);
    case 'p':
      return read_one(rest);
    case 'P':
      return write_one(rest);
    case 'm':
      return read_memory(rest);
    case 'M':
      return write_memory(rest, false);
    case 'X':
      return write_memory(rest, true);
    case 'Z':
      return point(rest, true);
    case 'z':
      return point(rest, false);
    case 'c':
      return resume_one(rest, false, false);
    case 's':
      return resume_one(rest, true, false);
    case 'C':
      return resume_one(rest, false, true);
    case 'S':
      return resume_one(rest, true, true);
    case 'H':
      return select_thread(rest);
    case 'T': {
      std::size_t index = 0;
      return send(thread(rest, index) ? "OK" : kError);
    }
    case 'q':
      return query(rest);
    case 'Q':
      return set(rest);
    case 'v':
      return verbose(rest);
    case 'D':
      send("OK");
      return detach();
    case 'k':
      state_ = State::kKilled;
      return;
    default:
      return send("");
  }
}

bool GdbSession::thread(std::string_view text, std::size_t& index) const {
  std::uint64_t number = 0;
  if (!gdb_number(text, number) || number > harts_.size()) return false;
  index = number == 0 ? stopped_ : static_cast<std::size_t>(number - 1);
  return true;
}

// Queries and settings.

void GdbSession::query(std::string_view text) {
  if (starts_with(text, "Supported")) return supported(text.substr(9));
  if (starts_with(text, "Xfer:features:read:")) return transfer_features(text.substr(19));
  if (text == "C") return send("QC" + gdb_hex_number(selected_ + 1));
  if (text == "Attached" || starts_with(text, "Attached:")) return send("1");  // So GDB detaches when it quits.
  if (text == "fThreadInfo") {
    std::string list = "m";
    for (std::size_t i = 0; i < harts_.size(); ++i) list += (i == 0 ? "" : ",") + gdb_hex_number(i + 1);
    return send(list);
  }
  if (text == "sThreadInfo") return send("l");
  if (starts_with(text, "ThreadExtraInfo,")) {
    std::size_t index = 0;
    if (!thread(text.substr(16), index)) return send(kError);
    std::uint64_t privilege = 3;
    harts_[index]->read_register(kGdbPrivilege, privilege);
    const std::string info = "hart " + std::to_string(harts_[index]->hart_id()) + ", " +
                             (privilege == 3   ? "machine"
                              : privilege == 1 ? "supervisor"
                                               : "user") +
                             " mode";
    return send(gdb_hex(ConstBytes(info.data(), info.size())));
  }
  send("");
}

void GdbSession::set(std::string_view text) {
  if (text != "StartNoAckMode") return send("");
  send("OK");
  acknowledge_ = false;
}

void GdbSession::supported(std::string_view features) {
  if (!features.empty()) features.remove_prefix(1);  // The colon.
  tells_breakpoints_ = false;
  while (!features.empty())
    if (take_until(features, ';') == "swbreak+") tells_breakpoints_ = true;
  send("PacketSize=" + gdb_hex_number(kGdbPacketBytes) + ";qXfer:features:read+;vContSupported+;swbreak+;hwbreak+;QStartNoAckMode+");
}

void GdbSession::transfer_features(std::string_view text) {
  if (take_until(text, ':') != "target.xml") return send("E00");
  std::uint64_t offset = 0, bytes = 0;
  if (!address_and_length(text, offset, bytes)) return send(kError);
  if (target_xml_.empty()) target_xml_ = gdb_target_xml(*harts_[0]);
  if (offset >= target_xml_.size()) return send("l");
  // None of its characters is escaped.
  const std::size_t part = std::min<std::uint64_t>({bytes, target_xml_.size() - offset, kGdbPacketBytes - 8});
  send((offset + part < target_xml_.size() ? "m" : "l") + target_xml_.substr(offset, part));
}

void GdbSession::select_thread(std::string_view text) {
  if (text.empty() || (text[0] != 'g' && text[0] != 'c')) return send(kError);
  std::size_t index = stopped_;
  if (text.substr(1) != "-1" && !thread(text.substr(1), index)) return send(kError);
  if (text[0] == 'g') selected_ = index;
  if (text[0] == 'c') stepping_ = index;
  send("OK");
}

void GdbSession::verbose(std::string_view text) {
  if (text == "Cont?") return send("vCont;c;C;s;S;r");
  if (starts_with(text, "Cont;")) return resume_many(text.substr(5));
  if (starts_with(text, "Kill;")) {
    send("OK");
    state_ = State::kKilled;
    return;
  }
  send("");
}

// Registers and memory.

void GdbSession::read_general() {
  std::string text;
  for (unsigned number = 0; number < kGdbGeneralRegisters; ++number) {
    std::uint64_t value = 0;
    selected().read_register(number, value);
    text += gdb_hex_register(value, 8);
  }
  send(text);
}

void GdbSession::write_general(std::string_view text) {
  std::string bytes;
  if (!gdb_bytes(text, bytes) || bytes.empty() || bytes.size() % 8 != 0 || bytes.size() > kGdbGeneralRegisters * 8) return send(kError);
  for (std::size_t number = 0; number < bytes.size() / 8; ++number)
    selected().write_register(static_cast<unsigned>(number), little_endian(std::string_view(bytes).substr(number * 8, 8)));
  pc_written_ = true;
  send("OK");
}

void GdbSession::read_one(std::string_view text) {
  std::uint64_t number = 0, value = 0;
  if (!gdb_number(text, number) || number > kGdbPrivilege) return send(kError);
  const auto index = static_cast<unsigned>(number);
  if (!selected().read_register(index, value)) return send(kError);
  send(gdb_hex_register(value, gdb_register_bytes(index)));
}

void GdbSession::write_one(std::string_view text) {
  std::uint64_t number = 0;
  std::string bytes;
  if (!gdb_number(take_until(text, '='), number) || number > kGdbPrivilege || !gdb_bytes(text, bytes)) return send(kError);
  const auto index = static_cast<unsigned>(number);
  if (bytes.size() != gdb_register_bytes(index) || !selected().write_register(index, little_endian(bytes))) return send(kError);
  pc_written_ = true;
  send("OK");
}

void GdbSession::read_memory(std::string_view text) {
  std::uint64_t addr = 0, bytes = 0;
  if (!address_and_length(text, addr, bytes)) return send(kError);
  if (bytes == 0) return send("");
  // GDB asks again for what an answer lacks.
  bytes = std::min<std::uint64_t>({bytes, kGdbPacketBytes / 2 - 4, ~std::uint64_t{0} - addr + (addr != 0 ? 1 : 0)});
  std::vector<std::uint8_t> data(bytes);
  const std::size_t done = selected().read_memory(addr, data.data(), data.size());
  if (done == 0) return send(kError);
  send(gdb_hex(ConstBytes(data.data(), std::min(done, data.size()))));
}

void GdbSession::write_memory(std::string_view text, bool binary) {
  std::uint64_t addr = 0, bytes = 0;
  std::string decoded;
  if (text.find(':') == std::string_view::npos || !address_and_length(take_until(text, ':'), addr, bytes)) return send(kError);
  if (!binary) {
    if (!gdb_bytes(text, decoded)) return send(kError);
    text = decoded;
  }
  if (text.size() != bytes || !range_does_not_wrap(addr, bytes)) return send(kError);
  if (bytes != 0 && selected().write_memory(addr, as_bytes(text), text.size()) != text.size()) return send(kError);
  send("OK");
}

void GdbSession::point(std::string_view text, bool insert) {
  std::uint64_t addr = 0, bytes = 0;
  if (text.empty()) return send(kError);
  if (text[0] < '0' || text[0] > '4') return send("");
  const auto kind = static_cast<GdbPoints::Kind>(text[0] - '0');
  // Conditions and commands (after a semicolon) were not offered, and are errors here.
  if (text.size() < 2 || text[1] != ',' || !address_and_length(text.substr(2), addr, bytes)) return send(kError);
  if (insert && !points_.insert(kind, addr, bytes)) return send(kError);
  if (!insert) points_.remove(kind, addr, bytes);
  send("OK");
}

// Going on.

/// c, s, C, S: the thread of Hc, the others go on. An address to go on from may follow.
void GdbSession::resume_one(std::string_view text, bool step, bool with_signal) {
  std::uint64_t number = 0;
  // The signal itself has no meaning for a hart.
  if (with_signal && !gdb_number(take_until(text, ';'), number)) return send(kError);
  if (!text.empty()) {
    if (!gdb_number(text, number) || !harts_[stepping_]->write_register(kGdbPc, number)) return send(kError);
    pc_written_ = true;
  }
  plans_.assign(harts_.size(), {});
  for (Plan& plan : plans_) plan.moved = true;
  if (step) plans_[stepping_].kind = Plan::Kind::kStep;
  resume();
}

/// vCont. For each thread the first action that names it counts; an action without a thread is for all the rest.
void GdbSession::resume_many(std::string_view text) {
  std::vector<Plan> plans(harts_.size());
  if (text.empty()) return send(kError);
  while (!text.empty()) {
    std::string_view action = take_until(text, ';');
    std::string_view threads = action;
    action = take_until(threads, ':');
    Plan plan;
    plan.moved = true;
    std::uint64_t signal = 0;
    if (action.empty()) return send(kError);
    const std::string_view argument = action.substr(1);
    switch (action[0]) {
      case 'c':
      case 's':
        if (!argument.empty()) return send(kError);
        break;
      case 'C':
      case 'S':
        if (!gdb_number(argument, signal)) return send(kError);
        break;
      case 'r':
        if (!address_and_length(argument, plan.begin, plan.end)) return send(kError);
        break;
      default:
        return send(kError);
    }
    plan.kind = action[0] == 'r' ? Plan::Kind::kRange : action[0] == 's' || action[0] == 'S' ? Plan::Kind::kStep : Plan::Kind::kContinue;
    if (threads.empty() || threads == "-1") {
      for (Plan& each : plans)
        if (!each.moved) each = plan;
    } else {
      std::size_t index = 0;
      if (!thread(threads, index)) return send(kError);
      if (!plans[index].moved) plans[index] = plan;
    }
  }
  plans_ = std::move(plans);
  resume();
}

}  // namespace visoc
