// One record of the ledger: a line of JSON in one canonical form, chained to the exact bytes of the line
// before it, with a digest of itself at its end.
//
//   {"n":0,"prev":"","time":MS,"kind":"ledger","version":1,"id":HEX,"machine":TEXT,"sum":HEX}
//   {"n":1,"prev":HEX,"time":MS,"kind":"certificate","counter":7,"flags":1,"certificate":"TYPE BASE64",
//    "searches":[BASE64],"reason":TEXT,"request":TEXT,"co_signature":TEXT,"without_policy":TEXT,"begin":5,
//    "sum":HEX}
//   {"n":2,"prev":HEX,"time":MS,"kind":"use","ca":"TYPE BASE64","purpose":TEXT,"hash":HEX,
//    "signatures":[BASE64],"begin":5,"sum":HEX}
//
// (each on one line). "prev" is the SHA-256 of the line before without its newline; "sum" is the SHA-256 of
// the line as it would be without the member "sum". counter and flags are there if the CA is a security key;
// searches, reason, request, co_signature and without_policy if they are not empty; hash unless a use was a
// search for the token; begin if the CA's counter was not at its start when its first record was written.
// The text is ASCII: other characters are \u escapes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "crypto/digest.hpp"
#include "ssh/certificate.hpp"
#include "ui/json.hpp"

namespace halligan::ledger {

inline constexpr std::size_t kLongestRecord = 1 << 20;  // bytes of a line
inline constexpr std::size_t kLongestReason = 1024;     // bytes
inline constexpr std::size_t kMostSearches = 64;
inline constexpr std::size_t kLongestAttachment = 64 * 1024;  // bytes of a request or a co-signature

/// The first record of a chain: whose it is.
struct ChainStart {
  std::string id;       ///< 32 hexadecimal digits, random
  std::string machine;  ///< its host name, for people
};

/// What a record says besides the certificate. Each may be empty.
struct IssueContext {
  std::string reason{};   ///< one line of UTF-8 without control characters, at most kLongestReason bytes
  std::string request{};  ///< the request that was answered, as it came: UTF-8, at most kLongestAttachment
  std::string co_signature{};  ///< of a second person, likewise
  std::string
      without_policy{};  ///< why the policy that the CA is bound to was not used; a line like the reason
};

/// A certificate that the CA signed.
struct Issued {
  ssh::Certificate certificate;
  IssueContext context{};
  /// What the CA's key signed to be found among several tokens (fido::kSearchMessage): blobs, as SSH has
  /// them. Their counters are used up. Security keys only; nothing verifies them here.
  std::vector<ssh::Signature> searches{};
  std::optional<std::uint32_t> begin{};  ///< see CountedUse::begin
};

/// What the CA's key signed without a certificate that was released: the token counted it all the same.
struct CountedUse {
  ssh::PublicKey ca;                         ///< a security key
  std::string purpose;                       ///< what for; one line of UTF-8, 1 to kLongestReason bytes
  std::optional<crypto::Sha256> hash{};      ///< of what was signed; nothing: fido::kSearchMessage
  std::vector<ssh::Signature> signatures{};  ///< 1 to kMostSearches; nothing verifies them here
  /// The counter before the first record of this CA, if it was not at its start then: values up to this one
  /// are from before this ledger.
  std::optional<std::uint32_t> begin{};
};

struct Record {
  std::uint64_t number = 0;  ///< in its chain, from 0
  std::string previous{};    ///< hash of the record before, 64 hexadecimal digits; empty for the first
  std::uint64_t time = 0;    ///< Unix milliseconds
  std::variant<ChainStart, Issued, CountedUse> what{};

  std::uint64_t seconds() const { return time / 1000; }
  const ChainStart* start() const { return std::get_if<ChainStart>(&what); }
  const Issued* issued() const { return std::get_if<Issued>(&what); }
  const CountedUse* use() const { return std::get_if<CountedUse>(&what); }
};

/// The line, without a newline. Texts must be UTF-8; see check_context().
std::string format_record(const Record& record);

/// From a line without its newline. Accepted means: format_record() gives the same bytes.
/// @errors kBadInput (too long, a byte was changed, not canonical, a rule is broken) · kUnsupported (version)
Result<Record> parse_record(std::string_view line);

/// A body, "{…}" without "sum", made into a line.
std::string seal_record(std::string_view body);
/// The body of a line, if its sum is right. @errors kBadInput (too long, no sum, a byte was changed)
Result<std::string> unseal_record(std::string_view line);

/// A member of a body. @errors kBadInput: not there, or of another type
Result<std::string> text_of(const ui::Json& json, const char* name);
Result<std::uint64_t> number_of(const ui::Json& json, const char* name);

/// What the record after this line has as its `previous`.
std::string record_hash(std::string_view line);

/// The CA of a certificate or a use, if it is a security key; null otherwise.
const ssh::PublicKey* counting_authority(const Record& record);
/// The counters that a record proves or claims, in the order in which they were used up.
std::vector<std::uint32_t> counters_of(const Record& record);

/// The rules of IssueContext. @errors kBadInput
Result<> check_context(const IssueContext& context);

}  // namespace halligan::ledger
