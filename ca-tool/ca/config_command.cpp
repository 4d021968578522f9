// halligan config show
#include <fmt/format.h>

#include <algorithm>

#include "base/codec.hpp"
#include "ca/authority_key.hpp"
#include "ca/command.hpp"
#include "ca/configuration.hpp"
#include "ca/policy.hpp"
#include "ca/selection.hpp"
#include "crypto/digest.hpp"
#include "io/files.hpp"
#include "ui/describe.hpp"

namespace halligan::ca {
namespace {

constexpr std::size_t kLargestList = 1024 * 1024;

// What the key is by which the CA is recognized, or why that is not known.
Result<std::string> fingerprint_of(const ConfiguredCa& ca) {
  HALLIGAN_TRY(const auto key, configured_public_key(ca));
  return crypto::fingerprint(key);
}

std::string to_text(const ConfiguredCa& ca, bool is_default) {
  std::string text = ui::text_row("CA", printable(ca.name) + (is_default ? " (default)" : ""));
  const auto fingerprint = fingerprint_of(ca);
  text += ui::text_row("Key", fingerprint ? *fingerprint : fingerprint.error().message);
  for (const CaKeyword& keyword : ca_keywords()) {
    const auto& setting = ca.*(keyword.into);
    if (!setting) continue;
    text += ui::text_row(keyword.name, printable(setting->value)) +
            ui::text_row("", "  from " + printable(setting->place()));
  }
  return text;
}

ui::Json to_json(const ConfiguredCa& ca, bool is_default) {
  ui::Json json{{"name", ui::json_text(ca.name)}, {"default", is_default}};
  if (const auto fingerprint = fingerprint_of(ca)) json["fingerprint"] = *fingerprint;
  ui::Json settings = ui::Json::array();
  for (const CaKeyword& keyword : ca_keywords()) {
    const auto& setting = ca.*(keyword.into);
    if (!setting) continue;
    settings.push_back({{"keyword", keyword.name},
                        {"value", ui::json_text(setting->value)},
                        {"file", ui::json_text(setting->file)},
                        {"line", setting->line}});
  }
  json["settings"] = std::move(settings);
  return json;
}

Result<int> show_configuration(const ConfigShowOptions& options) {
  HALLIGAN_TRY(const auto configuration, Configuration::load(options.configuration));
  HALLIGAN_TRY(const auto standard, configuration.default_ca());
  std::vector<std::string> names = configuration.names();
  if (!options.name.empty()) {
    if (!configuration.has(options.name)) {
      return fail(Code::kNo, "no CA is named " + printable(options.name), "list all: halligan config show");
    }
    names = {options.name};
  }
  if (!options.output.json) {
    const auto& files = configuration.files();
    HALLIGAN_CHECK(ui::print(ui::text_row("Files", files.empty() ? "none" : ui::joined(files))));
  }
  for (const std::string& name : names) {
    const ConfiguredCa ca = configuration.find(name);
    const bool is_default = standard == name;
    HALLIGAN_CHECK(ui::print(options.output.json ? ui::json_line(to_json(ca, is_default))
                                                 : "\n" + to_text(ca, is_default)));
  }
  return 0;
}

// What an emergency would find missing.
void add_problems(const ConfiguredCa& ca, std::vector<std::string>& problems) {
  const auto add = [&](const Setting& setting, const Result<>& done) {
    if (!done) problems.push_back(printable(setting.place()) + ": " + done.error().message);
  };
  const auto readable = [](const std::string& path, std::size_t limit) -> Result<> {
    HALLIGAN_CHECK(io::read_trusted_file(path, limit));
    return {};
  };
  const auto public_key = configured_public_key(ca);
  if (!public_key) problems.push_back(public_key.error().message);
  if (ca.key && public_key) {
    const auto own = read_authority_public_key(ca.key->value);
    add(*ca.key, !own                  ? fail(own.error())
                 : *own != *public_key ? fail(Code::kBadInput, "Key and PublicKey are of different CAs")
                                       : Result<>{});
  }
  if (ca.policy) {
    const auto policy = read_policy(ca.policy->value);
    add(*ca.policy, policy ? Result<>{} : fail(policy.error()));
  }
  if (ca.co_signers) add(*ca.co_signers, readable(ca.co_signers->value, kLargestList));
  if (ca.known_hosts) add(*ca.known_hosts, readable(ca.known_hosts->value, kLargestList));
}

}  // namespace

std::vector<std::string> configuration_problems(const Configuration& configuration) {
  std::vector<std::string> problems;
  for (const std::string& name : configuration.names()) add_problems(configuration.find(name), problems);
  return problems;
}

namespace {

Result<int> check_configuration(const ConfigShowOptions& options) {
  HALLIGAN_TRY(const auto configuration, Configuration::load(options.configuration));
  HALLIGAN_CHECK(configuration.default_ca());
  const std::vector<std::string> problems = configuration_problems(configuration);
  std::string text;
  ui::Json list = ui::Json::array();
  for (const std::string& problem : problems) {
    text += ui::text_row("Problem", problem);
    list.push_back(ui::json_text(problem));
  }
  const std::size_t count = configuration.names().size();
  text +=
      ui::text_row("CAs", fmt::format("{}, {}", count, problems.empty() ? "nothing missing" : "NOT READY"));
  HALLIGAN_CHECK(ui::print(
      options.output.json
          ? ui::json_line({{"ready", problems.empty()}, {"cas", count}, {"problems", std::move(list)}})
          : text));
  return problems.empty() ? 0 : 1;
}

void declare_check(command::Flags& flags, ConfigShowOptions& options) {
  declare_configuration(flags, options.configuration);
  ui::declare_json(flags, options.output);
}

void declare_show(command::Flags& flags, ConfigShowOptions& options) {
  flags.argument("NAME", options.name, "a CA (else: all)").optional();
  declare_configuration(flags, options.configuration);
  ui::declare_json(flags, options.output);
}

}  // namespace

command::Command config_command() {
  return command::group(
      "config", "show and check the configuration of the CAs", "halligan config show",
      {command::make(
           "show", "show what is set for each CA, and where", show_configuration, declare_show,
           {.notes = "Files: ~/.config/halligan/config, then /etc/halligan/config; see halligan(5).",
            .examples = {"halligan config show emergency --json"}}),
       command::make("check", "read every file that the configuration names", check_configuration,
                     declare_check,
                     {.notes = "Exit status 0 if nothing is missing, 1 if something is.",
                      .examples = {"halligan config check && echo ready"}})});
}

}  // namespace halligan::ca
