// The protocol checker: what keeps the rules passes unseen, and each broken rule is found, that rule and no other. nb_transport has
// its own file beside this one.
// SPDX-License-Identifier: Apache-2.0
#include <fstream>
#include <iterator>

#include "test/support/protocol_bench.h"

using namespace visoc;
using namespace visoc::test;

TEST_CASE("what keeps the rules passes, and every rule is seen to be checked", "[protocol][fast]") {
  Bench bench;
  // Blocking: write, read with byte enables, timing only, with an extension of the initiator's.
  SomeExtension extension;
  bench.plain.set_extension(&extension);
  bench.blocking();
  bench.plain.clear_extension(&extension);
  bench.set(bench.plain, tlm::TLM_READ_COMMAND);
  bench.plain.set_byte_enable_ptr(bench.enables);
  bench.plain.set_byte_enable_length(4);
  bench.blocking();
  bench.plain.set_byte_enable_ptr(nullptr);
  bench.set(bench.plain, tlm::TLM_IGNORE_COMMAND);
  bench.plain.set_data_ptr(nullptr);
  bench.blocking();
  // Four phases, by calls.
  bench.forward(bench.managed, tlm::BEGIN_REQ, ns(1));
  bench.forward(bench.managed, ACKNOWLEDGED, ns(1));
  bench.backward(bench.managed, tlm::END_REQ, ns(2));
  bench.forward(bench.second, tlm::BEGIN_REQ, ns(3));  // The request channel is free again.
  bench.managed.set_response_status(tlm::TLM_OK_RESPONSE);
  bench.backward(bench.managed, tlm::BEGIN_RESP, ns(4));
  bench.forward(bench.managed, tlm::END_RESP, ns(5));
  bench.second.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
  bench.backward(bench.second, tlm::BEGIN_RESP, ns(6));  // END_REQ left out.
  bench.target.on_nb = [](Payload&, tlm_phase&, sc_time&) { return tlm::TLM_COMPLETED; };
  bench.forward(bench.second, tlm::END_RESP, ns(6));
  // DMI, invalidation, debug.
  bench.set(bench.plain, tlm::TLM_READ_COMMAND);
  CHECK(bench.ask_dmi());
  bench.target.on_dmi = [](Payload&, tlm::tlm_dmi& dmi) {
    dmi.allow_read_write();  // With a refusal this is the kind of access that is refused.
    return false;
  };
  CHECK_FALSE(bench.ask_dmi());
  bench.target.socket->invalidate_direct_mem_ptr(0x1000, 0x1000);
  CHECK(bench.initiator.socket->transport_dbg(bench.plain) == 4);

  for (const std::string& message : bench.tally().messages()) FAIL_CHECK(message);
  CHECK(bench.silent());
  for (std::size_t i = 0; i < kProtocolRules; ++i) {
    INFO(rule_text(static_cast<Rule>(i)).name);
    CHECK(bench.tally().checks(static_cast<Rule>(i)) > 0);
  }
}

// A payload that sets out.

TEST_CASE("a null data pointer is found", "[protocol][fast]") {
  Bench bench;
  bench.set(bench.plain, tlm::TLM_READ_COMMAND);
  bench.plain.set_data_ptr(nullptr);
  bench.blocking();
  CHECK(bench.finds(Rule::kDataPointer));
  CHECK(bench.tally().messages().at(0) ==
        "initiator_to_target: data_pointer: read of 4 bytes at 0x1010 (the data pointer of a read or write is not null; IEEE 1666-2011, "
        "14.11 e))");
}

TEST_CASE("a data length of 0 is found", "[protocol][fast]") {
  Bench bench;
  bench.plain.set_data_length(0);
  bench.blocking();
  CHECK(bench.finds(Rule::kDataLength));
}

TEST_CASE("byte enables of length 0 are found", "[protocol][fast]") {
  Bench bench;
  bench.plain.set_byte_enable_ptr(bench.enables);
  bench.blocking();
  CHECK(bench.finds(Rule::kByteEnableLength));
}

TEST_CASE("a streaming width of 0 is found", "[protocol][fast]") {
  Bench bench;
  bench.plain.set_streaming_width(0);
  bench.blocking();
  CHECK(bench.finds(Rule::kStreamingWidth));
}

TEST_CASE("a DMI hint left over from the transaction before is found", "[protocol][fast]") {
  Bench bench;
  bench.plain.set_dmi_allowed(true);
  bench.blocking();
  CHECK(bench.finds(Rule::kDmiHintInitial));
}

