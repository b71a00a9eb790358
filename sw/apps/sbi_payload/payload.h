// What the payload's assembly and C share. SPDX-License-Identifier: Apache-2.0
#pragma once

#define MAX_HARTS 8
#define STACK_BYTES_LOG2 14
