#include "ssh/allowed_signers.hpp"

#include <algorithm>
#include <optional>

#include "base/codec.hpp"
#include "ssh/text_line.hpp"

namespace halligan::ssh {
namespace {

constexpr std::string_view kGap = " \t";
constexpr std::string_view kNamespaces = "namespaces=\"";

std::string_view next_word(std::string_view& text) {
  const std::size_t end = std::min(text.find_first_of(kGap), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(std::min(text.find_first_not_of(kGap, end), text.size()));
  return word;
}

bool lists(std::string_view names, std::string_view wanted) {
  while (true) {
    const std::size_t end = std::min(names.find(','), names.size());
    const std::string_view name = names.substr(0, end);
    if (name == wanted || name == "*") return true;
    if (end == names.size()) return false;
    names.remove_prefix(end + 1);
  }
}

// nullopt for a line of other namespaces.
Result<std::optional<AllowedSigner>> parse_signer(std::string_view line, std::string_view name_space) {
  const std::string_view principals = next_word(line);
  if (principals.find_first_of("\"!*?") != std::string_view::npos || !is_utf8(as_bytes(principals))) {
    return fail(Code::kUnsupported, "patterns or quotes in the principals " + printable(principals));
  }
  // Persons are counted by these names: one that stands in two lists of names would count twice.
  if (principals.find(',') != std::string_view::npos) {
    return fail(Code::kUnsupported, "several names for one key: " + printable(principals),
                "give each person one name, the same on each line with a key of theirs");
  }
  bool ours = true;
  if (line.starts_with(kNamespaces)) {
    line.remove_prefix(kNamespaces.size());
    const std::size_t end = line.find('"');
    if (end == std::string_view::npos) return fail(Code::kBadInput, "no quote behind the namespaces");
    ours = lists(line.substr(0, end), name_space);
    line.remove_prefix(end + 1);
    if (!line.starts_with(' ') && !line.starts_with('\t')) {
      return fail(Code::kUnsupported, "an option other than namespaces");
    }
    line.remove_prefix(std::min(line.find_first_not_of(kGap), line.size()));
  }
  HALLIGAN_TRY(auto key, parse_public_key_line(line));
  if (!ours) return std::nullopt;
  return AllowedSigner{std::string(principals), std::move(key.key)};
}

}  // namespace

Result<std::vector<AllowedSigner>> parse_allowed_signers(std::string_view text, std::string_view name_space) {
  std::vector<AllowedSigner> signers;
  HALLIGAN_CHECK(each_line(text, [&](std::string_view line, std::size_t) -> Result<> {
    HALLIGAN_TRY(auto signer, parse_signer(line, name_space));
    if (signer) signers.push_back(*std::move(signer));
    return {};
  }));
  if (signers.empty()) return fail(Code::kBadInput, "no signer for " + std::string(name_space) + " in it");
  return signers;
}

}  // namespace halligan::ssh
