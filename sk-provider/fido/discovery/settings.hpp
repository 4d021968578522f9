// Which tokens to consider, how long to wait, and how to announce it: /etc/ssh/halligan.conf, overridden by
// the HALLIGAN_ variables.
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
  /// Absolute paths, or "pcsc:READER"; empty: every token that is plugged in.
  std::vector<std::string> devices;
  std::string devices_from{};  ///< where they are named: "HALLIGAN_DEVICE", "/etc/ssh/halligan.conf, line 3"
  std::chrono::seconds timeout = kDefaultTimeout;  ///< for one request to a token, including the touch
  std::chrono::seconds grace =
      kDefaultGrace;    ///< for a token to be inserted if there is none; 0: do not wait
  bool notify = false;  ///< show a desktop notification when a touch is awaited
};

/// Lines "Device PATH[:PATH]", "Timeout SECONDS", "Grace SECONDS" and "Notify yes|no", keywords in any case
/// as in ssh_config; '#' at the start of a word begins a comment.
/// @errors kBadInput: unknown keyword, relative path, timeout outside 1..300, grace outside 0..300, neither
/// yes nor no; the message has the line number.
Result<Settings> parse_settings(std::string_view text);

/// The prefix of a path that names a card by its reader, or by the beginning of the reader's name.
inline constexpr std::string_view kCardPrefix = "pcsc:";

/// The reader's name in such a path; nothing for any other path.
std::optional<std::string_view> reader_of(std::string_view path);

/// A colon-separated list of absolute paths and of cards, "pcsc:READER"; the reader's name ends at the next
/// colon. A colon that is part of a name is written "\:", and a backslash "\\". @errors kBadInput
Result<std::vector<std::string>> parse_devices(std::string_view list);

/// The file, if there is one, overridden by the environment (read with secure_getenv). @errors kBadInput,
/// kUnreachable
Result<Settings> load_settings();

}  // namespace halligan::fido
