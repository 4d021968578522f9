// Man pages from their templates. A template is a page in mdoc(7) in which comments mark what the
// declarations of the commands give:
//
//   .\" @synopsis ledger verify     the SYNOPSIS of the command
//   .\" @options ledger verify      the list of its options, until @end
//   .\" @detail --counter           lines that are added to the row of this option
//   .\" @end
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "command/declaration.hpp"

namespace halligan::pages {

struct Page {
  std::string name;  ///< of the template's file, for errors
  std::string text;
};

/// @errors kBadInput, "FILE:LINE: …": a marker, command or option that does not exist, a repeated one, a
/// missing @end
Result<std::string> fill(const command::Program& program, const Page& page);

/// All pages. @errors as fill() · kBadInput: a command whose synopsis or options are on no page, or on two
Result<std::vector<std::string>> fill_all(const command::Program& program, const std::vector<Page>& pages);

}  // namespace halligan::pages
