// A libfido2 status in words.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "fido/transport/transport.hpp"

namespace halligan::fido {

struct FailureContext {
  std::string_view token{};  ///< its name
  std::string_view path{};
  Transport::Fault fault = Transport::Fault::kNone;
  bool touch_awaited = false;
  int pin_tries_left = -1;  ///< -1: not known
  int timeout_seconds = 0;
  bool pin_is_set = true;
  bool force_pin_change = false;     ///< the correct PIN is rejected, too, until it is changed
  std::uint64_t min_pin_length = 0;  ///< characters that a new PIN must have; 0: not known
};

/// @param status a FIDO_ERR_ constant other than FIDO_OK
Error explain(int status, const FailureContext& context);

/// A status of CTAP or of libfido2 that no person can do anything about: "error 0x30, not allowed".
std::string status_words(int status);

/// What a person can do next at a token, as a command to be typed.
inline constexpr const char* kReinsert = "remove the token, insert it again and retry";
inline constexpr const char* kInsertHolder = "insert the token that made the key";
inline constexpr const char* kWaitForOther = "wait until it finishes, then try again";

/// "set one with: halligan token pin set --device PATH": for hidraw tokens and cards alike.
std::string set_pin_hint(std::string_view path);
std::string change_pin_hint(std::string_view path);
/// For a full token.
std::string list_keys_hint(std::string_view path);

}  // namespace halligan::fido
