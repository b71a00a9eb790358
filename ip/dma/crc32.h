// CRC-32 as in IEEE Std 802.3, section "Frame Check Sequence": polynomial 0x04c11db7, bits in reflected order, all ones in, inverted out.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "platform/base/span.h"

namespace visoc {

/// The CRC of `bytes` behind what `crc` stands for; 0 stands for nothing. crc32(0, "123456789") is 0xcbf43926.
std::uint32_t crc32(std::uint32_t crc, ConstBytes bytes);

}  // namespace visoc
