// Between C and us: no exception leaves, every failure is said in words on stderr and is one of OpenSSH's
// five numbers.
#pragma once

#include <unistd.h>

#include <string_view>

#include "abi/sk_common.h"
#include "base/result.hpp"

namespace halligan::abi {

/// The sk-api's number for an error.
int sk_error(Code code);

/// Say it on stderr, unless it is only OpenSSH's usual first try without a PIN, and give the number for it.
/// @param asked_without_pin no PIN came with the request, and the program will ask for one
int report(std::string_view function, const Error& error, bool asked_without_pin);

/// Run `body`, an int(), for a C caller. An exception is a lack of memory or a bug; telling them apart could
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
