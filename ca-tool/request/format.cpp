#include "request/format.hpp"

#include <algorithm>
#include <set>

#include "base/codec.hpp"
#include "ssh/certificate.hpp"
#include "ssh/wire.hpp"

namespace halligan::request {
namespace {

constexpr std::uint32_t kRequestVersion = 1;
constexpr std::string_view kRequestBegin = "-----BEGIN HALLIGAN REQUEST-----";
constexpr std::size_t kRequestColumns = 70;
constexpr std::size_t kMaxWord = 255;
constexpr std::uint64_t kEndOfTime = std::uint64_t{1} << 63;  // sshd compares with a signed time_t

// Shown to whoever decides, then written into logs: one line of text.
Result<> check_word(std::string_view what, std::string_view text) {
  if (text.empty() || text.size() > kMaxWord) {
    return fail(Code::kBadInput,
                std::string(what) + " of " + std::to_string(text.size()) + " bytes, not 1..255");
  }
  if (plays_tricks(text) || !is_utf8(as_bytes(text))) {
    return fail(Code::kBadInput,
                std::string(what) + " " + hex(as_bytes(text)) + ": invisible characters or not UTF-8");
  }
  return {};
}

Result<> check_names(std::string_view what, const std::vector<std::string>& names) {
  std::set<std::string_view> seen;
  for (const std::string& name : names) {
    HALLIGAN_CHECK(check_word(what, name));
    if (name.find_first_of(", ") != std::string::npos) {
      return fail(Code::kBadInput,
                  std::string(what) + " " + printable(name) + ": contains a comma or a blank");
    }
    if (!seen.insert(name).second) {
      return fail(Code::kBadInput, std::string(what) + " " + printable(name) + " is named twice");
    }
  }
  return {};
}

void write_names(ssh::WireWriter& writer, const std::vector<std::string>& names) {
  writer.u32(static_cast<std::uint32_t>(names.size()));
  for (const std::string& name : names) writer.text(name);
}

Result<std::vector<std::string>> read_names(ssh::WireReader& reader, std::size_t most) {
  HALLIGAN_TRY(const std::uint32_t count, reader.u32());
  if (count > most)
    return fail(Code::kBadInput, std::to_string(count) + " names, at most " + std::to_string(most));
  std::vector<std::string> names;
  for (std::uint32_t i = 0; i < count; ++i) {
    HALLIGAN_TRY(const std::string_view name, reader.text());
    names.emplace_back(name);
  }
  return names;
}

Result<Request> read_request(ByteView bytes) {
  ssh::WireReader reader(bytes);
  HALLIGAN_TRY(const std::uint32_t version, reader.u32());
  if (version != kRequestVersion) {
    return fail(Code::kUnsupported, "version " + std::to_string(version) + " is not supported",
                "use the version of halligan that made the request");
  }
  HALLIGAN_TRY(const ByteView blob, reader.string());
  HALLIGAN_TRY(ssh::PublicKey key, ssh::PublicKey::parse(blob));
  Request out{.key = std::move(key)};
  HALLIGAN_TRY(out.principals, read_names(reader, ssh::kMaxPrincipals));
  HALLIGAN_TRY(out.hosts, read_names(reader, kMaxRequestHosts));
  HALLIGAN_TRY(out.reason, reader.text());
  HALLIGAN_TRY(out.validity.after, reader.u64());
  HALLIGAN_TRY(out.validity.before, reader.u64());
  HALLIGAN_TRY(out.time, reader.u64());
  HALLIGAN_TRY(const ByteView nonce, reader.string());
  out.nonce = to_bytes(nonce);
  HALLIGAN_CHECK(reader.done());
  HALLIGAN_CHECK(check_request(out));
  return out;
}

Result<ssh::Sshsig> read_proof(ssh::WireReader& reader) {
  HALLIGAN_TRY(const ByteView blob, reader.string());
  return ssh::parse_sshsig(blob);
}

Result<SignedRequest> read_block(ByteView block) {
  ssh::WireReader reader(block);
  HALLIGAN_TRY(const std::string_view kind, reader.text());
  if (kind != kRequestNamespace) return fail(Code::kBadInput, "not a request");
  HALLIGAN_TRY(const ByteView bytes, reader.string());
  HALLIGAN_TRY(Request request, read_request(bytes));
  HALLIGAN_TRY(ssh::Sshsig proof, read_proof(reader));
  SignedRequest out{std::move(request), std::move(proof)};
  HALLIGAN_TRY(const std::uint32_t count, reader.u32());
  if (count > kMaxCoSignatures)
    return fail(Code::kBadInput, std::to_string(count) + " co-signatures, at most 16");
  for (std::uint32_t i = 0; i < count; ++i) {
    HALLIGAN_TRY(ssh::Sshsig signature, read_proof(reader));
    out.co_signatures.push_back(std::move(signature));
  }
  HALLIGAN_CHECK(reader.done());
  return out;
}

// Takes the first line off the text, without the blanks and ">" that mail and chat add.
std::string_view next_bare_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  const std::size_t first = line.find_first_not_of("> \t\r");
  if (first == std::string_view::npos) return {};
  return line.substr(first, line.find_last_not_of(" \t\r") - first + 1);
}

}  // namespace

