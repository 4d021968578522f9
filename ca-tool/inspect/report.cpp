#include "inspect/report.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "command/exit_code.hpp"
#include "ui/output.hpp"

namespace halligan::inspect {
namespace {

constexpr std::size_t kPiece = 64 * 1024;

}  // namespace

InspectReport::InspectReport(bool json, bool check)
    : json_(json), check_(check), at_once_(::isatty(STDOUT_FILENO) == 1) {}

Result<> InspectReport::add(const ui::Origin& origin, Shown shown) {
  if (shown.error) return fault(origin, *std::move(shown.error));
  answer(shown.answer);
  if (shown.text.empty()) return {};
  HALLIGAN_CHECK(begin());
  return write(shown.text);
}

Result<> InspectReport::fault(const ui::Origin& origin, Error error) {
  if (json_) {
    nlohmann::ordered_json json{{origin.label == "File"    ? "file"
                                 : origin.label == "Agent" ? "agent"
                                                           : "server",
                                 printable(origin.file)}};
    if (origin.line != 0) json["line"] = origin.line;
    json["kind"] = "error";
    json["error"] = printable(error.message);
    json["status"] = command::exit_code(error.code);
    HALLIGAN_CHECK(write(json.dump() + "\n"));
  }
  // What was found before stands before it on a terminal.
  if (at_once_) HALLIGAN_CHECK(flush());
  status_ = std::max(status_, command::exit_code(error.code));
  if (origin.line != 0) error = std::move(error).in(fmt::format("line {}", origin.line));
  // Many errors name their file themselves.
  const std::string file(origin.file);
  if (!file.empty() && error.message.find(file) == std::string::npos) error = std::move(error).in(file);
  ui::complain(error);
  return {};
}

Result<> InspectReport::begin() {
  const bool blank = !first_ && !json_ && !check_;
  first_ = false;
  return blank ? write("\n") : Result<>();
}

Result<> InspectReport::write(std::string_view text) {
  waiting_ += text;
  return at_once_ || waiting_.size() >= kPiece ? flush() : Result<>();
}

void InspectReport::answer(int answer) { status_ = std::max(status_, answer); }

Result<> InspectReport::flush() {
  auto printed = ui::print(waiting_);
  waiting_.clear();
  return printed;
}

}  // namespace halligan::inspect
