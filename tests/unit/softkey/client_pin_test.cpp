#include "client.hpp"

using namespace halligan;
using namespace halligan::softkey;

TEST_CASE("a PIN is set once, then only changed") {
  const int protocol = GENERATE(1, 2);
  Client client({}, false, protocol);
  client.change_pin("none yet", kPin, Status::kPinNotSet);
  client.get_token(kPin, kMakeCredential, kRp, Status::kPinNotSet);
  client.set_pin(kPin);
  client.set_pin("another", Status::kPinAuthInvalid);
  client.change_pin("another", "new one", Status::kPinInvalid);
  client.change_pin(kPin, "new one");
  client.get_token(kPin, kMakeCredential, kRp, Status::kPinInvalid);
  CHECK_FALSE(client.get_token("new one", kMakeCredential).empty());
  client.power_cycle();
  CHECK_FALSE(client.get_token("new one", kMakeCredential).empty());
}

TEST_CASE("what a PIN may be") {
  struct Row {
    std::string pin;
    Status expected;
  };
  const auto row =
      GENERATE(values<Row>({{"abc", Status::kPinPolicyViolation},
                            {"", Status::kPinPolicyViolation},
                            {"abcd", Status::kOk},
                            {"\xc3\xbc\xc3\xb6\xc3\xa4", Status::kPinPolicyViolation},  // three characters
                            {"\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac", Status::kOk},
                            {std::string(63, 'x'), Status::kOk},
                            {std::string(64, 'x'), Status::kPinPolicyViolation},
                            {std::string(65, 'x'), Status::kInvalidParameter},  // padded to 80
                            {"bad\xff\xff", Status::kPinPolicyViolation}}));
  Client client;
  client.set_pin(row.pin, row.expected);
  CHECK(client.token().state().has_pin() == (row.expected == Status::kOk));
}

TEST_CASE("a factory PIN obeys the same rules") {
  Client client;
  CHECK(client.token().provision_pin(as_bytes("abc")).error().code == Code::kBadInput);
  CHECK(client.token().provision_pin(as_bytes(std::string(64, 'x'))).error().code == Code::kBadInput);
  CHECK(client.token().provision_pin(as_bytes(std::string(65, 'x'))).error().code == Code::kBadInput);
  REQUIRE(client.token().provision_pin(as_bytes(kPin)));
  CHECK(client.token().provision_pin(as_bytes(kPin)).error().code == Code::kExists);
  CHECK_FALSE(client.get_token(kPin, kMakeCredential).empty());
}

TEST_CASE("three wrong PINs block until the power is cycled, eight for good") {
  Client client({}, true);
  std::int64_t left = 8;
  while (left > 0) {
    for (int attempt = 1; attempt <= 3 && left > 0; ++attempt) {
      --left;
      const Status expected = left == 0      ? Status::kPinBlocked
                              : attempt == 3 ? Status::kPinAuthBlocked
                                             : Status::kPinInvalid;
      client.get_token("wrong", kMakeCredential, kRp, expected);
      CHECK(client.pin(client.pin_request(PinCommand::kGetPinRetries)).pin_retries == left);
    }
    if (left == 0) break;
    const auto retries = client.pin(client.pin_request(PinCommand::kGetPinRetries));
    CHECK(retries.power_cycle == true);
    client.get_token(kPin, kMakeCredential, kRp, Status::kPinAuthBlocked);
    client.change_pin(kPin, "other", Status::kPinAuthBlocked);
    CHECK(client.pin(client.pin_request(PinCommand::kGetPinRetries)).pin_retries == left);
    client.power_cycle();
  }
  client.get_token(kPin, kMakeCredential, kRp, Status::kPinBlocked);
  client.power_cycle();
  client.get_token(kPin, kMakeCredential, kRp, Status::kPinBlocked);
  client.change_pin(kPin, "other", Status::kPinBlocked);
}

TEST_CASE("a right PIN gives all tries back") {
  Client client({}, true);
  client.get_token("wrong", kMakeCredential, kRp, Status::kPinInvalid);
  client.get_token("wrong", kMakeCredential, kRp, Status::kPinInvalid);
  client.get_token(kPin, kMakeCredential);
  client.get_token("wrong", kMakeCredential, kRp, Status::kPinInvalid);
  client.get_token("wrong", kMakeCredential, kRp, Status::kPinInvalid);
  CHECK(client.pin(client.pin_request(PinCommand::kGetPinRetries)).pin_retries == 6);
}

