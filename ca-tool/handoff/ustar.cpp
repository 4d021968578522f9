#include "handoff/ustar.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "base/codec.hpp"
#include "base/reader.hpp"

namespace halligan::handoff {
namespace {

// POSIX.1-1988, ustar interchange format: offsets and sizes of a header's fields.
constexpr std::size_t kTarBlock = 512;
constexpr std::size_t kNameSize = 100;
constexpr std::size_t kModeAt = 100;
constexpr std::size_t kUidAt = 108;
constexpr std::size_t kGidAt = 116;
constexpr std::size_t kSizeAt = 124;
constexpr std::size_t kTimeAt = 136;
constexpr std::size_t kChecksumAt = 148;
constexpr std::size_t kTypeAt = 156;
constexpr std::size_t kMagicAt = 257;
constexpr std::size_t kDeviceMajorAt = 329;
constexpr std::size_t kDeviceMinorAt = 337;
constexpr std::size_t kShortDigits = 7;  // of mode, owner, device
constexpr std::size_t kLongDigits = 11;  // of size and time: 33 bits
constexpr std::uint64_t kLargestNumber = (std::uint64_t{1} << 33) - 1;
constexpr unsigned kPrivateMode = 0600;

using Header = std::array<std::uint8_t, kTarBlock>;

void put_octal(Header& header, std::size_t at, std::size_t digits, std::uint64_t value) {
  for (std::size_t i = digits; i > 0; --i, value >>= 3) {
    header[at + i - 1] = static_cast<std::uint8_t>('0' + (value & 7U));
  }
}

void put_text(Header& header, std::size_t at, std::string_view text) {
  std::copy(text.begin(), text.end(), header.begin() + static_cast<std::ptrdiff_t>(at));
}

Header make_header(std::string_view name, std::uint64_t size, std::uint64_t time) {
  Header header{};
  put_text(header, 0, name);
  put_octal(header, kModeAt, kShortDigits, kPrivateMode);
  put_octal(header, kUidAt, kShortDigits, 0);
  put_octal(header, kGidAt, kShortDigits, 0);
  put_octal(header, kSizeAt, kLongDigits, size);
  put_octal(header, kTimeAt, kLongDigits, time);
  put_text(header, kChecksumAt, "        ");
  header[kTypeAt] = '0';
  put_text(header, kMagicAt, std::string_view("ustar\00000", 8));
  put_octal(header, kDeviceMajorAt, kShortDigits, 0);
  put_octal(header, kDeviceMinorAt, kShortDigits, 0);
  unsigned sum = 0;
  for (const std::uint8_t byte : header) sum += byte;
  put_octal(header, kChecksumAt, 6, sum);
  header[kChecksumAt + 6] = 0;
  return header;
}

std::optional<std::uint64_t> get_octal(ByteView digits) {
  std::uint64_t value = 0;
  for (const std::uint8_t c : digits) {
    if (c < '0' || c > '7') return std::nullopt;
    value = value << 3 | static_cast<std::uint64_t>(c - '0');
  }
  return value;
}

std::size_t padding_of(std::uint64_t size) { return (kTarBlock - size % kTarBlock) % kTarBlock; }

bool all_zero(ByteView bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

Failure not_an_archive(std::string_view what, std::string_view name) {
  return fail(Code::kBadInput, "bundle: expected " + printable(name) + ", found " + std::string(what));
}

}  // namespace

Result<> write_ustar(std::span<const ArchiveMember> members, std::uint64_t time, ArchiveText& out) {
  bool fits = time <= kLargestNumber;
  for (const ArchiveMember& member : members) {
    if (member.name.empty() || member.name.size() >= kNameSize) {
      return fail(Code::kBadInput, "bundle: a name of " + std::to_string(member.name.size()) + " bytes");
    }
    const std::size_t size = member.contents.size();
    fits = fits && out.append(make_header(member.name, size, time)) && out.append(member.contents) &&
           out.resize(out.size() + padding_of(size));
  }
  fits = fits && out.resize(out.size() + 2 * kTarBlock);
  if (!fits) return fail(Code::kBadInput, "bundle: too large");
  return {};
}

Result<Archive> parse_ustar(ByteView archive, std::span<const std::string_view> names) {
  Reader reader(archive);
  Archive out;
  for (const std::string_view name : names) {
    auto header = reader.take(kTarBlock);
    if (!header) return not_an_archive("the end", name);
    const auto size = get_octal(header->subspan(kSizeAt, kLongDigits));
    const auto time = get_octal(header->subspan(kTimeAt, kLongDigits));
    if (!size || !time) return not_an_archive("an invalid header", name);
    if (out.contents.empty()) out.time = *time;
    if (!same(*header, make_header(name, *size, out.time))) return not_an_archive("another file", name);
    if (*size > reader.left() || padding_of(*size) > reader.left() - *size)
      return not_an_archive("the end", name);
    HALLIGAN_TRY(const ByteView contents, reader.take(*size));
    HALLIGAN_TRY(const ByteView padding, reader.take(padding_of(*size)));
    if (!all_zero(padding)) return not_an_archive("data after the contents", name);
    out.contents.push_back(contents);
  }
  if (reader.left() != 2 * kTarBlock || !all_zero(reader.rest())) {
    return fail(Code::kBadInput, "bundle: wrong size");
  }
  return out;
}

}  // namespace halligan::handoff
