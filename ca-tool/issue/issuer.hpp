// Issuing certificates: the rules, the CA, the ledger, the question and the signature, in that order. A
// certificate is released only when it is recorded.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "ca/opened_ca.hpp"
#include "ca/rules.hpp"
#include "issue/counter_check.hpp"
#include "issue/sign.hpp"
#include "issue/spec.hpp"
#include "ledger/ledger.hpp"
#include "ledger/recorded.hpp"
#include "request/format.hpp"
#include "ui/describe.hpp"

namespace halligan::issue {

/// A name and a value, for a row that people see.
using Row = std::pair<std::string, std::string>;

/// A key to be certified.
struct Subject {
  std::string name;  ///< for errors: its file; may be empty
  ssh::PublicKey key;
  std::optional<ssh::OptionSet> options{};  ///< instead of the plan's
  std::string key_id{};                     ///< likewise, unless empty
  std::vector<std::string> principals{};    ///< likewise
  std::vector<Row> purpose{};               ///< what it is for, shown before it is signed
};

/// What is to be signed; whatever the CA is, it can be.
struct Plan {
  CertificateSpec spec;
  std::vector<Subject> subjects;              ///< at least one
  bool for_request = false;                   ///< the subject asked for it, and co-signers are checked
  std::optional<ssh::PublicKey> authority{};  ///< the only CA that may sign it
  std::string question{};                     ///< before the signature; empty: "Sign this certificate?"
};

/// @errors as check_spec()
Result<Plan> make_plan(CertificateSpec spec, std::vector<Subject> subjects, bool for_request = false);

/// A certificate that is recorded.
struct IssuedCertificate : SignedCertificate {
  std::optional<ledger::LedgerPlace> place{};  ///< nothing with --no-ledger

  /// What a person needs now: the preview has shown all else, and `halligan inspect` shows it again.
  /// @param where a row: the file, or the agent that holds it @param login rows; may be empty
  std::string to_text(std::string where, std::string_view login = {}) const;
  /// @param where a file, or ui::HeldBy
  template <typename Where>
  ui::Json to_json(const Where& where) const {
    ui::Json json = ui::to_json(described(), where);
    ledger::add_place(json, place);
    return json;
  }

 private:
  ui::Described described() const;
};

/// For errors after the touch: certificates exist, but nobody has them.
/// @param issued the first of `count`
/// @param again  what to do then
Error not_delivered(Error error, const IssuedCertificate& issued, std::size_t count = 1,
                    std::string_view again = "mint another");
/// The same of certificates for keys that exist: those on record can be taken from there.
Error not_written(Error error, const IssuedCertificate& issued, std::size_t count = 1);

struct ShownPolicy {
  std::string file;     ///< or nothing
  std::string binding;  ///< binding_words(), or nothing
};

/// What is shown before certificates are signed: a title and rows for a terminal.
/// @param bodies at least one; what is shown once is the same in all but key, serial, key ID and principals
/// @param purpose rows below the principals @param ledger its file, or nothing
std::string preview(std::string_view title, std::span<const ssh::CertificateBody> bodies,
                    std::span<const Row> purpose, const ca::OpenedCa& ca, const ShownPolicy& policy,
                    const std::string& ledger);

class Issuer {
 public:
  /// Open the CA and the ledger, find the CA's rules and check them, and make the bodies. No touch yet; a PIN
  /// only where the CA must be searched on the token. @param plan outlives the issuer
  /// @param options passed complete()
  /// @errors as ca::open_ca(), ca::find_rules(), ca::check_without_request(), check_spec(), check_subject(),
  /// open_ledger_of() · kBadInput (--reason) · kUsage (--reason with --no-ledger, serials)
  static Result<Issuer> open(const SigningOptions& options, const Plan& plan);

  const ca::OpenedCa& ca() const { return ca_; }
  const ca::CaRules& rules() const { return rules_; }

  /// What the ledger records besides; --reason replaces the reason in it. @errors kBadInput
  Result<> set_context(ledger::IssueContext context);

  /// Passes without a ledger. @errors kNo: the request was answered already, by which record
  Result<> check_unanswered(const request::Request& request) const;

  bool needs_touch() const { return ca_.needs_touch(); }

  /// Show the certificates of these subjects, ask, sign them and record them with one write to the ledger, or
  /// none. @param first index in the plan
  /// @errors kNo (the answer) · kNeedsPerson (nobody to ask) · as sign_all() and ledger::Ledger::add()
  Result<std::vector<IssuedCertificate>> issue(std::size_t first, std::size_t count);
  /// The two halves of it, for many that are shown and asked for at once and signed one by one.
  Result<> confirm(std::size_t first, std::size_t count);
  Result<std::vector<IssuedCertificate>> sign(std::size_t first, std::size_t count);

 private:
  Issuer(const SigningOptions& options, const Plan& plan, ca::OpenedCa ca, ca::CaRules rules)
      : options_(options), plan_(plan), ca_(std::move(ca)), rules_(std::move(rules)) {}

  Result<std::uint64_t> open_ledger();
  void remember_policy() const;
  Result<std::vector<IssuedCertificate>> sign_and_record(std::vector<ssh::CertificateBody> bodies);
  CounterReading reading_of(const std::vector<ssh::Signature>& searches,
                            const std::vector<SignedCertificate>& done) const;
  Failure not_released(Error why, const std::vector<ssh::Signature>& searches,
                       const std::vector<Unreleased>& unreleased, const std::optional<std::uint32_t>& begin);

  const SigningOptions& options_;
  const Plan& plan_;
  ca::OpenedCa ca_;
  ca::CaRules rules_;
  std::optional<ledger::Ledger> ledger_;
  ledger::IssueContext context_;
  std::vector<ssh::CertificateBody> bodies_;
};

}  // namespace halligan::issue
