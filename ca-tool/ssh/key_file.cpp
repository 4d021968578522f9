#include "ssh/key_file.hpp"

#include "base/codec.hpp"
#include "base/text.hpp"
#include "ssh/armor.hpp"
#include "ssh/certificate.hpp"
#include "ssh/rfc4716.hpp"

namespace halligan::ssh {
namespace {

constexpr std::string_view kMagic("openssh-key-v1\0", 15);
constexpr std::string_view kNoCipher = "none";  // the name of no cipher, and of no key derivation
constexpr std::size_t kBlock = 8;               // of the cipher "none"
constexpr std::size_t kMaxHandle = 4096;
constexpr std::size_t kMaxComment = 1024;
constexpr std::size_t kSeedSize = 32;

// Bytes of the group order, which is as long as a coordinate.
std::size_t scalar_size(KeyType type) { return (info(type).point_size - 1) / 2; }

Result<> check_number(ByteView number, std::size_t most, std::string_view what) {
  const ByteView digits = trim_magnitude(number);
  if (!digits.empty() && digits.size() <= most) return {};
  return fail(Code::kBadInput, "private key: " + std::string(what) + " is missing or too large");
}

Result<> check_key(const PrivateKey& key) {
  const KeyType type = key.key.type();
  if (type == KeyType::kEd25519) {
    if (key.secret.size() == kSeedSize) return {};
    return fail(Code::kBadInput, "private key: the seed is not 32 bytes");
  }
  if (is_sk(type)) return fail(Code::kBadInput, "private key: a security key keeps it on the token");
  if (is_ecdsa(type)) return check_number(key.secret.view(), scalar_size(type), "the scalar");
  const std::size_t most = key.key.rsa_modulus().size();
  HALLIGAN_CHECK(check_number(key.secret.view(), most, "d"));
  HALLIGAN_CHECK(check_number(key.iqmp.view(), most, "iqmp"));
  HALLIGAN_CHECK(check_number(key.p.view(), most, "p"));
  return check_number(key.q.view(), most, "q");
}

Result<> check_key(const SkHandle& handle) {
  if (!handle.key.is_sk()) return fail(Code::kBadInput, "key handle: not a security key");
  if (handle.key_handle.empty() || handle.key_handle.size() > kMaxHandle) {
    return fail(Code::kBadInput,
                "key handle of " + std::to_string(handle.key_handle.size()) + " bytes, not 1..4096");
  }
  return {};
}

// The fields of one private key.
void write_private(SecretWriter& out, const PrivateKey& key) {
  const PublicKey& half = key.key;
  out.text(half.name());
  if (half.type() == KeyType::kRsa) out.mpint(half.rsa_modulus()).mpint(half.rsa_exponent());
  if (is_ecdsa(half.type())) out.text(info(half.type()).curve).string(half.point());
  write_private_half(out, key);
}

void write_private(SecretWriter& out, const SkHandle& handle) { out.raw(handle_fields(handle)); }

template <typename Key>
Result<KeyText> write_any(const Key& key, std::string_view comment, std::uint32_t checkint) {
  HALLIGAN_CHECK(check_key(key));
  if (comment.find('\0') != std::string_view::npos) return fail(Code::kBadInput, "a NUL inside the comment");
  if (comment.size() > kMaxComment) return fail(Code::kBadInput, "a comment of more than 1024 bytes");
  KeyText inside;
  SecretWriter inner(inside);
  inner.u32(checkint).u32(checkint);
  write_private(inner, key);
  inner.text(comment);
  for (std::uint8_t pad = 1; inside.size() % kBlock != 0 && inner.fits(); ++pad) inner.u8(pad);

  KeyText binary;
  SecretWriter outer(binary);
  outer.raw(as_bytes(kMagic))
      .text(kNoCipher)
      .text(kNoCipher)
      .text("")
      .u32(1)
      .string(key.key.blob())
      .string(inside.view());
  if (!inner.fits() || !outer.fits()) return fail(Code::kBadInput, "the key is too large for a key file");
  return write_armor(binary.view());
}

Result<> read_number(WireReader& reader, SecretNumber& out, std::string_view what) {
  HALLIGAN_TRY(const ByteView number, reader.mpint());
  if (number.empty() || !out.append(number)) {
    return fail(Code::kBadInput, std::string(what) + " is missing or too large");
  }
  return {};
}

Result<PrivateKey> read_ed25519(WireReader& reader) {
  HALLIGAN_TRY(const ByteView point, reader.string());
  HALLIGAN_TRY(const ByteView pair, reader.string());
  if (pair.size() != kSeedSize + 32 || !same(pair.subspan(kSeedSize), point)) {
    return fail(Code::kBadInput, "not an ed25519 seed followed by its public key");
  }
  HALLIGAN_TRY(PublicKey half, PublicKey::make(KeyType::kEd25519, point));
  PrivateKey key{.key = std::move(half)};
  if (!key.secret.append(pair.first(kSeedSize))) return fail(Code::kInternal, "a seed that does not fit");
  return key;
}

Result<PrivateKey> read_rsa(WireReader& reader) {
  HALLIGAN_TRY(const ByteView modulus, reader.mpint());
  HALLIGAN_TRY(const ByteView exponent, reader.mpint());
  HALLIGAN_TRY(PublicKey half, PublicKey::make_rsa(exponent, modulus));
  PrivateKey key{.key = std::move(half)};
  HALLIGAN_CHECK(read_number(reader, key.secret, "d"));
  HALLIGAN_CHECK(read_number(reader, key.iqmp, "iqmp"));
  HALLIGAN_CHECK(read_number(reader, key.p, "p"));
  HALLIGAN_CHECK(read_number(reader, key.q, "q"));
  return key;
}

Result<PrivateKey> read_software(KeyType type, WireReader& reader) {
  if (type == KeyType::kEd25519) return read_ed25519(reader);
  if (type == KeyType::kRsa) return read_rsa(reader);
  HALLIGAN_TRY(PublicKey half, PublicKey::read_fields(type, reader));
  PrivateKey key{.key = std::move(half)};
  HALLIGAN_CHECK(read_number(reader, key.secret, "the scalar"));
  return key;
}

Result<SkHandle> read_handle(KeyType type, WireReader& reader) {
  HALLIGAN_TRY(PublicKey half, PublicKey::read_fields(type, reader));
  SkHandle handle{.key = std::move(half)};
  HALLIGAN_TRY(handle.flags, reader.u8());
  HALLIGAN_TRY(const ByteView key_handle, reader.string());
  HALLIGAN_TRY(const ByteView reserved, reader.string());
  handle.key_handle = to_bytes(key_handle);
  handle.reserved = to_bytes(reserved);
  return handle;
}

// Padding 1, 2, 3 …; other programs fill larger blocks than OpenSSH, which takes any length, too.
Result<> read_padding(WireReader& reader) {
  const ByteView padding = reader.rest();
  if (padding.size() > 255) return fail(Code::kBadInput, "more padding than there are numbers for it");
  for (std::size_t i = 0; i < padding.size(); ++i) {
    if (padding[i] != i + 1) return fail(Code::kBadInput, "bad padding");
  }
  return {};
}

Result<KeyFile> read_private(ByteView section, const PublicKey& outside) {
  if (section.size() % kBlock != 0) return fail(Code::kBadInput, "not a whole number of blocks");
  WireReader reader(section);
  HALLIGAN_TRY(const std::uint32_t checkint, reader.u32());
  HALLIGAN_TRY(const std::uint32_t again, reader.u32());
  if (checkint != again) return fail(Code::kBadInput, "the two check numbers differ");
  HALLIGAN_TRY(const std::string_view type_name, reader.text());
  HALLIGAN_TRY(const KeyType type, key_type(type_name));
  const auto finish = [&](auto key) -> Result<KeyFile> {
    HALLIGAN_CHECK(check_key(key));
    if (key.key != outside)
      return fail(Code::kBadInput, "the public and private parts are of different keys");
    HALLIGAN_TRY(const std::string_view comment, reader.text());
    if (comment.size() > kMaxComment) return fail(Code::kBadInput, "a comment of more than 1024 bytes");
    HALLIGAN_CHECK(read_padding(reader));
    return KeyFile{std::move(key), std::string(comment), checkint};
  };
  if (is_sk(type)) {
    HALLIGAN_TRY(SkHandle handle, read_handle(type, reader));
    return finish(std::move(handle));
  }
  HALLIGAN_TRY(PrivateKey key, read_software(type, reader));
  return finish(std::move(key));
}

// All but the armor.
Result<std::variant<KeyFile, EncryptedKey>> read_binary(ByteView binary) {
  WireReader reader(binary);
  HALLIGAN_TRY(const ByteView magic, reader.take(kMagic.size()));
  if (as_text(magic) != kMagic) return fail(Code::kBadInput, "not openssh-key-v1");
  HALLIGAN_TRY(const std::string_view cipher, reader.text());
  HALLIGAN_TRY(const std::string_view kdf, reader.text());
  HALLIGAN_TRY(const ByteView kdf_options, reader.string());
  HALLIGAN_TRY(const std::uint32_t count, reader.u32());
  if (count != 1) return fail(Code::kUnsupported, std::to_string(count) + " keys in one file, not 1");
  HALLIGAN_TRY(const ByteView blob, reader.string());
  HALLIGAN_TRY(PublicKey half, PublicKey::parse(blob));
  HALLIGAN_TRY(const ByteView section, reader.string());
  if (cipher != kNoCipher) return EncryptedKey{std::move(half)};  // what may follow authenticates the section
  if (kdf != kNoCipher || !kdf_options.empty())
    return fail(Code::kBadInput, "a key derivation without encryption");
  HALLIGAN_CHECK(reader.done());
  HALLIGAN_TRY(KeyFile file, read_private(section, half));
  return file;
}

Result<std::variant<KeyFile, EncryptedKey>> read_any(std::string_view text) {
  HALLIGAN_TRY(const KeyText binary, parse_armor(text));
  return read_binary(binary.view()).in("private key file");
}

}  // namespace

const PublicKey& KeyFile::public_key() const {
  return std::visit([](const auto& each) -> const PublicKey& { return each.key; }, key);
}

Result<KeyText> write_key_file(const PrivateKey& key, std::string_view comment, std::uint32_t checkint) {
  return write_any(key, comment, checkint);
}

Result<KeyText> write_key_file(const SkHandle& handle, std::string_view comment, std::uint32_t checkint) {
  return write_any(handle, comment, checkint);
}

Result<KeyText> write_key_file(const KeyFile& file) {
  return std::visit([&](const auto& each) { return write_key_file(each, file.comment, file.checkint); },
                    file.key);
}

Result<KeyFile> parse_key_file(std::string_view text) {
  HALLIGAN_TRY(auto any, read_any(text));
  if (auto* file = std::get_if<KeyFile>(&any)) return std::move(*file);
  return fail(Code::kUnsupported, "private key file: the key is encrypted with a passphrase",
              "work on a copy without one: ssh-keygen -p -N '' -f COPY");
}

Result<AnyKey> parse_any_key_file(std::string_view text) {
  HALLIGAN_TRY(auto any, read_any(text));
  if (auto* encrypted = std::get_if<EncryptedKey>(&any)) return std::move(*encrypted);
  return std::visit([](auto& key) -> AnyKey { return std::move(key); }, std::get<KeyFile>(any).key);
}

void write_private_half(SecretWriter& out, const PrivateKey& key) {
  const PublicKey& half = key.key;
  if (half.type() == KeyType::kEd25519) {
    out.string(half.point()).u32(kSeedSize + 32).raw(key.secret.view()).raw(half.point());
  } else if (half.type() == KeyType::kRsa) {
    out.mpint(key.secret.view()).mpint(key.iqmp.view()).mpint(key.p.view()).mpint(key.q.view());
  } else {
    out.mpint(key.secret.view());
  }
}

Bytes handle_fields(const SkHandle& handle) {
  WireWriter out;
  out.text(handle.key.name());
  handle.key.write_fields(out);
  return out.u8(handle.flags).string(handle.key_handle).string(handle.reserved).take();
}

bool looks_like_private_key(std::string_view text) {
  text = trim_start(text);
  const std::string_view line = text.substr(0, text.find('\n'));
  return (line.starts_with("-----BEGIN ") && line.find("PRIVATE KEY") != std::string_view::npos) ||
         line.starts_with("-----BEGIN EC PARAMETERS-----") ||
         line.starts_with("---- BEGIN SSH2 ENCRYPTED PRIVATE KEY") ||
         line.starts_with("PuTTY-User-Key-File-");
}

std::string_view public_kind(std::string_view text) {
  if (looks_like_private_key(text)) return {};
  if (armor_label(text).ends_with("PUBLIC KEY") || looks_like_rfc4716(text) || parse_public_key_file(text))
    return "a public key";
  return parse_certificate_file(text) ? "a certificate" : "";
}

std::string certificate_path(const std::string& public_key_path) {
  const bool suffix = public_key_path.ends_with(".pub");
  return public_key_path.substr(0, public_key_path.size() - (suffix ? 4 : 0)) + "-cert.pub";
}

std::string key_path(std::string path) {
  for (const std::string suffix : {"-cert.pub", ".pub"}) {
    if (path.ends_with(suffix)) path.resize(path.size() - suffix.size());
  }
  return path;
}

}  // namespace halligan::ssh
