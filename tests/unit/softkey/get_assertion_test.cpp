#include "client.hpp"

using namespace halligan;
using namespace halligan::softkey;

TEST_CASE("key handles and residents sign, and the counter rises over power cuts") {
  Client client;
  const Bytes handle = client.make(client.make_request());
  const Bytes resident = client.make(client.make_request(true));
  std::uint32_t last = 2;
  for (const Bytes& id : {handle, resident}) {
    const auto response = client.get(client.get_request({id}));
    CHECK(response.credential_id == id);
    CHECK(Client::flags(response.auth_data) == 0x01);
    CHECK(Client::counter(response.auth_data) == ++last);
    CHECK(response.auth_data.size() == 37);
    CHECK(response.user.has_value() == (id == resident));
    CHECK_FALSE(response.number_of_credentials);
    client.power_cycle();
  }
}

TEST_CASE("a key handle is bound to its relying party, its token and its every bit") {
  Client client;
  const Bytes id = client.make(client.make_request());
  auto request = client.get_request({id});
  request.rp_id = "ssh:other";
  CHECK(client.try_get(request) == Status::kNoCredentials);
  std::size_t refused = 0;
  for (std::size_t i = 0; i < id.size(); ++i) {
    Bytes damaged = id;
    damaged[i] ^= 1;
    CHECK(client.try_get(client.get_request({damaged})) == Status::kNoCredentials);
    ++refused;
  }
  CHECK(refused == 63);
  CHECK(client.try_get(client.get_request({id})) == Status::kOk);
  client.env.time_ms += 5'000;
  REQUIRE(client.send(Command::kReset).status == Status::kOk);
  CHECK(client.try_get(client.get_request({id})) == Status::kNoCredentials);
}

TEST_CASE("credProtect: who gets to use a credential") {
  // Rows: level, resident or handle, found by list or by discovery, verified or not.
  const std::int64_t level = GENERATE(1, 2, 3);
  const bool resident = GENERATE(false, true);
  const bool listed = GENERATE(false, true);
  const bool verified = GENERATE(false, true);
  Client client({}, true);
  auto request = client.make_request(resident);
  request.cred_protect = level;
  const Bytes id = client.make_with_pin(request);
  auto get = client.get_request(listed ? std::vector<Bytes>{id} : std::vector<Bytes>{});
  if (verified) get.auth = client.sign(client.get_token(kPin, kGetAssertion), get.client_data_hash);
  const bool discoverable = listed || resident;
  const bool permitted = verified || level == 1 || (level == 2 && listed);
  CHECK(client.try_get(get) == (discoverable && permitted ? Status::kOk : Status::kNoCredentials));
}

TEST_CASE("a token that ignores credProtect") {
  Settings settings;
  settings.misbehaviour.no_cred_protect = true;
  Client client(settings, true);
  auto request = client.make_request();
  request.cred_protect = 3;
  const auto response = MakeCredentialResponse::parse(client.send(request.encode()).map()).value();
  CHECK(Client::flags(response.auth_data) == 0x41);
  CHECK(client.try_get(client.get_request({Client::credential_id(response.auth_data)})) == Status::kOk);
}

TEST_CASE("up and uv: what is asked and what is signed") {
  struct Row {
    std::optional<bool> up;
    bool sensor;
    bool uv;
    bool always;
    Status expected;
    int flags;
    std::size_t touches;
  };
  const auto row = GENERATE(values<Row>({
      {{}, false, false, false, Status::kOk, 0x01, 1},
      {true, false, false, false, Status::kOk, 0x01, 1},
      {false, false, false, false, Status::kOk, 0x00, 0},
      {{}, false, true, false, Status::kInvalidOption, 0, 0},
      {{}, true, true, false, Status::kOk, 0x05, 1},
      {false, true, true, false, Status::kOk, 0x04, 1},
      {{}, true, false, false, Status::kOk, 0x01, 1},
      {{}, false, false, true, Status::kPuatRequired, 0, 0},
      {false, false, false, true, Status::kOk, 0x00, 0},
      {{}, true, false, true, Status::kOk, 0x05, 1},
  }));
  Settings settings;
  settings.built_in_uv = row.sensor;
  Client maker(settings);
  const Bytes id = maker.make(maker.make_request());
  settings.always_uv = row.always;
  maker.power_cycle(settings);
  maker.env.asked.clear();
  auto request = maker.get_request({id});
  request.options.up = row.up;
  if (row.uv) request.options.uv = true;
  const Reply reply = maker.send(request.encode());
  CHECK(reply.status == row.expected);
  CHECK(maker.env.asked.size() == row.touches);
  if (reply.status == Status::kOk)
    CHECK(Client::flags(GetAssertionResponse::parse(reply.map())->auth_data) == row.flags);
}

