#include "fido/pin_rules.hpp"

#include <utf8proc.h>

#include <array>

#include "base/codec.hpp"

namespace halligan::fido {
namespace {

// Canonical decomposition makes at most four code points of one, and reencoding wants one to spare.
struct CodePoints {
  std::array<utf8proc_int32_t, 4 * Pin::kCapacity + 1> points{};

  CodePoints() { lock_memory(points.data(), sizeof points); }
  ~CodePoints() { explicit_bzero(points.data(), sizeof points); }
  CodePoints(const CodePoints&) = delete;
  CodePoints& operator=(const CodePoints&) = delete;
};

}  // namespace

std::optional<Pin> in_normal_form(ByteView typed) {
  constexpr auto kFormC = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE);
  CodePoints buffer;
  const auto room = static_cast<utf8proc_ssize_t>(buffer.points.size() - 1);
  if (!is_utf8(typed)) return std::nullopt;
  // Both work in the caller's memory and allocate nothing.
  const utf8proc_ssize_t count = ::utf8proc_decompose(
      typed.data(), static_cast<utf8proc_ssize_t>(typed.size()), buffer.points.data(), room, kFormC);
  if (count < 0 || count > room) return std::nullopt;
  const utf8proc_ssize_t size = ::utf8proc_reencode(buffer.points.data(), count, kFormC);
  Pin out;
  const bool fits = size >= 0 && out.append({reinterpret_cast<const std::uint8_t*>(buffer.points.data()),
                                             static_cast<std::size_t>(size)});
  if (!fits) return std::nullopt;
  return out;
}

Result<Pin> possible_pin(ByteView typed) {
  if (!is_utf8(typed))
    return fail(Code::kPinRequired, "the PIN is not UTF-8 text, which every FIDO2 PIN is: it was not sent");
  auto pin = in_normal_form(typed);
  if (!pin || pin->size() > kLongestPin) {
    return fail(Code::kPinRequired, "the PIN is too long: a FIDO2 PIN has at most 63 bytes");
  }
  if (code_points(pin->view()) < kShortestPin) {
    return fail(Code::kPinRequired, "the PIN is too short: a FIDO2 PIN has at least 4 characters");
  }
  return *std::move(pin);
}

}  // namespace halligan::fido
