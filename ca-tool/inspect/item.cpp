#include "inspect/item.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "crypto/digest.hpp"
#include "ssh/wire.hpp"

namespace halligan::inspect {
namespace {

constexpr std::string_view kCertificateSuffix = "-cert-v01@openssh.com";

Shown broken(Error error) { return {{}, 0, std::move(error)}; }

}  // namespace

std::string Inspector::problem_lines(const ca::Judgement& judgement, const ui::Origin& origin,
                                     std::string_view what) const {
  std::string lines;
  const std::string number = origin.line == 0 ? "" : fmt::format(":{}", origin.line);
  for (const ca::Problem& each : judgement.problems) {
    lines += fmt::format("{}{}: {}: {}\n", printable(origin.file), number, what, each.text);
  }
  return lines;
}

int Inspector::answer(const ca::Judgement& judgement) const {
  const bool no = std::any_of(judgement.problems.begin(), judgement.problems.end(),
                              [&](const ca::Problem& each) { return check || !each.only_checked; });
  return no ? 1 : 0;
}

Shown Inspector::certificate(const ssh::Certificate& certificate, const ui::Origin& origin,
                             crypto::Verifier& verifier) const {
  auto verified = verifier.verify_certificate(certificate);
  const ca::Judgement judgement = ca::judge(measure, certificate, verified, host);
  Shown out{{}, answer(judgement), {}};
  if (check && judgement.problems.empty()) return out;
  if (check && !json) {
    const auto& body = certificate.body;
    out.text = problem_lines(judgement, origin,
                             fmt::format("\"{}\", serial {}", printable(body.key_id), body.serial));
    return out;
  }
  const ca::Judged judged{measure, judgement, check};
  const ui::Described described = ui::describe(certificate, measure.now, std::move(verified));
  if (json) {
    ui::Json value = ui::to_json(described, origin);
    ca::add_judged(value, judged);
    out.text = ui::json_line(value);
  } else {
    out.text = ui::to_text(described, origin, ca::judged_rows(judged, certificate.body.serial));
  }
  return out;
}

Shown Inspector::key(const ssh::PublicKey& key, const ui::Origin& origin) const {
  const ca::Judgement judgement = ca::judge(measure, key);
  Shown out{{}, answer(judgement), {}};
  if (check && judgement.problems.empty()) return out;
  if (check && !json) {
    out.text = problem_lines(judgement, origin, ui::key_words(key));
    return out;
  }
  const ca::Judged judged{measure, judgement, check};
  if (json) {
    ui::Json value = ui::to_json(key, origin);
    ca::add_judged_key(value, judged);
    out.text = ui::json_line(value);
  } else {
    out.text = ui::to_text(key, origin) + ca::revoked_row(judged, 0);
  }
  return out;
}

Shown Inspector::handle(const ssh::SkHandle& handle, const ui::Origin& origin) const {
  Shown out = key(handle.key, origin);
  if (check) return out;
  const ca::Judgement judgement = ca::judge(measure, handle.key);
  const ca::Judged judged{measure, judgement, false};
  if (json) {
    ui::Json value = ui::to_json(handle, origin);
    ca::add_judged_key(value, judged);
    out.text = ui::json_line(value);
  } else {
    out.text = ui::to_text(handle, origin, ca::revoked_row(judged, 0));
  }
  return out;
}

Shown Inspector::line(std::string_view line, const ui::Origin& origin, crypto::Verifier& verifier) const {
  if (line.substr(0, line.find_first_of(" \t")).ends_with(kCertificateSuffix)) {
    auto parsed = ssh::parse_certificate_line(line);
    if (!parsed) return broken(std::move(parsed).error());
    return certificate(parsed->certificate, origin.with_comment(parsed->comment), verifier);
  }
  auto parsed = ssh::parse_public_key_line(line);
  if (!parsed) return broken(std::move(parsed).error());
  return key(parsed->key, origin.with_comment(parsed->comment));
}

Shown Inspector::blob(ByteView blob, const ui::Origin& origin, crypto::Verifier& verifier) const {
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

}  // namespace halligan::inspect
