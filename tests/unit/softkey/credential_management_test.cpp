#include "client.hpp"

using namespace halligan;
using namespace halligan::softkey;

namespace {

using Do = ManagementCommand;

/// Three residents: "one" has a and b, "two" has c.
struct Filled {
  Client client;
  Bytes a, b, c;
  explicit Filled(Settings settings = {}, int protocol = 2) : client(settings, true, protocol) {
    a = make("ssh:one", "a");
    b = make("ssh:one", "b");
    c = make("ssh:two", "c");
  }
  Bytes make(const std::string& rp, const std::string& user) {
    auto request = client.make_request(true, user);
    request.rp_id = rp;
    request.cred_protect = 2;
    const bool modern = client.send(Command::kSelection).status == Status::kOk;
    request.auth =
        client.sign(client.get_token(kPin, modern ? kMakeCredential : 0, rp), request.client_data_hash);
    return client.make(request);
  }
  ManagementRequest of_rp(Do command, const std::string& rp) {
    auto request = client.management(command);
    request.rp_id_hash = to_bytes(sha256({as_bytes(rp)}));
    return request;
  }
  ManagementRequest of(Do command, const Bytes& id) {
    auto request = client.management(command);
    request.credential_id = id;
    return request;
  }
  static ManagementResponse read(const Reply& reply) {
    REQUIRE(reply.status == Status::kOk);
    return ManagementResponse::parse(reply.map()).value();
  }
};

}  // namespace

TEST_CASE("everything is listed, under either command") {
  const auto with = GENERATE(Command::kCredentialManagement, Command::kCredentialManagementPreview);
  const int protocol = GENERATE(1, 2);
  Filled filled({}, protocol);
  Client& client = filled.client;
  const Bytes token = client.get_token(kPin, kCredentialManagement, "");
  const auto metadata = Filled::read(client.manage(client.management(Do::kGetCredsMetadata), token, with));
  CHECK(metadata.existing == 3);
  CHECK(metadata.remaining == 22);
  const auto first = Filled::read(client.manage(client.management(Do::kEnumerateRpsBegin), token, with));
  CHECK(first.rp_id == "ssh:one");
  CHECK(first.rp_id_hash == to_bytes(sha256({as_bytes("ssh:one")})));
  CHECK(first.total_rps == 2);
  const auto second = Filled::read(client.manage(client.management(Do::kEnumerateRpsNext), {}, with));
  CHECK(second.rp_id == "ssh:two");
  CHECK_FALSE(second.total_rps);
  CHECK(client.manage(client.management(Do::kEnumerateRpsNext), {}, with).status == Status::kNotAllowed);
  const auto a =
      Filled::read(client.manage(filled.of_rp(Do::kEnumerateCredentialsBegin, "ssh:one"), token, with));
  CHECK(a.credential_id == filled.a);
  CHECK(a.user->name == "a");
  CHECK(a.total_credentials == 2);
  CHECK(a.cred_protect == 2);
  CHECK(a.public_key->as<CborMap>()->need<std::int64_t>(3).value() == kEs256);
  const auto b = Filled::read(client.manage(client.management(Do::kEnumerateCredentialsNext), {}, with));
  CHECK(b.credential_id == filled.b);
  CHECK(client.manage(client.management(Do::kEnumerateCredentialsNext), {}, with).status ==
        Status::kNotAllowed);
}

TEST_CASE("an empty token has no credentials to list") {
  Client client({}, true);
  const Bytes token = client.get_token(kPin, kCredentialManagement, "");
  CHECK(client.manage(client.management(Do::kEnumerateRpsBegin), token).status == Status::kNoCredentials);
  auto request = client.management(Do::kEnumerateCredentialsBegin);
  request.rp_id_hash = Bytes(32);
  CHECK(client.manage(request, token).status == Status::kNoCredentials);
  CHECK(Filled::read(client.manage(client.management(Do::kGetCredsMetadata), token)).existing == 0);
  const Bytes bound = client.get_token(kPin, kCredentialManagement, "ssh:none");
  request.rp_id_hash = to_bytes(sha256({as_bytes("ssh:none")}));
  CHECK(client.manage(request, bound).status == Status::kNoCredentials);
}

