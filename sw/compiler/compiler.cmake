# The network compiler: library target visoc_compiler and its tests.
# SPDX-License-Identifier: Apache-2.0
find_library(ONNX_LIBRARY onnx REQUIRED)
find_library(ONNX_PROTO_LIBRARY onnx_proto REQUIRED)
find_library(PROTOBUF_LIBRARY protobuf REQUIRED)

# Debian builds libonnx with these two; only the files that read or write ONNX need it.
add_library(visoc_onnx INTERFACE)
target_compile_definitions(visoc_onnx INTERFACE ONNX_ML=1 ONNX_NAMESPACE=onnx)
target_link_libraries(visoc_onnx INTERFACE ${ONNX_PROTO_LIBRARY} ${ONNX_LIBRARY} ${PROTOBUF_LIBRARY})

add_library(visoc_compiler STATIC
  ${CMAKE_CURRENT_LIST_DIR}/calibrate.cpp
  ${CMAKE_CURRENT_LIST_DIR}/compile.cpp
  ${CMAKE_CURRENT_LIST_DIR}/dump.cpp
  ${CMAKE_CURRENT_LIST_DIR}/emit.cpp
  ${CMAKE_CURRENT_LIST_DIR}/float_executor.cpp
  ${CMAKE_CURRENT_LIST_DIR}/graph.cpp
  ${CMAKE_CURRENT_LIST_DIR}/graph_passes.cpp
  ${CMAKE_CURRENT_LIST_DIR}/memory_plan.cpp
  ${CMAKE_CURRENT_LIST_DIR}/onnx_attributes.cpp
  ${CMAKE_CURRENT_LIST_DIR}/onnx_import.cpp
  ${CMAKE_CURRENT_LIST_DIR}/quantise.cpp
  ${CMAKE_CURRENT_LIST_DIR}/shape_inference.cpp)
target_link_libraries(visoc_compiler PUBLIC visoc_base PRIVATE visoc_onnx fmt::fmt nlohmann_json::nlohmann_json visoc_warnings)

if(VISOC_TESTS)
  # Builds small ONNX models, for these tests and for test/network.
  add_library(visoc_onnx_builder STATIC EXCLUDE_FROM_ALL ${CMAKE_CURRENT_LIST_DIR}/onnx_builder.cpp)
  target_link_libraries(visoc_onnx_builder PRIVATE visoc_onnx visoc_warnings)
  visoc_core_test(compiler_test
    SOURCES ${CMAKE_CURRENT_LIST_DIR}/import_test.cpp ${CMAKE_CURRENT_LIST_DIR}/quantise_test.cpp ${CMAKE_CURRENT_LIST_DIR}/compile_test.cpp
            ${CMAKE_SOURCE_DIR}/test/support/quant_reference.cpp
    LIBRARIES visoc_compiler visoc_onnx_builder)
endif()
