#include "kit/manifest.hpp"

#include <algorithm>
#include <set>

#include "base/codec.hpp"
#include "base/text.hpp"

namespace halligan::kit {
namespace {

constexpr std::size_t kHexDigits = 64;
constexpr std::size_t kMostLines = 10'000;
constexpr std::size_t kLongestName = 200;
constexpr std::string_view kNameCharacters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

Result<ManifestLine> parse_line(std::string_view line) {
  const std::string_view digits = line.substr(0, std::min(kHexDigits, line.size()));
  if (digits.size() != kHexDigits || digits.find_first_not_of("0123456789abcdef") != std::string_view::npos)
    return fail(Code::kBadInput, "expected a SHA-256 in 64 hexadecimal digits");
  line.remove_prefix(kHexDigits);
  if (!line.starts_with("  ")) return fail(Code::kBadInput, "expected two blanks after the SHA-256");
  line.remove_prefix(2);
  if (!is_stick_name(line)) return fail(Code::kBadInput, "no name of a file: " + printable(line));
  return ManifestLine{std::string(digits), std::string(line)};
}

}  // namespace

bool is_stick_name(std::string_view name) {
  return !name.empty() && name.size() <= kLongestName && name.front() != '.' && name.front() != '-' &&
         name.find_first_not_of(kNameCharacters) == std::string_view::npos;
}

std::string format_manifest(const std::vector<ManifestLine>& lines) {
  std::string out;
  for (const ManifestLine& each : lines) out += each.sha256 + "  " + each.name + "\n";
  return out;
}

Result<std::vector<ManifestLine>> parse_manifest(std::string_view text) {
  std::vector<ManifestLine> out;
  std::set<std::string> seen;
  if (!text.ends_with('\n')) return fail(Code::kBadInput, "does not end in a whole line");
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::string where = "line " + std::to_string(number);
    HALLIGAN_TRY(ManifestLine line, parse_line(next_line(text)).in(where));
    if (number > kMostLines) return fail(Code::kBadInput, "more than 10,000 lines");
    if (!seen.insert(line.name).second)
      return fail(Code::kBadInput, where + ": " + line.name + " is named twice");
    out.push_back(std::move(line));
  }
  return out;
}

}  // namespace halligan::kit
