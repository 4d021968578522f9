#include "ca/key_signers.hpp"

#include "base/codec.hpp"
#include "crypto/digest.hpp"
#include "crypto/key_pair.hpp"

namespace halligan::ca {
namespace {

constexpr std::chrono::seconds kListWait{10};
constexpr std::chrono::seconds kPersonsWait{180};  // the agent may ask for a PIN, a touch, a yes

}  // namespace

Result<ssh::Signature> SoftwareSigner::sign(ByteView message) { return crypto::sign(key_, message); }

Result<std::unique_ptr<AgentSigner>> AgentSigner::find(const std::string& socket, const std::string& name) {
  if (socket.empty()) {
    return fail(Code::kUnreachable, "no ssh-agent: SSH_AUTH_SOCK is not set", "start one: eval $(ssh-agent)");
  }
  HALLIGAN_TRY(auto connection, io::UnixSocket::connect(socket));
  HALLIGAN_TRY(const Bytes answer,
               connection.ask(ssh::agent_frame(ssh::agent_list_request()), ssh::kMaxAgentMessage, kListWait));
  HALLIGAN_TRY(auto keys, ssh::parse_agent_list(answer));
  const ssh::AgentKey* found = nullptr;
  for (const ssh::AgentKey& each : keys) {
    if (each.comment != name && crypto::fingerprint(each.key) != name) continue;
    if (found != nullptr && found->key != each.key) {
      return fail(Code::kBadInput, "ssh-agent holds several keys called " + printable(name),
                  "give the fingerprint that ssh-add -l shows");
    }
    found = &each;
  }
  if (found == nullptr) {
    return fail(Code::kNotFound, "ssh-agent does not hold the key " + printable(name), "see ssh-add -l");
  }
  return std::make_unique<AgentSigner>(std::move(connection), found->key);
}

Result<ssh::Signature> AgentSigner::sign(ByteView message) {
  HALLIGAN_TRY(const Bytes answer, socket_.ask(ssh::agent_frame(ssh::agent_sign_request(key_, message)),
                                               ssh::kMaxAgentMessage, kPersonsWait));
  return ssh::parse_agent_signature(answer);
}

}  // namespace halligan::ca
