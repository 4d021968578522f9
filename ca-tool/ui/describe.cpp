#include "ui/describe.hpp"

#include <fmt/format.h>

#include <array>

#include "crypto/canary.hpp"
#include "crypto/digest.hpp"
#include "io/clock.hpp"
#include "ssh/options.hpp"

namespace halligan::ui {
namespace {

constexpr std::size_t kNameColumns = 12;

std::string state(const Described& described) {
  const ssh::CertificateBody& body = described.certificate.body;
  if (body.valid_after >= body.valid_before) return "never valid";
  if (described.now < body.valid_after)
    return "not yet valid, starts in " + duration_words(body.valid_after - described.now);
  if (described.now >= body.valid_before)
    return "expired " + duration_words(described.now - body.valid_before) + " ago";
  if (!described.verified) return "not valid: its signature is not good";
  if (body.valid_before == ssh::kForever) return "valid now, never expires";
  return "valid now, " + duration_words(body.valid_before - described.now) + " left";
}

// Not yet valid is no alarm: it will be.
Tone state_tone(const Described& described) {
  const ssh::CertificateBody& body = described.certificate.body;
  const bool over =
      !described.verified || described.now >= body.valid_before || body.valid_after >= body.valid_before;
  return over ? Tone::kAlarm : described.now < body.valid_after ? Tone::kWarning : Tone::kPlain;
}

Tone signature_tone(const Described& described) {
  const bool good = described.verified && (!described.verified->is_sk || described.verified->user_present());
  return good ? Tone::kPlain : Tone::kAlarm;
}

std::string option_words(const ssh::CertificateOption& option) {
  std::string words = printable(option.name);
  const auto value = ssh::option_value(option);
  if (!value) {
    words += " (malformed: " + hex(option.data) + ")";
  } else if (*value) {
    words += "=" + printable(**value);
  }
  return words;
}

std::string option_rows(std::string_view name, const ssh::CertificateOptions& options) {
  if (options.empty()) return text_row(name, "none");
  std::string rows;
  for (const auto& option : options) {
    rows += foreign_row(rows.empty() ? name : std::string_view(), option_words(option));
  }
  return rows;
}

std::string signature_words(const Described& described) {
  const std::string algorithm(ssh::name(described.certificate.signature.algorithm));
  if (!described.verified) return "BAD: " + described.verified.error().message;
  if (!described.verified->is_sk) return "good, " + algorithm;
  return fmt::format(
      "good, {}, {}, counter {}", described.verified->user_present() ? "touched" : "NOT TOUCHED",
      described.verified->user_verified() ? "PIN given" : "no PIN", described.verified->counter);
}

std::string comment_row(const Origin& origin) {
  return origin.comment.empty() ? "" : foreign_row("Comment", printable(origin.comment));
}

std::string certificate_rows(const Described& described, const Origin& origin, std::string_view more = {}) {
  const ssh::CertificateBody& body = described.certificate.body;
  std::string text = text_row(
      "Type", fmt::format("{} certificate, {}", body.type == ssh::CertificateType::kUser ? "user" : "host",
                          ssh::certificate_name(body.subject.type())));
  text += text_row("Key", key_words(body.subject));
  if (crypto::is_canary(body)) text += text_row("Canary", "yes: no private key can exist for this key");
  if (crypto::is_false_canary(body))
    text += text_row("Canary", "NO: its key ID says so, but its key is another", Tone::kAlarm);
  text += text_row("CA", key_words(body.ca));
  text += comment_row(origin);
  text += foreign_row("Key ID", printable(body.key_id));
  text += text_row("Serial", std::to_string(body.serial));
  text += text_row("From", moment_words(body.valid_after));
  text += text_row("To", moment_words(body.valid_before));
  text += text_row("State", state(described), state_tone(described));
  text += foreign_row("Principals", body.principals.empty() ? "none" : joined(body.principals));
  text += option_rows("Critical", body.critical);
  text += option_rows("Extensions", body.extensions);
  text += text_row("Signature", signature_words(described), signature_tone(described));
  text += more;
  return text + finding_rows(described.findings);
}

}  // namespace

Described describe(ssh::Certificate certificate, std::uint64_t now) {
  auto verified = crypto::verify_certificate(certificate);
  return describe(std::move(certificate), now, std::move(verified));
}

Described describe(ssh::Certificate certificate, std::uint64_t now, Result<crypto::Verified> verified) {
  auto findings = ssh::findings(certificate);
  return {std::move(certificate), now, std::move(verified), std::move(findings)};
}

bool Described::valid_now() const {
  return verified && certificate.body.valid_after <= now && now < certificate.body.valid_before;
}

std::string text_row(std::string_view name, std::string_view value, Tone tone) {
  return fmt::format("{:<{}}{}\n", name, kNameColumns, toned(tone, one_line(value)));
}

std::string foreign_row(std::string_view name, std::string_view value, Tone tone, std::size_t indent) {
  constexpr std::size_t kColumns = 80;
  const std::string margin(indent, ' ');
  const std::size_t room = kColumns - indent - kNameColumns;
  const std::string text = one_line(value);
  std::string rows;
  std::size_t begin = 0;
  std::size_t width = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xC0) == 0x80) continue;              // within a character of UTF-8
    const std::size_t columns = byte < 0x80 ? 1 : 2;  // as wide as any is
    if (width + columns > room) {
      rows += margin + text_row(name, text.substr(begin, i - begin), tone);
      name = {};
      begin = i;
      width = 0;
    }
    width += columns;
  }
  return rows + margin + text_row(name, text.substr(begin), tone);
}

