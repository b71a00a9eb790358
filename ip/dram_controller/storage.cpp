// SPDX-License-Identifier: Apache-2.0
#include "ip/dram_controller/storage.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <vector>

namespace visoc {
namespace {

constexpr std::uint64_t kNoPage = ~std::uint64_t{0};

/// Which pages the host has ever given us. Without /proc every page counts as touched: slower, never wrong.
class TouchedPages {
 public:
  TouchedPages(const std::uint8_t* data, std::uint64_t first_page, std::uint64_t pages) : touched_(pages, true) {
    const int file = ::open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    if (file < 0) return;
    if (::sysconf(_SC_PAGESIZE) == static_cast<long>(Storage::kPageBytes)) read(file, data, first_page);
    ::close(file);
  }
  bool operator[](std::uint64_t page) const { return touched_[page]; }

 private:
  void read(int file, const std::uint8_t* data, std::uint64_t first_page) {
    // One 64-bit word a page; bit 63: present, bit 62: swapped out (Linux, admin-guide/mm/pagemap).
    std::vector<std::uint64_t> words(touched_.size());
    const std::uint64_t page = reinterpret_cast<std::uintptr_t>(data) / Storage::kPageBytes + first_page;
    const auto bytes = static_cast<ssize_t>(words.size() * sizeof(std::uint64_t));
    if (::pread(file, words.data(), static_cast<std::size_t>(bytes), static_cast<off_t>(page * sizeof(std::uint64_t))) != bytes) return;
    for (std::size_t i = 0; i < words.size(); ++i) touched_[i] = (words[i] >> 62) != 0;
  }

  std::vector<bool> touched_;
};

bool all_zero(const std::uint8_t* page) { return page[0] == 0 && std::memcmp(page, page + 1, Storage::kPageBytes - 1) == 0; }

}  // namespace

Storage::Storage(std::uint64_t size) : size_(size) {
  if (size == 0 || size > (std::uint64_t{1} << 46)) return;
  void* mapped = ::mmap(nullptr, mapped_bytes(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapped != MAP_FAILED) data_ = static_cast<std::uint8_t*>(mapped);
}

Storage::~Storage() {
  if (data_ != nullptr) ::munmap(data_, mapped_bytes());
}

void Storage::clear() {
  if (data_ != nullptr) ::madvise(data_, mapped_bytes(), MADV_DONTNEED);  // Private anonymous pages read as zero afterwards.
}

void Storage::save(StateWriter& out) const {
  constexpr std::uint64_t kPagesAtOnce = 1 << 16;
  out.u64(size_);
  const std::uint64_t pages = data_ != nullptr ? mapped_bytes() / kPageBytes : 0;
  for (std::uint64_t first = 0; first < pages; first += kPagesAtOnce) {
    const std::uint64_t count = std::min(kPagesAtOnce, pages - first);
    const TouchedPages touched(data_, first, count);
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::uint8_t* page = data_ + (first + i) * kPageBytes;
      if (!touched[i] || all_zero(page)) continue;
      out.u64(first + i);
      out.bytes(page, kPageBytes);
    }
  }
  out.u64(kNoPage);
}

bool Storage::load(StateReader& in) {
  clear();
  const bool same_size = in.u64() == size_;
  const std::uint64_t pages = data_ != nullptr ? mapped_bytes() / kPageBytes : 0;
  while (same_size && in.ok()) {
    const std::uint64_t page = in.u64();
    if (page == kNoPage) return in.ok();
    if (page >= pages) break;
    in.bytes(data_ + page * kPageBytes, kPageBytes);
  }
  clear();
  return false;
}

}  // namespace visoc
