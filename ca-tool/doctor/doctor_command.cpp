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

ui::Json json_of(const Finding& finding) {
  return {{"name", finding.name},
          {"verdict", word(finding.verdict)},
          {"what", ui::json_text(finding.what)},
          {"mend", ui::json_text(finding.mend)}};
}

std::string text_of(const Finding& finding) {
  const bool bad = finding.verdict == Verdict::kWrong;
  std::string text = ui::text_row(finding.name, bad ? "WRONG" : word(finding.verdict),
                                  bad ? ui::Tone::kAlarm : ui::Tone::kPlain);
  text += ui::text_row("", finding.what);
  if (!finding.mend.empty()) text += ui::text_row("", "mend it: " + finding.mend);
  return text;
}

}  // namespace

Result<int> examine(const DoctorOptions& options) {
  bool well = true;
  for (const Check& check : all_checks()) {
    if (options.portable && !check.portable) continue;
    const Finding finding = check.run(options);
    well = well && finding.verdict != Verdict::kWrong;
    HALLIGAN_CHECK(ui::print(options.output.json ? ui::json_line(json_of(finding)) : text_of(finding)));
  }
  return well ? 0 : 1;
}

}  // namespace halligan::doctor
