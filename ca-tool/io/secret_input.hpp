// Where a PIN comes from: an inherited descriptor, an askpass program, or the terminal. Never argv, never the
// environment.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace halligan::io {

/// Take over a descriptor that the caller has opened for us, before we open any ourselves, whose number it
/// could be. Programs that we start do not inherit it. @errors kUsage (not open)
Result<> claim_descriptor(int fd);

/// Everything up to the first newline or the end, byte by byte, so that what follows the newline stays for
/// the next reader; a CR before the newline is dropped. The descriptor is closed, unless it is refused
/// (kUsage).
/// @errors kUsage (not an open descriptor, or a terminal, which would echo) · kNeedsPerson (empty)
///         · kBadInput (longer than 255 bytes, a NUL inside) · kUnreachable (read error)
Result<Pin> read_fd_secret(int fd);

/// Run an askpass program with the prompt as its only argument and take the first line of its output.
/// @errors kNeedsPerson (it failed or returned nothing) · kUnreachable (cannot be run) · kBadInput (too long)
Result<Pin> read_askpass_secret(const std::string& program, std::string_view prompt);

/// The same by systemd-ask-password, which caches nothing.
/// @param patience 0: without an end
/// @errors as read_askpass_secret()
Result<Pin> read_systemd_secret(std::string_view prompt, std::chrono::seconds patience);

struct SecretRequest {
  std::string prompt{};     ///< "PIN for YubiKey 5 (serial 123): "
  std::optional<int> fd{};  ///< --pin-fd
  /// With neither a terminal nor askpass, systemd's password agents are asked for so long: consoles,
  /// Plymouth, whoever runs systemd-tty-ask-password-agent. 0: without an end.
  std::optional<std::chrono::seconds> by_systemd{};
};

/// Ask for a secret: from the descriptor if one is given and from nowhere else, otherwise as OpenSSH would.
/// @errors as above; kNeedsPerson with a hint if there is nowhere to ask
Result<Pin> ask_secret(const SecretRequest& request);

}  // namespace halligan::io
