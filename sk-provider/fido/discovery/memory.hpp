// Which token held a key the last time, for this session: only the order in which several tokens are asked
// comes from it, never the choice.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"

namespace halligan::fido {

struct Remembered {
  std::string key;   ///< lower-case hexadecimal SHA-256 of the key handle
  std::string path;  ///< of a device: absolute, printable, at most 255 bytes
};

/// Lines "KEY PATH", the latest first. Nothing at all if any of it is not as we write it.
std::optional<std::vector<Remembered>> parse_memory(std::string_view text);
/// The reverse.
std::string write_memory(const std::vector<Remembered>& entries);

/// The file $XDG_RUNTIME_DIR/halligan/tokens, 0600 in a folder of 0700, both the user's own; anything about
/// them that is otherwise, a link above all, and it is as if there were none. Without that folder nothing is
/// remembered.
/// @return the path of the device that held this key
std::optional<std::string> recall_holder(ByteView key_handle);
/// Failures are silent: the next search takes as long as the first.
void remember_holder(ByteView key_handle, const std::string& path);

}  // namespace halligan::fido
