// Registers of specimen. Generated from tools/regtool/testdata/specimen.regs.json by tools/regtool; do not edit.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "platform/contract/register_table.h"

namespace visoc::regs::specimen {

/// Numbers of the registers: indices into kTable.registers.
enum class Reg : std::uint16_t {
  kMode = 0,
  kVersion = 1,
  kIntrState = 2,
  kIntrEnable = 3,
  kIntrTest = 4,
  kBits = 5,
  kTime = 6,
  kData = 7,
  kSend = 8,
  kDivisor = 9,
  kLimit = 10,
  kClaim = 11,
};

inline constexpr std::uint64_t kWindowBytes = 0x100;

// MODE (rw)
inline constexpr Offset kModeOffset = 0x0;
inline constexpr std::uint32_t kModeResetValue = 0x21;
inline constexpr std::uint32_t kModeSpeedMask = 0x7;
inline constexpr unsigned kModeSpeedShift = 0;
inline constexpr unsigned kModeSpeedWidth = 3;
inline constexpr std::uint32_t kModeSpeedSlow = 0x1;
inline constexpr std::uint32_t kModeSpeedFast = 0x4;
inline constexpr std::uint32_t kModeReadyMask = 0x20;
inline constexpr unsigned kModeReadyShift = 5;
inline constexpr unsigned kModeReadyWidth = 1;
inline constexpr std::uint32_t kModeBankMask = 0x80;
inline constexpr unsigned kModeBankShift = 7;
inline constexpr unsigned kModeBankWidth = 1;

// VERSION (ro)
inline constexpr Offset kVersionOffset = 0x4;

// INTR_STATE (rw1c)
inline constexpr Offset kIntrStateOffset = 0x8;
inline constexpr std::uint32_t kIntrStateResetValue = 0x0;
inline constexpr std::uint32_t kIntrStateDoneMask = 0x1;
inline constexpr unsigned kIntrStateDoneShift = 0;
inline constexpr unsigned kIntrStateDoneWidth = 1;

// INTR_ENABLE (rw)
inline constexpr Offset kIntrEnableOffset = 0xc;
inline constexpr std::uint32_t kIntrEnableResetValue = 0x0;
inline constexpr std::uint32_t kIntrEnableDoneMask = 0x1;
inline constexpr unsigned kIntrEnableDoneShift = 0;
inline constexpr unsigned kIntrEnableDoneWidth = 1;

// INTR_TEST (wo)
inline constexpr Offset kIntrTestOffset = 0x10;
inline constexpr std::uint32_t kIntrTestResetValue = 0x0;
inline constexpr std::uint32_t kIntrTestDoneMask = 0x1;
inline constexpr unsigned kIntrTestDoneShift = 0;
inline constexpr unsigned kIntrTestDoneWidth = 1;

// BITS (rw)
inline constexpr Offset kBitsOffset = 0x14;
inline constexpr std::uint32_t kBitsResetValue = 0xa5ff00;
inline constexpr std::uint32_t kBitsSetMask = 0xff;
inline constexpr unsigned kBitsSetShift = 0;
inline constexpr unsigned kBitsSetWidth = 8;
inline constexpr std::uint32_t kBitsKeepMask = 0xff00;
inline constexpr unsigned kBitsKeepShift = 8;
inline constexpr unsigned kBitsKeepWidth = 8;
inline constexpr std::uint32_t kBitsOnceMask = 0xff0000;
inline constexpr unsigned kBitsOnceShift = 16;
inline constexpr unsigned kBitsOnceWidth = 8;

// TIME (rw)
inline constexpr Offset kTimeOffset = 0x18;
inline constexpr std::uint64_t kTimeResetValue = 0x1122334455667788;

// DATA (pop)
inline constexpr Offset kDataOffset = 0x20;
inline constexpr std::uint32_t kDataResetValue = 0x0;

// SEND (push)
inline constexpr Offset kSendOffset = 0x20;
inline constexpr std::uint32_t kSendResetValue = 0x0;

// DIVISOR (rw)
inline constexpr Offset kDivisorOffset = 0x20;
inline constexpr std::uint32_t kDivisorResetValue = 0x0;

// LIMIT (rw)
inline constexpr Offset kLimitOffset = 0x40;
inline constexpr std::uint32_t kLimitCount = 3;
inline constexpr Offset kLimitStride = 0x10;
inline constexpr std::uint32_t kLimitResetValue = 0x7;

// CLAIM (claim)
inline constexpr Offset kClaimOffset = 0x44;
inline constexpr std::uint32_t kClaimCount = 3;
inline constexpr Offset kClaimStride = 0x10;
inline constexpr std::uint32_t kClaimResetValue = 0x0;

namespace detail {

inline constexpr FieldInfo kModeFields[] = {
    {"SPEED", 0, 3, RegisterAccess::kRw, 0x1, false, "How fast."},
    {"READY", 5, 1, RegisterAccess::kRo, 0x1, true, "Says \"ready\"."},
    {"BANK", 7, 1, RegisterAccess::kRw, 0x0, false, "Switches 0x20."},
};
inline constexpr FieldInfo kIntrStateFields[] = {
    {"DONE", 0, 1, RegisterAccess::kRw1c, 0x0, false, "Done."},
};
inline constexpr FieldInfo kIntrEnableFields[] = {
    {"DONE", 0, 1, RegisterAccess::kRw, 0x0, false, "Done."},
};
inline constexpr FieldInfo kIntrTestFields[] = {
    {"DONE", 0, 1, RegisterAccess::kWo, 0x0, false, "Done."},
};
inline constexpr std::uint16_t kIntrTestChanges[] = {2};
inline constexpr FieldInfo kBitsFields[] = {
    {"SET", 0, 8, RegisterAccess::kRw1s, 0x0, false, "Writing 1 sets."},
    {"KEEP", 8, 8, RegisterAccess::kRw0c, 0xff, false, "Writing 0 clears."},
    {"ONCE", 16, 8, RegisterAccess::kRc, 0xa5, false, "Reading clears."},
};

inline constexpr RegisterInfo kRegisters[] = {
    {"MODE", 0x0, 4, RegisterAccess::kRw, RegisterView::kBoth, false, false, 1, 0, 0, 0x21,
     {0xa7, 0x87, 0x0, 0x0, 0x0, 0x0, 0x0, 0x20, 0xa7},
     {0x0, 0x0, 0},
     kModeFields, 3, nullptr, nullptr, 0, "A mode | with a bar."},
    {"VERSION", 0x4, 4, RegisterAccess::kRo, RegisterView::kBoth, false, true, 1, 0, 1, 0x0,
     {0xffffffff, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0xffffffff},
     {0x0, 0x0, 0},
     nullptr, 0, nullptr, nullptr, 0, "The block sets it."},
    {"INTR_STATE", 0x8, 4, RegisterAccess::kRw1c, RegisterView::kBoth, false, false, 1, 0, 2, 0x0,
     {0x1, 0x0, 0x1, 0x0, 0x0, 0x0, 0x0, 0x0, 0x1},
     {0x0, 0x0, 0},
     kIntrStateFields, 1, nullptr, nullptr, 0, "Pending."},
    {"INTR_ENABLE", 0xc, 4, RegisterAccess::kRw, RegisterView::kBoth, false, false, 1, 0, 3, 0x0,
     {0x1, 0x1, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0x1},
     {0x0, 0x0, 0},
     kIntrEnableFields, 1, nullptr, nullptr, 0, "Enabled."},
    {"INTR_TEST", 0x10, 4, RegisterAccess::kWo, RegisterView::kBoth, false, false, 1, 0, 4, 0x0,
     {0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0x1, 0x0, 0x1},
     {0x0, 0x0, 0},
     kIntrTestFields, 1, nullptr, kIntrTestChanges, 1, "Raises."},
    {"BITS", 0x14, 4, RegisterAccess::kRw, RegisterView::kBoth, false, false, 1, 0, 5, 0xa5ff00,
     {0xffffff, 0x0, 0x0, 0xff, 0xff00, 0xff0000, 0x0, 0x0, 0xffffff},
     {0x0, 0x0, 0},
     kBitsFields, 3, nullptr, nullptr, 0, "Bits with a will of their own."},
    {"TIME", 0x18, 8, RegisterAccess::kRw, RegisterView::kBoth, true, false, 1, 0, 6, 0x1122334455667788,
     {0xffffffffffffffff, 0xffffffffffffffff, 0x0, 0x0, 0x0, 0x0, 0x0, 0xffffffffffffffff, 0xffffffffffffffff},
     {0x0, 0x0, 0},
     nullptr, 0, nullptr, nullptr, 0, "Eight bytes."},
    {"DATA", 0x20, 1, RegisterAccess::kPop, RegisterView::kRead, false, false, 1, 0, 7, 0x0,
     {0xff, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0xff},
     {0x80, 0x0, 0},
     nullptr, 0, nullptr, nullptr, 0, "Takes a byte."},
    {"SEND", 0x20, 1, RegisterAccess::kPush, RegisterView::kWrite, false, false, 1, 0, 8, 0x0,
     {0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0xff, 0x0, 0xff},
     {0x80, 0x0, 0},
     nullptr, 0, nullptr, nullptr, 0, "Puts a byte."},
    {"DIVISOR", 0x20, 1, RegisterAccess::kRw, RegisterView::kBoth, false, false, 1, 0, 9, 0x0,
     {0xff, 0xff, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0xff},
     {0x80, 0x80, 0},
     nullptr, 0, "Writing it stops the clock.", nullptr, 0, "Divides."},
    {"LIMIT", 0x40, 4, RegisterAccess::kRw, RegisterView::kBoth, false, false, 3, 16, 10, 0x7,
     {0xffffffff, 0xffffffff, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0xffffffff},
     {0x0, 0x0, 0},
     nullptr, 0, nullptr, nullptr, 0, "Threshold of a context."},
    {"CLAIM", 0x44, 4, RegisterAccess::kClaim, RegisterView::kBoth, false, false, 3, 16, 13, 0x0,
     {0xffffffff, 0x0, 0x0, 0x0, 0x0, 0x0, 0xffffffff, 0x0, 0xffffffff},
     {0x0, 0x0, 0},
     nullptr, 0, nullptr, nullptr, 0, "Claims for a context."},
};

inline constexpr std::uint16_t kRangeRegisters[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
inline constexpr RegisterRange kRanges[] = {
    {0x0, 0x4, 0, 1},
    {0x4, 0x8, 1, 1},
    {0x8, 0xc, 2, 1},
    {0xc, 0x10, 3, 1},
    {0x10, 0x14, 4, 1},
    {0x14, 0x18, 5, 1},
    {0x18, 0x20, 6, 1},
    {0x20, 0x21, 7, 3},
    {0x40, 0x68, 10, 2},
};

}  // namespace detail

inline constexpr RegisterTable kTable = {
    "specimen",
    "A made-up block with one register of each kind; the tests of the generator and of the register file use it.",
    kWindowBytes, 13, false, 1, detail::kRegisters, 12, 16, detail::kRanges, 9, detail::kRangeRegisters};

}  // namespace visoc::regs::specimen
