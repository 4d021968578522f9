// The file of an audit report: a text for people, then its parts, line by line as they were found.
//
//   Halligan audit report, version 1
//   …what the parts say, in words…
//   -- part KIND LINES SHA256 NAME
//   …LINES lines…
//   -- end
//
// The parts are in the order terms, summary, ledger…, drills…, log…, proof…. The text and the summary say
// nothing that does not follow from the other parts, so whoever has the file can compute both again.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace halligan::ledger::report {

inline constexpr std::size_t kLargestReport = 512U << 20;  // bytes

struct Part {
  std::string kind;      ///< "ledger"
  std::string name;      ///< where it was found, printable(); may be empty
  std::string contents;  ///< whole lines, as they were

  bool operator==(const Part&) const = default;
};

struct Document {
  std::string words;  ///< whole lines, none of which begins with "-- "
  std::vector<Part> parts;
};

/// Does the text begin as such a file?
bool is_document(std::string_view text);

std::string format_document(const Document& document);

/// Accepted means: format_document() gives the same bytes. Linear.
/// @errors kBadInput (cut off, a part whose SHA-256 is not that of its lines, …)
Result<Document> parse_document(std::string_view text);

}  // namespace halligan::ledger::report
