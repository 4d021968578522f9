#include "fido/fingerprint.hpp"

#include "base/codec.hpp"
#include "fido/hash.hpp"

namespace halligan::fido {
namespace {

// RFC 4251, 5: a length of four bytes, big-endian, in front.
void add_string(Bytes& out, ByteView content) {
  for (int shift = 24; shift >= 0; shift -= 8)
    out.push_back(static_cast<std::uint8_t>(content.size() >> shift));
  append(out, content);
}

}  // namespace

std::string fingerprint(Algorithm algorithm, ByteView public_key, const std::string& application) {
  Bytes blob;
  if (algorithm == Algorithm::kEcdsa) {
    add_string(blob, as_bytes("sk-ecdsa-sha2-nistp256@openssh.com"));
    add_string(blob, as_bytes("nistp256"));
  } else {
    add_string(blob, as_bytes("sk-ssh-ed25519@openssh.com"));
  }
  add_string(blob, public_key);
  add_string(blob, as_bytes(application));
  std::string text = "SHA256:" + base64(sha256(blob));
  while (text.back() == '=') text.pop_back();
  return text;
}

}  // namespace halligan::fido
