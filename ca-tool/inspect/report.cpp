#include "inspect/report.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "command/exit_code.hpp"
#include "ui/output.hpp"

namespace halligan::inspect {
namespace {

constexpr std::size_t kPiece = 64 * 1024;

}  // namespace

InspectReport::InspectReport(const View& view) : view_(view), at_once_(::isatty(STDOUT_FILENO) == 1) {}

Result<> InspectReport::add(const ui::Origin& origin, const Result<Item>& item) {
  return item ? add(origin, Result<Shown>(view_.show(*item))) : fault(origin, item.error());
}

Result<> InspectReport::add(const ui::Origin& origin, Result<Shown> shown) {
  if (!shown) return fault(origin, std::move(shown).error());
  if (shown->no) status_ = std::max(status_, 1);
  if (shown->text.empty()) return {};
  HALLIGAN_CHECK(begin());
  return write(shown->text);
}

Result<> InspectReport::fault(const ui::Origin& origin, Error error) {
  status_ = std::max(status_, command::exit_code(error.code));
  if (view_.json) {
    ui::Json json = ui::origin_json(origin, "error");
    json.update(ui::error_json(error));
    HALLIGAN_CHECK(write(ui::json_line(json)));
  }
  // On a terminal it comes after what was found before it.
  if (at_once_) HALLIGAN_CHECK(flush());
  if (origin.line != 0) error = std::move(error).in(fmt::format("line {}", origin.line));
  // Many errors name their file themselves.
  if (!origin.file.empty() && error.message.find(origin.file) == std::string::npos)
    error = std::move(error).in(origin.file);
  ui::complain(error);
  return {};
}

Result<> InspectReport::begin() {
  const bool blank = !first_ && !view_.json && !view_.check;
  first_ = false;
  return blank ? write("\n") : Result<>();
}

Result<> InspectReport::write(std::string_view text) {
  waiting_ += text;
  return at_once_ || waiting_.size() >= kPiece ? flush() : Result<>();
}

Result<> InspectReport::flush() {
  auto printed = ui::print(waiting_);
  waiting_.clear();
  return printed;
}

}  // namespace halligan::inspect
