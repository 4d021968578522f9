// halligan handoff …: what was typed, and what runs.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "ui/output.hpp"

namespace halligan::handoff {

struct SealOptions {
  ui::OutputOptions output;
  std::vector<std::string> recipients;  ///< age1…, a public key line, or a .pub file
  bool passphrase = false;
  bool armor = false;
  std::string file = "emergency";  ///< the key, its certificate beside it
  std::string known_hosts;
  std::vector<std::string> hosts;
  std::string sealed = "handoff.age";
};

struct OpenOptions {
  ui::OutputOptions output;
  std::string sealed;
  std::vector<std::string> identities;
  std::string folder = "handoff";
};

struct SendOptions {
  std::string sealed;
};

struct ReceiveOptions {
  ui::OutputOptions output;
  std::string sealed = "handoff.age";
};

Result<int> seal_handoff(const SealOptions& options);
Result<int> open_handoff(const OpenOptions& options);
Result<int> send_handoff(const SendOptions& options);
Result<int> receive_handoff(const ReceiveOptions& options);

/// halligan handoff
command::Command handoff_command();

}  // namespace halligan::handoff
