#include "ui/confirm.hpp"

#include "io/terminal.hpp"

namespace halligan::ui {

namespace {

Failure no_terminal() {
  return fail(Code::kNeedsPerson, "cannot ask for confirmation: no terminal", "confirm with --yes");
}

}  // namespace

Result<> ask_for_yes(const std::string& question, const std::string& what) {
  auto yes = io::confirm(question);
  if (!yes && yes.error().code == Code::kNeedsPerson) return no_terminal();
  if (!yes) return fail(std::move(yes).error());
  if (!*yes) return fail(Code::kNo, "not " + what + "ed", {});
  return {};
}

Result<> confirm_loss(const std::string& loss, std::string_view word) {
  if (!io::have_terminal()) return no_terminal();
  HALLIGAN_TRY(const bool agreed, io::confirm_typed(loss, word));
  if (!agreed) return fail(Code::kNo, "not confirmed: nothing was changed");
  return {};
}

}  // namespace halligan::ui
