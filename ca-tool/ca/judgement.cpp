#include "ca/judgement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/codec.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "crypto/digest.hpp"
#include "crypto/pem.hpp"
#include "crypto/public_key.hpp"
#include "io/files.hpp"
#include "ssh/validity.hpp"

namespace halligan::ca {
namespace {

constexpr std::size_t kLargestTrustFile = 16 * 1024 * 1024;  // a known_hosts of a large site

Result<Renewal> parse_renewal(const std::string& text) {
  if (!text.ends_with('%')) {
    HALLIGAN_TRY(const std::uint64_t seconds, ssh::parse_duration(text).in("--expires-in"));
    return Renewal{seconds, std::nullopt};
  }
  const std::string_view digits = std::string_view(text).substr(0, text.size() - 1);
  const auto percent = whole_number<unsigned>(digits);
  if (percent && *percent <= 100) return Renewal{0, percent};
  return fail(Code::kUsage, "--expires-in: expected 0% to 100%, not " + printable(text));
}

Result<> read_trusted(const std::string& file, std::vector<KnownAuthority>& out) {
  HALLIGAN_TRY(const Bytes text, io::read_file(file, kLargestTrustFile));
  if (crypto::looks_like_foreign_public_key(as_text(text))) {
    HALLIGAN_TRY(auto line, crypto::parse_public_key_file(as_text(text)).in(file));
    out.push_back({file, {.key = std::move(line.key), .comment = std::move(line.comment), .line = 1}});
    return {};
  }
  std::vector<std::size_t> skipped;
  HALLIGAN_TRY(auto parsed, ssh::parse_authorities(as_text(text), &skipped).in(file));
  for (const std::size_t line : skipped)
    say(fmt::format("{}:{}: skipped: a key of a type that is not known here", printable(file), line));
  for (auto& each : parsed) out.push_back({file, std::move(each)});
  return {};
}

// How much of its time a certificate has used up; nothing of one that never ends.
bool expires_soon(const Renewal& renewal, const ssh::CertificateBody& body, std::uint64_t now) {
  if (body.valid_before == ssh::kForever || now < body.valid_after || now >= body.valid_before) return false;
  if (!renewal.percent) return body.valid_before - now < renewal.seconds;
  const auto used = static_cast<long double>(now - body.valid_after);
  return used * 100 >= static_cast<long double>(body.valid_before - body.valid_after) *
                           static_cast<long double>(*renewal.percent);
}

void judge_time(const Measure& measure, const ssh::CertificateBody& body, std::vector<Problem>& out) {
  const std::uint64_t now = measure.now;
  if (body.valid_after >= body.valid_before) {
    out.push_back({"never-valid", "never valid: it ends before it begins", true});
  } else if (now < body.valid_after) {
    out.push_back(
        {"not-yet-valid", "not yet valid, starts in " + ui::duration_words(body.valid_after - now), true});
  } else if (now >= body.valid_before) {
    out.push_back({"expired", "expired " + ui::duration_words(now - body.valid_before) + " ago", true});
  } else if (measure.renewal && expires_soon(*measure.renewal, body, now)) {
    out.push_back({"expires-soon", "expires in " + ui::duration_words(body.valid_before - now), true});
  }
}

void judge_authority(const Measure& measure, const ssh::CertificateBody& body, const HostAsked* host,
                     Judgement& out) {
  if (measure.authorities.empty()) return;
  for (const KnownAuthority& each : measure.authorities) {
    if (each.authority.key != body.ca) continue;
    const std::string& hosts = each.authority.hosts;
    out.other_hosts = host != nullptr && !hosts.empty() && !ssh::matches_host(hosts, host->name, host->port);
    out.authority = &each;
    if (!out.other_hosts) return;
  }
  if (out.authority == nullptr) {
    out.problems.push_back(
        {"ca-unknown", "signed by a CA that is not among those given: " + crypto::fingerprint(body.ca)});
  } else {
    out.problems.push_back(
        {"ca-other-hosts", "the CA at " + out.authority->where() +
                               " is for other hosts: " + printable(out.authority->authority.hosts)});
  }
}

void judge_host(const HostAsked& host, const ssh::CertificateBody& body, Judgement& out) {
  if (body.type != ssh::CertificateType::kHost) {
    out.problems.push_back({"not-a-host-certificate", "not a certificate for a host"});
  }
  // As ssh compares them: letter by letter, without wildcards.
  const auto& names = body.principals;
  out.host = &host;
  out.names_host = std::find(names.begin(), names.end(), host.name) != names.end();
  if (!out.names_host) {
    // Without principals OpenSSH before 10.3 takes it for any host; that is no name either.
    out.problems.push_back({"host-not-named", names.empty() ? "for no host by name: it has no principals"
                                                            : "not for " + printable(host.name)});
  }
}

// What OpenSSH refuses whatever the time and the host, one problem for each reason. judge_time() reports an
// empty validity, and a bad signature has been reported with its cause.
void judge_content(const ui::Described& described, std::vector<Problem>& out) {
  for (const ssh::Finding& each : described.findings) {
    if (each.severity != ssh::Severity::kRefused || each.topic == ssh::Topic::kValidity) continue;
    if (!described.verified && each.topic == ssh::Topic::kSignature) continue;
    out.push_back({"refused", "refused: " + each.text, true});
  }
}

template <typename Subject>
void judge_revoked(const Measure& measure, const Subject& subject, std::uint64_t serial, Judgement& out) {
  for (const auto& list : measure.lists) {
    const auto found = list.find(subject);
    if (!found) continue;
    out.list = &list;
    out.revocation = *found;
    out.problems.push_back(
        {"revoked", "revoked by " + revocation_words(*found, serial) + " in " + printable(list.path())});
    return;
  }
}

constexpr std::string_view kHostCharacters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:%";

}  // namespace

std::string KnownAuthority::where() const { return printable(file) + ":" + std::to_string(authority.line); }

Result<HostAsked> parse_host(const std::string& text) {
  std::string name = text;
  std::optional<std::string> port;
  const std::size_t colon = text.rfind(':');
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string::npos || (close + 1 != text.size() && text[close + 1] != ':')) {
      return fail(Code::kUsage, "expected HOST, HOST:PORT or [ADDRESS]:PORT, not " + printable(text));
    }
    name = text.substr(1, close - 1);
    if (close + 1 != text.size()) port = text.substr(close + 2);
  } else if (colon != std::string::npos && text.find(':') == colon) {
    name = text.substr(0, colon);
    port = text.substr(colon + 1);
  }
  HostAsked out;
  if (port) {
    if (port->empty()) port = "0";
    out.port = whole_number<std::uint16_t>(*port).value_or(0);
    if (out.port == 0) return fail(Code::kUsage, "expected a port, not " + printable(*port));
  }
  if (name.empty() || name.size() > 255 || name.front() == '-' ||
      name.find_first_not_of(kHostCharacters) != std::string::npos) {
    return fail(Code::kUsage, "expected the name of a host, not " + printable(name));
  }
  // As ssh does before it compares the name with a certificate's.
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  out.name = std::move(name);
  return out;
}

