// A key revocation list: what it lists is found, what lies beside it is not. And the other file that
// certificates are held against, the one with the CAs.
#include <algorithm>

#include "check.hpp"
#include "ssh/krl.hpp"
#include "ssh/krl_writer.hpp"
#include "ssh/revoked_keys.hpp"
#include "ssh/trusted_authorities.hpp"

using namespace halligan;

namespace {

void check_serials(const ssh::Krl& krl, const ssh::KrlAuthority& authority) {
  std::uint64_t before = 0;
  bool first = true;
  for (const ssh::SerialRange& range : authority.serials) {
    demand(range.first != 0 && range.first <= range.last);
    demand(first || range.first - 1 > before);
    const std::uint64_t gap = range.first - 1;  // 0 is never revoked
    if (!authority.ca.empty()) {
      demand(ssh::find_certificate(krl, authority.ca, "", range.first).has_value());
    } else {
      const std::string_view no_id("\0", 1);  // a text with a NUL alone is refused
      const auto found = ssh::find_certificate(krl, {}, no_id, range.last);
      demand(found && found->serials == range);
      demand(!ssh::find_certificate(krl, {}, no_id, gap));
    }
    before = range.last;
    first = false;
  }
}

// What is written of it reads to the same; without what the writer refuses.
void check_written(ssh::Krl krl) {
  krl.unknown.clear();
  krl.signatures.clear();
  for (ssh::KrlAuthority& authority : krl.authorities) authority.unknown.clear();
  std::erase_if(krl.authorities, [](const ssh::KrlAuthority& each) {
    return each.ca.empty() || (each.serials.empty() && each.ids.empty());
  });
  const auto file = ssh::write_krl(krl);
  demand(file.has_value());
  const auto again = ssh::parse_krl(*file);
  demand(again && again->version == krl.version && again->generated == krl.generated &&
         again->flags == krl.flags && again->comment == krl.comment);
  demand(std::ranges::equal(again->keys, krl.keys, same) && std::ranges::equal(again->sha1, krl.sha1, same) &&
         std::ranges::equal(again->sha256, krl.sha256, same));
  demand(std::ranges::equal(again->authorities, krl.authorities, [](const auto& a, const auto& b) {
    return same(a.ca, b.ca) && a.serials == b.serials && a.ids == b.ids;
  }));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static_cast<void>(ssh::parse_authorities(as_text({data, size})));
  if (const auto list = ssh::parse_revoked_keys(as_text({data, size})); list) {
    for (const ByteView key : list->krl.keys) demand(ssh::find_key(list->krl, {key, {}, {}}).has_value());
  }
  const auto krl = ssh::parse_krl({data, size});
  if (!krl) return 0;
  for (const ByteView key : krl->keys) demand(ssh::find_key(*krl, {key, {}, {}}).has_value());
  for (const ByteView hash : krl->sha1) demand(ssh::find_key(*krl, {{}, hash, {}}).has_value());
  for (const ByteView hash : krl->sha256) demand(ssh::find_key(*krl, {{}, {}, hash}).has_value());
  for (const ssh::KrlAuthority& authority : krl->authorities) {
    check_serials(*krl, authority);
    for (const std::string_view id : authority.ids) {
      demand(ssh::find_certificate(*krl, authority.ca, id, 0)->by == ssh::RevokedBy::kKeyId);
    }
  }
  check_written(*krl);
  return 0;
}