TEST_CASE("a try is stored before the PIN is looked at") {
  Client client({}, true);
  const std::size_t before = client.env.saved.size();
  client.get_token("wrong", kMakeCredential, kRp, Status::kPinInvalid);
  REQUIRE(client.env.saved.size() == before + 1);
  CHECK(decode_state(client.env.saved.back()).value().pin_retries == 7);
  client.env.disk_full = true;  // no counting, no guessing
  client.get_token(kPin, kMakeCredential, kRp, Status::kOther);
  client.env.disk_full = false;
  CHECK(client.send(Command::kGetInfo).status == Status::kOther);  // until it is started again
  client.power_cycle();
  CHECK(client.pin(client.pin_request(PinCommand::kGetPinRetries)).pin_retries == 7);
}

TEST_CASE("a wrong PIN costs the key agreement") {
  Client client({}, true);
  const auto key = [&] {
    return client.pin(client.pin_request(PinCommand::kGetKeyAgreement)).key_agreement->x;
  };
  const Digest before = key();
  CHECK(key() == before);
  client.get_token("wrong", kMakeCredential, kRp, Status::kPinInvalid);
  CHECK_FALSE(key() == before);
}

TEST_CASE("permissions: what may be asked for") {
  struct Row {
    std::uint8_t permissions;
    std::string rp;
    Status expected;
  };
  const auto row =
      GENERATE(values<Row>({{kMakeCredential, "ssh:", Status::kOk},
                            {kGetAssertion, "ssh:", Status::kOk},
                            {kMakeCredential | kGetAssertion, "ssh:", Status::kOk},
                            {kMakeCredential, "", Status::kMissingParameter},
                            {kGetAssertion | kCredentialManagement, "", Status::kMissingParameter},
                            {kCredentialManagement, "", Status::kOk},
                            {kCredentialManagement, "ssh:", Status::kOk},
                            {kBioEnrollment, "", Status::kUnauthorizedPermission},
                            {kLargeBlobWrite, "", Status::kUnauthorizedPermission},
                            {kAuthenticatorConfig, "", Status::kUnauthorizedPermission},
                            {0x80, "", Status::kUnauthorizedPermission}}));
  Client client({}, true);
  CHECK(client.get_token(kPin, row.permissions, row.rp, row.expected).empty() ==
        (row.expected != Status::kOk));
  CHECK(client.pin(client.pin_request(PinCommand::kGetPinRetries)).pin_retries ==
        8);  // refused before the PIN counts
}

TEST_CASE("missing and misplaced parameters") {
  Client client({}, true);
  auto request = client.pin_request(PinCommand::kGetTokenUsingPin);
  client.pin(request, Status::kMissingParameter);  // key agreement
  const SharedSecret secret = client.agree(request);
  client.pin(request, Status::kMissingParameter);  // PIN
  request.pin_hash = client.hash_of(secret, kPin);
  client.pin(request, Status::kMissingParameter);  // permissions
  request.permissions = 0;
  client.pin(request, Status::kInvalidParameter);
  auto legacy = request;
  legacy.command = static_cast<std::int64_t>(PinCommand::kGetPinToken);
  client.pin(legacy, Status::kInvalidParameter);  // the legacy command knows no permissions
  for (const PinCommand command : {PinCommand::kSetPin, PinCommand::kChangePin}) {
    auto incomplete = client.pin_request(command);
    client.pin(incomplete, Status::kMissingParameter);
    client.agree(incomplete);
    client.pin(incomplete, Status::kMissingParameter);
  }
  auto other = client.pin_request(PinCommand::kGetKeyAgreement);
  other.protocol = 3;
  client.pin(other, Status::kInvalidParameter);
  CHECK(client.send(encode_request(Command::kClientPin, Cbor::map({{2, 2}}))).status ==
        Status::kMissingParameter);
  CHECK(client.send(encode_request(Command::kClientPin, Cbor::map({{1, 2}}))).status ==
        Status::kMissingParameter);
  CHECK(client.send(encode_request(Command::kClientPin, Cbor::map({{1, "x"}, {2, 2}}))).status ==
        Status::kCborUnexpectedType);
  for (const int unknown : {0x00, 0x08, 0x0a, 0x99}) {
    auto bad = client.pin_request(PinCommand::kGetPinRetries);
    bad.command = unknown;
    client.pin(bad, Status::kInvalidSubcommand);
  }
}

