// Entry of the tests that do not link SystemC.
// SPDX-License-Identifier: Apache-2.0
int run_catch(int argc, char** argv);

int main(int argc, char** argv) { return run_catch(argc, argv); }
