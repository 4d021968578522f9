#include "attest/judgement.hpp"

#include "base/codec.hpp"
#include "crypto/x509.hpp"
#include "io/clock.hpp"

namespace halligan::attest {
namespace {

// @return the trusted certificate's name; nothing: none vouches, which is said
Result<std::optional<std::string>> vouched(const Statement& statement, const std::vector<Bytes>& trusted,
                                           std::uint64_t made, const char* whose, Findings& findings) {
  auto end = crypto::verify_chain({.leaf = statement.certificate, .trusted = trusted, .time = made});
  if (end) return std::optional(*std::move(end));
  if (end.error().code != Code::kNo) return fail(std::move(end).error());
  findings.fault("not-vouched", std::string("no certificate ") + whose +
                                    " vouches for the attestation's: " + printable(end.error().message));
  return std::nullopt;
}

void judge_model(const Model& model, Findings& findings) {
  for (const StatusReport& each : model.reports) {
    if (!each.refuses()) continue;
    findings.fault("model-refused",
                   "FIDO warns of it: " + printable(each.status) +
                       (each.date.empty() ? std::string() : " since " + printable(each.date)));
  }
  if (model.keeps_keys_in_hardware()) return;
  if (model.key_protection.empty()) {
    findings.note("no-key-protection", "the metadata do not say where this model keeps its keys");
  } else {
    findings.fault("not-in-hardware", "the metadata do not say that this model keeps its keys in hardware");
  }
}

}  // namespace

Result<Judgement> judge(const Statement& statement, const Trust& trust, Findings& findings) {
  Judgement judgement;
  if (statement.form == Form::kNone)
    findings.note("not-attested", "nobody attests this key: what made it cannot be known");
  if (statement.form == Form::kSelf)
    findings.note("self-attested",
                  "the key attests itself, as any program can: what made it cannot be known");
  if (statement.attester && statement.attester->self_signed)
    findings.note("self-signed", "anybody can make the attestation certificate: it is signed by its own key");
  if (statement.form == Form::kU2f)
    findings.note("u2f", "U2F signs neither model, touch nor counter: the model is told by the certificate");
  if (trust.metadata && trust.metadata->next_update < io::format_utc(trust.now).substr(0, 10))
    findings.note("metadata-old", "a newer edition of the metadata was due on " +
                                      trust.metadata->next_update +
                                      ": what FIDO has reported since is not known");
  if (!statement.attester) return judgement;

  if (!trust.roots_given && !trust.metadata)
    findings.note("no-roots", "no roots were given: who made the token cannot be known");
  if (trust.roots_given) {
    HALLIGAN_TRY(const auto maker, vouched(statement, trust.roots, trust.made, "that was given", findings));
    if (maker) judgement = {Proven::kMaker, *maker};
  }
  if (!trust.metadata) {
    if (trust.roots_given)
      findings.note("no-metadata",
                    "no metadata were given: the model, and where it keeps keys, cannot be known");
  } else if (!trust.metadata->model) {
    findings.note("unknown-model", "the metadata have no entry for this model");
  } else {
    const Model& model = *trust.metadata->model;
    judge_model(model, findings);
    HALLIGAN_TRY(const auto maker,
                 vouched(statement, model.roots, trust.made, "of this model's metadata", findings));
    if (maker) judgement = {model.keeps_keys_in_hardware() ? Proven::kHardware : Proven::kMaker, *maker};
  }
  if (findings.any_fault()) judgement.proven = Proven::kNothing;
  return judgement;
}

}  // namespace halligan::attest
