// What mint and sign do with the ledger: a certificate comes out only when it is recorded.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "issue/command.hpp"
#include "issue/issue.hpp"
#include "ledger/ledger.hpp"
#include "ledger/place.hpp"
#include "request/format.hpp"

namespace halligan::issue {

class Recorder {
 public:
  /// Open the ledger, before a touch is asked for; with --no-ledger say loudly that there is none.
  /// @param context what is known besides; a reason that was typed comes before the one in them
  /// @errors as ledger::Ledger::open() · kBadInput (the reason) · kUsage (a reason and no ledger)
  static Result<Recorder> open(const LedgerOptions& options, const ca::AuthorityOptions& authority,
                               ledger::IssueContext context = {});

  /// @errors as ledger::Ledger::next_serial()
  Result<std::uint64_t> next_serial(std::optional<std::uint64_t> wanted) const;

  /// Without a ledger nobody knows. @errors kNo: it was answered, and by which record
  Result<> check_unanswered(const request::Request& request) const;

  /// Sign (see issue::issue()) and record: it comes back only when it is in the ledger.
  /// @errors as issue::issue() and ledger::Ledger::add()
  Result<ssh::Certificate> issue(ssh::CertificateBody body, ca::Signer& signer, const ca::Policy& policy);

  /// All of them, in one write to the ledger, or none. @errors likewise
  Result<std::vector<ssh::Certificate>> issue_all(std::vector<ssh::CertificateBody> bodies,
                                                  ca::Signer& signer, const ca::Policy& policy);

  /// Of the certificate that was issued last, or of one before it; nothing without a ledger.
  std::optional<ledger::LedgerPlace> place(std::size_t before_the_last = 0) const;

 private:
  std::optional<ledger::Ledger> ledger_;
  ledger::IssueContext context_;
  std::uint64_t number_ = 0;  ///< of the last record
};

}  // namespace halligan::issue
