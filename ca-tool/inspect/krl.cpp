// A KRL in words and in JSON.
#include <fmt/format.h>

#include <algorithm>

#include "base/codec.hpp"
#include "ca/revocation_list.hpp"
#include "crypto/digest.hpp"
#include "inspect/parts.hpp"
#include "io/clock.hpp"

#include <nlohmann/json.hpp>

namespace halligan::inspect {
namespace {

constexpr std::size_t kShownEntries = 10;  // of each kind, in text

std::string quoted_json(std::string_view text) {
  return nlohmann::json(is_utf8(as_bytes(text)) ? std::string(text) : printable(text)).dump();
}

std::string authority_words(ByteView ca) {
  if (ca.empty()) return "any CA";
  auto key = ssh::PublicKey::parse(ca);
  return key ? ui::key_words(*key) : "a key of another kind, " + crypto::fingerprint(ca);
}

std::string range_words(const ssh::SerialRange& range) {
  return range.first == range.last ? std::to_string(range.first)
                                   : fmt::format("{}-{}", range.first, range.last);
}

// A closed range that may be all of 64 bits.
std::string count_serials(const std::vector<ssh::SerialRange>& ranges) {
  std::uint64_t sum = 0;
  for (const auto& each : ranges) sum += each.last - each.first + 1;
  return std::to_string(sum);  // serial 0 is never in it, so that 2^64-1 is the most
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
                         fmt::format("{}: extension {} of {} bytes is not known{}",
                                     each.critical ? "refused" : "warning", printable(each.name), each.size,
                                     each.critical ? "" : "; OpenSSH before 9.4 refuses this list"));
  }
  return rows;
}

std::string text_of(const ssh::Krl& krl, const ui::Origin& origin) {
  std::string text = ui::text_row("File", printable(origin.file));
  text += ui::text_row("Type", fmt::format("key revocation list, version {}", krl.version));
  text += ui::text_row("Generated", ui::moment_words(krl.generated));
  if (!krl.comment.empty()) text += ui::text_row("Comment", printable(krl.comment));
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
                                        ", not verified: OpenSSH takes no notice of it since 9.4");
  }
  text += unknown_rows(krl.unknown);
  if (const auto reason = ca::refused_by_sshd(krl)) {
    text += ui::text_row("Finding", "refused: " + *reason + ": sshd refuses every key with this list");
  }
  return text;
}

std::string unknown_json(const std::vector<ssh::KrlExtension>& unknown) {
  std::string json = "[";
  for (const auto& each : unknown) {
    json += fmt::format("{}{{\"name\":{},\"critical\":{},\"bytes\":{}}}", json.size() == 1 ? "" : ",",
                        quoted_json(each.name), each.critical, each.size);
  }
  return json + "]";
}

std::string key_text(ByteView blob) {
  auto key = ssh::PublicKey::parse(blob);
  return fmt::format("{{\"type\":{},\"fingerprint\":{}}}", key ? quoted_json(key->name()) : "null",
                     quoted_json(crypto::fingerprint(blob)));
}

template <typename List, typename Words>
Result<> write_array(InspectReport& report, std::string_view name, const List& list, Words words) {
  HALLIGAN_CHECK(report.write(fmt::format(",{}:[", quoted_json(name))));
  bool first = true;
  for (const auto& each : list) {
    HALLIGAN_CHECK(report.write((first ? "" : ",") + words(each)));
    first = false;
  }
  return report.write("]");
}

Result<> write_authority(InspectReport& report, const ssh::KrlAuthority& authority) {
  HALLIGAN_CHECK(report.write("{\"ca\":" + (authority.ca.empty() ? "null" : key_text(authority.ca))));
  HALLIGAN_CHECK(report.write(",\"serial_count\":" + count_serials(authority.serials)));
  HALLIGAN_CHECK(write_array(report, "serials", authority.serials, [](const ssh::SerialRange& range) {
    return fmt::format("[{},{}]", range.first, range.last);
  }));
  HALLIGAN_CHECK(write_array(report, "key_ids", authority.ids, quoted_json));
  // Escaped, one key id can look like another.
  if (!std::all_of(authority.ids.begin(), authority.ids.end(),
                   [](std::string_view id) { return is_utf8(as_bytes(id)); })) {
    HALLIGAN_CHECK(write_array(report, "key_ids_hex", authority.ids,
                               [](std::string_view id) { return quoted_json(hex(as_bytes(id))); }));
  }
  return report.write(",\"unknown\":" + unknown_json(authority.unknown) + "}");
}

Result<> write_json(const ssh::Krl& krl, const ui::Origin& origin, InspectReport& report) {
  HALLIGAN_CHECK(report.write(fmt::format(
      "{{\"file\":{},\"kind\":\"krl\",\"version\":{},\"generated\":{},\"generated_at\":{},\"comment\":{}",
      quoted_json(origin.file), krl.version, krl.generated, quoted_json(io::format_utc(krl.generated)),
      quoted_json(krl.comment))));
  HALLIGAN_CHECK(write_array(report, "keys", krl.keys, key_text));
  HALLIGAN_CHECK(
      write_array(report, "sha256", krl.sha256, [](ByteView hash) { return quoted_json(hex(hash)); }));
  HALLIGAN_CHECK(write_array(report, "sha1", krl.sha1, [](ByteView hash) { return quoted_json(hex(hash)); }));
  HALLIGAN_CHECK(report.write(",\"certificates\":["));
  bool first = true;
  for (const auto& authority : krl.authorities) {
    if (!first) HALLIGAN_CHECK(report.write(","));
    first = false;
    HALLIGAN_CHECK(write_authority(report, authority));
  }
  HALLIGAN_CHECK(report.write("]"));
  HALLIGAN_CHECK(write_array(report, "signatures", krl.signatures,
                             [](const ssh::KrlSignature& each) { return key_text(each.key); }));
  return report.write(fmt::format(",\"unknown\":{},\"refused_by_sshd\":{}}}\n", unknown_json(krl.unknown),
                                  ca::refused_by_sshd(krl).has_value()));
}

}  // namespace

Result<> show_krl(const ssh::Krl& krl, const ui::Origin& origin, bool json, InspectReport& report) {
  HALLIGAN_CHECK(report.begin());
  return json ? write_json(krl, origin, report) : report.write(text_of(krl, origin));
}

}  // namespace halligan::inspect
