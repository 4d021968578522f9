// Where a certificate is on record.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "ui/json.hpp"

namespace halligan::ledger {

struct LedgerPlace {
  std::string file;
  std::uint64_t record;
};

/// The row after those of ui::to_text(), and the member after those of ui::to_json(); nothing without a
/// ledger.
std::string place_row(const std::optional<LedgerPlace>& place);
void add_place(ui::Json& json, const std::optional<LedgerPlace>& place);

}  // namespace halligan::ledger
