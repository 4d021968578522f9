// Opens the tokens that come into question. One that hangs, or that another program is using, holds up the
// others only for a moment.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "base/result.hpp"
#include "fido/device.hpp"
#include "fido/request.hpp"

namespace halligan::fido {

/// Does this token hold the credential? Called by several threads at once, each with its own token.
using Holds = std::function<bool(const Device&)>;

struct OpenedTokens {
  std::vector<Device> devices;         ///< at least one, in the order of their paths
  std::optional<std::size_t> taken{};  ///< the one to use, if that is known
  bool holds = false;                  ///< it says that it holds the credential
};

/// One after the other, the next as soon as the one before has answered or has been silent for a second;
/// until one holds the credential. A token that cannot be opened is skipped as long as another one can, and
/// the only one that can be opened is taken unasked.
/// @param holds null: all of them are opened
/// @param patient wait for tokens that other programs are using, as none of the others holds the credential;
/// otherwise they count as tokens that cannot be opened where another one can
/// @errors as Device::open(), of the first token
Result<OpenedTokens> open_tokens(const Context& context, const std::vector<TokenPath>& tokens,
                                 const Holds& holds, bool patient);

}  // namespace halligan::fido
