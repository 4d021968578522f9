#include "ledger/ledger.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "ledger/verify.hpp"

using namespace halligan;

namespace {

ssh::Certificate vector(const std::string& name) {
  std::ifstream file(std::string(HALLIGAN_VECTORS) + "/certificates/" + name + ".pub");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (text.empty()) throw std::runtime_error("no vector " + name);
  return ssh::parse_certificate_file(text).value().certificate;
}

ledger::Record start(char id = 'a') {
  ledger::Record record;
  record.time = 1795327817975;
  record.what = ledger::ChainStart{std::string(32, id), "laptop"};
  return record;
}

ledger::Record issued(std::uint64_t number, const std::string& previous, const std::string& name) {
  ledger::Record record{.number = number, .previous = previous, .time = 1795327817976};
  record.what = ledger::Issued{vector(name), {"because", "a\nrequest", ""}};
  return record;
}

// A chain of certificates by these CAs with these counters; the signatures are not looked at.
ledger::Chain chain_of(const std::vector<std::pair<std::string, std::uint32_t>>& uses, char id = 'a') {
  std::string text = ledger::format_record(start(id)) + "\n";
  std::string previous = ledger::record_hash(text.substr(0, text.size() - 1));
  std::uint64_t number = 0;
  for (const auto& [name, counter] : uses) {
    ledger::Record record = issued(++number, previous, name);
    auto& certificate = std::get<ledger::Issued>(record.what).certificate;
    certificate.signature.counter = counter;
    certificate.body.serial = number;
    const std::string line = ledger::format_record(record);
    previous = ledger::record_hash(line);
    text += line + "\n";
  }
  return ledger::parse_ledger(text).value().chains.at(0);
}

// Without those that say where to look, which follow every gap.
std::string codes(const std::vector<ledger::LedgerFinding>& findings) {
  std::string out;
  for (const auto& finding : findings) {
    if (finding.kind == ledger::FindingCode::kCounterElsewhere) continue;
    out += (out.empty() ? "" : " ") + std::string(finding.kind.code);
  }
  return out;
}

const std::string kEcdsa = "ed25519-by-sk-ecdsa";
const std::string kEd25519 = "ed25519-by-sk-ed25519";

}  // namespace

TEST_CASE("a record comes back as it was written, for every kind of certificate") {
  const std::string hash(64, 'f');
  const auto name =
      GENERATE(values<std::string>({"defaults", "host", "every-option", "odd-texts", "ed25519-by-rsa",
                                    "ed25519-by-sk-ecdsa", "sk-ed25519-by-ed25519"}));
  CAPTURE(name);
  const std::string line = ledger::format_record(issued(7, hash, name));
  const auto record = ledger::parse_record(line);
  REQUIRE(record);
  CHECK(record->number == 7);
  CHECK(record->previous == hash);
  CHECK(record->issued()->certificate == vector(name));
  CHECK(record->issued()->context.request == "a\nrequest");
  CHECK(ledger::format_record(*record) == line);
}

TEST_CASE("no changed byte, no cut and no addition is taken for a record") {
  for (const std::string& good :
       {ledger::format_record(start()), ledger::format_record(issued(1, "", kEcdsa))}) {
    REQUIRE(ledger::parse_record(good));
    std::size_t refused = 0;
    for (std::size_t i = 0; i < good.size(); ++i) {
      std::string changed = good;
      changed[i] = static_cast<char>(changed[i] ^ 1);
      refused += !ledger::parse_record(changed);
      refused += !ledger::parse_record(good.substr(0, i));
    }
    CHECK(refused == 2 * good.size());
    CHECK_FALSE(ledger::parse_record(good + " "));
  }
}

