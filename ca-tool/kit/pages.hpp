// What a kit says as sheets of paper.
#pragma once

#include "kit/contents.hpp"
#include "kit/layout/sheet.hpp"

namespace halligan::kit {

/// The emergency page, what is in the envelope, hosts, CAs, the page without halligan, and a sheet for the
/// PIN of each token. Everything that came from outside is printable().
/// @errors kNotFound (a runbook)
Result<Sheets> make_sheets(const Contents& contents);

}  // namespace halligan::kit
