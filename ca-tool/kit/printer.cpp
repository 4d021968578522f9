#include "kit/printer.hpp"

#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "base/codec.hpp"
#include "base/program.hpp"
#include "base/text.hpp"
#include "io/descriptor.hpp"
#include "io/process.hpp"

namespace halligan::kit {
namespace {

constexpr const char* kProgram = "libexec/halligan-kit-layout";
constexpr std::size_t kLargestDocument = 256 << 20;
constexpr std::size_t kMostPages = 10'000;
constexpr int kNoSuchPage = 1;
constexpr int kCannotBeLaidOut = 3;

// @return nothing if there is no such page
Result<std::optional<Bytes>> lay_out(const std::string& sheets, std::vector<std::string> words) {
  HALLIGAN_TRY(const std::string program, find_layout());
  words.insert(words.begin(), program);
  HALLIGAN_TRY(const io::Finished done, io::run({.argv = words,
                                                 .in = as_bytes(sheets),
                                                 .out = io::Captured{kLargestDocument},
                                                 .timeout = std::chrono::minutes(10)}));
  if (done.exit_code == 0) return std::optional(to_bytes(done.out));
  if (done.exit_code == kNoSuchPage && words.size() > 2) return std::optional<Bytes>();
  std::string_view rest = done.err;
  const std::string message = printable(next_line(rest));
  const std::string hint = printable(next_line(rest));
  if (done.exit_code == kCannotBeLaidOut) return fail(Code::kBadInput, message, hint);
  // 127: the loader did not find a library, and says which.
  return fail(done.exit_code == 127 ? Code::kUnreachable : Code::kInternal,
              printable(program) + " ended with " + std::to_string(done.exit_code) +
                  (message.empty() ? "" : ": " + message),
              hint);
}

}  // namespace

Result<std::string> find_layout() {
  HALLIGAN_TRY(const auto files, loaded_files());
  const std::filesystem::path own = files.front();
  const std::string program = own.parent_path().parent_path() / kProgram;
  if (::access(program.c_str(), X_OK) == 0) return program;
  if (errno != ENOENT && errno != ENOTDIR) return io::path_failure(program, errno);
  return fail(Code::kNotFound, "pages cannot be made here: " + printable(program) + " is missing",
              "install the package halligan-kit");
}

Result<Bytes> make_pdf(const Sheets& sheets) {
  HALLIGAN_TRY(auto made, lay_out(format_sheets(sheets), {"pdf"}));
  return *std::move(made);
}

Result<std::vector<Bytes>> make_svgs(const Sheets& sheets) {
  const std::string text = format_sheets(sheets);
  std::vector<Bytes> pages;
  while (pages.size() < kMostPages) {
    HALLIGAN_TRY(auto page, lay_out(text, {"svg", std::to_string(pages.size() + 1)}));
    if (!page) return pages;
    pages.push_back(*std::move(page));
  }
  return fail(Code::kBadInput, "more than 10,000 pages");
}

}  // namespace halligan::kit
