// halligan ledger …: what was typed, and what runs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "ui/output.hpp"

namespace halligan::ledger {

struct LedgerListOptions {
  ui::OutputOptions output;
  std::vector<std::string> files;  ///< none: the user's own
};

struct LedgerShowOptions {
  ui::OutputOptions output;
  std::vector<std::string> files;
  std::uint64_t number = 0;  ///< of a record, or a serial
};

struct LedgerExportOptions {
  ui::OutputOptions output;
  std::vector<std::string> files;
  bool csv = false;
};

struct LedgerVerifyOptions {
  ui::OutputOptions output;
  std::vector<std::string> files;
  std::vector<std::string> authorities;  ///< public key files
  std::string counter;                   ///< empty: guessed
  std::vector<std::string> known;
  std::vector<std::string> made;  ///< ca.json files
  std::vector<std::string> heads;
};

struct LedgerReconcileOptions {
  ui::OutputOptions output;
  std::vector<std::string> files;
  std::vector<std::string> authorities;
  std::vector<std::string> logs;
  std::uint64_t logins = 10;
};

struct LedgerMergeOptions {
  ui::OutputOptions output;
  std::vector<std::string> files;
  std::string file;
};

Result<int> list_ledger(const LedgerListOptions& options);
Result<int> show_ledger(const LedgerShowOptions& options);
Result<int> export_ledger(const LedgerExportOptions& options);
Result<int> verify_ledgers(const LedgerVerifyOptions& options);
Result<int> reconcile_ledgers(const LedgerReconcileOptions& options);
Result<int> merge_ledgers(const LedgerMergeOptions& options);

/// halligan ledger
command::Command ledger_command();

}  // namespace halligan::ledger
