#include "crypto/canary.hpp"

#include <algorithm>

#include "base/codec.hpp"
#include "crypto/digest.hpp"
#include "crypto/public_key.hpp"
#include "crypto/random.hpp"

namespace halligan::crypto {
namespace {

constexpr std::size_t kLongestLabel = 64;
constexpr std::size_t kNonceBytes = 16;

bool is_label(std::string_view text) {
  return !text.empty() && text.size() <= kLongestLabel &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

bool is_nonce(std::string_view text) {
  return text.size() == 2 * kNonceBytes &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Result<ssh::PublicKey> key_of(std::string_view key_id) {
  const Sha256 hash = sha256(as_bytes(key_id));
  return ssh::PublicKey::make(ssh::KeyType::kEd25519, hash);
}

}  // namespace

Result<CanaryKey> make_canary_key(const CanaryName& name) {
  if (!is_label(name.label)) {
    return fail(Code::kUsage, "an account of a canary is 1 to 64 printable ASCII characters without blanks");
  }
  const std::string head =
      std::string(name.revoked ? kRevokedCanaryWord : kCanaryWord) + " " + name.label + " ";
  // Half of all hashes are points of the curve.
  while (true) {
    HALLIGAN_TRY(const Bytes nonce, random_bytes(kNonceBytes));
    std::string key_id = head + hex(nonce);
    HALLIGAN_TRY(auto key, key_of(key_id));
    if (is_off_curve(key)) return CanaryKey{std::move(key_id), std::move(key)};
  }
}

std::optional<CanaryName> parse_canary_name(std::string_view key_id) {
  const std::size_t first = key_id.find(' ');
  const std::size_t last = key_id.rfind(' ');
  if (first == std::string_view::npos || first == last) return std::nullopt;
  const std::string_view word = key_id.substr(0, first);
  const std::string_view label = key_id.substr(first + 1, last - first - 1);
  if ((word != kCanaryWord && word != kRevokedCanaryWord) || !is_label(label) ||
      !is_nonce(key_id.substr(last + 1)))
    return std::nullopt;
  return CanaryName{std::string(label), word == kRevokedCanaryWord};
}

bool is_canary(std::string_view key_id, const ssh::PublicKey& subject) {
  if (!parse_canary_name(key_id)) return false;
  const auto key = key_of(key_id);
  return key && *key == subject && is_off_curve(subject);
}

}  // namespace halligan::crypto
