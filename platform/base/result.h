// What the user's input gets: a value, or every problem found, each with its place.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "platform/base/check.h"
#include "platform/base/exit_codes.h"

namespace visoc {

/// One thing wrong with a file, an option or a value.
struct Problem {
  std::string file;     ///< File name or option; may be empty.
  std::string where;    ///< JSON pointer, byte offset or line; may be empty.
  std::string message;  ///< What is wrong and what would be right.
  ExitCode exit_code = ExitCode::kBadInput;

  /// "file: where: message", without the empty parts.
  std::string text() const;
};

using Problems = std::vector<Problem>;

/// The exit code a list of problems leads to: host I/O wins over bad input.
ExitCode exit_code_of(const Problems& problems);

/// Prints every problem on stderr, one a line, prefixed "visoc: error: ".
void print_problems(const Problems& problems);

/// A value, or at least one problem.
template <typename T>
class Result {
 public:
  Result(T value) : value_(std::move(value)) {}                 // NOLINT: implicit by intent
  Result(Problem problem) : problems_{std::move(problem)} {}    // NOLINT
  Result(Problems problems) : problems_(std::move(problems)) {  // NOLINT
    VISOC_CHECK(!problems_.empty(), "a failed Result needs a problem");
  }

  bool ok() const { return value_.has_value(); }
  explicit operator bool() const { return ok(); }
  T& value() {
    VISOC_CHECK(ok(), "value of a failed Result");
    return *value_;
  }
  const T& value() const {
    VISOC_CHECK(ok(), "value of a failed Result");
    return *value_;
  }
  const Problems& problems() const { return problems_; }

 private:
  std::optional<T> value_;
  Problems problems_;
};

}  // namespace visoc
