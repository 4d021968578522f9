// The names of the files that belong together: key, key.pub, key-cert.pub.
#pragma once

#include <string>

namespace halligan::ssh {

/// Where ssh-keygen would put the certificate of a public key file: "id.pub" → "id-cert.pub".
std::string certificate_path(const std::string& public_key_path);

/// The private key's file, from any of the three names: "key", "key.pub" or "key-cert.pub" gives "key".
std::string key_path(std::string path);

}  // namespace halligan::ssh
