// validate(): the rules for what we issue. Parsing is more patient, because others issue certificates too.
#include <algorithm>
#include <set>

#include "base/codec.hpp"
#include "ssh/certificate.hpp"
#include "ssh/options.hpp"

namespace halligan::ssh {
namespace {

constexpr std::size_t kMaxText = 255;
constexpr std::uint64_t kLastTime = std::uint64_t{1} << 63;  // sshd compares with a signed time_t

// Logged by sshd and matched by administrators' scripts: one line of text, nothing else.
Result<> check_text(std::string_view what, std::string_view text) {
  if (text.empty()) return fail(Code::kBadInput, "empty " + std::string(what));
  if (text.size() > kMaxText) {
    return fail(Code::kBadInput,
                std::string(what) + " of " + std::to_string(text.size()) + " bytes, at most 255");
  }
  const auto is_control = [](unsigned char c) { return c < 0x20 || c == 0x7F; };
  if (std::any_of(text.begin(), text.end(), is_control) || !is_utf8(as_bytes(text))) {
    return fail(Code::kBadInput,
                std::string(what) + " " + printable(text) + ": control characters or not UTF-8");
  }
  return {};
}

bool has_blank_edge(const std::string& text) { return text.front() == ' ' || text.back() == ' '; }

// sshd compares names byte by byte: "root, admin" would open no account that is called admin.
Failure blank_edge(const std::string& principal, const std::vector<std::string>& principals) {
  std::string meant;
  for (const std::string& each : principals) {
    const std::size_t first = each.find_first_not_of(' ');
    if (first == std::string::npos) continue;
    meant +=
        (meant.empty() ? "" : ",") + shell_word(each.substr(first, each.find_last_not_of(' ') - first + 1));
  }
  return fail(Code::kBadInput,
              "principal \"" + printable(principal) + "\" " + (principal.front() == ' ' ? "begins" : "ends") +
                  " with a blank",
              meant.empty() ? "" : "-n " + meant);
}

Result<> check_principals(const std::vector<std::string>& principals) {
  if (principals.empty()) return fail(Code::kBadInput, "no principals", "name the users it is for with -n");
  if (principals.size() > kMaxPrincipals) {
    return fail(Code::kBadInput, std::to_string(principals.size()) + " principals, at most 256");
  }
  std::set<std::string_view> seen;
  for (const std::string& principal : principals) {
    HALLIGAN_CHECK(check_text("principal", principal));
    if (has_blank_edge(principal)) return blank_edge(principal, principals);
    // AuthorizedPrincipalsFile and -n both separate by comma: such a name could be taken for two.
    if (principal.find(',') != std::string::npos) {
      return fail(Code::kBadInput, "principal " + printable(principal) + ": a comma inside");
    }
    if (!seen.insert(principal).second) {
      return fail(Code::kBadInput, "principal " + printable(principal) + " is named twice");
    }
  }
  return {};
}

Result<> check_data(const CertificateOption& option, OptionKind kind) {
  if (kind == OptionKind::kUnknown) return {};
  HALLIGAN_TRY(const auto value, option_value(option));
  if (value.has_value() != (kind == OptionKind::kValue)) {
    return fail(Code::kBadInput, kind == OptionKind::kFlag ? "takes no value" : "needs a value");
  }
  if (option.name == "source-address") return check_source_address(*value);
  if (value && value->empty()) return fail(Code::kBadInput, "empty value");
  return {};
}

Result<> check_options(CertificateType type, const CertificateOptions& options, bool critical) {
  const std::string what = critical ? "critical option" : "extension";
  for (std::size_t i = 0; i < options.size(); ++i) {
    HALLIGAN_CHECK(check_text(what, options[i].name));
    if (i != 0 && options[i].name == options[i - 1].name) {
      return fail(Code::kBadInput, what + " " + printable(options[i].name) + " appears twice");
    }
    if (i != 0 && options[i].name < options[i - 1].name) {
      return fail(Code::kBadInput, what + " " + printable(options[i].name) + " is out of order");
    }
    HALLIGAN_CHECK(check_data(options[i], option_kind(type, options[i].name, critical))
                       .in(what + " " + printable(options[i].name)));
  }
  return {};
}

}  // namespace

Result<> validate(const CertificateBody& body) {
  if (body.nonce.size() != kNonceSize) {
    return fail(Code::kBadInput, "nonce of " + std::to_string(body.nonce.size()) + " bytes, not 32");
  }
  HALLIGAN_CHECK(check_text("key ID", body.key_id));
  HALLIGAN_CHECK(check_principals(body.principals));
  if (body.valid_after == 0 || body.valid_before == kForever) {
    return fail(Code::kBadInput, "unbounded validity is not allowed",
                "give both ends with -V, such as -V -5m:+60m");
  }
  if (body.valid_before <= body.valid_after)
    return fail(Code::kBadInput, "validity that ends before it begins");
  if (body.valid_before >= kLastTime) return fail(Code::kBadInput, "validity beyond the end of time_t");
  HALLIGAN_CHECK(check_options(body.type, body.critical, true));
  HALLIGAN_CHECK(check_options(body.type, body.extensions, false));
  if (!body.reserved.empty()) return fail(Code::kBadInput, "the reserved field is not empty");
  return {};
}

}  // namespace halligan::ssh
