#include "crypto/digest.hpp"
#include "io/clock.hpp"
#include "ssh/options.hpp"
#include "ui/describe.hpp"

namespace halligan::ui {
namespace {

Json key_json(const ssh::PublicKey& key) {
  Json json{{"type", key.name()}, {"bits", key.bits()}, {"fingerprint", crypto::fingerprint(key)}};
  if (key.is_sk()) put_text(json, "application", key.application());
  return json;
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

Json origin_json(const Origin& origin, std::string_view kind) {
  std::string label(origin.label);
  label[0] = static_cast<char>(label[0] - 'A' + 'a');
  Json json{{label, json_text(origin.file)}};
  if (origin.line != 0) json["line"] = origin.line;
  json["kind"] = kind;
  return json;
}

Json public_key_json(std::string_view kind, const ssh::PublicKey& key, const Origin& origin) {
  Json json = origin_json(origin, kind);
  json["key"] = key_json(key);
  json["comment"] = json_text(origin.comment);
  return json;
}

}  // namespace

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
  if (!origin.comment.empty()) json["comment"] = json_text(origin.comment);
  return json;
}

}  // namespace

Json to_json(const Described& described, const Origin& origin) {
  return certificate_json(described, origin, origin_json(origin, "certificate"));
}

Json to_json(const Described& described, const HeldBy& held) {
  Json json{{"agent", json_text(held.agent)}, {"lifetime", held.lifetime}, {"confirm", held.confirm}};
  json["kind"] = "certificate";
  return certificate_json(described, held.agent, std::move(json));
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
