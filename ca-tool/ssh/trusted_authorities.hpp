// The CAs in a file that says whom to trust: a ca.pub, sshd's TrustedUserCAKeys, or the @cert-authority lines
// of a known_hosts file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "ssh/key.hpp"

namespace halligan::ssh {

struct TrustedAuthority {
  PublicKey key;
  std::string comment;
  std::size_t line = 0;  ///< from 1
  std::string hosts{};   ///< the patterns of an @cert-authority line; empty: not bound to hosts
};

/// Lines "TYPE BASE64 [COMMENT]" and "@cert-authority PATTERNS TYPE BASE64 [COMMENT]"; blank lines and
/// comments are skipped, and so are the other lines of a known_hosts file: @revoked ones and hosts' own
/// keys. Of an authorized_keys file the lines with the option cert-authority count.
/// @param skipped numbers of the lines with keys of types that are not known; may be null
/// @errors kBadInput ("line 3: …"; no CA at all) · kUnsupported
Result<std::vector<TrustedAuthority>> parse_authorities(std::string_view text,
                                                        std::vector<std::size_t>* skipped = nullptr);

/// A known_hosts pattern list, "*.example.org,!old.example.org", as ssh applies it to a certificate: with a
/// port other than 22, "[host]:port" and the bare name are looked up each by itself, and one is enough. So
/// "*,!web1" lets "[web1]:2222" in. Hashed names match nothing.
bool matches_host(std::string_view patterns, std::string_view host, std::uint16_t port);

}  // namespace halligan::ssh
