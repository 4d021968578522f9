// A document that somebody signed, with the signer's certificates in it: JWS in its compact form.
// @source RFC 7515; FIDO Metadata Service 3.0, section 3.1.7
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace halligan::attest {

struct Jws {
  std::string algorithm;     ///< "RS256" or "ES256"; any other, and "none", is refused
  std::vector<Bytes> chain;  ///< x5c: the signer's certificate in DER, then what is above it; at least one
  std::string_view signed_text;  ///< a view of what was parsed
  Bytes payload;
  Bytes signature;
};

/// The form alone; blank lines may follow it. @errors kBadInput · kUnsupported (another algorithm, "crit")
Result<Jws> parse_jws(std::string_view text);

struct JwsTerms {
  std::span<const Bytes> trusted;  ///< DER
  std::uint64_t time;              ///< at which the signer's certificate must be valid
  std::string host;                ///< DNS name that it must be for
};

/// The signature, and the chain to a trusted certificate.
/// @return the subject of that. @errors kNo · kBadInput, kUnsupported (a certificate that is none)
Result<std::string> verify_jws(const Jws& jws, const JwsTerms& terms);

/// Does JSON nest deeper than anything that is expected here? Readers of it remember each level.
bool nests_too_deep(std::string_view json);

}  // namespace halligan::attest
