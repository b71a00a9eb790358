# The benchmark compares with oneDNN; the tests take it as an independent reference. SPDX-License-Identifier: Apache-2.0
target_link_libraries(visoc_npu_core PUBLIC DNNL::dnnl)
set_source_files_properties(${CMAKE_CURRENT_LIST_DIR}/kernels.cpp ${CMAKE_CURRENT_LIST_DIR}/conv_kernels.cpp PROPERTIES COMPILE_OPTIONS "$<$<NOT:$<CONFIG:Debug>>:-O3>")
