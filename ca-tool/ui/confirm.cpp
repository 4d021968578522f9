#include "cli/token_report.hpp"

#include <fmt/format.h>

#include "io/terminal.hpp"

namespace halligan::cli {

std::string report_row(std::string_view name, std::string_view value) {
  return fmt::format("{:<12}{}\n", name, value);
}

std::string json_text(std::string_view text) {
  return is_utf8(as_bytes(text)) ? std::string(text) : printable(text);
}

// ASCII alone: a terminal obeys some control characters beyond it.
std::string json_line(const ReportJson& json) {
  return json.dump(-1, ' ', true, ReportJson::error_handler_t::replace) + "\n";
}

std::string tries_words(std::uint64_t tries) {
  return tries == 1 ? std::string("one try left") : fmt::format("{} tries left", tries);
}

std::string resident_words(std::uint64_t count) {
  return count == 1 ? std::string("1 resident key") : fmt::format("{} resident keys", count);
}

Result<> confirm_loss(const std::string& loss, std::string_view word) {
  if (!io::have_terminal()) {
    return fail(Code::kNeedsPerson, "there is no terminal to confirm this at", "in a script, say --yes");
  }
  HALLIGAN_TRY(const bool agreed, io::confirm_typed(loss, word));
  if (!agreed) return fail(Code::kNo, "not confirmed: nothing was changed");
  return {};
}

}  // namespace halligan::cli
