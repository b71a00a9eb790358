// RtlPins over a verilated class V, found by the pins' names. Included by one file a block, rtl/<block>/<block>_pins.cpp.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <verilated.h>
#include <verilated_save.h>

#include <memory>
#include <vector>

#include "rtl/common/rtl_pins.h"

namespace visoc {

/// Verilator's save stream, into memory.
class VerilatedToMemory : public VerilatedSerialize {
 public:
  VerilatedToMemory() {
    m_isOpen = true;
    m_filename = "memory";
    header();
  }
  ~VerilatedToMemory() override { close(); }
  void close() override {
    if (!isOpen()) return;
    trailer();
    flush();
    m_isOpen = false;
  }
  void flush() override {
    bytes.insert(bytes.end(), m_bufp, m_cp);
    m_cp = m_bufp;
  }

  std::vector<std::uint8_t> bytes;
};

/// Verilator's restore stream, from memory whose length and kind were checked before.
class VerilatedFromMemory : public VerilatedDeserialize {
 public:
  explicit VerilatedFromMemory(const std::vector<std::uint8_t>& bytes) : bytes_(bytes) {
    m_isOpen = true;
    m_filename = "memory";
    m_endp = m_bufp;
    header();
  }
  ~VerilatedFromMemory() override { close(); }
  void close() override {
    if (!isOpen()) return;
    trailer();
    m_isOpen = false;
  }
  void flush() override {}
  void fill() override {
    // What is left moves to the front, as Verilator's own stream does.
    std::uint8_t* to = m_bufp;
    for (std::uint8_t* from = m_cp; from < m_endp;) *to++ = *from++;
    m_endp = to;
    m_cp = m_bufp;
    while (m_endp < m_bufp + bufferSize() && at_ < bytes_.size()) *m_endp++ = bytes_[at_++];
  }

 private:
  const std::vector<std::uint8_t>& bytes_;
  std::size_t at_ = 0;
};

template <typename V>
class VerilatedPins : public RtlPins {
 public:
  VerilatedPins() : model_(std::make_unique<V>(&context_, "")) {
    const std::vector<std::uint8_t> fresh = serialized();
    identity_ = checksum(fresh);
    state_bytes_ = fresh.size();
  }
  ~VerilatedPins() override { model_->final(); }

  void settle(const RtlInputs& in, RtlOutputs& out) override {
    V& v = *model_;
    v.rst_n = in.rst_n;
    v.s_awaddr = in.s_awaddr & 0xfff;
    v.s_awvalid = in.s_awvalid;
    v.s_wdata = in.s_wdata;
    v.s_wstrb = in.s_wstrb;
    v.s_wvalid = in.s_wvalid;
    v.s_bready = in.s_bready;
    v.s_araddr = in.s_araddr & 0xfff;
    v.s_arvalid = in.s_arvalid;
    v.s_rready = in.s_rready;
    v.m_awready = in.m_awready;
    v.m_wready = in.m_wready;
    v.m_bresp = in.m_bresp;
    v.m_bvalid = in.m_bvalid;
    v.m_arready = in.m_arready;
    v.m_rdata = in.m_rdata;
    v.m_rresp = in.m_rresp;
    v.m_rlast = in.m_rlast;
    v.m_rvalid = in.m_rvalid;
    v.wake = in.wake;
    v.wake_connected = in.wake_connected;
    v.poll_cycles = in.poll_cycles;
    v.peek_addr = in.peek_addr & 0xfff;
    v.plant_bug = in.plant_bug & 0xf;
    v.clk = 0;
    v.eval();
    out.s_awready = v.s_awready;
    out.s_wready = v.s_wready;
    out.s_bresp = v.s_bresp;
    out.s_bvalid = v.s_bvalid;
    out.s_arready = v.s_arready;
    out.s_rdata = v.s_rdata;
    out.s_rresp = v.s_rresp;
    out.s_rvalid = v.s_rvalid;
    out.m_awaddr = v.m_awaddr;
    out.m_awlen = v.m_awlen;
    out.m_awsize = v.m_awsize;
    out.m_awburst = v.m_awburst;
    out.m_awvalid = v.m_awvalid;
    out.m_wdata = v.m_wdata;
    out.m_wstrb = v.m_wstrb;
    out.m_wlast = v.m_wlast;
    out.m_wvalid = v.m_wvalid;
    out.m_bready = v.m_bready;
    out.m_araddr = v.m_araddr;
    out.m_arlen = v.m_arlen;
    out.m_arsize = v.m_arsize;
    out.m_arburst = v.m_arburst;
    out.m_arvalid = v.m_arvalid;
    out.m_rready = v.m_rready;
    out.peek_data = v.peek_data;
    copy_levels(out);
  }

  void clock_edge(RtlOutputs& out) override {
    model_->clk = 1;
    model_->eval();
    copy_levels(out);
  }

  void save(StateWriter& out) override {
    const std::vector<std::uint8_t> bytes = serialized();
    out.u64(identity_);
    out.u64(checksum(bytes));
    out.blob(bytes);
  }

  bool load(StateReader& in) override {
    // Verilator ends the process on a foreign or damaged stream, so it never sees one.
    const bool same_model = in.u64() == identity_;
    const std::uint64_t expected = in.u64();
    const std::vector<std::uint8_t> bytes = in.blob();
    if (!in.ok() || !same_model || bytes.size() != state_bytes_ || checksum(bytes) != expected) return false;
    VerilatedFromMemory stream(bytes);
    stream >> *model_;
    stream.close();
    return true;
  }

 private:
  void copy_levels(RtlOutputs& out) const {
    out.irq = model_->irq;
    out.busy = model_->busy;
    out.pending = model_->pending;
    out.work_done = model_->work_done;
  }
  std::vector<std::uint8_t> serialized() {
    VerilatedToMemory stream;
    stream << *model_;
    stream.close();
    return stream.bytes;
  }
  /// FNV-1a, 64 bits.
  static std::uint64_t checksum(const std::vector<std::uint8_t>& bytes) {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (std::uint8_t byte : bytes) hash = (hash ^ byte) * 0x100000001b3;
    return hash;
  }

  VerilatedContext context_;
  std::unique_ptr<V> model_;
  std::uint64_t identity_ = 0;  ///< Of the state before the first clock, which holds Verilator's checksum of the model.
  std::size_t state_bytes_ = 0;
};

}  // namespace visoc
