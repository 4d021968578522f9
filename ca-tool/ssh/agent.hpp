// The messages of the ssh-agent protocol that we need: which keys, sign, hold a key with its certificate.
// Source: draft-miller-ssh-agent.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "ssh/certificate.hpp"
#include "ssh/key.hpp"
#include "ssh/key_file.hpp"
#include "ssh/signature.hpp"

namespace halligan::ssh {

/// What OpenSSH's own agent accepts and sends, without the length in front.
constexpr std::size_t kMaxAgentMessage = 256 * 1024;

struct AgentKey {
  PublicKey key;
  std::string comment{};
};

/// "u32 length" and the message: what goes over the socket.
Bytes agent_frame(ByteView message);

/// What an agent lists, of whatever kind.
struct AgentEntry {
  Bytes blob;
  std::string comment{};
};

Bytes agent_list_request();
/// All of it, certificates as well. @errors as parse_agent_list
Result<std::vector<AgentEntry>> parse_agent_entries(ByteView message);
/// The keys of kinds that we know; the others (certificates among them) are left out.
/// @errors kBadInput · kUnreachable (the agent refuses)
Result<std::vector<AgentKey>> parse_agent_list(ByteView message);
/// Whether such a blob, of a key or of a certificate, is among them. @errors as parse_agent_list()
Result<bool> agent_lists(ByteView message, ByteView blob);

/// What the agent is to do with a key that it is given.
struct AgentConstraints {
  std::uint32_t lifetime;  ///< seconds, at least 1; then it forgets the key
  bool confirm = false;    ///< it asks the person before each use
};

/// The certificate with its private key, as one identity, already framed: what goes over the socket. The key
/// without its certificate is another identity, which is not in it.
/// @errors kBadInput (too large, no lifetime, the key of a token)
Result<KeyText> agent_add_frame(const PrivateKey& key, const Certificate& certificate,
                                std::string_view comment, const AgentConstraints& constraints);

/// The key of a token as an identity, framed: the agent signs with it through a library.
/// @param provider the library, an absolute path
/// @param lifetime seconds, at least 1; nothing: until it is removed
Bytes agent_add_handle_frame(const SkHandle& handle, std::string_view comment, std::string_view provider,
                             std::optional<std::uint32_t> lifetime);

Bytes agent_remove_request(ByteView blob);

/// Tells the agent that this connection is used for a session with the host of that key; from then on it
/// lists and uses only what may go there. Source: OpenSSH's PROTOCOL.agent, session-bind@openssh.com.
/// @param signature by the host's key, over the session's identifier
Bytes agent_bind_request(const PublicKey& host, ByteView session, const Signature& signature);

/// To what adds, removes and binds. @errors kBadInput · kUnreachable (the agent refuses)
Result<> parse_agent_success(ByteView message);

/// @param algorithm of RSA, which hash to ask for; other keys have but one
Bytes agent_sign_request(const PublicKey& key, ByteView data, SignatureAlgorithm algorithm);
/// @errors kBadInput · kNeedsPerson (the agent refuses: not confirmed, not touched, locked)
Result<Signature> parse_agent_signature(ByteView message);

}  // namespace halligan::ssh
