// Framing. Expected frames and checksums were added up by hand.
// SPDX-License-Identifier: Apache-2.0
#include "platform/debug/gdb_packet.h"

#include <catch2/catch.hpp>

namespace visoc {
namespace {

/// Feeds a text; returns what its last byte completed.
GdbInput feed(GdbPacketReader& reader, std::string_view text) {
  GdbInput input = GdbInput::kNothing;
  for (const char byte : text) input = reader.take(static_cast<std::uint8_t>(byte));
  return input;
}

}  // namespace

TEST_CASE("gdb_packet: a packet with the right checksum is taken, in either case of digits") {
  GdbPacketReader reader;
  CHECK(feed(reader, "$OK#9a") == GdbInput::kPacket);  // 'O' 0x4f + 'K' 0x4b
  CHECK(reader.payload() == "OK");
  CHECK(feed(reader, "$OK#9A") == GdbInput::kPacket);
  CHECK(feed(reader, "$#00") == GdbInput::kPacket);
  CHECK(reader.payload().empty());
}

TEST_CASE("gdb_packet: a wrong or unreadable checksum is told") {
  GdbPacketReader reader;
  CHECK(feed(reader, "$OK#9b") == GdbInput::kBadChecksum);
  CHECK(feed(reader, "$OK#zz") == GdbInput::kBadChecksum);
  CHECK(feed(reader, "$OK##9") == GdbInput::kBadChecksum);
  CHECK(feed(reader, "$OK#9a") == GdbInput::kPacket);
}

TEST_CASE("gdb_packet: acknowledgements and Ctrl-C are seen between packets only") {
  GdbPacketReader reader;
  CHECK(feed(reader, "+") == GdbInput::kAck);
  CHECK(feed(reader, "-") == GdbInput::kNack);
  CHECK(feed(reader, "\x03") == GdbInput::kInterrupt);
  CHECK(feed(reader, "$+-\x03#5b") == GdbInput::kPacket);  // 0x2b + 0x2d + 0x03
  CHECK(reader.payload() == "+-\x03");
}

TEST_CASE("gdb_packet: bytes that begin nothing are dropped") {
  GdbPacketReader reader;
  CHECK(feed(reader, "GET / HTTP/1.1\r\n\xff#00") == GdbInput::kNothing);
  CHECK(feed(reader, "$OK#9a") == GdbInput::kPacket);
}

TEST_CASE("gdb_packet: a packet that was cut off gives way to the next") {
  GdbPacketReader reader;
  CHECK(feed(reader, "$m80000$OK#9a") == GdbInput::kPacket);
  CHECK(reader.payload() == "OK");
  CHECK(feed(reader, "$m80#$OK#9a") == GdbInput::kPacket);
}

TEST_CASE("gdb_packet: escaped bytes are given back, and an escape without its byte is damage") {
  GdbPacketReader reader;
  CHECK(feed(reader, "$}\x03}\x04}]}\x0a#62") == GdbInput::kPacket);  // 4 x 0x7d + 3 + 4 + 0x5d + 0x0a = 0x262
  CHECK(reader.payload() == "#$}*");
  CHECK(feed(reader, "$}#7d") == GdbInput::kBadChecksum);
}

TEST_CASE("gdb_packet: the longest packet is taken, one byte more is not, and no more is kept") {
  GdbPacketReader reader;
  const auto digits = [](std::size_t count) {
    const unsigned sum = static_cast<unsigned>('a' * count) & 255;
    return gdb_hex_register(sum, 1);
  };
  CHECK(feed(reader, "$" + std::string(kGdbPacketBytes, 'a') + "#" + digits(kGdbPacketBytes)) == GdbInput::kPacket);
  CHECK(feed(reader, "$" + std::string(kGdbPacketBytes + 1, 'a') + "#" + digits(kGdbPacketBytes + 1)) == GdbInput::kTooLong);
  feed(reader, "$" + std::string(1u << 20, 'a'));
  CHECK(reader.payload().size() <= kGdbPacketBytes + 1);
  CHECK(feed(reader, "$OK#9a") == GdbInput::kPacket);
}

TEST_CASE("gdb_packet: a frame escapes what would end or begin one") {
  CHECK(gdb_frame("OK") == "$OK#9a");
  CHECK(gdb_frame("") == "$#00");
  CHECK(gdb_frame("#$}*") == "$}\x03}\x04}]}\x0a#62");
}

TEST_CASE("gdb_packet: every byte survives a frame and a reader") {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  GdbPacketReader reader;
  CHECK(feed(reader, gdb_frame(all)) == GdbInput::kPacket);
  CHECK(reader.payload() == all);
}

TEST_CASE("gdb_packet: numbers are one to sixteen digits and nothing else") {
  std::uint64_t value = 7;
  CHECK(gdb_number("80000000", value));
  CHECK(value == 0x80000000);
  CHECK(gdb_number("ffffFFFFffffFFFF", value));
  CHECK(value == ~std::uint64_t{0});
  for (const char* text : {"", "g", "0x1", "-1", " 1", "1 ", "00000000000000001"}) CHECK_FALSE(gdb_number(text, value));
  CHECK(value == ~std::uint64_t{0});
}

TEST_CASE("gdb_packet: bytes are pairs of digits") {
  std::string bytes;
  CHECK(gdb_bytes("00ff7F", bytes));
  CHECK(bytes == std::string("\0\xff\x7f", 3));
  CHECK_FALSE(gdb_bytes("0", bytes));
  CHECK_FALSE(gdb_bytes("0g", bytes));
  CHECK(gdb_hex_register(0x1234, 8) == "3412000000000000");
  CHECK(gdb_hex_register(0x1234, 1) == "34");
  CHECK(gdb_hex_number(0) == "0");
  CHECK(gdb_hex_number(0x1050) == "1050");
}

}  // namespace visoc
