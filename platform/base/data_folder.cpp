// SPDX-License-Identifier: Apache-2.0
#include "platform/base/data_folder.h"

#include <cstdlib>

namespace visoc {

std::string data_folder() {
  const char* root = std::getenv("VISOC_ROOT");
  return root != nullptr && *root != '\0' ? root : VISOC_ROOT_DIR;
}

}  // namespace visoc
