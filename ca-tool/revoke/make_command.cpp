// halligan revoke make | plan
#include <fmt/format.h>

#include <algorithm>

#include "base/codec.hpp"
#include "base/log.hpp"
#include "ca/judgement.hpp"
#include "ca/revocation_list.hpp"
#include "crypto/digest.hpp"
#include "io/clock.hpp"
#include "io/folders.hpp"
#include "revoke/command.hpp"
#include "ui/describe.hpp"

namespace halligan::revoke {
namespace {

void tell_notes(const Draft& draft) {
  for (const std::string& note : draft.notes) say(note);
  if (!draft.valid) say("there is no ledger: which valid certificates this revokes is not known");
}

std::size_t count_dying(const std::vector<Affected>& valid) {
  return static_cast<std::size_t>(
      std::ranges::count_if(valid, [](const Affected& each) { return each.revoked.has_value(); }));
}

ui::Json affected_json(const Affected& each) {
  const ssh::CertificateBody& body = each.certificate.body;
  ui::Json json{{"serial", body.serial}};
  ui::put_text(json, "key_id", body.key_id);
  ui::put_texts(json, "principals", body.principals);
  ui::put_validity(json, body.valid_after, body.valid_before);
  json["ca"] = crypto::fingerprint(body.ca);
  json["revoked"] = each.revoked.has_value();
  if (each.revoked) {
    json["entry"] = ca::revocation_code(each.revoked->by);
    json["before"] = each.before;
  }
  return json;
}

std::string affected_line(const Affected& each) {
  const ssh::CertificateBody& body = each.certificate.body;
  const char* fate = !each.revoked ? "stays" : each.before ? "revoked" : "dies";
  return fmt::format("{:8}  {:20}  {:25}  {}\n", fate, body.serial, io::format_local(body.valid_before),
                     printable(body.key_id));
}

// The version of the list that would be replaced; an older one never takes the place of a newer one.
Result<std::uint64_t> replaced_version(const std::string& path, const MakeOptions& options) {
  HALLIGAN_TRY(const io::Kind kind, io::kind_of(path));
  if (kind == io::Kind::kNothing) return 0;
  HALLIGAN_TRY(const bool in_place, io::same_file(path, options.old));
  if (!in_place && !options.output.force) {
    return fail(Code::kExists, path + " exists", "give --update with its name to add to it, or --force");
  }
  if (in_place) return 0;
  HALLIGAN_TRY(const auto there, ca::RevocationList::read(path));
  const std::uint64_t version = there.version().value_or(0);
  if (options.old.empty()) return version;
  HALLIGAN_TRY(const auto old, ca::RevocationList::read(options.old));
  if (old.version().value_or(0) < version) {
    return fail(Code::kNo,
                fmt::format("{} has version {}, which is newer than {}", path, version, options.old),
                "add to the newer one: --update " + shell_word(path));
  }
  return version;
}

}  // namespace

Result<int> make_list(const MakeOptions& options) {
  const std::string& path = options.file.empty() ? options.old : options.file;
  if (path.empty())
    return fail(Code::kUsage, "no file to write", "name it with --output, or a list with --update");
  HALLIGAN_TRY(const std::uint64_t above, replaced_version(path, options));
  HALLIGAN_TRY(const Draft made, draft(options, io::unix_seconds(), above));
  tell_notes(made);
  if (made.ends_all() && !options.yes) {
    return fail(Code::kNo,
                fmt::format("this revokes every certificate that is valid now, {}", made.valid->size()),
                "look at halligan revoke plan, then give --yes");
  }
  const io::NewFile file{path, 0644, made.file};
  HALLIGAN_CHECK(io::write_files({&file, 1}, io::Existing::kReplace));
  if (options.output.json) {
    ui::Json json{{"file", ui::json_text(path)}, {"version", made.version}, {"bytes", made.file.size()}};
    if (made.valid) {
      json["revoked"] = count_dying(*made.valid);
      json["valid"] = made.valid->size() - count_dying(*made.valid);
    }
    HALLIGAN_CHECK(ui::print(ui::json_line(json)));
    return 0;
  }
  std::string text = ui::text_row("File", printable(path)) +
                     ui::text_row("Version", fmt::format("{}, {} bytes", made.version, made.file.size()));
  if (made.valid) {
    text += ui::text_row("Revoked", fmt::format("{} of {} certificates that are valid now",
                                                count_dying(*made.valid), made.valid->size()));
  }
  HALLIGAN_CHECK(ui::print(text));
  return 0;
}

Result<int> plan_list(const PlanOptions& options) {
  HALLIGAN_TRY(const Draft made, draft(options, io::unix_seconds(), 0));
  for (const std::string& note : made.notes) say(note);
  if (!made.valid) {
    return fail(Code::kNotFound, "there is no ledger to tell which certificates are valid now",
                "name it with --ledger");
  }
  if (!options.output.json && !made.valid->empty()) {
    HALLIGAN_CHECK(ui::print(fmt::format("{:8}  {:20}  {:25}  {}\n", "fate", "serial", "until", "key ID")));
  }
  for (const Affected& each : *made.valid) {
    HALLIGAN_CHECK(ui::print(options.output.json ? ui::json_line(affected_json(each)) : affected_line(each)));
  }
  return 0;
}

}  // namespace halligan::revoke
