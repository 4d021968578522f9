// halligan ledger …: what was typed, and what runs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "ui/output.hpp"

namespace halligan::ledger {

/// What all of them take.
struct LedgerListOptions {
  ui::OutputOptions output;
  std::vector<std::string> files;  ///< none: the user's own
  bool wide = false;               ///< all of each record that has a column
};

struct LedgerShowOptions : LedgerListOptions {
  std::uint64_t number = 0;  ///< of a record, or a serial
};

struct LedgerExportOptions : LedgerListOptions {
  bool csv = false;
};

struct LedgerVerifyOptions : LedgerListOptions {
  std::vector<std::string> authorities;  ///< public key files
  std::string counter;                   ///< empty: guessed
  std::vector<std::string> known;
  std::vector<std::string> made;  ///< ca.json files
  std::vector<std::string> heads;
};

struct LedgerReconcileOptions : LedgerListOptions {
  std::vector<std::string> authorities;
  std::vector<std::string> logs;
  std::uint64_t logins = 10;
  bool journal = false;                    ///< this computer's
  std::optional<std::string> boot;         ///< of the journal
  std::optional<std::string> cursor_file;  ///< of the journal: where to go on
  std::string timezone;                    ///< of times without a zone; empty: local
};

struct LedgerMergeOptions : LedgerListOptions {
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
