// A fresh key with its certificate in an ssh-agent, which forgets both when the certificate ends.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "issue/mint.hpp"

namespace halligan::issue {

class AgentStore {
 public:
  /// @param socket  the agent's, SSH_AUTH_SOCK
  /// @param confirm the agent is to ask before each use of the key
  AgentStore(std::string socket, bool confirm) : socket_(std::move(socket)), confirm_(confirm) {}

  const std::string& socket() const { return socket_; }
  bool confirm() const { return confirm_; }

  /// Does it take a certificate with a lifetime, and list it? Found out with a throwaway key before a touch
  /// is asked for. The agent of GnuPG is refused by the name of its socket, before it is sent any key: it
  /// says "success" to a certificate, throws it away and writes the key to its disk.
  /// @errors kUnreachable (no agent, locked, it refuses, it does not answer) · kBadInput (its answers are
  /// none)
  Result<> try_out() const;

  /// Hand over key and certificate, and see that they are there.
  /// @return their lifetime: seconds until the certificate's end, rounded down, at least 1
  /// @errors as try_out() · kNo (the certificate has ended)
  Result<std::uint32_t> add(const Minted& minted) const;

 private:
  Result<> hold(const Minted& minted, std::uint32_t lifetime, std::chrono::seconds wait) const;
  Result<Bytes> ask(ByteView frame, std::chrono::seconds wait) const;

  std::string socket_;
  bool confirm_;
};

/// Whole seconds from a time until the certificate's end, at least 1; 0 if it has come. An agent counts in 32
/// bits.
std::uint32_t seconds_left(const ssh::CertificateBody& body, std::uint64_t unix_milliseconds);

}  // namespace halligan::issue
