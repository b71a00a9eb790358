# Firmware: visoc_firmware(<app>) builds ${CMAKE_BINARY_DIR}/firmware/<app>.elf from sw/apps/<app>/*.c and *.S, the runtime and all
# drivers. An app with a link.ld of its own stands alone, without the runtime and the drivers. Compiler: clang + lld if they are there, else riscv64-unknown-elf-gcc (docs/adr/0002-firmware-toolchain.md).
# SPDX-License-Identifier: Apache-2.0
set(VISOC_FIRMWARE_COMPILER "auto" CACHE STRING "Cross-compiler of the firmware: auto, clang or gcc")
set_property(CACHE VISOC_FIRMWARE_COMPILER PROPERTY STRINGS auto clang gcc)

find_program(VISOC_CLANG NAMES clang clang-19 clang-18 clang-17 clang-16 clang-15 clang-14)
find_program(VISOC_LLD NAMES ld.lld ld.lld-19 ld.lld-18 ld.lld-17 ld.lld-16 ld.lld-15 ld.lld-14)
find_program(VISOC_RISCV_GCC NAMES riscv64-unknown-elf-gcc)

set(VISOC_FIRMWARE_ARCH -march=rv64imafdc -mabi=lp64d -mcmodel=medany)
# What both compilers get. No C library, no compiler support library.
set(VISOC_FIRMWARE_FLAGS ${VISOC_FIRMWARE_ARCH} -std=gnu11 -O2 -g -ffreestanding -fno-common -ffunction-sections -fdata-sections
    -ffile-prefix-map=${CMAKE_SOURCE_DIR}/= -Wall -Wextra -Wshadow)
if(NOT VISOC_FIRMWARE_COMPILER STREQUAL "gcc" AND VISOC_CLANG AND VISOC_LLD)
  # lld 14 has no linker relaxation.
  set(VISOC_FIRMWARE_CC ${VISOC_CLANG} --target=riscv64-unknown-elf -mno-relax)
  set(VISOC_FIRMWARE_LINK -fuse-ld=${VISOC_LLD})
  set(VISOC_FIRMWARE_MEMORY_FLAGS -fno-builtin)
elseif(NOT VISOC_FIRMWARE_COMPILER STREQUAL "clang" AND VISOC_RISCV_GCC)
  set(VISOC_FIRMWARE_CC ${VISOC_RISCV_GCC})
  set(VISOC_FIRMWARE_LINK -Wl,--no-warn-rwx-segments)
  set(VISOC_FIRMWARE_MEMORY_FLAGS -fno-builtin -fno-tree-loop-distribute-patterns)
else()
  message(FATAL_ERROR "no cross-compiler for the firmware: install clang and lld (or gcc-riscv64-unknown-elf), or configure with -DVISOC_FIRMWARE=OFF")
endif()
message(STATUS "Firmware compiler: ${VISOC_FIRMWARE_CC}")

set(VISOC_FIRMWARE_DIR ${CMAKE_BINARY_DIR}/firmware)
file(GLOB VISOC_DRIVER_FOLDERS CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/sw/drivers/*)
set(VISOC_FIRMWARE_INCLUDES -I${CMAKE_SOURCE_DIR}/sw -I${CMAKE_SOURCE_DIR}/sw/runtime -I${CMAKE_BINARY_DIR}/generated/sw)
foreach(folder ${VISOC_DRIVER_FOLDERS})
  list(APPEND VISOC_FIRMWARE_INCLUDES -I${folder})
endforeach()

# The generated register headers of every block.
set(VISOC_FIRMWARE_HEADERS visoc_command_ring_regs_generate)
get_property(visoc_blocks GLOBAL PROPERTY VISOC_BLOCKS)
foreach(block ${visoc_blocks})
  if(TARGET visoc_${block}_regs_generate)
    list(APPEND VISOC_FIRMWARE_HEADERS visoc_${block}_regs_generate)
  endif()
endforeach()

# Compiles one source; appends the object to the list variable.
function(visoc_firmware_object list source)
  file(RELATIVE_PATH name ${CMAKE_SOURCE_DIR}/sw ${source})
  string(REPLACE "/" "_" name ${name})
  set(object ${VISOC_FIRMWARE_DIR}/objects/${name}.o)
  set(flags "")
  if(source MATCHES "/runtime/memory\\.c$")
    set(flags ${VISOC_FIRMWARE_MEMORY_FLAGS})
  endif()
  add_custom_command(
    OUTPUT ${object}
    COMMAND ${CMAKE_C_COMPILER_LAUNCHER} ${VISOC_FIRMWARE_CC} ${VISOC_FIRMWARE_FLAGS} ${flags} ${VISOC_FIRMWARE_INCLUDES}
            -MD -MF ${object}.d -c ${source} -o ${object}
    DEPENDS ${source} ${VISOC_FIRMWARE_HEADERS}
    DEPFILE ${object}.d
    COMMENT "Firmware object ${name}"
    VERBATIM)
  set(${list} ${${list}} ${object} PARENT_SCOPE)
endfunction()

file(MAKE_DIRECTORY ${VISOC_FIRMWARE_DIR}/objects)
set(VISOC_FIRMWARE_COMMON "")
file(GLOB visoc_runtime_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/sw/runtime/*.c ${CMAKE_SOURCE_DIR}/sw/runtime/*.S
     ${CMAKE_SOURCE_DIR}/sw/drivers/*/*.c)
foreach(source ${visoc_runtime_sources})
  visoc_firmware_object(VISOC_FIRMWARE_COMMON ${source})
endforeach()
# One target owns the common objects, so that parallel builds of several apps do not make them twice.
add_custom_target(visoc_firmware_common DEPENDS ${VISOC_FIRMWARE_COMMON})
add_custom_target(firmware ALL)

function(visoc_firmware app)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/sw/apps/${app}/*.c ${CMAKE_SOURCE_DIR}/sw/apps/${app}/*.S)
  set(objects "")
  foreach(source ${sources})
    visoc_firmware_object(objects ${source})
  endforeach()
  set(elf ${VISOC_FIRMWARE_DIR}/${app}.elf)
  set(script ${CMAKE_SOURCE_DIR}/sw/runtime/link.ld)
  set(common ${VISOC_FIRMWARE_COMMON})
  if(EXISTS ${CMAKE_SOURCE_DIR}/sw/apps/${app}/link.ld)
    set(script ${CMAKE_SOURCE_DIR}/sw/apps/${app}/link.ld)
    set(common "")
  endif()
  add_custom_command(
    OUTPUT ${elf}
    COMMAND ${VISOC_FIRMWARE_CC} ${VISOC_FIRMWARE_ARCH} -nostdlib -static ${VISOC_FIRMWARE_LINK} -Wl,--gc-sections -Wl,--build-id=none
            -T ${script} ${objects} ${common} -o ${elf}
    DEPENDS ${objects} ${common} visoc_firmware_common ${script}
    COMMENT "Firmware ${app}.elf"
    VERBATIM)
  add_custom_target(firmware_${app} DEPENDS ${elf})
  add_dependencies(firmware_${app} visoc_firmware_common)
  add_dependencies(firmware firmware_${app})
endfunction()

# Every folder in sw/apps with sources is one firmware.
function(visoc_add_firmware_apps)
  file(GLOB folders CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/sw/apps/*)
  foreach(folder ${folders})
    file(GLOB sources CONFIGURE_DEPENDS ${folder}/*.c)
    if(IS_DIRECTORY ${folder} AND sources)
      get_filename_component(app ${folder} NAME)
      visoc_firmware(${app})
    endif()
  endforeach()
endfunction()
