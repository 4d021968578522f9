// halligan ledger list | show | export
#include "ledger/command.hpp"

#include <fmt/format.h>

#include "base/codec.hpp"
#include "crypto/digest.hpp"
#include "io/clock.hpp"
#include "ledger/files.hpp"
#include "ssh/options.hpp"
#include "ui/describe.hpp"
#include "ui/output.hpp"

namespace halligan::ledger {
namespace {

using Row = ui::Json;

constexpr std::uint64_t kMilliseconds = 1000;

std::string option_text(const ssh::CertificateOptions& options) {
  std::string out;
  for (const auto& option : options) {
    if (!out.empty()) out += ' ';
    out += ui::json_text(option.name);
    const auto value = ssh::option_value(option);
    if (value && *value) out += "=" + ui::json_text(**value);
  }
  return out;
}

std::string search_counters(const Issued& issued) {
  std::string text;
  for (const auto& search : issued.searches)
    text += (text.empty() ? "" : ",") + std::to_string(search.counter);
  return text;
}

// Every field of a record, in the order of the table's columns.
Row row_of(const Chain& chain, const Entry& entry) {
  const Record& record = *entry.record;
  const Issued& issued = *record.issued();
  const ssh::CertificateBody& body = issued.certificate.body;
  const ssh::Signature& signature = issued.certificate.signature;
  const bool counted = ssh::is_sk(signature.algorithm);
  std::string principals;
  for (const auto& name : body.principals)
    principals += (principals.empty() ? "" : ",") + ui::json_text(name);
  Row row;
  row["chain"] = chain.start() != nullptr ? chain.start()->id : "";
  row["machine"] = chain.start() != nullptr ? chain.start()->machine : "";
  row["record"] = record.number;
  row["time"] = io::format_utc(record.time / kMilliseconds);
  row["serial"] = body.serial;
  row["type"] = body.type == ssh::CertificateType::kUser ? "user" : "host";
  row["key_id"] = ui::json_text(body.key_id);
  row["principals"] = principals;
  row["valid_after"] = body.valid_after;
  row["valid_before"] = body.valid_before;
  row["critical_options"] = option_text(body.critical);
  row["extensions"] = option_text(body.extensions);
  row["key"] = crypto::fingerprint(body.subject);
  row["ca"] = crypto::fingerprint(body.ca);
  row["counter"] = counted ? Row(signature.counter) : Row(nullptr);
  row["flags"] = counted ? Row(signature.flags) : Row(nullptr);
  row["search_counters"] = search_counters(issued);
  row["reason"] = issued.context.reason;
  row["request"] = issued.context.request;
  row["co_signature"] = issued.context.co_signature;
  row["certificate"] = ssh::format_certificate_line(issued.certificate, "");
  row["hash"] = entry.hash;
  return row;
}

// RFC 4180.
std::string csv_field(const Row& value) {
  if (value.is_null()) return "";
  if (!value.is_string()) return value.dump();
  const auto text = value.get<std::string>();
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + "\"";
}

std::string csv_line(const Row& row, bool heading) {
  std::string out;
  for (const auto& [name, value] : row.items()) {
    if (!out.empty()) out += ',';
    out += heading ? name : csv_field(value);
  }
  return out + "\r\n";
}

// When, until when and the serial fill a line of 80 columns.
std::string list_lines(const Record& record) {
  const Issued& issued = *record.issued();
  const ssh::CertificateBody& body = issued.certificate.body;
  std::string lines =
      fmt::format("{:>5}  {}  until {}  {}\n       {}  for {}\n", record.number,
                  io::format_local(record.time / kMilliseconds), io::format_local(body.valid_before),
                  body.serial, printable(body.key_id), ui::joined(body.principals));
  if (!issued.context.reason.empty()) lines += "       " + printable(issued.context.reason) + "\n";
  return lines;
}

std::string chain_line(const Chain& chain) {
  const ChainStart* start = chain.start();
  if (start == nullptr) return chain.name() + "\n";
  return fmt::format("{}, begun {}\n", chain.name(),
                     io::format_local(chain.entries.front().record->time / kMilliseconds));
}

struct Place {
  const Chain* chain;
  const Entry* entry;
};

// Every certificate, where it is recorded. The chains must outlive it.
std::vector<Place> certificate_places(const std::vector<Chain>& chains) {
  std::vector<Place> places;
  for (const Chain& chain : chains) {
    for (const Entry& entry : chain.entries) {
      if (entry.record && entry.record->issued() != nullptr) places.push_back({&chain, &entry});
    }
  }
  return places;
}

Result<> show_one(const Place& place, bool json) {
  const Chain& chain = *place.chain;
  const Entry& entry = *place.entry;
  if (json) return ui::print(ui::json_line(row_of(chain, entry)));
  const Issued& issued = *entry.record->issued();
  std::string text = fmt::format("{:<12}{} in {}\n", "Record", entry.record->number, chain.name());
  text += ui::to_text(ui::describe(issued.certificate, io::unix_seconds()));
  text += fmt::format("{:<12}{}\n", "Recorded", io::format_local(entry.record->time / kMilliseconds));
  if (!issued.searches.empty())
    text += fmt::format("{:<12}the token among several: counter {}\n", "Searched", search_counters(issued));
  const auto& [reason, request, co_signature] = issued.context;
  if (!reason.empty()) text += fmt::format("{:<12}{}\n", "Reason", printable(reason));
  if (!request.empty()) text += fmt::format("{:<12}{}\n", "Request", printable(request));
  if (!co_signature.empty()) text += fmt::format("{:<12}{}\n", "Co-signed", printable(co_signature));
  text += fmt::format("{:<12}{}\n", "Hash", entry.hash);
  return ui::print(text);
}

}  // namespace

Result<int> list_ledger(const LedgerListOptions& options) {
  HALLIGAN_TRY(const auto chains, readable_chains(options.files));
  const Chain* shown = nullptr;
  for (const auto& [chain, entry] : certificate_places(chains)) {
    if (options.output.json) {
      HALLIGAN_CHECK(ui::print(ui::json_line(row_of(*chain, *entry))));
      continue;
    }
    const std::string heading = shown == chain ? std::string() : chain_line(*chain);
    shown = chain;
    HALLIGAN_CHECK(ui::print(heading + list_lines(*entry->record)));
  }
  return 0;
}

Result<int> show_ledger(const LedgerShowOptions& options) {
  HALLIGAN_TRY(const auto chains, readable_chains(options.files));
  for (const bool by_serial : {true, false}) {
    bool found = false;
    for (const Place& place : certificate_places(chains)) {
      const Record& record = *place.entry->record;
      const std::uint64_t value = by_serial ? record.issued()->certificate.body.serial : record.number;
      if (value != options.number) continue;
      if (found && !options.output.json) HALLIGAN_CHECK(ui::print("\n"));
      found = true;
      HALLIGAN_CHECK(show_one(place, options.output.json));
    }
    if (found) return 0;
  }
  return fail(Code::kNo, "no certificate with the serial or in the record " + std::to_string(options.number),
              "see halligan ledger list");
}

Result<int> export_ledger(const LedgerExportOptions& options) {
  HALLIGAN_TRY(const auto chains, readable_chains(options.files));
  bool first = true;
  for (const auto& [chain, entry] : certificate_places(chains)) {
    const Row row = row_of(*chain, *entry);
    std::string text;
    if (!options.csv) {
      text = ui::json_line(row);
    } else {
      text = (first ? csv_line(row, true) : std::string()) + csv_line(row, false);
    }
    first = false;
    HALLIGAN_CHECK(ui::print(text));
  }
  return 0;
}

}  // namespace halligan::ledger
