// Sheets on pages of A4, as PDF or as SVG.
#pragma once

#include <vector>

#include "base/bytes.hpp"
#include "kit/layout/piece.hpp"

namespace halligan::kit {

struct Placed {
  Piece piece;
  double y;
};

struct Page {
  std::string sheet;
  double size;  ///< of its letters
  std::vector<Placed> pieces;
};

/// @errors kBadInput (a sheet that does not fit on the one page that it has to; a character without a font) ·
/// as pieces_of()
Result<std::vector<Page>> paginate(const Sheets& sheets);

/// Fonts are embedded. @errors kInternal (cairo)
Result<Bytes> to_pdf(const Sheets& sheets, const std::vector<Page>& pages);
/// One page. Letters are outlines: it needs no font. @errors kInternal (cairo)
Result<Bytes> to_svg(const Sheets& sheets, const std::vector<Page>& pages, std::size_t number);

}  // namespace halligan::kit
