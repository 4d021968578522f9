#include "client.hpp"

using namespace halligan;
using namespace halligan::softkey;

namespace {
Settings with_uv() {
  Settings settings;
  settings.built_in_uv = true;
  return settings;
}
}  // namespace

TEST_CASE("a credential is attested as the settings say") {
  const auto attestation = GENERATE(Attestation::kPacked, Attestation::kSelf, Attestation::kNone);
  const auto algorithm = GENERATE(kEs256, kEdDsa);
  Settings settings;
  settings.attestation = attestation;
  Client client(settings);
  auto request = client.make_request();
  request.algorithms = {-257, algorithm};
  const Reply reply = client.send(request.encode());
  REQUIRE(reply.status == Status::kOk);
  const auto response = MakeCredentialResponse::parse(reply.map()).value();
  CHECK(response.format == (attestation == Attestation::kNone ? "none" : "packed"));
  CHECK(response.certificate.empty() == (attestation != Attestation::kPacked));
  CHECK(response.signature.empty() == (attestation == Attestation::kNone));
  const std::int64_t signer = attestation == Attestation::kPacked ? kEs256
                              : attestation == Attestation::kSelf ? algorithm
                                                                  : 0;
  CHECK(response.algorithm == signer);
  CHECK(same(ByteView(response.auth_data).first(32), sha256({as_bytes(kRp)})));
  CHECK(Client::flags(response.auth_data) == 0x41);
  CHECK(Client::counter(response.auth_data) == 1);
  CHECK(same(ByteView(response.auth_data).subspan(37, 16), kAaguid));
}

TEST_CASE("what a request must have") {
  Client client;
  const auto without = [&](std::int64_t key) {
    const auto pairs =
        Cbor::parse(ByteView(client.make_request().encode()).subspan(1)).value().as<CborMap>()->pairs();
    std::vector<Cbor::Pair> kept;
    for (const auto& pair : pairs)
      if (pair.first.as<std::int64_t>().value() != key) kept.push_back(pair);
    return encode_request(Command::kMakeCredential, Cbor::map(kept));
  };
  for (const std::int64_t key : {1, 2, 3, 4})
    CHECK(client.send(without(key)).status == Status::kMissingParameter);
  CHECK(client.send(without(99)).status == Status::kOk);
  CHECK(client.env.asked.size() == 1);
}

TEST_CASE("requests that are refused before anybody is asked") {
  struct Row {
    const char* why;
    std::function<void(MakeCredentialRequest&)> change;
    Status expected;
  };
  const auto row = GENERATE(values<Row>({
      {"no algorithm of ours",
       [](auto& r) {
         r.algorithms = {-257, -37};
       },
       Status::kUnsupportedAlgorithm},
      {"no algorithm", [](auto& r) { r.algorithms = {}; }, Status::kUnsupportedAlgorithm},
      {"up=false", [](auto& r) { r.options.up = false; }, Status::kInvalidOption},
      {"uv without a sensor", [](auto& r) { r.options.uv = true; }, Status::kInvalidOption},
      {"enterprise attestation", [](auto& r) { r.enterprise_attestation = true; }, Status::kInvalidParameter},
      {"credProtect 0", [](auto& r) { r.cred_protect = 0; }, Status::kInvalidOption},
      {"credProtect 4", [](auto& r) { r.cred_protect = 4; }, Status::kInvalidOption},
      {"an empty relying party", [](auto& r) { r.rp_id = ""; }, Status::kInvalidParameter},
      {"an empty user id", [](auto& r) { r.user.id = {}; }, Status::kInvalidParameter},
      {"a user id of 65 bytes", [](auto& r) { r.user.id = Bytes(65); }, Status::kInvalidParameter},
      {"a PIN proof without a protocol", [](auto& r) { r.auth.param = Bytes(32); },
       Status::kMissingParameter},
      {"an unknown protocol",
       [](auto& r) {
         r.auth = {Bytes(32), 3};
       },
       Status::kInvalidParameter},
      {"a PIN proof without a PIN",
       [](auto& r) {
         r.auth = {Bytes(32), 2};
       },
       Status::kPinAuthInvalid},
      {"too long an exclude list", [](auto& r) { r.exclude_list.assign(17, Bytes(1)); },
       Status::kLimitExceeded},
  }));
  INFO(row.why);
  Client client;
  auto request = client.make_request();
  row.change(request);
  CHECK(client.try_make(request) == row.expected);
  CHECK(client.env.asked.empty());
  CHECK(client.env.saved.empty());
}

