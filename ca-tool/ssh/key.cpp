#include "ssh/key.hpp"

#include <array>
#include <bit>

#include "base/codec.hpp"
#include "ssh/key_file.hpp"
#include "ssh/text_line.hpp"

namespace halligan::ssh {
namespace {

// Names: RFC 8709 (ed25519), RFC 5656 (ECDSA), RFC 4253 (RSA), OpenSSH's PROTOCOL.u2f and
// draft-miller-ssh-cert.
constexpr std::array<KeyTypeInfo, 7> kTypes{{
    {KeyType::kEd25519, "ssh-ed25519", "ssh-ed25519-cert-v01@openssh.com", "ED25519", "", 32, 256},
    {KeyType::kEcdsa256, "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256-cert-v01@openssh.com", "ECDSA",
     "nistp256", 65, 256},
    {KeyType::kEcdsa384, "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384-cert-v01@openssh.com", "ECDSA",
     "nistp384", 97, 384},
    {KeyType::kEcdsa521, "ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521-cert-v01@openssh.com", "ECDSA",
     "nistp521", 133, 521},
    {KeyType::kRsa, "ssh-rsa", "ssh-rsa-cert-v01@openssh.com", "RSA", "", 0, 0},
    {KeyType::kSkEcdsa, "sk-ecdsa-sha2-nistp256@openssh.com", "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com",
     "ECDSA-SK", "nistp256", 65, 256},
    {KeyType::kSkEd25519, "sk-ssh-ed25519@openssh.com", "sk-ssh-ed25519-cert-v01@openssh.com", "ED25519-SK",
     "", 32, 256},
}};

constexpr std::size_t kMaxApplication = 1024;
constexpr unsigned kMinRsaBits = 1024;   // OpenSSH's own floor
constexpr unsigned kMaxRsaBits = 16384;  // OpenSSL's ceiling, and OpenSSH's
constexpr std::size_t kMaxExponent = 8;  // OpenSSL takes no more than 64 bits with a large modulus

unsigned bit_length(ByteView magnitude) {
  if (magnitude.empty()) return 0;
  return static_cast<unsigned>(magnitude.size() - 1) * 8 +
         static_cast<unsigned>(std::bit_width(magnitude[0]));
}

// A word that is no type may be part of a secret: an age identity, a private key without its head.
std::string named(std::string_view name) { return is_type_name(name) ? " " + std::string(name) : ""; }

bool is_known(std::string_view name) { return key_type(name) || key_type_of_certificate(name); }

bool is_blank(char c) { return c == ' ' || c == '\t'; }

// "TYPE BASE64 …", whose two types agree
bool is_key(std::string_view line) {
  if (!is_type_name(first_word(line))) return false;
  const auto split = split_text_line(line);
  if (!split) return false;
  WireReader reader(split->blob);
  const auto inside = reader.text();
  return inside && *inside == split->type;
}

}  // namespace

const KeyTypeInfo& info(KeyType type) { return kTypes[static_cast<std::size_t>(type)]; }

bool is_type_name(std::string_view name) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789@.-_";
  return !name.empty() && name.size() <= 64 && name.find_first_not_of(kLetters) == std::string_view::npos;
}

Result<KeyType> key_type(std::string_view name) {
  for (const KeyTypeInfo& each : kTypes) {
    if (each.name == name) return each.type;
    if (each.certificate_name == name) {
      return fail(Code::kUnsupported, "this is a certificate, not a public key");
    }
  }
  return fail(Code::kUnsupported, "unknown key type" + named(name));
}

Result<KeyType> key_type_of_certificate(std::string_view certificate_name) {
  for (const KeyTypeInfo& each : kTypes) {
    if (each.certificate_name == certificate_name) return each.type;
    if (each.name == certificate_name) {
      return fail(Code::kUnsupported, "this is a public key, not a certificate");
    }
  }
  return fail(Code::kUnsupported, "unknown certificate type" + named(certificate_name));
}

Result<PublicKey> PublicKey::make(KeyType type, ByteView point, std::string_view application) {
  const KeyTypeInfo& kind = info(type);
  if (type == KeyType::kRsa) return fail(Code::kInternal, "an RSA key has no point");
  if (point.size() != kind.point_size) {
    return fail(Code::kBadInput, "public key of " + std::to_string(point.size()) + " bytes, not " +
                                     std::to_string(kind.point_size));
  }
  if (!kind.curve.empty() && point[0] != 0x04) {
    return fail(Code::kBadInput, "the curve point is not in uncompressed form");
  }
  if (ssh::is_sk(type)) {
    if (application.empty() || application.size() > kMaxApplication) {
      return fail(Code::kBadInput,
                  "application of " + std::to_string(application.size()) + " bytes, not 1..1024");
    }
    if (application.find('\0') != std::string_view::npos) {
      return fail(Code::kBadInput, "a NUL inside the application");
    }
  } else if (!application.empty()) {
    return fail(Code::kInternal, "only security keys have an application");
  }
  PublicKey key(type);
  key.point_ = to_bytes(point);
  key.application_ = application;
  return key;
}

