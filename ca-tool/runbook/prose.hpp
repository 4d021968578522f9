// Markdown for a terminal: the parts of a document as lines of at most 80 columns.
#pragma once

#include <cmark.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace halligan::runbook {

/// A heading, a paragraph, a list: what is neither a fence nor a comment.
/// @param lines of the file
std::string prose_text(cmark_node* node, std::span<const std::string_view> lines);

/// Is this a paragraph that is a table? cmark knows none.
bool is_table(cmark_node* node, std::span<const std::string_view> lines);

/// The cells of a table as they are written, a row for each line but the rule.
std::vector<std::vector<std::string_view>> table_cells(cmark_node* node,
                                                       std::span<const std::string_view> lines);

}  // namespace halligan::runbook
