#include "man/template.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <sstream>

#include "base/codec.hpp"
#include "man/mdoc.hpp"

namespace halligan::pages {
namespace {

using command::Path;

constexpr std::string_view kMarker = ".\\\" @";

// What was used where: "synopsis halligan mint" → "halligan-mint.1.in:8".
using Places = std::map<std::string, std::string>;

class Filler {
 public:
  Filler(const command::Program& program, const Page& page, Places& places)
      : program_(program), page_(page), places_(places), lines_(page.text) {}

  Result<std::string> fill() {
    while (next()) {
      if (marker_.empty()) {
        out_ += line_ + "\n";
      } else if (marker_ == "@synopsis") {
        HALLIGAN_TRY(const Path path, find());
        out_ += synopsis(path);
      } else if (marker_ == "@options") {
        HALLIGAN_TRY(const Path path, find());
        const command::Command::Body body = path.back()->body();
        HALLIGAN_CHECK(add_options(body.flags.all(), "@options " + words_, "halligan " + words_));
      } else if (marker_ == "@detail") {
        return wrong("@detail outside of @options");
      } else {
        return marker_ == "@end" ? wrong("@end without @options") : unknown();
      }
    }
    return std::move(out_);
  }

 private:
  bool next() {
    if (!std::getline(lines_, line_)) return false;
    ++number_;
    marker_.clear();
    if (line_.starts_with(kMarker)) {
      marker_ = line_.substr(kMarker.size() - 1, line_.find(' ', kMarker.size()) - kMarker.size() + 1);
      words_ = line_.substr(std::min(kMarker.size() + marker_.size(), line_.size()));
    }
    return true;
  }

  // From the line after "@options" to "@end".
  Result<> add_options(const std::deque<command::Flag>& flags, const std::string& options,
                       const std::string& command) {
    std::map<std::string, std::string> details;
    std::string* detail = nullptr;  // the last one begun
    while (next() && marker_ != "@end") {
      if (marker_.empty()) {
        if (detail == nullptr) return wrong("text between " + options + " and its first @detail");
        *detail += line_ + "\n";
      } else if (marker_ == "@detail") {
        if (std::none_of(flags.begin(), flags.end(),
                         [&](const auto& flag) { return flag.shown() == words_; })) {
          return wrong(command + " has no option " + printable(words_));
        }
        const auto [at, added] = details.emplace(words_, "");
        if (!added) return wrong("a second @detail " + words_);
        detail = &at->second;
      } else {
        const bool known = marker_ == "@synopsis" || marker_ == "@options";
        return known ? wrong(marker_ + " before the @end of " + options) : unknown();
      }
    }
    if (!lines_) return wrong(options + " has no @end");
    std::string rows;
    for (const command::Flag& flag : flags) {
      const auto own = details.find(flag.shown());
      // An old name is mentioned only where there is something to say of it.
      if (flag.hidden && own == details.end()) continue;
      rows += flag_row(flag) + (own == details.end() ? "" : own->second);
    }
    if (!rows.empty()) out_ += ".Bl -tag -width Ds\n" + rows + ".El\n";
    return {};
  }

  // The command of this marker, which may have it once.
  Result<Path> find() {
    std::istringstream stream(words_);
    const std::vector<std::string> names{std::istream_iterator<std::string>(stream), {}};
    Path path = command::find(program_.root, names);
    if (path.size() != names.size() + 1 || path.back()->is_group()) {
      return wrong("unknown command \"" + printable(words_) + "\"");
    }
    const std::string what = marker_.substr(1) + " " + command::path_name(path);
    const auto [there, added] = places_.emplace(what, place());
    if (!added) return wrong("the " + what + " is also at " + there->second);
    return path;
  }

  std::string place() const { return page_.name + ":" + std::to_string(number_); }
  Failure wrong(const std::string& what) const { return fail(Code::kBadInput, place() + ": " + what); }

  Failure unknown() const { return wrong("unknown marker " + printable(marker_)); }

  const command::Program& program_;
  const Page& page_;
  Places& places_;
  std::istringstream lines_;
  std::size_t number_ = 0;
  std::string line_;
  std::string marker_;  // of the line: "@options", or nothing
  std::string words_;   // after it
  std::string out_;
};

}  // namespace

Result<std::string> fill(const command::Program& program, const Page& page) {
  Places places;
  return Filler(program, page, places).fill();
}

Result<std::vector<std::string>> fill_all(const command::Program& program, const std::vector<Page>& pages) {
  Places places;
  std::vector<std::string> filled;
  for (const Page& page : pages) {
    HALLIGAN_TRY(filled.emplace_back(), Filler(program, page, places).fill());
  }
  for (const Path& path : command::all_paths(program.root)) {
    if (path.back()->is_group()) continue;
    for (const char* what : {"synopsis", "options"}) {
      if (!places.contains(std::string(what) + " " + command::path_name(path))) {
        return fail(Code::kBadInput,
                    "no man page has the " + std::string(what) + " of " + command::path_name(path),
                    "add .\\\" @" + std::string(what) + " to the template of its page");
      }
    }
  }
  return filled;
}

}  // namespace halligan::pages
