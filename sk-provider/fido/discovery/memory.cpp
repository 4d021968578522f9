#include "fido/discovery/memory.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "base/codec.hpp"
#include "base/log.hpp"
#include "fido/hash.hpp"

namespace halligan::fido {
namespace {

constexpr std::size_t kKeyDigits = 64;
constexpr std::size_t kLongestPath = 255;
constexpr std::size_t kMostEntries = 64;
constexpr std::size_t kLargestFile = kMostEntries * (kKeyDigits + 1 + kLongestPath + 1);
constexpr const char* kFolder = "halligan";
constexpr const char* kFile = "tokens";

class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  Fd(Fd&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  Fd& operator=(Fd&&) = delete;
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_;
};

bool is_key(std::string_view text) {
  return text.size() == kKeyDigits && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

bool is_path(std::string_view text) {
  return !text.empty() && text.size() <= kLongestPath && text.front() == '/' &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

std::string key_of(ByteView key_handle) { return hex(sha256(key_handle)); }

// Ours, of this type, and nobody else may do anything with it.
bool is_private(int fd, mode_t type) {
  struct stat status {};
  return ::fstat(fd, &status) == 0 && (status.st_mode & S_IFMT) == type && status.st_uid == ::geteuid() &&
         (status.st_mode & 0077) == 0;
}

Fd open_folder(bool make) {
  const char* runtime = ::secure_getenv("XDG_RUNTIME_DIR");
  if (runtime == nullptr || *runtime != '/') return Fd(-1);
  constexpr int kFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  const Fd parent(::open(runtime, kFlags));
  if (!parent || !is_private(parent.get(), S_IFDIR)) return Fd(-1);
  if (make) ::mkdirat(parent.get(), kFolder, 0700);
  Fd folder(::openat(parent.get(), kFolder, kFlags));
  if (!folder || !is_private(folder.get(), S_IFDIR)) return Fd(-1);
  return folder;
}

std::vector<Remembered> read_file(const Fd& folder) {
  const Fd file(::openat(folder.get(), kFile, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file || !is_private(file.get(), S_IFREG)) return {};
  std::string text(kLargestFile + 1, '\0');
  std::size_t size = 0;
  ssize_t got = 0;
  while (size < text.size() && (got = ::read(file.get(), text.data() + size, text.size() - size)) > 0) {
    size += static_cast<std::size_t>(got);
  }
  if (got < 0 || size > kLargestFile) return {};
  text.resize(size);
  return parse_memory(text).value_or(std::vector<Remembered>());
}

// Replaced as a whole: who reads meanwhile sees the old file or the new one. The name is our process's own,
// and O_EXCL follows nothing.
void write_file(const Fd& folder, const std::string& text) {
  const std::string part = std::string(kFile) + "." + std::to_string(::getpid());
  {
    const Fd file(
        ::openat(folder.get(), part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file) return;
    const ssize_t written = ::write(file.get(), text.data(), text.size());
    if (written != static_cast<ssize_t>(text.size())) {
      ::unlinkat(folder.get(), part.c_str(), 0);
      return;
    }
  }
  if (::renameat(folder.get(), part.c_str(), folder.get(), kFile) != 0) {
    ::unlinkat(folder.get(), part.c_str(), 0);
  }
}

}  // namespace

std::optional<std::vector<Remembered>> parse_memory(std::string_view text) {
  std::vector<Remembered> entries;
  while (!text.empty()) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos || end < kKeyDigits + 1 || entries.size() == kMostEntries)
      return std::nullopt;
    const std::string_view key = text.substr(0, kKeyDigits);
    const std::string_view path = text.substr(kKeyDigits + 1, end - kKeyDigits - 1);
    if (!is_key(key) || text[kKeyDigits] != ' ' || !is_path(path)) return std::nullopt;
    entries.push_back({std::string(key), std::string(path)});
    text.remove_prefix(end + 1);
  }
  return entries;
}

std::string write_memory(const std::vector<Remembered>& entries) {
  std::string text;
  for (const Remembered& entry : entries) text += entry.key + " " + entry.path + "\n";
  return text;
}

std::optional<std::string> recall_holder(ByteView key_handle) {
  const Fd folder = open_folder(false);
  if (!folder) return std::nullopt;
  const std::string key = key_of(key_handle);
  for (Remembered& entry : read_file(folder)) {
    if (entry.key == key) return std::move(entry.path);
  }
  return std::nullopt;
}

void remember_holder(ByteView key_handle, const std::string& path) {
  if (!is_path(path)) return;
  const Fd folder = open_folder(true);
  if (!folder) return;
  std::vector<Remembered> entries = read_file(folder);
  const std::string key = key_of(key_handle);
  if (!entries.empty() && entries.front().key == key && entries.front().path == path) return;
  std::erase_if(entries, [&](const Remembered& entry) { return entry.key == key; });
  entries.insert(entries.begin(), {key, path});
  if (entries.size() > kMostEntries) entries.resize(kMostEntries);
  write_file(folder, write_memory(entries));
  debug("remembering which token holds this key");
}

}  // namespace halligan::fido
