// The options that OpenSSH passes on from `ssh-keygen -O name=value`.
#pragma once

#include <optional>
#include <string>

#include "abi/sk_common.h"
#include "base/result.hpp"

namespace halligan::abi {

struct Options {
  std::optional<std::string> device;  ///< this token only
  std::string user;                   ///< up to 31 bytes
};

/// @param options array of pointers ended by NULL, or NULL
/// @errors kUnsupported: an unknown option that is required · kBadInput: a value that is missing or too long
Result<Options> parse_options(sk_option* const* options);

}  // namespace halligan::abi
