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

Json key_json(const ssh::PublicKey& key) {
  Json json{{"type", key.name()}, {"bits", key.bits()}, {"fingerprint", crypto::fingerprint(key)}};
  if (key.is_sk()) json["application"] = utf8(key.application());
  return json;
}

Json moment_json(std::uint64_t time) {
  if (time == ssh::kForever) return "forever";
  return io::format_utc(time);
}

Json options_json(const ssh::CertificateOptions& options) {
  Json list = Json::array();
  for (const auto& option : options) {
    Json entry{{"name", utf8(option.name)}};
    const auto value = ssh::option_value(option);
    if (!value) {
      entry["malformed"] = hex(option.data);
    } else if (*value) {
      entry["value"] = utf8(**value);
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

Json public_key_json(std::string_view kind, const ssh::PublicKey& key, std::string_view comment,
                     std::string_view file) {
  Json json{{"file", utf8(file)}, {"kind", kind}, {"key", key_json(key)}, {"comment", utf8(comment)}};
  return json;
}

}  // namespace

Described describe(const ssh::Certificate& certificate, std::uint64_t now) {
  Described described{certificate, now, std::nullopt, std::nullopt, ssh::findings(certificate)};
  auto verified = crypto::verify_certificate(certificate);
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
Json certificate_json(const Described& described, Json json) {
  const ssh::CertificateBody& body = described.certificate.body;
  json["kind"] = "certificate";
  json["type"] = body.type == ssh::CertificateType::kUser ? "user" : "host";
  json["certificate_type"] = ssh::certificate_name(body.subject.type());
  json["key"] = key_json(body.subject);
  json["ca"] = key_json(body.ca);
  json["key_id"] = utf8(body.key_id);
  json["serial"] = body.serial;
  json["valid_after"] = body.valid_after;
  json["valid_before"] = body.valid_before;
  json["valid_from"] = moment_json(body.valid_after);
  json["valid_to"] = moment_json(body.valid_before);
  json["valid_now"] = described.valid_now();
  Json principals = Json::array();
  for (const auto& principal : body.principals) principals.push_back(utf8(principal));
  json["principals"] = std::move(principals);
  json["critical_options"] = options_json(body.critical);
  json["extensions"] = options_json(body.extensions);
  json["signature"] = signature_json(described);
  Json findings = Json::array();
  for (const auto& finding : described.findings) {
    findings.push_back(
        {{"severity", severity_word(finding.severity)}, {"code", finding.code}, {"text", finding.text}});
  }
  json["findings"] = std::move(findings);
  return json;
}

}  // namespace

std::string to_json(const Described& described, std::string_view file) {
  return dump(certificate_json(described, {{"file", utf8(file)}}));
}

std::string to_json(const Described& described, const HeldBy& held) {
  return dump(certificate_json(
      described, {{"agent", utf8(held.agent)}, {"lifetime", held.lifetime}, {"confirm", held.confirm}}));
}

std::string to_json(const ssh::PublicKey& key, std::string_view comment, std::string_view file) {
  return dump(public_key_json("public_key", key, comment, file));
}

std::string to_json(const ssh::SkHandle& handle, std::string_view comment, std::string_view file) {
  Json json = public_key_json("handle", handle.key, comment, file);
  json["touch"] = (handle.flags & ssh::kUserPresent) != 0;
  json["pin"] = (handle.flags & ssh::kUserVerified) != 0;
  json["resident"] = (handle.flags & 0x20U) != 0;
  json["key_handle_bytes"] = handle.key_handle.size();
  return dump(json);
}

}  // namespace halligan::cli
