#include <algorithm>

#include "client.hpp"

using namespace halligan;
using namespace halligan::softkey;

namespace {

constexpr std::uint8_t kChallenge = 0x11;

Digest application(std::string_view text = kRp) { return sha256({as_bytes(text)}); }

Settings u2f_settings() {
  Settings settings;
  settings.ctap = CtapVersion::kU2f;
  return settings;
}

struct U2fReply {
  StatusWord status;
  Bytes body;
};

U2fReply ask(Client& client, ByteView message) {
  const Bytes answer = client.token().handle_u2f(message);
  REQUIRE(answer.size() >= 2);
  const auto word = static_cast<std::uint16_t>(answer[answer.size() - 2] << 8 | answer.back());
  return {static_cast<StatusWord>(word), Bytes(answer.begin(), answer.end() - 2)};
}

U2fReply ask(Client& client, std::uint8_t ins, std::uint8_t p1, Bytes data, bool extended = true) {
  return ask(client, Apdu{0, ins, p1, 0, std::move(data), extended, extended ? 65536U : 256U}.encode());
}

Bytes registration() {
  Bytes data(32, kChallenge);
  append(data, application());
  return data;
}

Bytes authentication(const Bytes& handle, std::string_view rp = kRp) {
  Bytes data(32, kChallenge);
  append(data, application(rp));
  data.push_back(static_cast<std::uint8_t>(handle.size()));
  append(data, handle);
  return data;
}

Bytes registered(Client& client) {
  const U2fReply reply = ask(client, 1, 0, registration());
  REQUIRE(reply.status == StatusWord::kOk);
  REQUIRE(reply.body.at(0) == 0x05);
  REQUIRE(reply.body.at(1) == 0x04);
  return {reply.body.begin() + 67, reply.body.begin() + 67 + reply.body.at(66)};
}

}  // namespace

namespace halligan::softkey {
inline std::ostream& operator<<(std::ostream& out, StatusWord status) { return out << name(status); }
}  // namespace halligan::softkey

TEST_CASE("an APDU is read in every form that the standard has, and written the same") {
  struct Row {
    const char* why;
    Bytes encoded;
    std::size_t data;
    bool extended;
    std::optional<std::uint32_t> longest;
  };
  const auto row = GENERATE(values<Row>({
      {"the header alone", {0, 3, 0, 0}, 0, false, {}},
      {"short, an answer", {0, 3, 0, 0, 8}, 0, false, 8},
      {"short, the longest answer", {0, 3, 0, 0, 0}, 0, false, 256},
      {"short, data", {0, 1, 0, 0, 2, 7, 7}, 2, false, {}},
      {"short, data and an answer", {0, 1, 0, 0, 2, 7, 7, 9}, 2, false, 9},
      {"extended, an answer", {0, 3, 0, 0, 0, 1, 2}, 0, true, 258},
      {"extended, the longest answer", {0, 3, 0, 0, 0, 0, 0}, 0, true, 65536},
      {"extended, data", {0, 1, 0, 0, 0, 0, 2, 7, 7}, 2, true, {}},
      {"extended, data and an answer", {0, 1, 0, 0, 0, 0, 2, 7, 7, 0, 0}, 2, true, 65536},
  }));
  INFO(row.why);
  const auto apdu = Apdu::parse(row.encoded);
  REQUIRE(apdu);
  CHECK(apdu->data.size() == row.data);
  CHECK(apdu->extended == row.extended);
  CHECK(apdu->longest_answer == row.longest);
  CHECK(apdu->encode() == row.encoded);
}

TEST_CASE("an extended APDU with an empty field of data is taken for one without it") {
  const auto apdu = Apdu::parse(Bytes{0, 3, 0, 0, 0, 0, 0, 0, 0});
  REQUIRE(apdu);
  CHECK(apdu->data.empty());
  CHECK(apdu->encode() == Bytes{0, 3, 0, 0, 0, 0, 0});
}

