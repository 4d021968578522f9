// The text of a CA's policy: what is understood can be asked, whatever the certificate.
#include "base/bytes.hpp"
#include "ca/policy.hpp"
#include "ssh/key.hpp"

using namespace halligan;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto policy = ca::parse_policy(as_text({data, size}));
  if (!policy) return 0;
  static const Bytes point(32, 9);
  static const auto key = ssh::PublicKey::make(ssh::KeyType::kEd25519, point, {}).value();
  ssh::CertificateBody body{.subject = key, .ca = key};
  body.key_id = "ann: incident 4711";
  body.principals = {"root"};
  body.valid_after = 1000;
  body.valid_before = 2000;
  (void)ca::check_policy(*policy, body, 1500);
  return 0;
}
