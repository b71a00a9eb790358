# Tests: one shared Catch2 runner, one ctest entry (and one process) a TEST_CASE.
# SPDX-License-Identifier: Apache-2.0
set(VISOC_TEST_ENVIRONMENT "SYSTEMC_DISABLE_COPYRIGHT_MESSAGE=1;ASAN_OPTIONS=detect_stack_use_after_return=0;VISOC_CHECK_PROTOCOL=1;VISOC_ROOT=${CMAKE_SOURCE_DIR};VISOC_BUILD=${CMAKE_BINARY_DIR}")

if(VISOC_TESTS)
  add_library(visoc_catch STATIC EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/test/support/catch_runner.cpp)
  add_library(visoc_catch_main STATIC EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/test/support/catch_main.cpp)
  target_link_libraries(visoc_catch_main PUBLIC visoc_catch)
  add_library(visoc_catch_sc_main STATIC EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/test/support/catch_sc_main.cpp)
  target_link_libraries(visoc_catch_sc_main PUBLIC visoc_catch PkgConfig::SystemC)
endif()

function(visoc_test_executable name runner)
  cmake_parse_arguments(T "" "TIMEOUT" "SOURCES;LIBRARIES" ${ARGN})
  if(NOT T_TIMEOUT)
    set(T_TIMEOUT 300)
  endif()
  add_executable(${name} ${T_SOURCES})
  target_link_libraries(${name} PRIVATE ${T_LIBRARIES} ${runner} visoc_warnings)
  target_compile_definitions(${name} PRIVATE VISOC_SOURCE_DIR="${CMAKE_SOURCE_DIR}" VISOC_BINARY_DIR="${CMAKE_BINARY_DIR}")
  # Cases tagged [slow] are not part of `./dev test fast`.
  catch_discover_tests(${name} TEST_SPEC "~[slow]" TEST_PREFIX "${name}: " DISCOVERY_MODE PRE_TEST
                       PROPERTIES TIMEOUT ${T_TIMEOUT} LABELS fast ENVIRONMENT "${VISOC_TEST_ENVIRONMENT}")
  catch_discover_tests(${name} TEST_SPEC "[slow]" TEST_LIST ${name}_SLOW TEST_PREFIX "${name}: " DISCOVERY_MODE PRE_TEST
                       PROPERTIES TIMEOUT ${T_TIMEOUT} LABELS slow ENVIRONMENT "${VISOC_TEST_ENVIRONMENT}")
endfunction()

# Kernel-free tests.
function(visoc_core_test name)
  visoc_test_executable(${name} visoc_catch_main ${ARGN})
endfunction()

# Tests that elaborate SystemC modules; each case is its own process.
function(visoc_systemc_test name)
  visoc_test_executable(${name} visoc_catch_sc_main ${ARGN})
endfunction()

# A script as a test: visoc_script_test(name TIMEOUT s COMMAND ...).
function(visoc_script_test name)
  cmake_parse_arguments(T "" "TIMEOUT" "COMMAND" ${ARGN})
  if(NOT T_TIMEOUT)
    set(T_TIMEOUT 300)
  endif()
  add_test(NAME ${name} COMMAND ${T_COMMAND} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${T_TIMEOUT} ENVIRONMENT "${VISOC_TEST_ENVIRONMENT}" SKIP_RETURN_CODE 77)
endfunction()
