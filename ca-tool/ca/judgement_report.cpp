// What came of a judgement, as rows and as JSON.
#include <fmt/format.h>

#include "base/codec.hpp"
#include "ca/judgement.hpp"
#include "ui/describe.hpp"

namespace halligan::ca {
namespace {

void add_revoked(ui::Json& json, const Judged& judged) {
  const Judgement& judgement = judged.judgement;
  if (judged.measure.lists.empty()) return;
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

void add_problems(ui::Json& json, const Judged& judged) {
  if (!judged.with_problems) return;
  ui::Json problems = ui::Json::array();
  for (const Problem& each : judged.judgement.problems) {
    problems.push_back({{"code", each.code}, {"text", each.text}});
  }
  json["problems"] = std::move(problems);
}

}  // namespace

void add_judged(ui::Json& json, const Judged& judged) {
  const Judgement& judgement = judged.judgement;
  if (!judged.measure.authorities.empty()) {
    const auto* known = judgement.authority;
    json["ca_known"] = known != nullptr && !judgement.other_hosts;
    if (known != nullptr) {
      json["signed_by"] = {{"file", ui::json_text(known->file)},
                           {"line", known->authority.line},
                           {"comment", ui::json_text(known->authority.comment)}};
    }
  }
  add_revoked(json, judged);
  if (judgement.host != nullptr) {
    json["host"] = {{"name", ui::json_text(judgement.host->name)},
                    {"port", judgement.host->port},
                    {"named", judgement.names_host}};
  }
  add_problems(json, judged);
}

void add_judged_key(ui::Json& json, const Judged& judged) {
  add_revoked(json, judged);
  add_problems(json, judged);
}

std::string revoked_row(const Judged& judged, std::uint64_t serial) {
  if (judged.measure.lists.empty()) return "";
  const Judgement& judgement = judged.judgement;
  if (judgement.list == nullptr) return ui::text_row("Revoked", "no");
  return ui::text_row("Revoked",
                      fmt::format("YES, by {} ({})", revocation_words(judgement.revocation, serial),
                                  printable(judgement.list->path())));
}

std::string judged_rows(const Judged& judged, std::uint64_t serial) {
  const Judgement& judgement = judged.judgement;
  std::string rows;
  if (!judged.measure.authorities.empty()) {
    const auto* known = judgement.authority;
    std::string words = "a CA that is NOT among those given";
    if (known != nullptr) {
      const std::string& comment = known->authority.comment;
      words = "CA " + (comment.empty() ? known->where() : printable(comment) + " (" + known->where() + ")");
      if (judgement.other_hosts) words += ", which is for OTHER HOSTS: " + printable(known->authority.hosts);
    }
    rows += ui::text_row("Signed by", words);
  }
  rows += revoked_row(judged, serial);
  if (judgement.host != nullptr) {
    rows += ui::text_row("Host", fmt::format("{} is {}among the principals", printable(judgement.host->name),
                                             judgement.names_host ? "" : "NOT "));
  }
  return rows;
}

}  // namespace halligan::ca
