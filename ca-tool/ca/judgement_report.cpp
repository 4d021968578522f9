// A judgement as rows and as JSON.
#include <fmt/format.h>

#include "base/codec.hpp"
#include "ca/judgement.hpp"

namespace halligan::ca {
void add_revoked(ui::Json& json, const Measure& measure, const Judgement& judgement) {
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
  add_revoked(json, measure, judgement);
  if (judgement.host != nullptr) {
    json["host"] = {{"name", ui::json_text(judgement.host->name)},
                    {"port", judgement.host->port},
                    {"named", judgement.names_host}};
  }
}

std::string revoked_row(const Measure& measure, const Judgement& judgement, std::uint64_t serial) {
  if (measure.lists.empty()) return "";
  if (judgement.list == nullptr) return ui::text_row("Revoked", "no");
  return ui::text_row("Revoked",
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
  rows += revoked_row(measure, judgement, serial);
  if (judgement.host != nullptr) {
    rows += ui::text_row("Host", fmt::format("{} is {}among the principals", printable(judgement.host->name),
                                             judgement.names_host ? "" : "NOT "));
  }
  return rows;
}

}  // namespace halligan::ca
