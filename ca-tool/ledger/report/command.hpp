// halligan ledger attest, and halligan ledger verify REPORT.
#pragma once

#include "ledger/command.hpp"
#include "ledger/report/document.hpp"
#include "ledger/verify.hpp"

namespace halligan::ledger::report {

/// The namespace of the signature over a report.
inline constexpr std::string_view kNamespace = "halligan-audit";

/// The report in a regular file; nothing if it is something else. @errors as io::read_file(),
/// parse_document()
Result<std::optional<Document>> read_report(const std::string& path);

/// Derive a report's numbers again, and look at its ledgers by the rules of whoever asks.
/// @return the exit status. @errors as derive_again()
Result<int> verify_report(const Document& document, const LedgerCheck& check, bool json);

}  // namespace halligan::ledger::report
