// Where the files that belong to visoc lie: platforms/, energy/, ip/*/devices/.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace visoc {

/// $VISOC_ROOT if set, else the source tree this binary was built from.
std::string data_folder();

}  // namespace visoc
