// A certificate, a public key or a handle in words and in JSON. Everything shown comes from one description.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/codec.hpp"
#include "base/error.hpp"
#include "crypto/verify.hpp"
#include "ssh/certificate.hpp"
#include "ssh/findings.hpp"
#include "ssh/key_file.hpp"

namespace halligan::cli {

/// What is to be known of a certificate at one time.
struct Described {
  const ssh::Certificate& certificate;  ///< not owned
  std::uint64_t now;                    ///< Unix seconds
  std::optional<crypto::Verified> verified;
  std::optional<Error> refused;  ///< why the CA's signature does not verify
  std::vector<ssh::Finding> findings;

  bool valid_now() const;
};

Described describe(const ssh::Certificate& certificate, std::uint64_t now);

/// Lines "Name        value", 80 columns where the values allow it, safe for a terminal.
std::string to_text(const Described& described, std::string_view file);
/// One line.
std::string to_json(const Described& described, std::string_view file);

/// The ssh-agent that holds a certificate with its key, in the place of a file.
struct HeldBy {
  std::string agent;       ///< its socket
  std::uint32_t lifetime;  ///< seconds, then it forgets both
  bool confirm;            ///< it asks before each use
};
std::string to_text(const Described& described, const HeldBy& held);
std::string to_json(const Described& described, const HeldBy& held);

std::string to_text(const ssh::PublicKey& key, std::string_view comment, std::string_view file);
std::string to_json(const ssh::PublicKey& key, std::string_view comment, std::string_view file);

std::string to_text(const ssh::SkHandle& handle, std::string_view comment, std::string_view file);
std::string to_json(const ssh::SkHandle& handle, std::string_view comment, std::string_view file);

/// "note", "warning", "refused".
std::string_view severity_word(ssh::Severity severity);

/// Names for a line of text: "root, admin".
std::string joined(const std::vector<std::string>& names);

}  // namespace halligan::cli
