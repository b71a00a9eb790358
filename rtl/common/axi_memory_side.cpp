// SPDX-License-Identifier: Apache-2.0
#include "rtl/common/axi_memory_side.h"

#include <algorithm>
#include <utility>

namespace visoc {
namespace {

constexpr unsigned kBusBytes = 8;
constexpr std::uint8_t kOkay = 0, kSlaveError = 2;

}  // namespace

bool AxiMemorySide::stall() {
  if (!stalls_) return false;
  // xorshift32.
  random_ ^= random_ << 13;
  random_ ^= random_ >> 17;
  random_ ^= random_ << 5;
  return random_ % 3 == 0;
}

/// Address of the first byte of a beat.
Addr AxiMemorySide::beat_address(Addr addr, unsigned size, unsigned beat) {
  if (beat == 0) return addr;
  const Addr bytes = Addr{1} << size;
  return (addr & ~(bytes - 1)) + beat * bytes;
}

void AxiMemorySide::drive(RtlInputs& in) {
  in.m_arready = reads_.size() < kMaxOpen && !stall();
  in.m_awready = writes_.size() < kMaxOpen && !stall();
  const bool data_wanted = std::any_of(writes_.begin(), writes_.end(), [](const Write& write) { return write.next < write.beats; });
  in.m_wready = data_wanted && !stall();

  r_shown_ = !reads_.empty() && reads_.front().answered && (r_shown_ || !stall());
  in.m_rvalid = r_shown_;
  in.m_rdata = 0;
  in.m_rlast = false;
  in.m_rresp = kOkay;
  if (r_shown_) {
    const Read& read = reads_.front();
    const Addr first = beat_address(read.addr, read.size, read.next), end = beat_address(read.addr, read.size, read.next + 1);
    for (Addr at = first; at != end && read.ok; ++at)
      in.m_rdata |= std::uint64_t{read.bytes[at - read.addr]} << (8 * (at & (kBusBytes - 1)));
    in.m_rlast = read.next + 1 == read.beats;
    in.m_rresp = read.ok ? kOkay : kSlaveError;
  }

  b_shown_ = !writes_.empty() && writes_.front().answered && (b_shown_ || !stall());
  in.m_bvalid = b_shown_;
  in.m_bresp = b_shown_ && !writes_.front().ok ? kSlaveError : kOkay;
}

void AxiMemorySide::sample(const RtlInputs& in, const RtlOutputs& out) {
  if (in.m_rvalid && out.m_rready) {
    r_shown_ = false;
    if (++reads_.front().next == reads_.front().beats) reads_.pop_front();
  }
  if (in.m_bvalid && out.m_bready) {
    b_shown_ = false;
    writes_.pop_front();
  }
  if (in.m_wready && out.m_wvalid) {
    for (Write& write : writes_) {
      if (write.next == write.beats) continue;
      add_beat(write, out.m_wdata, out.m_wstrb);
      if (++write.next == write.beats) requests_.push_back(std::move(write.request));
      break;
    }
  }
  if (in.m_arready && out.m_arvalid) {
    Read read;
    read.addr = out.m_araddr;
    read.beats = out.m_arlen + 1u;
    read.size = std::min<unsigned>(out.m_arsize, 3);
    AxiRequest request;
    const Addr end = beat_address(read.addr, read.size, read.beats);
    request.runs.push_back({read.addr, std::vector<std::uint8_t>(end - read.addr)});
    reads_.push_back(std::move(read));
    requests_.push_back(std::move(request));
  }
  if (in.m_awready && out.m_awvalid) {
    Write write;
    write.addr = out.m_awaddr;
    write.beats = out.m_awlen + 1u;
    write.size = std::min<unsigned>(out.m_awsize, 3);
    write.request.is_write = true;
    writes_.push_back(std::move(write));
  }
}

void AxiMemorySide::add_beat(Write& write, std::uint64_t data, std::uint8_t strobes) const {
  const Addr word = beat_address(write.addr, write.size, write.next) & ~Addr{kBusBytes - 1};
  for (unsigned lane = 0; lane < kBusBytes; ++lane) {
    if ((strobes >> lane & 1) == 0) continue;
    std::vector<AxiRequest::Run>& runs = write.request.runs;
    if (runs.empty() || runs.back().addr + runs.back().bytes.size() != word + lane) runs.push_back({word + lane, {}});
    runs.back().bytes.push_back(static_cast<std::uint8_t>(data >> (8 * lane)));
  }
}

bool AxiMemorySide::take(AxiRequest& request) {
  if (requests_.empty()) return false;
  request = std::move(requests_.front());
  requests_.pop_front();
  return true;
}

void AxiMemorySide::answer_read(std::vector<std::uint8_t> bytes, bool ok) {
  for (Read& read : reads_) {
    if (read.answered) continue;
    read.answered = true;
    read.ok = ok;
    read.bytes = std::move(bytes);
    return;
  }
}

void AxiMemorySide::answer_write(bool ok) {
  for (Write& write : writes_) {
    if (write.answered || write.next != write.beats) continue;
    write.answered = true;
    write.ok = ok;
    return;
  }
}

}  // namespace visoc
