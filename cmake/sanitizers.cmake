# -DVISOC_SANITIZE=address,undefined instruments everything we compile. Coroutine stacks are handled at run time:
# ASAN_OPTIONS=detect_stack_use_after_return=0 (the test properties set it).
# SPDX-License-Identifier: Apache-2.0
if(VISOC_SANITIZE)
  add_compile_options(-fsanitize=${VISOC_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=${VISOC_SANITIZE})
  add_compile_definitions(VISOC_SANITIZED=1)
endif()
