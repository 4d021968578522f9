// The other form of sshd's RevokedKeys: a text with a public key on each line.
#pragma once

#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "ssh/krl.hpp"

namespace halligan::ssh {

/// Keys as a KRL would list them: nothing but `krl.keys`, which point into `blobs`. A move leaves the bytes
/// where they are.
struct RevokedKeys {
  Bytes blobs;
  Krl krl;
};

/// Lines "TYPE BASE64 [COMMENT]"; a certificate stands for its key. One line that cannot be read is an error,
/// because sshd refuses every key with such a list. None at all is a list that revokes nothing.
/// @errors kBadInput · kUnsupported ("line 3: …")
Result<RevokedKeys> parse_revoked_keys(std::string_view text);

}  // namespace halligan::ssh
