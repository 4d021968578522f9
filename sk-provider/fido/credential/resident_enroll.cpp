#include "fido/credential/resident_enroll.hpp"

#include <array>

#include "ctap/auth_data.hpp"
#include "ctap/digest.hpp"
#include "fido/failure.hpp"
#include "fido/key_material.hpp"

namespace halligan::fido {
namespace {

constexpr const char* kLooking = "look for an existing resident key";
constexpr const char* kMaking = "make a key";
// More resident keys of one application than any token stores.
constexpr std::int64_t kMostUsers = 4096;

KeyUser user_of(const ctap::Value& assertion) {
  const ctap::Value user = assertion.find(4);
  return {user.find("id").bytes().value_or(Bytes()), user.find("displayName").text().value_or(""), {}};
}

void tell_counter(const ctap::Value& assertion, const std::function<void(std::uint32_t)>& counted) {
  const auto counter = ctap::counter_of(assertion.find(2).bytes().value_or(Bytes()));
  if (counted && counter.value_or(0) != 0) counted(*counter);
}

}  // namespace

Result<ResidentEnroll> ResidentEnroll::begin(CtapClient& client, const Context& context,
                                             const std::string& application) {
  const Permission looking =
      CredentialManagement::is_announced(client.device()) ? kManageCredentials : kGetAssertion;
  HALLIGAN_TRY(auto token,
               client.pin_uv_auth_token(context, static_cast<std::uint8_t>(kMakeCredential | looking),
                                        application, kMaking));
  return ResidentEnroll(client, std::move(token), application);
}

Result<std::vector<KeyUser>> ResidentEnroll::listed() {
  HALLIGAN_TRY(const auto keys,
               management_.keys_of({application_, ctap::sha256(as_bytes(application_)), false}));
  std::vector<KeyUser> users;
  for (const ResidentKey& key : keys) {
    users.push_back({key.user_id, key.display_name, key.algorithm ? fingerprint(key) : std::string()});
  }
  return users;
}

// CTAP 2.1, 6.2: without an allow list there is an assertion for each resident key; without a touch it proves
// nothing, so the challenge does not matter.
Result<std::vector<KeyUser>> ResidentEnroll::users(const std::function<void(std::uint32_t)>& counted) {
  if (CredentialManagement::is_announced(client_.device())) return listed();
  const ctap::PinUvAuthToken& token = management_.token();
  static constexpr std::array<std::uint8_t, 32> kNoChallenge{};
  ctap::Writer request;
  request.map(5).integer(1).text(application_).integer(2).bytes(kNoChallenge);
  request.integer(5).map(1).text("up").boolean(false);
  request.integer(6).bytes(token.authenticate(kNoChallenge)).integer(7).integer(token.version());
  HALLIGAN_TRY(auto first, client_.ask(CtapClient::kAssert, request.written(), kLooking));
  std::vector<KeyUser> users;
  if (first.status == FIDO_ERR_NO_CREDENTIALS) return users;
  if (first.status != FIDO_OK || !first.value) return fail(client_.device().failure(first.status, kLooking));
  users.push_back(user_of(first.value));
  tell_counter(first.value, counted);
  const std::int64_t count = std::min(first.value.find(5).integer().value_or(1), kMostUsers);
  while (static_cast<std::int64_t>(users.size()) < count) {
    HALLIGAN_TRY(const ctap::Value next, client_.need(CtapClient::kNextAssertion, {}, kLooking));
    users.push_back(user_of(next));
    tell_counter(next, counted);
  }
  return users;
}

Result<> ResidentEnroll::make(fido_cred_t* cred, ByteView user, const std::string& name,
                              const std::string& display_name, int protection) {
  const ctap::PinUvAuthToken& token = management_.token();
  const ByteView challenge{fido_cred_clientdata_hash_ptr(cred), fido_cred_clientdata_hash_len(cred)};
  ctap::Writer request;
  request.map(8).integer(1).bytes(challenge);
  request.integer(2).map(1).text("id").text(application_);
  request.integer(3)
      .map(3)
      .text("id")
      .bytes(user)
      .text("name")
      .text(name)
      .text("displayName")
      .text(display_name);
  request.integer(4)
      .array(1)
      .map(2)
      .text("alg")
      .integer(fido_cred_type(cred))
      .text("type")
      .text("public-key");
  request.integer(6).map(1).text("credProtect").integer(protection);
  request.integer(7).map(1).text("rk").boolean(true);
  request.integer(8).bytes(token.authenticate(challenge)).integer(9).integer(token.version());
  HALLIGAN_TRY(const ctap::Value answer,
               client_.need(CtapClient::kMake, request.written(), kMaking, CtapClient::Waits::kForPerson));
  const std::string format = answer.find(1).text().value_or("");
  const Bytes auth_data = answer.find(2).encoded();
  const Bytes statement = answer.find(3).encoded();
  int status = fido_cred_set_fmt(cred, format.c_str());
  if (status == FIDO_OK) status = fido_cred_set_authdata(cred, auth_data.data(), auth_data.size());
  if (status == FIDO_OK && format != "none")
    status = fido_cred_set_attstmt(cred, statement.data(), statement.size());
  if (status == FIDO_OK) return {};
  return fail(Code::kUnreachable,
              "the token at " + client_.device().name() +
                  " returned a credential that cannot be parsed: " + status_words(status),
              "do not trust this token");
}

}  // namespace halligan::fido
