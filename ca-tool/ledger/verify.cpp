#include "ledger/verify.hpp"

#include <algorithm>
#include <map>

#include "crypto/canary.hpp"
#include "crypto/digest.hpp"
#include "ledger/recorded.hpp"

namespace halligan::ledger {
namespace {

using Serials = std::map<std::pair<std::string, std::uint64_t>, std::string>;  // of each CA: where

void check_certificate(const ssh::Certificate& certificate, const Result<crypto::Verified>& verified,
                       const std::string& name, const std::vector<ssh::PublicKey>& allowed, Serials& serials,
                       std::vector<LedgerFinding>& out) {
  if (!verified) {
    out.push_back({FindingCode::kSignatureBad, name + ": the CA's signature: " + verified.error().message});
  } else if (verified->is_sk && !verified->user_present()) {
    out.push_back({FindingCode::kSignatureUntouched, name + ": the CA signed without a touch"});
  }
  const ssh::PublicKey& ca = certificate.body.ca;
  const std::string authority = crypto::fingerprint(ca);
  if (!allowed.empty() && std::find(allowed.begin(), allowed.end(), ca) == allowed.end()) {
    out.push_back({FindingCode::kAuthorityUnknown, name + ": signed by another CA, " + authority});
  }
  const std::uint64_t serial = certificate.body.serial;
  if (crypto::is_false_canary(certificate.body)) {
    out.push_back({FindingCode::kCanaryFalse,
                   name + ": its key ID is a canary's, but a private key may exist for its key"});
  }
  if (serial == 0) out.push_back({FindingCode::kSerialZero, name + ": serial 0, which a KRL cannot revoke"});
  const auto [place, fresh] = serials.try_emplace({authority, serial}, name);
  if (!fresh) {
    out.push_back({FindingCode::kSerialTwice,
                   name + ": serial " + std::to_string(serial) + " of the same CA as in " + place->second});
  }
}

bool has_record(const std::vector<Chain>& chains, const std::string& hash) {
  return std::ranges::any_of(chains, [&](const Chain& chain) {
    return std::ranges::find(chain.entries, hash, &Entry::hash) != chain.entries.end();
  });
}

}  // namespace

LedgerVerdict verify_ledger(const std::vector<Chain>& chains, const LedgerCheck& check) {
  std::vector<LedgerFinding> findings;
  Serials serials;
  for (const Chain& chain : chains) {
    for (LedgerFinding& fault : chain_faults(chain)) {
      if (chains.size() > 1) fault.text = chain.name() + " " + fault.text;
      findings.push_back(std::move(fault));
    }
    const auto certificates = recorded_certificates({&chain, 1});
    const auto verified = verify_signatures(certificates);
    for (std::size_t i = 0; i < certificates.size(); ++i) {
      check_certificate(certificates[i].issued().certificate, verified[i],
                        entry_name(chains, certificates[i]), check.counters.authorities, serials, findings);
    }
    for (const Recorded& each : recorded_uses({&chain, 1})) {
      const auto& allowed = check.counters.authorities;
      const ssh::PublicKey& ca = each.use()->ca;
      if (allowed.empty() || std::ranges::find(allowed, ca) != allowed.end()) continue;
      findings.push_back({FindingCode::kAuthorityUnknown,
                          entry_name(chains, each) + ": a use of another CA, " + crypto::fingerprint(ca)});
    }
  }
  for (const std::string& head : check.heads) {
    if (has_record(chains, head)) continue;
    findings.push_back(
        {FindingCode::kHeadMissing, "no record has the hash " + head + ": records were removed or changed"});
  }
  LedgerVerdict out = check_counters(chains, check.counters);
  out.findings.insert(out.findings.begin(), std::make_move_iterator(findings.begin()),
                      std::make_move_iterator(findings.end()));
  return out;
}

}  // namespace halligan::ledger
