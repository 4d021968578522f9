// The messages of the ssh-agent protocol that we need: which keys, and sign. Source: draft-miller-ssh-agent.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "ssh/key.hpp"
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

Bytes agent_list_request();
/// The keys of kinds that we know; the others (certificates among them) are left out.
/// @errors kBadInput · kUnreachable (the agent refuses)
Result<std::vector<AgentKey>> parse_agent_list(ByteView message);

/// An RSA key is asked for SHA-512.
Bytes agent_sign_request(const PublicKey& key, ByteView data);
/// @errors kBadInput · kNeedsPerson (the agent refuses: not confirmed, not touched, locked)
Result<Signature> parse_agent_signature(ByteView message);

}  // namespace halligan::ssh
