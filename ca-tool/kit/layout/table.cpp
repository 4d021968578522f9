#include "kit/layout/table.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace halligan::kit {
namespace {

constexpr double kLine = 0.4;
constexpr double kScale = 0.95;
constexpr double kPadX = 4;
constexpr double kPadY = 2;
constexpr double kLeast = 40;

// What each column would take if nothing were broken; those that want more than their share divide what the
// others leave.
std::vector<double> column_widths(const Item& item, const Typesetter& type, double width) {
  std::size_t columns = 0;
  for (const auto& row : item.rows) columns = std::max(columns, row.size());
  std::vector<double> wanted(columns, kLeast);
  for (const auto& row : item.rows) {
    for (std::size_t i = 0; i < row.size(); ++i)
      wanted[i] = std::max(wanted[i], std::ceil(type.set(row[i], -1, kScale).width()) + 2 * kPadX + 1);
  }
  // A column to write in has its share.
  for (std::size_t i = 0; i < columns; ++i) {
    const auto blank = [i](const std::vector<Runs>& row) {
      return i >= row.size() || std::ranges::all_of(row[i], [](const Run& run) {
               return run.text.find_first_not_of(" \n") == std::string::npos;
             });
    };
    if (std::all_of(item.rows.begin() + (item.head ? 1 : 0), item.rows.end(), blank))
      wanted[i] = std::max(wanted[i], width / static_cast<double>(columns + 1));
  }
  const double all = std::accumulate(wanted.begin(), wanted.end(), 0.0);
  if (all <= width) {
    if (!wanted.empty()) wanted.back() += width - all;
    return wanted;
  }
  std::vector<double> got(columns, 0);
  double left = width;
  std::size_t open = columns;
  for (bool changed = true; changed && open > 0;) {
    changed = false;
    const double share = left / static_cast<double>(open);
    for (std::size_t i = 0; i < columns; ++i) {
      if (got[i] > 0 || wanted[i] > share) continue;
      got[i] = wanted[i];
      left -= wanted[i];
      --open;
      changed = true;
    }
  }
  double greedy = 0;
  for (std::size_t i = 0; i < columns; ++i) greedy += got[i] > 0 ? 0 : std::sqrt(wanted[i]);
  for (std::size_t i = 0; i < columns; ++i) {
    if (got[i] == 0) got[i] = left * std::sqrt(wanted[i]) / greedy;
  }
  return got;
}

Piece row_piece(const std::vector<Runs>& row, const std::vector<double>& widths, const Typesetter& type,
                bool head) {
  std::vector<SetText> cells;
  double height = 0;
  int missing = 0;
  for (std::size_t i = 0; i < row.size(); ++i) {
    Runs runs = row[i];
    if (head) {
      for (Run& each : runs) each.face = Face::kStrong;
    }
    cells.push_back(type.set(runs, widths[i] - 2 * kPadX, kScale));
    height = std::max(height, cells.back().height());
    missing += cells.back().missing();
  }
  height += 2 * kPadY;
  const auto draw = [cells, widths, height, head](cairo_t* cairo, double x, double y) {
    double left = x;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      if (head) {
        cairo_set_source_rgb(cairo, 0.92, 0.92, 0.92);
        cairo_rectangle(cairo, left, y, widths[i], height);
        cairo_fill(cairo);
      }
      cairo_set_source_rgb(cairo, 0.5, 0.5, 0.5);
      cairo_set_line_width(cairo, kLine);
      cairo_rectangle(cairo, left, y, widths[i], height);
      cairo_stroke(cairo);
      cairo_set_source_rgb(cairo, 0, 0, 0);
      if (i < cells.size()) cells[i].draw(cairo, left + kPadX, y + kPadY);
      left += widths[i];
    }
  };
  return {.height = height, .with_next = head, .missing = missing, .repeats = head, .draw = draw};
}

}  // namespace

std::vector<Piece> table_pieces(const Item& item, const Typesetter& type, double width) {
  const std::vector<double> widths = column_widths(item, type, width);
  std::vector<Piece> pieces;
  for (std::size_t i = 0; i < item.rows.size(); ++i) {
    pieces.push_back(row_piece(item.rows[i], widths, type, item.head && i == 0));
    pieces.back().space = i == 0 ? type.size() * 0.5 : 0;
    pieces.back().in_table = i != 0;
  }
  return pieces;
}

}  // namespace halligan::kit
