#include "ca/policy_binding.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/codec.hpp"

namespace halligan::ca {
namespace {

constexpr std::string_view kLabelPrefix = "policy:";
constexpr std::size_t kDigits = 43;  // of 32 bytes in base64 without padding

std::optional<crypto::Sha256> parse_hash(std::string_view digits) {
  const auto bytes = parse_base64url(digits);
  crypto::Sha256 hash{};
  if (!bytes || bytes->size() != hash.size()) return std::nullopt;
  std::ranges::copy(*bytes, hash.begin());
  return hash;
}

}  // namespace

KeyLabel parse_key_label(std::string_view display_name) {
  const KeyLabel plain{std::string(display_name)};
  if (!display_name.starts_with(kLabelPrefix)) return plain;
  std::string_view rest = display_name.substr(kLabelPrefix.size());
  if (rest.size() < kDigits || (rest.size() > kDigits && rest[kDigits] != ' ')) return plain;
  const auto hash = parse_hash(rest.substr(0, kDigits));
  if (!hash) return plain;
  rest.remove_prefix(kDigits);
  if (rest == " ") return plain;
  return {std::string(rest.substr(rest.empty() ? 0 : 1)), hash};
}

Result<std::string> format_key_label(const KeyLabel& label) {
  std::string text = label.comment;
  if (label.policy) {
    text = std::string(kLabelPrefix) + base64url(*label.policy) + (text.empty() ? "" : " " + text);
  }
  if (text.size() > kLongestDisplayName && label.policy) {
    constexpr std::size_t kRoom = kLongestDisplayName - kLabelPrefix.size() - kDigits - 1;
    return fail(
        Code::kBadInput,
        fmt::format("the comment \"{}\" has {} bytes, and beside a policy's hash the token has room for {}",
                    printable(label.comment), label.comment.size(), kRoom),
        fmt::format("choose a comment of at most {} bytes: -C TEXT", kRoom));
  }
  if (!label.policy && parse_key_label(text).policy) {
    return fail(Code::kBadInput, "the comment would read as the hash of a policy",
                "choose another comment, or bind a policy with --policy");
  }
  return text;
}

}  // namespace halligan::ca
