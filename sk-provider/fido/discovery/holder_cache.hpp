// Which token held a key last time in this session. Only the order in which several tokens are asked depends
// on it, never the choice.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"

namespace halligan::fido {

struct CachedHolder {
  std::string key;   ///< lower-case hexadecimal SHA-256 of the key handle
  std::string path;  ///< of a device: absolute, printable, at most 255 bytes
};

/// Lines "KEY PATH", the latest first. Nothing unless every line is as we write it.
std::optional<std::vector<CachedHolder>> parse_holder_cache(std::string_view text);
/// The reverse.
std::string write_holder_cache(const std::vector<CachedHolder>& entries);

/// The path of the device that held this key. The cache is $XDG_RUNTIME_DIR/halligan/tokens: a helper process
/// signs once, so the order has to outlive it. The file, its folder and that one's must be private to the
/// user, and none a link; otherwise there is no cache.
std::optional<std::string> cached_holder(ByteView key_handle);
/// Failures are silent: the next search takes as long as the first.
void cache_holder(ByteView key_handle, const std::string& path);

}  // namespace halligan::fido
