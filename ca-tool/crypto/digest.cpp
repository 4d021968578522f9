#include "crypto/digest.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <new>

#include "base/codec.hpp"
#include "crypto/openssl.hpp"

namespace halligan::crypto {
namespace {

template <std::size_t Size>
std::array<std::uint8_t, Size> digest(ByteView data, const EVP_MD* kind) {
  std::array<std::uint8_t, Size> out;
  if (EVP_Digest(data.data(), data.size(), out.data(), nullptr, kind, nullptr) != 1) {
    throw std::bad_alloc();  // nothing else can fail here
  }
  return out;
}

}  // namespace

Sha256 sha256(ByteView data) { return digest<32>(data, digest_named(Digest::kSha256)); }
Sha1 sha1(ByteView data) { return digest<20>(data, digest_named(Digest::kSha1)); }
Sha512 sha512(ByteView data) { return digest<64>(data, digest_named(Digest::kSha512)); }

Sha1 hmac_sha1(ByteView key, ByteView data) {
  Sha1 out;
  if (::HMAC(digest_named(Digest::kSha1), key.data(), static_cast<int>(key.size()), data.data(), data.size(),
             out.data(), nullptr) == nullptr) {
    throw std::runtime_error("OpenSSL cannot make a digest");
  }
  return out;
}

std::string fingerprint(ByteView key_blob) {
  std::string text = base64(sha256(key_blob));
  while (text.ends_with('=')) text.pop_back();
  return "SHA256:" + text;
}

std::optional<std::string> md5_fingerprint(const ssh::PublicKey& key) {
  std::array<std::uint8_t, 16> digest;
  const Bytes blob = key.blob();
  if (EVP_Digest(blob.data(), blob.size(), digest.data(), nullptr, EVP_md5(), nullptr) != 1)
    return std::nullopt;
  std::string text = "MD5";
  for (const std::uint8_t byte : digest) text += ":" + hex({&byte, 1});
  return text;
}

std::string fingerprint(const ssh::PublicKey& key) { return fingerprint(key.blob()); }

}  // namespace halligan::crypto
