#include "ca/key_signers.hpp"

#include "base/codec.hpp"
#include "base/log.hpp"
#include "crypto/digest.hpp"
#include "crypto/sshsig.hpp"
#include "io/process.hpp"

namespace halligan::ca {
namespace {

constexpr std::chrono::seconds kListWait{10};
constexpr std::chrono::seconds kAnswerWait{180};  // the agent may ask for a PIN, a touch, a confirmation

struct OpenAgent {
  io::UnixSocket connection;
  std::vector<ssh::AgentKey> keys;
};

Result<OpenAgent> open_agent(const std::string& socket) {
  constexpr const char* kStart = "start one: eval $(ssh-agent)";
  if (socket.empty()) return fail(Code::kUnreachable, "no ssh-agent: SSH_AUTH_SOCK is not set", kStart);
  HALLIGAN_TRY(
      auto connection,
      io::UnixSocket::connect(socket, io::Peer::kAnybody).in("no ssh-agent at SSH_AUTH_SOCK").hint(kStart));
  HALLIGAN_TRY(const Bytes answer,
               connection.ask(ssh::agent_frame(ssh::agent_list_request()), ssh::kMaxAgentMessage, kListWait));
  HALLIGAN_TRY(auto keys, ssh::parse_agent_list(answer));
  return OpenAgent{std::move(connection), std::move(keys)};
}

ssh::Signature from_token(const fido::Signature& answer, fido::Algorithm algorithm) {
  ssh::Signature signature;
  signature.flags = answer.flags;
  signature.counter = answer.counter;
  if (algorithm == fido::Algorithm::kEcdsa) {
    signature.algorithm = ssh::SignatureAlgorithm::kSkEcdsa;
    signature.r = answer.signature;
    signature.s = answer.signature_s;
  } else {
    signature.algorithm = ssh::SignatureAlgorithm::kSkEd25519;
    signature.raw = answer.signature;
  }
  return signature;
}

Result<fido::Algorithm> token_algorithm(const ssh::PublicKey& key) {
  if (key.type() == ssh::KeyType::kSkEcdsa) return fido::Algorithm::kEcdsa;
  if (key.type() == ssh::KeyType::kSkEd25519) return fido::Algorithm::kEd25519;
  return fail(Code::kBadInput, std::string(key.name()) + " is not a key on a token");
}

}  // namespace

Result<ssh::Signature> TokenSigner::sign(ByteView message) {
  fido::SignRequest request;
  HALLIGAN_TRY(request.algorithm, token_algorithm(handle_.key));
  request.message = message;
  request.application = handle_.key.application();
  request.key_handle = handle_.key_handle;
  request.touch = true;
  request.verify = (handle_.flags & fido::kUserVerified) != 0;
  HALLIGAN_TRY(fido::Assertion answer, session_.run([&](const fido::Context& context) {
    fido::Signing signing = fido::sign(context, request);
    for (const fido::Signature& search : signing.searches)
      searches_.push_back(from_token(search, request.algorithm));
    discarded_ = signing.discarded;
    return std::move(signing.assertion);
  }));
  return from_token(answer, request.algorithm);
}

Result<ssh::Signature> SoftwareSigner::sign(ByteView message) {
  {
    // Not std::call_once(): with the C library's, running out of memory inside it ends the process.
    const std::lock_guard lock(mutex_);
    if (!ready_) ready_ = crypto::SigningKey::make(key_);
  }
  if (!*ready_) return fail(ready_->error());
  return (*ready_)->sign(message, algorithm());
}

Result<crypto::Verified> SoftwareSigner::verify(const ssh::Certificate& certificate,
                                                crypto::Verifier& verifier) const {
  const bool own = ready_ && *ready_ && certificate.body.ca == key_.key;
  const auto found =
      own ? (*ready_)->verify_own(ssh::to_be_signed(certificate.body), certificate.signature) : std::nullopt;
  if (!found) return Signer::verify(certificate, verifier);
  HALLIGAN_CHECK(*found);
  return crypto::Verified{};
}

Result<std::unique_ptr<AgentSigner>> AgentSigner::find(const std::string& socket, const std::string& name) {
  HALLIGAN_TRY(auto agent, open_agent(socket));
  const ssh::AgentKey* found = nullptr;
  for (const ssh::AgentKey& each : agent.keys) {
    if (each.comment != name && crypto::fingerprint(each.key) != name) continue;
    if (found != nullptr && found->key != each.key) {
      return fail(Code::kBadInput, "ssh-agent holds several keys named " + printable(name),
                  "give the fingerprint: ssh-add -l");
    }
    found = &each;
  }
  if (found == nullptr) {
    return fail(Code::kNotFound, "ssh-agent does not hold the key " + printable(name),
                "list its keys: ssh-add -l");
  }
  return std::make_unique<AgentSigner>(std::move(agent.connection), found->key);
}

Result<std::unique_ptr<AgentSigner>> AgentSigner::find(const std::string& socket, const ssh::PublicKey& key) {
  HALLIGAN_TRY(auto agent, open_agent(socket));
  for (const ssh::AgentKey& each : agent.keys) {
    if (each.key == key) return std::make_unique<AgentSigner>(std::move(agent.connection), key);
  }
  // A locked agent reports no keys.
  const bool none = agent.keys.empty();
  return fail(
      Code::kNotFound,
      "ssh-agent does not hold the key " + crypto::fingerprint(key) +
          (none ? ": it is empty, or locked" : ""),
      none ? "add the key with ssh-add, or unlock the agent with ssh-add -X" : "add the key with ssh-add");
}

Result<ssh::Signature> AgentSigner::sign(ByteView message) {
  if (announces_ && key_.is_sk()) say("touch the token that blinks: ssh-agent is waiting for it");
  HALLIGAN_TRY(const Bytes answer,
               socket_.ask(ssh::agent_frame(ssh::agent_sign_request(key_, message, algorithm())),
                           ssh::kMaxAgentMessage, kAnswerWait));
  auto signature = ssh::parse_agent_signature(answer);
  if (signature && signature->algorithm != algorithm()) {
    return fail(Code::kUnsupported, "the ssh-agent signed with " +
                                        std::string(ssh::name(signature->algorithm)) + ", not with " +
                                        std::string(ssh::name(algorithm())));
  }
  return hint_.empty() ? std::move(signature) : std::move(signature).hint(hint_);
}

Result<std::string> sign_by_ssh_keygen(const std::string& key, std::string_view name_space,
                                       std::string_view message) {
  HALLIGAN_TRY(io::Finished done,
               io::run({.argv = {"ssh-keygen", "-q", "-Y", "sign", "-n", std::string(name_space), "-f", key},
                        .in = as_bytes(message),
                        .err = io::Relayed{},
                        .timeout = std::chrono::minutes(5)}));
  if (done.exit_code != 0) return fail(Code::kUnreachable, "no signature by " + printable(key));
  HALLIGAN_CHECK(crypto::verify_armored_sshsig(done.out, name_space, as_bytes(message)).in("ssh-keygen"));
  return std::move(done.out);
}

}  // namespace halligan::ca
