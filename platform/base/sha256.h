// SHA-256 (FIPS 180-4), for naming inputs in results. The arithmetic is libavutil's.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "platform/base/span.h"

namespace visoc {

/// 64 lower-case hex digits.
std::string sha256_hex(ConstBytes bytes);

}  // namespace visoc
