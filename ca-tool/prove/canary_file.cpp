#include "prove/canary_file.hpp"

#include <algorithm>

#include "base/codec.hpp"
#include "base/log.hpp"
#include "crypto/digest.hpp"
#include "crypto/verify.hpp"
#include "io/files.hpp"
#include "io/folders.hpp"
#include "ssh/text_line.hpp"
#include "ui/describe.hpp"

namespace halligan::prove {
namespace {

constexpr std::size_t kLargestCanaryFile = 4 << 20;
constexpr const char* kMachineFile = "/etc/halligan/canaries.pub";
constexpr const char* kMakeHint = "make new ones with halligan prove --make";

std::string words(const Canary& canary) {
  return "the canary of " + printable(canary.name.label) + " by " + canary.authority();
}

}  // namespace

std::string Canary::authority() const {
  return comment.empty() ? crypto::fingerprint(certificate.body.ca) : printable(comment);
}

Result<std::vector<Canary>> parse_canaries(std::string_view text) {
  std::vector<Canary> out;
  const auto take = [&](std::string_view line, std::size_t) -> Result<> {
    HALLIGAN_TRY(auto parsed, ssh::parse_certificate_line(line));
    auto name = crypto::parse_canary_name(parsed.certificate.body.key_id);
    if (!name || !crypto::is_canary(parsed.certificate.body))
      return fail(Code::kBadInput, "not a canary: somebody may hold the key of this certificate");
    HALLIGAN_CHECK(crypto::verify_certificate(parsed.certificate).in("the CA's signature"));
    out.push_back({std::move(parsed.certificate), *std::move(name), std::move(parsed.comment)});
    return {};
  };
  HALLIGAN_CHECK(ssh::each_line(text, take));
  if (out.empty()) return fail(Code::kBadInput, "there is no canary in it", kMakeHint);
  return out;
}

std::string format_canaries(const std::vector<Canary>& canaries) {
  std::string text;
  for (const Canary& each : canaries)
    text += ssh::format_certificate_line(each.certificate, each.comment) + "\n";
  return text;
}

Result<std::string> own_canary_file() {
  if (const auto folder = io::base_folder("XDG_CONFIG_HOME", ".config"))
    return *folder + "/halligan/canaries.pub";
  return fail(Code::kUsage,
              "there is no place for canaries: neither XDG_CONFIG_HOME nor HOME is an absolute path",
              "name a file with --canaries FILE");
}

Result<std::string> usual_canary_file() {
  HALLIGAN_TRY(std::string own, own_canary_file());
  HALLIGAN_TRY(const io::Kind there, io::kind_of(own));
  HALLIGAN_TRY(const io::Kind elsewhere, io::kind_of(kMachineFile));
  return there == io::Kind::kNothing && elsewhere != io::Kind::kNothing ? kMachineFile : own;
}

Result<std::vector<Canary>> read_canaries(const std::string& file) {
  HALLIGAN_TRY(const Bytes text,
               io::read_file(file, kLargestCanaryFile).in("canaries").hint(Code::kNotFound, kMakeHint));
  return parse_canaries(as_text(text)).in(printable(file));
}

void put_canary(std::vector<Canary>& canaries, Canary canary) {
  const auto same = std::ranges::find_if(canaries, [&](const Canary& each) {
    return each.name.label == canary.name.label && each.name.revoked == canary.name.revoked &&
           each.certificate.body.ca == canary.certificate.body.ca;
  });
  if (same == canaries.end()) {
    canaries.push_back(std::move(canary));
  } else {
    *same = std::move(canary);
  }
}

Result<std::vector<Canary>> choose_canaries(std::vector<Canary> canaries,
                                            const std::vector<std::string>& accounts, std::uint64_t now) {
  constexpr std::uint64_t kSoon = std::uint64_t{30} * 24 * 60 * 60;
  const auto wanted = [&](const Canary& each) {
    return accounts.empty() || std::ranges::find(accounts, each.name.label) != accounts.end();
  };
  std::erase_if(canaries, [&](const Canary& each) { return !wanted(each); });
  for (const std::string& account : accounts) {
    if (!std::ranges::any_of(canaries, [&](const Canary& each) { return each.name.label == account; }))
      return fail(Code::kNotFound, "there is no canary of " + printable(account), kMakeHint);
  }
  for (const Canary& each : canaries) {
    const ssh::CertificateBody& body = each.certificate.body;
    if (now < body.valid_after) return fail(Code::kBadInput, words(each) + " is not valid yet");
    if (now >= body.valid_before)
      return fail(Code::kBadInput,
                  words(each) + " expired " + ui::duration_words(now - body.valid_before) + " ago",
                  kMakeHint);
    if (body.valid_before - now < kSoon)
      say(words(each) + " expires in " + ui::duration_words(body.valid_before - now), kMakeHint);
  }
  // In one connection those that must be refused come last: each refusal counts.
  std::ranges::stable_sort(canaries, {}, [](const Canary& each) { return each.name.revoked; });
  return canaries;
}

}  // namespace halligan::prove
