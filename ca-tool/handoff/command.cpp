// halligan handoff seal, open, send, receive
#include "handoff/command.hpp"

#include <fmt/format.h>

#include "base/codec.hpp"
#include "handoff/age.hpp"
#include "handoff/bundle.hpp"
#include "io/clock.hpp"
#include "io/files.hpp"
#include "io/folders.hpp"
#include "io/process.hpp"
#include "io/signals.hpp"
#include "ui/describe.hpp"

namespace halligan::handoff {
namespace {

constexpr std::uint64_t kClockTolerance = 60;  // seconds

std::string validity_words(const ssh::CertificateBody& body, std::uint64_t now) {
  if (now < body.valid_after) return "NOT YET valid, from " + io::format_local(body.valid_after);
  if (now >= body.valid_before) return "EXPIRED at " + io::format_local(body.valid_before);
  return fmt::format("valid now, {} min left, to {}", (body.valid_before - now) / 60,
                     io::format_local(body.valid_before));
}

// A bundle from the future shows that a clock is wrong.
std::string clock_words(std::uint64_t sealed, std::uint64_t now) {
  if (sealed > now + kClockTolerance) {
    return fmt::format("WRONG here or on the sender's machine: sealed {} s in the future, at {}",
                       sealed - now, io::format_utc(sealed));
  }
  return fmt::format("sealed at {}, it is {}", io::format_utc(sealed), io::format_utc(now));
}

// wormhole takes a first argument with a hyphen for an option.
std::string as_argument(const std::string& path) { return path.starts_with('-') ? "./" + path : path; }

// A signal that would end us ends it first.
Result<> run_wormhole(const std::vector<std::string>& argv) {
  const io::SignalHold hold(io::kEndingSignals);
  HALLIGAN_TRY(const Descriptor stop, hold.inbox());
  HALLIGAN_TRY(const auto done, io::run({.argv = argv,
                                         .in = io::Inherited{},
                                         .out = io::Inherited{},
                                         .err = io::Inherited{},
                                         .timeout = std::nullopt,
                                         .stop = stop.get()})
                                    .hint("install it: apt install magic-wormhole"));
  if (done.exit_code == 0) return {};
  return fail(Code::kUnreachable, fmt::format("wormhole exited with status {}", done.exit_code));
}

struct Sealed {
  std::vector<std::string> recipients;  ///< none: a passphrase
  std::unique_ptr<Bundle> bundle;
};

Result<Sealed> seal(const SealOptions& options) {
  if (options.passphrase != options.recipients.empty()) {
    return fail(Code::kUsage, "give either --to or --passphrase");
  }
  Sealing sealing{{}, options.armor};
  for (const std::string& given : options.recipients) {
    HALLIGAN_TRY(sealing.recipients.emplace_back(), age_recipient(given));
  }
  const auto existing = options.output.existing();
  HALLIGAN_CHECK(io::check_new_files({&options.sealed, 1}, existing)
                     .hint(Code::kExists, "choose another name with -o, or replace it with --force"));
  HALLIGAN_TRY(auto bundle,
               collect_bundle(options.file, options.known_hosts, options.hosts, io::unix_seconds()));
  const auto archive = std::make_unique<ArchiveText>();
  HALLIGAN_CHECK(write_bundle(*bundle, *archive));
  HALLIGAN_TRY(const Bytes sealed, age_encrypt(sealing, archive->view()));
  const io::NewFile file{options.sealed, 0600, sealed};
  HALLIGAN_CHECK(io::write_files({&file, 1}, existing));
  return Sealed{std::move(sealing.recipients), std::move(bundle)};
}

Result<std::unique_ptr<Bundle>> open(const OpenOptions& options) {
  HALLIGAN_TRY(auto input, io::InputFile::open(options.sealed));
  Bytes sealed;
  HALLIGAN_CHECK(input.read_rest(sealed, kMaxSealed));
  const auto archive = std::make_unique<ArchiveText>();
  HALLIGAN_CHECK(age_decrypt(options.identities, sealed, *archive).in(options.sealed));
  HALLIGAN_TRY(auto bundle, parse_bundle(archive->view()));
  HALLIGAN_CHECK(unpack_bundle(*bundle, options.folder).hint(Code::kExists, "choose another folder with -d"));
  return bundle;
}

Result<> check_sealed_file(const std::string& path) {
  HALLIGAN_TRY(const Bytes sealed, io::read_file(path, kMaxSealed));
  return check_sealed(sealed).in(path);
}

// What both ends show of the certificate.
std::string certificate_rows(const ssh::CertificateBody& body, std::uint64_t now) {
  return ui::foreign_row("Key ID", printable(body.key_id)) +
         ui::foreign_row("Principals", ui::joined(body.principals)) +
         ui::text_row("State", validity_words(body, now));
}

std::string sealed_text(const Sealed& sealed, const std::string& file) {
  std::string text = ui::text_row("Sealed", printable(file));
  for (const std::string& recipient : sealed.recipients) text += ui::text_row("To", recipient);
  if (sealed.recipients.empty()) text += ui::text_row("To", "anyone who knows the passphrase");
  return text + certificate_rows(sealed.bundle->certificate.body, io::unix_seconds());
}

ui::Json sealed_json(const Sealed& sealed, const std::string& file) {
  const ssh::CertificateBody& body = sealed.bundle->certificate.body;
  ui::Json json{{"file", ui::json_text(file)}, {"recipients", sealed.recipients}};
  ui::put_text(json, "key_id", body.key_id);
  ui::put_texts(json, "principals", body.principals);
  json["serial"] = body.serial;
  ui::put_validity(json, body.valid_after, body.valid_before);
  return json;
}

std::string opened_text(const Bundle& bundle, const std::string& folder, std::uint64_t now) {
  std::string text = ui::text_row("Opened", printable(folder)) +
                     certificate_rows(bundle.certificate.body, now) +
                     ui::text_row("Clock", clock_words(bundle.time, now));
  for (const std::string& line : login_lines(bundle)) {
    text += ui::text_row("Log in", fmt::format("cd {} && {}", shell_word(folder), line));
  }
  return text;
}

ui::Json opened_json(const Bundle& bundle, const std::string& folder, std::uint64_t now) {
  ui::Json json = ui::to_json(ui::describe(bundle.certificate, now), folder);
  ui::put_moment(json, "sealed", bundle.time);
  json["clock_ok"] = bundle.time <= now + kClockTolerance;
  json["login"] = login_lines(bundle);
  return json;
}

}  // namespace

Result<int> seal_handoff(const SealOptions& options) {
  HALLIGAN_TRY(const Sealed sealed, seal(options));
  HALLIGAN_CHECK(ui::print(options.output.json ? ui::json_line(sealed_json(sealed, options.sealed))
                                               : sealed_text(sealed, options.sealed)));
  return 0;
}

Result<int> open_handoff(const OpenOptions& options) {
  HALLIGAN_TRY(const auto bundle, open(options));
  const std::uint64_t now = io::unix_seconds();
  HALLIGAN_CHECK(ui::print(options.output.json ? ui::json_line(opened_json(*bundle, options.folder, now))
                                               : opened_text(*bundle, options.folder, now)));
  const ssh::CertificateBody& body = bundle->certificate.body;
  return now >= body.valid_after && now < body.valid_before ? 0 : 1;
}

Result<int> send_handoff(const SendOptions& options) {
  HALLIGAN_CHECK(
      check_sealed_file(options.sealed).hint(Code::kBadInput, "seal it first: halligan handoff seal"));
  HALLIGAN_CHECK(run_wormhole({"wormhole", "send", as_argument(options.sealed)}));
  return 0;
}

Result<int> receive_handoff(const ReceiveOptions& options) {
  const std::string& file = options.sealed;
  HALLIGAN_CHECK(io::check_new_files({&file, 1}, io::Existing::kRefuse)
                     .hint(Code::kExists, "choose another name with -o"));
  // What wormhole has half written when it or we are ended goes with the folder; so does what is not sealed.
  HALLIGAN_TRY(const auto scratch, io::ScratchFolder::make());
  const std::string received = scratch->path() + "/received.age";
  // The code is typed at wormhole's own prompt: on the command line every user of the machine could read it.
  HALLIGAN_CHECK(run_wormhole({"wormhole", "receive", "--accept-file", "--output-file", received}));
  HALLIGAN_TRY(const Bytes sealed, io::read_file(received, kMaxSealed).in("wormhole"));
  HALLIGAN_CHECK(check_sealed(sealed).in("what was received"));
  const io::NewFile whole{file, 0600, sealed};
  HALLIGAN_CHECK(io::write_files({&whole, 1}, io::Existing::kRefuse));
  HALLIGAN_CHECK(
      ui::print(options.output.json
                    ? ui::json_line({{"file", ui::json_text(file)}})
                    : ui::text_row("Received", printable(file)) +
                          ui::text_row("Open it", "halligan handoff open " + shell_word(as_argument(file)))));
  return 0;
}

}  // namespace halligan::handoff
