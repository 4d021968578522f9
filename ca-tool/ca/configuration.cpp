#include "ca/configuration.hpp"

#include <fnmatch.h>
#include <glob.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>

#include "base/codec.hpp"
#include "base/text.hpp"
#include "command/parse.hpp"
#include "io/clock.hpp"
#include "io/files.hpp"
#include "io/folders.hpp"
#include "ssh/validity.hpp"

namespace halligan::ca {
namespace {

constexpr const char* kMachineFile = "/etc/halligan/config";
constexpr std::size_t kLargestConfiguration = 256 * 1024;
constexpr int kDeepestInclude = 16;  // as in ssh_config(5)

Result<> check_yes_or_no(const std::string& value) {
  if (is_word(value, "yes") || is_word(value, "no")) return {};
  return fail(Code::kBadInput, "expected yes or no, not " + printable(value));
}

Result<> check_ssh_application(const std::string& value) {
  if (value.starts_with("ssh:")) return {};
  return fail(Code::kBadInput, printable(value) + " does not begin with \"ssh:\"");
}

Result<> check_validity(const std::string& value) {
  const auto parsed = ssh::parse_validity(value, io::unix_seconds());
  return parsed ? Result<>{} : fail(Code::kBadInput, parsed.error().message, parsed.error().hint);
}

Result<> check_days(const std::string& value) {
  return command::parse_number(value, 1, 3650) ? Result<>{}
                                               : fail(Code::kBadInput, "expected a number from 1 to 3650");
}

Result<> check_names(const std::string& value) {
  const std::string list = "," + value + ",";
  if (list.find(",,") == std::string::npos) return {};
  return fail(Code::kBadInput, "an empty name in " + printable(value));
}

constexpr std::array<CaKeyword, 15> kKeywords{
    {{"PublicKey", &ConfiguredCa::public_key, true},
     {"Key", &ConfiguredCa::key, true},
     {"Agent", &ConfiguredCa::agent, false, check_yes_or_no},
     {"Provider", &ConfiguredCa::provider, true},
     {"Application", &ConfiguredCa::application, false, check_ssh_application},
     {"User", &ConfiguredCa::user},
     {"Device", &ConfiguredCa::device},
     {"Ledger", &ConfiguredCa::ledger, true},
     {"Policy", &ConfiguredCa::policy, true},
     {"CoSigners", &ConfiguredCa::co_signers, true},
     {"Principals", &ConfiguredCa::principals, false, check_names},
     {"Validity", &ConfiguredCa::validity, false, check_validity},
     {"KnownHosts", &ConfiguredCa::known_hosts, true},
     {"SnapshotAge", &ConfiguredCa::snapshot_age, false, check_days},
     {"DrillAge", &ConfiguredCa::drill_age, false, check_days}}};

bool same_word(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

// The words of a line: separated by blanks, quoted with "…" where they contain one; # begins a comment; the
// first may be followed by =.
Result<std::vector<std::string>> split(std::string_view line) {
  constexpr std::string_view kBlanks = " \t\r";
  std::vector<std::string> words;
  while (true) {
    const std::size_t begin = line.find_first_not_of(words.size() == 1 ? " \t\r=" : kBlanks);
    if (begin == std::string_view::npos || line[begin] == '#') return words;
    line.remove_prefix(begin);
    const bool quoted = line.front() == '"';
    if (quoted) line.remove_prefix(1);
    const std::size_t end = line.find_first_of(quoted ? "\"" : words.empty() ? " \t\r=" : kBlanks);
    if (quoted && end == std::string_view::npos) return fail(Code::kBadInput, "a quote is not closed");
    words.emplace_back(line.substr(0, end));
    line.remove_prefix(std::min(line.size(), end == std::string_view::npos ? end : end + (quoted ? 1 : 0)));
    if (quoted && !line.empty() && kBlanks.find(line.front()) == std::string_view::npos)
      return fail(Code::kBadInput, "text right after a quote");
  }
}

bool is_pattern(std::string_view name) { return name.find_first_of("*?") != std::string_view::npos; }

Result<> check_ca_name(const std::string& name) {
  const bool plain =
      !name.empty() && name.front() != '-' && name.find('/') == std::string::npos && printable(name) == name;
  if (plain) return {};
  return fail(Code::kBadInput, "a CA cannot be named " + printable(name), "use a word without a slash");
}

// ~/FILE, or FILE beside the file that names it.
Result<std::string> absolute(const std::string& path, const std::string& folder) {
  if (path.starts_with("~/")) {
    const auto home = io::base_folder("HOME", "");
    if (!home) return fail(Code::kBadInput, "~ has no meaning: HOME is not an absolute path");
    return *home + path.substr(1);
  }
  if (path.starts_with('~')) return fail(Code::kBadInput, "~USER is not supported", "write the whole path");
  return path.starts_with('/') ? path : folder + "/" + path;
}

}  // namespace

std::span<const CaKeyword> ca_keywords() { return kKeywords; }

class ConfigurationReader {
 public:
  explicit ConfigurationReader(Configuration& into) : into_(into) {}

  Result<> read_file(const std::string& path, int depth = 0) {
    HALLIGAN_TRY(const Bytes bytes, io::read_trusted_file(path, kLargestConfiguration));
    HALLIGAN_TRY(const io::SplitPath parts, io::split_path(path));
    into_.files_.push_back(path);
    std::size_t number = 0;
    for (std::string_view text = as_text(bytes); !text.empty();) {
      const std::string_view line = next_line(text);
      const Setting place{.value = {}, .file = path, .line = ++number};
      HALLIGAN_CHECK(read_line(line, place, parts.folder, depth).in(printable(place.place())));
    }
    return {};
  }

