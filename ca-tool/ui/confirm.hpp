// Questions before something is done that cannot be taken back.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace halligan::ui {

/// @param question "Sign this certificate?" @param what the verb of it: "sign"
/// @errors kNeedsPerson: nobody to ask; kNo: the answer is no
Result<> ask_for_yes(const std::string& question, const std::string& what);

/// Ask for `word` to be typed before something is destroyed. @param loss what will be lost; lines for a
/// terminal
/// @errors kNo (something else was typed) · kNeedsPerson (nobody to ask)
Result<> confirm_loss(const std::string& loss, std::string_view word);

}  // namespace halligan::ui
