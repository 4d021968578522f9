#include "cli/table.hpp"

#include "agents/command.hpp"
#include "attest/command.hpp"
#include "ca/command.hpp"
#include "doctor/command.hpp"
#include "drill/command.hpp"
#include "explain/command.hpp"
#include "handoff/command.hpp"
#include "inspect/command.hpp"
#include "issue/command.hpp"
#include "kit/command.hpp"
#include "ledger/command.hpp"
#include "prove/command.hpp"
#include "request/command.hpp"
#include "revoke/command.hpp"
#include "runbook/command.hpp"
#include "token/command.hpp"
#include "trust/command.hpp"
#include "unattended/command.hpp"

namespace halligan::cli {
namespace {

// @param together  the words of one row for it and its neighbour: the help fits a screen
command::Command under(const char* heading, command::Command command, const char* together = "") {
  command.heading = heading;
  command.together = together;
  return command;
}

}  // namespace

command::Program halligan_program() {
  command::Command root{"halligan", "emergency SSH certificates from a CA key on a security key"};
  constexpr const char* kCertificates = "Certificates";
  constexpr const char* kHosts = "Hosts, records and keys";
  constexpr const char* kAsk = "ask for a certificate; add a custodian's signature";
  constexpr const char* kProof = "ask hosts what they would accept, and say why not";
  constexpr const char* kCa = "make a CA on a token, export it; show its configuration";
  constexpr const char* kReady = "runbooks, the safe, drills, what is in the way";
  root.commands = {
      under(kCertificates, issue::mint_command()),
      under(kCertificates, issue::sign_command()),
      under(kCertificates, inspect::inspect_command()),
      under(kCertificates, request::request_command(), kAsk),
      under(kCertificates, request::co_sign_command(), kAsk),
      under(kCertificates, handoff::handoff_command()),
      under(kHosts, trust::trust_command()),
      under(kHosts, prove::prove_command(), kProof),
      under(kHosts, explain::explain_command(), kProof),
      under(kHosts, ledger::ledger_command()),
      under(kHosts, revoke::revoke_command()),
      under(kHosts, ca::ca_command({token::bind_policy_command(), attest::attest_command()}), kCa),
      under(kHosts, ca::config_command(), kCa),
      under(kHosts, token::token_command()),
      under(kHosts, runbook::runbook_command(), kReady),
      under(kHosts, kit::kit_command(), kReady),
      under(kHosts, drill::drill_command(), kReady),
      under(kHosts, doctor::doctor_command(), kReady)};
  for (command::Command& each : unattended::unattended_commands()) {
    const std::string together = each.together;
    root.commands.push_back(under(kHosts, std::move(each), together.c_str()));
  }
  root.commands.push_back(under(kHosts, agents::agent_command(), root.commands.back().together.c_str()));
  root.examples = {"halligan mint -I 'ann: incident 4711' -n root && ssh -i emergency root@web1"};
  return {std::move(root), HALLIGAN_VERSION};
}

}  // namespace halligan::cli
