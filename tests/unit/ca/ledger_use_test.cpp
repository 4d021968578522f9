// Records of the CA key's use without a certificate.
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "base/codec.hpp"
#include "crypto/key_pair.hpp"
#include "fido/request.hpp"
#include "ledger/recorded.hpp"
#include "ledger/verify.hpp"

using namespace halligan;

namespace {

ssh::Certificate recorded_vector(const std::string& name) {
  std::ifstream file(std::string(HALLIGAN_VECTORS) + "/certificates/" + name + ".pub");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (text.empty()) throw std::runtime_error("no vector " + name);
  return ssh::parse_certificate_file(text).value().certificate;
}

const std::string kByToken = "ed25519-by-sk-ecdsa";

// The vector's own signature proves itself by the hash of what it signs.
ledger::CountedUse good_use() {
  const ssh::Certificate certificate = recorded_vector(kByToken);
  return {.ca = certificate.body.ca,
          .purpose = "certificate not released: because",
          .hash = crypto::sha256(ssh::to_be_signed(certificate.body)),
          .signatures = {certificate.signature}};
}

ledger::Record use_record(ledger::CountedUse use) {
  ledger::Record record{.number = 7, .previous = std::string(64, 'f'), .time = 1795327817976};
  record.what = std::move(use);
  return record;
}

// The line with one text of its body in the place of another.
std::string changed(std::string line, std::string_view from, std::string_view to) {
  const auto at = line.find(from);
  if (at == std::string::npos) throw std::runtime_error("not there: " + std::string(from));
  line.replace(at, from.size(), to);
  return ledger::seal_record(line.substr(0, line.rfind(",\"sum\":")) + "}");
}

// A ledger of these records, bound to one another.
ledger::Chain chain_with(std::vector<ledger::Record> records) {
  ledger::Record start;
  start.time = 1795327817975;
  start.what = ledger::ChainStart{std::string(32, 'a'), "laptop"};
  records.insert(records.begin(), start);
  std::string text;
  std::string previous;
  for (std::size_t i = 0; i < records.size(); ++i) {
    records[i].number = i;
    records[i].previous = previous;
    const std::string line = ledger::format_record(records[i]);
    previous = ledger::record_hash(line);
    text += line + "\n";
  }
  return ledger::parse_ledger(text).value().chains.at(0);
}

// A certificate by the same CA with this counter, whose signature is not looked at.
ledger::Record certificate_record(std::uint32_t counter, std::optional<std::uint32_t> begin = {}) {
  ledger::Record record;
  record.time = 1795327817976;
  ledger::Issued issued{recorded_vector(kByToken)};
  issued.certificate.signature.counter = counter;
  issued.certificate.body.serial = counter;
  issued.begin = begin;
  record.what = std::move(issued);
  return record;
}

std::string counter_codes(const std::vector<ledger::LedgerFinding>& findings) {
  std::string out;
  for (const auto& finding : findings) {
    if (finding.kind == ledger::FindingCode::kCounterElsewhere) continue;
    out += (out.empty() ? "" : " ") + std::string(finding.kind.code);
  }
  return out;
}

}  // namespace

