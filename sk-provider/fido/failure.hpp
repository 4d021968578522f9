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

}  // namespace halligan::fido
