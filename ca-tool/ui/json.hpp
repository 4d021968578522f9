// JSON as programs get it: one object a line, ASCII, whatever the texts in it are.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace halligan::ui {

using Json = nlohmann::ordered_json;

/// JSON is UTF-8: a text that is not comes escaped as on a terminal.
std::string json_text(std::string_view text);

/// A member that may be any bytes: `name`, and `name`_hex where the text alone could be another one's.
void put_text(Json& json, const std::string& name, std::string_view text);
void put_texts(Json& json, const std::string& name, const std::vector<std::string>& texts);

/// The object on one line with its newline. ASCII alone: a terminal obeys some characters beyond it.
std::string json_line(const Json& json);

}  // namespace halligan::ui
