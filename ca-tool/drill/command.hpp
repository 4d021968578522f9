// halligan drill: what was typed, and what runs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "issue/command.hpp"

namespace halligan::drill {

inline constexpr const char* kDrillValidity = "-5m:+15m";
inline constexpr std::uint32_t kDaysBetween = 90;

struct RunOptions : issue::MintOptions {
  std::vector<std::string> targets;
  std::string kind = "quarterly";
  std::string account = "root";
  std::string operated_by;  ///< empty: the user's name
  std::string witness;
  std::string approval;
  std::vector<std::string> seals;
  std::vector<std::string> new_seals;
  std::vector<std::string> findings;
  std::string alert_check;  ///< a command for sh(1); empty: a person is asked
  bool no_alert = false;
  bool fetch_log = false;
  std::string log_login;       ///< account; empty: as ssh does
  bool log_sudo = false;       ///< read it as root
  std::string log_command;     ///< for sh(1), prints lines of the log; empty: an ordinary login fetches them
  std::uint32_t timeout = 60;  ///< seconds, of each login, and of each check of an alert
  std::uint32_t every = kDaysBetween;  ///< days until the next one is due
  std::string sign_with;               ///< the operator's key, as ssh-keygen takes it; empty: not signed
};

/// Which drills: those of one CA, or of all.
struct LogOptions {
  ui::OutputOptions output;
  ca::AuthorityOptions authority;
};

struct StatusOptions : LogOptions {
  std::vector<std::string> hosts;          ///< none: nobody is asked
  std::vector<std::string> ssh_arguments;  ///< after "--"
  std::uint32_t timeout = 5;               ///< seconds, for each host
};

struct ReportOptions : LogOptions {
  std::string html;      ///< file
  std::string markdown;  ///< file
  std::string signers;   ///< file of allowed signers; empty: any key will do
  bool all = false;      ///< not the last one alone
};

struct SignOptions : LogOptions {
  std::string key;
  std::string role = "operator";
  std::optional<std::uint64_t> record;  ///< nothing: the last one
};

Result<int> run_drill(const RunOptions& options);
Result<int> show_status(const StatusOptions& options);
Result<int> sign_record(const SignOptions& options);
Result<int> report_drills(const ReportOptions& options);

/// halligan drill
command::Command drill_command();

}  // namespace halligan::drill
