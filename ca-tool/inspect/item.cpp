#include "cli/inspect_item.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "crypto/digest.hpp"
#include "ssh/wire.hpp"

namespace halligan::cli {
namespace {

constexpr std::string_view kCertificateSuffix = "-cert-v01@openssh.com";

Shown broken(Error error) { return {{}, 0, std::move(error)}; }

}  // namespace

std::string Inspector::problem_lines(const Judgement& judgement, const Origin& origin,
                                     std::string_view what) const {
  std::string lines;
  const std::string number = origin.line == 0 ? "" : fmt::format(":{}", origin.line);
  for (const Problem& each : judgement.problems) {
    lines += fmt::format("{}{}: {}: {}\n", printable(origin.file), number, what, each.text);
  }
  return lines;
}

int Inspector::answer(const Judgement& judgement) const {
  const bool no = std::any_of(judgement.problems.begin(), judgement.problems.end(),
                              [&](const Problem& each) { return check || !each.only_checked; });
  return no ? 1 : 0;
}

Shown Inspector::certificate(const ssh::Certificate& certificate, const Origin& origin,
                             crypto::Verifier& verifier) const {
  auto verified = verifier.verify_certificate(certificate);
  const Judgement judgement = judge(measure, certificate, verified, host);
  Shown out{{}, answer(judgement), {}};
  if (check && judgement.problems.empty()) return out;
  if (check && !json) {
    const auto& body = certificate.body;
    out.text = problem_lines(judgement, origin,
                             fmt::format("\"{}\", serial {}", printable(body.key_id), body.serial));
    return out;
  }
  const Judged judged{measure, judgement, check};
  Described described = describe(certificate, measure.now, std::move(verified));
  described.judged = &judged;
  out.text = json ? to_json(described, origin) + "\n" : to_text(described, origin);
  return out;
}

Shown Inspector::key(const ssh::PublicKey& key, const Origin& origin) const {
  const Judgement judgement = judge(measure, key);
  Shown out{{}, answer(judgement), {}};
  if (check && judgement.problems.empty()) return out;
  if (check && !json) {
    out.text = problem_lines(judgement, origin, key_words(key));
    return out;
  }
  const Judged judged{measure, judgement, check};
  out.text = json ? to_json(key, origin, judged) + "\n" : to_text(key, origin, judged);
  return out;
}

Shown Inspector::handle(const ssh::SkHandle& handle, const Origin& origin) const {
  Shown out = key(handle.key, origin);
  if (check) return out;
  const Judged judged{measure, judge(measure, handle.key), false};
  out.text = json ? to_json(handle, origin, judged) + "\n" : to_text(handle, origin, judged);
  return out;
}

Shown Inspector::line(std::string_view line, const Origin& origin, crypto::Verifier& verifier) const {
  if (line.substr(0, line.find_first_of(" \t")).ends_with(kCertificateSuffix)) {
    auto parsed = ssh::parse_certificate_line(line);
    if (!parsed) return broken(std::move(parsed).error());
    return certificate(parsed->certificate, origin.with_comment(parsed->comment), verifier);
  }
  auto parsed = ssh::parse_public_key_line(line);
  if (!parsed) return broken(std::move(parsed).error());
  return key(parsed->key, origin.with_comment(parsed->comment));
}

Shown Inspector::blob(ByteView blob, const Origin& origin, crypto::Verifier& verifier) const {
  auto type = ssh::WireReader(blob).text();
  if (!type) return broken(std::move(type).error());
  if (type->ends_with(kCertificateSuffix)) {
    auto parsed = ssh::parse_certificate(blob);
    if (!parsed) return broken(std::move(parsed).error());
    return certificate(*parsed, origin, verifier);
  }
  auto parsed = ssh::PublicKey::parse(blob);
  if (!parsed) return broken(std::move(parsed).error());
  return key(*parsed, origin);
}

}  // namespace halligan::cli
