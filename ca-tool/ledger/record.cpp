#include "ledger/record.hpp"

#include <algorithm>

#include "base/codec.hpp"
#include "crypto/digest.hpp"

namespace halligan::ledger {
namespace {

constexpr int kLedgerVersion = 1;
constexpr std::size_t kIdDigits = 32;
constexpr std::size_t kHashDigits = 64;
constexpr std::string_view kSumStart = R"(,"sum":")";
constexpr std::string_view kSumEnd = R"("})";
constexpr std::size_t kSumSize = kSumStart.size() + kHashDigits + kSumEnd.size();

bool is_hex(std::string_view text, std::size_t digits) {
  return text.size() == digits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Result<> check_text(std::string_view name, std::string_view text, std::size_t most, bool one_line) {
  if (text.size() > most) {
    return fail(Code::kBadInput, std::string(name) + " of more than " + std::to_string(most) + " bytes");
  }
  if (!is_utf8(as_bytes(text))) return fail(Code::kBadInput, std::string(name) + " is not UTF-8");
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  if (one_line && std::any_of(text.begin(), text.end(), control)) {
    return fail(Code::kBadInput, std::string(name) + " with control characters");
  }
  return {};
}

Result<std::string> optional_text(const ui::Json& json, const char* name) {
  if (!json.contains(name)) return std::string();
  return text_of(json, name);
}

Result<ChainStart> read_start(const ui::Json& json) {
  HALLIGAN_TRY(const std::uint64_t version, number_of(json, "version"));
  if (version != kLedgerVersion) {
    return fail(Code::kUnsupported, "unsupported ledger version " + std::to_string(version),
                "use a newer halligan");
  }
  ChainStart start;
  HALLIGAN_TRY(start.id, text_of(json, "id"));
  if (!is_hex(start.id, kIdDigits)) return fail(Code::kBadInput, "the id is not 32 hexadecimal digits");
  HALLIGAN_TRY(start.machine, text_of(json, "machine"));
  HALLIGAN_CHECK(check_text("a machine", start.machine, kLongestReason, true));
  return start;
}

Result<std::vector<ssh::Signature>> read_signatures(const ui::Json& json, const char* name) {
  std::vector<ssh::Signature> signatures;
  const auto found = json.find(name);
  if (found == json.end()) return signatures;
  if (!found->is_array() || found->empty() || found->size() > kMostSearches) {
    return fail(Code::kBadInput, std::string("\"") + name + "\" does not have 1 to " +
                                     std::to_string(kMostSearches) + " signatures");
  }
  for (const ui::Json& each : *found) {
    if (!each.is_string()) return fail(Code::kBadInput, std::string("\"") + name + "\": not a string");
    HALLIGAN_TRY(const Bytes blob, parse_base64(each.get_ref<const std::string&>()));
    HALLIGAN_TRY(auto signature, ssh::parse_signature(blob));
    signatures.push_back(std::move(signature));
  }
  return signatures;
}

Result<std::vector<ssh::Signature>> read_searches(const ui::Json& json, ssh::SignatureAlgorithm algorithm) {
  HALLIGAN_TRY(auto searches, read_signatures(json, "searches"));
  for (const ssh::Signature& each : searches) {
    if (ssh::is_sk(algorithm) && each.algorithm == algorithm) continue;
    return fail(Code::kBadInput, "a search is signed by another kind of key than the CA's");
  }
  return searches;
}

Result<std::optional<std::uint32_t>> read_begin(const ui::Json& json) {
  std::optional<std::uint32_t> begin;
  if (!json.contains("begin")) return begin;
  HALLIGAN_TRY(const std::uint64_t value, number_of(json, "begin"));
  if (value > UINT32_MAX) return fail(Code::kBadInput, "\"begin\" is not a counter");
  begin = static_cast<std::uint32_t>(value);
  return begin;
}

Result<Issued> read_issued(const ui::Json& json) {
  HALLIGAN_TRY(const std::string line, text_of(json, "certificate"));
  HALLIGAN_TRY(auto parsed, ssh::parse_certificate_line(line).in("certificate"));
  Issued issued{std::move(parsed.certificate)};
  const ssh::Signature& signature = issued.certificate.signature;
  if (ssh::is_sk(signature.algorithm)) {
    HALLIGAN_TRY(const std::uint64_t counter, number_of(json, "counter"));
    HALLIGAN_TRY(const std::uint64_t flags, number_of(json, "flags"));
    if (counter != signature.counter || flags != signature.flags) {
      return fail(Code::kBadInput, "counter and flags are not those of the certificate's signature");
    }
  }
  HALLIGAN_TRY(issued.searches, read_searches(json, signature.algorithm));
  IssueContext& context = issued.context;
  HALLIGAN_TRY(context.reason, optional_text(json, "reason"));
  HALLIGAN_TRY(context.request, optional_text(json, "request"));
  HALLIGAN_TRY(context.co_signature, optional_text(json, "co_signature"));
  HALLIGAN_TRY(context.without_policy, optional_text(json, "without_policy"));
  HALLIGAN_CHECK(check_context(context));
  HALLIGAN_TRY(issued.begin, read_begin(json));
  return issued;
}

Result<CountedUse> read_use(const ui::Json& json) {
  HALLIGAN_TRY(const std::string line, text_of(json, "ca"));
  HALLIGAN_TRY(auto parsed, ssh::parse_public_key_line(line).in("ca"));
  if (!parsed.key.is_sk()) return fail(Code::kBadInput, "the CA of a use is not a security key");
  CountedUse use{.ca = std::move(parsed.key), .purpose = {}};
  HALLIGAN_TRY(use.purpose, text_of(json, "purpose"));
  HALLIGAN_CHECK(check_text("a purpose", use.purpose, kLongestReason, true));
  if (use.purpose.empty()) return fail(Code::kBadInput, "a use without a purpose");
  if (json.contains("hash")) {
    HALLIGAN_TRY(const std::string digits, text_of(json, "hash"));
    if (!is_hex(digits, kHashDigits)) return fail(Code::kBadInput, "\"hash\" is not 64 hexadecimal digits");
    HALLIGAN_TRY(const Bytes hash, parse_hex(digits));
    std::ranges::copy(hash, use.hash.emplace().begin());
  }
  HALLIGAN_TRY(use.signatures, read_signatures(json, "signatures"));
  if (use.signatures.empty()) return fail(Code::kBadInput, "a use without signatures");
  for (const ssh::Signature& each : use.signatures) {
    if (!ssh::fits(each.algorithm, use.ca.type()))
      return fail(Code::kBadInput, "a use is signed by another kind of key than the CA's");
  }
  HALLIGAN_TRY(use.begin, read_begin(json));
  return use;
}

void put_issued(ui::Json& json, const Issued& issued) {
  const ssh::Signature& signature = issued.certificate.signature;
  if (ssh::is_sk(signature.algorithm)) {
    json["counter"] = signature.counter;
    json["flags"] = signature.flags;
  }
  json["certificate"] = ssh::format_certificate_line(issued.certificate, "");
  for (const ssh::Signature& search : issued.searches)
    json["searches"].push_back(base64(ssh::encode(search)));
  const auto& [reason, request, co_signature, without_policy] = issued.context;
  if (!reason.empty()) json["reason"] = reason;
  if (!request.empty()) json["request"] = request;
  if (!co_signature.empty()) json["co_signature"] = co_signature;
  if (!without_policy.empty()) json["without_policy"] = without_policy;
  if (issued.begin) json["begin"] = *issued.begin;
}

void put_use(ui::Json& json, const CountedUse& use) {
  json["ca"] = ssh::format_public_key_line(use.ca, "");
  json["purpose"] = use.purpose;
  if (use.hash) json["hash"] = hex(*use.hash);
  for (const ssh::Signature& each : use.signatures) json["signatures"].push_back(base64(ssh::encode(each)));
  if (use.begin) json["begin"] = *use.begin;
}

}  // namespace

