#include "ssh/findings.hpp"

#include <algorithm>
#include <set>

#include "base/codec.hpp"
#include "ssh/options.hpp"

namespace halligan::ssh {
namespace {

constexpr unsigned kSmallRsa = 2048;

class Judge {
 public:
  explicit Judge(const Certificate& certificate) : certificate_(certificate), body_(certificate.body) {}

  std::vector<Finding> run() {
    validity();
    principals();
    options(body_.critical, true);
    options(body_.extensions, false);
    identity();
    signature();
    std::stable_sort(out_.begin(), out_.end(),
                     [](const Finding& a, const Finding& b) { return a.severity > b.severity; });
    return std::move(out_);
  }

 private:
  void add(Severity severity, std::string_view code, std::string text, Topic topic = Topic::kContent) {
    out_.push_back({severity, topic, code, std::move(text)});
  }

  void validity() {
    if (body_.valid_before <= body_.valid_after) {
      add(Severity::kRefused, "validity-empty", "it ends before it begins: never valid", Topic::kValidity);
    } else if (body_.valid_before == kForever) {
      add(Severity::kWarning, "validity-unbounded", "it never expires", Topic::kValidity);
    }
  }

  void principals() {
    if (body_.principals.empty()) {
      add(Severity::kWarning, "principals-none",
          "no principals: valid for any user before OpenSSH 10.3, for none since");
    }
    std::set<std::string_view> seen;
    for (const std::string& principal : body_.principals) {
      const bool odd =
          principal.empty() || principal.find(',') != std::string::npos || plays_tricks(principal);
      if (odd || !seen.insert(principal).second) {
        add(Severity::kWarning, "principal-odd",
            "principal \"" + printable(principal) + "\" is " + (odd ? "not a plain name" : "named twice"));
      }
    }
  }

  void options(const CertificateOptions& list, bool critical) {
    const std::string what = critical ? "critical option " : "extension ";
    for (std::size_t i = 0; i < list.size(); ++i) {
      const std::string name = what + printable(list[i].name);
      if (i != 0 && list[i].name < list[i - 1].name) {
        add(Severity::kWarning, "options-unsorted", name + " is out of order");
      }
      const auto same_name = [&](const CertificateOption& other) { return other.name == list[i].name; };
      if (std::any_of(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(i), same_name)) {
        // sshd refuses a value that is given twice, and does not notice a flag that is.
        const bool value = option_kind(body_.type, list[i].name, critical) == OptionKind::kValue;
        add(value ? Severity::kRefused : Severity::kWarning, "options-duplicate", name + " is given twice");
      }
      option(list[i], critical, name);
    }
  }

  void option(const CertificateOption& option, bool critical, const std::string& name) {
    const OptionKind expected = option_kind(body_.type, option.name, critical);
    if (expected == OptionKind::kUnknown) {
      if (critical) {
        add(Severity::kRefused, "option-unknown", name + " is unknown: OpenSSH refuses the certificate");
      } else {
        add(Severity::kNote, "extension-unknown", name + " is unknown: OpenSSH ignores it");
      }
      return;
    }
    const auto value = option_value(option);
    bool good = value && value->has_value() == (expected == OptionKind::kValue);
    if (good && option.name == "source-address") good = source_address(**value, name);
    if (!good) add(Severity::kRefused, "option-malformed", name + " has a malformed value");
    const bool for_tokens = option.name == "verify-required" || option.name == "no-touch-required";
    if (for_tokens && !body_.subject.is_sk()) {
      add(Severity::kNote, "option-idle", name + " does nothing: the subject is not a security key");
    }
  }

  bool source_address(const std::string& value, const std::string& name) {
    const auto plain = plain_source_address(value);
    if (plain && *plain != value) {
      add(Severity::kWarning, "address-odd",
          name + " has an unusual address: OpenSSH reads it as " + printable(*plain));
    }
    return plain.has_value();
  }

  void identity() {
    if (body_.serial == 0) add(Severity::kWarning, "serial-zero", "serial 0: cannot be revoked by serial");
    if (body_.key_id.empty() || plays_tricks(body_.key_id)) {
      add(Severity::kWarning, "key-id-odd",
          "key ID \"" + printable(body_.key_id) + "\" is empty or not plain text");
    }
    if (body_.nonce.size() != kNonceSize) {
      add(Severity::kNote, "nonce-size",
          "nonce of " + std::to_string(body_.nonce.size()) + " bytes, usually 32");
    }
    if (!body_.reserved.empty()) add(Severity::kNote, "reserved-used", "the reserved field is not empty");
    small_rsa(body_.subject, "subject");
    small_rsa(body_.ca, "CA");
  }

  void small_rsa(const PublicKey& key, const std::string& whose) {
    if (key.type() == KeyType::kRsa && key.bits() < kSmallRsa) {
      add(Severity::kWarning, "rsa-small", whose + " key of " + std::to_string(key.bits()) + " RSA bits");
    }
  }

  void signature() {
    const Signature& made = certificate_.signature;
    if (!is_supported(made.algorithm)) {
      add(Severity::kRefused, "signature-sha1", "signed with RSA and SHA-1: refused since OpenSSH 8.2",
          Topic::kSignature);
    }
    if (!fits(made.algorithm, body_.ca.type())) {
      add(Severity::kRefused, "signature-mismatch",
          "signed with " + std::string(name(made.algorithm)) + " by a CA key of type " +
              std::string(body_.ca.name()),
          Topic::kSignature);
    } else if (is_sk(made.algorithm) && (made.flags & kUserPresent) == 0) {
      add(Severity::kWarning, "ca-untouched", "the CA's token signed without a touch; sshd accepts that");
    }
  }

  const Certificate& certificate_;
  const CertificateBody& body_;
  std::vector<Finding> out_;
};

}  // namespace

std::vector<Finding> findings(const Certificate& certificate) { return Judge(certificate).run(); }

}  // namespace halligan::ssh
