// Requests, bundles and encrypted files.
#include "inspect/parts.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/codec.hpp"
#include "crypto/digest.hpp"
#include "crypto/sshsig.hpp"
#include "io/clock.hpp"
#include "request/proof.hpp"
#include "request/voice_code.hpp"

namespace halligan::inspect {
namespace {

// age.md of its specification, sections "Header" and "ASCII armor".
constexpr std::string_view kBinaryStart = "age-encryption.org/v1\n";
constexpr std::string_view kArmorStart = "-----BEGIN AGE ENCRYPTED FILE-----";
constexpr std::size_t kArmorColumns = 64;

using PartJson = nlohmann::ordered_json;

std::string printed(const PartJson& json) {
  return json.dump(-1, ' ', false, PartJson::error_handler_t::replace) + "\n";
}

PartJson part_json(const ui::Origin& origin, std::string_view kind) {
  return {{"file", printable(origin.file)}, {"kind", kind}};
}

PartJson problems_json(const ca::Judgement& judgement) {
  PartJson out = PartJson::array();
  for (const ca::Problem& each : judgement.problems)
    out.push_back({{"code", each.code}, {"text", each.text}});
  return out;
}

struct CoSignature {
  const ssh::PublicKey& key;
  bool good;
};

std::vector<CoSignature> co_signatures(const request::SignedRequest& request) {
  const Bytes signed_part = request::signed_part(request);
  std::vector<CoSignature> out;
  for (const auto& each : request.co_signatures) {
    out.push_back(
        {each.key, crypto::verify_sshsig(each, request::kCoSignNamespace, signed_part).has_value()});
  }
  return out;
}

// Whether the proof holds; how old it may be is for who signs.
ca::Judgement judge_request(const request::SignedRequest& request, const std::vector<CoSignature>& custodians,
                            const ca::Measure& measure) {
  ca::Judgement out = ca::judge(measure, request.request.key);
  auto proven = request::verify_request(request, request.request.time, 0);
  if (!proven) out.problems.push_back({"proof-bad", proven.error().message});
  for (const CoSignature& each : custodians) {
    if (!each.good) {
      out.problems.push_back({"co-signature-bad", "a co-signature is bad: " + crypto::fingerprint(each.key)});
    }
  }
  const std::uint64_t before = request.request.validity.before;
  if (measure.now >= before) {
    out.problems.push_back({"wish-over",
                            "what it asks for was over " + ui::duration_words(measure.now - before) + " ago",
                            true});
  }
  return out;
}

// The header's lines, "-> X25519 …", from either form.
std::string header_of(std::string_view head) {
  if (head.starts_with(kBinaryStart)) return std::string(head);
  std::string digits;
  head.remove_prefix(std::min(kArmorStart.size(), head.size()));
  while (!head.empty()) {
    const std::size_t end = std::min(head.find('\n'), head.size());
    std::string_view line = head.substr(0, end);
    head.remove_prefix(std::min(end + 1, head.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.size() == kArmorColumns) digits += line;  // the last one has nothing of the header
  }
  const auto bytes = parse_base64(digits);
  return bytes ? std::string(as_text(*bytes)) : "";
}

std::vector<std::string> recipient_kinds(std::string_view header) {
  std::vector<std::string> out;
  while (!header.empty()) {
    const std::size_t end = header.find('\n');
    if (end == std::string_view::npos || header.starts_with("---")) break;
    const std::string_view line = header.substr(0, end);
    header.remove_prefix(end + 1);
    if (!line.starts_with("-> ")) continue;
    std::string kind(line.substr(3, line.find(' ', 3) - 3));
    out.push_back(kind == "scrypt" ? "a passphrase" : std::move(kind));
  }
  return out;
}

}  // namespace

Shown show_request(const request::SignedRequest& request, const ui::Origin& origin,
                   const Inspector& inspector) {
  const request::Request& asked = request.request;
  const auto custodians = co_signatures(request);
  const ca::Judgement judgement = judge_request(request, custodians, inspector.measure);
  Shown out{{}, inspector.answer(judgement), {}};
  if (inspector.check && judgement.problems.empty()) return out;
  const std::string code = request::voice_code(request);
  if (inspector.json) {
    PartJson json = part_json(origin, "request");
    json["reason"] = asked.reason;
    json["key"] = {{"type", asked.key.name()}, {"fingerprint", crypto::fingerprint(asked.key)}};
    json["principals"] = asked.principals;
    json["hosts"] = asked.hosts;
    json["valid_after"] = asked.validity.after;
    json["valid_before"] = asked.validity.before;
    json["made"] = asked.time;
    json["code"] = code;
    json["co_signatures"] = PartJson::array();
    for (const CoSignature& each : custodians) {
      json["co_signatures"].push_back(
          {{"type", each.key.name()}, {"fingerprint", crypto::fingerprint(each.key)}, {"valid", each.good}});
    }
    json["problems"] = problems_json(judgement);
    out.text = printed(json);
    return out;
  }
  if (inspector.check) {
    out.text = inspector.problem_lines(judgement, origin, "request \"" + printable(asked.reason) + "\"");
    return out;
  }
  out.text = ui::text_row("File", printable(origin.file)) + ui::text_row("Type", "request for a certificate");
  out.text += ui::text_row("Reason", printable(asked.reason)) +
              ui::text_row("Accounts", ui::joined(asked.principals));
  if (!asked.hosts.empty()) out.text += ui::text_row("Hosts", ui::joined(asked.hosts));
  out.text += ui::text_row("Key", ui::key_words(asked.key));
  if (asked.key.is_sk()) out.text += ui::text_row("On token", printable(asked.key.application()));
  out.text += ui::text_row("From", ui::moment_words(asked.validity.after)) +
              ui::text_row("To", ui::moment_words(asked.validity.before)) +
              ui::text_row("Made", ui::moment_words(asked.time));
  for (const CoSignature& each : custodians) {
    out.text += ui::text_row("Co-signed", (each.good ? "good, " : "BAD, ") + ui::key_words(each.key));
  }
  out.text += ui::text_row("Code", code);
  for (const ca::Problem& each : judgement.problems) out.text += ui::text_row("Problem", each.text);
  return out;
}

Shown show_bundle(const handoff::Bundle& bundle, const ui::Origin& origin, const Inspector& inspector) {
  crypto::Verifier verifier;
  Shown inner = inspector.certificate(bundle.certificate, origin, verifier);
  if (inspector.check) return inner;
  if (inspector.json) {
    PartJson json = part_json(origin, "bundle");
    json["sealed"] = bundle.time;
    json["hosts"] = bundle.hosts;
    json["private_key"] = true;
    json["certificate"] = PartJson::parse(inner.text);
    inner.text = printed(json);
    return inner;
  }
  std::string text = ui::text_row("Bundle", "of halligan handoff, decrypted: it holds the PRIVATE KEY");
  text +=
      ui::text_row("Sealed", ui::moment_words(bundle.time)) + ui::text_row("Hosts", ui::joined(bundle.hosts));
  inner.text = text + inner.text;
  return inner;
}

Shown show_encrypted(std::string_view head, const ui::Origin& origin, const Inspector& inspector) {
  if (inspector.check) {
    return {{},
            0,
            Error{Code::kBadInput, "encrypted by age, cannot be checked", "open it: halligan handoff open"}};
  }
  const auto kinds = recipient_kinds(header_of(head));
  if (inspector.json) {
    PartJson json = part_json(origin, "encrypted");
    json["by"] = "age";
    json["armor"] = head.starts_with(kArmorStart);
    json["recipients"] = PartJson::array();
    for (const std::string& each : kinds) json["recipients"].push_back(printable(each));
    return {printed(json), 0, {}};
  }
  std::string text = ui::text_row("File", printable(origin.file));
  text += ui::text_row("Type", "encrypted by age, perhaps a bundle of halligan handoff");
  if (!kinds.empty()) text += ui::text_row("For", ui::joined(kinds));
  return {text + ui::text_row("Open it", "halligan handoff open " + printable(origin.file)), 0, {}};
}

bool looks_encrypted(std::string_view head) {
  return head.starts_with(kBinaryStart) || head.starts_with(kArmorStart);
}

}  // namespace halligan::inspect
