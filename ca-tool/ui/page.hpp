// Pages for a browser: one file each, readable without scripts, by a screen reader, on a telephone and on a
// wall.
#pragma once

#include <string>
#include <string_view>

namespace halligan::ui {

/// Text in HTML, also between double quotes. What must not be shown is to be escaped before.
std::string html_text(std::string_view text);

/// A whole page, which loads nothing. Its style knows tables, whose rows have the classes good, wrong and
/// unknown.
/// @param title plain text @param style more of it @param body HTML
std::string html_page(std::string_view title, std::string_view style, std::string_view body);

}  // namespace halligan::ui
