// halligan doctor
#include <array>

#include "doctor/checks.hpp"
#include "ui/describe.hpp"

namespace halligan::doctor {
namespace {

std::string_view word(Verdict verdict) {
  constexpr std::array<std::string_view, 3> kWords{"fine", "wrong", "unknown"};
  return kWords[static_cast<std::size_t>(verdict)];
}

ui::Json json_of(const Finding& finding, const std::string& host) {
  ui::Json json{{"name", finding.name},
                {"verdict", word(finding.verdict)},
                {"what", ui::json_text(finding.what)},
                {"mend", ui::json_text(finding.mend)}};
  if (!host.empty()) json["host"] = ui::json_text(host);
  return json;
}

std::string text_of(const Finding& finding) {
  const bool bad = finding.verdict == Verdict::kWrong;
  std::string text = ui::text_row(finding.name, bad ? "WRONG" : word(finding.verdict),
                                  bad ? ui::Tone::kAlarm : ui::Tone::kPlain);
  text += ui::text_row("", finding.what);
  if (!finding.mend.empty()) text += ui::text_row("", "mend it: " + finding.mend);
  return text;
}

// @return is it in the way of nothing?
Result<bool> tell(const Finding& finding, const DoctorOptions& options, const std::string& host = {}) {
  HALLIGAN_CHECK(ui::print(options.output.json ? ui::json_line(json_of(finding, host)) : text_of(finding)));
  return finding.verdict != Verdict::kWrong;
}

Result<int> examine_hosts(const DoctorOptions& options) {
  bool well = true;
  for (const std::string& host : options.hosts) {
    if (!options.output.json) HALLIGAN_CHECK(ui::print(ui::text_row("Host", printable(host))));
    for (const Finding& finding : host_findings(host, options)) {
      HALLIGAN_TRY(const bool fine, tell(finding, options, host));
      well = well && fine;
    }
  }
  return well ? 0 : 1;
}

}  // namespace

Result<int> examine(const DoctorOptions& options) {
  if (!options.hosts.empty()) return examine_hosts(options);
  bool well = true;
  for (const Check& check : all_checks()) {
    if (options.portable && !check.portable) continue;
    HALLIGAN_TRY(const bool fine, tell(check.run(options), options));
    well = well && fine;
  }
  return well ? 0 : 1;
}

}  // namespace halligan::doctor
