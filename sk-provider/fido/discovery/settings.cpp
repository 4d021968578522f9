#include "fido/discovery/settings.hpp"

#include <fcntl.h>
#include <cerrno>
#include <cstdlib>

#include "base/descriptor.hpp"
#include "base/text.hpp"

namespace halligan::fido {
namespace {

constexpr std::size_t kLargestSettings = 64 * 1024;

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

Result<std::chrono::seconds> parse_seconds(std::string_view text, int least) {
  const auto seconds = whole_number<int>(text);
  if (seconds && *seconds >= least && *seconds <= kLongestTimeout.count()) {
    return std::chrono::seconds(*seconds);
  }
  return fail(Code::kBadInput, "expected a number of seconds from " + std::to_string(least) + " to " +
                                   std::to_string(kLongestTimeout.count()) + ", not \"" + std::string(text) +
                                   '"');
}

Result<bool> parse_notify(std::string_view text) {
  if (is_word(text, "yes") || text == "1") return true;
  if (is_word(text, "no") || text == "0") return false;
  return fail(Code::kBadInput, "expected yes or no, not \"" + std::string(text) + '"');
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
  return fail(Code::kBadInput, "unknown keyword \"" + std::string(keyword) + '"',
              "known keywords: Device, Grace, Notify, Timeout");
}

// Empty if there is no such file, which is the normal case.
Result<std::string> read_settings_file() {
  const Descriptor file(::open(kSettingsFile, O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!file && errno == ENOENT) return std::string();
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
    const auto colon = list.find(':', list.starts_with(kCardPrefix) ? kCardPrefix.size() : 0);
    const std::string_view path = list.substr(0, colon);
    list = colon == std::string_view::npos ? std::string_view() : list.substr(colon + 1);
    if (path.empty()) continue;
    if (const auto reader = reader_of(path)) {
      if (reader->empty()) {
        return fail(Code::kBadInput, "device \"pcsc:\" names no reader", "name it as in pcsc:ACS ACR122U");
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
    const std::string_view line = trimmed(next_line(text));
    ++number;
    if (line.empty() || line.front() == '#') continue;
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
    if (value == nullptr) continue;
    HALLIGAN_CHECK(setting.take(value, settings).in(setting.variable));
    if (setting.keyword == "device") settings.devices_from = setting.variable;
  }
  return settings;
}

}  // namespace halligan::fido
