#include "ssh/signature.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "base/codec.hpp"
#include "ssh/wire.hpp"

namespace halligan::ssh {
namespace {

struct Row {
  SignatureAlgorithm algorithm;
  std::string_view name;
  KeyType type;
  std::size_t number_size;  // largest r and s in bytes, 0 where there are none
};

// RFC 8709, RFC 5656, RFC 8332, OpenSSH's PROTOCOL.u2f.
constexpr std::array<Row, 9> kRows{{
    {SignatureAlgorithm::kEd25519, "ssh-ed25519", KeyType::kEd25519, 0},
    {SignatureAlgorithm::kEcdsa256, "ecdsa-sha2-nistp256", KeyType::kEcdsa256, 32},
    {SignatureAlgorithm::kEcdsa384, "ecdsa-sha2-nistp384", KeyType::kEcdsa384, 48},
    {SignatureAlgorithm::kEcdsa521, "ecdsa-sha2-nistp521", KeyType::kEcdsa521, 66},
    {SignatureAlgorithm::kRsaSha1, "ssh-rsa", KeyType::kRsa, 0},
    {SignatureAlgorithm::kRsaSha256, "rsa-sha2-256", KeyType::kRsa, 0},
    {SignatureAlgorithm::kRsaSha512, "rsa-sha2-512", KeyType::kRsa, 0},
    {SignatureAlgorithm::kSkEcdsa, "sk-ecdsa-sha2-nistp256@openssh.com", KeyType::kSkEcdsa, 32},
    {SignatureAlgorithm::kSkEd25519, "sk-ssh-ed25519@openssh.com", KeyType::kSkEd25519, 0},
}};

constexpr std::size_t kEd25519Size = 64;
constexpr std::size_t kMaxRsaSize = 2048;  // 16384 bits

const Row& row(SignatureAlgorithm algorithm) { return kRows[static_cast<std::size_t>(algorithm)]; }

Result<Bytes> read_number(WireReader& reader, std::size_t most) {
  HALLIGAN_TRY(const ByteView number, reader.mpint());
  if (number.empty() || number.size() > most) {
    return fail(Code::kBadInput, "a signature number of " + std::to_string(number.size()) +
                                     " bytes, not 1.." + std::to_string(most));
  }
  return to_bytes(number);
}

Result<> read_inner(ByteView inner, Signature& out) {
  const Row& kind = row(out.algorithm);
  if (kind.number_size != 0) {
    WireReader reader(inner);
    HALLIGAN_TRY(out.r, read_number(reader, kind.number_size));
    HALLIGAN_TRY(out.s, read_number(reader, kind.number_size));
    return reader.done();
  }
  const bool rsa = kind.type == KeyType::kRsa;
  if (rsa ? inner.empty() || inner.size() > kMaxRsaSize : inner.size() != kEd25519Size) {
    return fail(Code::kBadInput, "a signature of " + std::to_string(inner.size()) + " bytes");
  }
  out.raw = to_bytes(inner);
  return {};
}

}  // namespace

std::string_view name(SignatureAlgorithm algorithm) { return row(algorithm).name; }

bool fits(SignatureAlgorithm algorithm, KeyType type) { return row(algorithm).type == type; }

SignatureAlgorithm default_algorithm(KeyType type) {
  const auto last =
      std::find_if(kRows.rbegin(), kRows.rend(), [&](const Row& each) { return each.type == type; });
  return last->algorithm;  // SHA-512 for RSA
}

Result<Signature> parse_signature(ByteView blob) {
  WireReader reader(blob);
  HALLIGAN_TRY(const std::string_view text, reader.text());
  const auto* found =
      std::find_if(kRows.begin(), kRows.end(), [&](const Row& each) { return each.name == text; });
  if (found == kRows.end()) {
    return fail(Code::kUnsupported, "unknown signature algorithm " + printable(text.substr(0, 64)));
  }
  Signature out;
  out.algorithm = found->algorithm;
  HALLIGAN_TRY(const ByteView inner, reader.string());
  HALLIGAN_CHECK(read_inner(inner, out));
  if (is_sk(out.algorithm)) {
    HALLIGAN_TRY(out.flags, reader.u8());
    HALLIGAN_TRY(out.counter, reader.u32());
  }
  HALLIGAN_CHECK(reader.done());
  return out;
}

Bytes encode(const Signature& signature) {
  WireWriter writer;
  writer.text(name(signature.algorithm));
  if (row(signature.algorithm).number_size != 0) {
    writer.string(WireWriter().mpint(signature.r).mpint(signature.s).bytes());
  } else {
    writer.string(signature.raw);
  }
  if (is_sk(signature.algorithm)) writer.u8(signature.flags).u32(signature.counter);
  return writer.take();
}

Bytes sk_signed_data(std::span<const std::uint8_t, 32> application_hash, std::uint8_t flags,
                     std::uint32_t counter, std::span<const std::uint8_t, 32> message_hash) {
  return WireWriter().raw(application_hash).u8(flags).u32(counter).raw(message_hash).take();
}

}  // namespace halligan::ssh
