// What an emergency uses besides the token: the clock, canaries, keys that jobs need.
#include <fmt/format.h>

#include <algorithm>

#include "base/codec.hpp"
#include "ca/authority_files.hpp"
#include "ca/selection.hpp"
#include "crypto/digest.hpp"
#include "doctor/checks.hpp"
#include "drill/checks.hpp"
#include "io/clock.hpp"
#include "io/folders.hpp"
#include "kit/age.hpp"
#include "ledger/files.hpp"
#include "prove/canary_file.hpp"
#include "ui/describe.hpp"
#include "unattended/user_agent.hpp"

namespace halligan::doctor {
namespace {

constexpr std::uint64_t kClockTolerance = 60;                            // seconds
constexpr std::uint64_t kOldKit = std::uint64_t{90} * 24 * 60 * 60;      // seconds, as its pages say
constexpr std::uint64_t kCanarySoon = std::uint64_t{14} * 24 * 60 * 60;  // seconds

std::string making(const std::string& account, const std::string& authority) {
  return "halligan prove --make --yes --account " + shell_word(account) +
         (authority.empty() ? "" : " --ca " + shell_word(authority));
}

// The name of the configured CA with this key; empty if none has it.
std::string configured_name(const ca::Configuration& configuration, const ssh::PublicKey& key) {
  for (const std::string& name : configuration.names()) {
    const auto configured = ca::configured_public_key(configuration.find(name));
    if (configured && *configured == key) return name;
  }
  return {};
}

}  // namespace

// Certificates of a clock that is late are expired before they reach a host. Records tell the time too.
Finding check_clock(const DoctorOptions&) {
  constexpr std::string_view kName = "clock";
  const auto files = ledger::own_ledgers();
  const auto loaded = files && !files->empty() ? ledger::load_ledgers(*files)
                                               : Result<ledger::LoadedLedgers>(fail(Code::kNotFound, "none"));
  const std::uint64_t now = io::unix_seconds();
  const std::string shown = io::format_local(now);
  if (!loaded) return {kName, Verdict::kUnknown, shown + "; compare it with another clock"};
  std::uint64_t newest = 0;
  for (const auto& chain : loaded->chains) {
    for (const auto& entry : chain.entries) {
      if (entry.record) newest = std::max(newest, entry.record->seconds());
    }
  }
  if (newest <= now + kClockTolerance) return {kName, Verdict::kFine, shown + ", after the last record"};
  return {kName, Verdict::kWrong,
          fmt::format("{}, {} before the last record of the ledger", shown, ui::duration_words(newest - now)),
          fmt::format("sudo date -s @{}", newest)};
}

Finding check_canaries(const DoctorOptions& options) {
  constexpr std::string_view kName = "canaries";
  const auto configuration = ca::Configuration::load(options.configuration);
  const auto file = prove::usual_canary_file();
  if (!configuration || !file) return {kName, Verdict::kUnknown, "the configuration cannot be read"};
  if (const auto kind = io::kind_of(*file); kind && *kind == io::Kind::kNothing)
    return {kName, Verdict::kUnknown, "there are none, which only halligan prove needs", making("root", "")};
  const auto canaries = prove::read_canaries(*file);
  if (!canaries)
    return wrong(kName, canaries.error(), "mv " + shell_word(*file) + " " + shell_word(*file + ".wrong"));
  const std::uint64_t now = io::unix_seconds();
  for (const prove::Canary& each : *canaries) {
    const ssh::CertificateBody& body = each.certificate.body;
    if (each.name.revoked || body.valid_before > now + kCanarySoon) continue;
    const std::string when = body.valid_before > now
                                 ? "expires in " + ui::duration_words(body.valid_before - now)
                                 : "expired " + ui::duration_words(now - body.valid_before) + " ago";
    return {kName, Verdict::kWrong,
            fmt::format("the canary of {} by {} {}", printable(each.name.label), printable(each.authority()),
                        when),
            making(each.name.label, configured_name(*configuration, body.ca))};
  }
  for (const std::string& name : configuration->names()) {
    const auto key = ca::configured_public_key(configuration->find(name));
    const auto by = [&](const prove::Canary& each) { return each.certificate.body.ca == *key; };
    if (!key || std::ranges::any_of(*canaries, by)) continue;
    return {kName, Verdict::kWrong, "no canary is by the CA " + printable(name), making("root", name)};
  }
  return {kName, Verdict::kFine, fmt::format("{} in {}", canaries->size(), printable(*file))};
}

Finding check_drill(const DoctorOptions& options) {
  constexpr std::string_view kName = "drill";
  const std::uint64_t now = io::unix_seconds();
  if (!ca::Configuration::load(options.configuration))
    return {kName, Verdict::kUnknown, "the configuration cannot be read"};
  const auto status = drill::status_of_all(options.configuration, now);
  if (!status) return wrong(kName, status.error(), "halligan drill status");
  if (status->state == drill::State::kNever)
    return {kName, Verdict::kUnknown, "there was none", "halligan drill run HOST"};
  const std::string what = drill::status_words(*status, now);
  if (status->good()) return {kName, Verdict::kFine, what};
  std::string mend = "halligan drill run";
  if (status->state == drill::State::kChanged) mend += " --kind change";
  if (!status->last) return {kName, Verdict::kWrong, what, mend + " HOST"};
  for (const drill::DrilledHost& each : status->last->hosts) mend += " " + shell_word(each.host);
  return {kName, Verdict::kWrong, what, mend};
}

// What is in the envelope ages: hosts come and go, canaries expire, programs no longer start.
Finding check_kit(const DoctorOptions& options) {
  constexpr std::string_view kName = "kit";
  constexpr const char* kMake = "halligan kit print -o kit.pdf";
  const auto configuration = ca::Configuration::load(options.configuration);
  if (!configuration) return {kName, Verdict::kUnknown, "the configuration cannot be read"};
  const std::uint64_t now = io::unix_seconds();
  std::optional<std::uint64_t> oldest;
  std::string without;
  for (const std::string& name : configuration->names()) {
    const auto key = ca::configured_public_key(configuration->find(name));
    if (!key) continue;  // check_configuration() has reported it
    const auto last = kit::last_kit(*key);
    if (!last) return wrong(kName, last.error(), kMake);
    if (!*last) {
      without = printable(name);
    } else if (!oldest || **last < *oldest) {
      oldest = *last;
    }
  }
  if (!oldest) return {kName, Verdict::kUnknown, "none was made or verified on this computer", kMake};
  if (!without.empty()) return {kName, Verdict::kWrong, "no kit has the CA " + without + " in it", kMake};
  const std::string age = ui::duration_words(now - std::min(now, *oldest));
  if (now > *oldest && now - *oldest > kOldKit)
    return {kName, Verdict::kWrong, "made or verified " + age + " ago; look into the envelope, or renew it",
            kMake};
  return {kName, Verdict::kFine, "made or verified " + age + " ago"};
}

Finding check_unattended(const DoctorOptions& options) {
  constexpr std::string_view kName = "unattended";
  const auto agent = unattended::UserAgent::find({});
  const auto held = agent ? agent->held({}) : Result<std::vector<ssh::PublicKey>>(fail(agent.error()));
  if (held && !held->empty())
    return {kName, Verdict::kFine, fmt::format("{} unlocked in the ssh-agent", held->size())};
  if (!options.unattended)
    return {kName, Verdict::kUnknown, "no key is unlocked, which only unattended jobs need",
            held ? "halligan unlock" : ""};
  if (!held) return {kName, Verdict::kUnknown, "no ssh-agent to ask"};
  return {kName, Verdict::kWrong, "the ssh-agent holds no unlocked key: unattended jobs fail",
          "halligan unlock"};
}

}  // namespace halligan::doctor
