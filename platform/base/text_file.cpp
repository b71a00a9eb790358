// SPDX-License-Identifier: Apache-2.0
#include "platform/base/text_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace visoc {

Result<std::string> read_file(const std::string& path, std::size_t max_bytes) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) {
    const bool missing = errno == ENOENT || errno == ENOTDIR;
    return Problem{path, "", missing ? "no such file" : std::strerror(errno), missing ? ExitCode::kBadInput : ExitCode::kHostIo};
  }
  if (!S_ISREG(info.st_mode)) return Problem{path, "", "not a regular file"};
  if (static_cast<std::uint64_t>(info.st_size) > max_bytes)
    return Problem{path, "",
                   "the file has " + std::to_string(info.st_size) + " bytes; at most " + std::to_string(max_bytes) + " are allowed"};
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return Problem{path, "", std::string("cannot be opened: ") + std::strerror(errno), ExitCode::kHostIo};
  std::string content(static_cast<std::size_t>(info.st_size), '\0');
  std::size_t have = 0;
  while (have < content.size()) {
    const ssize_t count = ::read(descriptor, &content[have], content.size() - have);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    have += static_cast<std::size_t>(count);
  }
  const int error = errno;
  close(descriptor);
  if (have < content.size()) return Problem{path, "", std::string("cannot be read: ") + std::strerror(error), ExitCode::kHostIo};
  return content;
}

Problems write_file(const std::string& path, ConstBytes bytes) {
  const std::string part = path + ".part";
  auto failed = [&](const char* what) {
    const int error = errno;
    unlink(part.c_str());
    return Problems{{path, "", std::string(what) + ": " + std::strerror(error), ExitCode::kHostIo}};
  };
  const int descriptor = open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor < 0) return failed("cannot be created");
  std::size_t done = 0;
  while (done < bytes.size) {
    const ssize_t count = ::write(descriptor, bytes.data + done, bytes.size - done);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      const int error = errno;
      close(descriptor);
      errno = error;
      return failed("cannot be written");
    }
    done += static_cast<std::size_t>(count);
  }
  if (close(descriptor) != 0) return failed("cannot be written");
  if (std::rename(part.c_str(), path.c_str()) != 0) return failed("cannot be renamed into place");
  return {};
}

Problems make_folder(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error && !std::filesystem::is_directory(path))
    return {{path, "", "the folder cannot be created: " + error.message(), ExitCode::kHostIo}};
  return {};
}

}  // namespace visoc
