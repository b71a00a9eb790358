// SPDX-License-Identifier: Apache-2.0
#include "platform/debug/gdb_packet.h"

namespace visoc {
namespace {

constexpr char kDigits[] = "0123456789abcdef";
constexpr std::uint8_t kInterruptByte = 0x03, kEscapeMask = 0x20;

int digit(std::uint8_t byte) {
  if (byte >= '0' && byte <= '9') return byte - '0';
  if (byte >= 'a' && byte <= 'f') return byte - 'a' + 10;
  if (byte >= 'A' && byte <= 'F') return byte - 'A' + 10;
  return -1;
}

}  // namespace

GdbInput GdbPacketReader::take(std::uint8_t byte) {
  // '$' is escaped within a payload, so a bare one begins a packet: what came before it was cut off.
  if (byte == '$') {
    place_ = Place::kPayload;
    payload_.clear();
    raw_bytes_ = 0;
    sum_ = 0;
    escaped_ = false;
    return GdbInput::kNothing;
  }
  switch (place_) {
    case Place::kOutside:
      if (byte == kInterruptByte) return GdbInput::kInterrupt;
      if (byte == '+') return GdbInput::kAck;
      if (byte == '-') return GdbInput::kNack;
      return GdbInput::kNothing;
    case Place::kPayload:
      if (byte == '#') {
        place_ = Place::kFirstDigit;
        return GdbInput::kNothing;
      }
      sum_ = static_cast<std::uint8_t>(sum_ + byte);
      if (raw_bytes_ > kGdbPacketBytes) return GdbInput::kNothing;
      ++raw_bytes_;
      if (!escaped_ && byte == '}') {
        escaped_ = true;
      } else {
        payload_ += static_cast<char>(escaped_ ? byte ^ kEscapeMask : byte);
        escaped_ = false;
      }
      return GdbInput::kNothing;
    case Place::kFirstDigit:
      first_digit_ = byte;
      place_ = Place::kSecondDigit;
      return GdbInput::kNothing;
    case Place::kSecondDigit:
      place_ = Place::kOutside;
      return finish(byte);
  }
  return GdbInput::kNothing;
}

GdbInput GdbPacketReader::finish(std::uint8_t second_digit) {
  const int high = digit(first_digit_), low = digit(second_digit);
  if (high < 0 || low < 0 || high * 16 + low != sum_ || escaped_) return GdbInput::kBadChecksum;
  return raw_bytes_ > kGdbPacketBytes ? GdbInput::kTooLong : GdbInput::kPacket;
}

std::string gdb_frame(std::string_view payload) {
  std::string text = "$";
  std::uint8_t sum = 0;
  const auto put = [&](char byte) {
    text += byte;
    sum = static_cast<std::uint8_t>(sum + static_cast<std::uint8_t>(byte));
  };
  for (const char byte : payload) {
    if (byte == '#' || byte == '$' || byte == '}' || byte == '*') {
      put('}');
      put(static_cast<char>(byte ^ kEscapeMask));
    } else {
      put(byte);
    }
  }
  return text + '#' + kDigits[sum >> 4] + kDigits[sum & 15];
}

bool gdb_number(std::string_view text, std::uint64_t& value) {
  if (text.empty() || text.size() > 16) return false;
  std::uint64_t sum = 0;
  for (const char byte : text) {
    const int next = digit(static_cast<std::uint8_t>(byte));
    if (next < 0) return false;
    sum = sum << 4 | static_cast<unsigned>(next);
  }
  value = sum;
  return true;
}

bool gdb_bytes(std::string_view text, std::string& bytes) {
  bytes.clear();
  if (text.size() % 2 != 0) return false;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = digit(static_cast<std::uint8_t>(text[i])), low = digit(static_cast<std::uint8_t>(text[i + 1]));
    if (high < 0 || low < 0) return false;
    bytes += static_cast<char>(high * 16 + low);
  }
  return true;
}

std::string gdb_hex(ConstBytes bytes) {
  std::string text;
  text.reserve(bytes.size * 2);
  for (std::size_t i = 0; i < bytes.size; ++i) {
    text += kDigits[bytes.data[i] >> 4];
    text += kDigits[bytes.data[i] & 15];
  }
  return text;
}

std::string gdb_hex_number(std::uint64_t value) {
  std::string text;
  do {
    text.insert(text.begin(), kDigits[value & 15]);
    value >>= 4;
  } while (value != 0);
  return text;
}

std::string gdb_hex_register(std::uint64_t value, unsigned bytes) {
  std::string text;
  for (unsigned i = 0; i < bytes; ++i, value >>= 8) {
    text += kDigits[value >> 4 & 15];
    text += kDigits[value & 15];
  }
  return text;
}

}  // namespace visoc
