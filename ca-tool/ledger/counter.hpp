// The token's signature counter as an audit trail: every signature of a security key contains it, so an
// unrecorded signature leaves a gap that nobody can fill.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ca/authority_files.hpp"
#include "crypto/verify.hpp"
#include "ledger/chain.hpp"

namespace halligan::ledger {

/// How a token counts.
enum class CounterProfile {
  kGlobal,  ///< one counter for all keys of the token
  kPerKey,  ///< a counter for each key
  kZero,    ///< always zero: it proves nothing
};

std::string_view profile_word(CounterProfile profile);

/// Counter values that somebody has accounted for, both ends included.
struct CounterRange {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
};

/// "17" or "17-19". @errors kUsage
Result<CounterRange> parse_counter_range(std::string_view text);

/// What the counter of one CA key did.
struct CounterReport {
  std::string authority;  ///< the CA key's fingerprint
  CounterProfile profile = CounterProfile::kGlobal;
  bool guessed = false;
  std::size_t signatures = 0;
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  std::uint64_t missing = 0;  ///< values between first and last that nothing accounts for
};

struct LedgerVerdict {
  std::vector<LedgerFinding> findings;
  std::vector<CounterReport> counters;  ///< one for each CA key that is a security key

  bool intact() const { return fault_count(findings) == 0; }
};

/// What is known of counters besides the records.
struct CounterRules {
  std::optional<CounterProfile> profile{};  ///< none: guessed
  std::vector<CounterRange> known{};        ///< values that are accounted for
  std::vector<ca::CounterStart> starts{};   ///< so that a signature before the first record leaves a gap too
  /// CAs that are vouched for. Only they fill the gaps of another one: anyone who can write to a ledger can
  /// invent a CA whose key has signed exactly what is missing.
  std::vector<ssh::PublicKey> authorities{};
};

/// Did the CA's key sign this one of the use's signatures? @errors as crypto::verify()
Result<crypto::Verified> verify_use(crypto::Verifier& verifier, const CountedUse& use,
                                    const ssh::Signature& signature);

/// A search (see Issued::searches) or a use accounts for its value if the CA's key did sign it.
/// Finds kSearchBad to kCounterElsewhere. A guess is kZero if all of a key's values are; kPerKey if two keys
/// have used the same value; else kGlobal. With kGlobal the records of `authorities` fill a key's gaps.
LedgerVerdict check_counters(const std::vector<Chain>& chains, const CounterRules& rules);

}  // namespace halligan::ledger
