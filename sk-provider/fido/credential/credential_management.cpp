#include "fido/credential/credential_management.hpp"

#include <fido.h>

#include <algorithm>

namespace halligan::fido {
namespace {

constexpr const char* kListing = "list resident keys";
constexpr const char* kCounting = "count the resident keys";
// More than any token holds; a token that claims more would be asked for ever.
constexpr std::int64_t kMost = 4096;

// Keys of the request and of the answers (CTAP 2.1, 6.8).
constexpr int kManageSubcommand = 0x01;
constexpr int kManageParameters = 0x02;
constexpr int kManageProtocol = 0x03;
constexpr int kManageProof = 0x04;
constexpr int kHashParameter = 0x01;
constexpr int kIdParameter = 0x02;
constexpr int kUserParameter = 0x03;
constexpr int kExistingAnswer = 0x01;
constexpr int kRemainingAnswer = 0x02;
constexpr int kRpAnswer = 0x03;
constexpr int kHashAnswer = 0x04;
constexpr int kRpTotalAnswer = 0x05;
constexpr int kUserAnswer = 0x06;
constexpr int kIdAnswer = 0x07;
constexpr int kPublicKeyAnswer = 0x08;
constexpr int kTotalAnswer = 0x09;
constexpr int kProtectionAnswer = 0x0a;

std::string text_or_empty(const std::optional<ctap::Value>& value) {
  if (!value) return {};
  if (auto text = value->text()) return *std::move(text);
  return std::string(as_text(value->bytes().value_or(Bytes())));
}

Bytes bytes_or_empty(const std::optional<ctap::Value>& value) {
  return value ? value->bytes().value_or(Bytes()) : Bytes();
}

// RFC 8152, 13: kty 2 (EC2) with crv 1 (P-256), or kty 1 (OKP) with crv 6 (Ed25519).
Bytes public_key_of_cose(const ctap::Value& key) {
  const auto number = [&key](int label) {
    const auto value = key.find(label);
    return value ? value->integer() : std::nullopt;
  };
  const Bytes x = bytes_or_empty(key.find(-2));
  if (x.size() != 32) return {};
  if (number(1) == 1 && number(-1) == 6) return x;
  const Bytes y = bytes_or_empty(key.find(-3));
  if (number(1) != 2 || number(-1) != 1 || y.size() != 32) return {};
  Bytes point{0x04};
  append(point, x);
  append(point, y);
  return point;
}

// PublicKeyCredentialDescriptor (WebAuthn, 5.8.3)
Bytes descriptor_of(const Bytes& id) {
  ctap::Writer descriptor;
  descriptor.map(2).text("id").bytes(id).text("type").text("public-key");
  return descriptor.written();
}

Failure incomplete(const Device& device) {
  return fail(Code::kUnreachable,
              "list resident keys: the token at " + device.name() + " answered incompletely",
              "take it out, put it back in and try again");
}

Result<StoredApplication> application_of(const ctap::Value& answer, const Device& device) {
  StoredApplication application;
  application.id = text_or_empty(ctap::find(answer.find(kRpAnswer), "id"));
  const Bytes hash = bytes_or_empty(answer.find(kHashAnswer));
  if (hash.size() != application.hash.size()) return incomplete(device);
  std::copy(hash.begin(), hash.end(), application.hash.begin());
  return application;
}

Result<StoredCredential> credential_of(const ctap::Value& answer, const Device& device) {
  StoredCredential credential;
  const auto user = answer.find(kUserAnswer);
  credential.user_id = bytes_or_empty(ctap::find(user, "id"));
  credential.user_name = text_or_empty(ctap::find(user, "name"));
  credential.display_name = text_or_empty(ctap::find(user, "displayName"));
  credential.id = bytes_or_empty(ctap::find(answer.find(kIdAnswer), "id"));
  const auto key = answer.find(kPublicKeyAnswer);
  if (credential.id.empty() || !key) return incomplete(device);
  const auto algorithm = key->find(3);
  credential.cose_algorithm = algorithm ? algorithm->integer().value_or(0) : 0;
  credential.public_key = public_key_of_cose(*key);
  const auto protection = answer.find(kProtectionAnswer);
  const auto level = protection ? protection->integer().value_or(0) : 0;
  if (level < 0 || level > 3) return incomplete(device);
  credential.protection = static_cast<int>(level);
  return credential;
}

}  // namespace

bool CredentialManagement::possible(const Device& device) {
  return device.is_ctap2() &&
         (device.info().option("credMgmt") || device.info().option("credentialMgmtPreview"));
}

CredentialManagement::CredentialManagement(CtapClient& client, const ctap::UserProof& proof)
    : client_(client),
      proof_(proof),
      command_(client.device().info().option("credMgmt") ? CtapClient::kManage : CtapClient::kManagePreview) {
}

Result<CtapClient::Reply> CredentialManagement::prove(Subcommand subcommand, const Bytes& parameters,
                                                      std::string_view doing) {
  Bytes proven{subcommand};
  append(proven, parameters);
  ctap::Writer request;
  request.map(parameters.empty() ? 3 : 4).integer(kManageSubcommand).integer(subcommand);
  if (!parameters.empty()) request.integer(kManageParameters).item(parameters);
  request.integer(kManageProtocol).integer(proof_.version());
  request.integer(kManageProof).bytes(proof_.authenticate(proven));
  return client_.ask(command_, request.written(), doing);
}

Result<std::optional<ctap::Value>> CredentialManagement::begin(Subcommand subcommand, const Bytes& parameters,
                                                               std::string_view doing) {
  HALLIGAN_TRY(auto reply, prove(subcommand, parameters, doing));
  if (reply.status == FIDO_ERR_NO_CREDENTIALS) return std::nullopt;
  if (reply.status != FIDO_OK) return fail(client_.device().failure(reply.status, doing));
  return std::move(reply.value);
}

Result<> CredentialManagement::change(Subcommand subcommand, const Bytes& parameters,
                                      std::string_view doing) {
  HALLIGAN_TRY(const auto reply, prove(subcommand, parameters, doing));
  if (reply.status != FIDO_OK) return fail(client_.device().failure(reply.status, doing));
  return {};
}

Result<ctap::Value> CredentialManagement::next(Subcommand subcommand, std::string_view doing) {
  ctap::Writer request;
  request.map(1).integer(kManageSubcommand).integer(subcommand);
  return client_.need(command_, request.written(), doing);
}

Result<std::size_t> CredentialManagement::total(const ctap::Value& first, int key,
                                                std::string_view doing) const {
  const auto value = first.find(key);
  const auto count = value ? value->integer() : std::nullopt;
  if (!count || *count < 0) return incomplete(client_.device());
  if (*count > kMost) {
    return fail(Code::kUnreachable,
                std::string(doing) + ": the token at " + client_.device().name() + " claims to have " +
                    std::to_string(*count) + " of them",
                "do not trust this token");
  }
  return static_cast<std::size_t>(*count);
}

Result<StoredCount> CredentialManagement::count() {
  HALLIGAN_TRY(const auto reply, prove(kCount, {}, kCounting));
  if (reply.status != FIDO_OK) return fail(client_.device().failure(reply.status, kCounting));
  const auto number = [&](int key) {
    const auto value = reply.value ? reply.value->find(key) : std::nullopt;
    return value ? value->integer() : std::nullopt;
  };
  const auto existing = number(kExistingAnswer);
  const auto remaining = number(kRemainingAnswer);
  if (!existing || !remaining || *existing < 0 || *remaining < 0) return incomplete(client_.device());
  return StoredCount{static_cast<std::uint64_t>(*existing), static_cast<std::uint64_t>(*remaining)};
}

Result<> CredentialManagement::rename(const StoredCredential& credential) {
  const bool has_name = !credential.user_name.empty();
  const bool has_display_name = !credential.display_name.empty();
  ctap::Writer parameters;
  parameters.map(2).integer(kIdParameter).item(descriptor_of(credential.id)).integer(kUserParameter);
  parameters.map(1 + (has_name ? 1 : 0) + (has_display_name ? 1 : 0));
  parameters.text("id").bytes(credential.user_id);
  if (has_name) parameters.text("name").text(credential.user_name);
  if (has_display_name) parameters.text("displayName").text(credential.display_name);
  return change(kRename, parameters.written(), "rename the key");
}

Result<> CredentialManagement::remove(const Bytes& id) {
  ctap::Writer parameters;
  parameters.map(1).integer(kIdParameter).item(descriptor_of(id));
  return change(kRemove, parameters.written(), "delete the key");
}

Result<std::vector<StoredApplication>> CredentialManagement::applications() {
  std::vector<StoredApplication> applications;
  HALLIGAN_TRY(const auto first, begin(kFirstApplication, {}, kListing));
  if (!first) return applications;
  HALLIGAN_TRY(const std::size_t count, total(*first, kRpTotalAnswer, kListing));
  // CTAP 2.1, 6.8.3 wants an empty token to say so by its status; some say "0 of them".
  if (count == 0) return applications;
  HALLIGAN_TRY(auto application, application_of(*first, client_.device()));
  applications.push_back(std::move(application));
  while (applications.size() < count) {
    HALLIGAN_TRY(const ctap::Value answer, next(kNextApplication, kListing));
    HALLIGAN_TRY(auto another, application_of(answer, client_.device()));
    applications.push_back(std::move(another));
  }
  return applications;
}

Result<std::vector<StoredCredential>> CredentialManagement::credentials(
    const std::array<std::uint8_t, 32>& application_hash) {
  std::vector<StoredCredential> credentials;
  ctap::Writer parameters;
  parameters.map(1).integer(kHashParameter).bytes(application_hash);
  HALLIGAN_TRY(const auto first, begin(kFirstCredential, parameters.written(), kListing));
  if (!first) return credentials;
  HALLIGAN_TRY(const std::size_t count, total(*first, kTotalAnswer, kListing));
  if (count == 0) return credentials;
  HALLIGAN_TRY(auto credential, credential_of(*first, client_.device()));
  credentials.push_back(std::move(credential));
  while (credentials.size() < count) {
    HALLIGAN_TRY(const ctap::Value answer, next(kNextCredential, kListing));
    HALLIGAN_TRY(auto another, credential_of(answer, client_.device()));
    credentials.push_back(std::move(another));
  }
  return credentials;
}

}  // namespace halligan::fido
