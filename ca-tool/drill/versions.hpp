// What hosts run now, against what they ran at their last drill: by the line that begins each connection,
// without a login.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "drill/due.hpp"
#include "ui/json.hpp"

namespace halligan::drill {

/// "OpenSSH_9" of "OpenSSH_9.2p1 Debian-2": the program, and the number before the first dot.
std::string_view major_version(std::string_view version);

enum class HostState {
  kSame,         ///< the same program and major version
  kChanged,      ///< another one
  kNever,        ///< no drill was at this host
  kFailed,       ///< the last drill that was there did not open it
  kUnreachable,  ///< no SSH server answers
};
/// "same", "changed", …: stable, for --json.
std::string_view host_state_word(HostState state);

struct AskedHost {
  std::string host{};  ///< as typed
  HostState state = HostState::kUnreachable;
  std::string then{};         ///< version; empty without a drill
  std::string now{};          ///< likewise; empty if it could not be asked
  std::uint64_t drilled = 0;  ///< when, Unix seconds; 0: never
  std::string why{};          ///< kUnreachable

  bool due() const { return state != HostState::kSame && state != HostState::kUnreachable; }
};

struct AskOptions {
  std::vector<std::string> hosts;
  std::vector<std::string> ssh_arguments;  ///< what followed "--"
  std::uint32_t timeout = 5;               ///< seconds, for each
};

/// Ask each host: straight away, or through its jump hosts by an ordinary ssh that may ask nothing.
/// @errors kUsage (a host, or what ssh rejects) · kUnreachable (no ssh)
Result<std::vector<AskedHost>> ask_versions(const AskOptions& options, const std::vector<DrillLog>& logs);

/// A drill is due if one is at a host.
void add_hosts(Status& status, const std::vector<AskedHost>& hosts);

/// In words for one line.
std::string host_words(const AskedHost& host);
ui::Json to_json(const AskedHost& host);

}  // namespace halligan::drill
