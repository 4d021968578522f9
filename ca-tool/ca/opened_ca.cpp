#include "ca/opened_ca.hpp"

#include <algorithm>
#include <filesystem>

#include "base/codec.hpp"
#include "base/log.hpp"
#include "ca/key_signers.hpp"
#include "io/files.hpp"
#include "io/process.hpp"
#include "io/unix_socket.hpp"

namespace halligan::ca {
namespace {

constexpr const char* kPurpose = "to sign the certificate";
constexpr std::chrono::minutes kPassphraseWait{3};
constexpr std::size_t kLargestLibrary = 64 * 1024 * 1024;

Result<> check_options(const AuthorityOptions& authority, const TokenOptions& token) {
  const char* needs_file = authority.agent ? "-U" : !authority.provider.empty() ? "--provider" : nullptr;
  if (needs_file == nullptr) return {};
  if (authority.agent && !authority.provider.empty()) {
    return fail(Code::kUsage, "-U and --provider exclude each other: the agent knows the library of its key");
  }
  if (authority.file.empty()) {
    return fail(Code::kUsage, std::string(needs_file) + " needs --ca FILE",
                authority.agent ? "name the CA's public key file" : "name the CA's handle file");
  }
  if (!token.device.empty() || token.pin_fd) {
    return fail(Code::kUsage,
                std::string("--device and --pin-fd have no effect with ") + needs_file +
                    ": the agent asks for the PIN through SSH_ASKPASS",
                "omit them");
  }
  return {};
}

// Before the token is asked for anything.
Result<> check_hash(const std::string& hash, const ssh::PublicKey& key) {
  if (hash.empty() || key.type() == ssh::KeyType::kRsa) return {};
  return fail(Code::kUsage, "--rsa-hash is for RSA, and the CA's key is " + std::string(key.label()),
              "omit it");
}

Result<OpenedCa> in_running_agent(const ssh::PublicKey& key) {
  const std::string socket = io::agent_socket();
  HALLIGAN_TRY(auto signer, AgentSigner::find(socket, key));
  signer->announce_touch({});
  const std::string place = "in the ssh-agent at " + printable(socket) + signer->whose();
  return OpenedCa{.place = place, .signer = std::move(signer)};
}

// ssh-add writes to stderr, and asks at the terminal or through askpass. If we are killed, it must not stay
// at the terminal: on SIGTERM it turns the echo on again.
Result<> add_to(const io::PrivateAgent& agent, std::vector<std::string> arguments, const std::string& file) {
  io::Command command{
      {"setpriv", "--pdeathsig", "TERM", "env", "SSH_AUTH_SOCK=" + agent.socket(), "ssh-add", "-q"}};
  std::move(arguments.begin(), arguments.end(), std::back_inserter(command.argv));
  command.argv.insert(command.argv.end(), {"--", file});
  command.in = io::Terminal{};
  command.err = io::Inherited{};
  command.timeout = kPassphraseWait;
  HALLIGAN_TRY(const auto done, io::run(command));
  if (done.exit_code == 0) return {};
  return fail(Code::kNeedsPerson, "ssh-add did not load " + printable(file),
              "type the passphrase at the terminal, or set SSH_ASKPASS and SSH_ASKPASS_REQUIRE=force");
}

Result<OpenedCa> in_private_agent(const std::string& file, const ssh::PublicKey& key,
                                  const std::string& providers, std::vector<std::string> arguments) {
  HALLIGAN_TRY(auto agent, io::PrivateAgent::start(providers));
  HALLIGAN_CHECK(io::UnixSocket::connect(agent.socket()));  // ssh-add does not look whose it is
  HALLIGAN_CHECK(add_to(agent, std::move(arguments), file));
  HALLIGAN_TRY(auto signer, AgentSigner::find(agent.socket(), key));
  signer->announce_touch(
      "touch the token and give its PIN through SSH_ASKPASS; if that fails, check that the "
      "library finds the token and fits this version of OpenSSH");
  return OpenedCa{.agent = std::move(agent), .signer = std::move(signer)};
}

}  // namespace

Result<std::string> provider_library(const std::string& path) {
  std::error_code error;
  const std::string whole = std::filesystem::canonical(path, error).string();
  if (error) return fail(errno_error(Code::kNotFound, "--provider " + path, error.value()));
  HALLIGAN_TRY(const Bytes bytes, io::read_file(whole, kLargestLibrary).in("--provider"));
  if (as_text(bytes).find("sk_api_version") == std::string_view::npos) {
    return fail(Code::kBadInput, path + " is not a SecurityKeyProvider: it lacks sk_api_version",
                "name the library that you give to ssh-keygen -w");
  }
  return whole;
}

namespace {

Result<OpenedCa> through_library(const AuthorityOptions& authority, const ssh::AnyKey& key) {
  const auto* handle = std::get_if<ssh::SkHandle>(&key);
  const auto* encrypted = std::get_if<ssh::EncryptedKey>(&key);
  if (handle == nullptr && !(encrypted != nullptr && encrypted->key.is_sk())) {
    return fail(Code::kUsage, "--provider needs a key on a token, and " + authority.file + " is not one");
  }
  HALLIGAN_TRY(const std::string library, provider_library(authority.provider));
  // The agent splits its list of patterns at commas.
  std::string pattern = library;
  std::replace(pattern.begin(), pattern.end(), ',', '?');
  HALLIGAN_TRY(OpenedCa ca, in_private_agent(authority.file, handle != nullptr ? handle->key : encrypted->key,
                                             pattern, {"-S", library}));
  ca.place = "on a token, through " + printable(library);
  return ca;
}

// A policy with verify_required has each signature made with the PIN, even by a key that does not require it.
Result<OpenedCa> on_token(const CaSelection& selection, std::optional<ssh::SkHandle> handle,
                          const FindPolicy& find_policy) {
  OpenedCa ca;
  Policy policy;
  // What will be refused is refused before a token is waited for.
  if (handle) {
    HALLIGAN_TRY(policy, find_policy(handle->key));
  }
  HALLIGAN_TRY(ca.access, TokenAccess::open(selection.token, kPurpose));
  ca.place = "on a token";
  if (!handle) {
    const AuthorityOptions& authority = selection.authority;
    HALLIGAN_TRY(auto found,
                 find_authority(ca.access->session(), authority.application_or_default(), authority.user));
    handle = std::move(found.handle);
    ca.binding = {BindingSource::kToken, found.bound_policy};
    HALLIGAN_TRY(policy, find_policy(handle->key));
  }
  if (policy.verify_required) handle->flags |= fido::kUserVerified;
  // The PIN is needed anyway, so the token may as well tell which policy it is bound to.
  if (ca.binding.source == BindingSource::kNone && (handle->flags & fido::kUserVerified) != 0) {
    HALLIGAN_TRY(const auto told, binding_on_token(ca.access->session(), *handle));
    ca.binding = told.value_or(Binding());
  }
  ca.signer = std::make_unique<TokenSigner>(*std::move(handle), ca.access->session());
  return ca;
}

Result<OpenedCa> in_our_memory(const std::string& file, ssh::PrivateKey key) {
  say("the CA key is stored unencrypted in " + printable(file) + "; anyone who copies it can act as the CA",
      "make a CA that cannot be copied: halligan ca init");
  return OpenedCa{.place = "in the file " + printable(file) + ", which can be copied",
                  .signer = std::make_unique<SoftwareSigner>(std::move(key))};
}

Result<OpenedCa> in_encrypted_file(const std::string& file, const ssh::PublicKey& key) {
  if (key.is_sk()) {
    return fail(Code::kBadInput, file + ": the handle is encrypted with a passphrase",
                "write it again from the token with halligan ca export, or use --provider");
  }
  HALLIGAN_TRY(OpenedCa ca, in_private_agent(file, key, {}, {}));
  ca.place = "in the file " + printable(file) + ", encrypted";
  return ca;
}

ssh::PublicKey public_half(const ssh::AnyKey& key) {
  return std::visit([](const auto& each) { return each.key; }, key);
}

Result<OpenedCa> find_ca(const CaSelection& selection, const FindPolicy& find_policy) {
  const AuthorityOptions& authority = selection.authority;
  if (authority.agent) {
    HALLIGAN_TRY(const auto key, read_authority_public_key(authority.file));
    HALLIGAN_CHECK(find_policy(key));
    return in_running_agent(key);
  }
  if (authority.file.empty()) return on_token(selection, std::nullopt, find_policy);
  HALLIGAN_TRY(auto key, read_authority_key(authority.file));
  if (auto* handle = std::get_if<ssh::SkHandle>(&key); handle != nullptr && authority.provider.empty())
    return on_token(selection, std::move(*handle), find_policy);
  HALLIGAN_CHECK(find_policy(public_half(key)));
  if (!authority.provider.empty()) return through_library(authority, key);
  if (auto* pair = std::get_if<ssh::PrivateKey>(&key); pair != nullptr) {
    return in_our_memory(authority.file, std::move(*pair));
  }
  return in_encrypted_file(authority.file, std::get<ssh::EncryptedKey>(key).key);
}

}  // namespace

Result<OpenedCa> open_ca(const CaSelection& selection, const FindPolicy& find) {
  HALLIGAN_CHECK(check_options(selection.authority, selection.token));
  const auto find_policy = [&](const ssh::PublicKey& key) -> Result<Policy> {
    HALLIGAN_CHECK(check_selected(selection, key));
    HALLIGAN_CHECK(check_hash(selection.authority.rsa_hash, key));
    HALLIGAN_TRY(Policy policy, find(key));
    HALLIGAN_CHECK(check_authority(policy, key));
    return policy;
  };
  HALLIGAN_TRY(auto ca, find_ca(selection, find_policy));
  if (selection.authority.rsa_hash == "sha256") ca.signer->use(ssh::SignatureAlgorithm::kRsaSha256);
  HALLIGAN_TRY(ca.notes, notes_beside(selection.authority.file, ca.signer->public_key()));
  if (ca.binding.source == BindingSource::kNone && ca.notes)
    ca.binding = {BindingSource::kFile, ca.notes->policy};
  return ca;
}

}  // namespace halligan::ca
