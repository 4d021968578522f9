// halligan drill
#include "drill/command.hpp"

#include <algorithm>

#include "base/codec.hpp"
#include "ca/selection.hpp"
#include "drill/record.hpp"
#include "drill/rehearse.hpp"
#include "drill/report.hpp"
#include "io/clock.hpp"
#include "ui/describe.hpp"
#include "ui/output.hpp"

namespace halligan::drill {
namespace {

struct Found {
  std::vector<DrillLog> logs;
  Status status;
};

Result<Found> find_drills(const LogOptions& options) {
  const bool named = !options.authority.file.empty();
  std::optional<ssh::PublicKey> authority;
  HALLIGAN_TRY(const auto configuration, ca::Configuration::load(options.authority.configuration));
  if (named) {
    HALLIGAN_TRY(const auto selection, ca::select_ca(options.authority, {}));
    authority = selection.expected;
    if (!authority) return fail(Code::kBadInput, "--ca: the public key of that CA is not known");
  }
  const ssh::PublicKey* of = authority ? &*authority : nullptr;
  HALLIGAN_TRY(auto logs, load_drills(of));
  const std::uint64_t now = io::unix_seconds();
  Status status = judge(logs, configuration, now, find_lost(logs, of, now));
  return Found{std::move(logs), std::move(status)};
}

}  // namespace

Result<int> run_drill(const RunOptions& options) {
  HALLIGAN_TRY(const Rehearsed done, rehearse(options));
  HALLIGAN_CHECK(ui::print(options.output.json ? ui::json_line(to_json(done.drill)) : to_text(done.drill)));
  if (!options.output.json) HALLIGAN_CHECK(ui::print(ui::text_row("Recorded", printable(done.file))));
  return done.drill.passed() ? 0 : 1;
}

Result<int> show_status(const LogOptions& options) {
  HALLIGAN_TRY(const Found found, find_drills(options));
  const std::uint64_t now = io::unix_seconds();
  HALLIGAN_CHECK(ui::print(options.output.json ? ui::json_line(to_json(found.status, now))
                                               : to_text(found.status, now)));
  return found.status.good() ? 0 : 1;
}

Result<int> report_drills(const ReportOptions& options) {
  HALLIGAN_TRY(const Found found, find_drills(options));
  if (!found.status.last) return fail(Code::kNo, "there was no drill", "halligan drill run HOST");
  std::vector<Drill> drills;
  for (const DrillLog& each : found.logs) drills.insert(drills.end(), each.drills.begin(), each.drills.end());
  std::ranges::stable_sort(drills, std::greater(), &Drill::time);
  if (!options.all) drills.resize(1);
  if (!options.html.empty()) {
    const std::string page = to_html(drills, found.status, io::unix_seconds());
    const io::NewFile file{options.html, 0644, as_bytes(page)};
    HALLIGAN_CHECK(io::write_files({&file, 1}, io::Existing::kReplace));
  }
  for (const Drill& each : drills) {
    if (!options.output.json && &each != &drills.front()) HALLIGAN_CHECK(ui::print("\n"));
    HALLIGAN_CHECK(ui::print(options.output.json ? ui::json_line(to_json(each)) : to_text(each)));
  }
  return 0;
}

}  // namespace halligan::drill
