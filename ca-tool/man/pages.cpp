// halligan_pages FOLDER TEMPLATE...: makes the man pages and the completions of the shells, at build time.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <span>

#include "cli/table.hpp"
#include "man/completion.hpp"
#include "man/template.hpp"

namespace {

namespace fs = std::filesystem;
using halligan::Code;
using halligan::fail;
using halligan::Result;

Result<std::string> read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file) return fail(Code::kUnreachable, "cannot read " + path.string());
  return text;
}

Result<> write(const fs::path& path, const std::string& text) {
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file) return fail(Code::kUnreachable, "cannot write " + path.string());
  return {};
}

// build/man/halligan.1 from halligan.1.in, and build/completions/…
Result<> make_all(const fs::path& folder, std::span<char* const> templates) {
  const halligan::command::Program program = halligan::cli::halligan_program();
  std::vector<halligan::pages::Page> pages;
  for (const fs::path path : templates) {
    HALLIGAN_TRY(std::string text, read(path));
    pages.push_back({path.filename().string(), std::move(text)});
  }
  HALLIGAN_TRY(const auto filled, halligan::pages::fill_all(program, pages));
  for (std::size_t i = 0; i < pages.size(); ++i) {
    HALLIGAN_CHECK(write(folder / "man" / fs::path(pages[i].name).stem(), filled[i]));
  }
  const fs::path completions = folder / "completions";
  HALLIGAN_CHECK(write(completions / "halligan.bash", halligan::pages::bash_completion(program)));
  HALLIGAN_CHECK(write(completions / "_halligan", halligan::pages::zsh_completion(program)));
  return write(completions / "halligan.fish", halligan::pages::fish_completion(program));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: halligan_pages FOLDER TEMPLATE...\n";
    return 2;
  }
  const std::span<char* const> words(argv, static_cast<std::size_t>(argc));
  const auto made = make_all(words[1], words.subspan(2));
  if (made) return 0;
  std::cerr << "halligan_pages: " << made.error().message << "\n";
  if (!made.error().hint.empty()) std::cerr << "  " << made.error().hint << "\n";
  return 1;
}
