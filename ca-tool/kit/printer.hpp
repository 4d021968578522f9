// Sheets made into documents by halligan-kit-layout, a program of its own.
#pragma once

#include "base/bytes.hpp"
#include "kit/layout/sheet.hpp"

namespace halligan::kit {

/// Where the program is: in ../libexec of where this one is. @errors kNotFound, with what to install
Result<std::string> find_layout();

/// @errors as find_layout() · kBadInput (what cannot be laid out) · kUnreachable · kInternal
Result<Bytes> make_pdf(const Sheets& sheets);
/// A document for each page. @errors likewise
Result<std::vector<Bytes>> make_svgs(const Sheets& sheets);

}  // namespace halligan::kit
