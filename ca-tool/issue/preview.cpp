#include "issue/preview.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/codec.hpp"
#include "ssh/options.hpp"
#include "ui/describe.hpp"

namespace halligan::issue {
namespace {

std::string option_names(const ssh::CertificateOptions& options) {
  std::vector<std::string> names;
  for (const ssh::CertificateOption& option : options) {
    const auto value = ssh::option_value(option);
    names.push_back(value && *value ? option.name + "=" + **value : option.name);
  }
  return names.empty() ? "none" : ui::joined(names);
}

}  // namespace

std::string preview(std::string_view title, std::span<const ssh::CertificateBody> bodies,
                    const ca::OpenedCa& ca) {
  constexpr std::size_t kShownKeys = 20;  // more are not read
  const ssh::CertificateBody& body = bodies.front();
  const std::size_t count = bodies.size();
  std::string text = fmt::format("{}\n", title);
  const auto row = [&text](std::string_view name, std::string_view value) {
    text += "  " + ui::text_row(name, value);
  };
  row("Key ID", printable(body.key_id));
  row("Principals", ui::joined(body.principals));
  if (count > 1) row("Keys", std::to_string(count));
  for (const auto& each : bodies.first(std::min(count, kShownKeys)))
    row(count == 1 ? "Key" : "", ui::key_words(each.subject));
  if (count > kShownKeys) row("", fmt::format("and {} more", count - kShownKeys));
  row("Validity", "from " + ui::moment_words(body.valid_after));
  row("", "to   " + ui::moment_words(body.valid_before));
  row("Serial",
      count == 1 ? std::to_string(body.serial) : fmt::format("{} to {}", body.serial, bodies.back().serial));
  row("Critical", option_names(body.critical));
  row("Extensions", option_names(body.extensions));
  row("CA", ui::key_words(ca.signer->public_key()));
  row("", ca.place);
  return text;
}

}  // namespace halligan::issue
