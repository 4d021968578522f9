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

struct LedgerAttestOptions : LedgerListOptions {
  std::vector<std::string> authorities;
  std::vector<std::string> made;    ///< ca.json files
  std::vector<std::string> logs;    ///< of hosts
  std::vector<std::string> drills;  ///< none, and no files: the user's own
  std::vector<std::string> proofs;  ///< what prove --json printed
  std::string from;                 ///< empty: from the beginning
  std::string to;                   ///< empty: until now
  std::uint64_t logins = 10;
  std::string timezone = "UTC";
  std::string file;  ///< the report
  std::string key;   ///< that signs it; empty: none
};

Result<int> list_ledger(const LedgerListOptions& options);
Result<int> show_ledger(const LedgerShowOptions& options);
Result<int> export_ledger(const LedgerExportOptions& options);
Result<int> verify_ledgers(const LedgerVerifyOptions& options);
Result<int> reconcile_ledgers(const LedgerReconcileOptions& options);
Result<int> merge_ledgers(const LedgerMergeOptions& options);
/// @errors kUsage (an empty period) · as load_ledgers(), audit(), ca::sign_by_ssh_keygen(), io::write_files()
Result<int> attest_ledgers(const LedgerAttestOptions& options);

/// halligan ledger
command::Command ledger_command();

}  // namespace halligan::ledger
