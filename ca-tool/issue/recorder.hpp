// What mint and sign do with the ledger: a certificate comes out only when it is recorded.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ca/issue.hpp"
#include "ca/ledger.hpp"
#include "cli/describe.hpp"
#include "cli/options.hpp"

namespace halligan::cli {

class Recorder {
 public:
  /// Open the ledger, before a touch is asked for; with --no-ledger say loudly that there is none.
  /// @param circumstances what is known besides; a reason that was typed comes before the one in them
  /// @errors as ca::Ledger::open() · kBadInput (the reason) · kUsage (a reason and no ledger)
  static Result<Recorder> open(const LedgerOptions& options, const AuthorityOptions& authority,
                               ca::Circumstances circumstances = {});

  /// @errors as ca::Ledger::next_serial()
  Result<std::uint64_t> next_serial(std::optional<std::uint64_t> wanted) const;

  /// Without a ledger nobody knows. @errors as ca::Ledger::check_unanswered()
  Result<> check_unanswered(const ssh::Request& request) const;

  /// @errors as ca::issue_recorded()
  Result<ssh::Certificate> issue(ssh::CertificateBody body, ca::Signer& signer, const ca::Policy& policy);

  /// All of them, in one write to the ledger, or none. @errors as ca::issue_recorded()
  Result<std::vector<ssh::Certificate>> issue_all(std::vector<ssh::CertificateBody> bodies,
                                                  ca::Signer& signer, const ca::Policy& policy);

  /// Of the certificate that was issued last, or of one before it; nothing without a ledger.
  std::optional<LedgerPlace> place(std::size_t before_the_last = 0) const;

 private:
  std::optional<ca::Ledger> ledger_;
  ca::Circumstances circumstances_;
  std::uint64_t number_ = 0;  ///< of the last record
};

}  // namespace halligan::cli
