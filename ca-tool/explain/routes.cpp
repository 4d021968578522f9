#include "explain/routes.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/codec.hpp"
#include "base/text.hpp"
#include "crypto/digest.hpp"
#include "explain/key_options.hpp"
#include "ssh/options.hpp"
#include "ssh/text_line.hpp"
#include "ssh/validity.hpp"
#include "trust/host_lines.hpp"
#include "trust/plan.hpp"

namespace halligan::explain {
namespace {

bool permits(const std::string& from, const std::string& address) {
  return trust::match_addresses(address, from) == 1;
}

bool expired(const std::string& time, std::uint64_t at) {
  const auto until = ssh::parse_validity("always:" + time, at);
  return !until || at > until->before;
}

struct Refusal {
  std::string code;
  std::string reason;    // verbatim
  std::string before{};  // what is logged first
  std::string mend{};
};

std::string label_of(const ssh::PublicKey& key) { return std::string(key.label()); }

Step refused(const Case& asked, const Refusal& why, const std::string& place, const std::string& via) {
  std::string log = why.reason;
  if (asked.version >= 1001 && asked.subject.certificate) {
    const ssh::CertificateBody& body = asked.subject.certificate->body;
    log = fmt::format("Refusing certificate ID \"{}\" serial={} signed by {} CA {}{}: {}", body.key_id,
                      body.serial, label_of(body.ca), crypto::fingerprint(body.ca), via, why.reason);
  }
  if (!why.before.empty()) log = why.before + "\n" + log;
  return {why.code, Verdict::kNo, why.reason, place, log, why.mend};
}

std::string renew() { return "mint a new certificate: halligan mint"; }

// Type, validity, and the names if nothing else has decided about them.
std::optional<Refusal> check_authority(const Case& asked, bool names_count) {
  const ssh::CertificateBody& body = asked.subject.certificate->body;
  if (body.type != ssh::CertificateType::kUser)
    return Refusal{"type", "Certificate invalid: not a user certificate", {}, renew()};
  if (asked.login.at < body.valid_after) {
    return Refusal{"validity",
                   "Certificate invalid: not yet valid",
                   {},
                   "compare the clocks: date -u there and here; or wait"};
  }
  if (asked.login.at >= body.valid_before)
    return Refusal{"validity", "Certificate invalid: expired", {}, renew()};
  if (body.principals.empty()) {
    if (names_count || asked.version >= 1003)
      return Refusal{
          "principals", "Certificate lacks principal list", {}, renew() + " -n " + asked.login.user};
    return std::nullopt;
  }
  if (names_count && std::ranges::find(body.principals, asked.login.user) == body.principals.end()) {
    return Refusal{"principals",
                   "Certificate invalid: name is not a listed principal",
                   {},
                   renew() + " -n " + asked.login.user};
  }
  return std::nullopt;
}

std::optional<Refusal> check_critical(const Case& asked, bool& forced) {
  const ssh::CertificateBody& body = asked.subject.certificate->body;
  for (const ssh::CertificateOption& each : body.critical) {
    if (ssh::option_kind(body.type, each.name, true) != ssh::OptionKind::kUnknown) continue;
    return Refusal{"critical", "Invalid certificate options",
                   fmt::format("Certificate critical option \"{}\" is not supported", each.name),
                   renew() + " without this critical option"};
  }
  forced = forced || ssh::find_option(body.critical, "force-command") != nullptr;
  return std::nullopt;
}

// @param where what sshd calls the place of the line; "cert" for TrustedUserCAKeys
std::optional<Refusal> check_source(const Case& asked, const std::string& where) {
  const ssh::CertificateBody& body = asked.subject.certificate->body;
  const auto* const source = ssh::find_option(body.critical, "source-address");
  if (source == nullptr) return std::nullopt;
  const auto list = ssh::option_value(*source);
  if (list && *list && permits(**list, asked.login.from)) return std::nullopt;
  return Refusal{"source-address", "Refused by certificate options",
                 fmt::format("{}: Authentication tried for {} with valid certificate but not from a "
                             "permitted source address ({}).",
                             where, asked.login.user, asked.login.from),
                 "log in from a permitted address, or " + renew()};
}

// What a line says besides the key. @param what "Refused by key options" and the like
std::optional<Refusal> check_line(const Case& asked, const KeyOptions& options, const std::string& what,
                                  const std::string& where, const std::string& mend) {
  const auto expiry = options.values.find("expiry-time");
  if (expiry != options.values.end() && expired(expiry->second, asked.login.at))
    return Refusal{"line-options", what, {}, mend};
  const auto from = options.values.find("from");
  if (from != options.values.end() && !permits(from->second, asked.login.from)) {
    return Refusal{"line-options", what,
                   fmt::format("{}: Authentication tried for {} with correct key but not from a permitted "
                               "host (host={}, ip={}, required={}).",
                               where, asked.login.user, asked.login.from, asked.login.from, from->second),
                   mend};
  }
  return std::nullopt;
}

std::optional<Refusal> check_merge(const Case& asked, const KeyOptions& options) {
  const auto line = options.values.find("command");
  const auto* const own = ssh::find_option(asked.subject.certificate->body.critical, "force-command");
  if (line == options.values.end() || own == nullptr) return std::nullopt;
  const auto text = ssh::option_value(*own);
  if (text && *text && **text == line->second) return std::nullopt;
  return Refusal{"forced-command",
                 "forced command options do not match",
                 {},
                 "let the certificate or the line force a command, not both"};
}

// As the user, with StrictModes. @return what sshd logs; empty: it reads the file
std::string unsafe(const Case& asked, const trust::HostFile& file, std::uint64_t owner) {
  if (asked.setting.value("strictmodes") == "no") return {};
  if ((file.mode & 022U) != 0 || (file.uid != 0 && file.uid != owner))
    return "Authentication refused: bad ownership or modes for file " + file.real;
  std::string folder = file.real;
  while (folder.size() > 1) {
    folder = folder.substr(0, std::max<std::size_t>(folder.rfind('/'), 1));
    const auto found = asked.facts.folders.find(folder);
    if (found != asked.facts.folders.end()) {
      const auto& state = found->second;
      if ((state.mode & 022U) != 0 || (state.uid != 0 && state.uid != owner))
        return "Authentication refused: bad ownership or modes for directory " + folder;
    }
    if (folder == asked.account.home) break;
  }
  return {};
}

struct Principals {
  std::optional<Refusal> refusal{};
  KeyOptions options{};
  std::string place{};
  bool unknown = false;
};

Principals match_principals(const Case& asked) {
  Principals out;
  const std::string& path = asked.account.principals;
  const trust::HostFile* const file = asked.facts.file(path);
  out.place = path;
  Refusal none{"principals",
               "Certificate does not contain an authorized principal",
               {},
               fmt::format("add one of the certificate's principals to {}: echo PRINCIPAL >>{}", path, path)};
  const bool file_named_none =
      asked.setting.none_in_match("authorizedprincipalsfile") && asked.version < 1006;
  if (file_named_none) {
    out.place = asked.setting.place("authorizedprincipalsfile");
    none.mend =
        "remove AuthorizedPrincipalsFile none from the Match block: before OpenSSH 10.6 it names a file";
  } else if (file != nullptr && file->exists) {
    if (!asked.account.principals_read) {
      none.before = fmt::format("Could not open user '{}' authorized principals '{}': Permission denied",
                                asked.login.user, path);
      // From 10.0 on the name is a pattern, which finds nothing in a folder that the user may not enter.
      const auto folder = asked.facts.folders.find(path.substr(0, path.rfind('/')));
      const bool closed = folder != asked.facts.folders.end() && (folder->second.mode & 1U) == 0;
      if (asked.version < 901 || (asked.version >= 1000 && closed)) none.before.clear();
      none.mend = "let the user read it: chmod 644 " + path;
    } else if (none.before = unsafe(asked, *file, asked.account.uid); !none.before.empty()) {
      none.mend = "chmod go-w what the log names, and chown root it";
    } else {
      std::string_view text = file->text;
      for (std::size_t number = 1; !text.empty(); ++number) {
        const auto line = trust::principal_on(trust::next_host_line(text));
        if (!line) continue;
        const KeyOptions options = parse_key_options(line->options);
        if (options.bad) continue;
        const auto& own = asked.subject.certificate->body.principals;
        if (std::ranges::find(own, line->name) == own.end()) continue;
        out.options = options;
        out.place = path + ":" + std::to_string(number);
        return out;
      }
    }
  }
  if (asked.setting.value("authorizedprincipalscommand") != "none") {
    out.unknown = true;
    return out;
  }
  out.refusal = std::move(none);
  return out;
}

// Does the file name this CA before a line that ends the reading? @return "FILE:LINE"
std::optional<std::string> find_authority(const Case& asked, const trust::HostFile& file,
                                          std::string& broken) {
  const auto place = [&](std::size_t line) { return file.path + ":" + std::to_string(line); };
  const trust::ReadLines read = trust::read_ca_file(file.text);
  if (read.line != 0) broken = place(read.line);
  for (const auto& [at, key] : read.keys) {
    if (key != asked.subject.certificate->body.ca) continue;
    const std::string_view before = std::string_view(file.text).substr(0, at);
    return place(1 + static_cast<std::size_t>(std::ranges::count(before, '\n')));
  }
  return std::nullopt;
}

Route accepted(std::string name, std::string text, std::string place, bool forced) {
  return {{std::move(name), Verdict::kYes, std::move(text), std::move(place)}, forced, false};
}

}  // namespace

Route trusted_ca_route(const Case& asked) {
  const std::string path = asked.setting.value("trustedusercakeys");
  const std::string fingerprint = crypto::fingerprint(asked.subject.certificate->body.ca);
  Step unlisted{"ca",
                Verdict::kNo,
                "the CA " + fingerprint + " is not trusted: TrustedUserCAKeys is not set",
                asked.setting.place("trustedusercakeys"),
                "",
                "halligan trust apply HOST --ca CA"};
  if (path == "none") return {std::move(unlisted), false, true};
  const trust::HostFile* const file = asked.facts.file(path);
  if (file == nullptr || !file->exists) {
    unlisted.text = "the file of TrustedUserCAKeys is missing: " + path;
    return {std::move(unlisted), false, true};
  }
  std::string broken;
  const auto place = find_authority(asked, *file, broken);
  if (!place) {
    unlisted.text = fmt::format("the CA {} is not in {}", fingerprint, path);
    if (!broken.empty()) {
      unlisted.text += "; the reading ends at a line that sshd cannot read";
      unlisted.place = broken;
    }
    return {std::move(unlisted), false, true};
  }
  const bool names_count = asked.setting.value("authorizedprincipalsfile") == "none" &&
                           asked.setting.value("authorizedprincipalscommand") == "none" &&
                           !(asked.setting.none_in_match("authorizedprincipalsfile") && asked.version < 1006);
  Principals principals;
  if (!names_count) principals = match_principals(asked);
  const std::string where = names_count ? *place : principals.place;
  const auto no = [&](const Refusal& why) { return Route{refused(asked, why, where, ""), false, false}; };
  if (principals.refusal) return no(*principals.refusal);
  // An empty list is refused here by all versions.
  auto why = check_authority(asked, names_count);
  if (!why && asked.subject.certificate->body.principals.empty())
    why = Refusal{"principals", "Certificate lacks principal list", {}, renew()};
  if (why) return no(*why);
  bool forced = principals.options.values.contains("command");
  if ((why = check_critical(asked, forced))) return no(*why);
  if ((why = check_source(asked, "cert"))) return no(*why);
  if ((why = check_line(asked, principals.options, "Refused by certificate principals options", "principals",
                        "change the options of the line in " + where)))
    return no(*why);
  if ((why = check_merge(asked, principals.options))) return no(*why);
  if (principals.unknown) {
    return {
        {"principals", Verdict::kUnknown, "AuthorizedPrincipalsCommand is asked: what it says is not known",
         asked.setting.place("authorizedprincipalscommand")},
        forced,
        false};
  }
  return accepted("ca", "the CA is trusted, and the principals fit", where, forced);
}

Route authorized_keys_route(const Case& asked) {
  Step last{"key", Verdict::kNo, "no line of authorized_keys has this key",
            "",    "",           "add the public key: ssh-copy-id"};
  bool other = true;
  for (const std::string& block : asked.account.authorized) {
    std::string_view text = block;
    std::string_view head = next_line(text);
    const unsigned mode = whole_number<unsigned>(ssh::next_word(head), 8).value_or(0);
    const auto owner = whole_number<std::uint64_t>(ssh::next_word(head)).value_or(0);
    const trust::HostFile file{.path = std::string(head),
                               .real = std::string(head),
                               .mode = mode,
                               .uid = owner,
                               .sum = {},
                               .text = {}};
    if (const std::string bad = unsafe(asked, file, asked.account.uid); !bad.empty()) {
      if (!text.empty()) last.log = bad, last.text = bad, last.mend = "chmod go-w " + std::string(head);
      continue;
    }
    while (!text.empty()) {
      const std::string_view line = trust::next_host_line(text);
      const std::size_t colon = line.find(':');
      if (colon == std::string_view::npos) continue;
      const std::string place = fmt::format("{}:{}", head, line.substr(0, colon));
      const std::string_view entry = trim_start(line.substr(colon + 1));
      const std::size_t at = ssh::find_key_in_line(entry);
      const auto key = ssh::parse_public_key_line(entry.substr(at));
      if (!key) continue;
      std::string_view front = entry.substr(0, at);
      while (front.ends_with(' ') || front.ends_with('\t')) front.remove_suffix(1);
      const KeyOptions options = parse_key_options(front);
      const bool authority = options.values.contains("cert-authority");
      if (options.bad || authority != asked.subject.certificate.has_value()) continue;
      // Of a CA alone.
      if (!authority && options.values.contains("principals")) continue;
      if (key->key != (authority ? asked.subject.certificate->body.ca : asked.subject.key)) continue;
      bool forced = options.values.contains("command");
      const std::string what = "Refused by key options";
      auto why = check_line(asked, options, asked.version >= 1001 ? what + " at " + place : what, place,
                            "change the options of the line at " + place);
      if (why) {
        last = {"line-options",
                Verdict::kNo,
                what,
                place,
                (why->before.empty() ? "" : why->before + "\n") + why->reason,
                why->mend};
        other = false;
        continue;
      }
      if (!authority) return accepted("key", "a line of authorized_keys has the key", place, forced);
      why = check_critical(asked, forced);
      if (!why) why = check_source(asked, place);
      if (!why) why = check_merge(asked, options);
      const auto listed = options.values.find("principals");
      if (!why && listed != options.values.end()) {
        const auto& own = asked.subject.certificate->body.principals;
        const bool any = std::ranges::any_of(
            own, [&](const std::string& each) { return trust::match_list(each, listed->second) == 1; });
        if (!any)
          why = Refusal{"principals",
                        "Certificate does not contain an authorized principal",
                        {},
                        "change principals= of the line at " + place};
      }
      if (!why)
        why = check_authority(
            asked, listed == options.values.end() && !asked.subject.certificate->body.principals.empty());
      if (!why)
        return accepted("ca", "a cert-authority line of authorized_keys trusts the CA", place, forced);
      last = refused(asked, *why, place, " via " + place);
      other = false;
    }
  }
  return {std::move(last), false, other};
}

}  // namespace halligan::explain
