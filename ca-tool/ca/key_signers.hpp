// Signers for keys in a file or in an ssh-agent.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "ca/signer.hpp"
#include "crypto/key_pair.hpp"
#include "io/unix_socket.hpp"
#include "ssh/agent.hpp"
#include "ssh/key_file.hpp"

namespace halligan::ca {

/// A software key in this process.
class SoftwareSigner final : public Signer {
 public:
  explicit SoftwareSigner(ssh::PrivateKey key) : key_(std::move(key)) {}

  const ssh::PrivateKey& key() const { return key_; }
  const ssh::PublicKey& public_key() const override { return key_.key; }
  bool concurrent() const override { return true; }
  Result<ssh::Signature> sign(ByteView message) override;

 private:
  ssh::PrivateKey key_;
  std::once_flag once_;
  std::optional<Result<crypto::SigningKey>> ready_;  ///< from the first signature on
};

/// A key that an ssh-agent holds, software or on a token. The agent asks for PIN, touch and confirmation.
class AgentSigner final : public Signer {
 public:
  /// @param socket the agent's, SSH_AUTH_SOCK
  /// @param name   the key's fingerprint (SHA256:…) or its comment
  /// @errors kUnreachable (no agent) · kNotFound (no such key) · kBadInput (several keys have the comment)
  static Result<std::unique_ptr<AgentSigner>> find(const std::string& socket, const std::string& name);

  /// @errors kUnreachable (no agent) · kNotFound (it does not hold the key, or is locked)
  static Result<std::unique_ptr<AgentSigner>> find(const std::string& socket, const ssh::PublicKey& key);

  AgentSigner(io::UnixSocket socket, ssh::PublicKey key) : socket_(std::move(socket)), key_(std::move(key)) {}

  /// Call `announce` before a security key signs: the agent may be unable to announce the touch itself.
  /// @param hint for when the agent refuses
  void before_touch(std::function<void()> announce, std::string hint) {
    announce_ = std::move(announce);
    hint_ = std::move(hint);
  }

  const ssh::PublicKey& public_key() const override { return key_; }
  Result<ssh::Signature> sign(ByteView message) override;

 private:
  io::UnixSocket socket_;
  ssh::PublicKey key_;
  std::function<void()> announce_;
  std::string hint_;
};

}  // namespace halligan::ca
