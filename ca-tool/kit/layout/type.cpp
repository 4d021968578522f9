#include "kit/layout/type.hpp"

namespace halligan::kit {
namespace {

constexpr const char* kText = "DejaVu Sans, sans-serif";
constexpr const char* kMono = "DejaVu Sans Mono, monospace";
constexpr double kPointsPerInch = 72;
constexpr double kMonoScale = 0.93;  // its letters look larger

void add(PangoAttrList* list, PangoAttribute* attribute, std::size_t from, std::size_t to) {
  attribute->start_index = static_cast<guint>(from);
  attribute->end_index = static_cast<guint>(to);
  pango_attr_list_insert(list, attribute);
}

}  // namespace

SetText::SetText(PangoLayout* layout, int missing) : layout_(layout, g_object_unref), missing_(missing) {
  int width = 0;
  int height = 0;
  pango_layout_get_size(layout, &width, &height);
  width_ = static_cast<double>(width) / PANGO_SCALE;
  height_ = static_cast<double>(height) / PANGO_SCALE;
}

double SetText::baseline() const {
  return static_cast<double>(pango_layout_get_baseline(layout_.get())) / PANGO_SCALE;
}

void SetText::draw(cairo_t* cairo, double x, double y) const {
  cairo_move_to(cairo, x, y);
  pango_cairo_show_layout(cairo, layout_.get());
}

Typesetter::Typesetter(double size)
    : context_(pango_font_map_create_context(pango_cairo_font_map_get_default()), g_object_unref),
      size_(size) {
  pango_cairo_context_set_resolution(context_.get(), kPointsPerInch);
  // The same widths at every size: what fits here fits on paper.
  cairo_font_options_t* options = cairo_font_options_create();
  cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
  pango_cairo_context_set_font_options(context_.get(), options);
  cairo_font_options_destroy(options);
}

SetText Typesetter::set(const Runs& runs, double width, double scale) const {
  PangoLayout* layout = pango_layout_new(context_.get());
  PangoFontDescription* font = pango_font_description_from_string(kText);
  pango_font_description_set_absolute_size(font, size_ * scale * PANGO_SCALE);
  pango_layout_set_font_description(layout, font);
  pango_font_description_free(font);
  PangoAttrList* list = pango_attr_list_new();
  std::string text;
  for (const Run& each : runs) {
    const std::size_t from = text.size();
    text += each.text;
    if (each.face == Face::kStrong) add(list, pango_attr_weight_new(PANGO_WEIGHT_BOLD), from, text.size());
    if (each.face == Face::kEmphasis) add(list, pango_attr_style_new(PANGO_STYLE_OBLIQUE), from, text.size());
    if (each.face != Face::kCode) continue;
    add(list, pango_attr_family_new(kMono), from, text.size());
    add(list, pango_attr_scale_new(kMonoScale), from, text.size());
  }
  // A key or a name that is broken shows no hyphen that is not in it; nor do two letters become one sign.
  add(list, pango_attr_insert_hyphens_new(FALSE), 0, text.size());
  add(list, pango_attr_font_features_new("liga=0, clig=0"), 0, text.size());
  pango_layout_set_attributes(layout, list);
  pango_attr_list_unref(list);
  pango_layout_set_auto_dir(layout, FALSE);
  pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
  pango_layout_set_width(layout, width < 0 ? -1 : static_cast<int>(width * PANGO_SCALE));
  pango_layout_set_text(layout, text.data(), static_cast<int>(text.size()));
  return {layout, pango_layout_get_unknown_glyphs_count(layout)};
}

SetText Typesetter::set_code(const std::string& line, double width, double scale) const {
  return set({{Face::kCode, line.empty() ? " " : line}}, width, scale);
}

}  // namespace halligan::kit
