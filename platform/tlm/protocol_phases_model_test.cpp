// The protocol checker and the phases of nb_transport: what may come, and what is found.
// SPDX-License-Identifier: Apache-2.0
#include "test/support/protocol_bench.h"

using namespace visoc;
using namespace visoc::test;

TEST_CASE("phases may come by return values, within the other side's call, and end early", "[protocol][fast]") {
  Bench bench;
  bench.target.on_nb = [](Payload&, tlm_phase& phase, sc_time& delay) {
    phase = tlm::END_REQ;
    delay += ns(1);
    return tlm::TLM_UPDATED;
  };
  bench.initiator.on_nb = [](Payload&, tlm_phase& phase, sc_time& delay) {
    phase = tlm::END_RESP;
    delay += ns(1);
    return tlm::TLM_UPDATED;
  };
  bench.forward(bench.managed, tlm::BEGIN_REQ);
  bench.managed.set_response_status(tlm::TLM_OK_RESPONSE);
  bench.backward(bench.managed, tlm::BEGIN_RESP, ns(2));

  bench.set(bench.managed, tlm::TLM_READ_COMMAND);
  bench.target.on_nb = [](Payload& payload, tlm_phase&, sc_time&) {
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    return tlm::TLM_COMPLETED;
  };
  CHECK(bench.forward(bench.managed, tlm::BEGIN_REQ) == tlm::TLM_COMPLETED);

  bench.set(bench.managed, tlm::TLM_READ_COMMAND);
  bench.target.on_nb = [](Payload& payload, tlm_phase& phase, sc_time&) {
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    phase = tlm::BEGIN_RESP;
    return tlm::TLM_UPDATED;
  };
  bench.forward(bench.managed, tlm::BEGIN_REQ);
  bench.target.on_nb = [](Payload&, tlm_phase&, sc_time&) { return tlm::TLM_COMPLETED; };
  bench.forward(bench.managed, tlm::END_RESP);

  // The whole transaction within the call that begins it, ended by the initiator with TLM_COMPLETED, and given back to the pool.
  bench.set(bench.managed, tlm::TLM_WRITE_COMMAND);
  bench.target.on_nb = [&](Payload& payload, tlm_phase&, sc_time&) {
    bench.respond(payload);
    return tlm::TLM_ACCEPTED;
  };
  bench.initiator.on_nb = [](Payload& payload, tlm_phase&, sc_time&) {
    payload.release();
    return tlm::TLM_COMPLETED;
  };
  CHECK(bench.forward(bench.managed, tlm::BEGIN_REQ) == tlm::TLM_ACCEPTED);
  CHECK(bench.pool.freed == 1);
  for (const std::string& message : bench.tally().messages()) FAIL_CHECK(message);
  CHECK(bench.silent());
}

TEST_CASE("nb_transport without a memory manager is found", "[protocol][fast]") {
  Bench bench;
  bench.forward(bench.plain, tlm::BEGIN_REQ);
  CHECK(bench.finds(Rule::kMemoryManager));
}

TEST_CASE("a phase that goes the wrong way is found", "[protocol][fast]") {
  each_finds(Rule::kPhaseDirection, {
                                        [](Bench& bench) {  // END_REQ forward.
                                          bench.forward(bench.managed, tlm::BEGIN_REQ);
                                          bench.forward(bench.managed, tlm::END_REQ);
                                        },
                                        [](Bench& bench) {  // BEGIN_RESP forward.
                                          bench.forward(bench.managed, tlm::BEGIN_REQ);
                                          bench.forward(bench.managed, tlm::BEGIN_RESP);
                                        },
                                        [](Bench& bench) {  // No phase at all.
                                          bench.forward(bench.managed, tlm::BEGIN_REQ);
                                          bench.forward(bench.managed, tlm::UNINITIALIZED_PHASE);
                                        },
                                        [](Bench& bench) {  // BEGIN_REQ back.
                                          bench.forward(bench.managed, tlm::BEGIN_REQ);
                                          bench.backward(bench.managed, tlm::BEGIN_REQ);
                                        },
                                        [](Bench& bench) {  // END_RESP back.
                                          bench.forward(bench.managed, tlm::BEGIN_REQ);
                                          bench.backward(bench.managed, tlm::END_RESP);
                                        },
                                    });
}

TEST_CASE("a phase returned by the wrong side is found", "[protocol][fast]") {
  each_finds(Rule::kPhaseDirection, {
                                        [](Bench& bench) {  // By the target.
                                          bench.target.on_nb = [](Payload&, tlm_phase& phase, sc_time&) {
                                            phase = tlm::END_RESP;
                                            return tlm::TLM_UPDATED;
                                          };
                                          bench.forward(bench.managed, tlm::BEGIN_REQ);
                                        },
                                        [](Bench& bench) {  // TLM_UPDATED without another phase.
                                          bench.target.on_nb = [](Payload&, tlm_phase&, sc_time&) { return tlm::TLM_UPDATED; };
                                          bench.forward(bench.managed, tlm::BEGIN_REQ);
                                        },
                                        [](Bench& bench) {  // By the initiator.
                                          bench.forward(bench.managed, tlm::BEGIN_REQ);
                                          bench.initiator.on_nb = [](Payload&, tlm_phase& phase, sc_time&) {
                                            phase = tlm::BEGIN_RESP;
                                            return tlm::TLM_UPDATED;
                                          };
                                          bench.backward(bench.managed, tlm::END_REQ);
                                        },
                                    });
}

