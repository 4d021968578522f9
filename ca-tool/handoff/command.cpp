// halligan handoff seal, open, send, receive
#include "handoff/command.hpp"

#include <fmt/format.h>

#include "base/codec.hpp"
#include "handoff/age.hpp"
#include "handoff/bundle.hpp"
#include "io/clock.hpp"
#include "io/process.hpp"
#include "ui/describe.hpp"
#include "ui/output.hpp"

namespace halligan::handoff {
namespace {

constexpr std::uint64_t kClockTolerance = 60;  // seconds

std::string line_of(std::string_view name, std::string_view value) {
  return fmt::format("{:<12}{}\n", name, value);
}

std::string validity_words(const ssh::CertificateBody& body, std::uint64_t now) {
  if (now < body.valid_after) return "NOT YET valid, from " + io::format_local(body.valid_after);
  if (now >= body.valid_before) return "EXPIRED at " + io::format_local(body.valid_before);
  return fmt::format("valid now, {} min left, to {}", (body.valid_before - now) / 60,
                     io::format_local(body.valid_before));
}

// Nothing can have been sealed in the future.
std::string clock_words(std::uint64_t sealed, std::uint64_t now) {
  if (sealed > now + kClockTolerance) {
    return fmt::format("WRONG here or at the sender's: sealed {} s in the future, at {}", sealed - now,
                       io::format_utc(sealed));
  }
  return fmt::format("sealed at {}, it is {}", io::format_utc(sealed), io::format_utc(now));
}

// wormhole takes a first argument with a hyphen for an option.
std::string as_argument(const std::string& path) { return path.starts_with('-') ? "./" + path : path; }

Result<int> run_wormhole(const std::vector<std::string>& argv) {
  HALLIGAN_TRY(const auto done, io::run({.argv = argv,
                                         .in = io::Inherited{},
                                         .out = io::Inherited{},
                                         .err = io::Inherited{},
                                         .timeout = std::nullopt})
                                    .hint("install it: apt install magic-wormhole"));
  if (done.exit_code == 0) return 0;
  return fail(Code::kUnreachable, fmt::format("wormhole ended with status {}", done.exit_code));
}

}  // namespace

Result<int> seal_handoff(const SealOptions& options) {
  if (options.passphrase != options.recipients.empty()) {
    return fail(Code::kUsage, "seal it to somebody with --to, or with --passphrase");
  }
  Sealing sealing{{}, options.armor};
  for (const std::string& given : options.recipients) {
    HALLIGAN_TRY(auto recipient, age_recipient(given));
    sealing.recipients.push_back(std::move(recipient));
  }
  const auto existing = options.output.existing();
  auto checked = io::check_new_files({&options.sealed, 1}, existing);
  if (!checked) {
    return fail(ui::hint_if_exists(std::move(checked).error(),
                                   "choose another name with -o, or replace it with --force"));
  }
  HALLIGAN_TRY(const auto bundle,
               collect_bundle(options.file, options.known_hosts, options.hosts, io::unix_seconds()));
  const auto archive = std::make_unique<ArchiveText>();
  HALLIGAN_CHECK(write_bundle(*bundle, *archive));
  HALLIGAN_TRY(const Bytes sealed, age_encrypt(sealing, archive->view()));
  const io::NewFile file{options.sealed, 0600, sealed};
  HALLIGAN_CHECK(io::write_files({&file, 1}, existing));
  const ssh::CertificateBody& body = bundle->certificate.body;
  if (options.output.json) {
    const ui::Json json{{"file", printable(options.sealed)},
                        {"recipients", sealing.recipients},
                        {"key_id", printable(body.key_id)},
                        {"valid_before", body.valid_before}};
    HALLIGAN_CHECK(ui::print(ui::json_line(json)));
    return 0;
  }
  std::string text = line_of("Sealed", printable(options.sealed));
  for (const std::string& recipient : sealing.recipients) text += line_of("To", recipient);
  if (sealing.recipients.empty()) text += line_of("To", "whoever knows the passphrase");
  text += line_of("For", printable(body.key_id)) + line_of("Accounts", ui::joined(body.principals));
  text += line_of("State", validity_words(body, io::unix_seconds()));
  HALLIGAN_CHECK(ui::print(text));
  return 0;
}

Result<int> open_handoff(const OpenOptions& options) {
  HALLIGAN_TRY(auto input, io::InputFile::open(options.sealed));
  Bytes sealed;
  HALLIGAN_CHECK(input.read_rest(sealed, kMaxSealed));
  const auto archive = std::make_unique<ArchiveText>();
  auto opened = age_decrypt(options.identities, sealed, *archive);
  if (!opened) return fail(std::move(opened).error().in(options.sealed));
  HALLIGAN_TRY(const auto bundle, parse_bundle(archive->view()));
  auto unpacked = unpack_bundle(*bundle, options.folder);
  if (!unpacked)
    return fail(ui::hint_if_exists(std::move(unpacked).error(), "choose another folder with -d"));

  const ssh::CertificateBody& body = bundle->certificate.body;
  const std::uint64_t now = io::unix_seconds();
  const bool valid = now >= body.valid_after && now < body.valid_before;
  const auto lines = login_lines(*bundle);
  if (options.output.json) {
    ui::Json json = ui::to_json(ui::describe(bundle->certificate, now), options.folder);
    json["sealed"] = bundle->time;
    json["clock_ok"] = bundle->time <= now + kClockTolerance;
    json["login"] = lines;
    HALLIGAN_CHECK(ui::print(ui::json_line(json)));
    return valid ? 0 : 1;
  }
  std::string text = line_of("Opened", printable(options.folder));
  text += line_of("For", printable(body.key_id)) + line_of("Accounts", ui::joined(body.principals));
  text += line_of("State", validity_words(body, now)) + line_of("Clock", clock_words(bundle->time, now));
  for (const std::string& line : lines) {
    text += line_of("Log in", fmt::format("cd {} && {}", shell_word(options.folder), line));
  }
  HALLIGAN_CHECK(ui::print(text));
  return valid ? 0 : 1;
}

Result<int> send_handoff(const SendOptions& options) {
  HALLIGAN_TRY(const Bytes sealed, io::read_file(options.sealed, kMaxSealed));
  auto checked = check_sealed(sealed);
  if (!checked) {
    Error error = std::move(checked).error().in(options.sealed);
    error.hint = "only what halligan handoff seal made is sent";
    return fail(std::move(error));
  }
  return run_wormhole({"wormhole", "send", as_argument(options.sealed)});
}

Result<int> receive_handoff(const ReceiveOptions& options) {
  auto free = io::check_new_files({&options.sealed, 1}, io::Existing::kRefuse);
  if (!free) return fail(ui::hint_if_exists(std::move(free).error(), "choose another name with -o"));
  // The code is typed at wormhole's own prompt: on the command line every user of the machine could read it.
  HALLIGAN_CHECK(
      run_wormhole({"wormhole", "receive", "--accept-file", "--output-file", as_argument(options.sealed)}));
  HALLIGAN_TRY(const Bytes sealed, io::read_file(options.sealed, kMaxSealed));
  auto checked = check_sealed(sealed);
  if (!checked) return fail(std::move(checked).error().in(options.sealed));
  HALLIGAN_CHECK(
      ui::print(line_of("Received", printable(options.sealed)) +
                line_of("Open it", "halligan handoff open " + shell_word(as_argument(options.sealed)))));
  return 0;
}

}  // namespace halligan::handoff