 private:
  Result<> read_line(std::string_view line, Setting place, const std::string& folder, int depth) {
    HALLIGAN_TRY(auto words, split(line));
    if (words.empty()) return {};
    const std::string keyword = std::move(words.front());
    words.erase(words.begin());
    if (words.empty()) return fail(Code::kBadInput, printable(keyword) + " has no value");
    if (is_word(keyword, "ca")) return begin_block(std::move(words));
    if (is_word(keyword, "include")) return include(words, folder, depth);
    // Names may be separated by blanks, too.
    std::string value = words.front();
    const bool list = is_word(keyword, "principals");
    for (std::size_t i = 1; list && i < words.size(); ++i)
      value += (value.ends_with(',') ? "" : ",") + words[i];
    if (!list && words.size() > 1) {
      return fail(Code::kBadInput, printable(keyword) + " has more than one value",
                  "quote a value that contains blanks");
    }
    place.value = std::move(value);
    return take(keyword, std::move(place), folder);
  }

  Result<> begin_block(std::vector<std::string> patterns) {
    for (const std::string& name : patterns) {
      HALLIGAN_CHECK(check_ca_name(name));
      if (!is_pattern(name) && !into_.has(name)) into_.names_.push_back(name);
    }
    block_ = std::move(patterns);
    return {};
  }

  Result<> include(const std::vector<std::string>& files, const std::string& folder, int depth) {
    if (depth == kDeepestInclude) return fail(Code::kBadInput, "files include one another too deeply");
    for (const std::string& file : files) {
      HALLIGAN_TRY(const std::string pattern, absolute(file, folder));
      glob_t found{};
      const std::unique_ptr<glob_t, void (*)(glob_t*)> owner(&found, ::globfree);
      const int status = ::glob(pattern.c_str(), 0, nullptr, &found);
      if (status == GLOB_NOMATCH) continue;  // as in ssh_config(5)
      if (status != 0) return fail(Code::kUnreachable, "cannot look for " + printable(pattern));
      for (std::size_t i = 0; i < found.gl_pathc; ++i) {
        const auto around = block_;
        HALLIGAN_CHECK(read_file(found.gl_pathv[i], depth + 1));
        block_ = around;
      }
    }
    return {};
  }

  Result<> take(const std::string& keyword, Setting setting, const std::string& folder) {
    const bool is_card = is_word(keyword, "unattendedcard");
    if (is_card || is_word(keyword, "defaultca")) {
      if (!block_.empty()) {
        return fail(Code::kBadInput,
                    std::string(is_card ? "UnattendedCard" : "DefaultCA") + " in a block of a CA",
                    "move it to the top");
      }
      std::optional<Setting>& into = is_card ? into_.unattended_card_ : into_.default_;
      if (!into) into = std::move(setting);
      return {};
    }
    for (const CaKeyword& each : kKeywords) {
      if (!same_word(keyword, each.name)) continue;
      if (setting.value.empty() && each.into != &ConfiguredCa::user)
        return fail(Code::kBadInput, std::string(each.name) + " is empty");
      if (each.file) {
        HALLIGAN_TRY(setting.value, absolute(setting.value, folder));
      }
      if (each.check != nullptr) HALLIGAN_CHECK(each.check(setting.value).in(std::string(each.name)));
      into_.lines_.push_back({&each, block_, std::move(setting)});
      return {};
    }
    std::vector<std::string> known{"CA", "DefaultCA", "Include", "UnattendedCard"};
    for (const CaKeyword& each : kKeywords) known.emplace_back(each.name);
    const std::string meant = command::nearest(keyword, known);
    return fail(Code::kBadInput, "unknown keyword " + printable(keyword),
                meant.empty() ? "see halligan(5)" : "did you mean " + meant + "?");
  }

  Configuration& into_;
  std::vector<std::string> block_{};  // patterns of the CA block; none before the first
};

Result<Configuration> Configuration::load(const std::string& named) {
  Configuration configuration;
  if (named == "none") return configuration;
  if (!named.empty()) {
    std::error_code error;
    const std::string path = std::filesystem::absolute(named, error).string();
    HALLIGAN_CHECK(ConfigurationReader(configuration).read_file(error ? named : path).in("configuration"));
    return configuration;
  }
  std::vector<std::string> files{kMachineFile};
  if (const auto folder = io::base_folder("XDG_CONFIG_HOME", ".config"))
    files.insert(files.begin(), *folder + "/halligan/config");
  for (const std::string& file : files) {
    ConfigurationReader each(configuration);  // a block ends with its file
    auto read = each.read_file(file);
    if (!read && read.error().code != Code::kNotFound) return fail(std::move(read).error());
  }
  return configuration;
}

bool Configuration::has(std::string_view name) const {
  return std::ranges::find(names_, name) != names_.end();
}

Result<std::optional<std::string>> Configuration::default_ca() const {
  if (!default_) return names_.size() == 1 ? std::optional(names_.front()) : std::nullopt;
  if (has(default_->value)) return default_->value;
  return fail(Code::kBadInput,
              printable(default_->place()) + ": DefaultCA: no CA is named " + printable(default_->value),
              "add a block: CA " + printable(default_->value));
}

ConfiguredCa Configuration::find(const std::string& name) const {
  ConfiguredCa found;
  found.name = name;
  for (const Line& line : lines_) {
    const bool matches = line.patterns.empty() || std::ranges::any_of(line.patterns, [&](const auto& each) {
                           return ::fnmatch(each.c_str(), name.c_str(), 0) == 0;
                         });
    auto& into = found.*(line.keyword->into);
    if (matches && !into) into = line.setting;
  }
  return found;
}

}  // namespace halligan::ca
