# visoc_regs(<block> <regs.json>): C++, C and SystemVerilog headers from a register description, below ${CMAKE_BINARY_DIR}/generated:
#   regs/<block>_regs.h (C++: #include "regs/<block>_regs.h")   sw/<block>_regs.h (C)   rtl/<block>_regs_pkg.sv
# Linking visoc_<block>_regs gives the include folder and the order. SPDX-License-Identifier: Apache-2.0
set(VISOC_REGTOOL ${CMAKE_CURRENT_LIST_DIR}/../tools/regtool/regtool.py)
cmake_path(NORMAL_PATH VISOC_REGTOOL)
cmake_path(GET VISOC_REGTOOL PARENT_PATH VISOC_REGTOOL_DIR)
file(GLOB VISOC_REGTOOL_SOURCES CONFIGURE_DEPENDS ${VISOC_REGTOOL_DIR}/*.py)
list(FILTER VISOC_REGTOOL_SOURCES EXCLUDE REGEX "_test\\.py$")

function(visoc_regs block json)
  set(generated ${CMAKE_BINARY_DIR}/generated)
  set(cpp ${generated}/regs/${block}_regs.h)
  set(c ${generated}/sw/${block}_regs.h)
  set(sv ${generated}/rtl/${block}_regs_pkg.sv)
  add_custom_command(
    OUTPUT ${cpp} ${c} ${sv}
    COMMAND ${Python3_EXECUTABLE} ${VISOC_REGTOOL} generate ${json} --root ${CMAKE_SOURCE_DIR} --cpp ${cpp} --c ${c} --sv ${sv}
            --depfile ${cpp}.d
    DEPENDS ${json} ${VISOC_REGTOOL_SOURCES}
    DEPFILE ${cpp}.d
    COMMENT "Registers of ${block}"
    VERBATIM)
  add_custom_target(visoc_${block}_regs_generate DEPENDS ${cpp} ${c} ${sv})
  add_library(visoc_${block}_regs INTERFACE)
  target_include_directories(visoc_${block}_regs INTERFACE ${generated})
  add_dependencies(visoc_${block}_regs visoc_${block}_regs_generate)
endfunction()
