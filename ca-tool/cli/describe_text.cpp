#include <fmt/format.h>

#include "cli/describe.hpp"
#include "crypto/digest.hpp"
#include "io/clock.hpp"
#include "ssh/options.hpp"

namespace halligan::cli {
namespace {

std::string row(std::string_view name, std::string_view value) {
  return fmt::format("{:<12}{}\n", name, value);
}

std::string key_words(const ssh::PublicKey& key) {
  return fmt::format("{} {}", key.label(), crypto::fingerprint(key));
}

std::string duration(std::uint64_t seconds) {
  if (seconds < 120) return fmt::format("{} s", seconds);
  if (seconds < 120 * 60) return fmt::format("{} min", seconds / 60);
  if (seconds < 48 * 3600) return fmt::format("{} h", seconds / 3600);
  return fmt::format("{} days", seconds / 86400);
}

std::string moment(std::uint64_t time) {
  if (time == 0) return "always";
  if (time == ssh::kForever) return "forever";
  return fmt::format("{}  ({})", io::format_local(time), io::format_utc(time));
}

std::string state(const Described& described) {
  const ssh::CertificateBody& body = described.certificate.body;
  if (body.valid_after >= body.valid_before) return "never valid";
  if (described.now < body.valid_after)
    return "not yet valid, for " + duration(body.valid_after - described.now);
  if (described.now >= body.valid_before)
    return "expired " + duration(described.now - body.valid_before) + " ago";
  if (body.valid_before == ssh::kForever) return "valid now, for ever";
  return "valid now, " + duration(body.valid_before - described.now) + " left";
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
  if (options.empty()) return row(name, "none");
  std::string rows;
  for (const auto& option : options) {
    rows += row(rows.empty() ? name : std::string_view(), option_words(option));
  }
  return rows;
}

std::string signature_words(const Described& described) {
  const std::string algorithm(ssh::name(described.certificate.signature.algorithm));
  if (!described.verified) return "BAD: " + described.refused->message;
  if (!described.verified->is_sk) return "good, " + algorithm;
  return fmt::format(
      "good, {}, {}, counter {}", described.verified->user_present() ? "touched" : "NOT TOUCHED",
      described.verified->user_verified() ? "PIN given" : "no PIN", described.verified->counter);
}

}  // namespace

std::string_view severity_word(ssh::Severity severity) {
  switch (severity) {
    case ssh::Severity::kNote:
      return "note";
    case ssh::Severity::kWarning:
      return "warning";
    case ssh::Severity::kRefused:
      return "refused";
  }
  return "";
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + printable(name);
  return text;
}

namespace {

std::string certificate_rows(const Described& described) {
  const ssh::CertificateBody& body = described.certificate.body;
  std::string text = row(
      "Type", fmt::format("{} certificate, {}", body.type == ssh::CertificateType::kUser ? "user" : "host",
                          ssh::certificate_name(body.subject.type())));
  text += row("Key", key_words(body.subject));
  text += row("CA", key_words(body.ca));
  text += row("Key ID", printable(body.key_id));
  text += row("Serial", std::to_string(body.serial));
  text += row("From", moment(body.valid_after));
  text += row("To", moment(body.valid_before));
  text += row("State", state(described));
  text += row("Principals", body.principals.empty() ? "none" : joined(body.principals));
  text += option_rows("Critical", body.critical);
  text += option_rows("Extensions", body.extensions);
  text += row("Signature", signature_words(described));
  for (const auto& finding : described.findings) {
    text += row("Finding", fmt::format("{}: {}", severity_word(finding.severity), finding.text));
  }
  return text;
}

}  // namespace

std::string to_text(const Described& described, std::string_view file) {
  return row("File", printable(file)) + certificate_rows(described);
}

std::string to_text(const Described& described, const HeldBy& held) {
  return row("Agent", fmt::format("{}, forgets it in {}{}", printable(held.agent), duration(held.lifetime),
                                  held.confirm ? ", asks before each use" : "")) +
         certificate_rows(described);
}

std::string to_text(const ssh::PublicKey& key, std::string_view comment, std::string_view file) {
  std::string text = row("File", printable(file));
  text += row("Type", fmt::format("public key, {}", key.name()));
  text += row("Key", fmt::format("{}, {} bits", key_words(key), key.bits()));
  if (key.is_sk()) text += row("On token", printable(key.application()));
  if (!comment.empty()) text += row("Comment", printable(comment));
  return text;
}

std::string to_text(const ssh::SkHandle& handle, std::string_view comment, std::string_view file) {
  std::string text = to_text(handle.key, comment, file);
  std::string flags = (handle.flags & ssh::kUserPresent) != 0 ? "touch" : "no touch";
  if ((handle.flags & ssh::kUserVerified) != 0) flags += ", PIN";
  if ((handle.flags & 0x20U) != 0) flags += ", resident";
  text +=
      row("Handle", fmt::format("{} bytes, useless without the token; {}", handle.key_handle.size(), flags));
  return text;
}

}  // namespace halligan::cli
