// halligan-kit-layout pdf | svg PAGE: sheets (sheet.hpp) from standard input, a document to standard output.
//
// A program of its own: halligan and what an emergency needs start where cairo, pango and fonts are missing.
// Exit status 0; 1 where there is no such page; 3 if the sheets cannot be laid out, with the reason and, on a
// second line, what to do; 70 for bugs.
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>

#include "base/text.hpp"
#include "kit/layout/paper.hpp"

namespace {

using namespace halligan;  // NOLINT(google-build-using-namespace): main() belongs to no namespace

constexpr std::size_t kMostBytes = 64 << 20;
constexpr int kNoSuchPage = 1;
constexpr int kWrongUse = 2;
constexpr int kBad = 3;
constexpr int kBug = 70;

bool read_input(std::string& text) {
  char buffer[65536];
  for (std::size_t got; (got = std::fread(buffer, 1, sizeof buffer, stdin)) > 0;) {
    text.append(buffer, got);
    if (text.size() > kMostBytes) return false;
  }
  return std::ferror(stdin) == 0;
}

int complain(const Error& error) {
  std::fprintf(stderr, "%s\n%s\n", error.message.c_str(), error.hint.c_str());
  return error.code == Code::kBadInput ? kBad : kBug;
}

int run(std::string_view form, std::size_t page) {
  std::string text;
  if (!read_input(text)) return complain({Code::kBadInput, "the sheets cannot be read", {}});
  const auto sheets = kit::parse_sheets(text);
  if (!sheets) return complain(sheets.error());
  const auto pages = kit::paginate(*sheets);
  if (!pages) return complain(pages.error());
  if (form == "svg" && page > pages->size()) return kNoSuchPage;
  const auto made = form == "pdf" ? kit::to_pdf(*sheets, *pages) : kit::to_svg(*sheets, *pages, page - 1);
  if (!made) return complain(made.error());
  const bool written = std::fwrite(made->data(), 1, made->size(), stdout) == made->size();
  return written && std::fflush(stdout) == 0 ? 0 : kBug;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view form = argc > 1 ? argv[1] : "";
  const auto page = argc > 2 ? whole_number<unsigned>(argv[2]) : std::nullopt;
  const bool right = (form == "pdf" && argc == 2) || (form == "svg" && argc == 3 && page.value_or(0) > 0);
  if (!right) return std::fputs("usage: halligan-kit-layout pdf | svg PAGE\n", stderr), kWrongUse;
  try {
    return run(form, page.value_or(0));
  } catch (const std::exception& error) {
    return complain({Code::kInternal, error.what(), {}});
  }
}
