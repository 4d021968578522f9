// Which tokens to consider, how long to wait and how to tell: the HALLIGAN_ variables over
// /etc/ssh/halligan.conf.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace halligan::fido {

inline constexpr const char* kSettingsFile = "/etc/ssh/halligan.conf";
/// CTAP 2.1, 6.1.2 and 6.2.2: an authenticator itself gives up after about 30 s.
inline constexpr std::chrono::seconds kDefaultTimeout{30};
inline constexpr std::chrono::seconds kLongestTimeout{300};
inline constexpr std::chrono::seconds kDefaultGrace{20};

struct Settings {
  /// Paths to consider: absolute ones, or "pcsc:READER"; empty: every token that is plugged in.
  std::vector<std::string> devices;
  std::chrono::seconds timeout = kDefaultTimeout;  ///< for one request to a token, the touch included
  std::chrono::seconds grace = kDefaultGrace;  ///< for a person to put a token in when none is there; 0: none
  bool notify = false;                         ///< a notification on the desktop when a touch is awaited
};

/// Lines "Device PATH[:PATH]", "Timeout SECONDS", "Grace SECONDS" and "Notify yes|no", words in any case as
/// in ssh_config; '#' starts a comment line.
/// @errors kBadInput: unknown word, relative path, timeout outside 1..300, grace outside 0..300, neither yes
/// nor no; the message has the line number.
Result<Settings> parse_settings(std::string_view text);

/// A path that names a card by the name of its reader, or by the beginning of that name.
inline constexpr std::string_view kCardPrefix = "pcsc:";

/// The reader's name in such a path; nothing in any other.
std::optional<std::string_view> reader_of(std::string_view path);

/// A colon-separated list of absolute paths and of cards, "pcsc:READER"; the reader's name ends at the next
/// colon.
/// @errors kBadInput
Result<std::vector<std::string>> parse_devices(std::string_view list);

/// The file, if there is one, with the environment over it (read with secure_getenv). @errors kBadInput,
/// kUnreachable
Result<Settings> load_settings();

}  // namespace halligan::fido