TEST_CASE("a response left over from the transaction before is found", "[protocol][fast]") {
  Bench bench;
  bench.blocking();
  CHECK(bench.silent());
  bench.blocking();
  CHECK(bench.finds(Rule::kResponseInitial));
}

TEST_CASE("an option other than the minimal payload is found", "[protocol][fast]") {
  Bench bench;
  bench.plain.set_gp_option(tlm::TLM_FULL_PAYLOAD);
  bench.blocking();
  CHECK(bench.finds(Rule::kOptionInitial));
}

TEST_CASE("a managed payload that nobody holds is found", "[protocol][fast]") {
  Bench bench;
  Payload unheld(&bench.pool);
  bench.set(unheld, tlm::TLM_WRITE_COMMAND);
  bench.blocking(unheld);
  CHECK(bench.finds(Rule::kReferenceCount));
}

// A payload that comes back.

TEST_CASE("a target that changes what is the initiator's is found, attribute by attribute", "[protocol][fast]") {
  const auto changing = [](std::function<void(Payload&)> change) {
    return [change](Bench& bench) {
      bench.plain.set_byte_enable_ptr(bench.enables);
      bench.plain.set_byte_enable_length(4);
      bench.target.on_b = [change](Payload& payload, sc_time&) {
        payload.set_response_status(tlm::TLM_OK_RESPONSE);
        change(payload);
      };
      bench.blocking();
    };
  };
  const std::pair<Rule, std::function<void(Payload&)>> changes[] = {
      {Rule::kCommandKept, [](Payload& payload) { payload.set_command(tlm::TLM_READ_COMMAND); }},
      {Rule::kAddressKept, [](Payload& payload) { payload.set_address(0x10); }},
      {Rule::kDataPointerKept, [](Payload& payload) { payload.set_data_ptr(payload.get_data_ptr() + 1); }},
      {Rule::kDataLengthKept, [](Payload& payload) { payload.set_data_length(3); }},
      {Rule::kStreamingWidthKept, [](Payload& payload) { payload.set_streaming_width(8); }},
      {Rule::kByteEnableKept, [](Payload& payload) { payload.set_byte_enable_length(3); }},
      {Rule::kByteEnableKept, [](Payload& payload) { payload.get_byte_enable_ptr()[2] = 0; }},
      {Rule::kByteEnableKept, [](Payload& payload) { payload.set_byte_enable_ptr(nullptr); }},
      {Rule::kOptionKept, [](Payload& payload) { payload.set_gp_option(tlm::TLM_FULL_PAYLOAD_ACCEPTED); }},
      {Rule::kWriteDataKept, [](Payload& payload) { payload.get_data_ptr()[3] ^= 1; }},
      {Rule::kResponseSet, [](Payload& payload) { payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE); }},
  };
  std::vector<Variant> variants;
  for (const auto& [rule, change] : changes) variants.push_back({rule, changing(change)});
  each_finds(variants);
}

TEST_CASE("a target may write the data of a read", "[protocol][fast]") {
  Bench bench;
  bench.set(bench.plain, tlm::TLM_READ_COMMAND);
  bench.target.on_b = [](Payload& payload, sc_time&) {
    payload.get_data_ptr()[0] = 99;
    payload.set_dmi_allowed(true);
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
  };
  bench.blocking();
  CHECK(bench.silent());
}

TEST_CASE("an extension taken away from the initiator is found", "[protocol][fast]") {
  Bench bench;
  SomeExtension extension;
  bench.plain.set_extension(&extension);
  bench.target.on_b = [](Payload& payload, sc_time&) {
    payload.clear_extension<SomeExtension>();
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
  };
  bench.blocking();
  CHECK(bench.finds(Rule::kExtensionsKept));
}

TEST_CASE("an extension left behind without a memory manager is found, with one it may stay", "[protocol][fast]") {
  Bench bench;
  static SomeExtension extension;
  bench.target.on_b = [](Payload& payload, sc_time&) {
    payload.set_extension(&extension);
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
  };
  bench.blocking(bench.managed);
  CHECK(bench.silent());
  bench.blocking();
  CHECK(bench.finds(Rule::kExtensionsAdded));
}

