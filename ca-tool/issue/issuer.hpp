// Issuing certificates: the rules, the CA, the ledger, the question and the signature, in that order. A
// certificate is released only when it is recorded.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ca/opened_ca.hpp"
#include "issue/counter_check.hpp"
#include "issue/sign.hpp"
#include "issue/spec.hpp"
#include "ledger/ledger.hpp"
#include "ledger/recorded.hpp"
#include "request/format.hpp"
#include "ui/describe.hpp"

namespace halligan::issue {

/// A key to be certified.
struct Subject {
  std::string name;  ///< for errors: its file; may be empty
  ssh::PublicKey key;
};

/// What is to be signed; it has passed the rules of the policy.
struct Plan {
  ca::Policy policy;
  CertificateSpec spec;
  std::vector<Subject> subjects;  ///< at least one
};

/// Find the policy and check everything that can be refused before a token is asked for anything.
/// @errors as ca::find_policy() and check_spec()
Result<Plan> make_plan(const SigningOptions& options, CertificateSpec spec, std::vector<Subject> subjects);

/// A certificate that is recorded.
struct IssuedCertificate : SignedCertificate {
  std::optional<ledger::LedgerPlace> place{};  ///< nothing with --no-ledger

  /// @param where a file, or ui::HeldBy
  template <typename Where>
  std::string to_text(const Where& where) const {
    return ui::to_text(described(), where) + ledger::place_row(place);
  }
  template <typename Where>
  ui::Json to_json(const Where& where) const {
    ui::Json json = ui::to_json(described(), where);
    ledger::add_place(json, place);
    return json;
  }

 private:
  ui::Described described() const;
};

/// What is shown before certificates are signed: a title and rows for a terminal.
/// @param bodies at least one; they differ in key and serial alone
/// @param policy what is known of the policy that the CA is bound to; may be empty
std::string preview(std::string_view title, std::span<const ssh::CertificateBody> bodies,
                    const ca::OpenedCa& ca, std::string_view policy = {});

class Issuer {
 public:
  /// Open the CA and the ledger, and make the bodies. No touch yet. @param plan outlives the issuer
  /// @param context what the ledger records besides; --reason replaces the reason in it
  /// @errors as ca::open_ca(), check_subject(), ledger::Ledger::open() · kBadInput (--reason) · kUsage
  /// (--reason with --no-ledger, serials)
  static Result<Issuer> open(const SigningOptions& options, const Plan& plan,
                             ledger::IssueContext context = {});

  /// Passes without a ledger. @errors kNo: the request was answered already, by which record
  Result<> check_unanswered(const request::Request& request) const;

  bool needs_touch() const { return ca_.needs_touch(); }

  /// Show the certificates of these subjects, ask, sign them and record them with one write to the ledger, or
  /// none. @param first index in the plan
  /// @errors kNo (the answer) · kNeedsPerson (nobody to ask) · as sign_all() and ledger::Ledger::add()
  Result<std::vector<IssuedCertificate>> issue(std::size_t first, std::size_t count);

 private:
  Issuer(const SigningOptions& options, const Plan& plan, ca::OpenedCa ca, ledger::IssueContext context)
      : options_(options), plan_(plan), ca_(std::move(ca)), context_(std::move(context)) {}

  Result<std::uint64_t> open_ledger();
  Result<std::vector<IssuedCertificate>> sign_and_record(std::vector<ssh::CertificateBody> bodies);
  CounterReading reading_of(const std::vector<ssh::Signature>& searches,
                            const std::vector<SignedCertificate>& done) const;
  Failure not_released(Error why, std::vector<ssh::Signature> searches,
                       const std::vector<Unreleased>& unreleased, const std::optional<std::uint32_t>& begin);

  const SigningOptions& options_;
  const Plan& plan_;
  ca::OpenedCa ca_;
  std::optional<ledger::Ledger> ledger_;
  ledger::IssueContext context_;
  std::vector<ssh::CertificateBody> bodies_;
};

}  // namespace halligan::issue
