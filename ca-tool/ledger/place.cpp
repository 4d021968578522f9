#include "ledger/place.hpp"

#include <fmt/format.h>

#include "base/codec.hpp"
#include "ui/describe.hpp"

namespace halligan::ledger {

std::string place_row(const std::optional<LedgerPlace>& place) {
  if (!place) return {};
  return ui::text_row("Ledger", fmt::format("{}, record {}", printable(place->file), place->record));
}

void add_place(ui::Json& json, const std::optional<LedgerPlace>& place) {
  if (place) json["ledger"] = {{"file", ui::json_text(place->file)}, {"record", place->record}};
}

}  // namespace halligan::ledger
