// What travels when a key and its certificate must go together: a plain tar archive before it is encrypted,
// so that "age -d | tar x" opens it without this program.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "handoff/ustar.hpp"
#include "io/files.hpp"
#include "ssh/certificate.hpp"
#include "ssh/key.hpp"

namespace halligan::handoff {

constexpr std::size_t kMaxBundleText = 64 * 1024;  ///< bytes of each text in it

/// Checked: the key is a software key, the certificate is for it and its CA's signature verifies, the texts
/// are texts and the hosts are names.
struct Bundle {
  KeyText key{};
  ssh::Certificate certificate;
  std::string certificate_text{};
  std::string known_hosts{};         ///< may be trusted as far as the sender
  std::vector<std::string> hosts{};  ///< 1..64 names of [A-Za-z0-9.:_-]
  std::string readme{};
  std::uint64_t time = 0;  ///< when it was sealed, by the sender's clock
};

/// From FILE and the FILE-cert.pub beside it. The README is written here.
/// @errors as io::read_secret_file() · kBadInput (see Bundle) · kNo (the certificate has expired)
Result<std::unique_ptr<Bundle>> collect_bundle(const std::string& file, const std::string& known_hosts,
                                               const std::vector<std::string>& hosts, std::uint64_t now);

/// @errors kBadInput (too large)
Result<> write_bundle(const Bundle& bundle, ArchiveText& out);
/// All of it and nothing else. Accepted means: write_bundle() gives the same bytes. @errors kBadInput
Result<std::unique_ptr<Bundle>> parse_bundle(ByteView archive);

/// The files, each 0600, into a new folder (0700). @errors kExists · as io::write_files()
Result<> unpack_bundle(const Bundle& bundle, const std::string& folder);

/// How to log in, from within the folder; safe to be pasted into a shell, whatever the bundle says.
std::vector<std::string> login_lines(const Bundle& bundle);

}  // namespace halligan::handoff
