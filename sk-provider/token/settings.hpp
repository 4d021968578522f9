// Which tokens to consider and how long to wait: HALLIGAN_DEVICE and HALLIGAN_TIMEOUT over
// /etc/ssh/halligan.conf.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace halligan::token {

inline constexpr const char* kSettingsFile = "/etc/ssh/halligan.conf";
/// CTAP 2.1, 6.1.2 and 6.2.2: an authenticator itself gives up after about 30 s.
inline constexpr std::chrono::seconds kDefaultTimeout{30};
inline constexpr std::chrono::seconds kLongestTimeout{300};

struct Settings {
  std::vector<std::string> devices;  ///< paths to consider, absolute; empty: every token that is plugged in
  std::chrono::seconds timeout = kDefaultTimeout;  ///< for one request to a token, the touch included
};

/// Lines "Device PATH[:PATH]" and "Timeout SECONDS", words in any case as in ssh_config; '#' starts a comment
/// line.
/// @errors kBadInput: unknown word, relative path, timeout outside 1..300; the message has the line number.
Result<Settings> parse_settings(std::string_view text);

/// A colon-separated list of absolute paths. @errors kBadInput
Result<std::vector<std::string>> parse_devices(std::string_view list);

/// The file, if there is one, with the environment over it (read with secure_getenv). @errors kBadInput,
/// kUnreachable
Result<Settings> load_settings();

}  // namespace halligan::token
