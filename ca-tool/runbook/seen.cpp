// What a person should see, and what was printed.
#include <algorithm>

#include "base/text.hpp"
#include "runbook/document.hpp"

namespace halligan::runbook {
namespace {

constexpr std::string_view kAnything = "\xe2\x80\xa6";  // …

std::string_view trimmed_line(std::string_view line) {
  line = trim_start(line);
  return line.substr(0, line.find_last_not_of(" \t\r") + 1);
}

// Each piece is looked for once, after the one before.
bool fits(std::string_view wanted, std::string_view line) {
  const std::size_t first = wanted.find(kAnything);
  if (first == std::string_view::npos) return wanted == line;
  if (!line.starts_with(wanted.substr(0, first))) return false;
  line.remove_prefix(first);
  wanted.remove_prefix(first + kAnything.size());
  while (const auto piece = before(wanted, kAnything)) {
    const std::size_t at = line.find(*piece);
    if (at == std::string_view::npos) return false;
    line.remove_prefix(at + piece->size());
  }
  return line.ends_with(wanted);
}

// The length of the control sequence that this begins with, which begins with ESC.
// @source ECMA-48, 5.4: CSI, parameters, a final byte; OSC and its like end in BEL or ST; ECMA-35, 13.2:
// others have intermediate bytes before the final one
std::size_t sequence_length(std::string_view text) {
  if (text.size() < 2) return text.size();
  std::size_t end = 2;
  if (text[1] == '[') {
    while (end < text.size() && (text[end] < '@' || text[end] > '~')) ++end;
  } else if (text[1] == ']' || text[1] == 'P' || text[1] == '_' || text[1] == '^') {
    while (end < text.size() && text[end] != '\a' && text[end] != '\x1b') ++end;
    if (end < text.size() && text[end] == '\x1b') ++end;
  } else {
    end = 1;
    while (end < text.size() && text[end] >= ' ' && text[end] <= '/') ++end;
  }
  return std::min(end + 1, text.size());
}

}  // namespace

std::string screen_text(std::string_view printed) {
  std::string out;
  std::size_t line = 0;  // where the last one begins
  for (std::size_t i = 0; i < printed.size(); ++i) {
    const char c = printed[i];
    if (c == '\x1b') {
      const std::string_view sequence = printed.substr(i, sequence_length(printed.substr(i)));
      if (sequence == "\x1b[K") out.resize(line);
      i += sequence.size() - 1;
    } else if (c == '\r') {
      const std::size_t next = printed.find_first_not_of('\r', i);
      if (next != std::string_view::npos && printed[next] != '\n') out.resize(line);
      i = std::min(next, printed.size()) - 1;
    } else if (c == '\b') {
      if (out.size() > line) out.pop_back();
    } else if (c == '\n') {
      out += c;
      line = out.size();
    } else if (c != '\a') {
      out += c;
    }
  }
  return out;
}

const Line* first_missing(const std::vector<Line>& seen, std::string_view printed) {
  const std::string screen = screen_text(printed);
  std::string_view rest = screen;
  for (const Line& wanted : seen) {
    bool found = false;
    while (!found && !rest.empty()) found = fits(wanted.text, trimmed_line(next_line(rest)));
    if (!found) return &wanted;
  }
  return nullptr;
}

}  // namespace halligan::runbook
