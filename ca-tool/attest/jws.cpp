#include "attest/jws.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/codec.hpp"
#include "base/text.hpp"
#include "crypto/verify.hpp"
#include "crypto/x509.hpp"
#include "ssh/signature.hpp"
#include "ssh/wire.hpp"

namespace halligan::attest {
namespace {

using JsonValue = nlohmann::json;

constexpr std::size_t kLargestHeader = 64U << 10;
constexpr std::size_t kMostCertificates = 16;
constexpr std::size_t kDeepest = 64;
constexpr std::size_t kNumberSize = 32;  // of an ES256 signature: r, then s (RFC 7518, 3.4)

Result<> read_header(std::string_view encoded, Jws& jws) {
  if (encoded.size() > kLargestHeader) return fail(Code::kBadInput, "its header is too large");
  HALLIGAN_TRY(const Bytes text, parse_base64url(encoded).in("its header"));
  const JsonValue header = nests_too_deep(as_text(text)) ? JsonValue(JsonValue::value_t::discarded)
                                                         : JsonValue::parse(as_text(text), nullptr, false);
  if (!header.is_object()) return fail(Code::kBadInput, "its header is not a JSON object");
  const auto algorithm = header.find("alg");
  if (algorithm == header.end() || !algorithm->is_string())
    return fail(Code::kBadInput, "its header names no algorithm");
  jws.algorithm = algorithm->get<std::string>();
  if (jws.algorithm != "RS256" && jws.algorithm != "ES256")
    return fail(Code::kUnsupported,
                "it is not signed with RS256 or ES256 but \"" + printable(jws.algorithm) + "\"");
  if (header.contains("crit")) return fail(Code::kUnsupported, "it needs an extension of JWS");
  const auto chain = header.find("x5c");
  if (chain == header.end() || !chain->is_array() || chain->empty() || chain->size() > kMostCertificates)
    return fail(Code::kBadInput, "its header has no certificates (x5c), or too many");
  for (const JsonValue& each : *chain) {
    if (!each.is_string()) return fail(Code::kBadInput, "a certificate in its header is not a string");
    HALLIGAN_TRY(Bytes der,
                 parse_base64(each.get_ref<const std::string&>()).in("a certificate in its header"));
    jws.chain.push_back(std::move(der));
  }
  return {};
}

Result<ssh::Signature> signature_of(const Jws& jws) {
  if (jws.algorithm == "RS256")
    return ssh::Signature{.algorithm = ssh::SignatureAlgorithm::kRsaSha256, .raw = jws.signature};
  const ByteView both(jws.signature);
  if (both.size() != 2 * kNumberSize) return fail(Code::kNo, "its signature has another size");
  return ssh::Signature{.algorithm = ssh::SignatureAlgorithm::kEcdsa256,
                        .r = to_bytes(ssh::trim_magnitude(both.first(kNumberSize))),
                        .s = to_bytes(ssh::trim_magnitude(both.subspan(kNumberSize)))};
}

Result<Jws> parse(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  std::string_view rest = text;
  const auto header = before(rest, ".");
  const auto payload = header ? before(rest, ".") : std::nullopt;
  if (!payload) return fail(Code::kBadInput, "not a signed document of three parts (JWS)");
  Jws jws;
  HALLIGAN_CHECK(read_header(*header, jws));
  jws.signed_text = text.substr(0, header->size() + 1 + payload->size());
  HALLIGAN_TRY(jws.payload, parse_base64url(*payload).in("its payload"));
  HALLIGAN_TRY(jws.signature, parse_base64url(rest).in("its signature"));
  return jws;
}

}  // namespace

bool nests_too_deep(std::string_view json) {
  std::size_t depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      if (++depth > kDeepest) return true;
    } else if ((c == '}' || c == ']') && depth > 0) {
      --depth;
    }
  }
  return false;
}

Result<Jws> parse_jws(std::string_view text) { return parse(text).in("metadata"); }

Result<std::string> verify_jws(const Jws& jws, const JwsTerms& terms) {
  const auto verify = [&]() -> Result<std::string> {
    HALLIGAN_TRY(const ssh::PublicKey key, crypto::certified_key(jws.chain.front()));
    HALLIGAN_TRY(const ssh::Signature signature, signature_of(jws));
    // A key that does not fit the algorithm is somebody's attempt, too.
    const auto verified = crypto::verify(key, as_bytes(jws.signed_text), signature);
    if (!verified) return fail(Code::kNo, verified.error().message);
    const crypto::Chain chain{.leaf = jws.chain.front(),
                              .between = std::span(jws.chain).subspan(1),
                              .trusted = terms.trusted,
                              .time = terms.time,
                              .host = terms.host};
    return crypto::verify_chain(chain).in("the certificate of its signer");
  };
  return verify().in("metadata");
}

}  // namespace halligan::attest
