#include "ca/authority_key.hpp"

#include <filesystem>

#include "crypto/key_pair.hpp"
#include "io/files.hpp"

namespace halligan::ca {
namespace {

Result<AuthorityKey> parse_authority_key(std::string_view text) {
  HALLIGAN_TRY(auto encrypted, ssh::parse_encrypted_key_file(text));
  if (encrypted) return EncryptedKey{*std::move(encrypted)};
  HALLIGAN_TRY(auto file, ssh::parse_key_file(text));
  if (const auto* handle = file.handle(); handle != nullptr) return *handle;
  auto& pair = std::get<ssh::PrivateKey>(file.key);
  HALLIGAN_CHECK(crypto::check_key_pair(pair));
  return std::move(pair);
}

Result<ssh::PublicKey> parse_public_half(std::string_view text) {
  if (!ssh::looks_like_private_key(text)) {
    HALLIGAN_TRY(auto line, ssh::parse_public_key_file(text));
    return std::move(line.key);
  }
  HALLIGAN_TRY(auto encrypted, ssh::parse_encrypted_key_file(text));
  if (encrypted) return *std::move(encrypted);
  HALLIGAN_TRY(const auto file, ssh::parse_key_file(text));
  return file.public_key();
}

}  // namespace

Result<AuthorityKey> read_authority_key(const std::string& path) {
  HALLIGAN_TRY(const KeyText anything, io::read_secret_file(path, io::Readers::kAnybody));
  // Not "others may read it", when they may.
  if (!ssh::looks_like_private_key(as_text(anything.view())) &&
      ssh::parse_public_key_file(as_text(anything.view()))) {
    return fail(Code::kBadInput, path + ": a public key, which signs nothing",
                "name the CA's key file, or let the ssh-agent sign that holds it: -U");
  }
  HALLIGAN_TRY(const KeyText text, io::read_secret_file(path));
  auto key = parse_authority_key(as_text(text.view()));
  if (!key) return fail(std::move(key).error().in(path));
  return key;
}

Result<ssh::PublicKey> read_authority_public_key(const std::string& path) {
  HALLIGAN_TRY(const KeyText text, io::read_secret_file(path, io::Readers::kAnybody));
  auto key = parse_public_half(as_text(text.view()));
  if (!key) return fail(std::move(key).error().in(path));
  return key;
}

std::string authority_stem(std::string path) {
  // The policy and the ledger are the key's, by whatever link it is named.
  std::error_code error;
  if (std::filesystem::is_symlink(path, error)) {
    const auto key = std::filesystem::canonical(path, error);
    if (!error) path = key.string();
  }
  constexpr std::string_view kSuffix = ".pub";
  if (path.ends_with(kSuffix)) path.resize(path.size() - kSuffix.size());
  return path;
}

}  // namespace halligan::ca