TEST_CASE("phases out of order are found", "[protocol][fast]") {
  each_finds(Rule::kPhaseOrder, {
                                    [](Bench& bench) {  // END_REQ without a request.
                                      bench.backward(bench.managed, tlm::END_REQ);
                                    },
                                    [](Bench& bench) {  // END_RESP without a response.
                                      bench.forward(bench.managed, tlm::BEGIN_REQ);
                                      bench.forward(bench.managed, tlm::END_RESP);
                                    },
                                    [](Bench& bench) {  // END_REQ twice.
                                      bench.forward(bench.managed, tlm::BEGIN_REQ);
                                      bench.backward(bench.managed, tlm::END_REQ);
                                      bench.backward(bench.managed, tlm::END_REQ);
                                    },
                                    [](Bench& bench) {  // END_REQ after BEGIN_RESP.
                                      bench.forward(bench.managed, tlm::BEGIN_REQ);
                                      bench.respond(bench.managed);
                                      bench.backward(bench.managed, tlm::END_REQ);
                                    },
                                    [](Bench& bench) {  // BEGIN_RESP twice.
                                      bench.forward(bench.managed, tlm::BEGIN_REQ);
                                      bench.respond(bench.managed);
                                      bench.respond(bench.managed);
                                    },
                                    [](Bench& bench) {  // BEGIN_REQ while it is under way.
                                      bench.forward(bench.managed, tlm::BEGIN_REQ);
                                      bench.backward(bench.managed, tlm::END_REQ);
                                      bench.forward(bench.managed, tlm::BEGIN_REQ);
                                    },
                                    [](Bench& bench) {  // An answer to the last phase.
                                      bench.forward(bench.managed, tlm::BEGIN_REQ);
                                      bench.respond(bench.managed);
                                      bench.target.on_nb = [](Payload&, tlm_phase& phase, sc_time&) {
                                        phase = tlm::END_REQ;
                                        return tlm::TLM_UPDATED;
                                      };
                                      bench.forward(bench.managed, tlm::END_RESP);
                                    },
                                    [](Bench& bench) {  // A phase after TLM_COMPLETED.
                                      bench.target.on_nb = [](Payload& payload, tlm_phase&, sc_time&) {
                                        payload.set_response_status(tlm::TLM_OK_RESPONSE);
                                        return tlm::TLM_COMPLETED;
                                      };
                                      bench.forward(bench.managed, tlm::BEGIN_REQ);
                                      bench.backward(bench.managed, tlm::BEGIN_RESP);
                                    },
                                });
}

TEST_CASE("a second request before the first has ended is found", "[protocol][fast]") {
  Bench bench;
  bench.forward(bench.managed, tlm::BEGIN_REQ);
  bench.forward(bench.second, tlm::BEGIN_REQ);
  CHECK(bench.finds(Rule::kRequestExclusion));
}

TEST_CASE("a second response before the first has ended is found", "[protocol][fast]") {
  Bench bench;
  bench.forward(bench.managed, tlm::BEGIN_REQ);
  bench.backward(bench.managed, tlm::END_REQ);
  bench.forward(bench.second, tlm::BEGIN_REQ);
  bench.respond(bench.managed);
  bench.respond(bench.second);
  CHECK(bench.finds(Rule::kResponseExclusion));
}

TEST_CASE("a phase before the phase before it is found", "[protocol][fast]") {
  each_finds(Rule::kPhaseTime, {
                                   [](Bench& bench) {  // By a call.
                                     bench.forward(bench.managed, tlm::BEGIN_REQ, ns(10));
                                     bench.backward(bench.managed, tlm::END_REQ, ns(9));
                                   },
                                   [](Bench& bench) {  // By an answer.
                                     bench.target.on_nb = [](Payload&, tlm_phase& phase, sc_time& delay) {
                                       phase = tlm::END_REQ;
                                       delay = ns(9);
                                       return tlm::TLM_UPDATED;
                                     };
                                     bench.forward(bench.managed, tlm::BEGIN_REQ, ns(10));
                                   },
                               });
}