TEST_CASE("what is sealed and not canonical is refused") {
  struct Row {
    const char* body;
    const char* message;
  };
  const auto row = GENERATE(values<Row>({
      {R"({"n":0,"prev":"","time":1,"kind":"ledger","version":1,"id":"ID","machine":"m"})", nullptr},
      {R"({"n": 0,"prev":"","time":1,"kind":"ledger","version":1,"id":"ID","machine":"m"})",
       "not in the canonical form"},
      {R"({"prev":"","n":0,"time":1,"kind":"ledger","version":1,"id":"ID","machine":"m"})",
       "not in the canonical form"},
      {R"({"n":0,"prev":"","time":1,"kind":"ledger","version":1,"id":"ID","machine":"m","x":1})",
       "not in the canonical form"},
      {R"({"n":0,"n":0,"prev":"","time":1,"kind":"ledger","version":1,"id":"ID","machine":"m"})",
       "not in the canonical form"},
      {R"({"n":0,"prev":"","time":1,"kind":"ledger","version":1,"id":"ID","machine":"\u006d"})",
       "not in the canonical form"},
      {R"({"n":0,"prev":"","time":1,"kind":"ledger","version":1,"id":"ID","machine":"\n"})",
       "a machine with control characters"},
      {R"({"n":0,"prev":"","time":1,"kind":"ledger","version":2,"id":"ID","machine":"m"})",
       "unsupported ledger version 2"},
      {R"({"n":0,"prev":"","time":1,"kind":"ledger","version":1,"id":"1","machine":"m"})",
       "the id is not 32 hexadecimal digits"},
      {R"({"n":-1,"prev":"","time":1,"kind":"ledger"})", "no number \"n\""},
      {R"({"n":1.0,"prev":"","time":1,"kind":"ledger"})", "no number \"n\""},
      {R"({"n":0,"prev":"F","time":1,"kind":"ledger"})", "\"prev\" is not 64 hexadecimal digits"},
      {R"({"n":0,"prev":"","time":1,"kind":"other"})", "unsupported record kind \"other\""},
      {R"({"n":0,"prev":"","time":1,"kind":"certificate","certificate":"x"})", "certificate: "},
      {R"({"n":0,})", "not a JSON object"},
      {R"({"n"})", "not a JSON object"},
  }));
  CAPTURE(row.body);
  std::string body = row.body;
  if (const auto at = body.find("ID"); at != std::string::npos) body.replace(at, 2, std::string(32, 'a'));
  const auto record = ledger::parse_record(ledger::seal_record(body));
  REQUIRE(record.has_value() == (row.message == nullptr));
  if (!record) CHECK(record.error().message.find(row.message) == 0);
}

