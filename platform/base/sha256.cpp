// SPDX-License-Identifier: Apache-2.0
#include "platform/base/sha256.h"

extern "C" {
#include <libavutil/mem.h>
#include <libavutil/sha.h>
}

namespace visoc {

std::string sha256_hex(ConstBytes bytes) {
  AVSHA* sha = av_sha_alloc();
  av_sha_init(sha, 256);
  av_sha_update(sha, bytes.data, bytes.size);
  std::uint8_t digest[32];
  av_sha_final(sha, digest);
  av_free(sha);
  std::string text;
  for (std::uint8_t byte : digest) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

}  // namespace visoc
