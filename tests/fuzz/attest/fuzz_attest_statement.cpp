// A kept attestation: OpenSSH's file, and in it authenticator data, a certificate and a signature.
#include "attest/statement.hpp"
#include "check.hpp"

using namespace halligan;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView file(data, size);
  const auto kept = ssh::parse_attestation(file);
  if (!kept) return 0;
  demand(same(ssh::write_attestation(*kept), file));
  Bytes point(65, 0x11);
  point[0] = 4;
  const attest::Noted noted{ssh::PublicKey::make(ssh::KeyType::kSkEcdsa, point, "ssh:emergency-ca").value(),
                            to_bytes("challenge"), 7};
  attest::Findings findings;
  const auto statement = attest::check_statement(*kept, noted, findings);
  // Nobody has a key whose point is that.
  demand(kept->signature.empty() || !statement || findings.any_fault());
  return 0;
}