TEST_CASE("up=false leaves a PIN token usable, a touch spends it") {
  Client client({}, true);
  const Bytes id = client.make(client.make_request());
  const Bytes token = client.get_token(kPin, kGetAssertion);
  auto request = client.get_request({id});
  request.auth = client.sign(token, request.client_data_hash);
  request.options.up = false;
  CHECK(Client::flags(client.get(request).auth_data) == 0x04);
  CHECK(Client::flags(client.get(request).auth_data) == 0x04);
  request.options.up = true;
  CHECK(Client::flags(client.get(request).auth_data) == 0x05);
  CHECK(client.try_get(request) == Status::kPinAuthInvalid);
}

TEST_CASE("a PIN token of CTAP 2.0 lasts until the power is cut") {
  Settings settings;
  settings.ctap = CtapVersion::k20;
  Client client(settings, true, 1);
  const Bytes token = client.get_token(kPin, 0);
  auto make = client.make_request();
  make.auth = client.sign(token, make.client_data_hash);
  const Bytes id = client.make(make);
  client.env.time_ms += 3'600'000;
  auto request = client.get_request({id});
  request.auth = client.sign(token, request.client_data_hash);
  CHECK(client.try_get(request) == Status::kOk);
  CHECK(client.get_token(kPin, 0) == token);
  CHECK(client.try_get(request) == Status::kOk);
  client.power_cycle();
  CHECK(client.try_get(request) == Status::kPinAuthInvalid);
  CHECK(client.get_token(kPin, 0) != token);
}

TEST_CASE("names are told where there are several accounts to choose from, and the user is verified") {
  const bool several = GENERATE(false, true);
  const bool verified = GENERATE(false, true);
  Client client({}, true);
  client.make_with_pin(client.make_request(true, "anna"));
  if (several) client.make_with_pin(client.make_request(true, "berta"));
  auto request = client.get_request();
  if (verified) request.auth = client.sign(client.get_token(kPin, kGetAssertion), request.client_data_hash);
  const auto first = client.get(request);
  REQUIRE(first.user);
  CHECK(first.user->id == to_bytes(std::string_view(several ? "berta" : "anna")));
  CHECK(first.full_user == (several && verified));
  if (!several) return;
  const Reply next = client.send(Command::kGetNextAssertion);
  REQUIRE(next.status == Status::kOk);
  CHECK(GetAssertionResponse::parse(next.map())->full_user == verified);
}

TEST_CASE("hmac-secret: what is refused") {
  struct Row {
    const char* what;
    void (*change)(GetAssertionRequest&);
    Status expected;
  };
  const auto salted = [](GetAssertionRequest& request, const PinCipher& cipher, const SharedSecret& secret,
                         Env& env, std::size_t size) {
    request.hmac_secret->salts = cipher.encrypt(secret, Bytes(size, 0x33), env);
    request.hmac_secret->auth = cipher.authenticate(secret.view(), request.hmac_secret->salts);
  };
  const int version = GENERATE(1, 2);
  const auto row = GENERATE(values<Row>({
      {"nothing", [](auto&) {}, Status::kOk},
      {"no touch", [](auto& r) { r.options.up = false; }, Status::kUnsupportedOption},
      {"another tag", [](auto& r) { r.hmac_secret->auth.front() ^= 1; }, Status::kPinAuthInvalid},
      {"another point", [](auto& r) { r.hmac_secret->key_agreement.y[0] ^= 1; }, Status::kInvalidParameter},
      {"protocol 3", [](auto& r) { r.hmac_secret->protocol = 3; }, Status::kInvalidParameter},
  }));
  CAPTURE(version, row.what);
  Client client({}, false, version);
  const Bytes id = client.make(client.make_request());
  const PinCipher cipher(version);
  auto agreement = client.pin_request(PinCommand::kGetKeyAgreement);
  const SharedSecret secret = client.agree(agreement);
  auto request = client.get_request({id});
  request.hmac_secret.emplace();
  request.hmac_secret->key_agreement = *agreement.key_agreement;
  request.hmac_secret->protocol = version;
  salted(request, cipher, secret, client.env, 32);
  row.change(request);
  CHECK(client.try_get(request) == row.expected);
  if (row.expected != Status::kOk) return;
  const auto data = client.get(request).auth_data;
  CHECK(Client::flags(data) == 0x81);
  for (const std::size_t size : std::initializer_list<std::size_t>{0, 16, 48, 80}) {
    salted(request, cipher, secret, client.env, size);
    CHECK(client.try_get(request) == Status::kInvalidParameter);
  }
}