TEST_CASE("a call that waits but may not is found", "[protocol][fast]") {
  each_finds({
      {Rule::kNonBlocking,
       [](Bench& bench) {
         bench.target.on_nb = [](Payload&, tlm_phase&, sc_time&) {
           sc_core::wait(sc_core::SC_ZERO_TIME);  // A delta cycle is enough.
           return tlm::TLM_ACCEPTED;
         };
         Bench::in_thread([&] { bench.forward(bench.managed, tlm::BEGIN_REQ); });
       }},
      {Rule::kNonBlocking,
       [](Bench& bench) {
         bench.forward(bench.managed, tlm::BEGIN_REQ);
         bench.initiator.on_nb = [](Payload&, tlm_phase&, sc_time&) {
           sc_core::wait(ns(1));
           return tlm::TLM_ACCEPTED;
         };
         Bench::in_thread([&] { bench.backward(bench.managed, tlm::END_REQ, ns(1)); });
       }},
      {Rule::kDmiNoTime,
       [](Bench& bench) {
         bench.target.on_dmi = [](Payload&, tlm::tlm_dmi&) {
           sc_core::wait(ns(1));
           return false;
         };
         Bench::in_thread([&] { bench.ask_dmi(); });
       }},
      {Rule::kDebugNoTime,
       [](Bench& bench) {
         bench.target.on_debug = [](Payload&) {
           sc_core::wait(ns(1));
           return 0u;
         };
         Bench::in_thread([&] { bench.initiator.socket->transport_dbg(bench.plain); });
       }},
  });
}

TEST_CASE("TLM_ACCEPTED with another phase, delay or response is found", "[protocol][fast]") {
  each_finds(Rule::kAcceptedUnchanged, {
                                           [](Bench& bench) {  // Phase.
                                             bench.target.on_nb = [](Payload&, tlm_phase& phase, sc_time&) {
                                               phase = tlm::END_REQ;
                                               return tlm::TLM_ACCEPTED;
                                             };
                                             bench.forward(bench.managed, tlm::BEGIN_REQ);
                                           },
                                           [](Bench& bench) {  // Delay.
                                             bench.target.on_nb = [](Payload&, tlm_phase&, sc_time& delay) {
                                               delay += ns(1);
                                               return tlm::TLM_ACCEPTED;
                                             };
                                             bench.forward(bench.managed, tlm::BEGIN_REQ);
                                           },
                                           [](Bench& bench) {  // Response.
                                             bench.target.on_nb = [](Payload& payload, tlm_phase&, sc_time&) {
                                               payload.set_response_status(tlm::TLM_OK_RESPONSE);
                                               return tlm::TLM_ACCEPTED;
                                             };
                                             bench.forward(bench.managed, tlm::BEGIN_REQ);
                                           },
                                       });
}

TEST_CASE("TLM_COMPLETED where nothing is complete is found", "[protocol][fast]") {
  each_finds(Rule::kCompletion, {
                                    [](Bench& bench) {  // For END_REQ.
                                      bench.forward(bench.managed, tlm::BEGIN_REQ);
                                      bench.initiator.on_nb = [](Payload&, tlm_phase&, sc_time&) { return tlm::TLM_COMPLETED; };
                                      bench.backward(bench.managed, tlm::END_REQ);
                                    },
                                    [](Bench& bench) {  // For an extended phase.
                                      bench.forward(bench.managed, tlm::BEGIN_REQ);
                                      bench.target.on_nb = [](Payload&, tlm_phase&, sc_time&) { return tlm::TLM_COMPLETED; };
                                      bench.forward(bench.managed, ACKNOWLEDGED);
                                    },
                                });
}

TEST_CASE("a response that sets out without a status is found", "[protocol][fast]") {
  each_finds(Rule::kResponseSet, {
                                     [](Bench& bench) {  // With BEGIN_RESP.
                                       bench.forward(bench.managed, tlm::BEGIN_REQ);
                                       bench.backward(bench.managed, tlm::BEGIN_RESP);
                                     },
                                     [](Bench& bench) {  // With TLM_COMPLETED.
                                       bench.target.on_nb = [](Payload&, tlm_phase&, sc_time&) { return tlm::TLM_COMPLETED; };
                                       bench.forward(bench.managed, tlm::BEGIN_REQ);
                                     },
                                 });
}

TEST_CASE("a response that changes after BEGIN_RESP is found", "[protocol][fast]") {
  Bench bench;
  bench.forward(bench.managed, tlm::BEGIN_REQ);
  bench.respond(bench.managed);
  bench.managed.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
  bench.forward(bench.managed, tlm::END_RESP);
  CHECK(bench.finds(Rule::kResponseKept));
}

TEST_CASE("an attribute changed between two phases is found", "[protocol][fast]") {
  Bench bench;
  bench.forward(bench.managed, tlm::BEGIN_REQ);
  const std::uint64_t checks = bench.tally().checks(Rule::kDataLengthKept);
  bench.managed.set_data_length(8);
  bench.backward(bench.managed, tlm::END_REQ);
  CHECK(bench.tally().checks(Rule::kDataLengthKept) == checks + 2);
  CHECK(bench.tally().violations(Rule::kDataLengthKept) == 2);  // Before and after the call.
  CHECK(bench.tally().violations() == 2);
}

TEST_CASE("an ignorable phase outside of a transaction is found", "[protocol][fast]") {
  each_finds(Rule::kIgnorablePhase, {
                                        [](Bench& bench) {  // Forward.
                                          bench.forward(bench.managed, ACKNOWLEDGED);
                                        },
                                        [](Bench& bench) {  // Back.
                                          bench.backward(bench.managed, ACKNOWLEDGED);
                                        },
                                    });
}
