// SPDX-License-Identifier: Apache-2.0
#include "ip/npu/burst_dma.h"

#include <algorithm>

#include "platform/base/check.h"

namespace visoc::npu {

BurstDma::BurstDma(Clock clock, std::uint32_t bytes_per_cycle, std::uint32_t outstanding)
    : clock_(clock), bytes_per_cycle_(bytes_per_cycle), done_at_(outstanding, 0) {
  VISOC_CHECK(bytes_per_cycle > 0 && outstanding > 0, "a DMA engine needs a port");
}

template <typename Access>
MemoryReply BurstDma::transfer(Picos at, Addr addr, std::uint64_t bytes, Access access) {
  MemoryReply total;
  total.done_at = at;
  while (total.bytes_done < bytes) {
    const Addr start = addr + total.bytes_done;
    const std::uint64_t to_boundary = kMaxBurstBytes - (start & (kMaxBurstBytes - 1));
    const std::uint64_t burst = std::min(bytes - total.bytes_done, to_boundary);
    const Picos begin = std::max({at, port_free_, done_at_[next_]});
    port_free_ = begin + clock_.to_picos((burst + bytes_per_cycle_ - 1) / bytes_per_cycle_);
    const MemoryReply reply = access(begin, start, total.bytes_done, burst);
    const Picos done = std::max(reply.done_at, port_free_);
    done_at_[next_] = done;
    next_ = (next_ + 1) % static_cast<std::uint32_t>(done_at_.size());
    ++bursts_;
    bytes_ += reply.bytes_done;
    total.bytes_done += reply.bytes_done;
    total.done_at = std::max(total.done_at, done);
    if (!reply.ok()) {
      total.status = reply.status;
      total.fault_addr = reply.fault_addr;
      return total;
    }
  }
  return total;
}

MemoryReply BurstDma::read(MemoryPort& memory, Picos at, Addr addr, MutableBytes into) {
  return transfer(at, addr, into.size, [&](Picos begin, Addr start, std::uint64_t done, std::uint64_t count) {
    return memory.read(begin, start, MutableBytes(into.data + done, count));
  });
}

MemoryReply BurstDma::write(MemoryPort& memory, Picos at, Addr addr, ConstBytes from) {
  return transfer(at, addr, from.size, [&](Picos begin, Addr start, std::uint64_t done, std::uint64_t count) {
    return memory.write(begin, start, ConstBytes(from.data + done, count));
  });
}

void BurstDma::clear() {
  std::fill(done_at_.begin(), done_at_.end(), 0);
  next_ = 0;
  port_free_ = 0;
}

void BurstDma::reset() {
  clear();
  bytes_ = bursts_ = 0;
}

void BurstDma::save(StateWriter& out) const {
  for (Picos done : done_at_) out.u64(done);
  out.u32(next_);
  for (std::uint64_t value : {port_free_, bytes_, bursts_}) out.u64(value);
}

void BurstDma::load(StateReader& in) {
  for (Picos& done : done_at_) done = in.u64();
  next_ = in.u32() % static_cast<std::uint32_t>(done_at_.size());
  for (std::uint64_t* value : {&port_free_, &bytes_, &bursts_}) *value = in.u64();
}

}  // namespace visoc::npu