TEST_CASE("counters: a table of profiles") {
  using P = ledger::CounterProfile;
  struct Row {
    const char* what;
    std::vector<std::vector<std::pair<std::string, std::uint32_t>>> chains;
    std::optional<P> profile;
    std::vector<ledger::CounterRange> known;
    const char* codes;
  };
  const auto row = GENERATE(values<Row>({
      {"one after the other", {{{kEcdsa, 5}, {kEcdsa, 6}, {kEcdsa, 7}}}, {}, {}, ""},
      {"a gap", {{{kEcdsa, 5}, {kEcdsa, 7}}}, {}, {}, "counter-gap"},
      {"a gap that is known", {{{kEcdsa, 5}, {kEcdsa, 7}}}, {}, {{6, 6}}, ""},
      {"a gap that is known in part", {{{kEcdsa, 5}, {kEcdsa, 9}}}, {}, {{6, 7}, {7, 7}}, "counter-gap"},
      {"known in two overlapping ranges", {{{kEcdsa, 5}, {kEcdsa, 9}}}, {}, {{7, 8}, {0, 7}}, ""},
      {"back", {{{kEcdsa, 5}, {kEcdsa, 4}}}, {}, {}, "counter-back"},
      {"the same", {{{kEcdsa, 5}, {kEcdsa, 5}}}, {}, {}, "counter-back"},
      {"to the end of the counter", {{{kEcdsa, 0}, {kEcdsa, UINT32_MAX}}}, {}, {{0, UINT32_MAX}}, ""},
      {"zero", {{{kEcdsa, 0}, {kEcdsa, 0}}}, {}, {}, "counter-zero"},
      {"zero, said otherwise", {{{kEcdsa, 0}, {kEcdsa, 0}}}, P::kGlobal, {}, "counter-back"},
      {"zero, and then not", {{{kEcdsa, 0}, {kEcdsa, 3}}}, P::kZero, {}, "counter-not-zero counter-zero"},
      {"two keys fill each other's gaps",
       {{{kEcdsa, 1}, {kEd25519, 2}, {kEcdsa, 3}, {kEd25519, 4}}},
       {},
       {},
       ""},
      {"and do not where each has its own",
       {{{kEcdsa, 1}, {kEd25519, 2}, {kEcdsa, 3}}},
       P::kPerKey,
       {},
       "counter-gap"},
      {"two keys with the same values count for themselves",
       {{{kEcdsa, 1}, {kEd25519, 1}, {kEcdsa, 3}, {kEd25519, 2}}},
       {},
       {},
       "counter-gap"},
      {"two machines", {{{kEcdsa, 1}, {kEcdsa, 4}}, {{kEcdsa, 2}, {kEcdsa, 3}}}, {}, {}, ""},
      {"two machines, one value", {{{kEcdsa, 1}, {kEcdsa, 2}}, {{kEcdsa, 2}}}, {}, {}, "counter-twice"},
      {"a software CA has none", {{{"defaults", 0}, {"defaults", 0}}}, {}, {}, ""},
  }));
  CAPTURE(row.what);
  std::vector<ledger::Chain> chains;
  for (const auto& uses : row.chains)
    chains.push_back(chain_of(uses, static_cast<char>('a' + chains.size())));
  const std::vector<ssh::PublicKey> both{vector(kEcdsa).body.ca, vector(kEd25519).body.ca};
  CHECK(codes(ledger::check_counters(chains, {row.profile, row.known, {}, both}).findings) == row.codes);
}

TEST_CASE("only a CA that is vouched for fills the gaps of another") {
  const std::vector<ledger::Chain> chains{chain_of({{kEcdsa, 1}, {kEd25519, 2}, {kEcdsa, 3}}, 'a')};
  const ssh::PublicKey ecdsa = vector(kEcdsa).body.ca;
  const ssh::PublicKey ed25519 = vector(kEd25519).body.ca;
  CHECK(codes(ledger::check_counters(chains, {}).findings) == "counter-gap");
  CHECK(codes(ledger::check_counters(chains, {{}, {}, {}, {ecdsa}}).findings) == "counter-gap");
  CHECK(codes(ledger::check_counters(chains, {{}, {}, {}, {ed25519}}).findings) == "");
  CHECK(codes(ledger::check_counters(chains, {{}, {}, {{vector("defaults").body.ca, 0}}, {ed25519}})
                  .findings) == "counter-start");
}

TEST_CASE("a counter from when the key was made") {
  const std::vector<ledger::Chain> chains{chain_of({{kEcdsa, 5}, {kEcdsa, 6}}, 'a')};
  const auto& key = chains[0].entries[1].record->issued()->certificate.body.ca;
  const auto found = [&](std::uint32_t counter, std::vector<ledger::CounterRange> known) {
    return ledger::check_counters(chains, {{}, std::move(known), {{key, counter}}});
  };
  CHECK(found(4, {}).findings.empty());
  const auto gap = found(2, {});
  CHECK(codes(gap.findings) == "counter-gap");
  CHECK(gap.counters[0].missing == 2);
  CHECK(gap.findings[0].text.find("2 unrecorded signatures") != std::string::npos);
  CHECK(gap.findings[0].text.find("since the key was made (counters 3 to 4)") != std::string::npos);
  CHECK(codes(found(2, {{3, 3}}).findings) == "counter-gap");
  CHECK(found(2, {{3, 4}}).findings.empty());
  CHECK(codes(found(5, {}).findings) == "counter-back");
  CHECK(codes(found(UINT32_MAX, {}).findings) == "counter-back");
}

