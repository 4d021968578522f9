// Words and JSON that the token commands share. What came from a token is made safe for a terminal here.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/codec.hpp"
#include "token/admin.hpp"

namespace halligan::cli {

using ReportJson = nlohmann::ordered_json;

/// "Name        value\n"; the value is printed as it is.
std::string report_row(std::string_view name, std::string_view value);

/// JSON is UTF-8: other bytes come escaped as on a terminal.
std::string json_text(std::string_view text);

/// The object on one line, with its newline.
std::string json_line(const ReportJson& json);

/// "tries left" in words: "8 tries left", "one try left".
std::string tries_words(std::uint64_t tries);

/// "1 resident key", "5 resident keys".
std::string resident_words(std::uint64_t count);

/// Ask for `word` to be typed before something is destroyed. @param loss what will be lost; lines for a
/// terminal
/// @errors kNo (something else was typed) · kNeedsPerson (nobody to ask)
Result<> confirm_loss(const std::string& loss, std::string_view word);

}  // namespace halligan::cli
