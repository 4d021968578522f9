// A certificate against CAs, a revocation list, a time and a host: what has no problem has the signature, the
// time, the CA and the host that it was asked about, and is not in the list; what is shown of the rest is
// safe.
//
// Input: u64 time; u16 size, a file of CAs; u16 size, a revocation list; the certificate.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

#include "base/reader.hpp"
#include "ca/judgement.hpp"
#include "ssh/check.hpp"
#include "ui/describe.hpp"

using namespace halligan;

namespace {

Bytes part(Reader& reader) {
  const auto size = reader.u16();
  const auto bytes = reader.take(std::min<std::size_t>(size.value_or(0), reader.left()));
  return bytes ? to_bytes(*bytes) : Bytes();
}

// Lists are read from files.
std::optional<ca::RevocationList> list_of(ByteView bytes) {
  static const int fd = ::memfd_create("list", MFD_CLOEXEC);
  if (bytes.empty() || ::ftruncate(fd, 0) != 0) return std::nullopt;
  demand(::pwrite(fd, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
  auto list = ca::RevocationList::read("/proc/self/fd/" + std::to_string(fd));
  return list ? std::optional(std::move(*list)) : std::nullopt;
}

// By what the format says, in the simplest way.
bool lists_serial(const ssh::Krl& krl, const ssh::CertificateBody& body) {
  const Bytes ca = body.ca.blob();
  return std::ranges::any_of(krl.authorities, [&](const ssh::KrlAuthority& each) {
    if (!each.ca.empty() && !std::ranges::equal(each.ca, ca)) return false;
    return std::ranges::find(each.ids, std::string_view(body.key_id)) != each.ids.end() ||
           std::ranges::any_of(each.serials, [&](const ssh::SerialRange& range) {
             return body.serial >= range.first && body.serial <= range.last;
           });
  });
}

void check_safe(std::string_view text) {
  demand(is_utf8(as_bytes(text)));
  demand(std::ranges::none_of(
      text, [](char c) { return (static_cast<unsigned char>(c) < ' ' && c != '\n') || c == '\x7f'; }));
}

void check_good(const ca::Measure& measure, const ui::Described& described, const ca::HostAsked* host) {
  const ssh::CertificateBody& body = described.certificate.body;
  demand(described.verified.has_value());
  demand(measure.now >= body.valid_after && measure.now < body.valid_before);
  demand(measure.authorities.empty() || std::ranges::any_of(measure.authorities, [&](const auto& each) {
           return each.authority.key == body.ca;
         }));
  if (host == nullptr) return;
  demand(body.type == ssh::CertificateType::kHost);
  demand(std::ranges::find(body.principals, host->name) != body.principals.end());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Reader reader(ByteView{data, size});
  ca::Measure measure;
  measure.now = reader.u64().value_or(0);
  const Bytes authorities = part(reader);
  const Bytes list = part(reader);
  const auto certificate = ssh::parse_certificate(reader.rest());
  if (!certificate) return 0;
  const ui::Described described = ui::describe(*certificate, measure.now);
  if (auto parsed = ssh::parse_authorities(as_text(authorities))) {
    for (auto& each : *parsed) measure.authorities.push_back({"authorities", std::move(each)});
  }
  if (auto read = list_of(list)) measure.lists.push_back(*std::move(read));
  static const ca::HostAsked web1 = ca::parse_host("web1").value();
  for (const ca::HostAsked* host : {static_cast<const ca::HostAsked*>(nullptr), &web1}) {
    const ca::Judgement judgement = ca::judge(measure, described, host);
    if (judgement.problems.empty()) check_good(measure, described, host);
    check_safe(ca::judgement_rows(measure, judgement, certificate->body.serial));
    for (const ca::Problem& problem : judgement.problems) check_safe(problem.text);
    const auto krl = ssh::parse_krl(list);
    if (!measure.lists.empty() && krl && lists_serial(*krl, certificate->body))
      demand(judgement.list != nullptr && !judgement.problems.empty());
  }
  return 0;
}
