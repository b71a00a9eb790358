// The bytes behind a memory's socket, and the TLM-2.0 rules around them: the same for every implementation of the controller.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tlm.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "ip/dram_controller/storage.h"
#include "platform/base/units.h"
#include "platform/contract/page_guards.h"
#include "platform/contract/statistics.h"
#include "platform/tlm/block.h"

namespace visoc {

/// Memory [0, size).
class DramBytes {
 public:
  explicit DramBytes(std::uint64_t size);

  /// Sets the response of an access and, if it is a right one, moves its bytes. True if it takes time: not for errors and for
  /// TLM_IGNORE_COMMAND without the mark TimingOnly. `write` is then its direction.
  bool access(tlm::tlm_generic_payload& payload, bool& write);
  unsigned debug(tlm::tlm_generic_payload& payload);
  /// Grants exactly [0, size-1].
  bool grant(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi, Picos read_latency, Picos write_latency);

  HostMemory host_memory() { return {storage_.data(), storage_.size()}; }
  std::uint64_t size() const { return storage_.size(); }
  std::vector<Statistic> statistics() const;
  void save(StateWriter& out) const { storage_.save(out); }
  bool load(StateReader& in) { return storage_.load(in); }

 private:
  tlm::tlm_response_status check(const tlm::tlm_generic_payload& payload) const;

  Storage storage_;
  std::shared_ptr<PageGuards> guards_;
  std::uint64_t bytes_read_ = 0, bytes_written_ = 0, timing_only_bytes_ = 0, refused_ = 0;
};

}  // namespace visoc
