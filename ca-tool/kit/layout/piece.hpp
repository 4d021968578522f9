// A sheet's items as pieces: what stays together on a page.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "kit/layout/type.hpp"

namespace halligan::kit {

struct Piece {
  double space = 0;  ///< above it, unless it begins a page
  double height = 0;
  bool with_next = false;  ///< a page does not end with it
  int missing = 0;         ///< characters without a font
  bool repeats = false;    ///< the head of a table: it comes again where the table goes on
  bool in_table = false;   ///< after such a head
  std::function<void(cairo_t*, double x, double y)> draw{};
};

/// @param width of the text @param most the height of a page: no piece is higher
/// @errors kBadInput (too much for a QR code, a piece that is higher than a page)
Result<std::vector<Piece>> pieces_of(const Sheet& sheet, const Typesetter& type, double width, double most);

/// A QR code in a square, with its quiet zone, and what it takes to draw it.
struct QrCode {
  int modules = 0;                   ///< a side
  std::vector<std::uint8_t> dark{};  ///< row by row
  void draw(cairo_t* cairo, double x, double y, double side) const;
};
/// @errors kBadInput (too long for one)
Result<QrCode> make_qr(const std::string& text);

}  // namespace halligan::kit