TEST_CASE("what is no APDU has the wrong length") {
  const auto encoded = GENERATE(values<Bytes>({
      {},
      {0, 1, 0},
      {0, 1, 0, 0, 2, 7},                    // data missing
      {0, 1, 0, 0, 2, 7, 7, 0, 0},           // more than Le behind
      {0, 1, 0, 0, 0, 0},                    // half of an extended length
      {0, 1, 0, 0, 0, 0, 2, 7},              // data missing
      {0, 1, 0, 0, 0, 0, 2, 7, 7, 0},        // half of an extended Le
      {0, 1, 0, 0, 0, 0, 2, 7, 7, 0, 0, 0},  // more than Le behind
      {0, 3, 0, 0, 0, 0, 0, 0},              // an empty field and half of an Le
  }));
  CAPTURE(encoded);
  const auto apdu = Apdu::parse(encoded);
  REQUIRE_FALSE(apdu);
  CHECK(apdu.error() == StatusWord::kWrongLength);
  Client client(u2f_settings());
  CHECK(ask(client, encoded).status == StatusWord::kWrongLength);
}

TEST_CASE("the version, in both forms") {
  Client client(u2f_settings());
  for (const bool extended : {false, true}) {
    const U2fReply reply = ask(client, 3, 0, {}, extended);
    CHECK(reply.status == StatusWord::kOk);
    CHECK(as_text(reply.body) == "U2F_V2");
  }
  CHECK(client.token().trace().command == "VERSION");
}

TEST_CASE("commands that are none, or not complete") {
  struct Row {
    const char* why;
    Apdu apdu;
    StatusWord expected;
  };
  const auto row = GENERATE(values<Row>({
      {"another class", {0x80, 3, 0, 0, {}, true, 65536}, StatusWord::kClaNotSupported},
      {"an unknown command", {0, 0x40, 0, 0, {}, true, 65536}, StatusWord::kInsNotSupported},
      {"VERSION with data", {0, 3, 0, 0, {1}, true, 65536}, StatusWord::kWrongLength},
      {"REGISTER, one byte short", {0, 1, 0, 0, Bytes(63), true, 65536}, StatusWord::kWrongLength},
      {"REGISTER, one byte long", {0, 1, 0, 0, Bytes(65), true, 65536}, StatusWord::kWrongLength},
      {"AUTHENTICATE without a handle's length",
       {0, 2, 3, 0, Bytes(64), true, 65536},
       StatusWord::kWrongLength},
      {"AUTHENTICATE with another length", {0, 2, 3, 0, Bytes(66), true, 65536}, StatusWord::kWrongLength},
      {"AUTHENTICATE with an empty handle", {0, 2, 3, 0, Bytes(65), true, 65536}, StatusWord::kWrongData},
      {"AUTHENTICATE with another control byte",
       {0, 2, 0, 0, Bytes(65), true, 65536},
       StatusWord::kWrongParameters},
  }));
  INFO(row.why);
  Client client(u2f_settings());
  CHECK(ask(client, row.apdu.encode()).status == row.expected);
  CHECK(client.env.asked.empty());
}

TEST_CASE("a touch is waited for by being asked again") {
  Client client(u2f_settings());
  client.env.touches = {Touch::kTimeout, Touch::kTimeout};
  for (int poll = 0; poll < 2; ++poll)
    CHECK(ask(client, 1, 0, registration()).status == StatusWord::kConditionsNotSatisfied);
  const Bytes handle = registered(client);
  const std::uint32_t counter = client.token().state().counter;
  client.env.touches = {Touch::kTimeout};
  CHECK(ask(client, 2, 3, authentication(handle)).status == StatusWord::kConditionsNotSatisfied);
  CHECK(client.token().state().counter == counter);
  CHECK(ask(client, 2, 3, authentication(handle)).status == StatusWord::kOk);
}

