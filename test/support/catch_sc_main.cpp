// Entry of the tests that link SystemC (whose library holds main).
// SPDX-License-Identifier: Apache-2.0
#include <systemc>

int run_catch(int argc, char** argv);

int sc_main(int argc, char** argv) { return run_catch(argc, argv); }
