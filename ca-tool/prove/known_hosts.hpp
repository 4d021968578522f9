// Whose host key is it, by files in the format of known_hosts (sshd(8))?
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "crypto/digest.hpp"

namespace halligan::prove {

/// A line of a known_hosts file.
struct KnownHost {
  enum class Marker { kNone, kAuthority, kRevoked };

  Marker marker = Marker::kNone;
  std::string patterns{};  ///< as written; empty if hashed
  Bytes salt{};            ///< of a hashed name
  crypto::Sha1 hash{};     ///< likewise
  std::string type{};      ///< "ssh-ed25519", known or not
  Bytes key{};             ///< blob

  bool matches(std::string_view host, std::uint16_t port) const;
};

/// Lines that are none are skipped, as ssh does.
std::vector<KnownHost> parse_known_hosts(std::string_view text);

/// The names of hosts in it that can be connected to: neither hashed nor patterns, "web1" or "[web1]:2222",
/// each once, in the order of the file.
std::vector<std::string> named_hosts(const std::vector<KnownHost>& known);

enum class HostKeyVerdict { kKnown, kUnknown, kOther, kRevoked, kAuthorityOnly };

/// The keys that a run trusts.
class HostKeys {
 public:
  /// Files that are named must be there; without any, those of ssh: ~/.ssh/known_hosts, known_hosts2 and
  /// /etc/ssh/ssh_known_hosts, ssh_known_hosts2, as far as they exist.
  /// @param fingerprints "SHA256:…", of any host @errors as io::read_file() · kUsage (a fingerprint)
  static Result<HostKeys> read(const std::vector<std::string>& files,
                               const std::vector<std::string>& fingerprints);

  /// @param key the blob that the host proved to have. @return kOther: the host has another key here
  HostKeyVerdict judge(std::string_view host, std::uint16_t port, ByteView key) const;

  /// Types of the keys that the host has here, for the negotiation.
  std::vector<std::string> types_of(std::string_view host, std::uint16_t port) const;

  const std::vector<KnownHost>& known() const { return known_; }

 private:
  void index();
  /// Lines that are this host's.
  std::vector<const KnownHost*> lines_of(std::string_view host, std::uint16_t port) const;

  std::vector<KnownHost> known_;
  std::unordered_map<std::string, std::vector<std::size_t>> named_;  // lines without patterns, by each name
  std::vector<std::size_t> others_;                                  // which every host must be compared with
  std::vector<std::string> fingerprints_;
};

}  // namespace halligan::prove
