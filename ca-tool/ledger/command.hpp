// halligan ledger …: what was typed, and what runs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "cli/options.hpp"

namespace halligan::cli {

struct LedgerListOptions {
  OutputOptions output;
  std::vector<std::string> files;  ///< none: the user's own
};

struct LedgerShowOptions {
  OutputOptions output;
  std::vector<std::string> files;
  std::uint64_t number = 0;  ///< of a record, or a serial
};

struct LedgerExportOptions {
  OutputOptions output;
  std::vector<std::string> files;
  bool csv = false;
};

struct LedgerVerifyOptions {
  OutputOptions output;
  std::vector<std::string> files;
  std::vector<std::string> authorities;  ///< public key files
  std::string counter;                   ///< empty: guessed
  std::vector<std::string> known;
  std::vector<std::string> made;  ///< ca.json files
  std::vector<std::string> heads;
};

struct LedgerReconcileOptions {
  OutputOptions output;
  std::vector<std::string> files;
  std::vector<std::string> authorities;
  std::vector<std::string> logs;
  std::uint64_t logins = 10;
};

struct LedgerMergeOptions {
  OutputOptions output;
  std::vector<std::string> files;
  std::string file;
};

Result<int> list_ledger(const LedgerListOptions& options);
Result<int> show_ledger(const LedgerShowOptions& options);
Result<int> export_ledger(const LedgerExportOptions& options);
Result<int> verify_ledgers(const LedgerVerifyOptions& options);
Result<int> reconcile_ledgers(const LedgerReconcileOptions& options);
Result<int> merge_ledgers(const LedgerMergeOptions& options);

}  // namespace halligan::cli