std::string seal_record(std::string_view body) {
  std::string line(body.substr(0, body.size() - 1));
  line += kSumStart;
  line += hex(crypto::sha256(as_bytes(body)));
  line += kSumEnd;
  return line;
}

Result<std::string> text_of(const ui::Json& json, const char* name) {
  const auto found = json.find(name);
  if (found == json.end() || !found->is_string()) {
    return fail(Code::kBadInput, std::string("no string \"") + name + "\"");
  }
  return found->get<std::string>();
}

Result<std::uint64_t> number_of(const ui::Json& json, const char* name) {
  const auto found = json.find(name);
  if (found == json.end() || !found->is_number_unsigned()) {
    return fail(Code::kBadInput, std::string("no number \"") + name + "\"");
  }
  return found->get<std::uint64_t>();
}

Result<std::string> unseal_record(std::string_view line) {
  if (line.size() > kLongestRecord) {
    return fail(Code::kBadInput, "a record of more than " + std::to_string(kLongestRecord) + " bytes");
  }
  if (line.size() <= kSumSize || line.substr(line.size() - kSumSize, kSumStart.size()) != kSumStart) {
    return fail(Code::kBadInput, "no sum at the end");
  }
  std::string body(line.substr(0, line.size() - kSumSize));
  body += '}';
  if (seal_record(body) != line) return fail(Code::kBadInput, "a byte was changed: the sum does not match");
  return body;
}

