// Text in a page for a browser.
#pragma once

#include <string>
#include <string_view>

namespace halligan::ui {

/// The text as HTML shows it, in elements and in attributes with quotes around them.
std::string html_text(std::string_view text);

}  // namespace halligan::ui
