// Tables: a piece for each row.
#pragma once

#include <vector>

#include "kit/layout/piece.hpp"

namespace halligan::kit {

std::vector<Piece> table_pieces(const Item& item, const Typesetter& type, double width);

}  // namespace halligan::kit