Bytes encode(const Request& request) {
  ssh::WireWriter writer;
  writer.u32(kRequestVersion).string(request.key.blob());
  write_names(writer, request.principals);
  write_names(writer, request.hosts);
  writer.text(request.reason).u64(request.validity.after).u64(request.validity.before);
  writer.u64(request.time).string(request.nonce);
  return std::move(writer).take();
}

Bytes signed_part(const SignedRequest& request) {
  ssh::WireWriter writer;
  writer.text(kRequestNamespace).string(encode(request.request)).string(encode(request.proof));
  return std::move(writer).take();
}

Bytes encode(const SignedRequest& request) {
  ssh::WireWriter writer;
  writer.raw(signed_part(request)).u32(static_cast<std::uint32_t>(request.co_signatures.size()));
  for (const ssh::Sshsig& signature : request.co_signatures) writer.string(encode(signature));
  return std::move(writer).take();
}

Result<> check_request(const Request& request) {
  if (request.principals.empty()) return fail(Code::kBadInput, "no principals", "give them with -n");
  if (request.principals.size() > ssh::kMaxPrincipals || request.hosts.size() > kMaxRequestHosts) {
    return fail(Code::kBadInput, "more than 256 principals or 64 hosts");
  }
  HALLIGAN_CHECK(check_names("principal", request.principals));
  HALLIGAN_CHECK(check_names("host", request.hosts));
  HALLIGAN_CHECK(check_word("reason", request.reason));
  const ssh::Validity& validity = request.validity;
  if (validity.unbounded()) {
    return fail(Code::kBadInput, "unbounded validity is not allowed", "give an interval: -V -5m:+60m");
  }
  if (validity.before <= validity.after || validity.before >= kEndOfTime || request.time >= kEndOfTime) {
    return fail(Code::kBadInput, "invalid validity or time");
  }
  if (request.nonce.size() != kRequestNonceSize) {
    return fail(Code::kBadInput, "nonce of " + std::to_string(request.nonce.size()) + " bytes, not 32");
  }
  return {};
}

Result<SignedRequest> parse_request(ByteView block) { return read_block(block).in("request"); }

std::string format_request(const SignedRequest& request) {
  const std::string digits = base64(encode(request));
  std::string text(kRequestBegin);
  text += '\n';
  for (std::size_t at = 0; at < digits.size(); at += kRequestColumns) {
    text.append(digits, at, kRequestColumns);
    text += '\n';
  }
  text += kRequestEnd;
  text += '\n';
  return text;
}

Result<SignedRequest> parse_request_text(std::string_view text) {
  if (text.size() > kMaxRequestText) return fail(Code::kBadInput, "request: too large");
  enum class Place { kBefore, kInside, kBehind } place = Place::kBefore;
  std::string digits;
  while (!text.empty()) {
    const std::string_view line = next_bare_line(text);
    if (line == kRequestBegin) {
      // The one that is shown must be the one that the sender means.
      if (place != Place::kBefore) return fail(Code::kBadInput, "request: more than one in this text");
      place = Place::kInside;
    } else if (place == Place::kInside && line == kRequestEnd) {
      place = Place::kBehind;
    } else if (place == Place::kInside) {
      for (const char c : line) {
        if (c != ' ' && c != '\t') digits += c;
      }
    }
  }
  if (place == Place::kBefore) {
    return fail(Code::kBadInput, "not a request: no line " + std::string(kRequestBegin),
                "copy all of it, from that line to " + std::string(kRequestEnd));
  }
  if (place == Place::kInside) {
    return fail(Code::kBadInput, "request: truncated, the line " + std::string(kRequestEnd) + " is missing");
  }
  HALLIGAN_TRY(const Bytes block, parse_base64(digits).in("request"));
  return parse_request(block);
}

bool has_request(std::string_view text) {
  while (!text.empty()) {
    if (next_bare_line(text) == kRequestBegin) return true;
  }
  return false;
}

}  // namespace halligan::request
