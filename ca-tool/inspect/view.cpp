#include "inspect/view.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/codec.hpp"
#include "ca/authority_files.hpp"
#include "crypto/digest.hpp"
#include "request/voice_code.hpp"

namespace halligan::inspect {
namespace {

using ca::Judgement;
using ca::Measure;

template <typename... Cases>
struct Visitor : Cases... {
  using Cases::operator()...;
};
template <typename... Cases>
Visitor(Cases...) -> Visitor<Cases...>;

ui::Json request_json(const FoundRequest& found, const ui::Origin& origin) {
  const request::Request& asked = found.request.request;
  ui::Json json = ui::origin_json(origin, "request");
  json["reason"] = asked.reason;
  json["key"] = ui::key_json(asked.key);
  json["principals"] = asked.principals;
  json["hosts"] = asked.hosts;
  ui::put_validity(json, asked.validity.after, asked.validity.before);
  ui::put_moment(json, "made", asked.time);
  json["code"] = request::voice_code(found.request);
  json["co_signatures"] = ui::Json::array();
  for (const auto& each : found.co_signatures) {
    ui::Json entry = ui::key_json(each.key);
    entry["valid"] = each.good;
    json["co_signatures"].push_back(std::move(entry));
  }
  return json;
}

ui::Json unknown_json(const UnknownKey& found, const ui::Origin& origin) {
  ui::Json json = ui::origin_json(origin, "unknown_key");
  ui::put_text(json, "type", found.type);
  json["fingerprint"] = crypto::fingerprint(found.blob);
  json["comment"] = ui::json_text(origin.comment);
  return json;
}

ui::Json bundle_json(const FoundBundle& found, const ui::Origin& origin, ui::Json certificate) {
  ui::Json json = ui::origin_json(origin, "bundle");
  ui::put_moment(json, "sealed", found.sealed);
  json["hosts"] = found.hosts;
  json["private_key"] = true;
  json["certificate"] = std::move(certificate);
  return json;
}

ui::Json age_json(const AgeHeader& found, const ui::Origin& origin) {
  ui::Json json = ui::origin_json(origin, "encrypted");
  json["by"] = "age";
  json["armor"] = found.armor;
  ui::put_texts(json, "recipients", found.recipients);
  return json;
}

// ca.json beside the handle of a CA says it.
std::optional<crypto::Sha256> bound_policy(const ssh::SkHandle& handle, const ui::Origin& origin) {
  if (origin.place != ui::Place::kFile) return std::nullopt;
  const auto notes = ca::notes_beside(origin.file, handle.key);
  return notes && *notes ? (*notes)->policy : std::nullopt;
}

ui::Json to_json(const Item& item, const Measure& measure) {
  const auto certificate = [&](const ui::Described& found) {
    ui::Json json = ui::to_json(found, item.origin);
    ca::add_judgement(json, measure, item.judgement);
    return json;
  };
  const auto key = [&](const auto& found) {
    ui::Json json = ui::to_json(found, item.origin);
    ca::add_key_judgement(json, measure, item.judgement);
    return json;
  };
  return std::visit(Visitor{certificate, [&](const ssh::PublicKey& found) { return key(found); },
                            [&](const ssh::SkHandle& found) {
                              ui::Json json = key(found);
                              if (const auto policy = bound_policy(found, item.origin))
                                json["policy_sha256"] = hex(*policy);
                              return json;
                            },
                            [&](const UnknownKey& found) { return unknown_json(found, item.origin); },
                            [&](const FoundRequest& found) { return request_json(found, item.origin); },
                            [&](const FoundBundle& found) {
                              return bundle_json(found, item.origin, certificate(found.certificate));
                            },
                            [&](const AgeHeader& found) { return age_json(found, item.origin); }},
                    item.found);
}

std::string request_text(const FoundRequest& found, const Item& item, const Measure& measure) {
  const request::Request& asked = found.request.request;
  std::string text = ui::origin_rows(item.origin) + ui::text_row("Type", "request for a certificate") +
                     ui::foreign_row("Key ID", printable(asked.reason)) +
                     ui::foreign_row("Principals", ui::joined(asked.principals));
  if (!asked.hosts.empty()) text += ui::foreign_row("Hosts", ui::joined(asked.hosts));
  text += ui::text_row("Key", ui::key_words(asked.key));
  if (asked.key.is_sk()) text += ui::foreign_row("On token", printable(asked.key.application()));
  text += ui::text_row("From", ui::moment_words(asked.validity.after)) +
          ui::text_row("To", ui::moment_words(asked.validity.before)) +
          ui::text_row("Made", ui::moment_words(asked.time));
  for (const auto& [key, good] : found.co_signatures) {
    text += ui::text_row("Co-signed", (good ? "good, " : "BAD, ") + ui::key_words(key));
  }
  text += ui::text_row("Code", request::voice_code(found.request)) + ca::key_rows(measure, item.judgement);
  for (const ca::Problem& each : item.judgement.problems) text += ui::text_row("Problem", each.text);
  return text;
}

std::string unknown_words(const UnknownKey& found) {
  return printable(found.type) + " " + crypto::fingerprint(found.blob);
}

std::string unknown_text(const UnknownKey& found, const ui::Origin& origin) {
  return ui::origin_rows(origin) +
         ui::text_row("Type", printable(found.type) + ", a type that is not known here") +
         ui::text_row("Key", crypto::fingerprint(found.blob)) +
         (origin.comment.empty() ? "" : ui::foreign_row("Comment", printable(origin.comment)));
}

std::string age_text(const AgeHeader& found, const ui::Origin& origin) {
  std::vector<std::string> kinds = found.recipients;
  std::replace(kinds.begin(), kinds.end(), std::string("scrypt"), std::string("a passphrase"));
  return ui::origin_rows(origin) +
         ui::text_row("Type", "encrypted by age, possibly a bundle of halligan handoff") +
         (kinds.empty() ? "" : ui::text_row("For", ui::joined(kinds))) +
         ui::text_row("Open it", "halligan handoff open " + printable(origin.file));
}

std::string to_text(const Item& item, const Measure& measure) {
  const auto certificate = [&](const ui::Described& found) {
    const std::uint64_t serial = found.certificate.body.serial;
    return ui::to_text(found, item.origin, ca::judgement_rows(measure, item.judgement, serial));
  };
  return std::visit(
      Visitor{certificate,
              [&](const ssh::PublicKey& found) {
                return ui::to_text(found, item.origin) + ca::key_rows(measure, item.judgement);
              },
              [&](const ssh::SkHandle& found) {
                const auto policy = bound_policy(found, item.origin);
                return ui::to_text(found, item.origin, ca::key_rows(measure, item.judgement)) +
                       (policy ? ui::text_row("Policy", "SHA-256 " + hex(*policy) + ", by ca.json")
                               : std::string());
              },
              [&](const UnknownKey& found) { return unknown_text(found, item.origin); },
              [&](const FoundRequest& found) { return request_text(found, item, measure); },
              [&](const FoundBundle& found) {
                return ui::text_row("Bundle", "of halligan handoff, decrypted: it holds the PRIVATE KEY") +
                       ui::text_row("Sealed", ui::moment_words(found.sealed)) +
                       ui::foreign_row("Hosts", ui::joined(found.hosts)) + certificate(found.certificate);
              },
              [&](const AgeHeader& found) { return age_text(found, item.origin); }},
      item.found);
}

// What has the problems.
std::string subject_words(const Item& item) {
  const auto certificate = [](const ui::Described& found) {
    const auto& body = found.certificate.body;
    return fmt::format("\"{}\", serial {}", printable(body.key_id), body.serial);
  };
  return std::visit(Visitor{certificate, [](const ssh::PublicKey& found) { return ui::key_words(found); },
                            [](const ssh::SkHandle& found) { return ui::key_words(found.key); },
                            [](const UnknownKey& found) { return unknown_words(found); },
                            [](const FoundRequest& found) {
                              return "request \"" + printable(found.request.request.reason) + "\"";
                            },
                            [&](const FoundBundle& found) { return certificate(found.certificate); },
                            [](const AgeHeader&) { return std::string("encrypted by age"); }},
                    item.found);
}

// "FILE:LINE: subject: problem", each on a line.
std::string problem_lines(const Item& item) {
  const std::string number = item.origin.line == 0 ? "" : fmt::format(":{}", item.origin.line);
  const std::string start = printable(item.origin.file) + number + ": " + subject_words(item) + ": ";
  std::string lines;
  for (const ca::Problem& each : item.judgement.problems) lines += one_line(start + each.text) + "\n";
  return lines;
}

ui::Json problems_json(const Judgement& judgement) {
  ui::Json out = ui::Json::array();
  for (const ca::Problem& each : judgement.problems) {
    out.push_back({{"code", each.code}, {"text", ui::json_text(each.text)}});
  }
  return out;
}

}  // namespace

Shown View::show(const Item& item) const {
  const auto& problems = item.judgement.problems;
  Shown out;
  out.no = std::any_of(problems.begin(), problems.end(),
                       [&](const ca::Problem& each) { return check || !each.only_checked; });
  if (check && problems.empty()) return out;
  if (json) {
    ui::Json value = to_json(item, measure);
    if (check || std::holds_alternative<FoundRequest>(item.found))
      value["problems"] = problems_json(item.judgement);
    out.text = ui::json_line(value);
  } else {
    out.text = check ? problem_lines(item) : to_text(item, measure);
  }
  return out;
}

}  // namespace halligan::inspect
