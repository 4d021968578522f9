#include "ledger/recorded.hpp"

#include <fmt/format.h>

#include <array>

#include "base/codec.hpp"
#include "base/text.hpp"
#include "crypto/canary.hpp"
#include "crypto/digest.hpp"
#include "io/clock.hpp"
#include "io/parallel.hpp"
#include "ledger/chain.hpp"
#include "ui/describe.hpp"

namespace halligan::ledger {
namespace {

using ui::Json;

constexpr std::array<const char*, 27> kColumns{"chain",
                                               "machine",
                                               "record",
                                               "time",
                                               "serial",
                                               "type",
                                               "key_id",
                                               "principals",
                                               "valid_after",
                                               "valid_before",
                                               "critical_options",
                                               "extensions",
                                               "key",
                                               "ca",
                                               "counter",
                                               "flags",
                                               "search_counters",
                                               "reason",
                                               "request",
                                               "co_signature",
                                               "certificate",
                                               "hash",
                                               "kind",
                                               "without_policy",
                                               "purpose",
                                               "counters",
                                               "signed_hash"};

// "PERSON FINGERPRINT" on each line, as `sign --request` records them.
Json co_signatures_json(std::string_view lines) {
  Json list = Json::array();
  while (!lines.empty()) {
    const std::string_view line = next_line(lines);
    const std::size_t blank = line.rfind(" SHA256:");
    const bool whole = blank != std::string_view::npos;
    list.push_back({{"person", ui::json_text(line.substr(0, blank))},
                    {"fingerprint", whole ? Json(ui::json_text(line.substr(blank + 1))) : Json(nullptr)}});
  }
  return list;
}

std::string flat(const Json& value) {
  if (value.is_null()) return "";
  if (value.is_string()) return value.get<std::string>();
  if (value.is_object()) {
    return flat(value["name"]) + (value.contains("value") ? "=" + flat(value["value"]) : "");
  }
  if (!value.is_array()) return value.dump();
  std::string out;
  for (const Json& each : value) {
    if (&each != &value.front()) out += each.is_object() ? ' ' : ',';
    out += flat(each);
  }
  return out;
}

// A text that a spreadsheet would take for a formula is marked as a text, as spreadsheets do it themselves.
std::string csv_text(const Json& value) {
  std::string text = flat(value);
  const bool formula = !value.is_number() && text.find_first_of("=+-@\t\r") == 0;
  return formula ? "'" + text : text;
}

std::string csv_field(const Json& value) {
  const std::string text = csv_text(value);
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + "\"";
}

template <typename Field>
std::string join_columns(Field field) {
  std::string out;
  for (const char* column : kColumns) out += (out.empty() ? "" : ",") + field(column);
  return out + "\r\n";
}

}  // namespace

std::vector<Recorded> recorded_all(std::span<const Chain> chains) {
  std::vector<Recorded> out;
  for (const Chain& chain : chains) {
    for (const Entry& entry : chain.entries) {
      if (entry.record && entry.record->start() == nullptr) out.push_back({&chain, &entry});
    }
  }
  return out;
}

std::vector<Recorded> recorded_certificates(std::span<const Chain> chains) {
  auto out = recorded_all(chains);
  std::erase_if(out, [](const Recorded& each) { return each.use() != nullptr; });
  return out;
}

std::vector<Result<crypto::Verified>> verify_signatures(std::span<const Recorded> certificates) {
  std::vector<Result<crypto::Verified>> verified(certificates.size());
  std::vector<crypto::Verifier> verifiers(io::worker_count_for(certificates.size()));
  io::in_parallel(verifiers.size(), certificates.size(), [&](std::size_t worker, std::size_t i) {
    verified[i] = verifiers[worker].verify_certificate(certificates[i].issued().certificate);
  });
  return verified;
}

std::vector<Recorded> recorded_uses(std::span<const Chain> chains) {
  auto out = recorded_all(chains);
  std::erase_if(out, [](const Recorded& each) { return each.use() == nullptr; });
  return out;
}

std::string entry_name(const std::vector<Chain>& chains, const Recorded& recorded) {
  const std::string name = record_name(recorded.record().number);
  return chains.size() == 1 ? name : recorded.chain->name() + " " + name;
}

Result<std::vector<Recorded>> find_recorded(const std::vector<Chain>& chains, std::uint64_t number) {
  std::vector<Recorded> by_serial;
  std::vector<Recorded> by_number;
  for (const Recorded& each : recorded_all(chains)) {
    if (each.use() == nullptr && each.issued().certificate.body.serial == number) by_serial.push_back(each);
    if (each.record().number == number) by_number.push_back(each);
  }
  if (!by_serial.empty()) return by_serial;
  if (!by_number.empty()) return by_number;
  return fail(Code::kNo, "no certificate has the serial or record number " + std::to_string(number),
              "list them with halligan ledger list");
}

std::string counter_list(std::span<const ssh::Signature> signatures) {
  std::string text;
  for (const auto& each : signatures) text += (text.empty() ? "" : ",") + std::to_string(each.counter);
  return text;
}

namespace {

Json counters_json(std::span<const ssh::Signature> signatures) {
  Json list = Json::array();
  for (const auto& each : signatures) list.push_back(each.counter);
  return list;
}

void show_use(Json& json, const CountedUse& use) {
  json["ca"] = crypto::fingerprint(use.ca);
  ui::put_text(json, "purpose", use.purpose);
  json["counters"] = counters_json(use.signatures);
  json["signed_hash"] = use.hash ? Json(hex(*use.hash)) : Json(nullptr);
}

void show_issued(Json& json, const Issued& issued) {
  const ssh::CertificateBody& body = issued.certificate.body;
  const ssh::Signature& signature = issued.certificate.signature;
  const bool counted = ssh::is_sk(signature.algorithm);
  json["serial"] = body.serial;
  json["type"] = body.type == ssh::CertificateType::kUser ? "user" : "host";
  ui::put_text(json, "key_id", body.key_id);
  ui::put_texts(json, "principals", body.principals);
  ui::put_validity(json, body.valid_after, body.valid_before);
  json["critical_options"] = ui::options_json(body.critical);
  json["extensions"] = ui::options_json(body.extensions);
  json["key"] = crypto::fingerprint(body.subject);
  json["ca"] = crypto::fingerprint(body.ca);
  json["counter"] = counted ? Json(signature.counter) : Json(nullptr);
  json["flags"] = counted ? Json(signature.flags) : Json(nullptr);
  json["search_counters"] = counters_json(issued.searches);
  json["reason"] = issued.context.reason;
  json["request"] = issued.context.request;
  json["co_signature"] = issued.context.co_signature;
  json["co_signatures"] = co_signatures_json(issued.context.co_signature);
  json["without_policy"] = issued.context.without_policy;
  json["certificate"] = ssh::format_certificate_line(issued.certificate, "");
}

}  // namespace

Json recorded_json(const Recorded& recorded) {
  const Record& record = recorded.record();
  const ChainStart* start = recorded.chain->start();
  Json json;
  json["chain"] = start != nullptr ? start->id : "";
  json["machine"] = start != nullptr ? start->machine : "";
  json["record"] = record.number;
  json["kind"] = recorded.use() != nullptr                               ? "use"
                 : crypto::is_canary(recorded.issued().certificate.body) ? "canary"
                                                                         : "certificate";
  json["time"] = io::format_utc(record.seconds());
  json["time_unix"] = record.seconds();
  if (const CountedUse* use = recorded.use(); use != nullptr) {
    show_use(json, *use);
  } else {
    show_issued(json, recorded.issued());
  }
  json["hash"] = recorded.entry->hash;
  return json;
}

std::string csv_heading() {
  return join_columns([](const char* column) { return std::string(column); });
}

std::string csv_line(const Recorded& recorded) {
  const Json json = recorded_json(recorded);
  return join_columns([&](const char* column) { return csv_field(json.value(column, Json())); });
}

std::string place_row(const std::optional<LedgerPlace>& place) {
  if (!place) return {};
  return ui::text_row("Ledger", fmt::format("{}, record {}", printable(place->file), place->record));
}

void add_place(ui::Json& json, const std::optional<LedgerPlace>& place) {
  if (place) json["ledger"] = {{"file", ui::json_text(place->file)}, {"record", place->record}};
}

}  // namespace halligan::ledger
