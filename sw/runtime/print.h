// Text on the console: a 16550 found in the device tree, or the one at 0x1000_0000.
// SPDX-License-Identifier: Apache-2.0
#ifndef VISOC_RUNTIME_PRINT_H
#define VISOC_RUNTIME_PRINT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

// Conversions d i u x X c s p %; lengths hh h l ll z; flags 0 and -; width and (for s) precision, also as *. No floating point. Safe on
// several harts at once: one call's text stays together.
void print(const char* format, ...) __attribute__((format(printf, 1, 2)));
void print_list(const char* format, va_list arguments) __attribute__((format(printf, 1, 0)));

// The same into `buffer`, always ended by 0 if `size` is not 0. Returns the length the whole text has.
size_t format_text(char* buffer, size_t size, const char* format, ...) __attribute__((format(printf, 3, 4)));

// The console's registers; runtime_start calls it. Turns the port's FIFOs on.
void print_use_uart(uintptr_t base);

// Frees the console, whoever holds it: a trap inside print is reported with it.
void print_break_lock(void);

#endif  // VISOC_RUNTIME_PRINT_H
