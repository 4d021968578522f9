#include <nlohmann/json.hpp>

#include "cli/describe.hpp"
#include "crypto/digest.hpp"
#include "io/clock.hpp"
#include "ssh/options.hpp"

namespace halligan::cli {
namespace {

using Json = nlohmann::ordered_json;

// JSON is UTF-8; the rare text that is not comes escaped as on a terminal.
std::string utf8(std::string_view text) {
  return is_utf8(as_bytes(text)) ? std::string(text) : printable(text);
}

// With NAME_hex where the text alone could be another one's.
void put_text(Json& json, const std::string& name, std::string_view text) {
  json[name] = utf8(text);
  if (!is_utf8(as_bytes(text))) json[name + "_hex"] = hex(as_bytes(text));
}

void put_texts(Json& json, const std::string& name, const std::vector<std::string>& texts) {
  Json list = Json::array();
  Json digits = Json::array();
  bool odd = false;
  for (const std::string& text : texts) {
    list.push_back(utf8(text));
    digits.push_back(hex(as_bytes(text)));
    odd = odd || !is_utf8(as_bytes(text));
  }
  json[name] = std::move(list);
  if (odd) json[name + "_hex"] = std::move(digits);
}

Json key_json(const ssh::PublicKey& key) {
  Json json{{"type", key.name()}, {"bits", key.bits()}, {"fingerprint", crypto::fingerprint(key)}};
  if (key.is_sk()) put_text(json, "application", key.application());
  return json;
}

Json moment_json(std::uint64_t time) {
  if (time == ssh::kForever) return "forever";
  return io::format_utc(time);
}

Json options_json(const ssh::CertificateOptions& options) {
  Json list = Json::array();
  for (const auto& option : options) {
    Json entry = Json::object();
    put_text(entry, "name", option.name);
    const auto value = ssh::option_value(option);
    if (!value) {
      entry["malformed"] = hex(option.data);
    } else if (*value) {
      put_text(entry, "value", **value);
    }
    list.push_back(std::move(entry));
  }
  return list;
}

Json signature_json(const Described& described) {
  const ssh::Signature& signature = described.certificate.signature;
  Json json{{"algorithm", ssh::name(signature.algorithm)}, {"valid", described.verified.has_value()}};
  if (described.refused) json["error"] = described.refused->message;
  if (ssh::is_sk(signature.algorithm)) {
    json["user_present"] = (signature.flags & ssh::kUserPresent) != 0;
    json["user_verified"] = (signature.flags & ssh::kUserVerified) != 0;
    json["counter"] = signature.counter;
  }
  return json;
}

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

Json origin_json(const Origin& origin, std::string_view kind) {
  std::string label(origin.label);
  label[0] = static_cast<char>(label[0] - 'A' + 'a');
  Json json{{label, utf8(origin.file)}};
  if (origin.line != 0) json["line"] = origin.line;
  json["kind"] = kind;
  return json;
}

void add_revoked(Json& json, const Judged& judged) {
  const Judgement& judgement = judged.judgement;
  if (judged.measure.lists.empty()) return;
  json["revoked"] = judgement.list != nullptr;
  if (judgement.list == nullptr) return;
  const ssh::Revocation& by = judgement.revocation;
  Json entry{{"krl", utf8(judgement.list->path())}};
  if (const auto version = judgement.list->version()) entry["version"] = *version;
  entry["entry"] = revocation_code(by.by);
  entry["ca_key"] = by.ca_key;
  entry["any_ca"] = by.any_ca;
  if (by.serials.last != 0) entry["serials"] = {by.serials.first, by.serials.last};
  json["revoked_by"] = std::move(entry);
}

void add_problems(Json& json, const Judged& judged) {
  if (!judged.with_problems) return;
  Json problems = Json::array();
  for (const Problem& each : judged.judgement.problems) {
    problems.push_back({{"code", each.code}, {"text", each.text}});
  }
  json["problems"] = std::move(problems);
}

void add_judged(Json& json, const Judged& judged) {
  const Judgement& judgement = judged.judgement;
  if (!judged.measure.authorities.empty()) {
    const auto* known = judgement.authority;
    json["ca_known"] = known != nullptr && !judgement.other_hosts;
    if (known != nullptr) {
      json["signed_by"] = {{"file", utf8(known->file)},
                           {"line", known->authority.line},
                           {"comment", utf8(known->authority.comment)}};
    }
  }
  add_revoked(json, judged);
  if (judgement.host != nullptr) {
    json["host"] = {{"name", utf8(judgement.host->name)},
                    {"port", judgement.host->port},
                    {"named", judgement.names_host}};
  }
  add_problems(json, judged);
}

Json public_key_json(std::string_view kind, const ssh::PublicKey& key, const Origin& origin) {
  Json json = origin_json(origin, kind);
  json["key"] = key_json(key);
  json["comment"] = utf8(origin.comment);
  return json;
}

}  // namespace

Described describe(const ssh::Certificate& certificate, std::uint64_t now) {
  return describe(certificate, now, crypto::verify_certificate(certificate));
}

Described describe(const ssh::Certificate& certificate, std::uint64_t now,
                   Result<crypto::Verified> verified) {
  Described described{certificate, now, std::nullopt, std::nullopt, ssh::findings(certificate)};
  if (verified) {
    described.verified = *verified;
  } else {
    described.refused = std::move(verified).error();
  }
  return described;
}

Described describe_issued(const ssh::Certificate& certificate, std::optional<LedgerPlace> place) {
  Described described = describe(certificate, io::unix_seconds());
  described.place = std::move(place);
  return described;
}

bool Described::valid_now() const {
  return verified.has_value() && certificate.body.valid_after <= now && now < certificate.body.valid_before;
}

namespace {

// What is the same wherever the certificate is, behind what says where.
Json certificate_json(const Described& described, const Origin& origin, Json json) {
  const ssh::CertificateBody& body = described.certificate.body;
  json["type"] = body.type == ssh::CertificateType::kUser ? "user" : "host";
  json["certificate_type"] = ssh::certificate_name(body.subject.type());
  json["key"] = key_json(body.subject);
  json["ca"] = key_json(body.ca);
  put_text(json, "key_id", body.key_id);
  json["serial"] = body.serial;
  json["valid_after"] = body.valid_after;
  json["valid_before"] = body.valid_before;
  json["valid_from"] = moment_json(body.valid_after);
  json["valid_to"] = moment_json(body.valid_before);
  json["valid_now"] = described.valid_now();
  put_texts(json, "principals", body.principals);
  json["critical_options"] = options_json(body.critical);
  json["extensions"] = options_json(body.extensions);
  json["signature"] = signature_json(described);
  Json findings = Json::array();
  for (const auto& finding : described.findings) {
    findings.push_back(
        {{"severity", severity_word(finding.severity)}, {"code", finding.code}, {"text", finding.text}});
  }
  json["findings"] = std::move(findings);
  if (!origin.comment.empty()) json["comment"] = utf8(origin.comment);
  if (described.judged != nullptr) add_judged(json, *described.judged);
  if (described.place) {
    json["ledger"] = {{"file", utf8(described.place->file)}, {"record", described.place->record}};
  }
  return json;
}

}  // namespace

std::string to_json(const Described& described, const Origin& origin) {
  return dump(certificate_json(described, origin, origin_json(origin, "certificate")));
}

std::string to_json(const Described& described, const HeldBy& held) {
  Json json{{"agent", utf8(held.agent)}, {"lifetime", held.lifetime}, {"confirm", held.confirm}};
  json["kind"] = "certificate";
  return dump(certificate_json(described, held.agent, std::move(json)));
}

std::string to_json(const ssh::PublicKey& key, const Origin& origin, const Judged& judged) {
  Json json = public_key_json("public_key", key, origin);
  if (origin.encrypted) json["encrypted"] = true;
  add_revoked(json, judged);
  add_problems(json, judged);
  return dump(json);
}

std::string to_json(const ssh::SkHandle& handle, const Origin& origin, const Judged& judged) {
  Json json = public_key_json("handle", handle.key, origin);
  json["touch"] = (handle.flags & ssh::kUserPresent) != 0;
  json["pin"] = (handle.flags & ssh::kUserVerified) != 0;
  json["resident"] = (handle.flags & 0x20U) != 0;
  json["key_handle_bytes"] = handle.key_handle.size();
  add_revoked(json, judged);
  add_problems(json, judged);
  return dump(json);
}

}  // namespace halligan::cli
