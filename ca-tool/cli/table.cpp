#include "cli/table.hpp"

#include "ca/command.hpp"
#include "doctor/command.hpp"
#include "explain/command.hpp"
#include "handoff/command.hpp"
#include "inspect/command.hpp"
#include "issue/command.hpp"
#include "ledger/command.hpp"
#include "prove/command.hpp"
#include "request/command.hpp"
#include "revoke/command.hpp"
#include "token/command.hpp"
#include "trust/command.hpp"
#include "unattended/command.hpp"

namespace halligan::cli {
namespace {

command::Command under(const char* heading, command::Command command) {
  command.heading = heading;
  return command;
}

}  // namespace

command::Program halligan_program() {
  command::Command root{"halligan", "emergency SSH certificates from a CA key on a security key"};
  constexpr const char* kCertificates = "Certificates";
  constexpr const char* kHosts = "Hosts";
  constexpr const char* kRecords = "Records and keys";
  root.commands = {under(kCertificates, issue::mint_command()),
                   under(kCertificates, issue::sign_command()),
                   under(kCertificates, inspect::inspect_command()),
                   under(kCertificates, request::request_command()),
                   under(kCertificates, request::co_sign_command()),
                   under(kCertificates, handoff::handoff_command()),
                   under(kHosts, trust::trust_command()),
                   under(kHosts, explain::explain_command()),
                   under(kRecords, ledger::ledger_command()),
                   under(kRecords, revoke::revoke_command()),
                   under(kRecords, prove::prove_command()),
                   under(kRecords, ca::ca_command({token::bind_policy_command()})),
                   under(kRecords, token::token_command()),
                   under(kRecords, ca::config_command()),
                   under(kRecords, doctor::doctor_command())};
  for (command::Command& each : unattended::unattended_commands())
    root.commands.push_back(under(kRecords, std::move(each)));
  root.examples = {"halligan mint -I 'ann: incident 4711' -n root && ssh -i emergency root@web1"};
  return {std::move(root), HALLIGAN_VERSION};
}

}  // namespace halligan::cli
