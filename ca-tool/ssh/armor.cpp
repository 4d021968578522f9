#include "ssh/armor.hpp"

#include <algorithm>
#include <cstdint>
#include <string>

#include "base/codec.hpp"

namespace halligan::ssh {
namespace {

constexpr std::string_view kBegin = "-----BEGIN ";
constexpr std::string_view kEnd = "-----END ";
constexpr std::string_view kDashes = "-----";
constexpr const char* kRewrite =
    "convert it with ssh-keygen -p -f FILE, which rewrites it in OpenSSH's format";
constexpr std::string_view kWhitespace = " \t\r\n";
constexpr std::size_t kColumns = 70;

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kWhitespace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kWhitespace) - first + 1);
}

std::string marker(std::string_view begin, std::string_view label) {
  return std::string(begin) + std::string(label) + std::string(kDashes);
}

// Without the curve in front, which the key says again.
std::string_view without_parameters(std::string_view text) {
  constexpr std::string_view kParameters = "-----BEGIN EC PARAMETERS-----";
  constexpr std::string_view kParametersEnd = "-----END EC PARAMETERS-----";
  text = trim(text);
  if (!text.starts_with(kParameters)) return text;
  const std::size_t end = text.find(kParametersEnd);
  return end == std::string_view::npos ? text : trim(text.substr(end + kParametersEnd.size()));
}

Failure encrypted_pem() {
  return fail(Code::kUnsupported, "a private key in PEM that is encrypted with a passphrase", kRewrite);
}

Failure another_format(std::string_view text) {
  const std::string_view label = armor_label(text);
  if (label == "ENCRYPTED PRIVATE KEY") return encrypted_pem();
  if (label.ends_with("PRIVATE KEY"))
    return fail(Code::kUnsupported, "a private key in PEM, " + printable(label), kRewrite);
  if (text.starts_with("PuTTY-User-Key-File-")) {
    return fail(Code::kUnsupported, "a private key of PuTTY's",
                "convert it: puttygen FILE -O private-openssh-new -o NEW");
  }
  if (text.starts_with("---- BEGIN SSH2 ENCRYPTED PRIVATE KEY")) {
    return fail(Code::kUnsupported, "a private key of ssh.com's",
                "without a passphrase, convert it: (umask 077; ssh-keygen -i -f FILE >NEW)");
  }
  return fail(Code::kBadInput, "not an OpenSSH private key file");
}

}  // namespace

Result<KeyText> write_armor(ByteView binary) {
  KeyText digits;
  KeyText out;
  bool fits = digits.resize(base64_size(binary.size()));
  if (fits) base64(binary, digits.data());
  const auto put_line = [&](ByteView line) {
    fits = fits && out.append(line) && out.append(std::uint8_t{'\n'});
  };
  put_line(as_bytes(marker(kBegin, kOpensshLabel)));
  for (ByteView rest = digits.view(); !rest.empty();) {
    const std::size_t columns = std::min(kColumns, rest.size());
    put_line(rest.first(columns));
    rest = rest.subspan(columns);
  }
  put_line(as_bytes(marker(kEnd, kOpensshLabel)));
  if (!fits) return fail(Code::kBadInput, "the key is too large for a key file");
  return out;
}

std::string_view armor_label(std::string_view text) {
  text = without_parameters(text);
  if (!text.starts_with(kBegin)) return {};
  text.remove_prefix(kBegin.size());
  const std::size_t end = text.find(kDashes);
  return end == std::string_view::npos || end > text.find('\n') ? std::string_view() : text.substr(0, end);
}

Result<KeyText> parse_armor(std::string_view text, std::string_view label) {
  const std::string begin = marker(kBegin, label);
  const std::string end = marker(kEnd, label);
  text = without_parameters(text);
  if (!text.starts_with(begin)) return another_format(text);
  text.remove_prefix(begin.size());
  if (!text.ends_with(end)) return fail(Code::kBadInput, "the end of the file is missing");
  text.remove_suffix(end.size());
  if (!text.ends_with('\n') || text.find_first_of("\r\n") != 0) {
    return fail(Code::kBadInput, "the begin and end markers are not on lines of their own");
  }
  if (label != kOpensshLabel && text.find("Proc-Type: 4,ENCRYPTED") != std::string_view::npos)
    return encrypted_pem();
  KeyText digits;
  for (const char c : text) {
    if (c == '\r' || c == '\n') continue;
    if (!digits.append(static_cast<std::uint8_t>(c))) return fail(Code::kBadInput, "the key is too large");
  }
  KeyText out;
  if (!out.resize(digits.size())) return fail(Code::kInternal, "a buffer smaller than itself");
  HALLIGAN_TRY(const std::size_t size, parse_base64(as_text(digits.view()), {out.data(), out.size()}));
  if (!out.resize(size)) return fail(Code::kInternal, "a buffer smaller than itself");
  return out;
}

}  // namespace halligan::ssh
