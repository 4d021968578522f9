#include "explain/pam.hpp"

#include <fmt/format.h>

#include <optional>
#include <string_view>
#include <vector>

#include "base/codec.hpp"
#include "base/text.hpp"
#include "ssh/text_line.hpp"

namespace halligan::explain {
namespace {

constexpr std::size_t kMostModules = 1000;

enum class Said { kSuccess, kIgnore, kPasswordAged, kRefused, kUnknown };

/// One line of the stack.
struct Module {
  std::string_view place;
  std::string_view control;  // "required", "[success=1 default=ignore]"
  std::string_view name;
};

std::vector<Module> modules_of(std::string_view text) {
  std::vector<Module> out;
  while (!text.empty() && out.size() < kMostModules) {
    std::string_view line = next_line(text);
    Module each{ssh::next_word(line), {}, {}};
    const std::size_t last = line.rfind(' ');
    if (last == std::string_view::npos) continue;
    each.control = line.substr(0, last);
    each.name = line.substr(last + 1);
    out.push_back(each);
  }
  return out;
}

struct Action {
  enum class Kind { kOk, kDone, kIgnore, kBad, kDie, kJump, kUnknown };
  Kind kind = Kind::kUnknown;
  std::size_t jump = 0;
};

Action parse_action(std::string_view text) {
  using Kind = Action::Kind;
  if (text == "ok") return {Kind::kOk};
  if (text == "done") return {Kind::kDone};
  if (text == "ignore") return {Kind::kIgnore};
  if (text == "bad") return {Kind::kBad};
  if (text == "die") return {Kind::kDie};
  const auto jump = whole_number<std::size_t>(text);
  return jump ? Action{Kind::kJump, *jump} : Action{};
}

// What the control makes of a return value: "success", "ignore", "new_authtok_reqd", or any other failure.
Action action_of(std::string_view control, std::string_view value) {
  using Kind = Action::Kind;
  const bool well = value == "success" || value == "new_authtok_reqd";
  if (control == "required") return {well ? Kind::kOk : value == "ignore" ? Kind::kIgnore : Kind::kBad};
  if (control == "requisite") return {well ? Kind::kOk : value == "ignore" ? Kind::kIgnore : Kind::kDie};
  if (control == "sufficient") return {well ? Kind::kDone : Kind::kIgnore};
  if (control == "optional") return {well ? Kind::kOk : Kind::kIgnore};
  if (!control.starts_with('[') || !control.ends_with(']')) return {};
  std::string_view rest = control.substr(1, control.size() - 2);
  Action usual{Kind::kBad};
  while (!(rest = trim_start(rest)).empty()) {
    const std::string_view pair = ssh::next_word(rest);
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) return {};
    const Action action = parse_action(pair.substr(equals + 1));
    if (pair.substr(0, equals) == value) return action;
    if (pair.substr(0, equals) == "default") usual = action;
  }
  return usual;
}

class Stack {
 public:
  Stack(const trust::Facts& facts, const trust::Account& account, std::uint64_t at)
      : facts_(facts), account_(account), today_(static_cast<std::int64_t>(at / 86400)) {}

  PamAnswer run() {
    const std::vector<Module> modules = modules_of(facts_.pam);
    if (modules.empty()) return by_the_account();
    for (std::size_t i = 0; i < modules.size(); ++i) {
      const Module& each = modules[i];
      const Said said = ask(each);
      if (said == Said::kUnknown) {
        if (!may_be_skipped(each)) note(each);
        if (action_of(each.control, "success").kind == Action::Kind::kDone && !refusal_ && !shortcut_)
          shortcut_ = not_known(each);
        continue;
      }
      const Action action = action_of(each.control, said == Said::kSuccess        ? "success"
                                                    : said == Said::kIgnore       ? "ignore"
                                                    : said == Said::kPasswordAged ? "new_authtok_reqd"
                                                                                  : "acct_expired");
      switch (action.kind) {
        case Action::Kind::kJump:
          i += action.jump;
          break;
        case Action::Kind::kOk:
        case Action::Kind::kDone:
          if (said == Said::kPasswordAged && !refusal_) refuse_aged(each);
          passed_ = true;
          if (action.kind == Action::Kind::kDone && !refusal_ && !doubt_) return answer();
          break;
        case Action::Kind::kBad:
        case Action::Kind::kDie:
          if (!refusal_) refusal_ = no(each);
          if (action.kind == Action::Kind::kDie) return answer();
          break;
        case Action::Kind::kUnknown:
          note(each);
          break;
        case Action::Kind::kIgnore:
          break;
      }
    }
    if (!passed_ && !refusal_ && !doubt_)
      refusal_ = PamAnswer{PamAnswer::Kind::kNo, "no module of PAM lets an account in", "", log(),
                           "see /etc/pam.d/sshd"};
    return answer();
  }

