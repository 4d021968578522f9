// halligan revoke check
#include <fmt/format.h>

#include "base/codec.hpp"
#include "ca/judgement.hpp"
#include "ca/revocation_list.hpp"
#include "command/exit_code.hpp"
#include "io/files.hpp"
#include "revoke/command.hpp"
#include "ssh/text_line.hpp"
#include "ui/describe.hpp"

namespace halligan::revoke {
namespace {

struct Counts {
  std::uint64_t serials = 0;
  std::size_t key_ids = 0;
};

Counts count(const ssh::Krl& krl) {
  Counts out;
  for (const ssh::KrlAuthority& each : krl.authorities) {
    out.key_ids += each.ids.size();
    for (const ssh::SerialRange& range : each.serials) {
      const std::uint64_t more = range.last - range.first + 1;
      out.serials = more > UINT64_MAX - out.serials ? UINT64_MAX : out.serials + more;
    }
  }
  return out;
}

Result<> report_list(const ca::RevocationList& list, bool json) {
  const ssh::Krl& krl = list.krl();
  const Counts counts = count(krl);
  const std::size_t hashes = krl.sha1.size() + krl.sha256.size();
  const std::vector<std::string> refused = ca::refused_by_versions(krl);
  if (json) {
    ui::Json out{{"list", ui::json_text(list.path())}};
    if (list.version()) {
      out["version"] = *list.version();
      ui::put_moment(out, "generated", krl.generated);
    }
    out["serials"] = counts.serials;
    out["key_ids"] = counts.key_ids;
    out["keys"] = krl.keys.size();
    out["hashes"] = hashes;
    out["refused_by"] = refused;
    return ui::print(ui::json_line(out));
  }
  std::string text = ui::text_row("List", printable(list.path()));
  if (list.version()) {
    text += ui::text_row("Version", std::to_string(*list.version())) +
            ui::text_row("Generated", ui::moment_words(krl.generated));
  }
  text += ui::text_row("Entries", fmt::format("{} serials, {} key IDs, {} keys, {} hashes", counts.serials,
                                              counts.key_ids, krl.keys.size(), hashes));
  for (const std::string& each : refused) text += ui::text_row("Refused by", "sshd " + each);
  return ui::print(text);
}

Result<> report_entry(const CheckOptions& options, const std::string& file, std::size_t line,
                      const std::optional<ssh::Revocation>& found, std::uint64_t serial) {
  if (options.output.json) {
    ui::Json json{{"file", ui::json_text(file)}, {"line", line}, {"revoked", found.has_value()}};
    if (found) {
      json["entry"] = ca::revocation_code(found->by);
      json["ca_key"] = found->ca_key;
    }
    return ui::print(ui::json_line(json));
  }
  return ui::print(fmt::format("{}:{}: {}\n", printable(file), line,
                               found ? "revoked by " + ca::revocation_words(*found, serial) : "not revoked"));
}

}  // namespace

Result<int> check_list(const CheckOptions& options) {
  HALLIGAN_TRY(const auto list, ca::RevocationList::read(options.list));
  HALLIGAN_CHECK(report_list(list, options.output.json));
  bool revoked = false;
  for (const std::string& file : options.files) {
    HALLIGAN_TRY(const Bytes text, io::read_file(file, kLargestFile));
    std::size_t count = 0;
    const auto take = [&](std::string_view line, std::size_t number) -> Result<> {
      ++count;
      std::optional<ssh::Revocation> found;
      std::uint64_t serial = 0;
      if (ssh::key_type_of_certificate(ssh::first_word(line))) {
        HALLIGAN_TRY(const auto parsed, ssh::parse_certificate_line(line));
        found = list.find(parsed.certificate);
        serial = parsed.certificate.body.serial;
      } else {
        HALLIGAN_TRY(const auto parsed, ssh::parse_public_key_line(line));
        found = list.find(parsed.key);
      }
      revoked = revoked || found;
      return report_entry(options, file, number, found, serial);
    };
    HALLIGAN_CHECK(ssh::each_line(as_text(text), take).in(file));
    if (count == 0) return fail(Code::kBadInput, file + ": contains no key and no certificate");
  }
  const bool refused = !ca::refused_by_versions(list.krl()).empty();
  return refused ? command::exit_code(Code::kBadInput) : revoked ? 1 : 0;
}

}  // namespace halligan::revoke
