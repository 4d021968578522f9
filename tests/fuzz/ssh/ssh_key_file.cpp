// A private key file. Inputs that begin with the magic are taken as what is inside the armor, all others as
// text.
#include "check.hpp"
#include "ssh/armor.hpp"
#include "ssh/key_file.hpp"

using namespace halligan;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = as_text({data, size});
  KeyText text;
  if (input.starts_with("openssh-key-v1")) {
    auto armored = ssh::write_armor(as_bytes(input));
    if (!armored) return 0;
    text = *std::move(armored);
    const auto binary = ssh::parse_armor(as_text(text.view()));
    demand(binary && same(binary->view(), as_bytes(input)));
  } else if (!text.append(as_bytes(input))) {
    return 0;
  }
  const auto file = ssh::parse_key_file(as_text(text.view()));
  const auto any = ssh::parse_any_key_file(as_text(text.view()));
  if (!file) return 0;
  demand(any && !std::holds_alternative<ssh::EncryptedKey>(*any));
  demand(ssh::looks_like_private_key(as_text(text.view())));
  const auto again = ssh::write_key_file(*file);
  demand(again.has_value());
  const auto ours = ssh::parse_armor(as_text(again->view()));
  const auto theirs = ssh::parse_armor(as_text(text.view()));
  // Longer padding is taken, and written as OpenSSH does it.
  demand(ours->size() <= theirs->size() && theirs->size() - ours->size() < 256);
  if (ours->size() == theirs->size()) demand(same(ours->view(), theirs->view()));
  const auto written = ssh::parse_key_file(as_text(again->view()));
  demand(written && written->public_key() == file->public_key() && written->comment == file->comment &&
         written->checkint == file->checkint);
  return 0;
}