TEST_CASE("a use comes back as it was written") {
  ledger::CountedUse search = good_use();
  search.hash.reset();
  search.begin = 0;
  for (const auto& use : {good_use(), search}) {
    const std::string line = ledger::format_record(use_record(use));
    CAPTURE(line);
    CHECK(line.find(R"("kind":"use","ca":"sk-ecdsa-sha2-nistp256@openssh.com )") != std::string::npos);
    const auto record = ledger::parse_record(line);
    REQUIRE(record);
    REQUIRE(record->use() != nullptr);
    CHECK(record->issued() == nullptr);
    CHECK(record->use()->ca == use.ca);
    CHECK(record->use()->purpose == use.purpose);
    CHECK(record->use()->hash == use.hash);
    CHECK(record->use()->signatures == use.signatures);
    CHECK(record->use()->begin == use.begin);
    CHECK(ledger::format_record(*record) == line);
    CHECK(*ledger::counting_authority(*record) == use.ca);
    CHECK(ledger::counters_of(*record) == std::vector<std::uint32_t>{use.signatures[0].counter});
  }
}

TEST_CASE("a certificate's record has its new members only where they say something") {
  ledger::Record record = certificate_record(9);
  record.number = 7;
  record.previous = std::string(64, 'f');
  const std::string before = ledger::format_record(record);
  CHECK(before.find("without_policy") == std::string::npos);
  CHECK(before.find("begin") == std::string::npos);
  std::get<ledger::Issued>(record.what).context.without_policy = "the kit burnt";
  std::get<ledger::Issued>(record.what).begin = 8;
  const std::string line = ledger::format_record(record);
  CHECK(line.find(R"(,"without_policy":"the kit burnt","begin":8,"sum":)") != std::string::npos);
  const auto again = ledger::parse_record(line);
  REQUIRE(again);
  CHECK(again->issued()->context.without_policy == "the kit burnt");
  CHECK(again->issued()->begin == 8U);
}

TEST_CASE("uses that are malformed are refused") {
  struct UseRow {
    const char* from;
    const char* to;
    const char* message;
  };
  const auto row = GENERATE(values<UseRow>({
      {R"("kind":"use")", R"("kind":"abuse")", "unsupported record kind \"abuse\""},
      {R"("purpose":"certificate not released: because")", R"("purpose":"")", "a use without a purpose"},
      {R"("purpose":"certificate not released: because")", R"("purpose":7)", "no string \"purpose\""},
      {R"(not released: because")", R"(not\nreleased")", "a purpose with control characters"},
      {R"("hash":")", R"("hash":"00)", "\"hash\" is not 64 hexadecimal digits"},
      {R"("hash":")", R"("Hash":")", "not in the canonical form"},
      {R"("signatures":[")", R"("signatures":["!)", "not base64"},
      {R"("signatures":[")", R"("signatures":[7,")", "\"signatures\": not a string"},
      {R"("signatures":[")", R"("signed":[")", "a use without signatures"},
      {R"("ca":"sk-ecdsa)", R"("ca":"ecdsa)", "ca: "},
      {R"("ca":")", R"("ca":" )", "ca: "},
      {R"("purpose":)", R"("more":1,"purpose":)", "not in the canonical form"},
  }));
  const std::string line = ledger::format_record(use_record(good_use()));
  const auto record = ledger::parse_record(changed(line, row.from, row.to));
  CAPTURE(row.from, row.to);
  REQUIRE_FALSE(record);
  if (std::string_view(row.message) != "not base64")
    CHECK_THAT(record.error().message, Catch::Contains(row.message));
}

TEST_CASE("a use by another kind of key, and begins that are none, are refused") {
  ledger::CountedUse other = good_use();
  other.signatures = {recorded_vector("ed25519-by-sk-ed25519").signature};
  CHECK(ledger::parse_record(ledger::format_record(use_record(other))).error().message ==
        "a use is signed by another kind of key than the CA's");
  ledger::CountedUse software = good_use();
  software.ca = crypto::generate_key(ssh::KeyType::kEd25519).value().key;
  CHECK(ledger::parse_record(ledger::format_record(use_record(software))).error().message ==
        "the CA of a use is not a security key");
  ledger::CountedUse many = good_use();
  many.signatures.assign(ledger::kMostSearches + 1, many.signatures[0]);
  CHECK_THAT(ledger::parse_record(ledger::format_record(use_record(many))).error().message,
             Catch::Contains("does not have 1 to 64 signatures"));
  ledger::CountedUse begins = good_use();
  begins.begin = UINT32_MAX;
  const std::string line = ledger::format_record(use_record(begins));
  CHECK(ledger::parse_record(line));
  CHECK(ledger::parse_record(changed(line, "4294967295", "4294967296")).error().message ==
        "\"begin\" is not a counter");
  CHECK_FALSE(ledger::parse_record(changed(line, "4294967295", "-1")));
}

TEST_CASE("verify accounts for a use that the CA's key did sign, and for no other") {
  const std::uint32_t counter = good_use().signatures[0].counter;
  REQUIRE(counter > 1);
  const auto findings = [&](const ledger::CountedUse& use) {
    const auto chain =
        chain_with({certificate_record(counter - 1), use_record(use), certificate_record(counter + 1)});
    return ledger::check_counters({chain}, {}).findings;
  };
  CHECK(counter_codes(findings(good_use())) == "not-released");
  CHECK(findings(good_use())[0].text ==
        "record 2: counter " + std::to_string(counter) +
            " signed what was not released: certificate not released: because");
  ledger::CountedUse of_something_else = good_use();
  (*of_something_else.hash)[0] ^= 1;
  CHECK(counter_codes(findings(of_something_else)) == "use-bad counter-gap");
  ledger::CountedUse as_a_search = good_use();
  as_a_search.hash.reset();
  CHECK(counter_codes(findings(as_a_search)) == "use-bad counter-gap");
  ledger::CountedUse later = good_use();
  later.signatures[0].counter += 5;
  CHECK(counter_codes(findings(later)) == "use-bad counter-gap");
  ledger::CountedUse of_another = good_use();
  of_another.ca = recorded_vector("ed25519-by-sk-ed25519").body.ca;
  of_another.signatures = {recorded_vector("ed25519-by-sk-ed25519").signature};
  of_another.hash = crypto::sha256(ssh::to_be_signed(recorded_vector("ed25519-by-sk-ed25519").body));
  CHECK(counter_codes(findings(of_another)) == "not-released counter-gap");
}

TEST_CASE("where a ledger begins is a note, unless the making of the key is known") {
  const ssh::PublicKey ca = good_use().ca;
  const auto codes_of = [](const std::vector<ledger::Chain>& chains, const ledger::CounterRules& rules) {
    return counter_codes(ledger::check_counters(chains, rules).findings);
  };
  const auto begun = chain_with({certificate_record(34, 33), certificate_record(35)});
  CHECK(codes_of({begun}, {}) == "counter-begin");
  CHECK(codes_of({begun}, {.starts = {{ca, 2}}}) == "counter-gap");
  CHECK(codes_of({begun}, {.starts = {{ca, 33}}}).empty());
  CHECK(codes_of({chain_with({certificate_record(34)})}, {}).empty());  // as before this member was
  // A search that the first record has no proof of is a gap after the beginning.
  CHECK(codes_of({chain_with({certificate_record(36, 33)})}, {}) == "counter-gap counter-begin");
  // What another chain has before it is no beginning; what is missing between them is a gap.
  auto earlier = chain_with({certificate_record(31)});
  std::get<ledger::ChainStart>(earlier.entries[0].record->what).id = std::string(32, 'b');
  CHECK(codes_of({earlier, begun}, {}) == "counter-gap");
  CHECK(codes_of({chain_with({certificate_record(34, 40)})}, {}).empty());  // a lie claims nothing
}

TEST_CASE("the making of another vouched CA's key accounts for its count") {
  const auto one = recorded_vector(kByToken).body.ca;
  const auto two = recorded_vector("ed25519-by-sk-ed25519").body.ca;
  const auto chain = chain_with({certificate_record(7), certificate_record(9)});
  const auto gaps = [&](const ledger::CounterRules& rules) {
    const auto found = counter_codes(ledger::check_counters({chain}, rules).findings);
    return found.find("counter-gap") != std::string::npos;
  };
  CHECK(gaps({.starts = {{two, 8}}}));
  CHECK_FALSE(gaps({.starts = {{two, 8}}, .authorities = {one, two}}));
  CHECK(gaps({.profile = ledger::CounterProfile::kPerKey, .starts = {{two, 8}}, .authorities = {one, two}}));
}
