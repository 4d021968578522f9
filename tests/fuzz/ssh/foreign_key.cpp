// A key in another program's format: what is taken is a key that OpenSSH's own format has as well.
#include "check.hpp"
#include "crypto/pem.hpp"

using namespace halligan;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text({data, size});
  if (const auto line = crypto::parse_public_key_file(text)) {
    demand(ssh::PublicKey::parse(line->key.blob()).value() == line->key);
  }
  const auto any = crypto::parse_any_key_file(text);
  const auto* pair = any ? std::get_if<ssh::PrivateKey>(&*any) : nullptr;
  if (pair == nullptr) return 0;
  demand(ssh::looks_like_private_key(text));
  const auto written = ssh::write_key_file(*pair, "", 0);
  if (!written) return 0;  // a half that is missing
  const auto again = ssh::parse_key_file(as_text(written->view()));
  demand(again && again->public_key() == pair->key);
  return 0;
}
