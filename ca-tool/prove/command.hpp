// halligan prove: what was typed, and what runs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "issue/command.hpp"
#include "prove/drills.hpp"
#include "prove/snapshots.hpp"
#include "prove/targets.hpp"

namespace halligan::prove {

inline constexpr const char* kCanaryValidity = "-5m:+365d";
inline constexpr const char* kCanaryCommand = "/bin/false";  ///< in case that anybody ever logs in with one

struct ProveOptions : issue::SigningOptions {
  TargetOptions targets;
  bool make = false;                     ///< canaries, instead of asking hosts
  bool revoked = false;                  ///< one that must be refused
  std::vector<std::string> accounts;     ///< NAME, or with --make NAME=PRINCIPAL,PRINCIPAL
  std::string canaries;                  ///< their file; empty: the usual one
  std::vector<std::string> known_hosts;  ///< files; none: ssh's
  std::vector<std::string> host_keys;    ///< fingerprints
  SnapshotOptions snapshots;
  DrillOptions drills;
  std::string jump;
  std::uint32_t timeout = 10;  ///< seconds, of each connection
  std::uint32_t at_once = 100;
  std::string prometheus;  ///< file
  std::string html;        ///< file
  bool map = false;        ///< what is printed: rows of accounts, columns of CAs
};

Result<int> run_prove(const ProveOptions& options);

/// halligan prove
command::Command prove_command();

}  // namespace halligan::prove
