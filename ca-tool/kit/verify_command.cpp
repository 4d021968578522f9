// halligan kit verify
#include <algorithm>
#include <array>

#include "base/codec.hpp"
#include "io/clock.hpp"
#include "io/folders.hpp"
#include "kit/age.hpp"
#include "kit/commands.hpp"
#include "kit/verify.hpp"
#include "ledger/files.hpp"
#include "ui/describe.hpp"

namespace halligan::kit {
namespace {

std::string_view word(Verdict verdict) {
  constexpr std::array<std::string_view, 3> kWords{"fine", "wrong", "unknown"};
  return kWords[static_cast<std::size_t>(verdict)];
}

std::string shown(const KitFinding& finding, bool json) {
  if (json)
    return ui::json_line(
        {{"name", finding.name}, {"verdict", word(finding.verdict)}, {"what", ui::json_text(finding.what)}});
  const bool bad = finding.verdict == Verdict::kWrong;
  return ui::text_row(finding.name, std::string(bad ? "WRONG" : word(finding.verdict)) + ": " + finding.what,
                      bad ? ui::Tone::kAlarm : ui::Tone::kPlain);
}

Result<KitMeasure> measure_of(const VerifyOptions& options) {
  KitMeasure measure{.authorities = {}, .signers = {}, .now = io::unix_seconds(), .start = options.start};
  HALLIGAN_TRY(const auto configuration, ca::Configuration::load(options.configuration));
  HALLIGAN_TRY(measure.authorities, find_authorities(configuration, options.authorities));
  HALLIGAN_TRY(measure.signers, ledger::read_authorities(options.signers));
  return measure;
}

}  // namespace

Result<int> verify_kit(const VerifyOptions& options) {
  HALLIGAN_TRY(const KitMeasure measure, measure_of(options));
  HALLIGAN_TRY(const io::Kind kind, io::kind_of(options.what));
  HALLIGAN_TRY(const KitFindings findings, kind == io::Kind::kFolder ? check_stick(options.what, measure)
                                                                     : check_paper(options.what, measure));
  for (const KitFinding& each : findings) HALLIGAN_CHECK(ui::print(shown(each, options.output.json)));
  const bool bad =
      std::ranges::any_of(findings, [](const KitFinding& each) { return each.verdict == Verdict::kWrong; });
  const bool whole =
      std::ranges::none_of(findings, [](const KitFinding& each) { return each.name == kOnePicture; });
  if (!bad && whole) note_kit(measure.authorities, measure.now);
  return bad ? 1 : 0;
}

}  // namespace halligan::kit
