# Run by the build (cmake -P): verilates one block and writes V<BLOCK>__all.cpp, which includes every file that Verilator made.
# SPDX-License-Identifier: Apache-2.0
string(REPLACE "|" ";" sources "${SOURCES}")
file(REMOVE_RECURSE ${OUT})
file(MAKE_DIRECTORY ${OUT})
execute_process(
  COMMAND ${VERILATOR} --cc --savable --assert -O3 --x-assign 0 --x-initial 0 -Wall -Wno-UNUSEDPARAM --Mdir ${OUT} --prefix V${BLOCK} --top-module ${BLOCK}
          ${sources}
  RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "verilator failed on ${BLOCK}")
endif()
file(GLOB made RELATIVE ${OUT} ${OUT}/V${BLOCK}*.cpp)
set(text "// Everything that Verilator made of ${BLOCK}.\n")
foreach(file ${made})
  string(APPEND text "#include \"${file}\"\n")
endforeach()
file(WRITE ${OUT}/V${BLOCK}__all.cpp "${text}")
