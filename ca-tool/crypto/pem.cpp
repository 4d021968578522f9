#include "crypto/pem.hpp"

#include <openssl/x509.h>

#include <algorithm>

#include "crypto/openssl.hpp"
#include "ssh/armor.hpp"
#include "ssh/rfc4716.hpp"

namespace halligan::crypto {
namespace {

constexpr std::string_view kPublicLabel = "PUBLIC KEY";
constexpr std::string_view kRsaPublicLabel = "RSA PUBLIC KEY";

// The bytes of one key, all of them.
template <typename Read>
Result<Pkey> decoded(ByteView der, const Read& read) {
  const unsigned char* cursor = der.data();
  Pkey pkey(read(&cursor, static_cast<long>(der.size())));
  if (!pkey) return openssl_failure(Code::kBadInput, "not a key in PEM");
  if (cursor != der.data() + der.size())
    return fail(Code::kBadInput, "not a key in PEM: bytes follow the key");
  return pkey;
}

Result<ssh::PrivateKey> private_key(std::string_view text, std::string_view label) {
  HALLIGAN_TRY(const KeyText der, ssh::parse_armor(text, label));
  HALLIGAN_TRY(const Pkey pkey, decoded(der.view(), [](const unsigned char** cursor, long size) {
                 return ::d2i_AutoPrivateKey_ex(nullptr, cursor, size, nullptr, nullptr);
               }));
  return key_pair(pkey);
}

Result<ssh::PublicKeyLine> public_key(std::string_view text, std::string_view label) {
  HALLIGAN_TRY(const KeyText der, ssh::parse_armor(text, label));
  HALLIGAN_TRY(const Pkey pkey, decoded(der.view(), [&](const unsigned char** cursor, long size) {
                 return label == kPublicLabel ? ::d2i_PUBKEY_ex(nullptr, cursor, size, nullptr, nullptr)
                                              : ::d2i_PublicKey(EVP_PKEY_RSA, nullptr, cursor, size);
               }));
  HALLIGAN_TRY(ssh::PublicKey key, public_half(pkey));
  return ssh::PublicKeyLine{std::move(key), {}};
}

bool is_public(std::string_view label) { return label == kPublicLabel || label == kRsaPublicLabel; }

}  // namespace

Result<ssh::AnyKey> parse_any_key_file(std::string_view text) {
  constexpr std::string_view kLabels[] = {"PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"};
  const std::string_view label = ssh::armor_label(text);
  if (std::ranges::find(kLabels, label) == std::end(kLabels)) return ssh::parse_any_key_file(text);
  HALLIGAN_TRY(ssh::PrivateKey key, private_key(text, label).in("private key file"));
  return ssh::AnyKey(std::move(key));
}

bool looks_like_foreign_public_key(std::string_view text) {
  return is_public(ssh::armor_label(text)) || ssh::looks_like_rfc4716(text);
}

Result<ssh::PublicKeyLine> parse_public_key_file(std::string_view text) {
  if (ssh::looks_like_rfc4716(text)) return ssh::parse_rfc4716(text);
  const std::string_view label = ssh::armor_label(text);
  return is_public(label) ? public_key(text, label) : ssh::parse_public_key_file(text);
}

}  // namespace halligan::crypto
