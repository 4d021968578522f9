// Adding a key with its certificate to an ssh-agent, which removes both when the certificate expires.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "ssh/certificate.hpp"
#include "ssh/key_file.hpp"

namespace halligan::issue {

struct AgentStore {
  std::string socket;    ///< the agent's, SSH_AUTH_SOCK
  bool confirm = false;  ///< the agent asks before each use of the key

  /// Does it accept a certificate with a lifetime, and list it? Tested with a throwaway key before a touch is
  /// asked for. GnuPG's agent is recognized by the name of its socket and sent no key: it reports success for
  /// a certificate, discards it and writes the key to disk.
  /// @errors kUnreachable (no agent, locked, it refuses, it does not answer) · kBadInput (invalid answers)
  Result<> try_out() const;

  /// Add key and certificate, and check that the agent lists them.
  /// @return their lifetime: seconds until the certificate expires, rounded down, at least 1
  /// @errors as try_out() · kNo (the certificate has expired)
  Result<std::uint32_t> add(const ssh::PrivateKey& key, const ssh::Certificate& certificate) const;
};

/// Whole seconds until the certificate expires, at least 1; 0 if it has expired. An agent's lifetime has 32
/// bits.
std::uint32_t seconds_left(const ssh::CertificateBody& body, std::uint64_t unix_milliseconds);

}  // namespace halligan::issue
