// Markdown for a terminal: the parts of a document as lines of at most 80 columns.
#pragma once

#include <cmark.h>

#include <span>
#include <string>
#include <string_view>

namespace halligan::runbook {

/// A heading, a paragraph, a list: what is neither a fence nor a comment.
/// @param lines of the file
std::string prose_text(cmark_node* node, std::span<const std::string_view> lines);

/// Is this a paragraph that is a table? cmark knows none.
bool is_table(cmark_node* node, std::span<const std::string_view> lines);

}  // namespace halligan::runbook
