#include "ledger/report/audit.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "base/codec.hpp"
#include "base/text.hpp"
#include "crypto/canary.hpp"
#include "crypto/digest.hpp"
#include "io/clock.hpp"
#include "ledger/verify.hpp"

namespace halligan::ledger::report {
namespace {

using ui::Json;

constexpr std::size_t kMostNumbers = 100;

bool in_period(const Terms& terms, std::uint64_t time) { return time >= terms.from && time < terms.to; }

// What verify_ledger() has found already, and what is counted here for the period alone.
bool is_of_logs(const LedgerFinding& finding) {
  using Kind = FindingCode;
  constexpr FindingKind kOthers[] = {Kind::kRecordMalformed, Kind::kChainBroken, Kind::kChainOrder,
                                     Kind::kChainStart,      Kind::kSerialOrder, Kind::kSignatureBad,
                                     Kind::kUnused};
  return std::ranges::find(kOthers, finding.kind) == std::end(kOthers);
}

Result<std::vector<Chain>> chains_of(const std::vector<Part>& parts) {
  std::vector<Chain> chains;
  for (const Part& part : parts) {
    if (part.kind != "ledger") continue;
    HALLIGAN_TRY(LedgerText text, parse_ledger(part.contents).in(part.name));
    for (Chain& each : text.chains) chains.push_back(std::move(each));
  }
  if (chains.empty()) return fail(Code::kBadInput, "it has no ledger");
  return unite(std::move(chains));
}

Result<LedgerVerdict> verdict_of(const Terms& terms, const std::vector<Chain>& chains) {
  LedgerCheck check;
  check.counters.authorities = terms.authorities;
  for (const std::string& text : terms.made) {
    HALLIGAN_TRY(auto start, ca::parse_counter_start(text).in("terms"));
    check.counters.starts.push_back(std::move(start));
  }
  return verify_ledger(chains, check);
}

Result<> read_drills(const Terms& terms, const std::vector<Part>& parts, Audit& audit) {
  for (const Part& part : parts) {
    if (part.kind != "drills") continue;
    HALLIGAN_TRY(auto drills, drills::parse_drills(part.contents).in(part.name));
    for (drills::Drill& each : drills) {
      if (in_period(terms, each.ended())) audit.drills.push_back(std::move(each));
    }
  }
  return {};
}

struct Logs {
  std::size_t logs = 0;
  std::size_t logins = 0;
  std::size_t strangers = 0;
};

Logs read_logs(const Terms& terms, const std::vector<Part>& parts, Audit& audit) {
  Reconciliation reconciliation(audit.chains, terms.authorities, terms.most_logins);
  Logs out;
  for (const Part& part : parts) {
    if (part.kind != "log") continue;
    static_cast<void>(reconciliation.read(part.name, part.contents, terms.to));
    ++out.logs;
  }
  if (out.logs == 0) return out;
  reconciliation.finish();
  for (LedgerFinding& each : reconciliation.findings()) {
    if (is_of_logs(each)) audit.findings.push_back(std::move(each));
  }
  audit.uses = reconciliation.uses();
  out.logins = reconciliation.logins();
  out.strangers = reconciliation.strangers();
  return out;
}

// Answers of hosts, as `halligan prove --json` prints them.
Result<> count_answers(const std::vector<Part>& parts, Json& summary) {
  std::size_t answers = 0;
  std::size_t good = 0;
  for (const Part& part : parts) {
    if (part.kind != "proof") continue;
    std::string_view rest = part.contents;
    while (!rest.empty()) {
      const auto answer = nlohmann::json::parse(next_line(rest), nullptr, false);
      const auto found = answer.is_object() ? answer.find("good") : answer.end();
      if (!answer.is_object() || found == answer.end() || !found->is_boolean())
        return fail(Code::kBadInput, part.name + ": not what halligan prove --json prints");
      ++answers;
      if (found->get<bool>()) ++good;
    }
  }
  summary["answers"] = answers;
  summary["answers_good"] = good;
  return {};
}

// Of the period.
Json count_records(const Audit& audit, bool logs) {
  std::size_t certificates = 0, canaries = 0, hosts = 0, uses = 0, requested = 0, co_signed = 0, waived = 0,
              unused = 0;
  for (const Recorded& each : audit.records) {
    if (each.use() != nullptr) {
      ++uses;
      continue;
    }
    const ssh::CertificateBody& body = each.issued().certificate.body;
    const IssueContext& context = each.issued().context;
    const bool canary = crypto::is_canary(body);
    const bool host = body.type == ssh::CertificateType::kHost;
    ++certificates;
    canaries += canary ? 1 : 0;
    hosts += host ? 1 : 0;
    requested += context.request.empty() ? 0 : 1;
    co_signed += context.co_signature.empty() ? 0 : 1;
    waived += context.without_policy.empty() ? 0 : 1;
    unused +=
        logs && !canary && !host && !audit.uses.contains({crypto::fingerprint(body.ca), body.serial}) ? 1 : 0;
  }
  return {{"certificates", certificates}, {"canaries", canaries},
          {"host_certificates", hosts},   {"uses", uses},
          {"requested", requested},       {"co_signed", co_signed},
          {"without_policy", waived},     {"unused", unused}};
}

void count_all(const Audit& audit, const Logs& logs, Json& summary) {
  std::size_t matched = 0;
  for (const auto& [key, uses] : audit.uses) matched += uses.size();
  std::uint64_t missing = 0;
  for (const CounterReport& each : audit.counters) missing += each.missing;
  summary["logs"] = logs.logs;
  summary["logins"] = logs.logins;
  summary["logins_matched"] = matched;
  summary["logins_unmatched"] = logs.logins - matched;
  summary["logins_of_other_cas"] = logs.strangers;
  summary["unrecorded_signatures"] = missing;
  summary["drills"] = audit.drills.size();
  summary["drills_passed"] = std::ranges::count_if(audit.drills, &drills::Drill::passed);
  const std::size_t faults = fault_count(audit.findings);
  summary["faults"] = faults;
  summary["notes"] = audit.findings.size() - faults;
}

// A finding of a file that is not in its parts.
std::optional<FindingKind> file_finding(std::string_view code) {
  for (const FindingKind& each : {FindingCode::kNewlineMissing, FindingCode::kLineCut}) {
    if (each.code == code) return each;
  }
  return std::nullopt;
}

}  // namespace

std::string format_terms(const Terms& terms) {
  Json json{{"version", 1},           {"from", terms.from},
            {"to", terms.to},         {"most_logins", terms.most_logins},
            {"timezone", terms.zone}, {"authorities", Json::array()},
            {"made", terms.made},     {"found", Json::array()}};
  for (const ssh::PublicKey& each : terms.authorities)
    json["authorities"].push_back(ssh::format_public_key_line(each, ""));
  for (const LedgerFinding& each : terms.found)
    json["found"].push_back({{"code", each.kind.code}, {"text", ui::json_text(each.text)}});
  return ui::json_line(json);
}

Result<Terms> parse_terms(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object() || json.value("version", Json()) != 1)
    return fail(Code::kBadInput, "its terms are not those of version 1");
  Terms terms;
  HALLIGAN_TRY(terms.from, number_of(json, "from"));
  HALLIGAN_TRY(terms.to, number_of(json, "to"));
  HALLIGAN_TRY(terms.most_logins, number_of(json, "most_logins"));
  HALLIGAN_TRY(terms.zone, text_of(json, "timezone"));
  const Json none = Json::array();
  for (const Json& each : json.value("authorities", none)) {
    if (!each.is_string()) return fail(Code::kBadInput, "its terms have a CA that is no text");
    HALLIGAN_TRY(auto line, ssh::parse_public_key_line(each.get<std::string>()));
    terms.authorities.push_back(std::move(line.key));
  }
  for (const Json& each : json.value("made", none)) {
    if (!each.is_string()) return fail(Code::kBadInput, "its terms have a ca.json that is no text");
    terms.made.push_back(each.get<std::string>());
  }
  for (const Json& each : json.value("found", none)) {
    HALLIGAN_TRY(const std::string code, text_of(each, "code"));
    HALLIGAN_TRY(std::string words, text_of(each, "text"));
    const auto kind = file_finding(code);
    if (!kind) return fail(Code::kBadInput, "its terms have an unknown finding");
    terms.found.push_back({*kind, std::move(words)});
  }
  if (format_terms(terms) != text)
    return fail(Code::kBadInput, "its terms are not in the form that halligan writes");
  return terms;
}

