// The attestation of a security key, as ssh-keygen keeps it with -O write-attestation.
// @source OpenSSH's PROTOCOL.u2f, "SSH U2F attestation"
#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace halligan::ssh {

/// A token's words about a key that it made. Which of WebAuthn's formats the signature has is not in it.
struct Attestation {
  Bytes certificate;  ///< X.509 DER, without those above it; empty: the key attests itself, or nobody does
  Bytes signature;    ///< empty: nobody attests the key
  Bytes auth_data;    ///< authenticator data in a CBOR byte string

  bool operator==(const Attestation&) const = default;
};

/// string "ssh-sk-attest-v01", the three strings, u32 0, an empty string.
Bytes write_attestation(const Attestation& attestation);

/// All of a file. What is accepted is what write_attestation() writes.
/// @errors kBadInput · kUnsupported (of OpenSSH 8.2 and 8.3, without authenticator data; with something in
/// the reserved fields)
Result<Attestation> parse_attestation(ByteView file);

}  // namespace halligan::ssh
