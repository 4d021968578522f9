// What verify and reconcile find. Each kind has a code that scripts can rely on.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace halligan::ledger {

enum class FindingCode {
  // the file and its chains
  kNewlineMissing,
  kLineCut,
  kRecordMalformed,
  kChainBroken,
  kChainOrder,
  kChainStart,
  kSerialOrder,
  // certificates
  kSignatureBad,
  kSignatureUntouched,
  kAuthorityUnknown,
  kSerialZero,
  kSerialTwice,
  kHeadMissing,
  // counters
  kSearchBad,
  kCounterGap,
  kCounterBack,
  kCounterTwice,
  kCounterNotZero,
  kCounterStart,
  kCounterZero,
  kCounterElsewhere,
  // logins
  kUnknownCertificate,
  kLoginUnreadable,
  kOtherKey,
  kOverUsed,
  kSeveralAddresses,
  kOutsideValidity,
  kPastExpiry,
  kUnused,
  kTimeMissing,
};

/// "chain-broken": stable, for --json.
std::string_view code_text(FindingCode code);

struct LedgerFinding {
  FindingCode code;
  std::string text;  ///< lower case, no full stop, with the record's number in front

  /// False for a note: worth knowing, and nothing is wrong.
  bool fault() const;
};

std::size_t fault_count(const std::vector<LedgerFinding>& findings);

}  // namespace halligan::ledger