 private:
  static PamAnswer unknown(std::string why, std::string_view place) {
    return {PamAnswer::Kind::kUnknown, std::move(why), std::string(place)};
  }

  // An older snapshot has no modules; what refuses on nearly every host is known even so.
  PamAnswer by_the_account() const {
    if (account_.shadow == "expired" || (account_.aging.expires && today_ >= *account_.aging.expires)) {
      return {PamAnswer::Kind::kNo, "PAM refuses: its account has expired", "", log(),
              "chage -E -1 " + shell_word(account_.name)};
    }
    if (closed() && account_.uid != 0)
      return {PamAnswer::Kind::kNo, fmt::format("PAM refuses: {} is there", no_login_file()), "", log(),
              fmt::format("rm {}", no_login_file())};
    return unknown("PAM has the last word; its account modules are not known", "");
  }

  bool closed() const { return facts_.no_login || facts_.no_login_run; }
  const char* no_login_file() const { return facts_.no_login_run ? "/run/nologin" : "/etc/nologin"; }

  std::string log() const {
    return fmt::format("Access denied for user {} by PAM account configuration", account_.name);
  }

  // A yes of a sufficient module that is not known may come before the refusal.
  PamAnswer answer() const {
    if (doubt_ && (!refusal_ || doubt_first_)) return *doubt_;
    if (refusal_ && shortcut_) return *shortcut_;
    return refusal_.value_or(PamAnswer{});
  }

  static PamAnswer not_known(const Module& module) {
    return unknown(fmt::format("PAM asks {}: what it says is not known", module.name), module.place);
  }

  // If it says no, that is ignored; if it says yes, that adds nothing to the yes of the others.
  static bool may_be_skipped(const Module& module) {
    using Kind = Action::Kind;
    const Kind yes = action_of(module.control, "success").kind;
    const Kind no = action_of(module.control, "acct_expired").kind;
    return no == Kind::kIgnore && (yes == Kind::kOk || yes == Kind::kDone || yes == Kind::kIgnore);
  }

  void note(const Module& module) {
    if (doubt_) return;
    doubt_first_ = !refusal_;
    doubt_ = not_known(module);
  }

  Said ask(const Module& module) {
    if (module.name == "pam_permit.so" || module.name == "pam_faillock.so") return Said::kSuccess;
    if (module.name == "pam_deny.so") return Said::kRefused;
    if (module.name == "pam_nologin.so")
      return !closed() ? Said::kIgnore : account_.uid == 0 ? Said::kSuccess : Said::kRefused;
    return module.name == "pam_unix.so" ? shadow() : Said::kUnknown;
  }

  // As pam_unix compares the days of shadow(5).
  Said shadow() const {
    const trust::Aging& aging = account_.aging;
    if (aging.expires && today_ >= *aging.expires) return Said::kRefused;
    if (aging.changed && *aging.changed == 0) return Said::kPasswordAged;
    if (!aging.changed || !aging.maximum || today_ < *aging.changed) return Said::kSuccess;
    const std::int64_t age = today_ - *aging.changed;
    if (age <= *aging.maximum) return Said::kSuccess;
    const bool over = aging.inactive && age - *aging.maximum > *aging.inactive;
    return over ? Said::kRefused : Said::kPasswordAged;
  }

  PamAnswer no(const Module& module) const {
    PamAnswer out{PamAnswer::Kind::kNo, fmt::format("PAM refuses: {} says no", module.name),
                  std::string(module.place), log(), "see /etc/pam.d/sshd"};
    if (module.name == "pam_nologin.so") {
      out.why = fmt::format("PAM refuses: {} is there", no_login_file());
      out.mend = fmt::format("rm {}", no_login_file());
    } else if (module.name == "pam_unix.so" || shadow() == Said::kRefused) {
      const bool expired = account_.aging.expires && today_ >= *account_.aging.expires;
      out.why = expired ? "PAM refuses: its account has expired"
                        : "PAM refuses: its password has aged for too long";
      out.mend = (expired ? "chage -E -1 " : "chage -M -1 -I -1 ") + shell_word(account_.name);
    }
    return out;
  }

  void refuse_aged(const Module& module) {
    refusal_ = PamAnswer{
        PamAnswer::Kind::kNo, "its password has aged: a login has to change it first",
        std::string(module.place), "",
        fmt::format("chage -d \"$(date +%F)\" {0}; or for good: chage -M -1 {0}", shell_word(account_.name))};
  }

  const trust::Facts& facts_;
  const trust::Account& account_;
  std::int64_t today_;
  bool passed_ = false;
  std::optional<PamAnswer> refusal_{};
  std::optional<PamAnswer> doubt_{};
  std::optional<PamAnswer> shortcut_{};
  bool doubt_first_ = false;
};

}  // namespace

PamAnswer ask_pam(const trust::Facts& facts, const trust::Account& account, std::uint64_t at) {
  return Stack(facts, account, at).run();
}

}  // namespace halligan::explain
