#include "fido/discovery/settings.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "base/codec.hpp"
#include "base/descriptor.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "base/uninterrupted.hpp"

namespace halligan::fido {
namespace {

constexpr std::size_t kLargestSettings = 64 * 1024;

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

// "Timeout 30  # seconds"
std::string_view without_comment(std::string_view line) {
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '#' && (i == 0 || line[i - 1] == ' ' || line[i - 1] == '\t'))
      return trimmed(line.substr(0, i));
  }
  return trimmed(line);
}

// The first path of a list, with its colons that a backslash marks as part of it.
std::string take_path(std::string_view& list) {
  std::string path;
  std::size_t i = 0;
  for (; i < list.size(); ++i) {
    const bool escaped =
        list[i] == '\\' && i + 1 < list.size() && (list[i + 1] == ':' || list[i + 1] == '\\');
    if (escaped) ++i;
    if (!escaped && list[i] == ':' && path != "pcsc") break;
    path += list[i];
  }
  list.remove_prefix(std::min(i + 1, list.size()));
  return path;
}

Result<std::chrono::seconds> parse_seconds(std::string_view text, int least) {
  const auto seconds = whole_number<int>(text);
  if (seconds && *seconds >= least && *seconds <= kLongestTimeout.count()) {
    return std::chrono::seconds(*seconds);
  }
  return fail(Code::kBadInput, "expected a number of seconds from " + std::to_string(least) + " to " +
                                   std::to_string(kLongestTimeout.count()) + ", not \"" + printable(text) +
                                   '"');
}

Result<bool> parse_notify(std::string_view text) {
  if (is_word(text, "yes") || text == "1") return true;
  if (is_word(text, "no") || text == "0") return false;
  return fail(Code::kBadInput, "expected yes or no, not \"" + printable(text) + '"');
}

struct Setting {
  std::string_view keyword;  // in lower case
  const char* variable;
  Result<> (*take)(std::string_view value, Settings& settings);
};

constexpr Setting kSettings[] = {
    {"device", "HALLIGAN_DEVICE",
     [](std::string_view value, Settings& settings) -> Result<> {
       HALLIGAN_TRY(settings.devices, parse_devices(value));
       return {};
     }},
    {"grace", "HALLIGAN_GRACE",
     [](std::string_view value, Settings& settings) -> Result<> {
       HALLIGAN_TRY(settings.grace, parse_seconds(value, 0).in("grace"));
       return {};
     }},
    {"notify", "HALLIGAN_NOTIFY",
     [](std::string_view value, Settings& settings) -> Result<> {
       HALLIGAN_TRY(settings.notify, parse_notify(value).in("notify"));
       return {};
     }},
    {"timeout", "HALLIGAN_TIMEOUT",
     [](std::string_view value, Settings& settings) -> Result<> {
       HALLIGAN_TRY(settings.timeout, parse_seconds(value, 1).in("timeout"));
       return {};
     }},
};

Result<> parse_line(std::string_view line, Settings& settings) {
  const auto space = line.find_first_of(" \t");
  const std::string_view keyword = line.substr(0, space);
  for (const Setting& setting : kSettings) {
    if (is_word(keyword, setting.keyword))
      return setting.take(space == std::string_view::npos ? "" : trimmed(line.substr(space)), settings);
  }
  return fail(Code::kBadInput, "unknown keyword \"" + printable(keyword) + '"',
              "known keywords: Device, Grace, Notify, Timeout");
}

// Empty if there is no such file, which is the normal case.
Result<std::string> read_settings_file() {
  const Descriptor file(
      uninterrupted([] { return ::open(kSettingsFile, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK); }));
  if (!file && errno == ENOENT) return std::string();
  if (!file && errno == EACCES) {
    say(std::string(kSettingsFile) + " may not be read by this user, so it is not used",
        "let everybody read it: chmod 644 " + std::string(kSettingsFile));
    return std::string();
  }
  struct stat status {};
  if (file && (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)))
    return fail(Code::kBadInput, std::string(kSettingsFile) + " is not a file");
  auto text = file ? read_all(file, kLargestSettings) : std::nullopt;
  if (text) return *std::move(text);
  return fail(errno_error(errno == EFBIG ? Code::kBadInput : Code::kUnreachable, kSettingsFile, errno));
}

}  // namespace

std::optional<std::string_view> reader_of(std::string_view path) {
  if (!path.starts_with(kCardPrefix)) return std::nullopt;
  return path.substr(kCardPrefix.size());
}

Result<std::vector<std::string>> parse_devices(std::string_view list) {
  std::vector<std::string> devices;
  while (!list.empty()) {
    const std::string path = take_path(list);
    if (path.empty()) continue;
    if (const auto reader = reader_of(path)) {
      if (reader->empty()) {
        return fail(Code::kBadInput, "device \"pcsc:\" names no reader", "name it as in pcsc:ACS ACR122U");
      }
    } else if (path.front() != '/') {
      return fail(Code::kBadInput, "device \"" + printable(path) + "\" is not an absolute path",
                  "name a device such as /dev/hidraw0, or a card such as pcsc:ACS ACR122U");
    }
    devices.push_back(path);
  }
  return devices;
}

Result<Settings> parse_settings(std::string_view text) {
  Settings settings;
  std::size_t number = 0;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // editors of other systems write it
  while (!text.empty()) {
    const std::string_view line = without_comment(next_line(text));
    ++number;
    if (line.empty()) continue;
    const std::string place = "line " + std::to_string(number);
    const auto before = settings.devices;
    HALLIGAN_CHECK(parse_line(line, settings).in(place));
    if (settings.devices != before) settings.devices_from = std::string(kSettingsFile) + ", " + place;
  }
  return settings;
}

Result<Settings> load_settings() {
  HALLIGAN_TRY(const std::string text, read_settings_file());
  HALLIGAN_TRY(Settings settings, parse_settings(text).in(kSettingsFile));
  for (const Setting& setting : kSettings) {
    const char* value = ::secure_getenv(setting.variable);
    if (value == nullptr || *value == '\0') continue;
    HALLIGAN_CHECK(setting.take(value, settings).in(setting.variable));
    if (setting.keyword == "device") settings.devices_from = setting.variable;
  }
  return settings;
}

}  // namespace halligan::fido
