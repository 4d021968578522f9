// Text set by pango: wrapped, never cut, never hyphenated.
#pragma once

#include <cairo/cairo.h>
#include <pango/pangocairo.h>

#include <memory>
#include <string>
#include <vector>

#include "kit/layout/sheet.hpp"

namespace halligan::kit {

/// A text that has been set, to be drawn with its upper left corner somewhere. Points, as all measures here.
class SetText {
 public:
  SetText(PangoLayout* layout, int missing);

  double width() const { return width_; }
  double height() const { return height_; }
  double baseline() const;
  /// Characters that no font of this computer has.
  int missing() const { return missing_; }
  void draw(cairo_t* cairo, double x, double y) const;

 private:
  std::shared_ptr<PangoLayout> layout_;
  double width_;
  double height_;
  int missing_;
};

/// Sets texts in one size.
class Typesetter {
 public:
  /// @param size of ordinary text
  explicit Typesetter(double size);

  double size() const { return size_; }
  /// @param width where lines end at the latest; a negative one: nowhere @param scale of the letters
  SetText set(const Runs& runs, double width, double scale = 1) const;
  SetText set_code(const std::string& line, double width, double scale = 0.93) const;

 private:
  std::shared_ptr<PangoContext> context_;
  double size_;
};

}  // namespace halligan::kit