TEST_CASE("a tampered request to set or change a PIN changes nothing") {
  Client client;
  auto request = client.pin_request(PinCommand::kSetPin);
  const SharedSecret secret = client.agree(request);
  const PinCipher cipher(2);
  request.new_pin = cipher.encrypt(secret, Client::padded(kPin), client.env);
  request.param = cipher.authenticate(secret.view(), *request.new_pin);
  request.new_pin->back() ^= 1;
  client.pin(request, Status::kPinAuthInvalid);
  CHECK_FALSE(client.token().state().has_pin());
  request.key_agreement->y[0] ^= 1;
  client.pin(request, Status::kInvalidParameter);
}

TEST_CASE("a CTAP 2.0 token knows protocol one and no permissions") {
  Settings settings;
  settings.ctap = CtapVersion::k20;
  Client client(settings, true, 1);
  client.get_token(kPin, kMakeCredential, kRp, Status::kInvalidParameter);
  CHECK_FALSE(client.get_token(kPin, 0).empty());
  auto modern = client.pin_request(PinCommand::kGetKeyAgreement);
  modern.protocol = 2;
  client.pin(modern, Status::kInvalidParameter);
  const auto retries = client.pin(client.pin_request(PinCommand::kGetPinRetries));
  CHECK_FALSE(retries.power_cycle);
}

TEST_CASE("built-in verification: five wrong fingers block it, a PIN frees it") {
  Settings settings;
  settings.built_in_uv = true;
  Client client(settings, true);
  const auto left = [&] { return *client.pin(client.pin_request(PinCommand::kGetUvRetries)).uv_retries; };
  CHECK(left() == 5);
  client.env.touches.assign(5, Touch::kRefused);
  for (const int expected : {4, 3, 2, 1}) {
    client.get_uv_token(kMakeCredential, kRp, Status::kUvInvalid);
    CHECK(left() == expected);
  }
  client.get_uv_token(kMakeCredential, kRp, Status::kUvBlocked);
  client.power_cycle();
  CHECK(left() == 0);
  client.get_uv_token(kMakeCredential, kRp, Status::kUvBlocked);
  CHECK(client.env.asked.size() == 5);  // nobody is asked in vain
  client.get_token(kPin, kMakeCredential);
  CHECK(left() == 5);
  client.env.touches = {Touch::kTimeout, Touch::kCancelled};
  client.get_uv_token(kMakeCredential, kRp, Status::kUserActionTimeout);
  client.get_uv_token(kMakeCredential, kRp, Status::kKeepaliveCancel);
  CHECK(left() == 5);
  CHECK_FALSE(client.get_uv_token(kMakeCredential).empty());
}

TEST_CASE("without a sensor there are no commands for it") {
  Client client({}, true);
  client.get_uv_token(kMakeCredential, kRp, Status::kInvalidSubcommand);
  client.pin(client.pin_request(PinCommand::kGetUvRetries), Status::kInvalidSubcommand);
}

TEST_CASE("a PIN that must be changed is refused, right as it is, until it is changed") {
  Settings settings;
  settings.force_pin_change = true;
  settings.min_pin_length = 11;
  Client client(settings, true);
  const CborMap info = client.send(Command::kGetInfo).map();
  CHECK(info.need<bool>(0x0c).value());
  CHECK(info.need<std::int64_t>(0x0d).value() == 11);
  client.get_token("wrong", kMakeCredential, kRp, Status::kPinInvalid);
  client.get_token(kPin, kMakeCredential, kRp, Status::kPinPolicyViolation);
  client.get_token(kPin, 0, kRp, Status::kPinInvalid);
  CHECK(client.pin(client.pin_request(PinCommand::kGetPinRetries)).pin_retries == 8);
  client.change_pin(kPin, "ten-digits", Status::kPinPolicyViolation);
  client.change_pin(kPin, "eleven-digi");
  CHECK_FALSE(client.send(Command::kGetInfo).map().need<bool>(0x0c).value());
  CHECK_FALSE(client.get_token("eleven-digi", kMakeCredential).empty());
}

TEST_CASE("a change of the PIN that is forced needs another PIN") {
  Settings settings;
  settings.force_pin_change = true;
  Client client(settings, true);
  client.change_pin(kPin, kPin, Status::kPinPolicyViolation);
  client.change_pin(kPin, "another one");
  client.change_pin("another one", "another one");  // nobody forces this one
}

TEST_CASE("nobody has to change a PIN that is not set, nor on a token of CTAP 2.0") {
  Settings settings;
  settings.force_pin_change = true;
  Client none(settings);
  CHECK_FALSE(none.send(Command::kGetInfo).map().need<bool>(0x0c).value());
  settings.ctap = CtapVersion::k20;
  Client old(settings, true, 1);
  CHECK_FALSE(old.get_token(kPin, 0).empty());
}
