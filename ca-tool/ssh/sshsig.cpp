#include "ssh/sshsig.hpp"

#include "base/codec.hpp"
#include "ssh/wire.hpp"

namespace halligan::ssh {
namespace {

constexpr std::string_view kSshsigMagic = "SSHSIG";  // no length in front of it
constexpr std::uint32_t kSshsigVersion = 1;
constexpr std::size_t kMaxNamespace = 255;

std::string_view hash_name(SshsigHash hash) { return hash == SshsigHash::kSha256 ? "sha256" : "sha512"; }

Result<SshsigHash> hash_of(std::string_view name) {
  for (const SshsigHash hash : {SshsigHash::kSha256, SshsigHash::kSha512}) {
    if (name == hash_name(hash)) return hash;
  }
  return fail(Code::kUnsupported, "unknown hash " + printable(name.substr(0, 64)));
}

Result<Sshsig> read_sshsig(WireReader& reader) {
  HALLIGAN_TRY(const ByteView magic, reader.take(kSshsigMagic.size()));
  if (as_text(magic) != kSshsigMagic) return fail(Code::kBadInput, "not an SSH signature");
  HALLIGAN_TRY(const std::uint32_t version, reader.u32());
  if (version != kSshsigVersion)
    return fail(Code::kUnsupported, "unsupported version " + std::to_string(version));
  HALLIGAN_TRY(const ByteView blob, reader.string());
  HALLIGAN_TRY(PublicKey key, PublicKey::parse(blob));
  Sshsig out{.key = std::move(key)};
  HALLIGAN_TRY(out.name_space, reader.text());
  if (out.name_space.empty() || out.name_space.size() > kMaxNamespace) {
    return fail(Code::kBadInput, "a namespace of " + std::to_string(out.name_space.size()) + " bytes");
  }
  HALLIGAN_TRY(const ByteView reserved, reader.string());
  if (!reserved.empty()) return fail(Code::kBadInput, "the reserved field is not empty");
  HALLIGAN_TRY(const std::string_view hash, reader.text());
  HALLIGAN_TRY(out.hash, hash_of(hash));
  HALLIGAN_TRY(const ByteView signature, reader.string());
  HALLIGAN_TRY(out.signature, parse_signature(signature));
  if (!fits(out.signature.algorithm, out.key.type())) {
    return fail(Code::kBadInput, "a signature of another kind of key");
  }
  HALLIGAN_CHECK(reader.done());
  return out;
}

}  // namespace

Result<Sshsig> parse_sshsig(ByteView blob) {
  WireReader reader(blob);
  return read_sshsig(reader).in("SSH signature");
}

Bytes encode(const Sshsig& signature) {
  return WireWriter()
      .raw(as_bytes(kSshsigMagic))
      .u32(kSshsigVersion)
      .string(signature.key.blob())
      .text(signature.name_space)
      .text("")
      .text(hash_name(signature.hash))
      .string(encode(signature.signature))
      .take();
}

Bytes sshsig_signed_data(std::string_view name_space, SshsigHash hash, ByteView message_hash) {
  return WireWriter()
      .raw(as_bytes(kSshsigMagic))
      .text(name_space)
      .text("")
      .text(hash_name(hash))
      .string(message_hash)
      .take();
}

}  // namespace halligan::ssh
