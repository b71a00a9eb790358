// What the compiler and the firmware need of <string.h>; there is no C library.
// SPDX-License-Identifier: Apache-2.0
#ifndef VISOC_RUNTIME_MEMORY_H
#define VISOC_RUNTIME_MEMORY_H

#include <stddef.h>

// As in C11, 7.24. memcpy and memset move 64 bytes a round where both sides have the same alignment modulo 8.
void* memcpy(void* restrict to, const void* restrict from, size_t bytes);
void* memmove(void* to, const void* from, size_t bytes);
void* memset(void* to, int value, size_t bytes);
int memcmp(const void* left, const void* right, size_t bytes);
size_t strlen(const char* text);
int strcmp(const char* left, const char* right);
int strncmp(const char* left, const char* right, size_t max_bytes);

#endif  // VISOC_RUNTIME_MEMORY_H