std::string key_words(const ssh::PublicKey& key) {
  return fmt::format("{} {}", key.label(), crypto::fingerprint(key));
}

std::string moment_words(std::uint64_t time) {
  if (time == 0) return "always";
  if (time == ssh::kForever) return "forever";
  return fmt::format("{}  ({})", io::format_local(time), io::format_utc(time));
}

std::string duration_words(std::uint64_t seconds) {
  if (seconds < 120) return fmt::format("{} s", seconds);
  if (seconds < 120 * 60) return fmt::format("{} min", seconds / 60);
  if (seconds < 48 * 3600) return fmt::format("{} h", seconds / 3600);
  return fmt::format("{} days", seconds / 86400);
}

Tone tone_of(ssh::Severity severity) {
  return severity == ssh::Severity::kRefused   ? Tone::kAlarm
         : severity == ssh::Severity::kWarning ? Tone::kWarning
                                               : Tone::kPlain;
}

std::string_view severity_word(ssh::Severity severity) {
  constexpr std::array<std::string_view, 3> kWords{"note", "warning", "refused"};
  return kWords[static_cast<std::size_t>(severity)];
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + printable(name);
  return text;
}

std::string origin_rows(const Origin& origin) {
  const std::string_view name = origin.place == Place::kFile    ? "File"
                                : origin.place == Place::kAgent ? "Agent"
                                                                : "Server";
  const std::string line = origin.line == 0 ? "" : fmt::format(", line {}", origin.line);
  return text_row(name, printable(origin.file) + line) +
         (origin.entry.empty() ? "" : foreign_row("Entry", printable(origin.entry)));
}

std::string to_text(const Described& described, const Origin& origin, std::string_view more) {
  return origin_rows(origin) + certificate_rows(described, origin, more);
}

std::string to_text(const Described& described) { return certificate_rows(described, ""); }

std::string held_row(const HeldBy& held) {
  return text_row("Agent",
                  fmt::format("{}, forgets it in {}{}", printable(held.agent), duration_words(held.lifetime),
                              held.confirm ? ", asks before each use" : ""));
}

std::string validity_row(const Described& described) {
  const ssh::CertificateBody& body = described.certificate.body;
  const bool bounded = described.valid_now() && body.valid_before != ssh::kForever;
  return text_row("Valid",
                  !bounded ? state(described)
                           : fmt::format("until {}, {} left", io::format_local(body.valid_before),
                                         duration_words(body.valid_before - described.now)),
                  state_tone(described));
}

std::string finding_rows(std::span<const ssh::Finding> findings) {
  std::string text;
  for (const auto& finding : findings)
    text += text_row("Finding", fmt::format("{}: {}", severity_word(finding.severity), finding.text),
                     tone_of(finding.severity));
  return text;
}

std::string to_text(const ssh::PublicKey& key, const Origin& origin) {
  std::string text = origin_rows(origin);
  text += text_row("Type", fmt::format("public key, {}", key.name()));
  text += text_row("Key", fmt::format("{}, {} bits", key_words(key), key.bits()));
  if (key.is_sk()) text += foreign_row("On token", printable(key.application()));
  if (origin.encrypted) text += text_row("Private", "encrypted with a passphrase");
  return text + comment_row(origin);
}

std::string to_text(const ssh::SkHandle& handle, const Origin& origin, std::string_view more) {
  std::string text = to_text(handle.key, origin).append(more);
  std::string flags = (handle.flags & ssh::kUserPresent) != 0 ? "touch" : "no touch";
  if ((handle.flags & ssh::kUserVerified) != 0) flags += ", PIN";
  if ((handle.flags & 0x20U) != 0) flags += ", resident";
  return text + text_row("Handle", fmt::format("{} bytes, useless without the token; {}",
                                               handle.key_handle.size(), flags));
}

}  // namespace halligan::ui
