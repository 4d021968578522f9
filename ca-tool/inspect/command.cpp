// halligan inspect
#include "cli/inspect_command.hpp"

#include "cli/inspect_file.hpp"
#include "cli/inspect_report.hpp"
#include "cli/inspect_sources.hpp"
#include "io/clock.hpp"

namespace halligan::cli {

Result<int> inspect(const InspectOptions& options) {
  if (options.files.empty() && options.hosts.empty() && !options.agent) {
    return fail(Code::kUsage, "nothing to inspect",
                "name files (- for standard input), or --agent, or --host");
  }
  std::vector<HostAsked> hosts;
  for (const std::string& text : options.hosts) {
    HALLIGAN_TRY(auto host, parse_host(text));
    hosts.push_back(std::move(host));
  }
  HALLIGAN_TRY(const Measure measure, read_measure(options, io::unix_seconds()));
  const bool check = options.check || measure.renewal;
  const Inspector inspector{measure, options.output.json, check};
  InspectReport report(options.output.json, check);
  for (const std::string& file : options.files) HALLIGAN_CHECK(inspect_file(file, inspector, report));
  if (options.agent) HALLIGAN_CHECK(inspect_agent(inspector, report));
  for (const HostAsked& host : hosts) HALLIGAN_CHECK(inspect_host(host, inspector, report));
  HALLIGAN_CHECK(report.flush());
  return report.status();
}

}  // namespace halligan::cli
