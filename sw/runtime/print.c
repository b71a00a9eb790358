// SPDX-License-Identifier: Apache-2.0
#include "print.h"

#include <stdbool.h>

#include "csr.h"
#include "mmio.h"
#include "uart_regs.h"

enum { UART_FIFO_BYTES = 16, DIGITS = 24 };

// Where formatted text goes: the console through a small buffer, or memory.
typedef struct {
  char* memory;  // Null: the console.
  size_t size, length;
  char pending[UART_FIFO_BYTES];
  unsigned pending_bytes;
} sink_t;

typedef struct {
  bool left, zeros;
  int width, precision;  // Precision -1: none.
} layout_t;

static uintptr_t uart_base = 0x10000000;
static int console_lock = 0;

void print_use_uart(uintptr_t base) {
  uart_base = base;
  mmio_write8(base + UART_FCR_OFFSET, UART_FCR_ENABLE_MASK | UART_FCR_CLEAR_RX_MASK | UART_FCR_CLEAR_TX_MASK);
}

// An empty FIFO takes 16 bytes, so the line status is read once for them all.
static void flush(sink_t* sink) {
  if (sink->pending_bytes == 0) return;
  while ((mmio_read8(uart_base + UART_LSR_OFFSET) & UART_LSR_THRE_MASK) == 0) {
  }
  for (unsigned i = 0; i < sink->pending_bytes; ++i) mmio_write8(uart_base + UART_THR_OFFSET, (uint8_t)sink->pending[i]);
  sink->pending_bytes = 0;
}

static void put(sink_t* sink, char c) {
  if (sink->memory != 0) {
    if (sink->length + 1 < sink->size) sink->memory[sink->length] = c;
    ++sink->length;
    return;
  }
  sink->pending[sink->pending_bytes++] = c;
  if (sink->pending_bytes == UART_FIFO_BYTES) flush(sink);
}

static void put_text(sink_t* sink, const char* text, int length, const layout_t* layout) {
  int padding = layout->width > length ? layout->width - length : 0;
  if (!layout->left)
    for (; padding > 0; --padding) put(sink, ' ');
  for (int i = 0; i < length; ++i) put(sink, text[i]);
  for (; padding > 0; --padding) put(sink, ' ');
}

static void put_number(sink_t* sink, uint64_t value, bool negative, unsigned base, const char* digits, const layout_t* layout) {
  char text[DIGITS];
  int at = DIGITS;
  do {
    text[--at] = digits[value % base];
    value /= base;
  } while (value != 0);
  if (layout->zeros && !layout->left) {
    int padding = layout->width - (DIGITS - at) - (negative ? 1 : 0);
    if (negative) put(sink, '-');
    for (; padding > 0; --padding) put(sink, '0');
    for (; at < DIGITS; ++at) put(sink, text[at]);
    return;
  }
  if (negative) text[--at] = '-';
  put_text(sink, text + at, DIGITS - at, layout);
}

static void format_into(sink_t* sink, const char* format, va_list* arguments) {
  for (; *format != 0; ++format) {
    if (*format != '%') {
      put(sink, *format);
      continue;
    }
    ++format;
    layout_t layout = {false, false, 0, -1};
    for (; *format == '-' || *format == '0'; ++format) {
      if (*format == '-') layout.left = true;
      if (*format == '0') layout.zeros = true;
    }
    if (*format == '*') {
      layout.width = va_arg(*arguments, int);
      ++format;
    }
    for (; *format >= '0' && *format <= '9'; ++format) layout.width = layout.width * 10 + (*format - '0');
    if (*format == '.') {
      ++format;
      layout.precision = 0;
      if (*format == '*') {
        layout.precision = va_arg(*arguments, int);
        ++format;
      }
      for (; *format >= '0' && *format <= '9'; ++format) layout.precision = layout.precision * 10 + (*format - '0');
    }
    bool is_long = false;
    for (; *format == 'l' || *format == 'z' || *format == 'h'; ++format) is_long = is_long || *format != 'h';
    switch (*format) {
      case 'd':
      case 'i': {
        const int64_t value = is_long ? va_arg(*arguments, int64_t) : va_arg(*arguments, int);
        put_number(sink, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, value < 0, 10, "0123456789", &layout);
        break;
      }
      case 'u':
      case 'x':
      case 'X': {
        const uint64_t value = is_long ? va_arg(*arguments, uint64_t) : va_arg(*arguments, unsigned);
        put_number(sink, value, false, *format == 'u' ? 10 : 16, *format == 'X' ? "0123456789ABCDEF" : "0123456789abcdef", &layout);
        break;
      }
      case 'p':
        put(sink, '0');
        put(sink, 'x');
        put_number(sink, (uint64_t)(uintptr_t)va_arg(*arguments, void*), false, 16, "0123456789abcdef", &layout);
        break;
      case 'c': {
        const char c = (char)va_arg(*arguments, int);
        put_text(sink, &c, 1, &layout);
        break;
      }
      case 's': {
        const char* text = va_arg(*arguments, const char*);
        if (text == 0) text = "(null)";
        int length = 0;
        while ((layout.precision < 0 || length < layout.precision) && text[length] != 0) ++length;
        put_text(sink, text, length, &layout);
        break;
      }
      case 0:
        return;  // A lone % at the end.
      default:
        put(sink, *format);
    }
  }
}

void print_break_lock(void) { __atomic_store_n(&console_lock, 0, __ATOMIC_RELEASE); }

void print_list(const char* format, va_list arguments) {
  va_list copy;
  va_copy(copy, arguments);
  sink_t sink = {0, 0, 0, {0}, 0};
  // With interrupts off: a handler of this hart that prints would wait for ever.
  const uint64_t before = CSR_READ_CLEAR(mstatus, MSTATUS_MIE);
  while (__atomic_exchange_n(&console_lock, 1, __ATOMIC_ACQUIRE) != 0) {
  }
  format_into(&sink, format, &copy);
  flush(&sink);
  print_break_lock();
  CSR_SET(mstatus, before & MSTATUS_MIE);
  va_end(copy);
}

void print(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  print_list(format, arguments);
  va_end(arguments);
}

size_t format_text(char* buffer, size_t size, const char* format, ...) {
  char nowhere;
  sink_t sink = {size != 0 ? buffer : &nowhere, size, 0, {0}, 0};
  va_list arguments;
  va_start(arguments, format);
  format_into(&sink, format, &arguments);
  va_end(arguments);
  if (size != 0) buffer[sink.length < size ? sink.length : size - 1] = 0;
  return sink.length;
}
