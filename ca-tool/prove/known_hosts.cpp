#include "prove/known_hosts.hpp"

#include <algorithm>
#include <set>

#include "base/codec.hpp"
#include "base/text.hpp"
#include "io/files.hpp"
#include "io/folders.hpp"
#include "ssh/text_line.hpp"
#include "ssh/trusted_authorities.hpp"

namespace halligan::prove {
namespace {

constexpr std::size_t kLargestKnownHosts = 64 << 20;
constexpr std::uint16_t kSshPort = 22;

std::string with_port(std::string_view host, std::uint16_t port) {
  return "[" + std::string(host) + "]:" + std::to_string(port);
}

// "|1|SALT|HASH": HMAC-SHA1 with the salt as its key.
bool read_hashed(std::string_view names, KnownHost& into) {
  constexpr std::string_view kMagic = "|1|";
  if (!names.starts_with(kMagic)) return false;
  const std::size_t bar = names.find('|', kMagic.size());
  if (bar == std::string_view::npos) return false;
  auto salt = parse_base64(names.substr(kMagic.size(), bar - kMagic.size()));
  const auto hash = parse_base64(names.substr(bar + 1));
  if (!salt || !hash || hash->size() != into.hash.size()) return false;
  into.salt = std::move(*salt);
  std::ranges::copy(*hash, into.hash.begin());
  return true;
}

std::optional<KnownHost> parse_line(std::string_view line) {
  KnownHost out;
  std::string_view names = ssh::next_word(line);
  if (names.starts_with('@')) {
    if (names != "@cert-authority" && names != "@revoked") return std::nullopt;
    out.marker = names == "@revoked" ? KnownHost::Marker::kRevoked : KnownHost::Marker::kAuthority;
    names = ssh::next_word(line);
  }
  if (names.starts_with('|')) {
    if (!read_hashed(names, out)) return std::nullopt;
  } else {
    out.patterns = names;
  }
  auto key = ssh::split_text_line(line);
  if (names.empty() || !key || key->blob.empty()) return std::nullopt;
  out.type = key->type;
  out.key = std::move(key->blob);
  return out;
}

bool is_plain(std::string_view name) { return name.find_first_of("*?!,|") == std::string_view::npos; }

}  // namespace

bool KnownHost::matches(std::string_view host, std::uint16_t port) const {
  if (!patterns.empty()) return ssh::matches_host(patterns, host, port);
  const auto is = [this](std::string_view name) { return crypto::hmac_sha1(salt, as_bytes(name)) == hash; };
  return is(host) || (port != kSshPort && is(with_port(host, port)));
}

std::vector<KnownHost> parse_known_hosts(std::string_view text) {
  std::vector<KnownHost> out;
  while (!text.empty()) {
    std::string_view line = trim_start(next_line(text));
    while (line.ends_with('\r') || line.ends_with(' ')) line.remove_suffix(1);
    if (line.empty() || line.starts_with('#')) continue;
    if (auto known = parse_line(line)) out.push_back(*std::move(known));
  }
  return out;
}

std::vector<std::string> named_hosts(const std::vector<KnownHost>& known) {
  std::vector<std::string> out;
  std::set<std::string> seen;
  for (const KnownHost& each : known) {
    if (each.marker != KnownHost::Marker::kNone) continue;
    // The names of one line are one host's: the first that can be typed is enough.
    std::string_view names = each.patterns;
    const std::string name(names.substr(0, names.find(',')));
    if (!name.empty() && is_plain(name) && seen.insert(name).second) out.push_back(name);
  }
  return out;
}

Result<HostKeys> HostKeys::read(const std::vector<std::string>& files,
                                const std::vector<std::string>& fingerprints) {
  HostKeys out;
  std::vector<std::string> all = files;
  if (all.empty()) {
    if (const auto home = io::base_folder("HOME", ""))
      all = {*home + "/.ssh/known_hosts", *home + "/.ssh/known_hosts2"};
    all.insert(all.end(), {"/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"});
  }
  for (const std::string& file : all) {
    auto text = io::read_file(file, kLargestKnownHosts);
    if (!text && files.empty() && text.error().code == Code::kNotFound) continue;
    if (!text) return fail(std::move(text).error().in("known hosts"));
    auto known = parse_known_hosts(as_text(*text));
    out.known_.insert(out.known_.end(), std::make_move_iterator(known.begin()),
                      std::make_move_iterator(known.end()));
  }
  for (const std::string& each : fingerprints) {
    constexpr std::size_t kBase64 = 43;
    constexpr std::string_view kKind = "SHA256:";
    if (!each.starts_with(kKind) || each.size() != kKind.size() + kBase64)
      return fail(Code::kUsage, "--host-key: expected a fingerprint, SHA256:..., not " + printable(each));
    out.fingerprints_.push_back(each);
  }
  out.index();
  return out;
}

void HostKeys::index() {
  for (std::size_t i = 0; i < known_.size(); ++i) {
    std::string names = known_[i].patterns;
    if (names.empty() || names.find_first_of("*?!") != std::string::npos) {
      others_.push_back(i);
      continue;
    }
    for (char& c : names) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
    std::string_view rest = names;
    while (!rest.empty()) {
      const std::string_view name = rest.substr(0, rest.find(','));
      rest.remove_prefix(std::min(name.size() + 1, rest.size()));
      named_[std::string(name)].push_back(i);
    }
  }
}

std::vector<const KnownHost*> HostKeys::lines_of(std::string_view host, std::uint16_t port) const {
  std::vector<std::size_t> found;
  for (const std::string& name : {std::string(host), with_port(host, port)}) {
    const auto lines = named_.find(name);
    if (lines != named_.end()) found.insert(found.end(), lines->second.begin(), lines->second.end());
  }
  found.insert(found.end(), others_.begin(), others_.end());
  std::ranges::sort(found);
  std::vector<const KnownHost*> out;
  for (const std::size_t i : found) {
    if (known_[i].matches(host, port)) out.push_back(&known_[i]);
  }
  return out;
}

HostKeyVerdict HostKeys::judge(std::string_view host, std::uint16_t port, ByteView key) const {
  bool known = std::ranges::find(fingerprints_, crypto::fingerprint(key)) != fingerprints_.end();
  bool other = false;
  bool authority = false;
  for (const KnownHost* each : lines_of(host, port)) {
    const bool same = std::ranges::equal(each->key, key);
    if (each->marker == KnownHost::Marker::kRevoked && same) return HostKeyVerdict::kRevoked;
    if (each->marker == KnownHost::Marker::kAuthority) authority = true;
    if (each->marker != KnownHost::Marker::kNone) continue;
    (same ? known : other) = true;
  }
  if (known) return HostKeyVerdict::kKnown;
  return other       ? HostKeyVerdict::kOther
         : authority ? HostKeyVerdict::kAuthorityOnly
                     : HostKeyVerdict::kUnknown;
}

std::vector<std::string> HostKeys::types_of(std::string_view host, std::uint16_t port) const {
  std::vector<std::string> out;
  for (const KnownHost* each : lines_of(host, port)) {
    if (each->marker == KnownHost::Marker::kNone && std::ranges::find(out, each->type) == out.end())
      out.push_back(each->type);
  }
  return out;
}

}  // namespace halligan::prove