TEST_CASE("a memory manager left behind is found", "[protocol][fast]") {
  Bench bench;
  bench.target.on_b = [&](Payload& payload, sc_time&) {
    payload.set_mm(&bench.pool);
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
  };
  bench.blocking();
  bench.plain.set_mm(nullptr);
  CHECK(bench.finds(Rule::kMemoryManagerKept));
}

// b_transport.

TEST_CASE("a delay that is less after b_transport is found", "[protocol][fast]") {
  Bench bench;
  bench.target.on_b = [](Payload& payload, sc_time& delay) {
    delay = sc_core::SC_ZERO_TIME;
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
  };
  bench.blocking();
  CHECK(bench.finds(Rule::kBlockingTime));
}

TEST_CASE("a delay that became simulated time is none less", "[protocol][fast]") {
  Bench bench;
  bench.target.on_b = [](Payload& payload, sc_time& delay) {
    sc_core::wait(delay);
    delay = sc_core::SC_ZERO_TIME;
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
  };
  Bench::in_thread([&] { bench.blocking(); });
  CHECK(bench.silent());
  CHECK(bench.tally().checks(Rule::kBlockingTime) == 1);
}

TEST_CASE("b_transport called from a method process is found", "[protocol][fast]") {
  Bench bench;
  sc_core::sc_spawn_options options;
  options.spawn_method();
  sc_core::sc_spawn([&] { bench.blocking(); }, "method", &options);
  sc_core::sc_start(ns(1));
  CHECK(bench.finds(Rule::kBlockingFromMethod));
}

TEST_CASE("b_transport between two phases of the same transaction is found", "[protocol][fast]") {
  Bench bench;
  bench.forward(bench.managed, tlm::BEGIN_REQ);
  bench.backward(bench.managed, tlm::END_REQ);
  bench.blocking(bench.managed);
  CHECK(bench.finds(Rule::kBlockingDuringPhases));
}

TEST_CASE("BEGIN_REQ with a transaction that is in b_transport is found", "[protocol][fast]") {
  Bench bench;
  bench.target.on_b = [&](Payload& payload, sc_time&) {
    bench.forward(payload, tlm::BEGIN_REQ);
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
  };
  bench.blocking(bench.managed);
  CHECK(bench.finds(Rule::kBlockingDuringPhases));
}

// DMI.

TEST_CASE("a DMI request that is wrong is found", "[protocol][fast]") {
  each_finds({
      {Rule::kDmiDescriptor,
       [](Bench& bench) {
         bench.plain.set_read();
         tlm::tlm_dmi used;
         used.set_read_latency(ns(1));
         bench.initiator.socket->get_direct_mem_ptr(bench.plain, used);
       }},
      {Rule::kDmiCommand, [](Bench& bench) { bench.ask_dmi(tlm::TLM_IGNORE_COMMAND); }},
  });
}

TEST_CASE("a DMI answer that is wrong is found", "[protocol][fast]") {
  using Spoil = std::function<bool(Payload&, tlm::tlm_dmi&)>;
  const auto spoiling = [](Spoil spoil) {
    return [spoil](Bench& bench) {
      bench.target.on_dmi = [good = bench.target.on_dmi, spoil](Payload& payload, tlm::tlm_dmi& dmi) {
        good(payload, dmi);
        return spoil(payload, dmi);
      };
      bench.ask_dmi();
    };
  };
  const std::pair<Rule, Spoil> spoils[] = {
      {Rule::kDmiRange, [](Payload&, tlm::tlm_dmi& dmi) { return dmi.set_end_address(0xfff), true; }},
      {Rule::kDmiContains, [](Payload&, tlm::tlm_dmi& dmi) { return dmi.set_end_address(0x100f), true; }},
      {Rule::kDmiContains, [](Payload&, tlm::tlm_dmi& dmi) { return dmi.set_start_address(0x1011), true; }},
      {Rule::kDmiAccess, [](Payload&, tlm::tlm_dmi& dmi) { return dmi.allow_none(), true; }},
      {Rule::kDmiAccess, [](Payload&, tlm::tlm_dmi& dmi) { return dmi.allow_write(), true; }},
      {Rule::kDmiPointer, [](Payload&, tlm::tlm_dmi& dmi) { return dmi.set_dmi_ptr(nullptr), true; }},
      {Rule::kDmiRefusal, [](Payload&, tlm::tlm_dmi&) { return false; }},
      {Rule::kDmiPayloadKept, [](Payload& payload, tlm::tlm_dmi&) { return payload.set_address(0x10), true; }},
  };
  std::vector<Variant> variants;
  for (const auto& [rule, spoil] : spoils) variants.push_back({rule, spoiling(spoil)});
  each_finds(variants);
}

