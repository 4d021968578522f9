#include <qrencode.h>

#include "base/handle.hpp"
#include "kit/layout/piece.hpp"

namespace halligan::kit {
namespace {

using Encoded = Handle<QRcode, QRcode_free>;

constexpr int kQuiet = 4;  // modules around it; @source ISO/IEC 18004, 6.3.8

}  // namespace

Result<QrCode> make_qr(const std::string& text) {
  // The most redundancy that paper which was folded can have, as long as the modules stay large.
  for (const QRecLevel level : {QR_ECLEVEL_Q, QR_ECLEVEL_M, QR_ECLEVEL_L}) {
    const Encoded code(QRcode_encodeData(static_cast<int>(text.size()),
                                         reinterpret_cast<const unsigned char*>(text.data()), 0, level));
    constexpr int kLargest = 85;  // modules of a side: 0.7 mm each
    if (!code || (code->width > kLargest && level != QR_ECLEVEL_L)) continue;
    QrCode out{.modules = code->width};
    const auto count = static_cast<std::size_t>(code->width) * static_cast<std::size_t>(code->width);
    for (std::size_t i = 0; i < count; ++i) out.dark.push_back(code->data[i] & 1U);
    return out;
  }
  return fail(Code::kBadInput,
              "a text of " + std::to_string(text.size()) + " bytes is too long for a QR code");
}

void QrCode::draw(cairo_t* cairo, double x, double y, double side) const {
  const double module = side / (modules + 2 * kQuiet);
  cairo_save(cairo);
  cairo_set_antialias(cairo, CAIRO_ANTIALIAS_NONE);
  for (int row = 0; row < modules; ++row) {
    for (int column = 0; column < modules; ++column) {
      // Neighbours are one rectangle: between two of them a viewer may show a hair of white.
      int end = column;
      const auto is_dark = [&](int at) {
        return dark[static_cast<std::size_t>(row) * static_cast<std::size_t>(modules) +
                    static_cast<std::size_t>(at)] != 0;
      };
      while (end < modules && is_dark(end)) ++end;
      if (end == column) continue;
      cairo_rectangle(cairo, x + (column + kQuiet) * module, y + (row + kQuiet) * module,
                      (end - column) * module, module);
      column = end;
    }
  }
  cairo_fill(cairo);
  cairo_restore(cairo);
}

}  // namespace halligan::kit
