// A command as it lies in guest memory: descriptor, completion record, status codes. Little endian.
// The C side of the same layout is sw/runtime/command_ring.h.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include "platform/base/units.h"

namespace visoc {

inline constexpr std::uint32_t kDescriptorBytes = 64;
inline constexpr std::uint32_t kCompletionBytes = 32;
inline constexpr std::uint32_t kMaxParameterBytes = 4096;
inline constexpr unsigned kMaxWaits = 4;

/// Completion status. 0 is success; a driver treats any other value as "the command did not happen, or not wholly".
enum class CommandStatus : std::uint32_t {
  kOk = 0,
  kUnknownOpcode = 1,
  kBadParameter = 2,  ///< `detail` = byte offset of the field in the parameter block (or an engine's own code).
  kReadFault = 3,     ///< `fault_addr` = first address that did not answer.
  kWriteFault = 4,
  kAborted = 5,      ///< Software asked for it.
  kUpstream = 6,     ///< A command this one waited for had failed. `detail` = syncpoint id.
  kUnsupported = 7,  ///< A valid request that this implementation does not offer.
  kInputError = 8,   ///< The data (a bitstream, a program) are damaged.
};

/// Descriptor flags.
inline constexpr std::uint16_t kFlagWaitCountMask = 0x7;  ///< How many of the four waits count, 0 to 4.
inline constexpr std::uint16_t kFlagPost = 1u << 3;       ///< Post at the end.
inline constexpr std::uint16_t kFlagInterrupt = 1u << 4;  ///< Count towards the DONE interrupt.

struct SyncpointWait {
  std::uint32_t id = 0;
  std::uint32_t value = 0;  ///< Reached when (int32)(counter - value) >= 0.
};

/// 64 bytes in memory: u16 opcode, u16 flags, u32 tag, 4 x {u32 id, u32 value}, u32 post id, u32 post increment,
/// u64 parameter address, u32 parameter bytes, u32 reserved (zero).
struct Descriptor {
  std::uint16_t opcode = 0;
  std::uint16_t flags = 0;
  std::uint32_t tag = 0;
  std::array<SyncpointWait, kMaxWaits> waits{};
  std::uint32_t post_id = 0;
  std::uint32_t post_increment = 0;  ///< 1 to 31.
  Addr parameters = 0;
  std::uint32_t parameter_bytes = 0;  ///< 0 to 4096.
  std::uint32_t reserved = 0;

  unsigned wait_count() const { return flags & kFlagWaitCountMask; }
  static Descriptor decode(const std::uint8_t (&bytes)[kDescriptorBytes]);
  void encode(std::uint8_t (&bytes)[kDescriptorBytes]) const;
};

/// 32 bytes in memory: u32 tag, u32 status, u64 cycles, u64 detail, u64 fault address.
struct Completion {
  std::uint32_t tag = 0;
  CommandStatus status = CommandStatus::kOk;
  Cycles cycles = 0;  ///< Of the block's clock, from the start (after the waits) to the end of the data.
  std::uint64_t detail = 0;
  Addr fault_addr = 0;  ///< With kOk: an engine's own second result, else 0.

  void encode(std::uint8_t (&bytes)[kCompletionBytes]) const;
  static Completion decode(const std::uint8_t (&bytes)[kCompletionBytes]);
};

/// Layout of the syncpoint block that engines rely on (ip/syncpoint has the registers): per counter an aligned pair
/// {u32 VALUE, u32 ERROR_HISTORY} at 0x1000 + 8*id, and a POST register at 0x2000 + 4*id.
/// ERROR_HISTORY bit k says that the increment which reached VALUE - k was a failed command's.
inline constexpr Offset kSyncpointPairs = 0x1000;
inline constexpr Offset kSyncpointPosts = 0x2000;
inline constexpr std::uint32_t kSyncpointCount = 256;
inline constexpr std::uint32_t kPostErrorMark = 1u << 31;

}  // namespace visoc
