#include "ca/authority_key.hpp"

#include <filesystem>

#include "base/codec.hpp"
#include "crypto/key_pair.hpp"
#include "crypto/pem.hpp"
#include "crypto/public_key.hpp"
#include "io/files.hpp"

namespace halligan::ca {

Result<ssh::AnyKey> read_authority_key(const std::string& path) {
  HALLIGAN_TRY(const KeyText text, io::read_secret_file(path));
  if (const auto kind = ssh::public_kind(as_text(text.view())); !kind.empty()) {
    return fail(Code::kBadInput, printable(path) + ": " + std::string(kind) + ", which cannot sign",
                "name the CA's key file, or let the ssh-agent that holds the key sign: -U");
  }
  HALLIGAN_TRY(auto key, crypto::parse_any_key_file(as_text(text.view())).in(path));
  if (const auto* pair = std::get_if<ssh::PrivateKey>(&key))
    HALLIGAN_CHECK(crypto::check_key_pair(*pair).in(path));
  return key;
}

Result<ssh::PublicKey> read_authority_public_key(const std::string& path) {
  HALLIGAN_TRY(const KeyText text, io::read_secret_file(path, io::Readers::kAnybody));
  if (!ssh::looks_like_private_key(as_text(text.view()))) {
    HALLIGAN_TRY(auto line, crypto::parse_public_key_file(as_text(text.view())).in(path));
    HALLIGAN_CHECK(crypto::check_public_key(line.key).in(path));
    return std::move(line.key);
  }
  HALLIGAN_TRY(const auto key, crypto::parse_any_key_file(as_text(text.view())).in(path));
  return std::visit([](const auto& each) { return each.key; }, key);
}

std::string without_pub(std::string path) {
  constexpr std::string_view kSuffix = ".pub";
  if (path.ends_with(kSuffix)) path.resize(path.size() - kSuffix.size());
  return path;
}

std::string authority_stem(std::string path) {
  // The policy and the ledger are the key's, by whatever link it is named.
  std::error_code error;
  if (std::filesystem::is_symlink(path, error)) {
    const auto key = std::filesystem::canonical(path, error);
    if (!error) path = key.string();
  }
  return without_pub(std::move(path));
}

}  // namespace halligan::ca
