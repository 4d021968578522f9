// halligan_pages FOLDER SOURCE PAGE...: makes the man pages and the completions of the shells, at build time.
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

struct Completion {
  const char* name;
  std::string (*make)(const halligan::command::Program&);
};
constexpr Completion kCompletions[] = {{"halligan.bash", halligan::pages::bash_completion},
                                       {"_halligan", halligan::pages::zsh_completion},
                                       {"halligan.fish", halligan::pages::fish_completion}};

// The script of a shell, whose template has one line for what the declarations give.
Result<> make_completion(const fs::path& from, const fs::path& to, const std::string& generated) {
  constexpr std::string_view kMarker = "# @commands\n";
  HALLIGAN_TRY(std::string text, read(from));
  const std::size_t marker = text.find(kMarker);
  if (marker == std::string::npos) return fail(Code::kBadInput, from.string() + " has no line # @commands");
  return write(to, text.replace(marker, kMarker.size(), generated));
}

// FOLDER/man/halligan.1 from SOURCE/halligan.1.in, and FOLDER/completions/…
Result<> make_all(const fs::path& folder, const fs::path& source, std::span<char* const> names) {
  const halligan::command::Program program = halligan::cli::halligan_program();
  std::vector<halligan::pages::Page> pages;
  for (const std::string name : names) {
    HALLIGAN_TRY(std::string text, read(source / (name + ".in")));
    pages.push_back({name + ".in", std::move(text)});
  }
  HALLIGAN_TRY(const auto filled, halligan::pages::fill_all(program, pages));
  for (std::size_t i = 0; i < pages.size(); ++i) HALLIGAN_CHECK(write(folder / "man" / names[i], filled[i]));
  for (const auto& [name, make] : kCompletions) {
    HALLIGAN_CHECK(
        make_completion(source / (name + std::string(".in")), folder / "completions" / name, make(program)));
  }
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::cerr << "usage: halligan_pages FOLDER SOURCE PAGE...\n";
    return 2;
  }
  const std::span<char* const> words(argv, static_cast<std::size_t>(argc));
  const auto made = make_all(words[1], words[2], words.subspan(3));
  if (made) return 0;
  std::cerr << "halligan_pages: " << made.error().message << "\n";
  if (!made.error().hint.empty()) std::cerr << "  " << made.error().hint << "\n";
  return 1;
}