std::string known_hosts_name(const HostAsked& host) {
  return host.port == HostAsked{}.port ? host.name : "[" + host.name + "]:" + std::to_string(host.port);
}

Result<Measure> read_measure(const MeasureOptions& options, std::uint64_t now) {
  Measure out;
  out.now = now;
  if (!options.expires_in.empty()) {
    HALLIGAN_TRY(out.renewal, parse_renewal(options.expires_in));
  }
  for (const std::string& file : options.authorities) HALLIGAN_CHECK(read_trusted(file, out.authorities));
  for (const std::string& file : options.lists) {
    HALLIGAN_TRY(auto list, RevocationList::read(file));
    if (const auto reason = refused_by_sshd(list.krl())) {
      return fail(Code::kUnsupported,
                  file + ": " + *reason + ", and sshd refuses every key with such a list");
    }
    out.lists.push_back(std::move(list));
  }
  return out;
}

Judgement judge(const Measure& measure, const ui::Described& described, const HostAsked* host) {
  Judgement out;
  const ssh::Certificate& certificate = described.certificate;
  if (!described.verified) {
    out.problems.push_back(
        {"signature-bad", "the CA's signature is bad: " + described.verified.error().message});
  }
  judge_authority(measure, certificate.body, host, out);
  judge_revoked(measure, certificate, certificate.body.serial, out);
  if (host != nullptr) judge_host(*host, certificate.body, out);
  judge_content(described, out.problems);
  judge_time(measure, certificate.body, out.problems);
  return out;
}

Judgement judge(const Measure& measure, const ssh::PublicKey& key) {
  Judgement out;
  judge_revoked(measure, key, 0, out);
  return out;
}

void judge_key(const ssh::PublicKey& key, std::string_view whose, Judgement& out) {
  const auto checked = crypto::check_public_key(key);
  if (checked) return;
  out.weak_key = fmt::format("{}: {}", whose, checked.error().message);
  out.problems.push_back({"key-weak", out.weak_key});
}