Result<PublicKey> PublicKey::make_rsa(ByteView exponent, ByteView modulus) {
  exponent = trim_magnitude(exponent);
  modulus = trim_magnitude(modulus);
  const unsigned bits = bit_length(modulus);
  if (bits < kMinRsaBits || bits > kMaxRsaBits) {
    return fail(Code::kBadInput, "RSA modulus of " + std::to_string(bits) + " bits, not 1024..16384");
  }
  if (modulus.back() % 2 == 0) return fail(Code::kBadInput, "the RSA modulus is even");
  if (exponent.empty() || exponent.size() > kMaxExponent || exponent.back() % 2 == 0 ||
      (exponent.size() == 1 && exponent[0] < 3)) {
    return fail(Code::kBadInput, "the RSA exponent is not an odd number from 3 to 2^64-1");
  }
  PublicKey key(KeyType::kRsa);
  key.exponent_ = to_bytes(exponent);
  key.modulus_ = to_bytes(modulus);
  return key;
}

Result<PublicKey> PublicKey::read_fields(KeyType type, WireReader& reader) {
  if (type == KeyType::kRsa) {
    HALLIGAN_TRY(const ByteView exponent, reader.mpint());
    HALLIGAN_TRY(const ByteView modulus, reader.mpint());
    return make_rsa(exponent, modulus);
  }
  const KeyTypeInfo& kind = info(type);
  if (!kind.curve.empty()) {
    HALLIGAN_TRY(const std::string_view curve, reader.text());
    if (curve != kind.curve) {
      return fail(Code::kBadInput,
                  "curve " + printable(curve.substr(0, 64)) + " in a key of type " + std::string(kind.name));
    }
  }
  HALLIGAN_TRY(const ByteView point, reader.string());
  std::string_view application;
  if (ssh::is_sk(type)) {
    HALLIGAN_TRY(application, reader.text());
  }
  return make(type, point, application);
}

Result<PublicKey> PublicKey::parse(ByteView blob) {
  WireReader reader(blob);
  HALLIGAN_TRY(const std::string_view type_name, reader.text());
  HALLIGAN_TRY(const KeyType type, key_type(type_name));
  HALLIGAN_TRY(PublicKey key, read_fields(type, reader));
  HALLIGAN_CHECK(reader.done());
  return key;
}

unsigned PublicKey::bits() const { return type_ == KeyType::kRsa ? bit_length(modulus_) : info(type_).bits; }

void PublicKey::write_fields(WireWriter& writer) const {
  if (type_ == KeyType::kRsa) {
    writer.mpint(exponent_).mpint(modulus_);
    return;
  }
  const KeyTypeInfo& kind = info(type_);
  if (!kind.curve.empty()) writer.text(kind.curve);
  writer.string(point_);
  if (is_sk()) writer.text(application_);
}

Bytes PublicKey::blob() const {
  WireWriter writer;
  writer.text(name());
  write_fields(writer);
  return writer.take();
}

std::size_t find_key_in_line(std::string_view line) {
  if (is_known(first_word(line))) return 0;
  bool quoted = false;
  for (std::size_t at = 0; at < line.size(); ++at) {
    if (quoted && line[at] == '\\') {
      ++at;
    } else if (line[at] == '"') {
      quoted = !quoted;
    } else if (!quoted && (at == 0 || is_blank(line[at - 1])) && is_key(line.substr(at))) {
      return at;
    }
  }
  return 0;
}

bool is_unknown_key_line(std::string_view line) { return !is_known(first_word(line)) && is_key(line); }

Result<PublicKeyLine> parse_public_key_line(std::string_view line) {
  if (looks_like_private_key(line)) {
    return fail(Code::kBadInput, "this is a private key file",
                "give the public key, the file ending in .pub");
  }
  const std::string_view first = first_word(line);
  if (first.find_first_of("=,\"") != std::string_view::npos) {
    return fail(Code::kBadInput, "options in front of the key", "remove everything before the key type");
  }
  HALLIGAN_TRY(const KeyType type, key_type(first));
  HALLIGAN_TRY(const TextLine split, split_text_line(line));
  HALLIGAN_TRY(PublicKey key, PublicKey::parse(split.blob));
  if (key.type() != type) {
    return fail(Code::kBadInput, "the line says " + std::string(name(type)) + " and the key inside is " +
                                     std::string(key.name()));
  }
  return PublicKeyLine{std::move(key), std::string(split.comment)};
}

Result<PublicKeyLine> parse_public_key_file(std::string_view text) {
  if (looks_like_private_key(text)) return parse_public_key_line(text);  // for its error
  HALLIGAN_TRY(const std::string_view line, only_line(text));
  return parse_public_key_line(line);
}

std::string format_public_key_line(const PublicKey& key, std::string_view comment) {
  return join_text_line(key.name(), key.blob(), comment);
}

}  // namespace halligan::ssh
