// Did you mean …?
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace halligan::command {

/// The name that was probably meant, or nothing. @param names the possible ones
std::string nearest(std::string_view typed, const std::vector<std::string>& names);

}  // namespace halligan::command
