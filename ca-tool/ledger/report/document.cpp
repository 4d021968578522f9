#include "ledger/report/document.hpp"

#include <algorithm>

#include "base/codec.hpp"
#include "base/text.hpp"
#include "crypto/digest.hpp"

namespace halligan::ledger::report {
namespace {

constexpr std::string_view kFirstLine = "Halligan audit report, version 1\n";
constexpr std::string_view kPart = "-- part ";
constexpr std::string_view kEnd = "-- end\n";

std::string heading(const Part& part) {
  return std::string(kPart) + part.kind + " " + std::to_string(std::ranges::count(part.contents, '\n')) +
         " " + hex(crypto::sha256(as_bytes(part.contents))) + " " + part.name + "\n";
}

// As many lines off the front. @return nothing if there are fewer
std::optional<std::string_view> take_lines(std::string_view& text, std::uint64_t lines) {
  std::size_t size = 0;
  for (; lines > 0; --lines) {
    const std::size_t end = text.find('\n', size);
    if (end == std::string_view::npos) return std::nullopt;
    size = end + 1;
  }
  const std::string_view taken = text.substr(0, size);
  text.remove_prefix(size);
  return taken;
}

// @param line without kPart
Result<Part> take_part(std::string_view line, std::string_view& text) {
  const auto kind = before(line, " ");
  const auto lines = kind ? before(line, " ") : std::nullopt;
  const auto sum = lines ? before(line, " ") : std::nullopt;
  const auto count = sum ? whole_number<std::uint64_t>(*lines) : std::nullopt;
  const auto contents = count ? take_lines(text, *count) : std::nullopt;
  if (!contents) return fail(Code::kBadInput, "a part is malformed, or cut off");
  Part part{std::string(*kind), std::string(line), std::string(*contents)};
  if (hex(crypto::sha256(as_bytes(part.contents))) != *sum)
    return fail(Code::kBadInput,
                "the part " + printable(part.kind) + " " + printable(part.name) + " was changed");
  return part;
}

Result<Document> parse(std::string_view text) {
  const std::string_view whole = text;
  if (!is_document(text)) return fail(Code::kBadInput, "not an audit report of halligan");
  text.remove_prefix(kFirstLine.size());
  Document document;
  while (!text.starts_with("-- ")) {
    const auto line = take_lines(text, 1);
    if (!line) return fail(Code::kBadInput, "it is cut off");
    document.words += *line;
  }
  while (text != kEnd) {
    std::string_view line = next_line(text);
    if (!line.starts_with(kPart)) return fail(Code::kBadInput, "it is cut off, or something follows its end");
    HALLIGAN_TRY(Part part, take_part(line.substr(kPart.size()), text));
    document.parts.push_back(std::move(part));
  }
  if (format_document(document) != whole)
    return fail(Code::kBadInput, "it is not in the form that halligan writes");
  return document;
}

}  // namespace

bool is_document(std::string_view text) { return text.starts_with(kFirstLine); }

std::string format_document(const Document& document) {
  std::string text(kFirstLine);
  text += document.words;
  for (const Part& each : document.parts) (text += heading(each)) += each.contents;
  return text += kEnd;
}

Result<Document> parse_document(std::string_view text) { return parse(text).in("audit report"); }

}  // namespace halligan::ledger::report
