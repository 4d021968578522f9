// The C boundary: no exception leaves, and every failure is reported on stderr and as one of OpenSSH's error
// numbers.
#pragma once

#include <unistd.h>

#include <string_view>

#include "abi/sk_common.h"
#include "base/result.hpp"

namespace halligan::abi {

/// The sk-api's number for an error.
int sk_error(Code code);

/// Report it on stderr, unless it is only OpenSSH's usual first try without a PIN. @return its number
/// @param asked_without_pin the request had no PIN, and the program will ask for one
int report(std::string_view function, const Error& error, bool asked_without_pin);

/// Run `body`, an int(), for a C caller. An exception means out of memory or a bug; telling them apart might
/// allocate.
template <typename Body>
int guarded(Body&& body) noexcept {
  try {
    return body();
  } catch (...) {
    static constexpr std::string_view kText = "halligan: out of memory or internal error\n";
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, kText.data(), kText.size());
    return HALLIGAN_SK_ERR_GENERAL;
  }
}

}  // namespace halligan::abi
