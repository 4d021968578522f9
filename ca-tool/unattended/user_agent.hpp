// The user's own ssh-agent, and those of its identities that `halligan unlock` has added. Nothing else is
// kept anywhere: what is unlocked is what the agent holds.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "ssh/key.hpp"
#include "ssh/key_file.hpp"

namespace halligan::unattended {

/// What the application of an SSH key begins with.
inline constexpr std::string_view kSshPrefix = "ssh:";

/// The comment of an identity that unlock has added: this, and the application.
inline constexpr std::string_view kMark = "halligan unlock: ";
/// And this behind it, if signing requires the PIN that is held.
inline constexpr std::string_view kHeldMark = " (PIN held)";

/// An agent that does not list its keys for so long hangs, or is busy with somebody's PIN or touch.
inline constexpr std::chrono::milliseconds kListWait{3000};
/// A signature without a touch takes the token less than one second.
inline constexpr std::chrono::milliseconds kSignWait{5000};

struct AddedKey {
  ssh::PublicKey key;
  bool held = false;  ///< signing requires the PIN that is held, see holder/process.hpp
};

class UserAgent {
 public:
  /// @param named its socket; empty: SSH_AUTH_SOCK, or else that of the user's systemd, or else the kept one;
  ///   see kept_agent.hpp
  /// @errors kUnreachable (none, it does not accept, another user's) · kBadInput (not a path of a socket)
  static Result<UserAgent> find(const std::string& named);

  const std::string& socket() const { return socket_; }

  /// The keys of tokens with the mark in their comment.
  /// @param names those to look for, see is_meant()
  /// @errors kUnreachable (no answer within kListWait, refused) · kBadInput (invalid answer)
  Result<std::vector<AddedKey>> added(const std::vector<std::string>& names) const;
  Result<std::vector<ssh::PublicKey>> held(const std::vector<std::string>& names) const;

  /// Add the identity with the mark, and see that it is listed.
  /// @param provider the library that the agent loads for it, an absolute path
  /// @param lifetime seconds; nothing: until it is removed
  /// @errors as held()
  Result<> add(const ssh::SkHandle& handle, const std::string& provider,
               std::optional<std::uint32_t> lifetime) const;

  /// Remove it, and see that it is not listed any more. @errors as held()
  Result<> remove(const ssh::PublicKey& key) const;

  /// Have it sign a new challenge, and verify the signature: agent, token and credential are there.
  /// @return the counter of the signature
  /// @errors kNeedsPerson (it refuses) · kUnreachable (no answer in time) · kNo (it lies: a signature that
  /// does
  ///   not verify) · kBadInput (invalid answer)
  Result<std::uint32_t> prove(const ssh::PublicKey& key, std::chrono::milliseconds within) const;

 private:
  explicit UserAgent(std::string socket) : socket_(std::move(socket)) {}

  Result<Bytes> ask(ByteView frame, std::chrono::milliseconds within) const;

  std::string socket_;
};

/// For every signature: sk-api's SSH_SK_USER_VERIFICATION_REQD.
inline constexpr std::uint8_t kRequiresPin = 0x04;
inline bool requires_pin(const ssh::SkHandle& handle) { return (handle.flags & kRequiresPin) != 0; }

/// Is this key meant by one of the names: its application, with or without "ssh:", or its fingerprint?
/// Without names: yes.
bool is_meant(const ssh::PublicKey& key, const std::vector<std::string>& names);

}  // namespace halligan::unattended
