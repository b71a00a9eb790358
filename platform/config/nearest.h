// "Did you mean": the valid name closest to what was written.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace visoc {

/// Number of single-character insertions, deletions and substitutions between two words (Levenshtein).
std::size_t edit_distance(const std::string& a, const std::string& b);

/// The closest of `names`, or empty if none is closer than half of the word's length plus one.
std::string nearest_name(const std::string& word, const std::vector<std::string>& names);

/// "; did you mean 'x'?" and the list of valid names, ready to end a message.
std::string name_hint(const std::string& word, const std::vector<std::string>& names);

}  // namespace visoc
