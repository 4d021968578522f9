#include "trust/canaries.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/codec.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "ca/judgement.hpp"
#include "crypto/canary.hpp"
#include "crypto/digest.hpp"
#include "crypto/verify.hpp"
#include "io/files.hpp"
#include "ssh/options.hpp"
#include "ssh/text_line.hpp"
#include "trust/config_text.hpp"

namespace halligan::trust {
namespace {

constexpr std::size_t kLargestCanary = 1 << 20;
constexpr const char* kMakeHint = "make a new one: halligan prove --make";

std::string words(const ssh::CertificateBody& body) {
  return fmt::format("the certificate \"{}\"", printable(body.key_id));
}

// What every host refuses.
Result<> check(const ssh::Certificate& certificate, std::uint64_t now) {
  const ssh::CertificateBody& body = certificate.body;
  if (body.type != ssh::CertificateType::kUser)
    return fail(Code::kBadInput, words(body) + " is for hosts, not for a user");
  if (const auto verified = crypto::verify_certificate(certificate); !verified)
    return fail(Code::kBadInput, words(body) + ": the CA's signature: " + verified.error().message);
  if (now < body.valid_after) return fail(Code::kBadInput, words(body) + " is not valid yet");
  if (now >= body.valid_before) {
    return fail(Code::kBadInput,
                fmt::format("{} expired {} ago", words(body), ui::duration_words(now - body.valid_before)),
                kMakeHint);
  }
  for (const ssh::CertificateOption& each : body.critical) {
    if (ssh::option_kind(body.type, each.name, true) == ssh::OptionKind::kUnknown)
      return fail(Code::kBadInput, fmt::format("{} has the critical option {}, which sshd does not know",
                                               words(body), printable(each.name)));
  }
  return {};
}

bool is_to_be_revoked(const ssh::CertificateBody& body) {
  const auto name = crypto::parse_canary_name(body.key_id);
  return name && name->revoked && crypto::is_canary(body);
}

Result<> read_file(const std::string& file, std::uint64_t now, std::vector<Canary>& out) {
  const std::size_t before = out.size();
  bool revoked = false;
  HALLIGAN_TRY(const Bytes text, io::read_file(file, kLargestCanary));
  const auto take = [&](std::string_view line, std::size_t) -> Result<> {
    HALLIGAN_TRY(auto parsed, ssh::parse_certificate_line(line));
    if (is_to_be_revoked(parsed.certificate.body)) {
      revoked = true;
      return {};
    }
    out.push_back({file, std::move(parsed.certificate)});
    return check(out.back().certificate, now);
  };
  HALLIGAN_CHECK(ssh::each_line(as_text(text), take));
  if (out.size() == before) {
    return fail(Code::kBadInput,
                revoked ? "its canaries are to be revoked: none proves that a host trusts the CA"
                        : "there is no certificate in it",
                kMakeHint);
  }
  if (revoked)
    say(printable(file) + ": canaries that are to be revoked are not asked about",
        "ask hosts about them with halligan prove");
  return {};
}

// A host once the plan is in force.
class Later {
 public:
  Later(const Facts& facts, const Wanted& wanted, Plan& plan) : facts_(facts), wanted_(wanted), plan_(plan) {}

  // Files that are not there have no text.
  std::string_view text(const std::string& path) const {
    const HostFile* const file = facts_.file(path);
    const bool there = file != nullptr && file->exists;
    if (const FileChange* const change = plan_.change(there ? file->real : path)) return change->text;
    return there ? std::string_view(file->text) : std::string_view();
  }

  bool names(const Account& account, const ssh::CertificateBody& body) const {
    // What a command says is not known.
    if (account.value("authorizedprincipalscommand") != "none") return true;
    const auto listed = [&](std::string_view name) {
      return std::ranges::find(body.principals, name) != body.principals.end();
    };
    if (account.principals.empty()) return listed(account.name);
    std::string_view rest = text(account.principals);
    while (!rest.empty()) {
      std::string_view line = next_line(rest);
      while (line.ends_with(' ') || line.ends_with('\t')) line.remove_suffix(1);
      // Options and a blank come before the name.
      const std::size_t blank = line.find_last_of(" \t");
      if (listed(blank == std::string_view::npos ? line : line.substr(blank + 1))) return true;
    }
    return false;
  }

