#include "ca/selection.hpp"

#include <filesystem>

#include "base/codec.hpp"
#include "base/text.hpp"
#include "ca/authority_key.hpp"
#include "crypto/digest.hpp"

namespace halligan::ca {
namespace {

// A value that was not typed.
void take(std::string& typed, const std::optional<Setting>& setting) {
  if (typed.empty() && setting) typed = setting->value;
}

// -U and --provider need a file that says which key is meant: with the agent its public half will do.
void complete(CaSelection& selection, const ConfiguredCa& ca) {
  AuthorityOptions& authority = selection.authority;
  const bool by_agent = ca.agent && is_word(ca.agent->value, "yes");
  authority.agent = authority.agent || (by_agent && authority.provider.empty());
  authority.file = ca.key ? ca.key->value : authority.agent ? ca.public_key->value : "";
  if (!authority.agent) take(authority.provider, ca.provider);
  take(authority.application, ca.application);
  if (!authority.user && ca.user) authority.user = ca.user->value;
  // The agent knows its token; and ssh-sk-helper looks for one by itself.
  if (!authority.agent && authority.provider.empty()) take(selection.token.device, ca.device);
}

}  // namespace

Result<ssh::PublicKey> configured_public_key(const ConfiguredCa& ca) {
  if (!ca.public_key) {
    return fail(Code::kBadInput, "the configuration of CA " + printable(ca.name) + " has no PublicKey",
                "add PublicKey FILE to it, with the ca.pub that hosts trust");
  }
  return read_authority_public_key(ca.public_key->value).in(printable(ca.public_key->place()));
}

Result<CaSelection> select_ca(const AuthorityOptions& authority, const TokenOptions& token) {
  CaSelection selection{
      .authority = authority, .token = token, .configured = {}, .expected = {}, .configuration = {}};
  HALLIGAN_TRY(selection.configuration, Configuration::load(authority.configuration));
  const Configuration& known = selection.configuration;
  std::optional<std::string> name;
  if (authority.file.empty()) {
    // Another key of the token is meant.
    if (authority.application.empty() && !authority.user) {
      HALLIGAN_TRY(name, known.default_ca());
    }
  } else if (known.has(authority.file)) {
    name = authority.file;
  } else if (auto key = read_authority_public_key(authority.file)) {
    // What cannot be known here is an error later, when it matters.
    const auto ca = configured_by_key(selection, *key);
    if (ca && *ca) {
      selection.configured = *ca;
      selection.expected = *std::move(key);
    }
  }
  if (!name) return selection;
  selection.configured = known.find(*name);
  HALLIGAN_TRY(selection.expected, configured_public_key(*selection.configured));
  complete(selection, *selection.configured);
  return selection;
}

Result<> check_selected(const CaSelection& selection, const ssh::PublicKey& key) {
  if (!selection.expected || *selection.expected == key) return {};
  const ConfiguredCa& ca = *selection.configured;
  return fail(Code::kBadInput,
              "this is not the CA " + printable(ca.name) + ": its key is " + crypto::fingerprint(key) +
                  ", and " + printable(ca.public_key->place()) + " names " +
                  crypto::fingerprint(*selection.expected),
              "insert the token of that CA, or name the other one with --ca");
}

Result<std::optional<ConfiguredCa>> configured_by_key(const CaSelection& selection,
                                                      const ssh::PublicKey& key) {
  if (selection.configured) return selection.configured;
  std::optional<Error> unknown;
  for (const std::string& name : selection.configuration.names()) {
    ConfiguredCa ca = selection.configuration.find(name);
    auto own = configured_public_key(ca);
    if (own && *own == key) return ca;
    if (!own) unknown = std::move(own).error();
  }
  if (!unknown) return std::nullopt;
  return fail(std::move(*unknown).in("cannot tell whether the configuration is about this CA"));
}

}  // namespace halligan::ca
