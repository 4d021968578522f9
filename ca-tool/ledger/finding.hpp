// What verify and reconcile find. Each kind has a code that scripts can rely on.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace halligan::ledger {

struct FindingKind {
  std::string_view code;  ///< "chain-broken": stable, for --json
  bool fault = true;      ///< false for a note: worth knowing, and nothing is wrong

  bool operator==(const FindingKind&) const = default;
};

struct FindingCode {
  // the file and its chains
  static constexpr FindingKind kNewlineMissing{"newline-missing"};
  static constexpr FindingKind kLineCut{"line-cut"};
  static constexpr FindingKind kRecordMalformed{"record-malformed"};
  static constexpr FindingKind kChainBroken{"chain-broken"};
  static constexpr FindingKind kChainOrder{"chain-order"};
  static constexpr FindingKind kChainStart{"chain-start"};
  static constexpr FindingKind kSerialOrder{"serial-order"};
  // certificates
  static constexpr FindingKind kSignatureBad{"signature-bad"};
  static constexpr FindingKind kSignatureUntouched{"signature-untouched"};
  static constexpr FindingKind kAuthorityUnknown{"authority-unknown"};
  static constexpr FindingKind kSerialZero{"serial-zero"};
  static constexpr FindingKind kSerialTwice{"serial-twice"};
  static constexpr FindingKind kCanaryFalse{"canary-false"};
  static constexpr FindingKind kHeadMissing{"head-missing"};
  // counters
  static constexpr FindingKind kSearchBad{"search-bad"};
  static constexpr FindingKind kUseBad{"use-bad"};
  static constexpr FindingKind kCounterGap{"counter-gap"};
  static constexpr FindingKind kCounterBack{"counter-back"};
  static constexpr FindingKind kCounterTwice{"counter-twice"};
  static constexpr FindingKind kCounterNotZero{"counter-not-zero"};
  static constexpr FindingKind kCounterStart{"counter-start"};
  static constexpr FindingKind kCounterZero{"counter-zero", false};
  static constexpr FindingKind kNotReleased{"not-released", false};
  static constexpr FindingKind kCounterBegin{"counter-begin", false};
  static constexpr FindingKind kCounterElsewhere{"counter-elsewhere", false};
  // logins
  static constexpr FindingKind kUnknownCertificate{"unknown-certificate"};
  static constexpr FindingKind kLoginUnreadable{"login-unreadable"};
  static constexpr FindingKind kJournalGap{"journal-gap"};
  static constexpr FindingKind kCanaryUsed{"canary-used"};
  static constexpr FindingKind kOtherKey{"other-key"};
  static constexpr FindingKind kOverUsed{"over-used"};
  static constexpr FindingKind kSeveralAddresses{"several-addresses", false};
  static constexpr FindingKind kOutsideValidity{"outside-validity"};
  static constexpr FindingKind kPastExpiry{"past-expiry"};
  static constexpr FindingKind kEndUnknown{"end-unknown", false};
  static constexpr FindingKind kUnused{"unused", false};
  static constexpr FindingKind kTimeMissing{"time-missing", false};
};

struct LedgerFinding {
  FindingKind kind;
  std::string text;  ///< lower case, no full stop, with the record's number in front
};

inline std::size_t fault_count(const std::vector<LedgerFinding>& findings) {
  return static_cast<std::size_t>(
      std::ranges::count(findings, true, [](const auto& each) { return each.kind.fault; }));
}

}  // namespace halligan::ledger
