// halligan unattended setup
#include "unattended/setup.hpp"

#include <algorithm>

#include "base/codec.hpp"
#include "base/log.hpp"
#include "io/process.hpp"
#include "ssh/text_line.hpp"
#include "ui/confirm.hpp"
#include "ui/describe.hpp"
#include "ui/output.hpp"
#include "unattended/card.hpp"
#include "unattended/user_agent.hpp"

namespace halligan::unattended {
namespace {

constexpr std::size_t kLargestFile = 4U << 20;
constexpr std::chrono::minutes kLoginWait{5};  // somebody may have to type a password

// What a host has, and what it is to get.
struct Place {
  std::string host;
  std::vector<std::string> lines;  ///< to be added
};

// For sh on the host, whatever the login shell is. A link is followed: the file that it names is replaced.
constexpr const char* kLook =
    "printf '%s\\n' \"$SSH_CONNECTION\"\n"
    "if [ -e \"$HOME/.ssh/authorized_keys\" ]; then cat \"$HOME/.ssh/authorized_keys\"; fi\n";
constexpr const char* kAdd =
    "set -e\n"
    "umask 077\n"
    "mkdir -p \"$HOME/.ssh\"\n"
    "file=$HOME/.ssh/authorized_keys\n"
    "if [ -L \"$file\" ]; then file=$(readlink -f \"$file\"); fi\n"
    "new=$(mktemp \"$file.XXXXXX\")\n"
    "trap 'rm -f \"$new\"' EXIT\n"
    "if [ -e \"$file\" ]; then cp -p \"$file\" \"$new\"; fi\n"
    "if [ -n \"$(tail -c 1 \"$new\")\" ]; then echo >>\"$new\"; fi\n"
    "printf '%s\\n' \"$lines\" >>\"$new\"\n"
    "sync \"$new\" 2>/dev/null || sync\n"
    "mv \"$new\" \"$file\"\n";

Result<std::string> on_host(const std::string& host, const SetupOptions& options, const std::string& script) {
  std::vector<std::string> argv{"ssh", "-T", "-o", "ClearAllForwardings=yes"};
  argv.insert(argv.end(), options.ssh_arguments.begin(), options.ssh_arguments.end());
  argv.insert(argv.end(), {"--", host, "sh", "-s"});
  HALLIGAN_TRY(auto done, io::run({.argv = std::move(argv),
                                   .in = as_bytes(script),
                                   .out = io::Captured{kLargestFile},
                                   .err = io::Inherited{},
                                   .timeout = kLoginWait}));
  if (done.exit_code == 0) return std::move(done.out);
  return fail(Code::kUnreachable,
              printable(host) + ": ssh ended with status " + std::to_string(done.exit_code),
              "see that this works: ssh " + shell_word(host) + " true");
}

// @param text  what kLook printed
Result<Place> place_of(const std::string& host, std::string_view text, const std::vector<JobKey>& keys,
                       const SetupOptions& options) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  Restriction restriction{.from = options.from, .command = options.forced};
  if (restriction.from.empty()) {
    HALLIGAN_TRY(restriction.from, client_address(text.substr(0, end)).in(printable(host)));
  }
  Place place{host, {}};
  for (const JobKey& each : keys) {
    HALLIGAN_TRY(std::string line, authorized_line(each, restriction));
    const Permitted found = permitted_by(text.substr(end), each.key, line);
    if (found == Permitted::kOtherwise) {
      return fail(Code::kExists, printable(host) + " permits " + ui::key_words(each.key) + " by another line",
                  "remove that line from its authorized_keys first");
    }
    if (found == Permitted::kNot) place.lines.push_back(std::move(line));
  }
  return place;
}

Result<Place> look_at(const std::string& host, const std::vector<JobKey>& keys, const SetupOptions& options) {
  HALLIGAN_TRY(const std::string text, on_host(host, options, kLook));
  return place_of(host, text, keys, options);
}

// In one login: the agent may offer the key that is permitted now, and a second one would get its command.
Result<> add(const Place& place, const std::vector<JobKey>& keys, const SetupOptions& options) {
  std::string lines;
  for (const std::string& each : place.lines) lines += (lines.empty() ? "" : "\n") + each;
  HALLIGAN_TRY(const std::string text,
               on_host(place.host, options, "lines=" + shell_word(lines) + "\n" + kAdd + kLook));
  HALLIGAN_TRY(const Place after, place_of(place.host, text, keys, options));
  if (after.lines.empty()) return {};
  return fail(Code::kUnreachable, printable(place.host) + ": the lines were written, and are not there",
              "look at its .ssh/authorized_keys");
}

}  // namespace

