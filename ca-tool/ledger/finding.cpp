#include "ledger/finding.hpp"

#include <algorithm>
#include <array>

namespace halligan::ledger {
namespace {

struct Kind {
  FindingCode code;
  std::string_view text;
  bool fault = true;
};

constexpr std::array<Kind, 30> kKinds{{
    {FindingCode::kNewlineMissing, "newline-missing"},
    {FindingCode::kLineCut, "line-cut"},
    {FindingCode::kRecordMalformed, "record-malformed"},
    {FindingCode::kChainBroken, "chain-broken"},
    {FindingCode::kChainOrder, "chain-order"},
    {FindingCode::kChainStart, "chain-start"},
    {FindingCode::kSerialOrder, "serial-order"},
    {FindingCode::kSignatureBad, "signature-bad"},
    {FindingCode::kSignatureUntouched, "signature-untouched"},
    {FindingCode::kAuthorityUnknown, "authority-unknown"},
    {FindingCode::kSerialZero, "serial-zero"},
    {FindingCode::kSerialTwice, "serial-twice"},
    {FindingCode::kHeadMissing, "head-missing"},
    {FindingCode::kSearchBad, "search-bad"},
    {FindingCode::kCounterGap, "counter-gap"},
    {FindingCode::kCounterBack, "counter-back"},
    {FindingCode::kCounterTwice, "counter-twice"},
    {FindingCode::kCounterNotZero, "counter-not-zero"},
    {FindingCode::kCounterStart, "counter-start"},
    {FindingCode::kCounterZero, "counter-zero", false},
    {FindingCode::kCounterElsewhere, "counter-elsewhere", false},
    {FindingCode::kUnknownCertificate, "unknown-certificate"},
    {FindingCode::kLoginUnreadable, "login-unreadable"},
    {FindingCode::kOtherKey, "other-key"},
    {FindingCode::kOverUsed, "over-used"},
    {FindingCode::kSeveralAddresses, "several-addresses", false},
    {FindingCode::kOutsideValidity, "outside-validity"},
    {FindingCode::kPastExpiry, "past-expiry"},
    {FindingCode::kUnused, "unused", false},
    {FindingCode::kTimeMissing, "time-missing", false},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < kKinds.size(); ++i) {
    if (static_cast<std::size_t>(kKinds[i].code) != i) return false;
  }
  return static_cast<std::size_t>(FindingCode::kTimeMissing) + 1 == kKinds.size();
}
static_assert(in_order());

const Kind& kind_of(FindingCode code) { return kKinds[static_cast<std::size_t>(code)]; }

}  // namespace

std::string_view code_text(FindingCode code) { return kind_of(code).text; }

bool LedgerFinding::fault() const { return kind_of(code).fault; }

std::size_t fault_count(const std::vector<LedgerFinding>& findings) {
  return static_cast<std::size_t>(std::count_if(findings.begin(), findings.end(),
                                                [](const LedgerFinding& each) { return each.fault(); }));
}

}  // namespace halligan::ledger
