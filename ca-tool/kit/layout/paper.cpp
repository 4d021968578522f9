#include "kit/layout/paper.hpp"

#include <cairo/cairo-pdf.h>
#include <cairo/cairo-svg.h>
#include <fmt/format.h>

#include <ctime>
#include <memory>

#include "base/handle.hpp"

namespace halligan::kit {
namespace {

using Surface = Handle<cairo_surface_t, cairo_surface_destroy>;
using Cairo = Handle<cairo_t, cairo_destroy>;

// A4 in points.
constexpr double kPageWidth = 595.276;
constexpr double kPageHeight = 841.89;
constexpr double kMargin = 42;
constexpr double kFoot = 22;
constexpr double kWidth = kPageWidth - 2 * kMargin;
constexpr double kHeight = kPageHeight - 2 * kMargin - kFoot;

constexpr double kUsual = 9.5;
constexpr double kLargest = 11;    // of a sheet that is one page
constexpr double kSmallest = 7.5;  // of a sheet that is one page
constexpr double kStep = 0.25;

// As many as fit; those that belong to the next one go with it.
class Paginator {
 public:
  Paginator(const std::vector<Piece>& pieces, const std::string& sheet, double size)
      : pieces_(pieces), sheet_(sheet), size_(size) {}

  std::vector<Page> paginate() {
    turn();
    for (std::size_t i = 0; i < pieces_.size(); ++i) {
      if (pieces_[i].repeats) head_ = &pieces_[i];
      if (!pieces_[i].repeats && !pieces_[i].in_table) head_ = nullptr;
      if (y_ > 0 && y_ + height_with_next(i) > kHeight) {
        turn();
        if (head_ != nullptr && pieces_[i].in_table) place(*head_);
      }
      place(pieces_[i]);
    }
    return std::move(pages_);
  }

 private:
  double height_with_next(std::size_t i) const {
    double height = pieces_[i].space + pieces_[i].height;
    while (pieces_[i].with_next && ++i < pieces_.size()) height += pieces_[i].space + pieces_[i].height;
    return std::min(height, kHeight);
  }

  void turn() {
    pages_.push_back({sheet_, size_, {}});
    y_ = 0;
  }

  void place(const Piece& piece) {
    if (y_ > 0) y_ += piece.space;
    pages_.back().pieces.push_back({piece, y_});
    y_ += piece.height;
  }

  const std::vector<Piece>& pieces_;
  const std::string& sheet_;
  double size_;
  const Piece* head_ = nullptr;
  double y_ = 0;
  std::vector<Page> pages_;
};

Result<std::vector<Page>> pages_of(const Sheet& sheet) {
  for (double size = sheet.one_page ? kLargest : kUsual;; size -= kStep) {
    const Typesetter type(size);
    HALLIGAN_TRY(const auto pieces, pieces_of(sheet, type, kWidth, kHeight));
    for (const Piece& each : pieces) {
      if (each.missing > 0)
        return fail(Code::kBadInput, sheet.name + ": no font of this computer has some of its characters",
                    "install one that has, such as the package fonts-noto-cjk");
    }
    auto pages = Paginator(pieces, sheet.name, size).paginate();
    if (!sheet.one_page || pages.size() == 1) return pages;
    if (size <= kSmallest)
      return fail(Code::kBadInput, fmt::format("{}: does not fit on one page", sheet.name), "shorten it");
  }
}

void draw_foot(cairo_t* cairo, const Sheets& sheets, const std::vector<Page>& pages, std::size_t number) {
  const Typesetter type(7.5);
  const double y = kPageHeight - kMargin - kFoot + 10;
  cairo_set_source_rgb(cairo, 0.25, 0.25, 0.25);
  cairo_set_line_width(cairo, 0.4);
  cairo_move_to(cairo, kMargin, y - 3);
  cairo_line_to(cairo, kMargin + kWidth, y - 3);
  cairo_stroke(cairo);
  type.set(plain(sheets.title + ", made " + sheets.made_text), kWidth * 0.6).draw(cairo, kMargin, y);
  const SetText right =
      type.set(plain(fmt::format("{}: page {} of {}", pages[number].sheet, number + 1, pages.size())), -1);
  right.draw(cairo, kMargin + kWidth - right.width(), y);
}

void draw_page(cairo_t* cairo, const Sheets& sheets, const std::vector<Page>& pages, std::size_t number) {
  for (const Placed& each : pages[number].pieces) {
    cairo_set_source_rgb(cairo, 0, 0, 0);
    each.piece.draw(cairo, kMargin, kMargin + each.y);
  }
  draw_foot(cairo, sheets, pages, number);
}

cairo_status_t take(void* bytes, const unsigned char* data, unsigned size) {
  append(*static_cast<Bytes*>(bytes), {data, size});
  return CAIRO_STATUS_SUCCESS;
}

Result<> finish(cairo_t* cairo, cairo_surface_t* surface) {
  cairo_surface_finish(surface);
  for (const cairo_status_t status : {cairo_status(cairo), cairo_surface_status(surface)}) {
    if (status != CAIRO_STATUS_SUCCESS)
      return fail(Code::kInternal, std::string("cairo: ") + cairo_status_to_string(status));
  }
  return {};
}

std::string iso_time(std::uint64_t seconds) {
  const auto time = static_cast<std::time_t>(seconds);
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

}  // namespace

Result<std::vector<Page>> paginate(const Sheets& sheets) {
  std::vector<Page> all;
  for (const Sheet& each : sheets.sheets) {
    HALLIGAN_TRY(auto pages, pages_of(each));
    for (Page& page : pages) all.push_back(std::move(page));
  }
  return all;
}

Result<Bytes> to_pdf(const Sheets& sheets, const std::vector<Page>& pages) {
  Bytes out;
  const Surface surface(cairo_pdf_surface_create_for_stream(take, &out, kPageWidth, kPageHeight));
  cairo_pdf_surface_set_metadata(surface.get(), CAIRO_PDF_METADATA_TITLE, sheets.title.c_str());
  cairo_pdf_surface_set_metadata(surface.get(), CAIRO_PDF_METADATA_CREATE_DATE,
                                 iso_time(sheets.made).c_str());
  const Cairo cairo(cairo_create(surface.get()));
  for (std::size_t i = 0; i < pages.size(); ++i) {
    draw_page(cairo.get(), sheets, pages, i);
    cairo_show_page(cairo.get());
  }
  HALLIGAN_CHECK(finish(cairo.get(), surface.get()));
  return out;
}

Result<Bytes> to_svg(const Sheets& sheets, const std::vector<Page>& pages, std::size_t number) {
  Bytes out;
  const Surface surface(cairo_svg_surface_create_for_stream(take, &out, kPageWidth, kPageHeight));
  cairo_svg_surface_set_document_unit(surface.get(), CAIRO_SVG_UNIT_PT);
  const Cairo cairo(cairo_create(surface.get()));
  cairo_set_source_rgb(cairo.get(), 1, 1, 1);
  cairo_paint(cairo.get());
  draw_page(cairo.get(), sheets, pages, number);
  HALLIGAN_CHECK(finish(cairo.get(), surface.get()));
  return out;
}

}  // namespace halligan::kit