Result<Audit> audit(const Terms& terms, const std::vector<Part>& parts) {
  HALLIGAN_TRY(auto chains, chains_of(parts));
  Audit out{.chains = std::move(chains)};
  HALLIGAN_TRY(LedgerVerdict verdict, verdict_of(terms, out.chains));
  out.findings = terms.found;
  std::ranges::move(verdict.findings, std::back_inserter(out.findings));
  out.counters = std::move(verdict.counters);
  const Logs logs = read_logs(terms, parts, out);
  std::stable_partition(out.findings.begin(), out.findings.end(),
                        [](const LedgerFinding& each) { return each.kind.fault; });
  for (const Recorded& each : recorded_all(out.chains)) {
    if (in_period(terms, each.record().seconds())) out.records.push_back(each);
  }
  HALLIGAN_CHECK(read_drills(terms, parts, out));
  out.summary = count_records(out, logs.logs != 0);
  count_all(out, logs, out.summary);
  HALLIGAN_CHECK(count_answers(parts, out.summary));
  return out;
}

Result<std::string> lines_that_count(std::string_view log, const Terms& terms) {
  std::map<std::size_t, std::string_view> kept;  // by their place
  std::map<std::string, std::size_t> last;       // of each host
  std::vector<std::string_view> records;
  std::size_t messages = 0;
  for (std::string_view rest = log; !rest.empty();) records.push_back(next_record(rest));
  for (std::size_t i = 0; i < records.size(); ++i) {
    const std::string_view text = records[i];
    const ReadLine read = read_log_line(text, terms.to);
    const bool lost = (i == 0 && lost_start(text)) || (i + 1 == records.size() && lost_end(text));
    const bool whole = read.line && (!tells_login(read.line->message) ||
                                     find_login(read.line->message) != std::string_view::npos);
    if ((lost && !whole) || read.quoted || !read.unreadable.empty()) kept.emplace(i, text);
    if (read.line || !read.unreadable.empty()) ++messages;
    if (!read.line || (read.line->time && !in_period(terms, *read.line->time))) continue;
    last[read.line->host] = i;
    if (begins_login(read.line->message) || ends_login(read.line->message)) kept.emplace(i, text);
  }
  if (messages == 0) return fail(Code::kBadInput, "contains no message of sshd");
  for (const auto& [host, place] : last) kept.emplace(place, records[place]);
  std::string out;
  for (const auto& [place, text] : kept) (out += text) += '\n';
  return out;
}

