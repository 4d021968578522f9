#include "ledger/verify.hpp"

#include <algorithm>
#include <map>

#include "crypto/digest.hpp"
#include "crypto/verify.hpp"

namespace halligan::ledger {
namespace {

class Verification {
 public:
  Verification(const std::vector<Chain>& chains, const LedgerCheck& check) : chains_(chains), check_(check) {}

  LedgerVerdict run() && {
    for (std::size_t i = 0; i < chains_.size(); ++i) {
      for (LedgerFinding& fault : chain_faults(chains_[i])) {
        if (chains_.size() > 1) fault.text = chains_[i].name() + " " + fault.text;
        verdict_.findings.push_back(std::move(fault));
      }
      for (const Entry& entry : chains_[i].entries) {
        const Issued* issued = entry.record ? entry.record->issued() : nullptr;
        if (issued != nullptr) certificate(issued->certificate, entry_name(chains_, i, entry.record->number));
      }
    }
    for (const std::string& head : check_.heads) look_for(head);
    CounterRules rules = check_.counters;
    rules.authorities = check_.authorities;
    CounterCheck counters = check_counters(chains_, rules);
    verdict_.counters = std::move(counters.reports);
    std::move(counters.findings.begin(), counters.findings.end(), std::back_inserter(verdict_.findings));
    return std::move(verdict_);
  }

 private:
  void certificate(const ssh::Certificate& certificate, const std::string& name) {
    if (const auto verified = crypto::verify_certificate(certificate); !verified) {
      add(FindingCode::kSignatureBad, name + ": the CA's signature: " + verified.error().message);
    } else if (verified->is_sk && !verified->user_present()) {
      add(FindingCode::kSignatureUntouched, name + ": the CA signed without a touch");
    }
    const ssh::PublicKey& ca = certificate.body.ca;
    const auto& allowed = check_.authorities;
    if (!allowed.empty() && std::find(allowed.begin(), allowed.end(), ca) == allowed.end()) {
      add(FindingCode::kAuthorityUnknown, name + ": signed by another CA, " + crypto::fingerprint(ca));
    }
    const std::uint64_t serial = certificate.body.serial;
    if (serial == 0) add(FindingCode::kSerialZero, name + ": serial 0, which a KRL cannot revoke");
    const auto [place, fresh] = serials_.try_emplace({crypto::fingerprint(ca), serial}, name);
    if (!fresh) {
      add(FindingCode::kSerialTwice,
          name + ": serial " + std::to_string(serial) + " of the same CA as in " + place->second);
    }
  }

  void look_for(const std::string& head) {
    for (const Chain& chain : chains_) {
      for (const Entry& entry : chain.entries) {
        if (entry.hash == head) return;
      }
    }
    add(FindingCode::kHeadMissing, "no record has the hash " + head + ": records were removed or changed");
  }

  void add(FindingCode code, std::string text) { verdict_.findings.push_back({code, std::move(text)}); }

  const std::vector<Chain>& chains_;
  const LedgerCheck& check_;
  LedgerVerdict verdict_;
  std::map<std::pair<std::string, std::uint64_t>, std::string> serials_;
};

}  // namespace

bool LedgerVerdict::intact() const { return fault_count(findings) == 0; }

LedgerVerdict verify_ledger(const std::vector<Chain>& chains, const LedgerCheck& check) {
  return Verification(chains, check).run();
}

}  // namespace halligan::ledger
