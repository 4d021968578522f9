#include "runbook/shelf.hpp"

#include <algorithm>
#include <filesystem>

#include "base/codec.hpp"
#include "base/folder.hpp"
#include "base/program.hpp"
#include "io/files.hpp"
#include "io/ownership.hpp"
#include "ui/describe.hpp"

namespace halligan::runbook {
namespace {

namespace fs = std::filesystem;

Result<std::vector<std::string>> folders() {
  std::vector<std::string> found;
  const auto files = loaded_files();
  if (!files && files.error().code != Code::kNotFound) return fail(files.error());
  if (files) {
    const fs::path top = fs::path(files->front()).parent_path().parent_path();
    found = {top / "share/doc/halligan/runbooks", top / "share/doc/runbooks"};
  }
  found.emplace_back("runbooks");
  return found;
}

std::string name_of(const std::string& file) { return fs::path(file).stem(); }

}  // namespace

Result<std::vector<std::string>> runbooks_in(const std::string& folder) {
  std::vector<std::string> pages;
  const auto names = names_in(folder);
  if (!names && names.error().code == Code::kNotFound) return pages;
  if (!names) return fail(names.error());
  for (const std::string& name : *names) {
    if (name.ends_with(".md") && name != "README.md") pages.push_back(folder + "/" + name);
  }
  return pages;
}

Result<std::vector<std::string>> runbooks_on_shelf() {
  HALLIGAN_TRY(const auto shelves, folders());
  for (const std::string& folder : shelves) {
    HALLIGAN_TRY(auto pages, runbooks_in(folder));
    if (!pages.empty()) return pages;
  }
  return std::vector<std::string>();
}

Result<Runbook> find_runbook(const std::string& wanted) {
  if (wanted.find('/') != std::string::npos || wanted.ends_with(".md")) return read_runbook(wanted);
  std::vector<std::string> names;
  std::vector<std::string> possible;
  HALLIGAN_TRY(auto files, runbooks_on_shelf());
  for (std::string& file : files) {
    const std::string name = name_of(file);
    if (name == wanted) return read_runbook(file);
    names.push_back(name);
    if (name.starts_with(wanted)) possible.push_back(std::move(file));
  }
  if (possible.size() == 1) return read_runbook(possible.front());
  const std::string what = possible.empty() ? "no runbook " : "several runbooks begin with ";
  return fail(Code::kNotFound, what + "\"" + printable(wanted) + "\"",
              names.empty() ? "name a file" : "choose one of " + printable(ui::joined(names)));
}

Result<Runbook> read_runbook(const std::string& file) {
  HALLIGAN_TRY(const Bytes text, io::read_trusted_file(file, kMostBytes));
  // Whoever may put another file in its place decides what is run.
  const std::string folder = fs::path(file).parent_path();
  HALLIGAN_CHECK(io::safe_folder(folder.empty() ? "." : folder));
  HALLIGAN_TRY(Document document, parse_document(as_text(text), file));
  return Runbook{name_of(file), file, crypto::sha256(text), std::move(document), std::string(as_text(text))};
}

}  // namespace halligan::runbook
