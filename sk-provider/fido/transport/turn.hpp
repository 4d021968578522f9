// Who has the lock of a token's node, by which programs take turns.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

namespace halligan::fido {

struct LockHolder {
  pid_t process;
  std::string name;      ///< "ssh-keygen", as the kernel has it; may be empty
  bool stopped = false;  ///< by Ctrl-Z, say: it will not let go by itself

  /// "ssh-keygen (process 4711)", for a terminal.
  std::string words() const;
};

/// @param locks the text of /proc/locks: "1: FLOCK  ADVISORY  WRITE 4711 00:19:5 0 EOF"
std::optional<pid_t> flock_holder(std::string_view locks, const struct stat& file);

/// Nothing if it cannot be known: no /proc, a process of another container, or free in the meantime.
std::optional<LockHolder> lock_holder(int fd);

}  // namespace halligan::fido
