// A request for a certificate: what a colleague sends to the holder of the CA instead of a private key.
//
//   request       u32 version (1) ‖ string key ‖ u32 count, string principal … ‖ u32 count, string host … ‖
//                 string reason ‖ u64 valid_after ‖ u64 valid_before ‖ u64 time ‖ string nonce
//   signed part   string "halligan-request@v1" ‖ string request ‖ string proof
//   block         signed part ‖ u32 count, string co-signature …
//
// The proof is an SSHSIG by `key` over the request; a co-signature is an SSHSIG by a custodian over the
// signed part. Different namespaces keep one from being used as the other. Between the markers the block is
// base64.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "ssh/key.hpp"
#include "ssh/sshsig.hpp"
#include "ssh/validity.hpp"

namespace halligan::request {

constexpr std::string_view kRequestNamespace = "halligan-request@v1";
constexpr std::string_view kCoSignNamespace = "halligan-co-sign@v1";
constexpr std::string_view kRequestEnd = "-----END HALLIGAN REQUEST-----";  ///< the last line of a block
constexpr std::size_t kRequestNonceSize = 32;
constexpr std::size_t kMaxRequestHosts = 64;
constexpr std::size_t kMaxCoSignatures = 16;
/// Bytes of a block with its armor: more than the largest request with every co-signature that fits a mail.
constexpr std::size_t kMaxRequestText = 256 * 1024;

struct Request {
  ssh::PublicKey key;
  std::vector<std::string> principals{};  ///< 1..256, by the rules of certificates
  std::vector<std::string> hosts{};       ///< 0..64, for information: a certificate cannot contain them
  std::string reason{};                   ///< the key ID: 1..255 bytes of UTF-8 in one line
  ssh::Validity validity{};               ///< requested, Unix seconds, bounded
  std::uint64_t time = 0;                 ///< when it was made, Unix seconds
  Bytes nonce{};                          ///< kRequestNonceSize random bytes

  bool operator==(const Request&) const = default;
};

struct SignedRequest {
  Request request;
  ssh::Sshsig proof;
  std::vector<ssh::Sshsig> co_signatures{};

  bool operator==(const SignedRequest&) const = default;
};

/// What the proof signs. The request is not checked; see check_request().
Bytes encode(const Request& request);
/// What co-signatures sign and the voice code covers. Co-signing does not change it.
Bytes signed_part(const SignedRequest& request);
Bytes encode(const SignedRequest& request);

/// The rules above. @errors kBadInput
Result<> check_request(const Request& request);

/// Structure and rules; signatures are not verified (crypto does). Accepted means: encode() gives the same
/// bytes. @errors kBadInput · kUnsupported (a later version, a kind of key or signature that we do not
/// know)
Result<SignedRequest> parse_request(ByteView block);

/// The block between its markers, in lines that mail does not wrap.
std::string format_request(const SignedRequest& request);
/// One block, anywhere in the text of a mail. Line ends, line lengths and surrounding blanks may have
/// changed, and lines may be quoted with ">"; nothing else.
/// @errors as parse_request · kBadInput (none, several, cut off)
Result<SignedRequest> parse_request_text(std::string_view text);
/// Does a block begin in the text?
bool has_request(std::string_view text);

}  // namespace halligan::request
