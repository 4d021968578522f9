#include "handoff/bundle.hpp"

#include <algorithm>
#include <array>

#include "base/codec.hpp"
#include "base/text.hpp"
#include "ca/judgement.hpp"
#include "crypto/digest.hpp"
#include "crypto/key_pair.hpp"
#include "crypto/verify.hpp"
#include "handoff/known_hosts.hpp"
#include "io/clock.hpp"
#include "io/folders.hpp"
#include "ssh/key_file.hpp"

namespace halligan::handoff {
namespace {

// In this order. ssh finds emergency-cert.pub beside emergency by itself.
constexpr std::array<std::string_view, 5> kBundleNames{"handoff/README", "handoff/emergency",
                                                       "handoff/emergency-cert.pub", "handoff/known_hosts",
                                                       "handoff/hosts"};
constexpr std::string_view kBundleFolder = "handoff/";
constexpr std::size_t kMaxBundleHosts = 64;

// For a person to read, a terminal to show and a line-wise program to parse.
Result<> check_plain(std::string_view name, std::string_view text) {
  if (text.size() > kMaxBundleText)
    return fail(Code::kBadInput, std::string(name) + " is larger than 64 KiB");
  std::string shown(text);
  std::erase_if(shown, [](char c) { return c == '\n' || c == '\t'; });
  if (text.empty() || text.back() != '\n' || plays_tricks(shown) || !is_utf8(as_bytes(text))) {
    return fail(Code::kBadInput, std::string(name) + " is not plain text in whole lines");
  }
  return {};
}

bool is_plain_name(std::string_view name, std::string_view marks) {
  const auto good = [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           marks.find(c) != std::string_view::npos;
  };
  return !name.empty() && name.size() <= 255 && name.front() != '-' &&
         std::all_of(name.begin(), name.end(), good);
}

Result<> check_hosts(const std::vector<std::string>& hosts) {
  if (hosts.empty() || hosts.size() > kMaxBundleHosts) {
    return fail(Code::kBadInput, std::to_string(hosts.size()) + " hosts, not 1..64", "name one with --host");
  }
  for (const std::string& host : hosts) {
    const auto parsed = ca::parse_host(host);
    if (!parsed || !is_plain_name(parsed->name, ".:_-"))
      return fail(Code::kBadInput, "invalid host name " + printable(host));
  }
  return {};
}

Result<> check_pair(std::string_view key_text, const ssh::Certificate& certificate) {
  HALLIGAN_TRY(const auto file, ssh::parse_key_file(key_text));
  const ssh::PrivateKey* pair = file.software();
  if (pair == nullptr) {
    return fail(Code::kBadInput, "the key is on a token and cannot be handed over",
                "send the certificate alone, which is not secret");
  }
  HALLIGAN_CHECK(crypto::check_key_pair(*pair));
  if (certificate.body.subject != pair->key)
    return fail(Code::kBadInput, "the certificate is for another key");
  if (certificate.body.type != ssh::CertificateType::kUser || certificate.body.principals.empty()) {
    return fail(Code::kBadInput, "not a user certificate with principals");
  }
  const auto verified = crypto::verify_certificate(certificate);
  if (!verified) return fail(Code::kBadInput, "the CA's signature: " + verified.error().message);
  return {};
}

Result<> check_bundle(const Bundle& bundle) {
  HALLIGAN_CHECK(check_plain("README", bundle.readme));
  HALLIGAN_CHECK(check_plain("known_hosts", bundle.known_hosts));
  HALLIGAN_CHECK(check_plain("the certificate", bundle.certificate_text));
  HALLIGAN_CHECK(check_hosts(bundle.hosts));
  return check_pair(as_text(bundle.key.view()), bundle.certificate);
}

std::string hosts_text(const std::vector<std::string>& hosts) {
  std::string text;
  for (const std::string& host : hosts) text += host + "\n";
  return text;
}

std::array<ArchiveMember, kBundleNames.size()> members_of(const Bundle& bundle, std::string_view hosts) {
  return {{{kBundleNames[0], as_bytes(bundle.readme)},
           {kBundleNames[1], bundle.key.view()},
           {kBundleNames[2], as_bytes(bundle.certificate_text)},
           {kBundleNames[3], as_bytes(bundle.known_hosts)},
           {kBundleNames[4], as_bytes(hosts)}}};
}

Result<std::vector<std::string>> parse_hosts(std::string_view text) {
  HALLIGAN_CHECK(check_plain("hosts", text));
  std::vector<std::string> hosts;
  while (!text.empty()) hosts.emplace_back(next_line(text));
  return hosts;
}

std::string write_readme(const Bundle& bundle) {
  const ssh::CertificateBody& body = bundle.certificate.body;
  std::string text =
      "A private SSH key and a certificate for it. Anyone with this folder can log in\n"
      "until the certificate expires. Do not copy it; delete it when you are done.\n\n";
  text += "Key ID:     " + printable(body.key_id) + "\n";
  text += "Principals:";
  for (const std::string& name : body.principals) text += " " + printable(name);
  text += "\nValid from: " + io::format_utc(body.valid_after) + "\n";
  text += "Valid to:   " + io::format_utc(body.valid_before) + "\n";
  text += "Sealed at:  " + io::format_utc(bundle.time) + "\n";
  text += "CA:         " + crypto::fingerprint(body.ca) + "\n\nLog in, from within this folder:\n\n";
  for (const std::string& line : login_lines(bundle)) text += "  " + line + "\n";
  text +=
      "\nknown_hosts has the keys of the hosts as the sender knows them. If ssh says\n"
      "that a host's key has changed, stop and ask. If the login is refused, compare\n"
      "the clock (date -u) with the times above.\n";
  return text;
}

}  // namespace

std::vector<std::string> login_lines(const Bundle& bundle) {
  const auto& names = bundle.certificate.body.principals;
  const auto plain = std::find_if(names.begin(), names.end(),
                                  [](const std::string& name) { return is_plain_name(name, "._-"); });
  const std::string account = plain == names.end() ? "ACCOUNT" : *plain;
  std::vector<std::string> lines;
  for (const std::string& text : bundle.hosts) {
    const auto host = ca::parse_host(text);
    if (!host) continue;  // a bundle has none such
    const std::string port = host->port == ca::HostAsked{}.port ? "" : " -p " + std::to_string(host->port);
    lines.push_back(
        "ssh -F none -o IdentitiesOnly=yes -o UserKnownHostsFile=known_hosts -o "
        "GlobalKnownHostsFile=/dev/null"
        " -o StrictHostKeyChecking=yes -i emergency " +
        account + "@" + host->name + port);
  }
  return lines;
}

Result<std::unique_ptr<Bundle>> collect_bundle(const std::string& file, const std::string& known_hosts,
                                               const std::vector<std::string>& hosts, std::uint64_t now) {
  HALLIGAN_TRY(KeyText key, io::read_secret_file(file));
  if (const auto kind = ssh::public_kind(as_text(key.view())); !kind.empty()) {
    return fail(Code::kBadInput, printable(file) + " is " + std::string(kind),
                "name the key: -i " + shell_word(ssh::key_path(file)));
  }
  const std::string certificate_file = ssh::certificate_path(file);
  HALLIGAN_TRY(const Bytes text, io::read_file(certificate_file, kMaxBundleText));
  HALLIGAN_TRY(auto line, ssh::parse_certificate_file(as_text(text)).in(certificate_file));
  HALLIGAN_TRY(const Bytes known,
               io::read_file(known_hosts, kMaxBundleText)
                   .hint(Code::kNotFound, "make it: ssh-keyscan HOST >" + shell_word(known_hosts) +
                                              ", and compare its fingerprint"));
  auto bundle = std::make_unique<Bundle>(Bundle{.certificate = std::move(line.certificate)});
  bundle->key = std::move(key);
  bundle->certificate_text = ssh::format_certificate_line(bundle->certificate, line.comment) + "\n";
  bundle->known_hosts = std::string(as_text(known));
  for (const std::string& typed : hosts) {
    HALLIGAN_TRY(const auto host, ca::parse_host(typed).in("--host"));
    bundle->hosts.push_back(ca::known_hosts_name(host));
  }
  bundle->time = now;
  if (bundle->certificate.body.valid_before <= now) {
    return fail(Code::kNo,
                certificate_file + " expired at " + io::format_utc(bundle->certificate.body.valid_before),
                "make a new certificate with halligan mint");
  }
  HALLIGAN_CHECK(check_hosts(bundle->hosts));
  bundle->readme = write_readme(*bundle);
  HALLIGAN_CHECK(check_bundle(*bundle).in(file));
  HALLIGAN_CHECK(check_known_hosts(bundle->known_hosts, known_hosts, bundle->hosts));
  return bundle;
}

Result<> write_bundle(const Bundle& bundle, ArchiveText& out) {
  const std::string hosts = hosts_text(bundle.hosts);
  return write_ustar(members_of(bundle, hosts), bundle.time, out);
}

Result<std::unique_ptr<Bundle>> parse_bundle(ByteView archive) {
  HALLIGAN_TRY(const Archive found, parse_ustar(archive, kBundleNames));
  const std::string_view certificate_text = as_text(found.contents[2]);
  HALLIGAN_CHECK(check_plain("the certificate", certificate_text));
  HALLIGAN_TRY(auto line, ssh::parse_certificate_file(certificate_text).in("bundle"));
  auto bundle = std::make_unique<Bundle>(Bundle{.certificate = std::move(line.certificate)});
  if (!bundle->key.append(found.contents[1])) return fail(Code::kBadInput, "bundle: the key is too large");
  bundle->readme = std::string(as_text(found.contents[0]));
  bundle->certificate_text = std::string(certificate_text);
  bundle->known_hosts = std::string(as_text(found.contents[3]));
  HALLIGAN_TRY(bundle->hosts, parse_hosts(as_text(found.contents[4])));
  bundle->time = found.time;
  HALLIGAN_CHECK(check_bundle(*bundle).in("bundle"));
  return bundle;
}

Result<> unpack_bundle(const Bundle& bundle, const std::string& folder) {
  const std::string hosts = hosts_text(bundle.hosts);
  // Whoever reads it takes it for ours: it tells what is in the bundle, whatever the sender wrote.
  const std::string readme = write_readme(bundle);
  auto members = members_of(bundle, hosts);
  members[0].contents = as_bytes(readme);
  std::vector<io::NewFile> files;
  for (const ArchiveMember& each : members) {
    files.push_back({std::string(each.name.substr(kBundleFolder.size())), 0600, each.contents});
  }
  return io::write_new_folder(folder, files);
}

}  // namespace halligan::handoff
