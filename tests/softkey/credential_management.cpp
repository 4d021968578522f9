// authenticatorCredentialManagement. @source CTAP 2.1, section 6.8
#include <algorithm>

#include "softkey/authenticator.hpp"

namespace halligan::softkey {
namespace {

/// An RSA key, which OpenSSH has no sk type for, or one of an algorithm that libfido2 has never heard of.
Cbor foreign_key(bool rsa) {
  if (rsa)
    return MapBuilder().add(1, 3).add(3, -257).add(-1, Bytes(256, 0xc5)).add(-2, Bytes{1, 0, 1}).build();
  return MapBuilder().add(1, 2).add(3, -36).add(-1, 3).add(-2, Bytes(66, 1)).add(-3, Bytes(66, 2)).build();
}

ManagementResponse foreign(bool rsa) {
  ManagementResponse entry;
  entry.user = User{Bytes(32, 0), "foreign", std::nullopt};
  entry.credential_id = Bytes(32, rsa ? std::uint8_t{0xf1} : std::uint8_t{0xf2});
  entry.public_key = foreign_key(rsa);
  entry.cred_protect = 1;
  return entry;
}

// They clear the screen, set its title, turn the line around, use an 8-bit control, begin a line of their
// own.
constexpr std::string_view kHostileRp = "ssh:\x1b[2J\x1b]0;title\x07";
constexpr std::string_view kHostileUserId = "\x1b[31mroot\n\xff";
constexpr std::string_view kHostileName = "\nApplication ssh:good\n";
constexpr std::string_view kHostileDisplay = "\xe2\x80\xaegnp\xc2\x9b 2J\r";
constexpr std::string_view kOverlong = "\xc0\xaf\xe0\x80\xaf";

ManagementResponse hostile(std::string_view user_name) {
  ManagementResponse entry;
  entry.user = User{to_bytes(kHostileUserId), std::string(user_name), std::string(kHostileDisplay)};
  entry.credential_id = Bytes(32, 0xf3);
  entry.public_key =
      MapBuilder().add(1, 1).add(3, -8).add(-1, 6).add(-2, Bytes(32, 0x42)).build();  // OKP, EdDSA, Ed25519
  entry.cred_protect = 1;
  return entry;
}

constexpr std::string_view kWithoutHash = "ssh:without-hash";

}  // namespace

std::vector<Authenticator::Listed> Authenticator::listing() const {
  std::vector<Listed> all;
  for (const Credential& each : state_.residents) {
    ManagementResponse entry;
    entry.user = each.user;
    entry.credential_id = each.id;
    entry.public_key = encode_public_key(each);
    if (!settings_.misbehaviour.no_cred_protect) entry.cred_protect = each.protection;
    all.push_back({each.rp_id, std::move(entry)});
  }
  if (settings_.misbehaviour.foreign_resident) all.push_back({"ssh:foreign", foreign(true)});
  if (settings_.misbehaviour.unknown_resident) all.push_back({"ssh:unknown", foreign(false)});
  if (settings_.misbehaviour.hostile_names) {
    all.push_back({std::string(kHostileRp), hostile(kHostileName)});
    all.push_back({"ssh:overlong", hostile(kOverlong)});
  }
  if (settings_.misbehaviour.broken_resident) {
    ManagementResponse entry = hostile("broken");
    entry.credential_id.reset();
    all.push_back({"ssh:without-id", entry});
    entry = hostile("broken");
    entry.public_key.reset();
    all.push_back({"ssh:without-key", entry});
    entry = hostile("broken");
    entry.cred_protect = 7;
    all.push_back({std::string(kWithoutHash), std::move(entry)});
  }
  return all;
}

/// @param rp_id the relying party that is touched; none for what concerns all of them
Outcome<> Authenticator::authorize(const ManagementRequest& request,
                                   const std::optional<std::string>& rp_id) {
  if (!verify_token(request.auth, request.authenticated()) || !puat_.allows(kCredentialManagement) ||
      (!puat_.rp_id().empty() && puat_.rp_id() != rp_id))
    return refuse(Status::kPinAuthInvalid);
  return {};
}

Authenticator::Answer Authenticator::manage(const ManagementRequest& request, bool preview) {
  trace_.subcommand = management_command_name(request.command);
  const auto command = static_cast<ManagementCommand>(request.command);
  if (command == ManagementCommand::kEnumerateRpsNext) return next_rp();
  if (command == ManagementCommand::kEnumerateCredentialsNext) return next_credential();
  forget_enumerations();

  const bool known = command == ManagementCommand::kGetCredsMetadata ||
                     command == ManagementCommand::kEnumerateRpsBegin ||
                     command == ManagementCommand::kEnumerateCredentialsBegin ||
                     command == ManagementCommand::kDeleteCredential ||
                     (command == ManagementCommand::kUpdateUserInformation && !preview);
  if (!known) return refuse(Status::kInvalidSubcommand);
  if (!request.auth.param) return refuse(Status::kPuatRequired);
  SOFTKEY_CHECK(check_protocol(request.auth));

  switch (command) {
    case ManagementCommand::kGetCredsMetadata: {
      SOFTKEY_CHECK(authorize(request, std::nullopt));
      return credentials_metadata();
    }
    case ManagementCommand::kEnumerateRpsBegin: {
      SOFTKEY_CHECK(authorize(request, std::nullopt));
      return enumerate_rps();
    }
    case ManagementCommand::kEnumerateCredentialsBegin:
      return enumerate_credentials(request);
    case ManagementCommand::kDeleteCredential:
      return delete_credential(request);
    default:
      return update_user(request);
  }
}

Authenticator::Answer Authenticator::credentials_metadata() const {
  const std::size_t used = std::min(state_.residents.size(), settings_.resident_limit);
  ManagementResponse response;
  response.existing = static_cast<std::int64_t>(listing().size());
  response.remaining = static_cast<std::int64_t>(settings_.resident_limit - used);
  return std::optional<Cbor>(response.encode());
}

Authenticator::Answer Authenticator::enumerate_rps() {
  std::vector<std::string> rp_ids;
  for (const Listed& each : listing())
    if (std::find(rp_ids.begin(), rp_ids.end(), each.rp_id) == rp_ids.end()) rp_ids.push_back(each.rp_id);
  if (rp_ids.empty()) return refuse(Status::kNoCredentials);
  for (auto rp_id = rp_ids.rbegin(); rp_id != rp_ids.rend(); ++rp_id) {
    ManagementResponse entry;
    entry.rp_id = settings_.misbehaviour.cut_applications ? rp_id->substr(0, 32) : *rp_id;
    const Digest hash = sha256({as_bytes(*rp_id)});
    if (*rp_id != kWithoutHash) entry.rp_id_hash = to_bytes(hash);
    next_rps_.push_back(std::move(entry));
  }
  next_rps_.back().total_rps = static_cast<std::int64_t>(rp_ids.size());
  return next_rp();
}

Authenticator::Answer Authenticator::next_rp() {
  if (next_rps_.empty()) return refuse(Status::kNotAllowed);
  const ManagementResponse entry = std::move(next_rps_.back());
  next_rps_.pop_back();
  trace_.rp_id = *entry.rp_id;
  return std::optional<Cbor>(entry.encode());
}

Authenticator::Answer Authenticator::enumerate_credentials(const ManagementRequest& request) {
  if (!request.rp_id_hash) return refuse(Status::kMissingParameter);
  // The token's relying party may be one that holds nothing here: that is "no credentials", not a wrong
  // token.
  std::optional<std::string> rp_id;
  if (same(*request.rp_id_hash, sha256({as_bytes(puat_.rp_id())}))) rp_id = puat_.rp_id();
  auto all = listing();
  for (auto each = all.rbegin(); each != all.rend(); ++each) {
    if (!same(*request.rp_id_hash, sha256({as_bytes(each->rp_id)}))) continue;
    rp_id = each->rp_id;
    next_credentials_.push_back(std::move(each->entry));
  }
  if (const auto allowed = authorize(request, rp_id); !allowed) {
    next_credentials_.clear();
    return refuse(allowed.error());
  }
  if (next_credentials_.empty()) return refuse(Status::kNoCredentials);
  trace_.rp_id = *rp_id;
  next_credentials_.back().total_credentials = static_cast<std::int64_t>(next_credentials_.size());
  return next_credential();
}

Authenticator::Answer Authenticator::next_credential() {
  if (next_credentials_.empty()) return refuse(Status::kNotAllowed);
  const ManagementResponse entry = std::move(next_credentials_.back());
  next_credentials_.pop_back();
  return std::optional<Cbor>(entry.encode());
}

/// The resident credential that a request names, if its token may touch it.
Outcome<Credential*> Authenticator::resident(const ManagementRequest& request) {
  if (!request.credential_id) return refuse(Status::kMissingParameter);
  const auto found = std::find_if(state_.residents.begin(), state_.residents.end(),
                                  [&](const Credential& each) { return each.id == *request.credential_id; });
  const bool exists = found != state_.residents.end();
  SOFTKEY_CHECK(authorize(request, exists ? std::optional<std::string>(found->rp_id) : std::nullopt));
  if (!exists) return refuse(Status::kNoCredentials);
  trace_.rp_id = found->rp_id;
  return &*found;
}

Authenticator::Answer Authenticator::delete_credential(const ManagementRequest& request) {
  SOFTKEY_TRY(Credential* const found, resident(request));
  state_.residents.erase(state_.residents.begin() + (found - state_.residents.data()));
  SOFTKEY_CHECK(persist());
  return std::optional<Cbor>();
}

void Authenticator::cut_names(User& user) const {
  constexpr std::size_t kKept = 32;
  if (settings_.misbehaviour.cut_names && user.display_name && user.display_name->size() > kKept)
    user.display_name->resize(kKept);
}

Authenticator::Answer Authenticator::update_user(const ManagementRequest& request) {
  if (!request.user) return refuse(Status::kMissingParameter);
  SOFTKEY_TRY(Credential* const found, resident(request));
  if (found->user.id != request.user->id) return refuse(Status::kInvalidParameter);
  const auto given = [](const std::optional<std::string>& text) {
    return text && !text->empty() ? text : std::optional<std::string>();  // an empty text removes the member
  };
  found->user.name = given(request.user->name);
  found->user.display_name = given(request.user->display_name);
  cut_names(found->user);
  SOFTKEY_CHECK(persist());
  return std::optional<Cbor>();
}

}  // namespace halligan::softkey
