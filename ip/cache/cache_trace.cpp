// SPDX-License-Identifier: Apache-2.0
#include "ip/cache/cache_trace.h"

#include <charconv>
#include <string_view>

namespace visoc {

CacheTrace::CacheTrace(const CacheGeometry& instructions, const CacheGeometry& data, const CacheGeometry& last)
    : instructions_(instructions), data_(data), last_(last) {}

bool CacheTrace::access_level(Cache& cache, CacheTraceLevel& level, Addr addr, unsigned bytes, CacheUse use, bool modify) {
  ++level.accesses[static_cast<unsigned>(use)];
  bool hit = true;
  const std::uint64_t lines = (cache.line_of(addr + (bytes - 1)) - cache.line_of(addr)) / cache.geometry().line_bytes + 1;
  for (std::uint64_t line = 0; line < lines; ++line)
    hit = cache.access(addr + line * cache.geometry().line_bytes, modify ? CacheUse::kWrite : use).hit && hit;
  if (!hit) ++level.misses[static_cast<unsigned>(use)];
  return hit;
}

void CacheTrace::access(Addr addr, unsigned bytes, CacheUse use, bool modify) {
  const bool fetch = use == CacheUse::kFetch;
  if (!access_level(fetch ? instructions_ : data_, fetch ? result_.instructions : result_.data, addr, bytes, use, modify))
    access_level(last_, result_.last, addr, bytes, use, modify);
}

CacheTraceResult CacheTrace::result() const {
  CacheTraceResult result = result_;
  result.data_write_backs = data_.counts().write_backs;
  result.last_write_backs = last_.counts().write_backs;
  return result;
}

Problems read_cache_trace(std::istream& in, const std::string& name, CacheTrace& trace) {
  constexpr unsigned kMostBytes = 4096;
  std::string text;
  for (std::uint64_t number = 1; std::getline(in, text); ++number) {
    std::string_view line = text;
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
    if (line.empty() || line.substr(0, 2) == "==" || line.substr(0, 2) == "--") continue;
    const char kind = line.front();
    line.remove_prefix(1);
    while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
    if (line.substr(0, 2) == "0x") line.remove_prefix(2);
    Addr addr = 0;
    unsigned bytes = 1;
    auto [rest, error] = std::from_chars(line.data(), line.data() + line.size(), addr, 16);
    const char* const end = line.data() + line.size();
    bool right = error == std::errc{} && std::string_view("IFRLWSM").find(kind) != std::string_view::npos;
    if (right && rest != end && *rest == ',') {
      const auto size = std::from_chars(rest + 1, end, bytes);
      right = size.ec == std::errc{};
      rest = size.ptr;
    }
    if (!right || rest != end || bytes == 0 || bytes > kMostBytes || !range_does_not_wrap(addr, bytes))
      return {{name, "line " + std::to_string(number), "\"I 0x1000,4\", \"R\", \"W\" or \"M\" was expected, with 1 to 4096 bytes",
               ExitCode::kBadInput}};
    const bool write = kind == 'W' || kind == 'S', fetch = kind == 'I' || kind == 'F';
    trace.access(addr, bytes, fetch ? CacheUse::kFetch : write ? CacheUse::kWrite : CacheUse::kRead, kind == 'M');
  }
  if (in.bad()) return {{name, "", "cannot be read", ExitCode::kHostIo}};
  return {};
}

}  // namespace visoc
