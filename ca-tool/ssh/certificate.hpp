// OpenSSH certificates: the fields, the bytes that the CA signs, the whole blob and its text line.
// Source of the format: draft-miller-ssh-cert, section 2.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "ssh/key.hpp"
#include "ssh/signature.hpp"

namespace halligan::ssh {

enum class CertificateType : std::uint32_t { kUser = 1, kHost = 2 };

constexpr std::uint64_t kForever = UINT64_MAX;
constexpr std::size_t kNonceSize = 32;
constexpr std::size_t kMaxPrincipals = 256;  // more are refused by sshd

/// A critical option or an extension. A flag has no data; a value is an SSH string inside data (see
/// options.hpp).
struct CertificateOption {
  std::string name;
  Bytes data;

  bool operator==(const CertificateOption&) const = default;
};
using CertificateOptions = std::vector<CertificateOption>;

/// Everything that the CA signs. Make it as `CertificateBody{.subject = key, .ca = ca}` and fill in the rest.
struct CertificateBody {
  PublicKey subject;
  PublicKey ca;
  Bytes nonce{};  ///< kNonceSize random bytes in what we issue
  std::uint64_t serial = 0;
  CertificateType type = CertificateType::kUser;
  std::string key_id{};
  std::vector<std::string> principals{};
  std::uint64_t valid_after = 0;   ///< Unix seconds UTC; the interval is half-open [after, before)
  std::uint64_t valid_before = 0;  ///< kForever for no end
  CertificateOptions critical{};
  CertificateOptions extensions{};
  Bytes reserved{};

  bool operator==(const CertificateBody&) const = default;
};

struct Certificate {
  CertificateBody body;
  Signature signature;

  bool operator==(const Certificate&) const = default;
};

/// Every byte up to and including the CA's key: what the CA signs. The body is taken as it is; see
/// validate().
Bytes to_be_signed(const CertificateBody& body);

/// to_be_signed(body) followed by the signature: the whole blob.
Bytes encode(const Certificate& certificate);

/// From a blob, all of it. Structure is strict, rules are not: what sshd would look at is parsed even if we
/// would not issue it (options out of order, no principals), see findings.hpp. The signature is not verified
/// (crypto does). Accepted means: encode() gives the same bytes.
/// @errors kBadInput · kUnsupported (a kind of key or signature that we do not know)
Result<Certificate> parse_certificate(ByteView blob);

/// The rules for what we issue: 1..256 principals, each 1..255 bytes of UTF-8 without control characters and
/// commas, none twice; key ID 1..255 bytes of UTF-8 without control characters; 0 < valid_after <
/// valid_before < 2^63; nonce of 32 bytes; options sorted by name, no name twice, names 1..255 bytes of UTF-8
/// without control characters; reserved empty; a critical option and an extension that OpenSSH defines
/// carries the data that it expects.
/// @errors kBadInput
Result<> validate(const CertificateBody& body);

struct CertificateLine {
  Certificate certificate;
  std::string comment;
};

/// "ssh-ed25519-cert-v01@openssh.com base64[ comment]", one line without its end. @errors kBadInput ·
/// kUnsupported
Result<CertificateLine> parse_certificate_line(std::string_view line);

/// A -cert.pub file: blank lines and # lines are skipped, CRLF is taken, one certificate is expected.
Result<CertificateLine> parse_certificate_file(std::string_view text);

/// Without a newline.
std::string format_certificate_line(const Certificate& certificate, std::string_view comment);

}  // namespace halligan::ssh
