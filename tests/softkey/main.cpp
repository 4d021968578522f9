// softkey: a software CTAP 2.1 token, for tests and for the demo.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <map>

#include "base/handle.hpp"
#include "base/log.hpp"
#include "command/exit_code.hpp"
#include "softkey/card/card_link.hpp"
#include "softkey/device.hpp"
#include "softkey/hid_link.hpp"
#include "softkey/pty_front.hpp"
#include "softkey/uhid_front.hpp"

using namespace halligan;
using namespace halligan::softkey;

namespace {

struct Arguments {
  std::string state;
  std::string pty;
  std::string uhid;
  std::string vpcd;
  bool short_apdus = false;
  std::string touch;
  std::string log;
  std::string name = "softkey";
  int pin_fd = -1;
  std::int64_t up_timeout_ms = 30'000;
  std::vector<std::string> misbehaviours;
  Settings token;
};

using LogFile = Handle<FILE, std::fclose>;

/// The PIN up to a line end or the end of the file; byte by byte, so that what follows stays unread.
Result<Pin> read_pin(int fd) {
  Pin pin;
  for (;;) {
    std::uint8_t byte = 0;
    const ssize_t count = ::read(fd, &byte, 1);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(errno_error(Code::kUnreachable, "--pin-fd", errno));
    if (count == 0 || byte == '\n') return pin;
    if (!pin.append(byte)) return fail(Code::kBadInput, "--pin-fd: a PIN has at most 63 bytes");
  }
}

Result<LogFile> open_log(const std::string& path) {
  if (path.empty()) return LogFile();
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) return fail(errno_error(Code::kUnreachable, "--log " + path, errno));
  LogFile file(::fdopen(fd, "a"));
  if (!file) return fail(errno_error(Code::kUnreachable, "--log " + path, errno));
  return file;
}

Result<std::unique_ptr<Link>> plug_in(const Arguments& arguments) {
  if (!arguments.vpcd.empty()) {
    HALLIGAN_TRY(VpcdFront front, VpcdFront::connect(arguments.vpcd));
    return std::make_unique<CardLink>(std::move(front), arguments.token, !arguments.short_apdus);
  }
  if (!arguments.uhid.empty()) {
    HALLIGAN_TRY(UhidFront front, UhidFront::plug_in({arguments.uhid, arguments.name}));
    return std::make_unique<HidLink>(std::make_unique<UhidFront>(std::move(front)), arguments.token);
  }
  HALLIGAN_TRY(PtyFront front, PtyFront::open(arguments.pty));
  return std::make_unique<HidLink>(std::make_unique<PtyFront>(std::move(front)), arguments.token);
}

/// What is a touch to this kind of token?
Result<TouchSettings> touch_of(const Arguments& arguments) {
  const bool card = !arguments.vpcd.empty();
  HALLIGAN_TRY(TouchSettings settings, parse_touch(!arguments.touch.empty() ? arguments.touch
                                                   : card                   ? "field"
                                                                            : "auto"));
  if (settings.mode == TouchMode::kField && !card)
    return fail(Code::kUsage, "--touch field: only a card is put into a field", "use it with --vpcd");
  settings.timeout_ms = arguments.up_timeout_ms;
  return settings;
}

Result<> serve(Arguments arguments) {
  for (const std::string& each : arguments.misbehaviours)
    HALLIGAN_CHECK(misbehave(arguments.token.misbehaviour, each));
  const bool verifies = arguments.token.built_in_uv || arguments.token.always_uv || arguments.pin_fd >= 0;
  if (!arguments.token.speaks_ctap2() && verifies)
    return fail(Code::kUsage, "a U2F token has neither a PIN nor verification",
                "leave out --pin-fd, --uv and --always-uv");
  DeviceSettings settings{arguments.name, {}, arguments.token};
  HALLIGAN_TRY(settings.touch, touch_of(arguments));

  HALLIGAN_TRY(Signals signals, Signals::block_and_watch());
  HALLIGAN_TRY(Storage storage, Storage::open(arguments.state));
  HALLIGAN_TRY(const LogFile log, open_log(arguments.log));
  HALLIGAN_TRY(auto link, plug_in(arguments));
  const std::string path = link->path();
  std::fputs("softkey: a test instrument that keeps its keys in a plain file: no protection for real keys\n",
             stderr);
  Device device(std::move(settings), std::move(link), std::move(storage), std::move(signals), log.get());
  HALLIGAN_CHECK(device.power_up());
  if (arguments.pin_fd >= 0) {
    HALLIGAN_TRY(const Pin pin, read_pin(arguments.pin_fd));
    ::close(arguments.pin_fd);
    if (!device.authenticator().state().has_pin())
      HALLIGAN_CHECK(device.authenticator().provision_pin(pin.view()));
  }
  fmt::print("softkey: ready on {}\n", path);
  std::fflush(stdout);
  return device.run();
}

