#include "ssh/attestation.hpp"

#include "ssh/wire.hpp"

namespace halligan::ssh {
namespace {

constexpr std::string_view kAttestationMagic = "ssh-sk-attest-v01";
constexpr std::string_view kOldAttestationMagic = "ssh-sk-attest-v00";

Result<Attestation> read_attestation(ByteView file) {
  WireReader reader(file);
  HALLIGAN_TRY(const std::string_view magic, reader.text());
  if (magic == kOldAttestationMagic) {
    return fail(Code::kUnsupported, "it is of OpenSSH 8.2 or 8.3, and lacks what was signed",
                "such a file proves nothing by itself");
  }
  if (magic != kAttestationMagic)
    return fail(Code::kBadInput, "not a file of ssh-keygen -O write-attestation");
  HALLIGAN_TRY(const ByteView certificate, reader.string());
  HALLIGAN_TRY(const ByteView signature, reader.string());
  HALLIGAN_TRY(const ByteView auth_data, reader.string());
  HALLIGAN_TRY(const std::uint32_t flags, reader.u32());
  HALLIGAN_TRY(const ByteView reserved, reader.string());
  HALLIGAN_CHECK(reader.done());
  if (flags != 0 || !reserved.empty())
    return fail(Code::kUnsupported, "its reserved fields are in use, by a later OpenSSH");
  if (signature.empty() && !certificate.empty())
    return fail(Code::kBadInput, "a certificate without a signature");
  return Attestation{to_bytes(certificate), to_bytes(signature), to_bytes(auth_data)};
}

}  // namespace

Bytes write_attestation(const Attestation& attestation) {
  return WireWriter()
      .text(kAttestationMagic)
      .string(attestation.certificate)
      .string(attestation.signature)
      .string(attestation.auth_data)
      .u32(0)
      .text("")
      .take();
}

Result<Attestation> parse_attestation(ByteView file) { return read_attestation(file).in("attestation"); }

}  // namespace halligan::ssh
