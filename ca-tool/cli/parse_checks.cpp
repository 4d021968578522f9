// What CLI11 does not look at, or does not say.
#include <algorithm>
#include <charconv>

#include "base/codec.hpp"
#include "cli/parse_parts.hpp"

namespace halligan::cli {
namespace {

// Comments and reasons may be empty, and so may a user id on a token.
bool may_be_empty(const CLI::Option& option) {
  return option.get_type_name() == "TEXT" || option.check_lname("user");
}

std::string quoted_word(std::string_view word) { return "\"" + printable(word) + "\""; }

}  // namespace

std::uint64_t strict_number(const std::string& option, const std::string& text, std::uint64_t least,
                            std::uint64_t most) {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  const bool padded = text.size() > 1 && text.front() == '0';
  if (error != std::errc() || stop != end || padded || number < least || number > most) {
    throw CLI::ValidationError(option, quoted_word(text) + " is no number from " + std::to_string(least) +
                                           " to " + std::to_string(most));
  }
  return number;
}

void refuse_empty_values(CLI::App& app) {
  for (CLI::Option* option : app.get_options({})) {
    if (may_be_empty(*option)) continue;
    option->check(
        [](const std::string& value) { return value.empty() ? "the value is empty" : std::string(); });
  }
  for (CLI::App* command : app.get_subcommands({})) refuse_empty_values(*command);
}

std::vector<std::string> spelled_out(std::span<const char* const> words) {
  std::vector<std::string> out;
  bool options = true;
  for (const std::string_view word : words.subspan(std::min<std::size_t>(1, words.size()))) {
    options = options && word != "--";
    const bool empty_value =
        options && word.size() > 3 && word.starts_with("--") && word.find('=') == word.size() - 1;
    out.emplace_back(empty_value ? word.substr(0, word.size() - 1) : word);
    if (empty_value) out.emplace_back();
  }
  return out;
}

Error explain(const CLI::ParseError& error, const CLI::App& app, std::span<const char* const> words) {
  const CLI::App* command = &app;
  std::string name = app.get_name();
  std::size_t next = 1;
  while (next < words.size()) {
    const auto below =
        command->get_subcommands([&](const CLI::App* each) { return each->get_name() == words[next]; });
    if (below.empty()) break;
    command = below.front();
    name += " " + command->get_name();
    ++next;
  }
  const bool group = command->get_require_subcommand_min() != 0;
  if (!group) return {Code::kUsage, error.what(), "see " + name + " --help"};
  const std::string hint = name + " --help lists the commands";
  if (next == words.size()) return {Code::kUsage, name + " wants a command", hint};
  const bool option = words[next][0] == '-';
  return {Code::kUsage, quoted_word(words[next]) + (option ? " is no option of " + name : " is no command"),
          hint};
}

}  // namespace halligan::cli
