// halligan prove
#include "prove/command.hpp"

#include <algorithm>

#include "base/codec.hpp"
#include "command/exit_code.hpp"
#include "explain/setting.hpp"
#include "io/clock.hpp"
#include "io/files.hpp"
#include "prove/coverage.hpp"
#include "prove/make.hpp"
#include "prove/prober.hpp"
#include "prove/report.hpp"
#include "ui/output.hpp"

namespace halligan::prove {
namespace {

Result<> check_jump(const std::string& jump) {
  for (std::size_t begin = 0; begin < jump.size();) {
    const std::size_t end = std::min(jump.find(',', begin), jump.size());
    if (end == begin || jump[begin] == '-')
      return fail(Code::kUsage, "--jump: expected [USER@]HOST[:PORT],..., not " + printable(jump));
    begin = end + 1;
  }
  return {};
}

Result<> print_map(const ProveOptions& options, const Coverage& coverage) {
  if (!options.output.json) return ui::print(to_text(coverage));
  for (const CoveredAccount& each : coverage.rows)
    HALLIGAN_CHECK(ui::print(ui::json_line(to_json(coverage, each))));
  return {};
}

Result<> write_reports(const ProveOptions& options, const std::vector<Answer>& answers,
                       const ca::Configuration& configuration) {
  const std::uint64_t now = io::unix_seconds();
  const bool mapped = options.map || !options.html.empty();
  const Coverage coverage = mapped ? coverage_of(answers, configuration) : Coverage{};
  const std::string metrics = options.prometheus.empty() ? "" : to_prometheus(answers, now);
  const std::string page = options.html.empty() ? "" : to_html(answers, coverage, now);
  std::vector<io::NewFile> files;
  if (!options.prometheus.empty()) files.push_back({options.prometheus, 0644, as_bytes(metrics)});
  if (!options.html.empty()) files.push_back({options.html, 0644, as_bytes(page)});
  if (!files.empty()) HALLIGAN_CHECK(io::write_files(files, io::Existing::kReplace));
  if (options.map) return print_map(options, coverage);
  if (!options.output.json) return ui::print(to_text(answers, now));
  for (const Answer& each : answers) HALLIGAN_CHECK(ui::print(ui::json_line(to_json(each))));
  return {};
}

int status_of(const std::vector<Answer>& answers) {
  if (std::ranges::any_of(answers, &Answer::wrong)) return command::exit_code(Code::kNo);
  return std::ranges::all_of(answers, &Answer::good) ? 0 : command::exit_code(Code::kUnreachable);
}

Result<int> ask(const ProveOptions& options) {
  HALLIGAN_CHECK(check_jump(options.jump));
  if (!options.snapshots.from.empty() && !trust::is_address(options.snapshots.from))
    return fail(Code::kUsage, "--from: not an address: " + printable(options.snapshots.from));
  HALLIGAN_TRY(const std::string file, options.canaries.empty() ? usual_canary_file() : options.canaries);
  HALLIGAN_TRY(auto all, read_canaries(file));
  HALLIGAN_TRY(const auto canaries, choose_canaries(std::move(all), options.accounts, io::unix_seconds()));
  HALLIGAN_TRY(const auto host_keys, HostKeys::read(options.known_hosts, options.host_keys));
  HALLIGAN_TRY(const auto targets, find_targets(options.targets, host_keys));
  std::vector<std::string> reports;
  HALLIGAN_TRY(const auto configuration, ca::Configuration::load(options.authority.configuration));
  std::vector<std::string> snapshots;
  if (!options.snapshots.folder.empty()) {
    HALLIGAN_TRY(snapshots, snapshot_files(options.snapshots.folder));
  }
  const DrillsOnRecord drills = read_all_drills(options.drills.files);
  for (const std::string& each : {options.prometheus, options.html})
    if (!each.empty()) reports.push_back(each);
  HALLIGAN_CHECK(io::check_new_files(reports, io::Existing::kReplace));
  HALLIGAN_TRY(auto answers,
               ask_hosts(targets, canaries, host_keys,
                         {std::chrono::seconds(options.timeout), options.at_once, options.jump}));
  judge_revoked(answers);
  if (!options.snapshots.folder.empty())
    check_answers(answers, snapshots, options.snapshots, configuration, io::unix_seconds());
  count_drills(answers, drills, options.drills, configuration, io::unix_seconds());
  sort_answers(answers);
  HALLIGAN_CHECK(write_reports(options, answers, configuration));
  return status_of(answers);
}

}  // namespace

Result<int> run_prove(const ProveOptions& options) {
  return options.make ? make_canaries(options) : ask(options);
}

}  // namespace halligan::prove