TEST_CASE("the control byte says whether a touch is wanted, and presence and counter are what is signed") {
  Client client(u2f_settings());
  const Bytes handle = registered(client);
  client.env.asked.clear();
  CHECK(ask(client, 2, 7, authentication(handle)).status == StatusWord::kConditionsNotSatisfied);
  CHECK(client.env.asked.empty());
  const U2fReply silent = ask(client, 2, 8, authentication(handle));
  CHECK(silent.status == StatusWord::kOk);
  CHECK(client.env.asked.empty());
  CHECK(Bytes(silent.body.begin(), silent.body.begin() + 5) == Bytes{0, 0, 0, 0, 1});
  const U2fReply touched = ask(client, 2, 3, authentication(handle));
  CHECK(client.env.asked.size() == 1);
  CHECK(Bytes(touched.body.begin(), touched.body.begin() + 5) == Bytes{1, 0, 0, 0, 2});
  CHECK(client.token().trace().subcommand == "enforce");
}

TEST_CASE("a handle that is not the token's, or not the application's, is not known") {
  Client client(u2f_settings());
  const Bytes handle = registered(client);
  Bytes changed = handle;
  changed.back() ^= 1;
  for (const auto control : {std::uint8_t{3}, std::uint8_t{7}, std::uint8_t{8}}) {
    CHECK(ask(client, 2, control, authentication(handle, "ssh:else")).status == StatusWord::kWrongData);
    CHECK(ask(client, 2, control, authentication(changed)).status == StatusWord::kWrongData);
    CHECK(ask(client, 2, control, authentication(Bytes(255, 1))).status == StatusWord::kWrongData);
  }
}

TEST_CASE("a token of both kinds has its keys in common") {
  Client client;
  const Bytes by_u2f = registered(client);
  CHECK(client.try_get(client.get_request({by_u2f})) == Status::kOk);
  const Bytes by_ctap2 = client.make(client.make_request());
  CHECK(ask(client, 2, 3, authentication(by_ctap2)).status == StatusWord::kOk);
  SECTION("but not those that U2F does not know") {
    auto eddsa = client.make_request();
    eddsa.algorithms = {kEdDsa};
    CHECK(ask(client, 2, 7, authentication(client.make(eddsa))).status == StatusWord::kWrongData);
    auto guarded = client.make_request();
    guarded.cred_protect = 3;
    CHECK(ask(client, 2, 7, authentication(client.make(guarded))).status == StatusWord::kWrongData);
  }
}

TEST_CASE("a full disk gives out no signature") {
  Client client(u2f_settings());
  const Bytes handle = registered(client);
  client.env.disk_full = true;
  CHECK(ask(client, 2, 3, authentication(handle)).status == StatusWord::kUnknown);
  client.env.disk_full = false;
  CHECK(ask(client, 3, 0, {}).status == StatusWord::kUnknown);
}

TEST_CASE("U2F misbehaviour in what is sent") {
  Client honest(u2f_settings());
  const Bytes handle = registered(honest);
  Settings settings = u2f_settings();
  SECTION("a certificate that is none") {
    settings.misbehaviour.garbage_certificate = true;
    Client liar(settings);
    const Bytes body = ask(liar, 1, 0, registration()).body;
    const Bytes& certificate = liar.token().state().attestation_certificate;
    CHECK(std::search(body.begin(), body.end(), certificate.begin(), certificate.end()) == body.end());
  }
  SECTION("a handle that is not the key's") {
    settings.misbehaviour.wrong_handle = true;
    Client liar(settings);
    CHECK(ask(liar, 2, 7, authentication(registered(liar))).status == StatusWord::kWrongData);
  }
  SECTION("success instead of an answer to check-only") {
    settings.misbehaviour.check_only_succeeds = true;
    Client liar(settings);
    CHECK(ask(liar, 2, 7, authentication(handle)).status == StatusWord::kOk);
  }
}
