// ELF-64 object file format (System V ABI, chapters 4 and 5) and the RISC-V psABI.
// SPDX-License-Identifier: Apache-2.0
#include "platform/image/elf.h"

#include <elf.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>

#include "platform/base/sha256.h"
#include "platform/base/text_file.h"

#ifndef EM_RISCV
#define EM_RISCV 243
#endif

namespace visoc {
namespace {

std::string hex(std::uint64_t value) {
  char text[32];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

std::string range(Addr base, std::uint64_t size) { return "[" + hex(base) + ", " + hex(base + size) + ")"; }

class Parser {
 public:
  Parser(const std::string& path, ConstBytes file) : file_(file) { image_.path = path; }

  Result<ElfImage> parse() {
    if (!parse_header()) return problems_;
    parse_segments();
    if (problems_.empty()) check_layout();
    if (!problems_.empty()) return problems_;
    parse_symbols();
    image_.sha256 = sha256_hex(file_);
    return std::move(image_);
  }

 private:
  bool problem(const std::string& where, const std::string& message) {
    problems_.push_back({image_.path, where, message});
    return false;
  }

  template <typename T>
  T at(std::uint64_t offset) const {
    T value;
    std::memcpy(&value, file_.data + offset, sizeof value);
    return value;
  }

  bool parse_header() {
    if (file_.size == 0) return problem("", "the file is empty; an ELF executable was expected");
    if (file_.size < EI_NIDENT || std::memcmp(file_.data, ELFMAG, SELFMAG) != 0) return problem("byte 0", "not an ELF file (wrong magic)");
    if (file_.data[EI_CLASS] != ELFCLASS64)
      return problem("byte 4", "a 64-bit ELF was expected (this is class " + std::to_string(file_.data[EI_CLASS]) + ")");
    if (file_.data[EI_DATA] != ELFDATA2LSB) return problem("byte 5", "a little-endian ELF was expected");
    if (file_.size < sizeof(Elf64_Ehdr)) return problem("byte " + std::to_string(file_.size), "the file ends inside the ELF header");
    header_ = at<Elf64_Ehdr>(0);
    if (header_.e_machine != EM_RISCV)
      return problem("e_machine", "is " + std::to_string(header_.e_machine) + "; 243 (RISC-V) was expected");
    if (header_.e_type != ET_EXEC)
      return problem("e_type", "is " + std::to_string(header_.e_type) + "; a linked, static executable (ET_EXEC, 2) was expected");
    if (header_.e_phnum == 0 || header_.e_phnum == PN_XNUM)
      return problem("e_phnum", "is " + std::to_string(header_.e_phnum) + "; 1 to 65534 segments were expected");
    if (header_.e_phentsize != sizeof(Elf64_Phdr))
      return problem("e_phentsize",
                     "is " + std::to_string(header_.e_phentsize) + "; " + std::to_string(sizeof(Elf64_Phdr)) + " was expected");
    const std::uint64_t table = std::uint64_t{header_.e_phnum} * sizeof(Elf64_Phdr);
    if (!fits(header_.e_phoff, table, file_.size))
      return problem("e_phoff", "the program headers at " + hex(header_.e_phoff) + " (" + std::to_string(table) +
                                    " bytes) do not fit the file of " + std::to_string(file_.size) + " bytes");
    image_.entry = header_.e_entry;
    return true;
  }

  void parse_segments() {
    for (unsigned i = 0; i < header_.e_phnum; ++i) {
      const auto ph = at<Elf64_Phdr>(header_.e_phoff + std::uint64_t{i} * sizeof(Elf64_Phdr));
      if (ph.p_type != PT_LOAD || ph.p_memsz == 0) continue;
      const std::string where = "segment " + std::to_string(i);
      if (ph.p_filesz > ph.p_memsz) {
        problem(where, "has " + std::to_string(ph.p_filesz) + " bytes in the file but only " + std::to_string(ph.p_memsz) + " in memory");
      } else if (!fits(ph.p_offset, ph.p_filesz, file_.size)) {
        problem(where, "its bytes at file offset " + hex(ph.p_offset) + " (" + std::to_string(ph.p_filesz) +
                           " bytes) do not fit the file of " + std::to_string(file_.size) + " bytes");
      } else if (!range_does_not_wrap(ph.p_paddr, ph.p_memsz) || ph.p_paddr + ph.p_memsz < ph.p_paddr) {
        problem(where, "at " + hex(ph.p_paddr) + " with " + hex(ph.p_memsz) + " bytes wraps around the address space");
      } else {
        ElfSegment segment;
        segment.index = i;
        segment.address = ph.p_paddr;
        segment.memory_bytes = ph.p_memsz;
        segment.executable = (ph.p_flags & PF_X) != 0;
        segment.bytes.assign(file_.data + ph.p_offset, file_.data + ph.p_offset + ph.p_filesz);
        image_.segments.push_back(std::move(segment));
      }
    }
    if (problems_.empty() && image_.segments.empty()) problem("", "there is no segment to load");
  }

  void check_layout() {
    std::vector<const ElfSegment*> sorted;
    for (const ElfSegment& segment : image_.segments) sorted.push_back(&segment);
    std::sort(sorted.begin(), sorted.end(), [](const ElfSegment* a, const ElfSegment* b) { return a->address < b->address; });
    for (std::size_t i = 1; i < sorted.size(); ++i)
      if (sorted[i]->address < sorted[i - 1]->address + sorted[i - 1]->memory_bytes)
        problem("segment " + std::to_string(sorted[i]->index), range(sorted[i]->address, sorted[i]->memory_bytes) + " overlaps segment " +
                                                                   std::to_string(sorted[i - 1]->index) + " " +
                                                                   range(sorted[i - 1]->address, sorted[i - 1]->memory_bytes));
    if ((image_.entry & 1) != 0) problem("e_entry", "is " + hex(image_.entry) + "; an even address was expected");
    const bool inside = std::any_of(sorted.begin(), sorted.end(), [&](const ElfSegment* segment) {
      return image_.entry >= segment->address && image_.entry - segment->address < segment->memory_bytes;
    });
    if (!inside) problem("e_entry", "is " + hex(image_.entry) + ", outside every segment");
  }

  void parse_symbols() {
    if (header_.e_shoff == 0 || header_.e_shnum == 0) return;
    const std::uint64_t table = std::uint64_t{header_.e_shnum} * sizeof(Elf64_Shdr);
    if (header_.e_shentsize != sizeof(Elf64_Shdr) || !fits(header_.e_shoff, table, file_.size)) {
      image_.warnings.push_back(image_.path + ": bad section headers; running without symbols");
      return;
    }
    for (unsigned i = 0; i < header_.e_shnum; ++i) {
      const auto section = at<Elf64_Shdr>(header_.e_shoff + std::uint64_t{i} * sizeof(Elf64_Shdr));
      if (section.sh_type == SHT_SYMTAB && !parse_symbol_table(section)) {
        image_.symbols.clear();
        image_.warnings.push_back(image_.path + ": bad symbol table; running without symbols");
        return;
      }
    }
    std::stable_sort(image_.symbols.begin(), image_.symbols.end(),
                     [](const ElfSymbol& a, const ElfSymbol& b) { return a.address < b.address; });
  }

  bool parse_symbol_table(const Elf64_Shdr& section) {
    if (!fits(section.sh_offset, section.sh_size, file_.size) || section.sh_link >= header_.e_shnum) return false;
    const auto names = at<Elf64_Shdr>(header_.e_shoff + std::uint64_t{section.sh_link} * sizeof(Elf64_Shdr));
    if (!fits(names.sh_offset, names.sh_size, file_.size)) return false;
    for (std::uint64_t offset = 0; offset + sizeof(Elf64_Sym) <= section.sh_size; offset += sizeof(Elf64_Sym)) {
      const auto symbol = at<Elf64_Sym>(section.sh_offset + offset);
      const unsigned type = ELF64_ST_TYPE(symbol.st_info);
      const bool wanted = type == STT_FUNC || type == STT_OBJECT || type == STT_NOTYPE;
      if (!wanted || symbol.st_shndx == SHN_UNDEF || symbol.st_name == 0) continue;
      if (symbol.st_name >= names.sh_size) return false;
      const char* first = reinterpret_cast<const char*>(file_.data + names.sh_offset + symbol.st_name);
      const std::size_t longest = names.sh_size - symbol.st_name;
      const std::string name(first, strnlen(first, longest));
      if (name.empty() || name[0] == '$' || name.rfind(".L", 0) == 0) continue;
      image_.symbols.push_back({symbol.st_value, symbol.st_size, name});
    }
    return true;
  }

  ConstBytes file_;
  Elf64_Ehdr header_{};
  ElfImage image_;
  Problems problems_;
};

}  // namespace

bool ElfImage::find_symbol(const std::string& name, Addr& address) const {
  for (const ElfSymbol& symbol : symbols) {
    if (symbol.name != name) continue;
    address = symbol.address;
    return true;
  }
  return false;
}

std::string ElfImage::symbolise(Addr address) const {
  auto after =
      std::upper_bound(symbols.begin(), symbols.end(), address, [](Addr a, const ElfSymbol& symbol) { return a < symbol.address; });
  if (after == symbols.begin()) return {};
  const ElfSymbol& symbol = *std::prev(after);
  const std::uint64_t into = address - symbol.address;
  if (symbol.size != 0 && into >= symbol.size) return {};
  if (symbol.size == 0 && into > 0x10000) return {};
  return into == 0 ? symbol.name : symbol.name + "+" + hex(into);
}

Result<ElfImage> parse_elf(const std::string& path, ConstBytes file) { return Parser(path, file).parse(); }

Result<ElfImage> read_elf(const std::string& path) {
  auto content = read_file(path, kMaxElfFileBytes);
  if (!content.ok()) return content.problems();
  return parse_elf(path, ConstBytes(content.value().data(), content.value().size()));
}

}  // namespace visoc
