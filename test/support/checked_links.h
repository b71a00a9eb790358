// Sockets of a test bound with a protocol checker between them; a broken rule fails the test.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <catch2/catch.hpp>

#include "platform/tlm/protocol_checker.h"

namespace visoc::test {

/// Lives as long as the modules that it binds, in the same bench.
class CheckedLinks : public ProtocolLinks {
 public:
  explicit CheckedLinks(const char* pattern = "on") : ProtocolLinks(pattern) {}
  CheckedLinks(const CheckedLinks&) = delete;
  CheckedLinks& operator=(const CheckedLinks&) = delete;
  ~CheckedLinks() {
    for (const auto& checker : checkers())
      for (const std::string& message : checker->tally().messages()) FAIL_CHECK(message);
  }
};

}  // namespace visoc::test