  // Why the host refuses it, and what to do; nothing if nothing is known against it.
  std::optional<Remark> against(const Account& account, const ssh::Certificate& certificate) const {
    const ssh::CertificateBody& body = certificate.body;
    if (!trusts(account, body.ca))
      return Remark{"the host will not trust its CA, " + crypto::fingerprint(body.ca),
                    "name a certificate by one of the CAs of --ca"};
    if (auto revoked = revocation(account, certificate)) return Remark{*std::move(revoked), kMakeHint};
    if (facts_.time != 0 && (facts_.time < body.valid_after || facts_.time >= body.valid_before))
      return Remark{"it is not valid by the host's clock", "set the host's clock"};
    if (const auto* const source = ssh::find_option(body.critical, "source-address")) {
      const auto list = ssh::option_value(*source);
      if (!list || !*list || match_addresses(facts_.from, **list) != 1)
        return Remark{"it is not for logins from " + printable(facts_.from),
                      "name a certificate without source-address"};
    }
    const std::string type(ssh::certificate_name(body.subject.type()));
    const bool rsa = body.subject.type() == ssh::KeyType::kRsa;  // its signatures have names of their own
    if (!rsa && match_list(type, account.accepted()) != 1)
      return Remark{"the host does not accept the type of its key, " + type,
                    "name a certificate for an Ed25519 key"};
    return std::nullopt;
  }

 private:
  bool trusts(const Account& account, const ssh::PublicKey& ca) const {
    const auto is = [&](const ssh::PublicKey& key) { return key == ca; };
    if (std::ranges::any_of(wanted_.authorities, is, &ssh::PublicKeyLine::key)) return true;
    for (const std::string& path : account.words("trustedusercakeys")) {
      const auto read = read_ca_file(text(path));
      if (std::ranges::any_of(read.keys, is, &std::pair<std::size_t, ssh::PublicKey>::second)) return true;
    }
    // A line of authorized_keys may trust it, too: sshd looks there first.
    const std::string key = ssh::format_public_key_line(ca, {});
    return std::ranges::any_of(account.authorized, [&](const std::string& lines) {
      return lines.find("cert-authority") != std::string::npos && lines.find(key) != std::string::npos;
    });
  }

  std::optional<std::string> revocation(const Account& account, const ssh::Certificate& certificate) const {
    auto paths = account.words("revokedkeys");
    if (paths.empty()) paths.emplace_back(kListFile);
    for (const std::string& path : paths) {
      const std::string_view list = text(path);
      if (list.empty()) continue;
      const auto parsed = ca::RevocationList::parse(to_bytes(as_bytes(list)), path);
      if (!parsed) continue;  // a reason to refuse the whole plan
      if (const auto found = parsed->find(certificate))
        return fmt::format("{} revokes it, by {}", printable(path),
                           ca::revocation_words(*found, certificate.body.serial));
    }
    return std::nullopt;
  }

  const Facts& facts_;
  const Wanted& wanted_;
  Plan& plan_;
};

}  // namespace

Result<std::vector<Canary>> read_canaries(const std::vector<std::string>& files, std::uint64_t now) {
  std::vector<Canary> out;
  for (const std::string& file : files) HALLIGAN_CHECK(read_file(file, now, out).in(printable(file)));
  return out;
}

std::vector<Question> choose_canaries(const Facts& facts, const Wanted& wanted,
                                      const std::vector<Canary>& canaries, Plan& plan) {
  std::vector<Question> out;
  if (canaries.empty()) return out;
  const Later later(facts, wanted, plan);
  for (const std::string& name : wanted.accounts) {
    const Account* const account = facts.account(name);
    if (account == nullptr || !account->failed.empty()) continue;  // refused for that
    Question question{name, {}};
    for (const Canary& each : canaries) {
      const ssh::CertificateBody& body = each.certificate.body;
      if (!later.names(*account, body)) continue;
      question.canaries.push_back(&each);
      if (auto why = later.against(*account, each.certificate))
        plan.refusals.push_back({fmt::format("{} of {} proves nothing for {}: {}", words(body),
                                             printable(each.file), printable(name), why->text),
                                 std::move(why->next)});
    }
    if (question.canaries.empty()) {
      plan.refusals.push_back({"no certificate of --canary is for " + printable(name),
                               "make one: halligan prove --make --account " + shell_word(name)});
      continue;
    }
    out.push_back(std::move(question));
  }
  return out;
}

}  // namespace halligan::trust
