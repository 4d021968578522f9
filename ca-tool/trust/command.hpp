// halligan trust …: what was typed, and what runs.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "command/declaration.hpp"
#include "trust/host.hpp"
#include "trust/plan.hpp"
#include "ui/output.hpp"

namespace halligan::trust {

/// Which hosts, and how they are reached.
struct HostOptions {
  std::vector<std::string> names;
  bool local = false;
  bool sudo = false;
  bool keep_going = false;
  std::vector<std::string> ssh_arguments;

  /// @errors kUsage: none, or both
  Result<std::vector<Host>> hosts() const;
};

/// One host after the other; the first that fails is the last, unless --keep-going.
/// @return the worst exit status. @errors as HostOptions::hosts(), and as `one` if nothing comes after it
Result<int> each_host(const HostOptions& options, const std::function<Result<int>(const Host&)>& one);

struct TrustOptions {
  ui::OutputOptions output;
  HostOptions hosts;
  std::vector<std::string> authorities;  ///< names of configured CAs, or files with public keys
  std::string configuration;
  std::vector<std::string> accounts{};  ///< empty: root
  bool principals = false;
  bool activate_pending = false;
  std::string list;  ///< a file for RevokedKeys

  /// @errors as ca::select_ca(), io::read_file() · kBadInput (no CA, not a name of an account)
  Result<Wanted> wanted() const;
};

struct PlanOptions : TrustOptions {
  bool sh = false;
  bool cloud_init = false;
  bool nixos = false;
};

struct ChangeOptions : TrustOptions {
  std::vector<std::string> canaries;  ///< certificates
  std::uint32_t deadline = 120;       ///< seconds
  bool yes = false;
};

struct SnapshotOptions {
  ui::OutputOptions output;
  HostOptions hosts;
  std::vector<std::string> accounts{};  ///< empty: root
  std::string file;                     ///< empty: standard output
};

/// @errors kUsage: one is not a name of an account
Result<> check_accounts(const std::vector<std::string>& accounts);

Result<int> take_snapshot(const SnapshotOptions& options);
Result<int> show_plan(const PlanOptions& options);
Result<int> show_status(const TrustOptions& options);
Result<int> apply_trust(const ChangeOptions& options);
Result<int> remove_trust(const ChangeOptions& options);
Result<int> roll_back(const ChangeOptions& options);

/// halligan trust
command::Command trust_command();

}  // namespace halligan::trust