std::string record_hash(std::string_view line) { return hex(crypto::sha256(as_bytes(line))); }

std::string format_record(const Record& record) {
  ui::Json json{{"n", record.number}, {"prev", record.previous}, {"time", record.time}};
  if (const ChainStart* start = record.start(); start != nullptr) {
    json["kind"] = "ledger";
    json["version"] = kLedgerVersion;
    json["id"] = start->id;
    json["machine"] = start->machine;
  } else if (const Issued* issued = record.issued(); issued != nullptr) {
    json["kind"] = "certificate";
    put_issued(json, *issued);
  } else {
    json["kind"] = "use";
    put_use(json, *record.use());
  }
  return seal_record(json.dump(-1, ' ', true));
}

Result<Record> parse_record(std::string_view line) {
  HALLIGAN_TRY(const std::string body, unseal_record(line));
  const ui::Json json = ui::Json::parse(body, nullptr, false);
  if (!json.is_object()) return fail(Code::kBadInput, "not a JSON object");
  Record record;
  HALLIGAN_TRY(record.number, number_of(json, "n"));
  HALLIGAN_TRY(record.previous, text_of(json, "prev"));
  if (!record.previous.empty() && !is_hex(record.previous, kHashDigits)) {
    return fail(Code::kBadInput, "\"prev\" is not 64 hexadecimal digits");
  }
  HALLIGAN_TRY(record.time, number_of(json, "time"));
  HALLIGAN_TRY(const std::string kind, text_of(json, "kind"));
  if (kind == "ledger") {
    HALLIGAN_TRY(record.what, read_start(json));
  } else if (kind == "certificate") {
    HALLIGAN_TRY(record.what, read_issued(json));
  } else if (kind == "use") {
    HALLIGAN_TRY(record.what, read_use(json));
  } else {
    return fail(Code::kUnsupported, "unsupported record kind \"" + printable(kind.substr(0, 64)) + "\"");
  }
  if (format_record(record) != line) return fail(Code::kBadInput, "not in the canonical form");
  return record;
}

const ssh::PublicKey* counting_authority(const Record& record) {
  if (const CountedUse* use = record.use(); use != nullptr) return &use->ca;
  const Issued* issued = record.issued();
  return issued != nullptr && ssh::is_sk(issued->certificate.signature.algorithm)
             ? &issued->certificate.body.ca
             : nullptr;
}

std::vector<std::uint32_t> counters_of(const Record& record) {
  std::vector<std::uint32_t> out;
  const auto add = [&](const std::vector<ssh::Signature>& signatures) {
    for (const ssh::Signature& each : signatures) out.push_back(each.counter);
  };
  if (const CountedUse* use = record.use(); use != nullptr) add(use->signatures);
  if (const Issued* issued = record.issued(); issued != nullptr) {
    add(issued->searches);
    if (ssh::is_sk(issued->certificate.signature.algorithm))
      out.push_back(issued->certificate.signature.counter);
  }
  return out;
}

Result<> check_context(const IssueContext& context) {
  HALLIGAN_CHECK(check_text("a reason", context.reason, kLongestReason, true));
  HALLIGAN_CHECK(
      check_text("a reason to do without the policy", context.without_policy, kLongestReason, true));
  HALLIGAN_CHECK(check_text("a request", context.request, kLongestAttachment, false));
  return check_text("a co-signature", context.co_signature, kLongestAttachment, false);
}

}  // namespace halligan::ledger