TEST_CASE("an invalidation that ends before it starts is found", "[protocol][fast]") {
  Bench bench;
  bench.target.socket->invalidate_direct_mem_ptr(2, 1);
  CHECK(bench.finds(Rule::kInvalidateRange));
}

TEST_CASE("a DMI request from within an invalidation is found", "[protocol][fast]") {
  Bench bench;
  bench.initiator.on_invalidate = [&] { bench.ask_dmi(); };
  bench.target.socket->invalidate_direct_mem_ptr(0, 1);
  CHECK(bench.finds(Rule::kInvalidateReentry));
}

// Debug.

TEST_CASE("a debug access without a place for its data is found", "[protocol][fast]") {
  Bench bench;
  bench.set(bench.plain, tlm::TLM_READ_COMMAND);
  bench.plain.set_data_ptr(nullptr);
  bench.target.on_debug = [](Payload&) { return 0u; };
  bench.initiator.socket->transport_dbg(bench.plain);
  CHECK(bench.finds(Rule::kDebugPointer));
}

TEST_CASE("a debug access that returns more than was asked for is found", "[protocol][fast]") {
  Bench bench;
  bench.target.on_debug = [](Payload&) { return 5u; };
  bench.initiator.socket->transport_dbg(bench.plain);
  CHECK(bench.finds(Rule::kDebugCount));
}

TEST_CASE("a debug access that comes back with another length is found", "[protocol][fast]") {
  Bench bench;
  bench.target.on_debug = [](Payload& payload) {
    payload.set_data_length(2);
    return 2u;
  };
  bench.initiator.socket->transport_dbg(bench.plain);
  CHECK(bench.finds(Rule::kDebugPayloadKept));
}

// What is around the rules.

TEST_CASE("ten violations of a link have a text, all are counted", "[protocol][fast]") {
  Bench bench;
  for (unsigned i = 0; i < 25; ++i) {
    bench.set(bench.plain, tlm::TLM_WRITE_COMMAND);
    bench.plain.set_streaming_width(0);
    bench.blocking();
  }
  CHECK(bench.tally().messages().size() == 10);
  CHECK(bench.tally().violations() == 25);
  CHECK(bench.tally().checks(Rule::kStreamingWidth) == 25);
}

TEST_CASE("docs/protocol-checker.md has every rule with its source and its text", "[protocol][fast]") {
  std::ifstream file(std::string(VISOC_SOURCE_DIR) + "/docs/protocol-checker.md");
  const std::string page((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  for (std::size_t i = 0; i < kProtocolRules; ++i) {
    const ProtocolRuleText& rule = rule_text(static_cast<Rule>(i));
    INFO(rule.name);
    CHECK(page.find(std::string("| `") + rule.name + "` | " + rule.source + " | " + rule.text + " |") != std::string::npos);
  }
}

TEST_CASE("patterns name links", "[protocol][fast]") {
  CHECK(link_matches("on", "cpu0_to_bus0"));
  CHECK_FALSE(link_matches("off", "cpu0_to_bus0"));
  CHECK_FALSE(link_matches("", "cpu0_to_bus0"));
  CHECK(link_matches("dma0_to_*,*_to_dram0", "bus0_to_dram0"));
  CHECK(link_matches("dma?_to_bus0", "dma1_to_bus0"));
  CHECK_FALSE(link_matches("dma?_to_bus0", "dma10_to_bus0"));
  CHECK_FALSE(link_matches("cpu0", "cpu0_to_bus0"));
}

TEST_CASE("links that no pattern names have no checker between them", "[protocol][fast]") {
  Initiator initiator("initiator");
  Target target("target");
  ProtocolLinks links("other_*");
  CHECK(&links.after("cpu0_to_bus0", initiator.socket) == &initiator.socket);
  CHECK(&links.before("bus0_to_dram0", target.socket) == &target.socket);
  CHECK(links.checkers().empty());
  links.bind("other_one", initiator.socket, target.socket);
  REQUIRE(links.checkers().size() == 1);
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  Payload payload;
  tlm::tlm_dmi dmi;
  CHECK(initiator.socket->transport_dbg(payload) == 0);
  CHECK(links.checkers().front()->tally().checks() > 0);
  CHECK(links.violations() == 0);
}
