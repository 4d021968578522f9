#include "ui/describe.hpp"

#include <fmt/format.h>

#include "crypto/digest.hpp"
#include "io/clock.hpp"

namespace halligan::ui {

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

std::string text_row(std::string_view name, std::string_view value) {
  return fmt::format("{:<12}{}\n", name, one_line(value));
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

}  // namespace halligan::ui