TEST_CASE("who has to prove what: PIN, sensor, resident, always-uv") {
  struct Row {
    bool pin;
    bool sensor;
    bool always;
    bool rk;
    bool uv;
    Status expected;
    int flags;
  };
  const auto row = GENERATE(values<Row>({
      // nothing set: a touch is enough, for residents too
      {false, false, false, false, false, Status::kOk, 0x41},
      {false, false, false, true, false, Status::kOk, 0x41},
      // a PIN: residents want it, others do not (makeCredUvNotRqd)
      {true, false, false, false, false, Status::kOk, 0x41},
      {true, false, false, true, false, Status::kPuatRequired, 0},
      // a sensor
      {false, true, false, false, false, Status::kOk, 0x41},
      {false, true, false, true, false, Status::kOperationDenied, 0},
      {true, true, false, true, false, Status::kPuatRequired, 0},
      {false, true, false, true, true, Status::kOk, 0x45},
      {true, true, false, false, true, Status::kOk, 0x45},
      // always-uv
      {false, false, true, false, false, Status::kPuatRequired, 0},
      {true, false, true, false, false, Status::kPuatRequired, 0},
      {false, true, true, false, false, Status::kOk, 0x45},
      {true, true, true, true, false, Status::kOk, 0x45},
  }));
  Settings settings;
  settings.built_in_uv = row.sensor;
  settings.always_uv = row.always;
  Client client(settings, row.pin);
  auto request = client.make_request(row.rk);
  if (row.uv) request.options.uv = true;
  const Reply reply = client.send(request.encode());
  CHECK(reply.status == row.expected);
  if (reply.status != Status::kOk) return;
  CHECK(Client::flags(MakeCredentialResponse::parse(reply.map())->auth_data) == row.flags);
  CHECK(client.env.asked.size() == 1);  // built-in verification is the touch
}

TEST_CASE("a CTAP 2.0 token with a PIN wants it for everything") {
  Settings settings;
  settings.ctap = CtapVersion::k20;
  Client client(settings, true, 1);
  CHECK(client.try_make(client.make_request()) == Status::kPuatRequired);
  auto request = client.make_request();
  request.options.uv = true;
  CHECK(client.try_make(request) == Status::kUnsupportedOption);
  request = client.make_request();
  request.auth = client.sign(client.get_token(kPin, 0), request.client_data_hash);
  CHECK(client.try_make(request) == Status::kOk);
}

TEST_CASE("a PIN token is good for what it says, once, for a while") {
  Client client({}, true);
  const auto attempt = [&](const Bytes& token, const std::string& rp = kRp) {
    auto request = client.make_request();
    request.rp_id = rp;
    request.auth = client.sign(token, request.client_data_hash);
    return client.try_make(request);
  };
  SECTION("another relying party") {
    CHECK(attempt(client.get_token(kPin, kMakeCredential), "ssh:other") == Status::kPinAuthInvalid);
  }
  SECTION("another permission") {
    CHECK(attempt(client.get_token(kPin, kGetAssertion)) == Status::kPinAuthInvalid);
  }
  SECTION("another message") {
    auto request = client.make_request();
    request.auth = client.sign(client.get_token(kPin, kMakeCredential), as_bytes("other"));
    CHECK(client.try_make(request) == Status::kPinAuthInvalid);
  }
  SECTION("another protocol") {
    auto request = client.make_request();
    request.auth = client.sign(client.get_token(kPin, kMakeCredential), request.client_data_hash);
    request.auth.protocol = 1;
    CHECK(client.try_make(request) == Status::kPinAuthInvalid);
  }
  SECTION("an older token") {
    const Bytes older = client.get_token(kPin, kMakeCredential);
    client.get_token(kPin, kMakeCredential);
    CHECK(attempt(older) == Status::kPinAuthInvalid);
  }
  SECTION("a touch spends it") {
    const Bytes token = client.get_token(kPin, kMakeCredential);
    CHECK(attempt(token) == Status::kOk);
    CHECK(attempt(token) == Status::kPinAuthInvalid);
  }
  SECTION("within thirty seconds") {
    const Bytes token = client.get_token(kPin, kMakeCredential);
    client.env.time_ms += 29'999;
    CHECK(attempt(token) == Status::kOk);
  }
  SECTION("after thirty seconds unused") {
    const Bytes token = client.get_token(kPin, kMakeCredential);
    client.env.time_ms += 30'000;
    CHECK(attempt(token) == Status::kPinAuthInvalid);
  }
  SECTION("after the PIN was changed") {
    const Bytes token = client.get_token(kPin, kMakeCredential);
    client.change_pin(kPin, "changed");
    CHECK(attempt(token) == Status::kPinAuthInvalid);
  }
  SECTION("the legacy command binds to the first relying party used") {
    const Bytes token = client.get_token(kPin, 0);
    client.env.touches = {Touch::kTimeout};
    CHECK(attempt(token, "ssh:first") == Status::kUserActionTimeout);
    CHECK(attempt(token, "ssh:second") == Status::kPinAuthInvalid);
    CHECK(attempt(token, "ssh:first") == Status::kOk);
  }
}

TEST_CASE("one finger is enough: a token by built-in verification carries the touch") {
  Client client(with_uv());
  auto request = client.make_request();
  const Bytes token = client.get_uv_token(kMakeCredential);
  request.auth = client.sign(token, request.client_data_hash);
  SECTION("at once") {
    CHECK(client.try_make(request) == Status::kOk);
    CHECK(client.env.asked == std::vector<std::string>{"verify the user ssh:unit?"});
  }
  SECTION("not after thirty seconds") {
    client.env.time_ms += 20'000;
    client.env.touches = {Touch::kRefused};
    auto get = client.get_request({Bytes(1)});
    CHECK(client.try_get(get) == Status::kNoCredentials);
    request.auth = client.sign(token, request.client_data_hash);
    get.auth = client.sign(token, get.client_data_hash);
    CHECK(client.try_get(get) == Status::kPinAuthInvalid);  // marks the token as used
    client.env.time_ms += 10'000;
    CHECK(client.try_make(request) == Status::kOperationDenied);
    CHECK(client.env.asked.size() == 2);
  }
}