std::string revocation_words(const ssh::Revocation& revocation, std::uint64_t serial) {
  using ssh::RevokedBy;
  const std::string whose = revocation.ca_key ? "of the CA's key" : "of its key";
  const std::string any = revocation.any_ca ? " of any CA" : "";
  const auto in_serials = [&](std::string_view form) {
    const auto [first, last] = revocation.serials;
    if (first == last) return fmt::format("its serial{}, {}, in a {}", any, serial, form);
    return fmt::format("its serial{}, {}, among {}-{} in a {}", any, serial, first, last, form);
  };
  switch (revocation.by) {
    case RevokedBy::kKey:
      return "an entry " + whose;
    case RevokedBy::kSha1:
      return "the SHA-1 " + whose;
    case RevokedBy::kSha256:
      return "the SHA-256 " + whose;
    case RevokedBy::kKeyId:
      return "its key ID" + any;
    case RevokedBy::kSerialList:
      return in_serials("list");
    case RevokedBy::kSerialRange:
      return in_serials("range");
    case RevokedBy::kSerialBitmap:
      return in_serials("bitmap");
  }
  return "";
}

std::string_view revocation_code(ssh::RevokedBy by) {
  constexpr std::array<std::string_view, 7> kCodes{"key",         "sha1",         "sha256",       "key-id",
                                                   "serial-list", "serial-range", "serial-bitmap"};
  return kCodes[static_cast<std::size_t>(by)];
}

void add_key_judgement(ui::Json& json, const Measure& measure, const Judgement& judgement) {
  if (!judgement.weak_key.empty()) json["weak_key"] = judgement.weak_key;
  if (measure.lists.empty()) return;
  json["revoked"] = judgement.list != nullptr;
  if (judgement.list == nullptr) return;
  const ssh::Revocation& by = judgement.revocation;
  ui::Json entry{{"krl", ui::json_text(judgement.list->path())}};
  if (const auto version = judgement.list->version()) entry["version"] = *version;
  entry["entry"] = revocation_code(by.by);
  entry["ca_key"] = by.ca_key;
  entry["any_ca"] = by.any_ca;
  if (by.serials.last != 0) entry["serials"] = {by.serials.first, by.serials.last};
  json["revoked_by"] = std::move(entry);
}

void add_judgement(ui::Json& json, const Measure& measure, const Judgement& judgement) {
  if (!measure.authorities.empty()) {
    const auto* known = judgement.authority;
    json["ca_known"] = known != nullptr && !judgement.other_hosts;
    if (known != nullptr) {
      json["signed_by"] = {{"file", ui::json_text(known->file)},
                           {"line", known->authority.line},
                           {"comment", ui::json_text(known->authority.comment)}};
    }
  }
  add_key_judgement(json, measure, judgement);
  if (judgement.host != nullptr) {
    json["host"] = {{"name", ui::json_text(judgement.host->name)},
                    {"port", judgement.host->port},
                    {"named", judgement.names_host}};
  }
}

std::string key_rows(const Measure& measure, const Judgement& judgement, std::uint64_t serial) {
  std::string rows;
  if (!judgement.weak_key.empty()) rows = ui::text_row("Weak key", judgement.weak_key, ui::Tone::kAlarm);
  if (measure.lists.empty()) return rows;
  if (judgement.list == nullptr) return rows + ui::text_row("Revoked", "no");
  return rows + ui::text_row("Revoked",
                             fmt::format("YES, by {} ({})", revocation_words(judgement.revocation, serial),
                                         printable(judgement.list->path())));
}

std::string judgement_rows(const Measure& measure, const Judgement& judgement, std::uint64_t serial) {
  std::string rows;
  if (!measure.authorities.empty()) {
    const auto* known = judgement.authority;
    std::string words = "a CA that is NOT among those given";
    if (known != nullptr) {
      const std::string& comment = known->authority.comment;
      words = "CA " + (comment.empty() ? known->where() : printable(comment) + " (" + known->where() + ")");
      if (judgement.other_hosts) words += ", which is for OTHER HOSTS: " + printable(known->authority.hosts);
    }
    rows += ui::text_row("Signed by", words);
  }
  rows += key_rows(measure, judgement, serial);
  if (judgement.host != nullptr) {
    rows += ui::text_row("Host", fmt::format("{} is {}among the principals", printable(judgement.host->name),
                                             judgement.names_host ? "" : "NOT "));
  }
  return rows;
}

}  // namespace halligan::ca
