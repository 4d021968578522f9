#include "inspect/item.hpp"

#include "crypto/canary.hpp"
#include "crypto/digest.hpp"
#include "crypto/sshsig.hpp"
#include "request/proof.hpp"
#include "ssh/text_line.hpp"
#include "ssh/wire.hpp"

namespace halligan::inspect {
namespace {

constexpr std::string_view kCertificateSuffix = "-cert-v01@openssh.com";
constexpr std::string_view kItsKey = "its key";

void judge_keys(const ssh::CertificateBody& body, ca::Judgement& out) {
  if (!crypto::is_canary(body)) ca::judge_key(body.subject, "the certified key", out);
  ca::judge_key(body.ca, "the CA's key", out);
}

ui::Described described(const ca::Measure& measure, ssh::Certificate certificate,
                        crypto::Verifier& verifier) {
  auto verified = verifier.verify_certificate(certificate);
  return ui::describe(std::move(certificate), measure.now, std::move(verified));
}

// Whether the proof holds; how old it may be is for the signer to decide.
ca::Judgement judge_request(const ca::Measure& measure, const FoundRequest& found) {
  const request::Request& asked = found.request.request;
  ca::Judgement out = ca::judge(measure, asked.key);
  ca::judge_key(asked.key, kItsKey, out);
  const auto proven = request::verify_request(found.request, asked.time, 0);
  if (!proven) out.problems.push_back({"proof-bad", proven.error().message});
  for (const auto& [key, good] : found.co_signatures) {
    if (!good)
      out.problems.push_back({"co-signature-bad", "a co-signature is bad: " + crypto::fingerprint(key)});
  }
  const std::uint64_t end = asked.validity.before;
  if (measure.now >= end) {
    out.problems.push_back({"wish-over",
                            "the requested validity ended " + ui::duration_words(measure.now - end) + " ago",
                            true});
  }
  return out;
}

}  // namespace

Item Inspector::certificate(ssh::Certificate certificate, ui::Origin origin,
                            crypto::Verifier& verifier) const {
  auto found = described(measure, std::move(certificate), verifier);
  auto judgement = ca::judge(measure, found, host);
  if (check_keys) judge_keys(found.certificate.body, judgement);
  return {std::move(origin), std::move(found), std::move(judgement)};
}

Item Inspector::key(ssh::PublicKey key, ui::Origin origin) const {
  auto judgement = ca::judge(measure, key);
  if (check_keys) ca::judge_key(key, kItsKey, judgement);
  return {std::move(origin), std::move(key), std::move(judgement)};
}

Item Inspector::unknown(std::string_view type, ByteView blob, ui::Origin origin) const {
  ca::Judgement judgement;
  judgement.problems.push_back({"unknown-type", "its type is not known here, so it cannot be checked", true});
  return {std::move(origin), UnknownKey{std::string(type), to_bytes(blob)}, std::move(judgement)};
}

Item Inspector::handle(ssh::SkHandle handle, ui::Origin origin) const {
  auto judgement = ca::judge(measure, handle.key);
  ca::judge_key(handle.key, kItsKey, judgement);
  return {std::move(origin), std::move(handle), std::move(judgement)};
}

Item Inspector::request(request::SignedRequest request, ui::Origin origin) const {
  const Bytes signed_part = request::signed_part(request);
  FoundRequest found{std::move(request), {}};
  for (const auto& each : found.request.co_signatures) {
    const auto good = crypto::verify_sshsig(each, request::kCoSignNamespace, signed_part);
    found.co_signatures.push_back({each.key, good.has_value()});
  }
  auto judgement = judge_request(measure, found);
  return {std::move(origin), std::move(found), std::move(judgement)};
}

Item Inspector::bundle(const handoff::Bundle& bundle, ui::Origin origin) const {
  crypto::Verifier verifier;
  FoundBundle found{bundle.time, bundle.hosts, described(measure, bundle.certificate, verifier)};
  auto judgement = ca::judge(measure, found.certificate);
  judge_keys(found.certificate.certificate.body, judgement);
  return {std::move(origin), std::move(found), std::move(judgement)};
}

Result<Item> Inspector::line(std::string_view line, ui::Origin origin, crypto::Verifier& verifier) const {
  const std::size_t start = ssh::find_key_in_line(line);
  const std::string_view front = line.substr(0, start);
  origin.entry = front.substr(0, front.find_last_not_of(" \t") + 1);
  line.remove_prefix(start);
  if (ssh::is_unknown_key_line(line)) {
    HALLIGAN_TRY(const auto split, ssh::split_text_line(line));
    origin.comment = split.comment;
    return unknown(split.type, split.blob, std::move(origin));
  }
  if (line.substr(0, line.find_first_of(" \t")).ends_with(kCertificateSuffix)) {
    HALLIGAN_TRY(auto parsed, ssh::parse_certificate_line(line));
    origin.comment = std::move(parsed.comment);
    return certificate(std::move(parsed.certificate), std::move(origin), verifier);
  }
  HALLIGAN_TRY(auto parsed, ssh::parse_public_key_line(line));
  origin.comment = std::move(parsed.comment);
  return key(std::move(parsed.key), std::move(origin));
}

Result<Item> Inspector::blob(ByteView blob, ui::Origin origin, crypto::Verifier& verifier) const {
  HALLIGAN_TRY(const auto type, ssh::WireReader(blob).text());
  if (type.ends_with(kCertificateSuffix)) {
    HALLIGAN_TRY(auto parsed, ssh::parse_certificate(blob));
    return certificate(std::move(parsed), std::move(origin), verifier);
  }
  if (!ssh::key_type(type) && ssh::is_type_name(type)) return unknown(type, blob, std::move(origin));
  HALLIGAN_TRY(auto parsed, ssh::PublicKey::parse(blob));
  return key(std::move(parsed), std::move(origin));
}

}  // namespace halligan::inspect
