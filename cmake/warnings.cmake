# Warnings of our own code; generated and third-party code is compiled without them.
# SPDX-License-Identifier: Apache-2.0
add_library(visoc_warnings INTERFACE)
target_compile_options(visoc_warnings INTERFACE -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wpedantic)
option(VISOC_WERROR "Warnings are errors" OFF)
if(VISOC_WERROR)
  target_compile_options(visoc_warnings INTERFACE -Werror)
endif()
# Debian's SystemC 2.3.4 headers trip some of them; treat them as system headers.
get_target_property(VISOC_SYSTEMC_INCLUDES PkgConfig::SystemC INTERFACE_INCLUDE_DIRECTORIES)
