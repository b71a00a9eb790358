// Framing of the GDB remote serial protocol: $payload#checksum, escapes, acknowledgements, the interrupt byte.
// Source: the manual of GDB 13, appendix E.1 "Overview" and E.10 "Packet Acknowledgment".
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "platform/base/span.h"

namespace visoc {

/// Longest packet either side sends, as announced in qSupported. In bytes, escapes included.
inline constexpr std::size_t kGdbPacketBytes = 0x4000;

/// What one byte of the client completed.
enum class GdbInput : std::uint8_t {
  kNothing,
  kPacket,       ///< payload() holds it, unescaped.
  kBadChecksum,  ///< Wrong or unreadable checksum, or an escape without its byte.
  kTooLong,      ///< More than kGdbPacketBytes; what came was dropped.
  kInterrupt,    ///< Ctrl-C, outside of packets.
  kAck,
  kNack,
};

/// Takes the client's bytes one at a time. Holds at most one packet; bytes between packets that mean nothing are dropped.
class GdbPacketReader {
 public:
  GdbInput take(std::uint8_t byte);
  /// Of the last kPacket; valid until the next byte.
  const std::string& payload() const { return payload_; }

 private:
  enum class Place : std::uint8_t { kOutside, kPayload, kFirstDigit, kSecondDigit };
  GdbInput finish(std::uint8_t second_digit);

  Place place_ = Place::kOutside;
  std::string payload_;
  std::size_t raw_bytes_ = 0;
  std::uint8_t sum_ = 0, first_digit_ = 0;
  bool escaped_ = false;
};

/// "$payload#checksum", with # $ } * escaped.
std::string gdb_frame(std::string_view payload);

/// One to sixteen hexadecimal digits and nothing else; false leaves `value` alone.
bool gdb_number(std::string_view text, std::uint64_t& value);
/// Pairs of hexadecimal digits and nothing else; false leaves `bytes` undefined.
bool gdb_bytes(std::string_view text, std::string& bytes);
/// Lower-case pairs of digits.
std::string gdb_hex(ConstBytes bytes);
/// Lower-case, without leading zeros.
std::string gdb_hex_number(std::uint64_t value);
/// The low `bytes` bytes of `value`, least significant first, as pairs of digits. `bytes` is 1 to 8.
std::string gdb_hex_register(std::uint64_t value, unsigned bytes);

}  // namespace visoc