TEST_CASE("refused without asking") {
  Client client;
  const Bytes id = client.make(client.make_request());
  client.env.asked.clear();
  auto request = client.get_request({id});
  request.options.rk = false;
  CHECK(client.try_get(request) == Status::kUnsupportedOption);
  CHECK(client.try_get(client.get_request({Bytes(63)})) == Status::kNoCredentials);
  CHECK(client.try_get(client.get_request(std::vector<Bytes>(17, id))) == Status::kLimitExceeded);
  CHECK(client.try_get(client.get_request()) == Status::kNoCredentials);
  CHECK(client.env.asked.empty());
}

TEST_CASE("several accounts come one after the other, the newest first, for thirty seconds") {
  Client client({}, true);
  for (const char* user : {"one", "two", "three"}) client.make_with_pin(client.make_request(true, user));
  auto request = client.get_request();
  const auto ask = [&](bool verified) {
    request.auth =
        verified ? client.sign(client.get_token(kPin, kGetAssertion), request.client_data_hash) : PinUvAuth{};
    return client.get(request);
  };
  const auto next = [&] {
    return GetAssertionResponse::parse(client.send(Command::kGetNextAssertion).map()).value();
  };
  CHECK(client.send(Command::kGetNextAssertion).status == Status::kNotAllowed);
  SECTION("to the end") {
    const bool verified = GENERATE(false, true);
    const auto first = ask(verified);
    CHECK(first.number_of_credentials == 3);
    CHECK(first.user->id == to_bytes("three"));
    CHECK(first.user->name.has_value() == verified);
    const auto second = next();
    CHECK(second.user->id == to_bytes("two"));
    CHECK(second.user->name.has_value() == verified);
    CHECK_FALSE(second.number_of_credentials);
    CHECK(Client::flags(second.auth_data) == (verified ? 0x05 : 0x01));
    CHECK(Client::counter(second.auth_data) == Client::counter(first.auth_data) + 1);
    CHECK(next().user->id == to_bytes("one"));
    CHECK(client.send(Command::kGetNextAssertion).status == Status::kNotAllowed);
  }
  SECTION("each within thirty seconds of the last") {
    ask(false);
    client.env.time_ms += 30'000;
    CHECK(client.send(Command::kGetNextAssertion).status == Status::kOk);
    client.env.time_ms += 30'001;
    CHECK(client.send(Command::kGetNextAssertion).status == Status::kNotAllowed);
    client.env.time_ms -= 1;
    CHECK(client.send(Command::kGetNextAssertion).status == Status::kNotAllowed);
  }
  SECTION("another command ends it") {
    ask(false);
    CHECK(client.send(Command::kGetInfo).status == Status::kOk);
    CHECK(client.send(Command::kGetNextAssertion).status == Status::kNotAllowed);
  }
}

TEST_CASE("the counter is stored before the signature leaves") {
  Client client;
  const Bytes id = client.make(client.make_request());
  const auto response = client.get(client.get_request({id}));
  CHECK(decode_state(client.env.saved.back())->counter == Client::counter(response.auth_data));
  client.env.disk_full = true;
  CHECK(client.try_get(client.get_request({id})) == Status::kOther);
}
