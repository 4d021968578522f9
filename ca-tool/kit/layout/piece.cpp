#include "kit/layout/piece.hpp"

#include <algorithm>
#include <iterator>

#include "kit/layout/table.hpp"

namespace halligan::kit {
namespace {

constexpr double kMillimetre = 72 / 25.4;
constexpr double kQrSide = 62 * kMillimetre;
constexpr double kWritingLine = 9 * kMillimetre;
constexpr double kBox = 9 * kMillimetre;

class Pieces {
 public:
  Pieces(const Typesetter& type, double width, double most) : type_(type), width_(width), most_(most) {}

  Result<std::vector<Piece>> make(const Sheet& sheet) {
    for (const Item& item : sheet.items) HALLIGAN_CHECK(take(item));
    const auto too_high = [this](const Piece& piece) { return piece.height > most_; };
    if (std::ranges::any_of(pieces_, too_high))
      return fail(Code::kBadInput, sheet.name + ": a part of it is higher than a page");
    return std::move(pieces_);
  }

 private:
  Result<> take(const Item& item) {
    switch (item.kind) {
      case Item::Kind::kHeading:
        heading(item);
        break;
      case Item::Kind::kText:
        paragraph(item);
        break;
      case Item::Kind::kCode:
        lines_of_code(item);
        break;
      case Item::Kind::kTable:
        std::ranges::move(table_pieces(item, type_, width_), std::back_inserter(pieces_));
        break;
      case Item::Kind::kPanel:
        return panel(item);
      case Item::Kind::kForm:
        form(item);
        break;
      case Item::Kind::kBoxes:
        boxes(item);
        break;
      case Item::Kind::kCut:
        cut(item);
        break;
    }
    return {};
  }

  void add(double space, const SetText& text, double indent, bool with_next = false) {
    pieces_.push_back(
        {.space = space,
         .height = text.height(),
         .with_next = with_next,
         .missing = text.missing(),
         .draw = [text, indent](cairo_t* cairo, double x, double y) { text.draw(cairo, x + indent, y); }});
  }

  void heading(const Item& item) {
    Runs runs = item.text;
    for (Run& each : runs) each.face = Face::kStrong;
    add(item.level == 1 ? 0 : type_.size() * 1.0, type_.set(runs, width_, item.level == 1 ? 1.6 : 1.15), 0,
        true);
  }

  void paragraph(const Item& item) {
    const double indent = item.level * type_.size() * 1.4;
    const SetText text = type_.set(item.text, width_ - indent);
    add(type_.size() * 0.4, text, indent);
    if (item.label.empty()) return;
    const SetText mark = type_.set(plain(item.label), -1);
    pieces_.back().draw = [text, mark, indent, gap = type_.size() * 1.3](cairo_t* cairo, double x, double y) {
      mark.draw(cairo, x + indent - gap, y);
      text.draw(cairo, x + indent, y);
    };
  }

  // A bar beside each line of what is typed: a command that goes over a page is still seen to be one.
  void lines_of_code(const Item& item) {
    if (!item.label.empty()) add(type_.size() * 0.5, type_.set(strong(item.label), width_, 0.85), 0, true);
    double space = type_.size() * (item.label.empty() ? 0.5 : 0.15);
    const double indent = type_.size();
    const double bar = item.level > 0 ? 1 * kMillimetre : 0;
    for (const std::string& line : item.lines) {
      const SetText text = type_.set_code(line, width_ - indent);
      const double height = text.height() * 1.06;
      pieces_.push_back({.space = space,
                         .height = height,
                         .with_next = &line != &item.lines.back() && item.lines.size() < 12,
                         .missing = text.missing(),
                         .draw = [text, indent, height, bar](cairo_t* cairo, double x, double y) {
                           cairo_rectangle(cairo, x, y - 0.2, bar, height + 0.4);
                           cairo_fill(cairo);
                           text.draw(cairo, x + indent, y);
                         }});
      space = 0;
    }
  }

  Result<> panel(const Item& item) {
    HALLIGAN_TRY(const QrCode qr, make_qr(item.qr));
    std::vector<SetText> lines;
    double height = 0;
    int missing = 0;
    for (const std::string& line : item.lines) {
      lines.push_back(type_.set_code(line, width_ - kQrSide - type_.size()));
      height += lines.back().height();
      missing += lines.back().missing();
    }
    pieces_.push_back({.space = type_.size() * 0.4,
                       .height = std::max(height, kQrSide),
                       .missing = missing,
                       .draw = [qr, lines, gap = type_.size()](cairo_t* cairo, double x, double y) {
                         qr.draw(cairo, x, y, kQrSide);
                         double top = y + gap;
                         for (const SetText& each : lines) {
                           each.draw(cairo, x + kQrSide + gap, top);
                           top += each.height();
                         }
                       }});
    return {};
  }

  static void rule(cairo_t* cairo, double from, double to, double y) {
    cairo_set_line_width(cairo, 0.5);
    cairo_move_to(cairo, from, y);
    cairo_line_to(cairo, to, y);
    cairo_stroke(cairo);
  }

  void form(const Item& item) {
    double widest = 0;
    std::vector<SetText> labels;
    for (const std::string& line : item.lines) {
      labels.push_back(type_.set(plain(line), width_ * 0.5));
      widest = std::max(widest, labels.back().width());
    }
    for (const SetText& label : labels) {
      const double height = std::max(kWritingLine, label.height() + 4);
      pieces_.push_back({.height = height,
                         .missing = label.missing(),
                         .draw = [label, height, from = widest + type_.size(), to = width_](
                                     cairo_t* cairo, double x, double y) {
                           label.draw(cairo, x, y + height - label.height() - 1);
                           rule(cairo, x + from, x + to, y + height - 2);
                         }});
    }
  }

  void boxes(const Item& item) {
    const SetText label = type_.set(plain(item.label), width_ * 0.35);
    const double from = std::max(label.width() + type_.size(), width_ * 0.25);
    const int count = std::min(item.level, static_cast<int>((width_ - from) / kBox));
    pieces_.push_back({.space = type_.size() * 0.7,
                       .height = std::max(kBox, label.height()),
                       .missing = label.missing(),
                       .draw = [label, from, count](cairo_t* cairo, double x, double y) {
                         label.draw(cairo, x, y + (kBox - label.height()) / 2);
                         cairo_set_line_width(cairo, 0.8);
                         for (int i = 0; i < count; ++i) {
                           cairo_rectangle(cairo, x + from + i * kBox, y, kBox, kBox);
                           cairo_stroke(cairo);
                         }
                       }});
  }

  void cut(const Item& item) {
    const SetText label = type_.set(plain(item.label), -1, 0.85);
    pieces_.push_back({.space = type_.size() * 2,
                       .height = label.height() + type_.size() * 2,
                       .missing = label.missing(),
                       .draw = [label, width = width_](cairo_t* cairo, double x, double y) {
                         const double dashes[] = {4, 3};
                         cairo_save(cairo);
                         cairo_set_dash(cairo, dashes, 2, 0);
                         rule(cairo, x, x + width, y + label.height() + 2);
                         cairo_restore(cairo);
                         label.draw(cairo, x + width - label.width(), y);
                       }});
  }

  const Typesetter& type_;
  double width_;
  double most_;
  std::vector<Piece> pieces_;
};

}  // namespace

Result<std::vector<Piece>> pieces_of(const Sheet& sheet, const Typesetter& type, double width, double most) {
  return Pieces(type, width, most).make(sheet);
}

}  // namespace halligan::kit
