// Signers for keys on a token, in a file or in an ssh-agent.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "ca/signer.hpp"
#include "ca/token_session.hpp"
#include "crypto/key_pair.hpp"
#include "io/unix_socket.hpp"
#include "ssh/agent.hpp"
#include "ssh/key_file.hpp"

namespace halligan::ca {

/// A CA key on a token, through its handle.
class TokenSigner final : public Signer {
 public:
  /// @param handle kSkEcdsa or kSkEd25519. @param session outlives the signer.
  TokenSigner(ssh::SkHandle handle, TokenSession& session) : handle_(std::move(handle)), session_(session) {}

  const ssh::PublicKey& public_key() const override { return handle_.key; }

  /// Always one touch: sshd accepts a CA signature without one, so it is required here.
  Result<ssh::Signature> sign(ByteView message) override;

  std::vector<ssh::Signature> take_searches() override { return std::exchange(searches_, {}); }
  std::optional<std::uint32_t> discarded() const override { return discarded_; }

 private:
  ssh::SkHandle handle_;
  TokenSession& session_;
  std::vector<ssh::Signature> searches_;
  std::optional<std::uint32_t> discarded_;
};

/// A software key in this process.
class SoftwareSigner final : public Signer {
 public:
  explicit SoftwareSigner(ssh::PrivateKey key) : key_(std::move(key)) {}

  const ssh::PrivateKey& key() const { return key_; }
  const ssh::PublicKey& public_key() const override { return key_.key; }
  bool concurrent() const override { return true; }
  Result<ssh::Signature> sign(ByteView message) override;
  Result<crypto::Verified> verify(const ssh::Certificate& certificate,
                                  crypto::Verifier& verifier) const override;

 private:
  ssh::PrivateKey key_;
  std::mutex mutex_;
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

  /// Ask for the touch before a security key signs: the agent may be unable to do that itself.
  /// @param hint for when the agent refuses; may be empty
  void announce_touch(std::string hint) {
    announces_ = true;
    hint_ = std::move(hint);
  }

  /// Whose agent it is: see io::UnixSocket::whose().
  const std::string& whose() const { return socket_.whose(); }

  const ssh::PublicKey& public_key() const override { return key_; }
  Result<ssh::Signature> sign(ByteView message) override;

 private:
  io::UnixSocket socket_;
  ssh::PublicKey key_;
  bool announces_ = false;
  std::string hint_;
};

/// An SSH signature in armor by ssh-keygen -Y sign, which knows tokens, agents and passphrases; what it made
/// is verified. @param key file, as ssh-keygen -f takes it
/// @errors kUnreachable (no signature) · as crypto::verify_armored_sshsig()
Result<std::string> sign_by_ssh_keygen(const std::string& key, std::string_view name_space,
                                       std::string_view message);

}  // namespace halligan::ca
