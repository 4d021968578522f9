// Certificates of X.509, and the chain from one to another that somebody trusts. No root is built in.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "ssh/key.hpp"

namespace halligan::crypto {

/// Every certificate in a text in PEM, in DER; what is between them is skipped. @errors kBadInput (none, or
/// one that cannot be read)
Result<std::vector<Bytes>> parse_certificates(std::string_view pem);

/// The key in a certificate. @errors kBadInput · kUnsupported (a kind that SSH does not have)
Result<ssh::PublicKey> certified_key(ByteView der);

/// A chain to be found and verified.
struct Chain {
  ByteView leaf;                     ///< DER, as all of them
  std::span<const Bytes> between{};  ///< certificates that may be of use; they are not trusted
  std::span<const Bytes> trusted{};  ///< each of them, whether it is a root or not
  std::uint64_t time;                ///< at which all of them must be valid, Unix seconds
  std::string host{};                ///< a DNS name that the leaf must be for; empty: any
};

/// RSA and curves below 112 bits of security, SHA-1, and critical extensions that are not known are refused.
/// Whether a certificate was revoked is not asked: that would need the network.
/// @return the subject of the trusted certificate at its end, as RFC 2253 writes it
/// @errors kNo (there is none that holds, with OpenSSL's reason) · kBadInput (a certificate that is none)
Result<std::string> verify_chain(const Chain& chain);

}  // namespace halligan::crypto
