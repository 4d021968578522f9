// A KRL in words and in JSON.
#pragma once

#include "inspect/report.hpp"
#include "ssh/krl.hpp"

namespace halligan::inspect {

/// Printed piece by piece: it may have millions of entries. Long lists are shortened in text, complete in
/// JSON.
/// @errors kUnreachable: stdout
Result<> show_krl(const ssh::Krl& krl, const ui::Origin& origin, InspectReport& report);

}  // namespace halligan::inspect
