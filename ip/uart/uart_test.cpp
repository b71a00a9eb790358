// The serial port's registers, FIFOs, interrupts and times, without the simulation kernel.
// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "ip/uart/uart_core.h"
#include "platform/contract/register_conformance.h"
#include "regs/uart_regs.h"
#include "test/support/fake_memory.h"
#include "test/support/fake_services.h"

namespace visoc {
namespace {

using namespace regs::uart;  // NOLINT: the names of this block's own registers.

struct Bench {
  UartCore core;
  test::FakeServices services;
  test::FakeMemory memory{0, 8};

  explicit Bench(const std::string& input = {}, bool timed = false)
      : core(UartOptions{timed, std::vector<std::uint8_t>(input.begin(), input.end())}) {
    core.connect_services(&services, "uart0");
    core.reset();
  }
  void write(Offset offset, std::uint64_t value, Picos now = 0) {
    CHECK(core.write_register(now, offset, 1, value) == RegisterStatus::kOk);
  }
  std::uint64_t read(Offset offset, Picos now = 0) { return core.read_register(now, offset, 1).value; }
  std::string receive_all() {
    std::string text;
    while ((read(kLsrOffset) & kLsrDrMask) != 0) text.push_back(static_cast<char>(read(kRbrOffset)));
    return text;
  }
};

constexpr std::uint64_t kFifosOn = kFcrEnableMask | kFcrClearRxMask | kFcrClearTxMask;

}  // namespace

TEST_CASE("uart passes the generic register tests", "[fast]") {
  Bench bench;
  CoreAccessor accessor(bench.core);
  CHECK(run_register_conformance(kTable, accessor).failures == std::vector<std::string>{});
}

TEST_CASE("uart sends what is written to the console", "[fast]") {
  Bench bench;
  for (char c : std::string("hello\n")) {
    CHECK((bench.read(kLsrOffset) & (kLsrThreMask | kLsrTemtMask)) == (kLsrThreMask | kLsrTemtMask));
    bench.write(kThrOffset, static_cast<std::uint8_t>(c));
  }
  CHECK(bench.services.printed == "hello\n");
}

TEST_CASE("uart: DLAB puts the divisor in the place of data and interrupt enables", "[fast]") {
  Bench bench("x");
  bench.write(kIerOffset, 0x05);
  bench.write(kLcrOffset, kLcrDlabMask | 3);
  bench.write(kDllOffset, 0x34);
  bench.write(kDlmOffset, 0x12);
  CHECK(bench.read(kDllOffset) == 0x34);
  CHECK(bench.read(kDlmOffset) == 0x12);
  bench.write(kLcrOffset, 3);
  CHECK(bench.read(kIerOffset) == 0x05);
  CHECK(bench.read(kRbrOffset) == 'x');
  CHECK(bench.services.printed.empty());
}

TEST_CASE("uart receives its input without losing a byte, FIFOs on or off", "[fast]") {
  const std::string text = "0123456789 twenty bytes and more";
  Bench plain(text);
  CHECK(plain.receive_all() == text);
  Bench with_fifos(text);
  with_fifos.write(kFcrOffset, kFifosOn);
  CHECK(with_fifos.receive_all() == text);
  CHECK(with_fifos.read(kRbrOffset) == 0);
}

TEST_CASE("uart: a byte that waits raises the data interrupt until it is read", "[fast]") {
  Bench bench("ab");
  CHECK(bench.read(kIirOffset) == kIirIdNone);
  bench.write(kIerOffset, kIerErbfiMask);
  CHECK(bench.core.irq_level(0));
  CHECK(bench.read(kIirOffset) == kIirIdData);
  CHECK(bench.read(kRbrOffset) == 'a');
  CHECK(bench.core.irq_level(0));
  CHECK(bench.read(kRbrOffset) == 'b');
  CHECK_FALSE(bench.core.irq_level(0));
  CHECK(bench.read(kIirOffset) == kIirIdNone);
}

TEST_CASE("uart: with FIFOs the data interrupt needs the trigger level, fewer bytes are a character timeout", "[fast]") {
  Bench bench;
  bench.write(kFcrOffset, kFifosOn | 1u << kFcrTriggerShift);  // 4 bytes.
  bench.write(kMcrOffset, kMcrLoopMask);
  bench.write(kIerOffset, kIerErbfiMask);
  for (std::uint8_t i = 1; i <= 4; ++i) {
    bench.write(kThrOffset, i);
    CHECK(bench.read(kIirOffset) == ((i < 4 ? kIirIdTimeout : kIirIdData) | kIirFifoMask));
  }
  CHECK(bench.services.printed.empty());
}

TEST_CASE("uart: the transmitter's interrupt comes when enabled, goes by reading IIR, and comes again after a byte", "[fast]") {
  Bench bench;
  bench.write(kIerOffset, kIerEtbeiMask);
  CHECK(bench.core.irq_level(0));
  CHECK(bench.read(kIirOffset) == kIirIdThre);
  CHECK_FALSE(bench.core.irq_level(0));
  CHECK(bench.read(kIirOffset) == kIirIdNone);
  bench.write(kThrOffset, 'x');
  CHECK(bench.core.irq_level(0));
  CHECK(bench.read(kIirOffset) == kIirIdThre);
}

TEST_CASE("uart: a lost byte is a line status interrupt before all others, until LSR is read", "[fast]") {
  Bench bench;
  bench.write(kMcrOffset, kMcrLoopMask);
  bench.write(kIerOffset, kIerElsiMask | kIerErbfiMask);
  bench.write(kThrOffset, 'a');
  bench.write(kThrOffset, 'b');
  CHECK(bench.read(kIirOffset) == kIirIdLineStatus);
  CHECK((bench.read(kLsrOffset) & kLsrOeMask) != 0);
  CHECK((bench.read(kLsrOffset) & kLsrOeMask) == 0);
  CHECK(bench.read(kIirOffset) == kIirIdData);
  CHECK(bench.read(kRbrOffset) == 'b');  // PC16550D: the new byte replaces the old one.
}

TEST_CASE("uart: a full receive FIFO keeps what it has", "[fast]") {
  Bench bench;
  bench.write(kFcrOffset, kFifosOn);
  bench.write(kMcrOffset, kMcrLoopMask);
  for (std::uint8_t i = 0; i < 17; ++i) bench.write(kThrOffset, i);
  for (std::uint8_t i = 0; i < 16; ++i) CHECK(bench.read(kRbrOffset) == i);
  CHECK(bench.read(kRbrOffset) == 0);
  CHECK((bench.read(kLsrOffset) & kLsrOeMask) != 0);
}

TEST_CASE("uart: loop shows the modem control bits as modem status", "[fast]") {
  Bench bench;
  CHECK(bench.read(kMsrOffset) == 0xb0);
  bench.write(kMcrOffset, kMcrLoopMask | kMcrDtrMask | kMcrOut1Mask);
  CHECK(bench.read(kMsrOffset) == (kMsrDsrMask | kMsrRiMask));
  bench.write(kMcrOffset, kMcrLoopMask | kMcrRtsMask | kMcrOut2Mask);
  CHECK(bench.read(kMsrOffset) == (kMsrCtsMask | kMsrDcdMask));
}

TEST_CASE("uart: a debugger's look takes no byte and no interrupt", "[fast]") {
  Bench bench("ab");
  bench.write(kIerOffset, kIerErbfiMask);
  CHECK(bench.core.peek_register(0, kRbrOffset, 1).value == 'a');
  CHECK(bench.core.peek_register(0, kRbrOffset, 1).value == 'a');
  CHECK(bench.read(kRbrOffset) == 'a');
}

TEST_CASE("uart: timed bytes leave after the time of their bits and not before", "[fast]") {
  Bench bench({}, true);
  bench.write(kLcrOffset, kLcrDlabMask | 3);
  bench.write(kDllOffset, 2);
  bench.write(kLcrOffset, 3);  // 8 data bits, no parity, one stop bit: ten bits of 16 * 2 clocks.
  const Picos character = bench.core.character_time();
  CHECK(character == kPicosPerSecond / 3'686'400 * 16 * 2 * 10);
  bench.write(kThrOffset, 'a');
  CHECK(bench.read(kLsrOffset) == kLsrThreMask);  // In the shift register already; the holding register is free.
  bench.write(kThrOffset, 'b');
  CHECK(bench.read(kLsrOffset) == 0);
  bench.write(kThrOffset, 'c');  // No room.
  CHECK(bench.services.warnings == std::vector<std::string>{"uart-full"});
  CHECK(bench.core.step(0, bench.memory) == character);
  bench.core.step(character - 1, bench.memory);
  CHECK(bench.services.printed.empty());
  CHECK(bench.core.step(character, bench.memory) == 2 * character);
  CHECK(bench.services.printed == "a");
  CHECK(bench.read(kLsrOffset, character) == kLsrThreMask);
  CHECK(bench.core.step(2 * character, bench.memory) == kNever);
  CHECK(bench.services.printed == "ab");
  CHECK(bench.read(kLsrOffset, 2 * character) == (kLsrThreMask | kLsrTemtMask));
}

TEST_CASE("uart saved between two steps sends and receives the same", "[fast]") {
  Bench first("input", true), second("input", true);
  first.write(kFcrOffset, kFifosOn | 2u << kFcrTriggerShift);
  first.write(kIerOffset, kIerEtbeiMask | kIerErbfiMask);
  CHECK(first.read(kRbrOffset) == 'i');
  for (char c : std::string("xyz")) first.write(kThrOffset, static_cast<std::uint8_t>(c));
  const Picos character = first.core.character_time();
  first.core.step(character, first.memory);
  StateWriter saved;
  first.core.save(saved);
  StateReader in{ConstBytes(saved.data())};
  REQUIRE(second.core.load(in));
  for (Bench* bench : {&first, &second}) {
    bench->services.printed.clear();
    CHECK(bench->core.step(2 * character, bench->memory) == 3 * character);
    CHECK(bench->core.step(3 * character, bench->memory) == kNever);
    CHECK(bench->services.printed == "yz");
    CHECK(bench->receive_all() == "nput");
  }
  StateWriter first_end, second_end;
  first.core.save(first_end);
  second.core.save(second_end);
  CHECK(first_end.data() == second_end.data());
}

}  // namespace visoc