Result<std::string> authorized_line(const JobKey& key, const Restriction& restriction) {
  const auto is_pattern = [](unsigned char each) {
    return (each >= '0' && each <= '9') || (each >= 'a' && each <= 'z') || (each >= 'A' && each <= 'Z') ||
           std::string_view(".:/*?!,-_").find(static_cast<char>(each)) != std::string_view::npos;
  };
  if (restriction.from.empty() || !std::ranges::all_of(restriction.from, is_pattern))
    return fail(Code::kBadInput, "not a list of addresses: " + printable(restriction.from),
                "for example --from 192.0.2.7,2001:db8::/32");
  // sshd(8): a quote inside quotes has a backslash in front, which it takes off nothing else.
  std::string command;
  for (const char each : restriction.command) {
    if (static_cast<unsigned char>(each) < 0x20 || each == 0x7f)
      return fail(Code::kBadInput, "--command: a control character");
    command += each == '"' ? "\\\"" : std::string(1, each);
  }
  if (command.ends_with('\\')) return fail(Code::kBadInput, "--command: ends in a backslash");
  std::string line = "restrict,from=\"" + restriction.from + "\",";
  if (!command.empty()) line += "command=\"" + command + "\",";
  if (key.key.is_sk()) line += "no-touch-required,";
  if (key.held) line += "verify-required,";
  line.back() = ' ';
  return line + ssh::format_public_key_line(key.key, "halligan " + key.name);
}

Result<std::string> client_address(std::string_view connection) {
  const std::string_view address = ssh::first_word(connection);
  const bool good = !address.empty() && std::ranges::all_of(address, [](char each) {
    return std::string_view("0123456789abcdefABCDEF.:").find(each) != std::string_view::npos;
  });
  if (good) return std::string(address);
  return fail(Code::kBadInput, "the host does not say from which address it is reached",
              "name it with --from");
}

Permitted permitted_by(std::string_view authorized_keys, const ssh::PublicKey& key, std::string_view line) {
  const std::string encoded = ssh::format_public_key_line(key, {});
  const std::string blob = encoded.substr(encoded.find(' ') + 1);
  Permitted found = Permitted::kNot;
  while (!authorized_keys.empty()) {
    std::string_view each = authorized_keys.substr(0, authorized_keys.find('\n'));
    authorized_keys.remove_prefix(std::min(each.size() + 1, authorized_keys.size()));
    if (each.ends_with('\r')) each.remove_suffix(1);
    each.remove_prefix(std::min(each.find_first_not_of(" \t"), each.size()));
    if (each.starts_with('#') || each.find(blob) == std::string_view::npos) continue;
    if (each != line) return Permitted::kOtherwise;
    found = Permitted::kAlready;
  }
  return found;
}

namespace {

// A card's key is public whether it is unlocked or not.
Result<std::vector<JobKey>> card_key(const std::vector<std::string>& names) {
  HALLIGAN_TRY(const CardAgent agent, CardAgent::find(true));
  HALLIGAN_TRY(const Card card, find_card(agent, names));
  return std::vector<JobKey>{{card.key, "card " + card.words(), false}};
}

Result<std::vector<JobKey>> job_keys(const KeyOptions& options) {
  HALLIGAN_TRY(const auto card, meant_card(options));
  if (card) return card_key(*card);
  HALLIGAN_TRY(const UserAgent agent, UserAgent::find(options.agent));
  HALLIGAN_TRY(const auto added, agent.added(options.names));
  if (added.empty())
    return fail(Code::kNo, "the ssh-agent holds no unlocked key", "type the PIN once: halligan unlock");
  std::vector<JobKey> keys;
  for (const AddedKey& each : added) keys.push_back({each.key, printable(each.key.application()), each.held});
  return keys;
}

}  // namespace

Result<int> set_up_hosts(const SetupOptions& options) {
  HALLIGAN_TRY(const auto keys, job_keys(options.keys));
  std::vector<Place> places;
  for (const std::string& host : options.hosts) {
    HALLIGAN_TRY(Place place, look_at(host, keys, options));
    if (place.lines.empty()) {
      HALLIGAN_CHECK(ui::print(ui::text_row("Host", printable(host) + ": nothing to do")));
      continue;
    }
    HALLIGAN_CHECK(ui::print(ui::text_row("Host", printable(host) + ", to .ssh/authorized_keys:")));
    for (const std::string& line : place.lines) HALLIGAN_CHECK(ui::print("  " + one_line(line) + "\n"));
    places.push_back(std::move(place));
  }
  if (places.empty()) return 0;
  if (options.forced.empty()) say("without --command the key may run any command on the host");
  if (!options.yes) HALLIGAN_CHECK(ui::ask_for_yes("Add these lines?", "add"));
  for (const Place& place : places) {
    HALLIGAN_CHECK(add(place, keys, options));
    HALLIGAN_CHECK(ui::print(ui::text_row("Added", printable(place.host))));
  }
  return 0;
}

}  // namespace halligan::unattended
