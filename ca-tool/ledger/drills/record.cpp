#include "ledger/drills/record.hpp"

#include <algorithm>
#include <array>

#include "base/codec.hpp"
#include "base/text.hpp"
#include "ledger/chain.hpp"
#include "ledger/record.hpp"

namespace halligan::ledger::drills {
namespace {

using ui::Json;

constexpr std::uint64_t kVersion = 1;
constexpr std::array<std::string_view, 8> kOutcomes{"opened",    "no-proof",    "refused", "host-key",
                                                    "throttled", "unreachable", "expired", "not-reached"};
constexpr std::array<std::string_view, 3> kAlerts{"not-asked", "arrived", "missing"};

template <typename Enum, std::size_t kSize>
Result<Enum> enum_of(const std::array<std::string_view, kSize>& words, std::string_view word) {
  const auto found = std::ranges::find(words, word);
  if (found == words.end()) return fail(Code::kBadInput, "unknown word \"" + printable(word) + "\"");
  return static_cast<Enum>(found - words.begin());
}

Result<std::string> checked(std::string text) {
  if (text.size() > kLongestText) return fail(Code::kBadInput, "a text of more than 1024 bytes");
  if (plays_tricks(text)) return fail(Code::kBadInput, "a text that is not printable");
  return text;
}

Result<std::string> text_of(const Json& json, const char* name) {
  HALLIGAN_TRY(std::string text, ledger::text_of(json, name));
  return checked(std::move(text)).in(name);
}

Result<const Json*> list_of(const Json& json, const char* name) {
  const auto found = json.find(name);
  if (found == json.end() || !found->is_array() || found->size() > kMostInList)
    return fail(Code::kBadInput, std::string("no list \"") + name + "\" of at most 1024");
  return &*found;
}

Result<std::vector<std::string>> texts_of(const Json& json, const char* name) {
  HALLIGAN_TRY(const Json* list, list_of(json, name));
  std::vector<std::string> texts;
  for (const Json& each : *list) {
    if (!each.is_string()) return fail(Code::kBadInput, std::string(name) + ": not a string");
    HALLIGAN_TRY(std::string text, checked(each.get<std::string>()).in(name));
    texts.push_back(std::move(text));
  }
  return texts;
}

Json steps_json(const std::vector<Step>& steps) {
  Json list = Json::array();
  for (const Step& each : steps)
    list.push_back({{"step", each.name}, {"began", each.began}, {"milliseconds", each.milliseconds}});
  return list;
}

Result<std::vector<Step>> steps_of(const Json& json) {
  HALLIGAN_TRY(const Json* list, list_of(json, "steps"));
  std::vector<Step> steps;
  for (const Json& each : *list) {
    HALLIGAN_TRY(std::string name, text_of(each, "step"));
    HALLIGAN_TRY(const std::uint64_t began, number_of(each, "began"));
    HALLIGAN_TRY(const std::uint64_t milliseconds, number_of(each, "milliseconds"));
    steps.push_back({std::move(name), began, milliseconds});
  }
  return steps;
}

Json host_json(const DrilledHost& host) {
  Json json{{"host", host.host},
            {"address", host.address},
            {"account", host.account},
            {"name", host.name},
            {"port", host.port},
            {"host_key", host.host_key},
            {"sshd", host.sshd},
            {"outcome", outcome_word(host.outcome)},
            {"detail", host.detail},
            {"alert", alert_word(host.alert)},
            {"steps", steps_json(host.steps)}};
  if (host.log) json["log"] = {{"line", host.log->line}, {"milliseconds", host.log->milliseconds}};
  return json;
}

Result<HostLog> log_of(const Json& json) {
  HostLog log;
  HALLIGAN_TRY(log.line, text_of(json, "line"));
  HALLIGAN_TRY(log.milliseconds, number_of(json, "milliseconds"));
  return log;
}

Result<DrilledHost> host_of(const Json& json) {
  DrilledHost host;
  HALLIGAN_TRY(host.host, text_of(json, "host"));
  HALLIGAN_TRY(host.address, text_of(json, "address"));
  HALLIGAN_TRY(host.account, text_of(json, "account"));
  HALLIGAN_TRY(host.name, text_of(json, "name"));
  HALLIGAN_TRY(const std::uint64_t port, number_of(json, "port"));
  if (port == 0 || port > UINT16_MAX) return fail(Code::kBadInput, "\"port\" is not a port");
  host.port = static_cast<std::uint16_t>(port);
  HALLIGAN_TRY(host.host_key, text_of(json, "host_key"));
  HALLIGAN_TRY(host.sshd, text_of(json, "sshd"));
  HALLIGAN_TRY(const std::string outcome, text_of(json, "outcome"));
  HALLIGAN_TRY(host.outcome, enum_of<Outcome>(kOutcomes, outcome));
  HALLIGAN_TRY(host.detail, text_of(json, "detail"));
  HALLIGAN_TRY(const std::string alert, text_of(json, "alert"));
  HALLIGAN_TRY(host.alert, enum_of<Alert>(kAlerts, alert));
  HALLIGAN_TRY(host.steps, steps_of(json));
  if (const auto log = json.find("log"); log != json.end()) {
    HALLIGAN_TRY(host.log, log_of(*log).in("log"));
  }
  return host;
}

Result<> read_people(const Json& json, Drill& drill) {
  HALLIGAN_TRY(drill.kind, text_of(json, "drill"));
  HALLIGAN_TRY(drill.operated_by, text_of(json, "operator"));
  HALLIGAN_TRY(drill.witness, text_of(json, "witness"));
  HALLIGAN_TRY(drill.approval, text_of(json, "approval"));
  HALLIGAN_TRY(drill.reason, text_of(json, "reason"));
  HALLIGAN_TRY(drill.seals, texts_of(json, "seals"));
  HALLIGAN_TRY(drill.new_seals, texts_of(json, "new_seals"));
  HALLIGAN_TRY(drill.findings, texts_of(json, "findings"));
  return {};
}

Result<> read_certificate(const Json& json, Drill& drill) {
  HALLIGAN_TRY(drill.account, text_of(json, "account"));
  HALLIGAN_TRY(drill.ca, text_of(json, "ca"));
  HALLIGAN_TRY(drill.key_id, text_of(json, "key_id"));
  HALLIGAN_TRY(drill.principals, texts_of(json, "principals"));
  HALLIGAN_TRY(drill.serial, number_of(json, "serial"));
  HALLIGAN_TRY(drill.valid_after, number_of(json, "valid_after"));
  HALLIGAN_TRY(drill.valid_before, number_of(json, "valid_before"));
  if (json.contains("counter")) {
    HALLIGAN_TRY(const std::uint64_t counter, number_of(json, "counter"));
    if (counter > UINT32_MAX) return fail(Code::kBadInput, "\"counter\" is not a counter");
    drill.counter = static_cast<std::uint32_t>(counter);
  }
  return {};
}

}  // namespace

std::string_view outcome_word(Outcome outcome) { return kOutcomes[static_cast<std::size_t>(outcome)]; }
std::string_view alert_word(Alert alert) { return kAlerts[static_cast<std::size_t>(alert)]; }

bool Drill::passed() const {
  return broken_off.empty() && !hosts.empty() && std::ranges::all_of(hosts, &DrilledHost::good);
}

Json drill_json(const Drill& drill) {
  Json json{{"began", drill.began},
            {"drill", drill.kind},
            {"operator", drill.operated_by},
            {"witness", drill.witness},
            {"approval", drill.approval},
            {"reason", drill.reason},
            {"seals", drill.seals},
            {"new_seals", drill.new_seals},
            {"findings", drill.findings},
            {"account", drill.account},
            {"ca", drill.ca},
            {"key_id", drill.key_id},
            {"principals", drill.principals},
            {"serial", drill.serial},
            {"valid_after", drill.valid_after},
            {"valid_before", drill.valid_before}};
  if (drill.counter) json["counter"] = *drill.counter;
  json["steps"] = steps_json(drill.steps);
  json["hosts"] = Json::array();
  for (const DrilledHost& each : drill.hosts) json["hosts"].push_back(host_json(each));
  json["cas"] = drill.subject.cas;
  json["all_principals"] = drill.subject.principals;
  json["next_due"] = drill.next_due;
  if (!drill.broken_off.empty()) json["broken_off"] = drill.broken_off;
  return json;
}

std::string format_drill(const Drill& drill) {
  Json json{{"n", drill.number},
            {"prev", drill.previous},
            {"time", drill.time},
            {"kind", "drill"},
            {"version", kVersion}};
  json.update(drill_json(drill));
  return seal_record(json.dump(-1, ' ', true));
}

Result<Drill> parse_drill(std::string_view line) {
  HALLIGAN_TRY(const std::string body, unseal_record(line));
  const Json json = Json::parse(body, nullptr, false);
  if (!json.is_object()) return fail(Code::kBadInput, "not a JSON object");
  HALLIGAN_TRY(const std::string kind, text_of(json, "kind"));
  HALLIGAN_TRY(const std::uint64_t version, number_of(json, "version"));
  if (kind != "drill" || version != kVersion)
    return fail(Code::kUnsupported, "not a drill of version 1", "use a newer halligan");
  Drill drill;
  HALLIGAN_TRY(drill.number, number_of(json, "n"));
  HALLIGAN_TRY(drill.previous, text_of(json, "prev"));
  HALLIGAN_TRY(drill.time, number_of(json, "time"));
  HALLIGAN_TRY(drill.began, number_of(json, "began"));
  HALLIGAN_CHECK(read_people(json, drill));
  HALLIGAN_CHECK(read_certificate(json, drill));
  HALLIGAN_TRY(drill.steps, steps_of(json));
  HALLIGAN_TRY(const Json* hosts, list_of(json, "hosts"));
  for (const Json& each : *hosts) {
    HALLIGAN_TRY(DrilledHost host, host_of(each));
    drill.hosts.push_back(std::move(host));
  }
  HALLIGAN_TRY(drill.subject.cas, texts_of(json, "cas"));
  HALLIGAN_TRY(drill.subject.principals, texts_of(json, "all_principals"));
  HALLIGAN_TRY(drill.next_due, number_of(json, "next_due"));
  if (json.contains("broken_off")) {
    HALLIGAN_TRY(drill.broken_off, text_of(json, "broken_off"));
  }
  if (format_drill(drill) != line) return fail(Code::kBadInput, "not in the canonical form");
  return drill;
}

Result<std::vector<Drill>> parse_drills(std::string_view text) {
  std::vector<Drill> drills;
  std::string head;
  while (!text.empty()) {
    const std::string here = record_name(drills.size());
    const bool whole = text.find('\n') != std::string_view::npos;
    const std::string_view line = next_line(text);
    if (!whole) return fail(Code::kBadInput, here + ": the line is cut off");
    HALLIGAN_TRY(Drill drill, parse_drill(line).in(here));
    if (drill.number != drills.size())
      return fail(Code::kBadInput, here + ": found " + record_name(drill.number) + " in its place");
    if (drill.previous != head)
      return fail(Code::kBadInput, here + ": prev does not match the record before");
    head = record_hash(line);
    drills.push_back(std::move(drill));
  }
  return drills;
}

}  // namespace halligan::ledger::drills