TEST_CASE("who may manage") {
  Filled filled;
  Client& client = filled.client;
  const std::vector<ManagementRequest> requests{
      client.management(Do::kGetCredsMetadata), client.management(Do::kEnumerateRpsBegin),
      filled.of_rp(Do::kEnumerateCredentialsBegin, "ssh:one"), filled.of(Do::kDeleteCredential, filled.a)};
  for (const auto& request : requests) {
    CHECK(client.manage(request, {}).status == Status::kPuatRequired);
    CHECK(client.manage(request, Bytes(32, 1)).status == Status::kPinAuthInvalid);
    CHECK(client.manage(request, client.get_token(kPin, kMakeCredential, "ssh:one")).status ==
          Status::kPinAuthInvalid);
    CHECK(client.manage(request, client.get_token(kPin, kCredentialManagement, "ssh:two")).status ==
          Status::kPinAuthInvalid);
  }
  CHECK(client.token().state().residents.size() == 3);
  const Bytes bound = client.get_token(kPin, kCredentialManagement, "ssh:one");
  CHECK(client.manage(filled.of_rp(Do::kEnumerateCredentialsBegin, "ssh:one"), bound).status == Status::kOk);
  CHECK(client.manage(client.management(Do::kGetCredsMetadata), bound).status == Status::kPinAuthInvalid);
  CHECK(client.manage(filled.of(Do::kDeleteCredential, filled.c), bound).status == Status::kPinAuthInvalid);
  CHECK(client.manage(filled.of(Do::kDeleteCredential, filled.a), bound).status == Status::kOk);
}

TEST_CASE("the parameters are part of what is proved") {
  Filled filled;
  Client& client = filled.client;
  auto request = filled.of(Do::kDeleteCredential, filled.a);
  request.encode(Command::kCredentialManagement);
  request.auth = client.sign(client.get_token(kPin, kCredentialManagement, ""), request.authenticated());
  request.credential_id = filled.b;
  CHECK(client.send(request.encode(Command::kCredentialManagement)).status == Status::kPinAuthInvalid);
  CHECK(client.token().state().residents.size() == 3);
}

TEST_CASE("deleting and updating, stored at once") {
  Filled filled;
  Client& client = filled.client;
  const Bytes token = client.get_token(kPin, kCredentialManagement, "");
  CHECK(client.manage(client.management(Do::kDeleteCredential), token).status == Status::kMissingParameter);
  CHECK(client.manage(filled.of(Do::kDeleteCredential, Bytes(32)), token).status == Status::kNoCredentials);
  CHECK(client.manage(filled.of(Do::kDeleteCredential, filled.a), token).status == Status::kOk);
  CHECK(client.manage(filled.of(Do::kDeleteCredential, filled.a), token).status == Status::kNoCredentials);

  auto update = filled.of(Do::kUpdateUserInformation, filled.b);
  CHECK(client.manage(update, token).status == Status::kMissingParameter);
  update.user = User{to_bytes("x"), "other", std::nullopt};
  CHECK(client.manage(update, token).status == Status::kInvalidParameter);
  update.user = User{to_bytes("b"), "", "Berta"};
  CHECK(client.manage(update, token, Command::kCredentialManagementPreview).status ==
        Status::kInvalidSubcommand);
  CHECK(client.manage(update, token).status == Status::kOk);
  client.power_cycle();
  CHECK(client.token().state().residents.size() == 2);
  CHECK(client.token().state().residents.at(0).user.display_name == "Berta");
  CHECK_FALSE(client.token().state().residents.at(0).user.name);
}

TEST_CASE("a CTAP 2.0 token has the preview command, and its PIN token opens it") {
  Settings settings;
  settings.ctap = CtapVersion::k20;
  Filled filled(settings, 1);
  Client& client = filled.client;
  const Bytes token = client.get_token(kPin, 0);
  const auto request = client.management(Do::kGetCredsMetadata);
  CHECK(client.manage(request, token, Command::kCredentialManagement).status == Status::kInvalidCommand);
  CHECK(Filled::read(client.manage(request, token, Command::kCredentialManagementPreview)).existing == 3);
}

TEST_CASE("tokens with one of the two commands say so") {
  struct Row {
    bool Misbehaviour::*missing;
    Command gone;
    Command there;
    const char* option;
    const char* other;
  };
  const auto row =
      GENERATE(values<Row>({{&Misbehaviour::cred_mgmt_only_0a, Command::kCredentialManagementPreview,
                             Command::kCredentialManagement, "credentialMgmtPreview", "credMgmt"},
                            {&Misbehaviour::cred_mgmt_only_41, Command::kCredentialManagement,
                             Command::kCredentialManagementPreview, "credMgmt", "credentialMgmtPreview"}}));
  Settings settings;
  settings.misbehaviour.*row.missing = true;
  Client client(settings, true);
  const auto options = client.send(Command::kGetInfo).map().need<CborMap>(4).value();
  CHECK_FALSE(options.find(row.option));
  CHECK(options.need<bool>(row.other).value());
  const Bytes token = client.get_token(kPin, kCredentialManagement, "");
  CHECK(client.manage(client.management(Do::kGetCredsMetadata), token, row.gone).status ==
        Status::kInvalidCommand);
  CHECK(client.manage(client.management(Do::kGetCredsMetadata), token, row.there).status == Status::kOk);
}
