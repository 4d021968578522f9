#include "ca/key_signers.hpp"

#include "base/codec.hpp"
#include "crypto/digest.hpp"

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
  HALLIGAN_TRY(auto connection,
               io::UnixSocket::connect(socket).in("no ssh-agent at SSH_AUTH_SOCK").hint(kStart));
  HALLIGAN_TRY(const Bytes answer,
               connection.ask(ssh::agent_frame(ssh::agent_list_request()), ssh::kMaxAgentMessage, kListWait));
  HALLIGAN_TRY(auto keys, ssh::parse_agent_list(answer));
  return OpenAgent{std::move(connection), std::move(keys)};
}

}  // namespace

Result<ssh::Signature> SoftwareSigner::sign(ByteView message) {
  std::call_once(once_, [this] { ready_ = crypto::SigningKey::make(key_); });
  if (!*ready_) return fail(ready_->error());
  return (*ready_)->sign(message);
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
  if (announce_ && key_.is_sk()) announce_();
  HALLIGAN_TRY(const Bytes answer, socket_.ask(ssh::agent_frame(ssh::agent_sign_request(key_, message)),
                                               ssh::kMaxAgentMessage, kAnswerWait));
  auto signature = ssh::parse_agent_signature(answer);
  return hint_.empty() ? std::move(signature) : std::move(signature).hint(hint_);
}

}  // namespace halligan::ca
