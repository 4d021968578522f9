#include "fido/discovery/settings.hpp"

#include <fcntl.h>
#include <strings.h>
#include <unistd.h>
#include <cerrno>
#include <charconv>
#include <cstdlib>

namespace halligan::fido {
namespace {

constexpr std::size_t kLargestSettings = 64 * 1024;

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

bool same_word(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

Result<std::chrono::seconds> parse_seconds(std::string_view what, std::string_view text, int least) {
  int seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size() || seconds < least ||
      seconds > kLongestTimeout.count()) {
    return fail(Code::kBadInput, std::string(what) + " \"" + std::string(text) +
                                     "\" is not a number of seconds from " + std::to_string(least) + " to " +
                                     std::to_string(kLongestTimeout.count()));
  }
  return std::chrono::seconds(seconds);
}

Result<std::chrono::seconds> parse_timeout(std::string_view text) {
  return parse_seconds("timeout", text, 1);
}
Result<std::chrono::seconds> parse_grace(std::string_view text) { return parse_seconds("grace", text, 0); }

Result<bool> parse_notify(std::string_view text) {
  if (same_word(text, "yes") || text == "1") return true;
  if (same_word(text, "no") || text == "0") return false;
  return fail(Code::kBadInput, "notify \"" + std::string(text) + "\" is neither yes nor no");
}

Result<> parse_line(std::string_view line, Settings& settings) {
  const auto space = line.find_first_of(" \t");
  const std::string_view word = line.substr(0, space);
  const std::string_view value =
      space == std::string_view::npos ? std::string_view() : trimmed(line.substr(space));
  if (same_word(word, "device")) {
    HALLIGAN_TRY(settings.devices, parse_devices(value));
    return {};
  }
  if (same_word(word, "timeout")) {
    HALLIGAN_TRY(settings.timeout, parse_timeout(value));
    return {};
  }
  if (same_word(word, "grace")) {
    HALLIGAN_TRY(settings.grace, parse_grace(value));
    return {};
  }
  if (same_word(word, "notify")) {
    HALLIGAN_TRY(settings.notify, parse_notify(value));
    return {};
  }
  return fail(Code::kBadInput, "unknown word \"" + std::string(word) + "\"",
              "known words: Device, Grace, Notify, Timeout");
}

// Empty text if there is no such file: having none is the normal case.
Result<std::string> read_settings_file() {
  const int fd = ::open(kSettingsFile, O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (fd < 0) {
    if (errno == ENOENT) return std::string();
    return fail(errno_error(Code::kUnreachable, kSettingsFile, errno));
  }
  std::string text(kLargestSettings + 1, '\0');
  std::size_t size = 0;
  ssize_t got = 0;
  while (size < text.size() && (got = ::read(fd, text.data() + size, text.size() - size)) > 0) {
    size += static_cast<std::size_t>(got);
  }
  const int read_error = errno;
  ::close(fd);
  if (got < 0) return fail(errno_error(Code::kUnreachable, kSettingsFile, read_error));
  if (size > kLargestSettings)
    return fail(Code::kBadInput, std::string(kSettingsFile) + ": larger than 64 KiB");
  text.resize(size);
  return text;
}

template <typename Parse, typename Value>
Result<> take_variable(const char* name, Parse parse, Value& value) {
  const char* text = ::secure_getenv(name);
  if (text == nullptr) return {};
  auto parsed = parse(text);
  if (!parsed) return fail(std::move(parsed).error().in(name));
  value = *std::move(parsed);
  return {};
}

}  // namespace

std::optional<std::string_view> reader_of(std::string_view path) {
  if (!path.starts_with(kCardPrefix)) return std::nullopt;
  return path.substr(kCardPrefix.size());
}

Result<std::vector<std::string>> parse_devices(std::string_view list) {
  std::vector<std::string> devices;
  while (!list.empty()) {
    const auto colon = list.find(':', list.starts_with(kCardPrefix) ? kCardPrefix.size() : 0);
    const std::string_view path = list.substr(0, colon);
    list = colon == std::string_view::npos ? std::string_view() : list.substr(colon + 1);
    if (path.empty()) continue;
    if (const auto reader = reader_of(path)) {
      if (reader->empty()) {
        return fail(Code::kBadInput, "device \"pcsc:\" names no reader", "name one as in pcsc:ACS ACR122U");
      }
    } else if (path.front() != '/') {
      return fail(Code::kBadInput, "device \"" + std::string(path) + "\" is not an absolute path",
                  "name a device such as /dev/hidraw0, or a card such as pcsc:ACS ACR122U");
    }
    devices.emplace_back(path);
  }
  return devices;
}

Result<Settings> parse_settings(std::string_view text) {
  Settings settings;
  std::size_t number = 0;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const std::string_view line = trimmed(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    ++number;
    if (line.empty() || line.front() == '#') continue;
    auto parsed = parse_line(line, settings);
    if (!parsed) return fail(std::move(parsed).error().in("line " + std::to_string(number)));
  }
  return settings;
}

Result<Settings> load_settings() {
  HALLIGAN_TRY(const std::string text, read_settings_file());
  auto settings = parse_settings(text);
  if (!settings) return fail(std::move(settings).error().in(kSettingsFile));
  HALLIGAN_CHECK(take_variable("HALLIGAN_DEVICE", parse_devices, settings->devices));
  HALLIGAN_CHECK(take_variable("HALLIGAN_TIMEOUT", parse_timeout, settings->timeout));
  HALLIGAN_CHECK(take_variable("HALLIGAN_GRACE", parse_grace, settings->grace));
  HALLIGAN_CHECK(take_variable("HALLIGAN_NOTIFY", parse_notify, settings->notify));
  return settings;
}

}  // namespace halligan::fido
