#include "issue/recorder.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "base/codec.hpp"
#include "base/log.hpp"
#include "io/clock.hpp"
#include "io/folders.hpp"
#include "ledger/files.hpp"

namespace halligan::issue {
namespace {

Result<std::string> ledger_path(const LedgerOptions& options, const ca::AuthorityOptions& authority) {
  if (!options.file.empty()) return options.file;
  if (!authority.file.empty()) return authority.stem() + ".ledger";
  HALLIGAN_TRY(std::string path, ledger::own_ledger());
  HALLIGAN_CHECK(io::make_private_folders(path.substr(0, path.rfind('/'))));
  return path;
}

}  // namespace

Result<Recorder> Recorder::open(const LedgerOptions& options, const ca::AuthorityOptions& authority,
                                ledger::IssueContext context) {
  Recorder recorder;
  recorder.context_ = std::move(context);
  if (!options.reason.empty()) recorder.context_.reason = options.reason;
  if (options.none) {
    if (!options.reason.empty())
      return fail(Code::kUsage, "--reason is for the ledger, and there is --no-ledger");
    say("NO LEDGER: this certificate will be on no record, and its use on a host cannot be accounted for",
        "without --no-ledger it is recorded");
    return recorder;
  }
  auto checked = ledger::check_context(recorder.context_);
  if (!checked) return fail(std::move(checked).error().in("--reason"));
  auto path = ledger_path(options, authority);
  std::error_code unknown;
  const bool begins = path && !std::filesystem::exists(*path, unknown) && !unknown;
  auto ledger = path ? ledger::Ledger::open(
                           *path, [](std::string_view text, std::string_view hint) { say(text, hint); })
                     : Result<ledger::Ledger>(fail(std::move(path).error()));
  if (!ledger) {
    Error error = std::move(ledger).error().in("ledger");
    if (error.hint.empty())
      error.hint = "name another with --ledger FILE, or leave no record with --no-ledger";
    return fail(std::move(error));
  }
  recorder.ledger_ = *std::move(ledger);
  if (begins) say("there was no ledger yet: a new one begins in " + printable(recorder.ledger_->path()));
  return recorder;
}

Result<std::uint64_t> Recorder::next_serial(std::optional<std::uint64_t> wanted) const {
  if (ledger_) return ledger_->next_serial(wanted);
  return wanted.value_or(io::unix_milliseconds());
}

Result<> Recorder::check_unanswered(const request::Request& request) const {
  if (!ledger_) return {};
  for (const auto& each : ledger_->answered()) {
    const auto earlier = request::parse_request_text(each.request);
    if (!earlier || earlier->request != request) continue;
    return fail(
        Code::kNo,
        fmt::format("this request was answered already: record {} of {}, serial {}", each.number,
                    printable(ledger_->path()), each.serial),
        fmt::format(
            "halligan ledger show --ledger {} {} has its certificate; or let your colleague ask again",
            shell_word(ledger_->path()), each.number));
  }
  return {};
}

Result<ssh::Certificate> Recorder::issue(ssh::CertificateBody body, ca::Signer& signer,
                                         const ca::Policy& policy) {
  HALLIGAN_TRY(auto certificates, issue_all({std::move(body)}, signer, policy));
  return std::move(certificates.front());
}

Result<std::vector<ssh::Certificate>> Recorder::issue_all(std::vector<ssh::CertificateBody> bodies,
                                                          ca::Signer& signer, const ca::Policy& policy) {
  if (!ledger_) return issue::issue_all(std::move(bodies), signer, policy);
  HALLIGAN_TRY(auto certificates, issue::issue_all(std::move(bodies), signer, policy));
  auto number = ledger_->add(certificates, context_, signer.take_searches());
  if (!number) {
    Error error = std::move(number).error().in("the certificate is not released: ledger");
    if (error.hint.empty()) error.hint = "mend that, or name another ledger with --ledger FILE";
    return fail(std::move(error));
  }
  number_ = *number;
  return certificates;
}

std::optional<ledger::LedgerPlace> Recorder::place(std::size_t before_the_last) const {
  if (!ledger_) return std::nullopt;
  return ledger::LedgerPlace{ledger_->path(), number_ - before_the_last};
}

}  // namespace halligan::issue
