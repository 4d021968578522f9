#include "prove/make.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "base/codec.hpp"
#include "base/log.hpp"
#include "io/files.hpp"
#include "io/folders.hpp"
#include "issue/issuer.hpp"
#include "prove/canary_file.hpp"
#include "ui/output.hpp"

namespace halligan::prove {
namespace {

struct Account {
  std::string name;
  std::vector<std::string> principals;
};

// "root=breakglass,root".
Account parse_account(const std::string& text, const std::vector<std::string>& configured) {
  const std::size_t equals = text.find('=');
  Account account{text.substr(0, equals), {}};
  if (equals != std::string::npos) {
    std::istringstream names(text.substr(equals + 1));
    for (std::string name; std::getline(names, name, ',');) account.principals.push_back(name);
  } else {
    account.principals = configured;
  }
  if (account.principals.empty()) account.principals = {account.name};
  return account;
}

// What the emergency certificate would carry, and a command, in case that anybody ever logs in with it.
issue::SpecOptions canary_spec(issue::SpecOptions spec) {
  auto& options = spec.certificate_options;
  const bool forced = std::ranges::any_of(
      options, [](const std::string& each) { return each.starts_with("force-command="); });
  if (!forced) options.insert(options.begin(), std::string("force-command=") + kCanaryCommand);
  options.insert(options.begin(), "clear");
  if (spec.validity.empty()) spec.validity = kCanaryValidity;
  return spec;
}

Result<std::vector<issue::Subject>> subjects_of(const ProveOptions& options,
                                                const std::vector<std::string>& configured) {
  std::vector<issue::Subject> subjects;
  for (const std::string& text : options.accounts) {
    Account account = parse_account(text, configured);
    for (const bool revoked : {false, true}) {
      if (revoked && !options.revoked) continue;
      HALLIGAN_TRY(auto made, crypto::make_canary_key({account.name, revoked}).in("--account"));
      subjects.push_back({.name = "canary of " + account.name,
                          .key = std::move(made.key),
                          .key_id = std::move(made.key_id),
                          .principals = account.principals});
    }
  }
  return subjects;
}

// Files are all named "ca": what tells one CA from another in a report is what its token is called.
std::string name_of_ca(const ProveOptions& options, const ca::OpenedCa& ca) {
  const auto& selection = options.selection;
  if (selection.configured) return selection.configured->name;
  if (ca.notes && !ca.notes->comment.empty()) return printable(ca.notes->comment);
  return std::filesystem::path(selection.authority.file).stem().string();
}

Result<std::vector<Canary>> existing(const std::string& file) {
  auto read = read_canaries(file);
  if (!read && read.error().code == Code::kNotFound) return std::vector<Canary>{};
  return read;
}

Result<> report(const ProveOptions& options, const issue::IssuedCertificate& issued,
                const std::string& file) {
  if (options.quiet) return {};
  const auto& body = issued.certificate.body;
  return ui::print(options.output.json ? ui::json_line(issued.to_json(file))
                                       : fmt::format("{}  serial {}  {}\n", printable(file), body.serial,
                                                     printable(body.key_id)));
}

}  // namespace

Result<int> make_canaries(const ProveOptions& typed) {
  if (typed.accounts.empty())
    return fail(Code::kUsage, "--account is required with --make", "see halligan prove --help");
  ProveOptions options = typed;
  HALLIGAN_CHECK(issue::complete(options));
  const std::string validity = options.spec.validity;
  issue::take_defaults(options);
  const auto configured = options.spec.principals;
  options.spec.validity = validity;  // the CA's own is a matter of hours
  HALLIGAN_TRY(const std::string file, options.canaries.empty() ? own_canary_file() : options.canaries);
  HALLIGAN_TRY(auto canaries, existing(file));
  HALLIGAN_TRY(auto subjects, subjects_of(options, configured));
  options.spec = canary_spec(options.spec);
  options.spec.key_id = subjects.front().key_id;
  options.spec.principals = subjects.front().principals;
  HALLIGAN_TRY(auto spec, issue::make_spec(options.spec, ssh::CertificateType::kUser));
  HALLIGAN_TRY(auto plan, issue::make_plan(std::move(spec), std::move(subjects)));
  if (options.canaries.empty())
    HALLIGAN_CHECK(io::make_private_folders(std::filesystem::path(file).parent_path().string()));
  HALLIGAN_CHECK(io::check_new_files(std::vector{file}, io::Existing::kReplace));
  HALLIGAN_TRY(auto issuer, issue::Issuer::open(options, plan));
  const std::size_t count = plan.subjects.size();
  plan.question = fmt::format("Sign {} canar{}{}?", count, count == 1 ? "y" : "ies",
                              issuer.needs_touch() ? ", a touch for each" : "");
  HALLIGAN_CHECK(issuer.confirm(0, count));
  for (std::size_t i = 0; i < count; ++i) {
    if (issuer.needs_touch()) say(fmt::format("canary {} of {}: touch the token", i + 1, count));
    HALLIGAN_TRY(auto issued, issuer.sign(i, 1));
    const ssh::Certificate& certificate = issued.front().certificate;
    put_canary(canaries, {certificate, *crypto::parse_canary_name(certificate.body.key_id),
                          name_of_ca(options, issuer.ca())});
    const std::string text = format_canaries(canaries);
    const io::NewFile written{file, 0644, as_bytes(text)};
    if (auto kept = io::write_files({&written, 1}, io::Existing::kReplace); !kept)
      return fail(issue::not_delivered(std::move(kept).error(), issued.front(), 1, "make it again"));
    HALLIGAN_CHECK(report(options, issued.front(), file));
  }
  return 0;
}

}  // namespace halligan::prove
