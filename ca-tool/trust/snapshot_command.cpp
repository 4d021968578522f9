// halligan trust snapshot

#include "base/codec.hpp"
#include "io/clock.hpp"
#include "io/files.hpp"
#include "io/identity.hpp"
#include "trust/command.hpp"
#include "trust/script.hpp"
#include "trust/snapshot.hpp"

namespace halligan::trust {

Result<int> take_snapshot(const SnapshotOptions& options) {
  HALLIGAN_CHECK(check_accounts(options.accounts));
  std::vector<std::string> accounts = options.accounts;
  if (accounts.empty()) accounts.emplace_back("root");
  std::string lines;
  HALLIGAN_TRY(const int status, each_host(options.hosts, [&](const Host& host) -> Result<int> {
                 HALLIGAN_TRY(const std::string text, run_script(host, probe_script(accounts, {}, {})));
                 HALLIGAN_TRY(const Facts facts, parse_facts(text).in(host.shown()));
                 if (facts.uid != 0) {
                   return fail(Code::kNo, host.shown() + ": sshd's settings can be read by root only",
                               "name root@HOST, or add --sudo");
                 }
                 if (!facts.error.empty())
                   return fail(Code::kUnreachable, host.shown() + ": " + printable(facts.error));
                 lines += snapshot_line(host.shown(), io::unix_seconds(),
                                        io::user_name() + "@" + io::machine_name(), HALLIGAN_VERSION, text);
                 return 0;
               }));
  if (lines.empty()) return status;
  if (options.file.empty()) {
    HALLIGAN_CHECK(ui::print(lines));
    return status;
  }
  const io::NewFile file{options.file, 0600, as_bytes(lines)};
  HALLIGAN_CHECK(io::write_files(std::span(&file, 1), options.output.existing()));
  return status;
}

}  // namespace halligan::trust
