// The policy that travels with the token: its SHA-256 stands in the display name of the CA's resident key, in
// front of the comment. "policy:" and 43 characters of base64url, then a space and the comment, if there is
// one.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "crypto/digest.hpp"

namespace halligan::ca {

inline constexpr std::size_t kLongestDisplayName = 64;  // bytes; CTAP 2.1, 6.8.6: a token may cut at 64

/// What a display name says.
struct KeyLabel {
  std::string comment;  ///< as the token sent it
  std::optional<crypto::Sha256> policy{};

  bool operator==(const KeyLabel&) const = default;
};

/// Anything that is not exactly of the form is a comment.
KeyLabel parse_key_label(std::string_view display_name);

/// The reverse. @errors kBadInput: longer than a token keeps, or a comment that would read as a policy's hash
Result<std::string> format_key_label(const KeyLabel& label);

/// Where it is known from which policy a CA is bound to.
enum class BindingSource {
  kNone,   ///< nowhere: no token was asked, and there is no ca.json
  kFile,   ///< ca.json beside the CA's file, which proves nothing
  kToken,  ///< the token
};

struct Binding {
  BindingSource source = BindingSource::kNone;
  std::optional<crypto::Sha256> policy{};  ///< nothing: the CA is bound to none
};

}  // namespace halligan::ca
