# The translator's assembler. SPDX-License-Identifier: Apache-2.0
find_package(asmjit REQUIRED CONFIG)
target_link_libraries(visoc_rv64_core PRIVATE asmjit::asmjit)
