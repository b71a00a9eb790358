// An initiator and a target that do as they are told, with a protocol checker between them.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#ifndef SC_INCLUDE_DYNAMIC_PROCESSES
#define SC_INCLUDE_DYNAMIC_PROCESSES  // sc_spawn
#endif
#include "platform/tlm/protocol_checker.h"

#include <catch2/catch.hpp>
#include <functional>
#include <memory>
#include <systemc>

namespace visoc::test {

using sc_core::sc_time;
using tlm::tlm_phase;
using Payload = tlm::tlm_generic_payload;
using Rule = ProtocolRule;

TLM_DECLARE_EXTENDED_PHASE(ACKNOWLEDGED);

inline sc_time ns(unsigned n) { return sc_time(n, sc_core::SC_NS); }

struct Initiator : sc_core::sc_module, tlm::tlm_bw_transport_if<> {
  explicit Initiator(const sc_core::sc_module_name& name) : sc_module(name), socket("socket") { socket.bind(*this); }
  tlm::tlm_sync_enum nb_transport_bw(Payload& payload, tlm_phase& phase, sc_time& delay) override { return on_nb(payload, phase, delay); }
  void invalidate_direct_mem_ptr(sc_dt::uint64, sc_dt::uint64) override { on_invalidate(); }

  MasterSocket socket;
  std::function<tlm::tlm_sync_enum(Payload&, tlm_phase&, sc_time&)> on_nb = [](Payload&, tlm_phase&, sc_time&) {
    return tlm::TLM_ACCEPTED;
  };
  std::function<void()> on_invalidate = [] {};
};

struct Target : sc_core::sc_module, tlm::tlm_fw_transport_if<> {
  explicit Target(const sc_core::sc_module_name& name) : sc_module(name), socket("socket") { socket.bind(*this); }
  void b_transport(Payload& payload, sc_time& delay) override { on_b(payload, delay); }
  tlm::tlm_sync_enum nb_transport_fw(Payload& payload, tlm_phase& phase, sc_time& delay) override { return on_nb(payload, phase, delay); }
  bool get_direct_mem_ptr(Payload& payload, tlm::tlm_dmi& dmi) override { return on_dmi(payload, dmi); }
  unsigned transport_dbg(Payload& payload) override { return on_debug(payload); }

  SlaveSocket socket;
  std::function<void(Payload&, sc_time&)> on_b = [](Payload& payload, sc_time& delay) {
    delay += ns(5);
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
  };
  std::function<tlm::tlm_sync_enum(Payload&, tlm_phase&, sc_time&)> on_nb = [](Payload&, tlm_phase&, sc_time&) {
    return tlm::TLM_ACCEPTED;
  };
  std::function<bool(Payload&, tlm::tlm_dmi&)> on_dmi = [](Payload&, tlm::tlm_dmi& dmi) {
    static unsigned char memory[0x100];
    dmi.set_dmi_ptr(memory);
    dmi.set_start_address(0x1000);
    dmi.set_end_address(0x10ff);
    dmi.allow_read();
    return true;
  };
  std::function<unsigned(Payload&)> on_debug = [](Payload& payload) { return payload.get_data_length(); };
};

struct Pool : tlm::tlm_mm_interface {
  void free(Payload* payload) override {
    payload->reset();
    ++freed;
  }
  unsigned freed = 0;
};

struct SomeExtension : tlm::tlm_extension<SomeExtension> {
  tlm_extension_base* clone() const override { return new SomeExtension; }
  void copy_from(const tlm_extension_base&) override {}
};

struct Bench {
  Initiator initiator{sc_core::sc_gen_unique_name("initiator")};
  Target target{sc_core::sc_gen_unique_name("target")};
  ProtocolChecker checker{sc_core::sc_gen_unique_name("checker"), "initiator_to_target", /*quiet=*/true};
  Pool pool;
  unsigned char data[16] = {1, 2, 3, 4}, enables[4] = {0xff, 0, 0xff, 0};
  Payload plain, other;
  Payload managed{&pool}, second{&pool};

  explicit Bench(bool start = true) {
    initiator.socket.bind(checker.from_initiator);
    checker.to_target.bind(target.socket);
    for (Payload* payload : {&plain, &other, &managed, &second}) set(*payload, tlm::TLM_WRITE_COMMAND);
    managed.acquire();
    second.acquire();
    if (start) sc_core::sc_start(sc_core::SC_ZERO_TIME);
  }
  ~Bench() {  // What a test left unanswered is not the pool's business any more.
    plain.clear_extension<SomeExtension>();
    managed.clear_extension<SomeExtension>();
  }

  void set(Payload& payload, tlm::tlm_command command) {
    payload.set_command(command);
    payload.set_address(0x1010);
    payload.set_data_ptr(data);
    payload.set_data_length(4);
    payload.set_streaming_width(4);
    payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    payload.set_dmi_allowed(false);
  }
  void blocking(Payload& payload) {
    sc_time delay = ns(1);
    initiator.socket->b_transport(payload, delay);
  }
  void blocking() { blocking(plain); }
  tlm::tlm_sync_enum forward(Payload& payload, tlm_phase phase, sc_time delay = ns(0)) {
    return initiator.socket->nb_transport_fw(payload, phase, delay);
  }
  tlm::tlm_sync_enum backward(Payload& payload, tlm_phase phase, sc_time delay = ns(0)) {
    return target.socket->nb_transport_bw(payload, phase, delay);
  }
  void respond(Payload& payload) {
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    backward(payload, tlm::BEGIN_RESP);
  }
  bool ask_dmi(tlm::tlm_command command = tlm::TLM_READ_COMMAND) {
    plain.set_command(command);
    tlm::tlm_dmi dmi;
    return initiator.socket->get_direct_mem_ptr(plain, dmi);
  }
  /// In a thread of the kernel, where wait may be called.
  static void in_thread(const std::function<void()>& body) {
    sc_core::sc_spawn(body);
    sc_core::sc_start(ns(100));
  }

  const ProtocolTally& tally() const { return checker.tally(); }
  /// Exactly one rule was broken, and it is this one.
  bool finds(Rule rule) const { return tally().violations(rule) == 1 && tally().violations() == 1; }
  bool silent() const { return tally().violations() == 0 && tally().messages().empty(); }
};

struct Variant {
  Rule rule;
  std::function<void(Bench&)> act;
};

/// Each variant, on a link of its own, breaks its rule once and nothing else.
inline void each_finds(const std::vector<Variant>& variants) {
  std::vector<std::unique_ptr<Bench>> benches;
  for (std::size_t i = 0; i < variants.size(); ++i) benches.push_back(std::make_unique<Bench>(/*start=*/false));
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  for (std::size_t i = 0; i < variants.size(); ++i) {
    variants[i].act(*benches[i]);
    INFO("variant " << i << ", " << rule_text(variants[i].rule).name);
    for (const std::string& message : benches[i]->tally().messages()) UNSCOPED_INFO(message);
    CHECK(benches[i]->finds(variants[i].rule));
  }
}

inline void each_finds(Rule rule, const std::vector<std::function<void(Bench&)>>& acts) {
  std::vector<Variant> variants;
  for (const auto& act : acts) variants.push_back({rule, act});
  each_finds(variants);
}

}  // namespace visoc::test
