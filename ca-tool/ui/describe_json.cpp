#include "crypto/canary.hpp"
#include "crypto/digest.hpp"
#include "ssh/options.hpp"
#include "ui/describe.hpp"

namespace halligan::ui {
Json options_json(const ssh::CertificateOptions& options) {
  Json list = Json::array();
  for (const auto& option : options) {
    Json entry = object_of(2);
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

namespace {

Json signature_json(const Described& described) {
  const ssh::Signature& signature = described.certificate.signature;
  Json json = object_of(5);
  json["algorithm"] = ssh::name(signature.algorithm);
  json["valid"] = described.verified.has_value();
  if (!described.verified) json["error"] = json_text(described.verified.error().message);
  if (ssh::is_sk(signature.algorithm)) {
    json["user_present"] = (signature.flags & ssh::kUserPresent) != 0;
    json["user_verified"] = (signature.flags & ssh::kUserVerified) != 0;
    json["counter"] = signature.counter;
  }
  return json;
}

Json public_key_json(std::string_view kind, const ssh::PublicKey& key, const Origin& origin) {
  Json json = origin_json(origin, kind);
  json["key"] = key_json(key);
  json["comment"] = json_text(origin.comment);
  return json;
}

// What is the same wherever the certificate is, after what says where.
Json certificate_json(const Described& described, Json json) {
  const ssh::CertificateBody& body = described.certificate.body;
  json["type"] = body.type == ssh::CertificateType::kUser ? "user" : "host";
  json["certificate_type"] = ssh::certificate_name(body.subject.type());
  json["key"] = key_json(body.subject);
  json["ca"] = key_json(body.ca);
  put_text(json, "key_id", body.key_id);
  json["canary"] = crypto::is_canary(body);
  json["serial"] = body.serial;
  put_validity(json, body.valid_after, body.valid_before);
  json["valid_now"] = described.valid_now();
  put_texts(json, "principals", body.principals);
  json["critical_options"] = options_json(body.critical);
  json["extensions"] = options_json(body.extensions);
  json["signature"] = signature_json(described);
  Json findings = Json::array();
  for (const auto& finding : described.findings) {
    findings.push_back({{"severity", severity_word(finding.severity)},
                        {"code", finding.code},
                        {"text", json_text(finding.text)}});
  }
  json["findings"] = std::move(findings);
  return json;
}

}  // namespace

Json key_json(const ssh::PublicKey& key) {
  Json json = object_of(4);
  json["type"] = key.name();
  json["bits"] = key.bits();
  json["fingerprint"] = crypto::fingerprint(key);
  if (key.is_sk()) put_text(json, "application", key.application());
  return json;
}

Json origin_json(const Origin& origin, std::string_view kind) {
  const char* const name = origin.place == Place::kFile    ? "file"
                           : origin.place == Place::kAgent ? "agent"
                                                           : "server";
  constexpr std::size_t kMostMembers = 32;  // a certificate's, with all that is added later
  Json json = object_of(kMostMembers);
  json[name] = json_text(origin.file);
  if (origin.line != 0) json["line"] = origin.line;
  if (!origin.entry.empty()) put_text(json, "entry", origin.entry);
  json["kind"] = kind;
  return json;
}

Json to_json(const Described& described, const Origin& origin) {
  Json json = certificate_json(described, origin_json(origin, "certificate"));
  if (!origin.comment.empty()) json["comment"] = json_text(origin.comment);
  return json;
}

Json to_json(const Described& described, const HeldBy& held) {
  Json json{{"agent", json_text(held.agent)}, {"lifetime", held.lifetime}, {"confirm", held.confirm}};
  json["kind"] = "certificate";
  return certificate_json(described, std::move(json));
}

Json to_json(const ssh::PublicKey& key, const Origin& origin) {
  Json json = public_key_json("public_key", key, origin);
  if (origin.encrypted) json["encrypted"] = true;
  return json;
}

Json to_json(const ssh::SkHandle& handle, const Origin& origin) {
  Json json = public_key_json("handle", handle.key, origin);
  json["touch"] = (handle.flags & ssh::kUserPresent) != 0;
  json["pin"] = (handle.flags & ssh::kUserVerified) != 0;
  json["resident"] = (handle.flags & 0x20U) != 0;
  json["key_handle_bytes"] = handle.key_handle.size();
  return json;
}

}  // namespace halligan::ui
