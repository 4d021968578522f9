#include "fido/discovery/holder_cache.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "base/codec.hpp"
#include "base/descriptor.hpp"
#include "base/log.hpp"
#include "base/private_file.hpp"
#include "ctap/digest.hpp"

namespace halligan::fido {
namespace {

constexpr std::size_t kKeyDigits = 64;
constexpr std::size_t kLongestPath = 255;
constexpr std::size_t kMostEntries = 64;
constexpr std::size_t kLargestFile = kMostEntries * (kKeyDigits + 1 + kLongestPath + 1);
constexpr const char* kFolder = "halligan";
constexpr const char* kFile = "tokens";

bool is_key(std::string_view text) {
  return text.size() == kKeyDigits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_path(std::string_view text) {
  return !text.empty() && text.size() <= kLongestPath && text.front() == '/' &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

std::string key_of(ByteView key_handle) { return hex(ctap::sha256(key_handle)); }

Descriptor open_folder(bool make) {
  const char* runtime = ::secure_getenv("XDG_RUNTIME_DIR");
  if (runtime == nullptr || *runtime != '/') return {};
  const Descriptor parent = open_private(AT_FDCWD, runtime, O_RDONLY | O_DIRECTORY, S_IFDIR);
  if (!parent) return {};
  if (make) ::mkdirat(parent.get(), kFolder, 0700);
  return open_private(parent.get(), kFolder, O_RDONLY | O_DIRECTORY, S_IFDIR);
}

std::vector<CachedHolder> read_file(const Descriptor& folder) {
  const Descriptor file = open_private(folder.get(), kFile, O_RDONLY | O_NONBLOCK, S_IFREG);
  const auto text = file ? read_all(file, kLargestFile) : std::nullopt;
  return text ? parse_holder_cache(*text).value_or(std::vector<CachedHolder>()) : std::vector<CachedHolder>();
}

// Replaced as a whole: a reader sees the old file or the new one. O_EXCL follows no link.
void write_file(const Descriptor& folder, const std::string& text) {
  const std::string part = std::string(kFile) + "." + std::to_string(::getpid());
  const Descriptor file = open_private(folder.get(), part.c_str(), O_WRONLY | O_CREAT | O_EXCL, S_IFREG);
  if (!file) return;
  const bool written = ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (!written || ::renameat(folder.get(), part.c_str(), folder.get(), kFile) != 0)
    ::unlinkat(folder.get(), part.c_str(), 0);
}

}  // namespace

std::optional<std::vector<CachedHolder>> parse_holder_cache(std::string_view text) {
  std::vector<CachedHolder> entries;
  while (!text.empty()) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos || end <= kKeyDigits || entries.size() == kMostEntries)
      return std::nullopt;
    const std::string_view key = text.substr(0, kKeyDigits);
    const std::string_view path = text.substr(kKeyDigits + 1, end - kKeyDigits - 1);
    if (!is_key(key) || text[kKeyDigits] != ' ' || !is_path(path)) return std::nullopt;
    entries.push_back({std::string(key), std::string(path)});
    text.remove_prefix(end + 1);
  }
  return entries;
}

std::string write_holder_cache(const std::vector<CachedHolder>& entries) {
  std::string text;
  for (const CachedHolder& entry : entries) text += entry.key + " " + entry.path + "\n";
  return text;
}

std::optional<std::string> cached_holder(ByteView key_handle) {
  const Descriptor folder = open_folder(false);
  if (!folder) return std::nullopt;
  const std::string key = key_of(key_handle);
  for (CachedHolder& entry : read_file(folder)) {
    if (entry.key == key) return std::move(entry.path);
  }
  return std::nullopt;
}

void cache_holder(ByteView key_handle, const std::string& path) {
  if (!is_path(path)) return;
  const Descriptor folder = open_folder(true);
  if (!folder) return;
  std::vector<CachedHolder> entries = read_file(folder);
  const std::string key = key_of(key_handle);
  if (!entries.empty() && entries.front().key == key && entries.front().path == path) return;
  std::erase_if(entries, [&](const CachedHolder& entry) { return entry.key == key; });
  entries.insert(entries.begin(), {key, path});
  if (entries.size() > kMostEntries) entries.resize(kMostEntries);
  write_file(folder, write_holder_cache(entries));
  debug("cached which token holds this key");
}

}  // namespace halligan::fido