TEST_CASE("the person's answer is the token's answer") {
  struct Row {
    Touch touch;
    Status expected;
  };
  const auto row = GENERATE(values<Row>({{Touch::kRefused, Status::kOperationDenied},
                                         {Touch::kTimeout, Status::kUserActionTimeout},
                                         {Touch::kCancelled, Status::kKeepaliveCancel}}));
  Client client;
  client.env.touches = {row.touch, row.touch, row.touch};
  CHECK(client.try_make(client.make_request()) == row.expected);
  CHECK(client.env.saved.empty());
  CHECK(client.send(Command::kSelection).status == row.expected);
  CHECK(client.send(Command::kReset).status == row.expected);
}

TEST_CASE("an empty PIN proof asks which token the person means") {
  const bool pin = GENERATE(false, true);
  Client client({}, pin);
  auto make = client.make_request();
  make.auth = {Bytes(), 2};
  auto get = client.get_request();
  get.auth = {Bytes(), {}};
  const Status expected = pin ? Status::kPinInvalid : Status::kPinNotSet;
  CHECK(client.try_make(make) == expected);
  CHECK(client.try_get(get) == expected);
  CHECK(client.env.asked.size() == 2);
  client.env.touches = {Touch::kTimeout};
  CHECK(client.try_make(make) == Status::kUserActionTimeout);
}

TEST_CASE("exclude list: a known credential excludes after a touch") {
  Client client({}, true);
  auto request = client.make_request();
  const Bytes open = client.make(request);
  request.cred_protect = 3;
  const Bytes guarded = client.make(request);
  const Bytes resident = client.make_with_pin(client.make_request(true, "resident"));
  client.env.asked.clear();
  struct Row {
    Bytes id;
    std::string rp;
    Touch touch;
    Status expected;
  };
  const std::vector<Row> rows{
      {open, kRp, Touch::kGiven, Status::kCredentialExcluded},
      {open, kRp, Touch::kTimeout, Status::kCredentialExcluded},
      {open, kRp, Touch::kCancelled, Status::kKeepaliveCancel},
      {resident, kRp, Touch::kGiven, Status::kCredentialExcluded},
      {guarded, kRp, Touch::kGiven, Status::kOk},  // nobody learns of it without a PIN
      {open, "ssh:other", Touch::kGiven, Status::kOk},
      {Bytes(63), kRp, Touch::kGiven, Status::kOk}};
  for (const Row& row : rows) {
    auto attempt = client.make_request();
    attempt.rp_id = row.rp;
    attempt.exclude_list = {Bytes(5), row.id};
    client.env.touches = {row.touch};
    CHECK(client.try_make(attempt) == row.expected);
  }
  CHECK(client.env.asked.size() == rows.size());
  auto verified = client.make_request();
  verified.exclude_list = {guarded};
  verified.auth = client.sign(client.get_token(kPin, kMakeCredential), verified.client_data_hash);
  CHECK(client.try_make(verified) == Status::kCredentialExcluded);
}

TEST_CASE("residents: one per account, and only as many as fit") {
  Settings settings;
  settings.resident_limit = 2;
  Client client(settings);
  const Bytes first = client.make(client.make_request(true, "a"));
  client.make(client.make_request(true, "b"));
  CHECK(client.try_make(client.make_request(true, "c")) == Status::kKeyStoreFull);
  auto other = client.make_request(true, "a");
  other.rp_id = "ssh:other";
  CHECK(client.try_make(other) == Status::kKeyStoreFull);
  const Bytes second = client.make(client.make_request(true, "a"));
  CHECK_FALSE(first == second);
  CHECK(client.token().state().residents.size() == 2);
  CHECK(client.try_get(client.get_request({first})) == Status::kNoCredentials);
  CHECK(client.try_get(client.get_request({second})) == Status::kOk);
  CHECK(client.try_make(client.make_request()) == Status::kOk);  // key handles need no room
}

TEST_CASE("credProtect is signed where it was asked for") {
  const std::int64_t level = GENERATE(1, 2, 3);
  Client client;
  auto request = client.make_request();
  request.cred_protect = level;
  const auto response = MakeCredentialResponse::parse(client.send(request.encode()).map()).value();
  CHECK(Client::flags(response.auth_data) == 0xc1);
  const auto tail = ByteView(response.auth_data).last(14);
  CHECK(Cbor::parse(tail)->as<CborMap>()->need<std::int64_t>("credProtect").value() == level);
}

TEST_CASE("a credential is stored before the answer leaves, or there is no answer") {
  Client client;
  client.env.disk_full = true;
  CHECK(client.try_make(client.make_request(true)) == Status::kOther);
  CHECK(client.env.saved.empty());
}
