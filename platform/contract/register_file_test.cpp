// The register file on a made-up block (tools/regtool/testdata/specimen.regs.json) that has every access kind.
// SPDX-License-Identifier: Apache-2.0
#include "platform/contract/register_file.h"

#include <catch2/catch.hpp>

#include <tuple>

#include "tools/regtool/testdata/specimen_regs.h"

namespace visoc {
namespace {

using namespace regs::specimen;  // NOLINT: a test of these names.

/// Says what it heard and answers reads with what a test prepared.
class Listener : public RegisterHooks {
 public:
  std::uint64_t on_read(std::uint16_t reg, std::uint32_t index, std::uint64_t stored) override {
    reads.emplace_back(reg, index);
    return override_reads ? answer : stored;
  }
  std::uint64_t on_peek(std::uint16_t, std::uint32_t, std::uint64_t stored) override {
    ++peeks;
    return override_reads ? answer : stored;
  }
  void on_write(std::uint16_t reg, std::uint32_t index, std::uint64_t before, std::uint64_t after, std::uint64_t written) override {
    writes.emplace_back(reg, index, before, after, written);
  }

  std::vector<std::tuple<std::uint16_t, std::uint32_t>> reads;
  std::vector<std::tuple<std::uint16_t, std::uint32_t, std::uint64_t, std::uint64_t, std::uint64_t>> writes;
  unsigned peeks = 0;
  bool override_reads = false;
  std::uint64_t answer = 0;
};

constexpr std::uint16_t number(Reg reg) { return static_cast<std::uint16_t>(reg); }

std::uint64_t read(RegisterFile& file, Offset offset, unsigned size = 4) {
  const RegisterReply reply = file.read(offset, size);
  CHECK(reply.status == RegisterStatus::kOk);
  return reply.value;
}

}  // namespace

TEST_CASE("registers start at their reset values", "[fast]") {
  RegisterFile file(kTable);
  CHECK(read(file, kModeOffset) == 0x21);
  CHECK(read(file, kVersionOffset) == 0);
  CHECK(read(file, kTimeOffset, 8) == 0x1122334455667788);
  for (std::uint32_t i = 0; i < kLimitCount; ++i) CHECK(read(file, kLimitOffset + i * kLimitStride) == 7);
  file.set(Reg::kMode, 0);
  file.set(Reg::kLimit, 9, 2);
  file.reset();
  CHECK(file.get(Reg::kMode) == 0x21);
  CHECK(file.get(Reg::kLimit, 2) == 7);
}

TEST_CASE("a write replaces rw fields, leaves ro fields and drops reserved bits", "[fast]") {
  RegisterFile file(kTable);
  CHECK(file.write(kModeOffset, 4, 0xffffffff) == RegisterStatus::kOk);
  CHECK(read(file, kModeOffset) == 0xa7);  // SPEED 7, READY stays 1, BANK 1.
  CHECK(file.counters().reserved_bits_written == 1);
  CHECK(file.write(kModeOffset, 4, 0) == RegisterStatus::kOk);
  CHECK(read(file, kModeOffset) == 0x20);
  CHECK(file.counters().reserved_bits_written == 1);
}

TEST_CASE("writes to read-only and reads of write-only registers are counted and do nothing", "[fast]") {
  RegisterFile file(kTable);
  Listener listener;
  file.connect(listener);
  file.set(Reg::kVersion, 0x100);
  CHECK(file.write(kVersionOffset, 4, 5) == RegisterStatus::kOk);
  CHECK(read(file, kVersionOffset) == 0x100);
  CHECK(file.counters().writes_to_read_only == 1);
  CHECK(listener.writes.empty());
  listener.reads.clear();
  listener.override_reads = true;
  listener.answer = 0xff;
  CHECK(read(file, kIntrTestOffset) == 0);
  CHECK(file.counters().reads_of_write_only == 1);
  CHECK(listener.reads.empty());
}

TEST_CASE("rw1c, rw1s, rw0c and rc act on each field alone", "[fast]") {
  RegisterFile file(kTable);
  file.set(Reg::kIntrState, 1);
  file.write(kIntrStateOffset, 4, 0);
  CHECK(read(file, kIntrStateOffset) == 1);
  file.write(kIntrStateOffset, 4, 1);
  CHECK(read(file, kIntrStateOffset) == 0);

  // ONCE 0xa5 (rc), KEEP 0xff (rw0c), SET 0 (rw1s).
  CHECK(file.peek(kBitsOffset, 4).value == 0xa5ff00);
  CHECK(read(file, kBitsOffset) == 0xa5ff00);
  CHECK(read(file, kBitsOffset) == 0x00ff00);
  file.write(kBitsOffset, 4, 0x00f00f);
  CHECK(read(file, kBitsOffset) == 0x00f00f);
  file.write(kBitsOffset, 4, 0x00ff30);
  CHECK(read(file, kBitsOffset) == 0x00f03f);
}

TEST_CASE("an access of one byte touches only that byte", "[fast]") {
  RegisterFile file(kTable);
  CHECK(read(file, kTimeOffset + 1, 1) == 0x77);
  file.write(kTimeOffset + 7, 1, 0xee);
  CHECK(read(file, kTimeOffset, 8) == 0xee22334455667788);
  CHECK(read(file, kTimeOffset + 4, 4) == 0xee223344);
  // Writing SET's byte with zeros clears nothing in KEEP; writing KEEP's byte with zeros does.
  file.write(kBitsOffset, 1, 0x01);
  CHECK(file.get(Reg::kBits) == 0xa5ff01);
  file.write(kBitsOffset + 1, 1, 0x0f);
  CHECK(file.get(Reg::kBits) == 0xa50f01);
  // Reading KEEP's byte leaves ONCE; reading ONCE's byte clears it.
  CHECK(read(file, kBitsOffset + 1, 1) == 0x0f);
  CHECK(read(file, kBitsOffset + 2, 1) == 0xa5);
  CHECK(file.get(Reg::kBits) == 0x000f01);
}

TEST_CASE("the hook of a write hears what was stored and what was written", "[fast]") {
  RegisterFile file(kTable);
  Listener listener;
  file.connect(listener);
  file.write(kModeOffset, 4, 0xff);
  file.write(kIntrTestOffset, 4, 0xff);
  file.write(kLimitOffset + 2 * kLimitStride, 4, 3);
  REQUIRE(listener.writes.size() == 3);
  CHECK(listener.writes[0] == std::make_tuple(number(Reg::kMode), 0u, 0x21u, 0xa7u, 0xa7u));
  CHECK(listener.writes[1] == std::make_tuple(number(Reg::kIntrTest), 0u, 0u, 0u, 1u));
  CHECK(listener.writes[2] == std::make_tuple(number(Reg::kLimit), 2u, 7u, 3u, 3u));
}

TEST_CASE("a hook of a write may reset the file", "[fast]") {
  class Resetter : public RegisterHooks {
   public:
    explicit Resetter(RegisterFile& target) : target_(target) {}
    void on_write(std::uint16_t, std::uint32_t, std::uint64_t, std::uint64_t, std::uint64_t) override { target_.reset(); }

   private:
    RegisterFile& target_;
  };
  RegisterFile file(kTable);
  Resetter resetter(file);
  file.connect(resetter);
  file.write(kModeOffset, 4, 0x87);
  CHECK(file.get(Reg::kMode) == 0x21);
}

TEST_CASE("pop, push and claim go to the core", "[fast]") {
  RegisterFile file(kTable);
  Listener listener;
  file.connect(listener);
  listener.override_reads = true;
  listener.answer = 0x1ff;
  CHECK(read(file, kDataOffset, 1) == 0xff);
  CHECK(read(file, kClaimOffset + kClaimStride, 4) == 0x1ff);
  CHECK(listener.reads == std::vector<std::tuple<std::uint16_t, std::uint32_t>>{{number(Reg::kData), 0}, {number(Reg::kClaim), 1}});
  file.write(kSendOffset, 1, 0x41);
  file.write(kClaimOffset, 4, 6);
  REQUIRE(listener.writes.size() == 2);
  CHECK(listener.writes[0] == std::make_tuple(number(Reg::kSend), 0u, 0u, 0u, 0x41u));
  CHECK(listener.writes[1] == std::make_tuple(number(Reg::kClaim), 0u, 0u, 0u, 6u));
}

TEST_CASE("a bank switches the register behind an offset", "[fast]") {
  RegisterFile file(kTable);
  Listener listener;
  file.connect(listener);
  file.set_field(Reg::kMode, kModeBankMask, 1);
  file.write(kDivisorOffset, 1, 0x12);
  CHECK(file.get(Reg::kDivisor) == 0x12);
  CHECK(read(file, kDivisorOffset, 1) == 0x12);
  file.set_field(Reg::kMode, kModeBankMask, 0);
  listener.writes.clear();
  file.write(kDivisorOffset, 1, 0x34);
  CHECK(file.get(Reg::kDivisor) == 0x12);
  REQUIRE(listener.writes.size() == 1);
  CHECK(std::get<0>(listener.writes[0]) == number(Reg::kSend));
}

TEST_CASE("a peek changes nothing and calls only its own hook", "[fast]") {
  RegisterFile file(kTable);
  Listener listener;
  file.connect(listener);
  CHECK(file.peek(kBitsOffset, 4).value == 0xa5ff00);
  CHECK(file.peek(kBitsOffset, 4).value == 0xa5ff00);
  CHECK(file.peek(kDataOffset, 1).status == RegisterStatus::kOk);
  CHECK(file.peek(kIntrTestOffset, 4).value == 0);
  CHECK(file.peek(0x80, 4).status == RegisterStatus::kNoRegister);
  CHECK(listener.reads.empty());
  CHECK(listener.peeks == 3);
  CHECK(file.counters().reads_of_write_only == 0);
}

TEST_CASE("an access of eight bytes reaches two registers in ascending order", "[fast]") {
  RegisterFile file(kTable);
  Listener listener;
  file.connect(listener);
  file.write(kIntrStateOffset, 8, 0x1'00000001);
  REQUIRE(listener.writes.size() == 2);
  CHECK(std::get<0>(listener.writes[0]) == number(Reg::kIntrState));
  CHECK(std::get<0>(listener.writes[1]) == number(Reg::kIntrEnable));
  file.set(Reg::kIntrState, 1);
  CHECK(read(file, kIntrStateOffset, 8) == 0x1'00000001);
}

TEST_CASE("an access that touches a hole does nothing at all", "[fast][bad-input]") {
  RegisterFile file(kTable);
  Listener listener;
  file.connect(listener);
  CHECK(file.write(0x60 + 4, 8, 1) == RegisterStatus::kNoRegister);  // CLAIM[2] and the hole behind it.
  CHECK(file.read(kDataOffset, 4).status == RegisterStatus::kNoRegister);
  CHECK(listener.writes.empty());
  CHECK(listener.reads.empty());
}

TEST_CASE("any offset and size is safe", "[fast][bad-input]") {
  RegisterFile file(kTable);
  for (Offset offset : {Offset{0xfc}, Offset{0x100}, ~Offset{0}, ~Offset{0} - 3, Offset{1} << 63}) {
    for (unsigned size : {0u, 1u, 2u, 3u, 4u, 8u, 16u, 4096u, ~0u}) {
      CHECK(file.read(offset, size).status == RegisterStatus::kNoRegister);
      CHECK(file.write(offset, size, ~std::uint64_t{0}) == RegisterStatus::kNoRegister);
      CHECK(check_access(kTable, offset, size, true) != AccessCheck::kOk);
    }
  }
}

TEST_CASE("the shell's check tells size, alignment and holes apart", "[fast][bad-input]") {
  CHECK(check_access(kTable, kModeOffset, 4, false) == AccessCheck::kOk);
  CHECK(check_access(kTable, kModeOffset + 3, 1, true) == AccessCheck::kOk);
  CHECK(check_access(kTable, kIntrTestOffset, 4, false) == AccessCheck::kOk);  // Reads of write-only are no error.
  CHECK(check_access(kTable, kVersionOffset, 4, true) == AccessCheck::kOk);
  CHECK(check_access(kTable, kModeOffset, 2, false) == AccessCheck::kWrongSize);
  CHECK(check_access(kTable, kModeOffset, 0, false) == AccessCheck::kWrongSize);
  CHECK(check_access(kTable, kModeOffset + 2, 4, false) == AccessCheck::kMisaligned);
  CHECK(check_access(kTable, kVersionOffset, 8, false) == AccessCheck::kMisaligned);
  CHECK(check_access(kTable, kModeOffset, 8, false) == AccessCheck::kOk);
  CHECK(check_access(kTable, 0x48, 4, false) == AccessCheck::kNoRegister);  // Between elements 0 and 1.
  CHECK(check_access(kTable, 0x70, 4, false) == AccessCheck::kNoRegister);  // After the last element.
  CHECK(check_access(kTable, kWindowBytes, 4, false) == AccessCheck::kNoRegister);

  RegisterTable own_size = kTable;
  own_size.access_sizes = 0;
  CHECK(check_access(own_size, kTimeOffset, 8, false) == AccessCheck::kOk);
  CHECK(check_access(own_size, kTimeOffset, 4, false) == AccessCheck::kWrongSize);
  CHECK(check_access(own_size, kModeOffset, 8, false) == AccessCheck::kWrongSize);
  CHECK(check_access(own_size, kDataOffset, 1, false) == AccessCheck::kOk);
}

TEST_CASE("interleaved arrays decode to their elements", "[fast]") {
  CHECK(register_name(kTable, 0x40) == "LIMIT[0]");
  CHECK(register_name(kTable, 0x54) == "CLAIM[1]");
  CHECK(register_name(kTable, 0x63) == "LIMIT[2]");
  CHECK(register_name(kTable, 0x08) == "INTR_STATE");
  CHECK(register_name(kTable, 0x68) == "0x68");
}

TEST_CASE("fields are read and set by their masks", "[fast]") {
  RegisterFile file(kTable);
  file.set_field(Reg::kBits, kBitsKeepMask, 0x3c);
  CHECK(file.get(Reg::kBits) == 0xa53c00);
  CHECK(file.get_field(Reg::kBits, kBitsKeepMask) == 0x3c);
  file.set_field(Reg::kMode, kModeSpeedMask, 0xff);  // Does not spill into the neighbours.
  CHECK(file.get(Reg::kMode) == 0x27);
  CHECK(kModeSpeedFast == 4);
}

TEST_CASE("saved registers load into a fresh file", "[fast]") {
  RegisterFile first(kTable), second(kTable);
  first.write(kModeOffset, 4, 0x85);
  first.set(Reg::kLimit, 99, 1);
  StateWriter out;
  first.save(out);
  StateReader in{ConstBytes(out.data())};
  CHECK(second.load(in));
  CHECK(in.at_end());
  StateWriter again;
  second.save(again);
  CHECK(out.data() == again.data());
}

TEST_CASE("a state that is cut short or of another block leaves the reset values", "[fast][bad-input]") {
  RegisterFile file(kTable);
  StateWriter out;
  file.save(out);
  for (std::size_t keep : {std::size_t{0}, std::size_t{8}, out.data().size() - 1}) {
    file.set(Reg::kMode, 0);
    StateReader in(ConstBytes(out.data().data(), keep));
    CHECK_FALSE(file.load(in));
    CHECK(file.get(Reg::kMode) == 0x21);
  }
  StateWriter other;
  other.u64(3);
  for (int i = 0; i < 3; ++i) other.u64(0);
  StateReader in{ConstBytes(other.data())};
  CHECK_FALSE(file.load(in));
}

}  // namespace visoc
