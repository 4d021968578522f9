#include "inspect/sources.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/codec.hpp"
#include "ca/revocation_list.hpp"
#include "crypto/digest.hpp"

namespace halligan::inspect {
namespace {

constexpr std::size_t kShownEntries = 10;  // of each kind, in text

std::string authority_words(ByteView ca) {
  if (ca.empty()) return "any CA";
  auto key = ssh::PublicKey::parse(ca);
  return key ? ui::key_words(*key) : "a key of an unknown type, " + crypto::fingerprint(ca);
}

std::string range_words(const ssh::SerialRange& range) {
  return range.first == range.last ? std::to_string(range.first)
                                   : fmt::format("{}-{}", range.first, range.last);
}

// A closed range that may be all of 64 bits.
std::uint64_t count_serials(const std::vector<ssh::SerialRange>& ranges) {
  std::uint64_t sum = 0;
  for (const auto& each : ranges) sum += each.last - each.first + 1;
  return sum;  // serial 0 is never in it, so that 2^64-1 is the most
}

template <typename List, typename Words>
std::string first_few(const List& list, Words words) {
  std::string text;
  for (std::size_t i = 0; i < list.size() && i < kShownEntries; ++i) {
    text += (i == 0 ? "" : ", ") + words(list[i]);
  }
  if (list.size() > kShownEntries) {
    text += fmt::format(", … {} more, see --json", list.size() - kShownEntries);
  }
  return text;
}

template <typename Words>
std::string entry_rows(std::string_view name, const std::vector<ByteView>& list, Words words) {
  std::string rows;
  for (std::size_t i = 0; i < list.size() && i < kShownEntries; ++i) {
    rows += ui::text_row(i == 0 ? name : std::string_view(), words(list[i]));
  }
  if (list.size() > kShownEntries) {
    rows += ui::text_row("", fmt::format("… {} more, see --json", list.size() - kShownEntries));
  }
  return rows;
}

std::string unknown_rows(const std::vector<ssh::KrlExtension>& unknown) {
  std::string rows;
  for (const auto& each : unknown) {
    rows += ui::text_row("Finding",
                         fmt::format("{}: unknown extension {} of {} bytes{}",
                                     each.critical ? "refused" : "warning", printable(each.name), each.size,
                                     each.critical ? "" : "; OpenSSH before 9.4 refuses this list"));
  }
  return rows;
}

std::string text_of(const ssh::Krl& krl, const ui::Origin& origin) {
  std::string text = ui::origin_rows(origin);
  text += ui::text_row("Type", fmt::format("key revocation list, version {}", krl.version));
  text += ui::text_row("Generated", ui::moment_words(krl.generated));
  if (!krl.comment.empty()) text += ui::foreign_row("Comment", printable(krl.comment));
  const std::size_t hashes = krl.sha256.size() + krl.sha1.size();
  text += ui::text_row("Keys", fmt::format("{} by key, {} by hash", krl.keys.size(), hashes));
  text += entry_rows("Key", krl.keys, authority_words);
  text += entry_rows("SHA-256", krl.sha256, [](ByteView hash) {
    std::string digits = base64(hash);
    while (digits.ends_with('=')) digits.pop_back();
    return "SHA256:" + digits;
  });
  text += entry_rows("SHA-1", krl.sha1, [](ByteView hash) { return hex(hash); });
  for (const auto& authority : krl.authorities) {
    text += ui::text_row("CA", authority_words(authority.ca));
    if (!authority.serials.empty()) {
      text += ui::text_row("  Serials", fmt::format("{}: {}", count_serials(authority.serials),
                                                    first_few(authority.serials, range_words)));
    }
    if (!authority.ids.empty()) {
      text += ui::text_row(
          "  Key IDs",
          fmt::format("{}: {}", authority.ids.size(),
                      first_few(authority.ids, [](std::string_view id) { return printable(id); })));
    }
    text += unknown_rows(authority.unknown);
  }
  for (const auto& signature : krl.signatures) {
    text += ui::text_row("Finding", "note: a signature by " + authority_words(signature.key) +
                                        ", not verified: OpenSSH ignores it since 9.4");
  }
  text += unknown_rows(krl.unknown);
  if (const auto reason = ca::refused_by_sshd(krl)) {
    text += ui::text_row("Finding", "refused: " + *reason + ": sshd refuses every key with this list");
  }
  return text;
}

ui::Json unknown_json(const std::vector<ssh::KrlExtension>& unknown) {
  ui::Json json = ui::Json::array();
  for (const auto& each : unknown) {
    json.push_back({{"name", ui::json_text(each.name)}, {"critical", each.critical}, {"bytes", each.size}});
  }
  return json;
}

ui::Json blob_json(ByteView blob) {
  const auto key = ssh::PublicKey::parse(blob);
  return {{"type", key ? ui::Json(key->name()) : ui::Json()}, {"fingerprint", crypto::fingerprint(blob)}};
}

void write_authority(ui::JsonWriter& out, const ssh::KrlAuthority& authority) {
  out.open({{"ca", authority.ca.empty() ? ui::Json() : blob_json(authority.ca)},
            {"serial_count", count_serials(authority.serials)}});
  out.array("serials", authority.serials, [](const ssh::SerialRange& range) {
    return ui::Json::array({range.first, range.last});
  });
  out.array("key_ids", authority.ids, ui::json_text);
  // Escaped, one key ID can look like another.
  if (!std::all_of(authority.ids.begin(), authority.ids.end(),
                   [](std::string_view id) { return is_utf8(as_bytes(id)); })) {
    out.array("key_ids_hex", authority.ids, [](std::string_view id) { return hex(as_bytes(id)); });
  }
  out.member("unknown", unknown_json(authority.unknown));
  out.close();
}

Result<> write_json(const ssh::Krl& krl, const ui::Origin& origin, InspectReport& report) {
  ui::JsonWriter out([&](std::string_view text) { return report.write(text); });
  ui::Json head = ui::origin_json(origin, "krl");
  head["version"] = krl.version;
  ui::put_moment(head, "generated", krl.generated);
  ui::put_text(head, "comment", krl.comment);
  out.open(head);
  out.array("keys", krl.keys, blob_json);
  out.array("sha256", krl.sha256, hex);
  out.array("sha1", krl.sha1, hex);
  out.open_array("certificates");
  for (const auto& authority : krl.authorities) write_authority(out, authority);
  out.close_array();
  out.array("signatures", krl.signatures, [](const auto& each) { return blob_json(each.key); });
  out.member("unknown", unknown_json(krl.unknown));
  out.member("refused_by_sshd", ca::refused_by_sshd(krl).has_value());
  out.member("refused_by", ca::refused_by_versions(krl));
  out.close();
  return out.finish();
}

}  // namespace

Result<> show_krl(const ssh::Krl& krl, const ui::Origin& origin, InspectReport& report) {
  HALLIGAN_CHECK(report.begin());
  return report.view().json ? write_json(krl, origin, report) : report.write(text_of(krl, origin));
}

}  // namespace halligan::inspect