TEST_CASE("ca.json tells where the counter stood") {
  const std::string key = ssh::format_public_key_line(vector(kEcdsa).body.ca, "emergency CA");
  const auto json = [&](const std::string& more) {
    return R"({"version":1,"public_key":")" + key + "\"" + more + "}";
  };
  const auto start = ca::parse_counter_start(json(R"(,"counter":4294967295)"));
  REQUIRE(start);
  CHECK(start->counter == UINT32_MAX);
  CHECK(ca::parse_counter_start(json("")).error().message.starts_with("it has no counter"));
  for (const std::string& bad :
       {json(R"(,"counter":4294967296)"), json(R"(,"counter":-1)"), json(R"(,"counter":"1")"),
        json(R"(,"counter":1.5)"), std::string(R"({"version":1,"counter":1})"),
        std::string(R"({"version":2,"public_key":"x","counter":1})"),
        std::string(R"({"version":1,"public_key":"x","counter":1})"), std::string("[]"), std::string()}) {
    CAPTURE(bad);
    CHECK_FALSE(ca::parse_counter_start(bad));
  }
}

TEST_CASE("serials rise within a chain: a serial that comes twice is found as well as a lower one") {
  const auto faults = [](const std::vector<std::uint64_t>& serials) {
    std::string text = ledger::format_record(start()) + "\n";
    std::string previous = ledger::record_hash(text.substr(0, text.size() - 1));
    std::uint64_t number = 0;
    for (const std::uint64_t serial : serials) {
      ledger::Record record = issued(++number, previous, kEcdsa);
      std::get<ledger::Issued>(record.what).certificate.body.serial = serial;
      const std::string line = ledger::format_record(record);
      previous = ledger::record_hash(line);
      text += line + "\n";
    }
    return ledger::chain_faults(ledger::parse_ledger(text).value().chains.at(0));
  };
  CHECK(faults({7, 8, 10}).empty());
  for (const std::uint64_t serial : {7U, 6U}) {
    const auto found = faults({7, serial});
    REQUIRE(codes(found) == "serial-order");
    CHECK(found[0].text == "record 2: serial " + std::to_string(serial) + " is not above 7 of record 1");
  }
}

TEST_CASE("a finding is a fault or a note by its code alone") {
  using C = ledger::FindingCode;
  CHECK(C::kNewlineMissing.code == "newline-missing");
  CHECK(C::kTimeMissing.code == "time-missing");
  CHECK(ledger::fault_count({{C::kCounterGap, ""}, {C::kCounterElsewhere, ""}, {C::kLineCut, ""}}) == 2);
}

TEST_CASE("counter ranges") {
  CHECK(ledger::parse_counter_range("7").value().last == 7);
  CHECK(ledger::parse_counter_range("7-9").value().last == 9);
  for (const char* bad : {"", "-", "7-", "-7", "9-7", "7-8-9", "x", "4294967296", " 7"}) {
    CAPTURE(bad);
    CHECK_FALSE(ledger::parse_counter_range(bad));
  }
}

TEST_CASE("the signature in a record is verified, and that it was touched for") {
  std::string text = ledger::format_record(start()) + "\n";
  const std::string hash = ledger::record_hash(text.substr(0, text.size() - 1));
  const auto verdict_of = [&](const ledger::Record& record) {
    return ledger::verify_ledger(
        ledger::parse_ledger(text + ledger::format_record(record) + "\n").value().chains, {});
  };
  CHECK(codes(verdict_of(issued(1, hash, kEcdsa)).findings) == "");
  CHECK(codes(verdict_of(issued(1, hash, kEd25519)).findings) == "signature-untouched");  // made so
  ledger::Record forged = issued(1, hash, kEcdsa);
  std::get<ledger::Issued>(forged.what).certificate.body.key_id += "x";
  CHECK(codes(verdict_of(forged).findings) == "signature-bad");
}