Result<Document> make_document(const Terms& terms, const std::vector<Part>& parts) {
  HALLIGAN_TRY(const Audit found, audit(terms, parts));
  Document document{.words = words_of(terms, found), .parts = {{"terms", "", format_terms(terms)}}};
  document.parts.push_back({"summary", "", ui::json_line(found.summary)});
  document.parts.insert(document.parts.end(), parts.begin(), parts.end());
  return document;
}

Result<Derived> derive_again(const Document& document) {
  if (document.parts.size() < 2 || document.parts[0].kind != "terms" || document.parts[1].kind != "summary")
    return fail(Code::kBadInput, "audit report: it does not begin with its terms and its summary");
  HALLIGAN_TRY(Terms terms, parse_terms(document.parts[0].contents).in("audit report"));
  HALLIGAN_CHECK(io::set_local_zone(terms.zone).in("audit report"));
  const Json said = Json::parse(document.parts[1].contents, nullptr, false);
  if (!said.is_object() || said.size() > kMostNumbers)
    return fail(Code::kBadInput, "audit report: its summary is not an object of numbers");
  HALLIGAN_TRY(Audit found, audit(terms, document.parts).in("audit report"));
  // Only numbers: what nests in a summary that somebody wrote is not looked into.
  const auto shown = [](const Json& from, const std::string& name) -> std::string {
    const auto member = from.find(name);
    if (member == from.end()) return "nothing";
    return member->is_number() ? member->dump() : "not a number";
  };
  std::vector<Compared> compared;
  std::set<std::string> names;
  for (const Json* each : std::array<const Json*, 2>{&found.summary, &said}) {
    for (const auto& [name, value] : each->items()) {
      if (names.insert(name).second)
        compared.push_back({name, shown(said, name), shown(found.summary, name)});
    }
  }
  const bool same_line = ui::json_line(found.summary) == document.parts[1].contents;
  compared.push_back({"summary", same_line ? "as its parts" : "other than its parts", "as its parts"});
  const bool same_words = words_of(terms, found) == document.words;
  compared.push_back({"text", same_words ? "as its parts" : "other than its parts", "as its parts"});
  return Derived{std::move(terms), std::move(found), std::move(compared)};
}

}  // namespace halligan::ledger::report
