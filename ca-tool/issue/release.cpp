// Between the CA's signature and the certificate's release: whatever made the token count is on record first.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/codec.hpp"
#include "base/log.hpp"
#include "crypto/verify.hpp"
#include "fido/presence/interruption.hpp"
#include "fido/request.hpp"
#include "io/signals.hpp"
#include "issue/counter_check.hpp"
#include "issue/issuer.hpp"

namespace halligan::issue {
namespace {

constexpr const char* kSearchPurpose = "search for the token that holds the CA";

std::vector<std::uint32_t> counters_of(const std::vector<ssh::Signature>& signatures) {
  std::vector<std::uint32_t> out;
  for (const ssh::Signature& each : signatures) out.push_back(each.counter);
  return out;
}

// "7" or "7, 8".
std::string words(const std::vector<std::uint32_t>& counters) {
  return fmt::format("{}", fmt::join(counters, ", "));
}

void tell_unrecorded(const std::vector<std::uint32_t>& counters, std::string_view why) {
  if (counters.empty()) return;
  std::string known;
  for (const std::uint32_t each : counters) known += fmt::format(" --known {}", each);
  say(fmt::format("the token counted {}, which is on no record: {}", words(counters), why),
      "account for it later: halligan ledger verify" + known);
}

// A token that does not hold the key may have answered the search with anything.
std::vector<ssh::Signature> only_of(const ssh::PublicKey& ca, std::vector<ssh::Signature> searches) {
  crypto::Verifier verifier;
  std::erase_if(searches, [&](const ssh::Signature& each) {
    return !verifier.verify(ca, fido::kSearchMessage, each).has_value();
  });
  return searches;
}

// One line of the ledger, from an error's message.
std::string purpose_of(const Error& error) {
  std::string text = "certificate not released: " + printable(error.message);
  if (text.size() <= ledger::kLongestReason) return text;
  text.resize(ledger::kLongestReason);
  while (!is_utf8(as_bytes(text))) text.pop_back();
  return text;
}

// What was signed for this attempt and is not released, as records.
std::vector<ledger::CountedUse> uses_of(const ssh::PublicKey& ca, const std::vector<ssh::Signature>& searches,
                                        const std::vector<Unreleased>& unreleased, const Error& why) {
  std::vector<ledger::CountedUse> uses;
  // As many to a record as one can hold.
  for (std::size_t i = 0; i < searches.size(); i += ledger::kMostSearches) {
    const std::size_t end = std::min(i + ledger::kMostSearches, searches.size());
    const auto at = [&](std::size_t place) { return searches.begin() + static_cast<std::ptrdiff_t>(place); };
    uses.push_back({.ca = ca, .purpose = kSearchPurpose, .signatures = {at(i), at(end)}});
  }
  for (const Unreleased& each : unreleased) {
    uses.push_back({.ca = ca, .purpose = purpose_of(why), .hash = each.hash, .signatures = {each.signature}});
  }
  return uses;
}

}  // namespace

// The error goes on as it is; what it leaves behind is recorded, or the person is told of it.
Failure Issuer::not_released(Error why, const std::vector<ssh::Signature>& searches,
                             const std::vector<Unreleased>& unreleased,
                             const std::optional<std::uint32_t>& begin) {
  std::vector<std::uint32_t> counters = counters_of(searches);
  for (const Unreleased& each : unreleased) counters.push_back(each.signature.counter);
  // A token that does not count leaves no gap.
  if (std::ranges::all_of(counters, [](std::uint32_t each) { return each == 0; }))
    return fail(std::move(why));
  auto uses = uses_of(ca_.signer->public_key(), searches, unreleased, why);
  uses.front().begin = begin;
  if (!ledger_) {
    if (!unreleased.empty()) tell_unrecorded(counters, "--no-ledger");
    return fail(std::move(why));
  }
  const auto recorded = ledger_->add_uses(std::move(uses));
  if (!recorded) {
    tell_unrecorded(counters, recorded.error().message);
  } else if (!unreleased.empty()) {
    say(fmt::format("the token counted {}: recorded as a use in {}, record {}", words(counters),
                    printable(ledger_->path()), *recorded));
  }
  return fail(std::move(why));
}

// What the counter says, if there is a ledger to compare it with.
CounterReading Issuer::reading_of(const std::vector<ssh::Signature>& searches,
                                  const std::vector<SignedCertificate>& done) const {
  const ssh::PublicKey& ca = ca_.signer->public_key();
  if (!ledger_ || !ca.is_sk()) return {};
  std::vector<std::uint32_t> values = counters_of(searches);
  for (const SignedCertificate& each : done) values.push_back(each.certificate.signature.counter);
  if (values.empty()) return {};
  const auto made = ca_.notes ? ca_.notes->counter : std::nullopt;
  return read_counter(ledger_->last_counter(ca), made, values, ledger_->path());
}

Result<std::vector<IssuedCertificate>> Issuer::sign_and_record(std::vector<ssh::CertificateBody> bodies) {
  // From the touch to the record a Ctrl-C waits. An agent may take minutes, so there it waits only
  // afterwards.
  std::optional<fido::Interruption> until_recorded;
  if (ca_.access) until_recorded.emplace();
  Signing done = sign_all(std::move(bodies), *ca_.signer, rules_.policy);
  const io::SignalHold hold(io::kEndingSignals);
  auto searches = only_of(ca_.signer->public_key(), ca_.signer->take_searches());
  if (!done.certificates) {
    tell_unrecorded(done.unproven, "its signature was discarded, so that nothing proves it");
    const CounterReading reading = reading_of(searches, {});
    return not_released(std::move(done.certificates).error(), searches, done.unreleased, reading.begin);
  }
  const CounterReading reading = reading_of(searches, *done.certificates);
  std::vector<ssh::Certificate> certificates;
  std::vector<Unreleased> all;
  for (const auto& each : *done.certificates) {
    certificates.push_back(each.certificate);
    if (each.verified.is_sk) all.push_back(unreleased(each.certificate));
  }
  // Where a ledger begins there is nothing to follow on: that is said, and recorded.
  if (reading.notice && reading.step != CounterStep::kBegins && rules_.policy.counter_strict) {
    Error refused = *reading.notice;
    refused.message = "the certificate is not released: policy: counter: " + refused.message;
    return not_released(std::move(refused), searches, all, reading.begin);
  }
  if (reading.notice) say(reading.notice->message, reading.notice->hint);
  std::optional<std::uint64_t> last;
  if (ledger_) {
    auto added = ledger_->add(certificates, context_, searches, reading.begin);
    if (!added) {
      Error error = std::move(added).error().in("the certificate is not released: ledger");
      if (error.hint.empty()) error.hint = "fix that, or choose another ledger with --ledger FILE";
      return not_released(std::move(error), searches, all, reading.begin);
    }
    last = *added;
  }
  std::vector<IssuedCertificate> issued;
  for (auto& each : *done.certificates) {
    issued.push_back({std::move(each)});
    if (last) issued.back().place = {ledger_->path(), *last - (certificates.size() - issued.size())};
  }
  return issued;
}

}  // namespace halligan::issue
