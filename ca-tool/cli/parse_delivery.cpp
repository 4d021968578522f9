#include "cli/parse_parts.hpp"

namespace halligan::cli {

void declare_delivery(CLI::App& app, MintOptions& options) {
  CLI::Option* file = app.add_option("-o", options.file, "write FILE, FILE.pub and FILE-cert.pub")
                          ->type_name("FILE")
                          ->capture_default_str();
  CLI::Option* force = app.add_flag("--force", options.output.force, "replace files that are there");
  CLI::Option* agent =
      app.add_flag("--agent", options.agent, "into ssh-agent, not into files, until it ends");
  app.add_flag("--confirm", options.confirm, "the agent asks before each use")->needs(agent);
  CLI::Option* ssh = app.add_option("--ssh", options.hosts, "log in to HOST with it; for ssh: -- ARGUMENTS")
                         ->type_name("HOST")
                         ->allow_extra_args(false);
  CLI::Option* json = app.add_flag("--json", options.output.json, "report as JSON");
  agent->excludes(file)->excludes(force)->excludes(ssh);
  ssh->excludes(file)->excludes(force)->excludes(json);
}

}  // namespace halligan::cli
