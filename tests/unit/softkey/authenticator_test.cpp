#include "client.hpp"

using namespace halligan;
using namespace halligan::softkey;

TEST_CASE("getInfo says what the token can do") {
  struct Row {
    CtapVersion ctap;
    bool pin;
    bool sensor;
    bool always;
    std::vector<std::pair<std::string, std::optional<bool>>> options;
  };
  const auto row = GENERATE(values<Row>({
      {CtapVersion::k21,
       false,
       false,
       false,
       {{"rk", true},
        {"up", true},
        {"plat", false},
        {"clientPin", false},
        {"pinUvAuthToken", true},
        {"credMgmt", true},
        {"credentialMgmtPreview", true},
        {"makeCredUvNotRqd", true},
        {"uv", {}},
        {"alwaysUv", {}}}},
      {CtapVersion::k21,
       true,
       true,
       true,
       {{"clientPin", true}, {"uv", true}, {"alwaysUv", true}, {"makeCredUvNotRqd", {}}}},
      {CtapVersion::k20,
       true,
       false,
       false,
       {{"clientPin", true},
        {"pinUvAuthToken", {}},
        {"credMgmt", {}},
        {"credentialMgmtPreview", true},
        {"makeCredUvNotRqd", {}}}},
  }));
  Settings settings;
  settings.ctap = row.ctap;
  settings.built_in_uv = row.sensor;
  settings.always_uv = row.always;
  Client client(settings, row.pin);
  const auto info = client.send(Command::kGetInfo).map();
  const auto options = info.need<CborMap>(4).value();
  for (const auto& [name, expected] : row.options) {
    INFO(name);
    CHECK(options.maybe<bool>(name).value() == expected);
  }
  const auto versions = info.need<std::vector<Cbor>>(1).value();
  CHECK((versions.back().as<std::string>().value() == "FIDO_2_1") == (row.ctap == CtapVersion::k21));
  CHECK(info.need<Bytes>(3).value() == to_bytes(kAaguid));
  CHECK(info.need<std::int64_t>(5).value() == 2048);
}

TEST_CASE("messages that are none") {
  struct Row {
    const char* why;
    Bytes request;
    Status expected;
  };
  const auto row = GENERATE(values<Row>({
      {"nothing", {}, Status::kInvalidLength},
      {"an unknown command", {0x99}, Status::kInvalidCommand},
      {"no parameters", {0x01}, Status::kInvalidCbor},
      {"not a map", {0x01, 0x80}, Status::kCborUnexpectedType},
      {"an empty map", {0x02, 0xa0}, Status::kMissingParameter},
      {"a map and more", {0x06, 0xa0, 0x00}, Status::kInvalidCbor},
      {"a map that is not canonical", {0x06, 0xbf, 0xff}, Status::kInvalidCbor},
      {"a member of the wrong type", {0x02, 0xa1, 0x01, 0x01}, Status::kCborUnexpectedType},
      {"getInfo with parameters", {0x04, 0xa0}, Status::kInvalidLength},
  }));
  INFO(row.why);
  Client client;
  CHECK(client.send(row.request).status == row.expected);
}

TEST_CASE("a message longer than maxMsgSize is refused") {
  Client client;
  auto request = client.make_request();
  request.user.name = std::string(1700, 'x');
  CHECK(client.try_make(request) == Status::kOk);
  request.user.name = std::string(2048, 'x');
  CHECK(client.try_make(request) == Status::kRequestTooLarge);
}

TEST_CASE("reset erases everything but the counter, within ten seconds of power-up and with a touch") {
  Client client({}, true);
  client.make_with_pin(client.make_request(true));
  const std::uint32_t counter = client.token().state().counter;
  const Bytes certificate = client.token().state().attestation_certificate;
  client.env.time_ms += 10'001;
  CHECK(client.send(Command::kReset).status == Status::kNotAllowed);
  client.power_cycle();
  client.env.time_ms += 10'000;
  CHECK(client.send(Command::kReset).status == Status::kOk);
  CHECK(client.env.asked.back() == "reset: erase every credential and the PIN ");
  for (int power = 0; power < 2; ++power) {
    const State& state = client.token().state();
    CHECK_FALSE(state.has_pin());
    CHECK(state.residents.empty());
    CHECK(state.counter == counter);
    CHECK(state.attestation_certificate == certificate);
    client.power_cycle();
  }
}

TEST_CASE("the trace names the request and nothing secret") {
  Client client({}, true);
  auto request = client.get_request();
  request.options.up = false;
  client.try_get(request);
  CHECK(client.token().trace().command == "getAssertion");
  CHECK(client.token().trace().rp_id == kRp);
  CHECK(client.token().trace().options.up == false);
  CHECK_FALSE(client.token().trace().options.uv);
  client.pin(client.pin_request(PinCommand::kGetPinRetries));
  CHECK(client.token().trace().subcommand == "getPINRetries");
  client.send(Bytes{0x99});
  CHECK(client.token().trace().command == "0x99");
}

TEST_CASE("misbehaviour in what is signed") {
  Client honest;
  const auto good = MakeCredentialResponse::parse(honest.send(honest.make_request().encode()).map()).value();
  Settings settings;
  SECTION("wrong relying party") { settings.misbehaviour.wrong_rp_id_hash = true; }
  SECTION("counter") { settings.misbehaviour.counter_back = true; }
  Client liar(settings);
  const auto first = MakeCredentialResponse::parse(liar.send(liar.make_request().encode()).map()).value();
  const auto second = MakeCredentialResponse::parse(liar.send(liar.make_request().encode()).map()).value();
  const bool same_rp = same(ByteView(first.auth_data).first(32), ByteView(good.auth_data).first(32));
  CHECK(same_rp != settings.misbehaviour.wrong_rp_id_hash);
  CHECK((Client::counter(second.auth_data) < Client::counter(first.auth_data)) ==
        settings.misbehaviour.counter_back);
}
