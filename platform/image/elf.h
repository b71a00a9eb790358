// An ELF64 RISC-V executable, checked before a byte of it is used.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "platform/base/result.h"
#include "platform/base/span.h"
#include "platform/base/units.h"

namespace visoc {

struct ElfSegment {
  unsigned index = 0;  ///< In the program header table.
  Addr address = 0;    ///< Physical (load) address.
  std::uint64_t memory_bytes = 0;
  std::vector<std::uint8_t> bytes;  ///< File part; the rest, up to memory_bytes, is zero.
  bool executable = false;
};

struct ElfSymbol {
  Addr address = 0;
  std::uint64_t size = 0;
  std::string name;
};

struct ElfImage {
  std::string path;
  Addr entry = 0;
  std::vector<ElfSegment> segments;  ///< PT_LOAD with memory_bytes > 0, in file order.
  std::vector<ElfSymbol> symbols;    ///< Functions and objects, sorted by address. Empty if the table is bad (then `warnings` says so).
  std::vector<std::string> warnings;
  std::string sha256;

  /// Address of a symbol, or false.
  bool find_symbol(const std::string& name, Addr& address) const;
  /// "main+0x12", or "" if no symbol covers the address.
  std::string symbolise(Addr address) const;
};

/// At most this many bytes of file are read; a sparse giant is refused before it is touched.
inline constexpr std::uint64_t kMaxElfFileBytes = 1ull << 30;

/// Parses and checks a file: magic, class, byte order, machine, type, header and segment bounds, wraps, overlap, entry.
Result<ElfImage> read_elf(const std::string& path);
Result<ElfImage> parse_elf(const std::string& path, ConstBytes file);

}  // namespace visoc
