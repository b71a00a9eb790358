// What cachegrind and our caches look at: sorting, a matrix product, a list in scrambled order, copies at odd addresses. Freestanding, with
// a stack of its own, so that every address is fixed when it is linked.
// SPDX-License-Identifier: Apache-2.0
typedef unsigned long u64;

static unsigned char stack[1 << 16] __attribute__((aligned(64), used));

__asm__(
    ".globl _start\n"
    "_start:\n"
    "  lea stack+65536(%rip), %rsp\n"
    "  call work\n"
    "  mov $60, %eax\n"
    "  xor %edi, %edi\n"
    "  syscall\n");

// A hundred pieces of code of 128 bytes, with instructions that lie in two lines.
__asm__(
    ".balign 128\n"
    "pieces:\n"
    ".rept 100\n"
    ".balign 128\n"
    ".rept 20\n"
    "  add $0x12345678, %eax\n"
    ".endr\n"
    "  ret\n"
    ".endr\n");
extern char pieces[] __attribute__((visibility("hidden")));

enum { kNumbers = 6000, kSide = 40, kNodes = 4096, kBytes = 20000 };

static unsigned numbers[kNumbers];
static double a[kSide][kSide], b[kSide][kSide], c[kSide][kSide];
struct Node {
  struct Node* next;
  u64 value[5];
};
static struct Node nodes[kNodes];
static unsigned char bytes[2 * kBytes];
volatile u64 result;

static u64 state = 88172645463325252ul;
static u64 next_random(void) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

static void sort(unsigned* first, unsigned* last) {
  while (last - first > 1) {
    const unsigned pivot = first[(last - first) / 2];
    unsigned *low = first, *high = last - 1;
    while (low <= high) {
      while (*low < pivot) ++low;
      while (*high > pivot) --high;
      if (low <= high) {
        const unsigned swapped = *low;
        *low++ = *high;
        *high-- = swapped;
      }
    }
    if (high + 1 - first > 1) sort(first, high + 1);
    first = low;
  }
}

void work(void) {
  for (unsigned i = 0; i < kNumbers; ++i) numbers[i] = (unsigned)next_random();
  sort(numbers, numbers + kNumbers);
  for (unsigned i = 0; i < kSide; ++i)
    for (unsigned j = 0; j < kSide; ++j) a[i][j] = b[i][j] = (double)(next_random() % 100);
  for (unsigned i = 0; i < kSide; ++i)
    for (unsigned j = 0; j < kSide; ++j)
      for (unsigned k = 0; k < kSide; ++k) c[i][j] += a[i][k] * b[k][j];
  for (unsigned i = 0; i < kNodes; ++i) nodes[i].next = &nodes[(i * 1597 + 1) % kNodes];
  u64 sum = (u64)c[3][5] + numbers[7];
  struct Node* at = nodes;
  for (unsigned i = 0; i < 4 * kNodes; ++i, at = at->next) sum += ++at->value[i % 5];
  for (unsigned i = 0; i < kBytes; ++i) bytes[i] = (unsigned char)next_random();
  for (unsigned i = 1; i + 16 <= kBytes; i += 7) {  // Words that lie in two lines.
    u64 word;
    __builtin_memcpy(&word, bytes + i, 8);
    word += sum;
    __builtin_memcpy(bytes + kBytes + i, &word, 8);
  }
  for (unsigned i = 0; i < 2 * kBytes; ++i) sum += bytes[i];
  for (unsigned i = 0; i < 20000; ++i) {
    const u64 random = next_random();
    const u64 piece = random % 4 != 0 ? random / 4 % 20 : random / 4 % 100;
    char* const code = pieces + 128 * piece;
    __asm__ volatile("call *%0" ::"r"(code) : "rax", "memory", "cc");
  }
  result = sum;
}
