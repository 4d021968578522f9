#include "ssh/allowed_signers.hpp"

#include <algorithm>
#include <optional>

#include "base/codec.hpp"
#include "ssh/text_line.hpp"

namespace halligan::ssh {
namespace {

constexpr std::string_view kNamespaces = "namespaces=\"";

// ssh-keygen's list of patterns, of which we know names and the one for all. To leave one out that we do not
// know, such as "!this-one,*", could allow what the file forbids.
Result<bool> lists(std::string_view names, std::string_view wanted) {
  bool found = false;
  while (true) {
    const std::size_t end = std::min(names.find(','), names.size());
    const std::string_view name = names.substr(0, end);
    if (name != "*" && name.find_first_of("!*?") != std::string_view::npos) {
      return fail(Code::kUnsupported, "a pattern in the namespaces: " + printable(name),
                  "write the namespaces out, or * alone for all");
    }
    found = found || name == wanted || name == "*";
    if (end == names.size()) return found;
    names.remove_prefix(end + 1);
  }
}

// nullopt for a line of other namespaces.
Result<std::optional<AllowedSigner>> parse_signer(std::string_view line, std::string_view name_space) {
  const std::string_view principals = next_word(line);
  if (principals.find_first_of("\"!*?") != std::string_view::npos || !is_utf8(as_bytes(principals))) {
    return fail(Code::kUnsupported, "patterns or quotes in the principals " + printable(principals));
  }
  // Persons are counted by these names: one in two lists of names would count twice.
  if (principals.find(',') != std::string_view::npos) {
    return fail(Code::kUnsupported, "several names for one key: " + printable(principals),
                "give each person one name, the same on each line with a key of theirs");
  }
  bool ours = true;
  if (line.starts_with(kNamespaces)) {
    line.remove_prefix(kNamespaces.size());
    const std::size_t end = line.find('"');
    if (end == std::string_view::npos) return fail(Code::kBadInput, "no quote after the namespaces");
    HALLIGAN_TRY(ours, lists(line.substr(0, end), name_space));
    line.remove_prefix(end + 1);
    if (!line.starts_with(' ') && !line.starts_with('\t')) {
      return fail(Code::kUnsupported, "an option other than namespaces");
    }
    next_word(line);  // the blanks in front of the key
  }
  if (is_unknown_key_line(line)) return std::nullopt;  // nobody can have signed with it
  HALLIGAN_TRY(auto key, parse_public_key_line(line));
  if (!ours) return std::nullopt;
  return AllowedSigner{std::string(principals), std::move(key.key)};
}

// Persons are counted by their names: with two of them, one key would make two persons of one.
Result<> check_one_name(const AllowedSigner& signer, const std::vector<AllowedSigner>& before) {
  for (const AllowedSigner& other : before) {
    if (other.key == signer.key && other.person != signer.person) {
      return fail(Code::kBadInput,
                  "the same key as that of " + printable(other.person) + ", under the name " +
                      printable(signer.person),
                  "give each person one name, and no key to two of them");
    }
  }
  return {};
}

}  // namespace

Result<std::vector<AllowedSigner>> parse_allowed_signers(std::string_view text, std::string_view name_space) {
  std::vector<AllowedSigner> signers;
  const auto take = [&](std::string_view line, std::size_t) -> Result<> {
    HALLIGAN_TRY(auto signer, parse_signer(line, name_space));
    if (!signer) return {};
    HALLIGAN_CHECK(check_one_name(*signer, signers));
    signers.push_back(*std::move(signer));
    return {};
  };
  HALLIGAN_CHECK(each_line(text, take));
  if (signers.empty()) return fail(Code::kBadInput, "contains no signer for " + std::string(name_space));
  return signers;
}

}  // namespace halligan::ssh
