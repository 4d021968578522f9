// The CAs of the configuration, their policies, and the ledgers.
#include <fmt/format.h>

#include <filesystem>

#include "base/codec.hpp"
#include "ca/authority_files.hpp"
#include "ca/command.hpp"
#include "ca/policy.hpp"
#include "ca/selection.hpp"
#include "doctor/checks.hpp"
#include "ledger/files.hpp"
#include "ledger/verify.hpp"
#include "ui/describe.hpp"

namespace halligan::doctor {
namespace {

// A CA that is bound to no policy, or to another one than the file has; nothing if it is bound to that.
std::optional<Finding> policy_fault(std::string_view name, const ca::ConfiguredCa& authority) {
  if (!authority.policy) return std::nullopt;
  const auto key = ca::configured_public_key(authority);
  const auto policy = ca::read_policy(authority.policy->value);
  if (!key || !policy) return std::nullopt;  // check_configuration() has reported it
  const std::string file = authority.key ? authority.key->value : "";
  const auto found = ca::notes_beside(file, *key);
  if (!found) return wrong(name, found.error(), "");
  const auto& notes = *found;
  if (!notes) {
    return Finding{
        name, Verdict::kUnknown,
        "whether the CA " + printable(authority.name) + " is bound to its policy is known by its token only",
        "halligan token keys list"};
  }
  if (notes->policy == policy->sha256) return std::nullopt;
  std::string command = "halligan ca bind-policy -d " +
                        shell_word(std::filesystem::path(file).parent_path().string()) + " --policy " +
                        shell_word(authority.policy->value);
  if (authority.application) command += " --application " + shell_word(authority.application->value);
  return Finding{name, Verdict::kWrong,
                 "the CA " + printable(authority.name) + " is bound to " +
                     (notes->policy ? "another" : "no") + " policy than " +
                     printable(authority.policy->value),
                 std::move(command)};
}

}  // namespace

Finding check_configuration(const DoctorOptions& options) {
  constexpr std::string_view kName = "config";
  const auto configuration = ca::Configuration::load(options.configuration);
  if (!configuration) return wrong(kName, configuration.error(), "correct that line");
  const auto standard = configuration->default_ca();
  if (!standard) return wrong(kName, standard.error(), "correct that line");
  const auto problems = ca::configuration_problems(*configuration);
  if (!problems.empty()) return {kName, Verdict::kWrong, problems.front(), "halligan config check"};
  if (configuration->names().empty())
    return {kName, Verdict::kUnknown, "no CA is configured, see halligan(5)"};
  return {kName, Verdict::kFine, fmt::format("{} of CAs, nothing missing", configuration->names().size())};
}

Finding check_policy(const DoctorOptions& options) {
  constexpr std::string_view kName = "policy";
  const auto configuration = ca::Configuration::load(options.configuration);
  if (!configuration) return {kName, Verdict::kUnknown, "the configuration cannot be read"};
  bool any = false;
  for (const std::string& name : configuration->names()) {
    const ca::ConfiguredCa authority = configuration->find(name);
    any = any || authority.policy;
    if (auto fault = policy_fault(kName, authority)) return std::move(*fault);
  }
  if (!any) return {kName, Verdict::kUnknown, "no configured CA has a policy, see halligan-ca(1)"};
  return {kName, Verdict::kFine, "each configured CA is bound to its policy"};
}

Finding check_ledger(const DoctorOptions&) {
  constexpr std::string_view kName = "ledger";
  if (!ca::Configuration::load({}))
    return {kName, Verdict::kUnknown, "the configuration, which names ledgers, cannot be read"};
  const auto files = ledger::own_ledgers();
  if (files && files->empty()) return {kName, Verdict::kUnknown, "nothing is on record yet"};
  const auto loaded =
      files ? ledger::load_ledgers(*files) : Result<ledger::LoadedLedgers>(fail(files.error()));
  if (!loaded) return wrong(kName, loaded.error(), "halligan ledger verify");
  auto verdict = ledger::verify_ledger(loaded->chains, {});
  verdict.findings.insert(verdict.findings.begin(), loaded->torn.begin(), loaded->torn.end());
  for (const auto& finding : verdict.findings) {
    if (finding.kind.fault) return {kName, Verdict::kWrong, finding.text, "halligan ledger verify"};
  }
  return {kName, Verdict::kFine, fmt::format("intact: {}", ui::joined(*files))};
}

}  // namespace halligan::doctor
