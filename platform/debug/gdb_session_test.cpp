// The packets of a client against fake harts. Expected replies follow the manual of GDB 13, appendix E.
// SPDX-License-Identifier: Apache-2.0
#include "platform/debug/gdb_session.h"

#include <catch2/catch.hpp>

#include "platform/debug/fake_hart.h"

namespace visoc {
namespace {

using State = GdbSession::State;
using Reason = DebugStop::Reason;
constexpr std::uint64_t kFree = Debugger::kUnlimited;

/// A client that speaks without acknowledgements, and two harts.
struct Bench {
  FakeHart harts[2] = {FakeHart(0), FakeHart(1)};
  GdbSession session{{&harts[0], &harts[1]}};

  explicit Bench(bool acknowledge = false) {
    session.attach(0);
    if (!acknowledge) {
      raw(gdb_frame("QStartNoAckMode"));
    }
  }
  std::string raw(std::string_view bytes) {
    session.receive(ConstBytes(bytes.data(), bytes.size()));
    return session.take_output();
  }
  /// The payload of the answer; "none" if there is none.
  std::string say(std::string_view payload) { return unframed(raw(gdb_frame(payload))); }
  static std::string unframed(const std::string& output) {
    if (output.empty()) return "none";
    GdbPacketReader reader;
    GdbInput input = GdbInput::kNothing;
    for (const char byte : output) input = reader.take(static_cast<std::uint8_t>(byte));
    REQUIRE(input == GdbInput::kPacket);
    return reader.payload();
  }
  std::string output() { return unframed(session.take_output()); }
  std::uint64_t ask(std::size_t hart, Reason reason, Addr addr = 0, bool write = false) { return session.ask(hart, {reason, addr, write}); }
};

}  // namespace

TEST_CASE("gdb_session: packets are acknowledged until the client does not want it") {
  Bench bench(true);
  CHECK(bench.raw("$qC#b4") == "+$QC1#c5");
  CHECK(bench.raw("$qC#b5") == "-");
  CHECK(bench.raw(gdb_frame("QStartNoAckMode")) == "+$OK#9a");
  CHECK(bench.raw("$qC#b4") == "$QC1#c5");
  CHECK(bench.raw("$qC#b5") == "$E01#a6");
}

TEST_CASE("gdb_session: what was not understood is sent again, once for many requests") {
  Bench bench(true);
  bench.raw("$qC#b4");
  CHECK(bench.raw("-") == "$QC1#c5");
  CHECK(bench.raw("+---") == "$QC1#c5");
  CHECK(bench.raw("+") == "");
}

TEST_CASE("gdb_session: a packet may come byte by byte") {
  Bench bench;
  for (const char* byte : {"$", "q", "C", "#", "b"}) CHECK(bench.raw(byte) == "");
  CHECK(bench.raw("4") == "$QC1#c5");
}

TEST_CASE("gdb_session: qSupported says what there is") {
  Bench bench;
  const std::string reply = bench.say("qSupported:multiprocess+;swbreak+;hwbreak+;vContSupported+");
  for (const char* feature : {"PacketSize=4000", "qXfer:features:read+", "vContSupported+", "swbreak+", "hwbreak+", "QStartNoAckMode+"})
    CHECK(reply.find(feature) != std::string::npos);
  CHECK(bench.say("vCont?") == "vCont;c;C;s;S;r");
}

TEST_CASE("gdb_session: the target description comes in pieces and names the CSRs that exist") {
  Bench bench;
  std::string text;
  for (std::size_t offset = 0;; offset = text.size()) {
    const std::string part = bench.say("qXfer:features:read:target.xml:" + gdb_hex_number(offset) + ",100");
    REQUIRE((part[0] == 'm' || part[0] == 'l'));
    text += part.substr(1);
    if (part[0] == 'l') break;
    REQUIRE(part.size() == 0x101);
  }
  CHECK(text.find("<architecture>riscv:rv64</architecture>") != std::string::npos);
  for (const char* feature : {"cpu", "fpu", "csr", "virtual"})
    CHECK(text.find(std::string("org.gnu.gdb.riscv.") + feature + "\"") != std::string::npos);
  CHECK(text.find("\"mstatus\" bitsize=\"64\" regnum=\"833\"") != std::string::npos);  // 65 + 0x300
  CHECK(text.find("\"fflags\" bitsize=\"32\" regnum=\"66\"") != std::string::npos);
  CHECK(text.find("\"priv\" bitsize=\"64\" regnum=\"4161\"") != std::string::npos);
  CHECK(text.find("satp") == std::string::npos);  // The fake has none.
  CHECK(bench.say("qXfer:features:read:target.xml:100000,100") == "l");
  CHECK(bench.say("qXfer:features:read:other.xml:0,100") == "E00");
  CHECK(bench.say("qXfer:features:read:target.xml:0") == "E01");
}

TEST_CASE("gdb_session: threads are the harts") {
  Bench bench;
  CHECK(bench.say("qfThreadInfo") == "m1,2");
  CHECK(bench.say("qsThreadInfo") == "l");
  CHECK(bench.say("T1") == "OK");
  CHECK(bench.say("T2") == "OK");
  CHECK(bench.say("T3") == "E01");
  CHECK(bench.say("Hg2") == "OK");
  CHECK(bench.say("qC") == "QC2");
  CHECK(bench.say("Hg3") == "E01");
  CHECK(bench.say("Hc-1") == "OK");
  CHECK(bench.say("Hx1") == "E01");
  CHECK(bench.say("H") == "E01");
  bench.harts[1].registers[4161] = 1;
  const std::string info = "hart 1, supervisor mode";
  CHECK(bench.say("qThreadExtraInfo,2") == gdb_hex(ConstBytes(info.data(), info.size())));
  CHECK(bench.say("qThreadExtraInfo,9") == "E01");
  CHECK(bench.say("qAttached") == "1");
}

TEST_CASE("gdb_session: general registers are read and written together") {
  Bench bench;
  bench.harts[0].registers[1] = 0x1122334455667788;
  const std::string all = bench.say("g");
  CHECK(all.size() == 33 * 16);
  CHECK(all.substr(16, 16) == "8877665544332211");
  CHECK(all.substr(32 * 16) == "0000008000000000");
  CHECK(bench.say("G" + std::string(16, '0') + "0100000000000000") == "OK");
  CHECK(bench.harts[0].registers[1] == 1);
  for (const char* text : {"G", "G00", "G00000000000000zz"}) CHECK(bench.say(text) == "E01");
  CHECK(bench.say("G" + std::string(34 * 16, '0')) == "E01");
}

TEST_CASE("gdb_session: one register is read and written, of the selected hart and in its own width") {
  Bench bench;
  CHECK(bench.say("Hg2") == "OK");
  CHECK(bench.say("P341=0807060504030201") == "OK");  // mstatus: 65 + 0x300
  CHECK(bench.harts[1].registers[65 + 0x300] == 0x0102030405060708);
  CHECK(bench.harts[0].registers[65 + 0x300] == 0);
  CHECK(bench.say("p341") == "0807060504030201");
  CHECK(bench.say("P42=1f000000") == "OK");
  CHECK(bench.say("p42") == "1f000000");
  CHECK(bench.say("p1041") == "0300000000000000");
}

TEST_CASE("gdb_session: registers that are not there, cannot be written or have another width are errors") {
  Bench bench;
  for (const char* text : {"p", "p1042", "pffffffffffffffff", "p100000001", "px", "p1c1", "P", "P1", "P1=", "P1=00", "P=0000000000000000",
                           "P1=000000000000000000", "P42=0000000000000000", "Pf55=0000000000000000", "P1=zz00000000000000"})
    CHECK(bench.say(text) == "E01");
}

TEST_CASE("gdb_session: memory is read as far as it is there") {
  Bench bench;
  for (int i = 0; i < 256; ++i) bench.harts[0].memory[i] = static_cast<std::uint8_t>(i);
  CHECK(bench.say("m80000010,4") == "10111213");
  CHECK(bench.say("m800000fe,4") == "feff");
  CHECK(bench.say("m80000100,4") == "E01");
  CHECK(bench.say("m80000000,0") == "");
  CHECK(bench.say("m80000000,ffffffffffffffff").size() == 512);
  for (const char* text : {"m", "m80000000", "m80000000,", "m,4", "mg,4", "m80000000,g", "m80000000,4,4", "mffffffffffffffff,8"})
    CHECK(bench.say(text) == "E01");
}

TEST_CASE("gdb_session: a reply is no longer than the packets that were announced") {
  Bench bench;
  bench.harts[0].memory.resize(1u << 20);
  CHECK(bench.raw(gdb_frame("m80000000,100000")).size() <= kGdbPacketBytes);
  CHECK(bench.raw(gdb_frame("qXfer:features:read:target.xml:0,ffffffff")).size() <= kGdbPacketBytes);
}

TEST_CASE("gdb_session: memory is written in digits and in bytes") {
  Bench bench;
  CHECK(bench.say("M80000001,2:abcd") == "OK");
  CHECK(bench.harts[0].memory[1] == 0xab);
  CHECK(bench.harts[0].memory[2] == 0xcd);
  CHECK(bench.say("X80000003,4:#$}*") == "OK");
  CHECK(std::string(bench.harts[0].memory.begin() + 3, bench.harts[0].memory.begin() + 7) == "#$}*");
  CHECK(bench.say("X0,0:") == "OK");  // GDB asks so whether X is known.
}

TEST_CASE("gdb_session: writes with the wrong length, to nowhere or around the end are errors and change nothing") {
  Bench bench;
  for (const char* text : {"M", "M80000000,1", "M80000000,1:", "M80000000,1:a", "M80000000,1:abcd", "M80000000,1:zz", "X80000000,2:a",
                           "X80000000,ffffffffffffffff:a", "M1000,1:ab", "Xffffffffffffffff,2:ab", "M,1:ab", "M80000000,:ab"})
    CHECK(bench.say(text) == "E01");
  CHECK(bench.harts[0].memory == std::vector<std::uint8_t>(256));
}

TEST_CASE("gdb_session: a breakpoint reaches every hart when the machine goes on, and its hit is told") {
  Bench bench;
  bench.say("qSupported:swbreak+");
  CHECK(bench.say("Z0,80000010,2") == "OK");
  CHECK(bench.say("Z0,80000010,2") == "OK");
  CHECK(bench.harts[0].breakpoints.empty());
  CHECK(bench.say("vCont;c") == "none");
  CHECK(bench.session.state() == State::kRunning);
  for (FakeHart& hart : bench.harts) CHECK(hart.breakpoints == std::vector<Addr>{0x80000010});
  CHECK(bench.ask(0, Reason::kNone) == kFree);
  bench.harts[1].registers[32] = 0x80000010;
  CHECK(bench.ask(1, Reason::kBreakpoint) == 0);
  CHECK(bench.output() == "T05thread:2;swbreak:;20:1000008000000000;");
  CHECK(bench.session.state() == State::kStopped);
  CHECK(bench.say("?") == "T05thread:2;swbreak:;20:1000008000000000;");
  CHECK(bench.say("z0,80000010,2") == "OK");
  CHECK(bench.say("c") == "none");
  CHECK(bench.harts[0].breakpoints.empty());
  CHECK(bench.ask(1, Reason::kBreakpoint) == kFree);  // It is not there any more.
}

TEST_CASE("gdb_session: hardware breakpoints are told as such, and plainly to a client that knows neither") {
  Bench bench;
  bench.say("qSupported:swbreak+;hwbreak+");
  bench.say("Z1,80000000,4");
  bench.say("c");
  CHECK(bench.ask(0, Reason::kBreakpoint) == 0);
  CHECK(bench.output() == "T05thread:1;hwbreak:;20:0000008000000000;");
  bench.say("qSupported");
  bench.say("c");
  CHECK(bench.ask(0, Reason::kBreakpoint) == 0);
  CHECK(bench.output() == "T05thread:1;20:0000008000000000;");
}

TEST_CASE("gdb_session: breakpoints that are removed and set again around a stop cost the harts nothing") {
  Bench bench;
  bench.say("Z0,80000010,2");
  bench.say("c");
  bench.harts[0].registers[32] = 0x80000010;
  bench.ask(0, Reason::kBreakpoint);
  bench.say("z0,80000010,2");
  bench.say("Z0,80000010,2");
  bench.say("c");
  CHECK(bench.harts[0].breakpoint_changes == 1);
}

TEST_CASE("gdb_session: a hart that was put on a breakpoint goes on from there") {
  Bench bench;
  bench.say("Z0,80000010,2");
  bench.say("c");
  const unsigned before = bench.harts[0].breakpoint_changes;
  bench.raw("\x03");
  CHECK(bench.ask(0, Reason::kNone) == 0);
  bench.say("P20=1000008000000000");
  bench.say("c");
  // Setting them again tells the hart to go over the one where it stands.
  CHECK(bench.harts[0].breakpoint_changes == before + 1);
}

TEST_CASE("gdb_session: watchpoints are told by the kind that the client set") {
  Bench bench;
  CHECK(bench.say("Z2,80000010,8") == "OK");
  CHECK(bench.say("Z3,80000020,4") == "OK");
  CHECK(bench.say("Z4,80000030,1") == "OK");
  bench.say("c");
  REQUIRE(bench.harts[1].watchpoints.size() == 3);
  CHECK((bench.harts[1].watchpoints[0].on_write && !bench.harts[1].watchpoints[0].on_read));
  CHECK((!bench.harts[1].watchpoints[1].on_write && bench.harts[1].watchpoints[1].on_read));
  CHECK((bench.harts[1].watchpoints[2].on_write && bench.harts[1].watchpoints[2].on_read));
  CHECK(bench.ask(0, Reason::kWatchpoint, 0x80000017, true) == 0);
  CHECK(bench.output() == "T05thread:1;watch:80000017;20:0000008000000000;");
  bench.say("c");
  CHECK(bench.ask(0, Reason::kWatchpoint, 0x80000017, false) == kFree);
  CHECK(bench.ask(0, Reason::kWatchpoint, 0x80000018, true) == kFree);
  CHECK(bench.ask(1, Reason::kWatchpoint, 0x80000023, false) == 0);
  CHECK(bench.output() == "T05thread:2;rwatch:80000023;20:0000008000000000;");
  bench.say("c");
  CHECK(bench.ask(0, Reason::kWatchpoint, 0x80000030, true) == 0);
  CHECK(bench.output() == "T05thread:1;awatch:80000030;20:0000008000000000;");
  CHECK(bench.say("z2,80000010,8") == "OK");
  bench.say("c");
  CHECK(bench.harts[0].watchpoints.size() == 2);
}

TEST_CASE("gdb_session: points that make no sense are errors, and there is a limit") {
  Bench bench;
  for (const char* text : {"Z", "Z0", "Z0,", "Z0,80000000", "Z0;80000000,2", "Z0,80000000,2;X1,0", "Z2,80000000,0", "Z2,ffffffffffffffff,2",
                           "z0", "z2,80000000"})
    CHECK(bench.say(text) == "E01");
  CHECK(bench.say("Z5,80000000,2") == "");
  CHECK(bench.say("z0,80000000,2") == "OK");
  for (std::size_t i = 0; i < GdbPoints::kMaxPoints; ++i) REQUIRE(bench.say("Z2," + gdb_hex_number(0x80000000 + i) + ",1") == "OK");
  CHECK(bench.say("Z2,90000000,1") == "E01");
}

TEST_CASE("gdb_session: a step is one instruction of one hart while the others run") {
  Bench bench;
  CHECK(bench.say("vCont;s:2;c:1") == "none");
  CHECK(bench.ask(0, Reason::kNone) == kFree);
  CHECK(bench.ask(1, Reason::kNone) == 1);
  CHECK(bench.ask(1, Reason::kNone) == 1);  // It took an interrupt and retired nothing.
  CHECK(bench.ask(1, Reason::kStep) == 0);
  CHECK(bench.output() == "T05thread:2;20:0000008000000000;");
  CHECK(bench.say("s") == "none");  // The one that stopped.
  CHECK(bench.ask(1, Reason::kNone) == 1);
  CHECK(bench.ask(0, Reason::kNone) == kFree);
}

TEST_CASE("gdb_session: the end of a step that another hart's stop overtook is not taken for the next one") {
  Bench bench;
  bench.say("Z0,80000000,2");
  bench.say("vCont;s:1;c");
  CHECK(bench.ask(0, Reason::kNone) == 1);
  CHECK(bench.ask(1, Reason::kBreakpoint) == 0);
  bench.output();
  bench.say("vCont;s:1;c");
  CHECK(bench.ask(0, Reason::kStep) == 1);
  CHECK(bench.ask(0, Reason::kStep) == 0);
}

TEST_CASE("gdb_session: stepping a range stops outside of it") {
  Bench bench;
  CHECK(bench.say("vCont;r80000000,80000008:1;c") == "none");
  CHECK(bench.ask(0, Reason::kNone) == 1);
  bench.harts[0].registers[32] = 0x80000006;
  CHECK(bench.ask(0, Reason::kStep) == 1);
  bench.harts[0].registers[32] = 0x80000008;
  CHECK(bench.ask(0, Reason::kStep) == 0);
  CHECK(bench.output() == "T05thread:1;20:0800008000000000;");
}

TEST_CASE("gdb_session: while one hart is stepped over a breakpoint the others keep it") {
  Bench bench;
  bench.say("Z0,80000000,2");
  bench.say("c");
  CHECK(bench.ask(0, Reason::kBreakpoint) == 0);
  bench.output();
  bench.say("z0,80000000,2");
  bench.say("vCont;s:1");
  CHECK(bench.harts[0].breakpoints.empty());
  CHECK(bench.harts[1].breakpoints == std::vector<Addr>{0x80000000});
  CHECK(bench.ask(0, Reason::kNone) == 1);
  CHECK(bench.ask(0, Reason::kStep) == 0);
  bench.say("vCont;c");
  CHECK(bench.harts[1].breakpoints.empty());
}

TEST_CASE("gdb_session: going on may name an address and a signal") {
  Bench bench;
  CHECK(bench.say("c80000020") == "none");
  CHECK(bench.harts[0].registers[32] == 0x80000020);
  bench.raw("\x03");
  bench.ask(0, Reason::kNone);
  bench.output();
  CHECK(bench.say("S05;80000030") == "none");
  CHECK(bench.harts[0].registers[32] == 0x80000030);
  CHECK(bench.ask(0, Reason::kNone) == 1);
  bench.ask(0, Reason::kStep);
  bench.output();
  CHECK(bench.say("vCont;C05:1;c") == "none");
}

TEST_CASE("gdb_session: requests to go on that make no sense leave the machine stopped") {
  Bench bench;
  for (const char* text : {"cx", "sx", "C", "S", "Cx", "C05;x", "vCont;", "vCont;x", "vCont;c:3", "vCont;s:x", "vCont;C", "vCont;r",
                           "vCont;r1", "vCont;cc", "vCont;c;;c", "vCont;t"}) {
    CHECK(bench.say(text) == "E01");
    CHECK(bench.session.state() == State::kStopped);
  }
}

TEST_CASE("gdb_session: Ctrl-C stops whichever hart asks next, and means nothing while stopped") {
  Bench bench;
  bench.raw("\x03");
  bench.say("c");
  CHECK(bench.ask(1, Reason::kNone) == kFree);
  CHECK(bench.raw("\x03") == "");
  CHECK(bench.session.interrupted());
  CHECK(bench.ask(1, Reason::kNone) == 0);
  CHECK(bench.output() == "T02thread:2;20:0000008000000000;");
  CHECK_FALSE(bench.session.interrupted());
}

TEST_CASE("gdb_session: packets while the machine runs are errors") {
  Bench bench;
  bench.say("c");
  CHECK(bench.say("g") == "E01");
  CHECK(bench.say("D") == "E01");
  CHECK(bench.session.state() == State::kRunning);
}

TEST_CASE("gdb_session: after detaching nothing is left of the client") {
  Bench bench;
  bench.say("Z0,80000000,2");
  bench.say("Z2,80000000,8");
  bench.say("vCont;s:1;c");
  bench.ask(0, Reason::kNone);
  bench.ask(0, Reason::kStep);
  bench.output();
  CHECK(bench.say("D") == "OK");
  CHECK(bench.session.state() == State::kDetached);
  for (FakeHart& hart : bench.harts) CHECK((hart.breakpoints.empty() && hart.watchpoints.empty()));
  CHECK(bench.ask(0, Reason::kNone) == kFree);
  CHECK(bench.say("g") == "none");
  bench.session.attach(1);
  CHECK(bench.session.take_output() == "");
  CHECK(bench.raw("$?#3f") == "+" + gdb_frame("T05thread:2;20:0000008000000000;"));
}

TEST_CASE("gdb_session: kill ends the session, and vKill says so") {
  Bench bench;
  CHECK(bench.say("k") == "none");
  CHECK(bench.session.state() == State::kKilled);
  CHECK(bench.ask(0, Reason::kNone) == kFree);
  Bench other;
  CHECK(other.say("vKill;1") == "OK");
  CHECK(other.session.state() == State::kKilled);
}

TEST_CASE("gdb_session: the end of the run is told to a client that waits, and to no other") {
  Bench bench;
  bench.session.exited(0);
  CHECK(bench.session.take_output() == "");
  Bench other;
  other.say("c");
  other.session.exited(130);
  CHECK(other.output() == "W82");
  CHECK(other.session.state() == State::kDetached);
}

TEST_CASE("gdb_session: unknown packets get the empty answer") {
  Bench bench;
  for (const char* text : {"", "!", "vMustReplyEmpty", "qTStatus", "qRcmd,72", "QThing", "R00", "\xff", "_", "qXfer:threads:read::0,100"})
    CHECK(bench.say(text) == "");
}

TEST_CASE("gdb_session: a packet that is too long is an error, not a checksum to repeat") {
  Bench bench(true);
  const std::string payload(kGdbPacketBytes + 1, 'm');
  CHECK(bench.raw(gdb_frame(payload)) == "+$E01#a6");
}

TEST_CASE("gdb_session: any bytes are survived") {
  std::uint64_t random = 88172645463325252ull;
  const auto next = [&random] {
    random ^= random << 13;
    random ^= random >> 7;
    random ^= random << 17;
    return random;
  };
  constexpr std::string_view kAlphabet = "$#}*+-,;:=0123456789abcdefmMXZzpPgGHTqQvDCcSsr?Cont\x03";
  for (int round = 0; round < 2000; ++round) {
    Bench bench((round & 1) != 0);
    std::string payload;
    for (std::uint64_t i = next() % 24; i != 0; --i) payload += kAlphabet[next() % kAlphabet.size()];
    const std::string output = bench.raw((round & 2) != 0 ? payload : gdb_frame(payload));
    CHECK(output.size() <= 2 * kGdbPacketBytes);
    bench.ask(next() % 2, static_cast<Reason>(next() % 4), next(), (next() & 1) != 0);
  }
}

}  // namespace visoc