std::string misbehaviour_help() {
  std::string text = "Deliberate misbehaviour, off by default: ";
  for (const std::string& name : misbehaviour_names()) text += name + " ";
  return text;
}

int run(int argc, char** argv) {
  Arguments arguments;
  CLI::App app(
      "A software FIDO2 token (CTAP 2.1) on a pseudo-terminal, as a hidraw device or as a card in a virtual "
      "reader. A test "
      "instrument: no protection for real keys.");
  app.add_option("--state", arguments.state, "Folder of the token's memory; one per token")->required();
  CLI::Option_group* const front = app.add_option_group("front", "Where clients find it");
  front->add_option("--pty", arguments.pty, "Symbolic link to make to the token's device node");
  front->add_option("--uhid", arguments.uhid,
                    "Name of a USB HID device to plug into this kernel, through /dev/uhid");
  CLI::Option* const vpcd = front->add_option("--vpcd", arguments.vpcd,
                                              "HOST:PORT of a reader of vsmartcard's vpcd to be a card in");
  front->require_option(1);
  app.add_flag("--short-apdus", arguments.short_apdus, "As a card, refuse APDUs with lengths of two bytes")
      ->needs(vpcd);
  app.add_option(
      "--touch", arguments.touch,
      "auto, ask, never, or milliseconds until somebody touches; SIGUSR1 touches at once; field: a card's "
      "power is its touch, once. The default is field for a card, else auto");
  app.add_option("--up-timeout", arguments.up_timeout_ms, "Milliseconds that the token waits for a touch")
      ->capture_default_str()
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{3'600'000}));
  app.add_option("--log", arguments.log, "Append one line per CTAPHID request to this file");
  app.add_option("--pin-fd", arguments.pin_fd,
                 "Set the PIN read from this file descriptor, unless one is set");
  app.add_option("--name,--serial", arguments.name,
                 "What the token calls itself in prompts; serial number of its HID device")
      ->capture_default_str();
  app.add_flag("--uv", arguments.token.built_in_uv,
               "Built-in user verification: a touch also verifies the user");
  app.add_flag("--always-uv", arguments.token.always_uv, "Demand user verification for everything");
  app.add_flag("--force-pin-change", arguments.token.force_pin_change,
               "Refuse every use of the PIN until it is changed");
  app.add_option("--min-pin-length", arguments.token.min_pin_length,
                 "The fewest characters of a PIN that is set")
      ->capture_default_str()
      ->check(CLI::Range(4, 63));
  app.add_flag("!--no-wink", arguments.token.winks, "Do not have the command that lets it blink");
  app.add_option("--ctap", arguments.token.ctap, "2.0, 2.1, or u2f: a token without CTAP2")
      ->transform(CLI::CheckedTransformer(std::map<std::string, CtapVersion>{
          {"u2f", CtapVersion::kU2f}, {"2.0", CtapVersion::k20}, {"2.1", CtapVersion::k21}}));
  app.add_option("--attestation", arguments.token.attestation,
                 "packed (own certificate), self, none, or fido-u2f (ES256 alone)")
      ->transform(
          CLI::CheckedTransformer(std::map<std::string, Attestation>{{"packed", Attestation::kPacked},
                                                                     {"self", Attestation::kSelf},
                                                                     {"none", Attestation::kNone},
                                                                     {"fido-u2f", Attestation::kFidoU2f}}));
  app.add_option("--residents", arguments.token.resident_limit, "How many resident credentials fit")
      ->capture_default_str()
      ->check(CLI::Range(std::size_t{0}, std::size_t{256}));
  app.add_option("--misbehave", arguments.misbehaviours, misbehaviour_help())->delimiter(',');
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : command::exit_code(Code::kUsage);
  }
  if (!arguments.vpcd.empty()) arguments.token.transport = "nfc";
  const auto served = serve(std::move(arguments));
  if (served) return 0;
  say(served.error().message, served.error().hint);
  return command::exit_code(served.error().code);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& bug) {
    std::fprintf(stderr, "softkey: internal error: %s\n", bug.what());
    return command::exit_code(Code::kInternal);
  }
}
