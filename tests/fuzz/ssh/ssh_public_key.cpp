// A public key's blob.
#include "check.hpp"
#include "crypto/public_key.hpp"
#include "ssh/key.hpp"

using namespace halligan;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView blob(data, size);
  const auto key = ssh::PublicKey::parse(blob);
  if (!key) return 0;
  demand(same(key->blob(), blob));
  demand(key->is_sk() == !key->application().empty());
  demand(key->bits() >= 256);
  static_cast<void>(crypto::check_public_key(*key));
  const auto line = ssh::parse_public_key_line(ssh::format_public_key_line(*key, ""));
  demand(line && line->key == *key && line->comment.empty());
  return 0;
}
