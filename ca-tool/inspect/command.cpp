// halligan inspect
#include "inspect/command.hpp"

#include <algorithm>
#include <optional>

#include "inspect/report.hpp"
#include "inspect/sources.hpp"
#include "io/clock.hpp"
#include "ui/screen.hpp"

namespace halligan::inspect {
namespace {

void declare(command::Flags& flags, InspectOptions& options) {
  flags.arguments("FILE", options.files, "files, - for standard input");
  flags.flag("--agent", options.agent, "keys and certificates in the agent of SSH_AUTH_SOCK");
  flags.option("--host", "HOST[:PORT]", options.hosts, "host keys and certificates that a server offers");
  flags.option("--ca", "FILE", options.measure.authorities, "say which of the CAs in FILE signed");
  flags.option("--krl", "KRL", options.measure.lists, "say what is revoked, and by which entry");
  flags.flag("--check", options.check, "only problems, one a line");
  flags.option("--expires-in", "TIME|N%", options.measure.expires_in,
               "like --check, with what expires so soon");
  ui::declare_json(flags, options.output);
  ui::declare_pager(flags, options.output);
}

}  // namespace

Result<int> inspect(const InspectOptions& options) {
  if (options.files.empty() && options.hosts.empty() && !options.agent) {
    return fail(Code::kUsage, "nothing to inspect",
                "name files (- for standard input), or give --agent or --host");
  }
  std::vector<ca::HostAsked> hosts;
  for (const std::string& text : options.hosts) {
    HALLIGAN_TRY(auto host, ca::parse_host(text).in("--host"));
    hosts.push_back(std::move(host));
  }
  HALLIGAN_TRY(const ca::Measure measure, ca::read_measure(options.measure, io::unix_seconds()));
  const bool check = options.check || measure.renewal;
  const Inspector inspector{measure};
  // A text that is pasted is read from the terminal that a pager would read, too.
  std::optional<ui::Pager> pager;
  if (std::ranges::find(options.files, "-") == options.files.end()) pager.emplace(options.output);
  InspectReport report(View{measure, options.output.json, check});
  for (const std::string& file : options.files) HALLIGAN_CHECK(inspect_file(file, inspector, report));
  if (options.agent) HALLIGAN_CHECK(inspect_agent(inspector, report));
  for (const ca::HostAsked& host : hosts) HALLIGAN_CHECK(inspect_host(host, inspector, report));
  HALLIGAN_CHECK(report.flush());
  return report.status();
}

command::Command inspect_command() {
  return command::make(
      "inspect", "show and check certificates, keys, KRLs, requests", inspect, declare,
      {.notes = "File types are detected from content: certificates and public keys (any number,\n"
                "one a line), key and handle files, KRLs, requests, bundles.\n"
                "Exit status 1: a bad signature, not one of --ca, revoked by --krl; with --check\n"
                "also what is not valid now. 3: something could not be read; the rest was shown.",
       .examples = {"halligan inspect emergency-cert.pub", "ssh-add -L | halligan inspect --json -",
                    "halligan inspect --check --expires-in 7d --ca ca.pub --host web1"}});
}

}  // namespace halligan::inspect
