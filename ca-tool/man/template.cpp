#include "man/template.hpp"

#include <algorithm>
#include <map>
#include <optional>
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
      : program_(program), page_(page), places_(places) {}

  Result<std::string> fill() {
    std::istringstream lines(page_.text);
    for (std::string line; std::getline(lines, line);) {
      ++number_;
      HALLIGAN_CHECK(take(line));
    }
    if (body_) return wrong("@options " + command_ + " has no @end");
    return std::move(out_);
  }

 private:
  Result<> take(const std::string& line) {
    if (line.starts_with(kMarker)) {
      const std::string text = line.substr(kMarker.size());
      const std::size_t blank = std::min(text.find(' '), text.size());
      return take_marker(text.substr(0, blank), text.substr(std::min(blank + 1, text.size())));
    }
    if (!body_) {
      out_ += line + "\n";
      return {};
    }
    if (detail_.empty()) return wrong("text between @options " + command_ + " and its first @detail");
    details_[detail_] += line + "\n";
    return {};
  }

  Result<> take_marker(const std::string& marker, const std::string& words) {
    if (marker == "synopsis" || marker == "options") {
      if (body_) return wrong("@" + marker + " before the @end of @options " + command_);
      HALLIGAN_TRY(const Path path, find(words));
      HALLIGAN_CHECK(note(marker + " " + command::path_name(path)));
      if (marker == "synopsis") {
        out_ += synopsis(path);
      } else {
        command_ = words;
        body_ = path.back()->body();
      }
      return {};
    }
    if (marker == "detail") return begin_detail(words);
    if (marker == "end") return end_options();
    return wrong("unknown marker @" + printable(marker));
  }

  Result<> begin_detail(const std::string& name) {
    if (!body_) return wrong("@detail outside of @options");
    const auto& flags = body_->flags.all();
    if (std::none_of(flags.begin(), flags.end(), [&](const auto& flag) { return flag.shown() == name; })) {
      return wrong("halligan " + command_ + " has no option " + printable(name));
    }
    if (!details_.emplace(name, "").second) return wrong("a second @detail " + name);
    detail_ = name;
    return {};
  }

  Result<> end_options() {
    if (!body_) return wrong("@end without @options");
    std::string rows;
    for (const command::Flag& flag : body_->flags.all()) {
      const auto detail = details_.find(flag.shown());
      // An old name is mentioned only where there is something to say of it.
      if (flag.hidden && detail == details_.end()) continue;
      rows += flag_row(flag);
      if (detail != details_.end()) rows += detail->second;
    }
    if (!rows.empty()) out_ += ".Bl -tag -width Ds\n" + rows + ".El\n";
    body_.reset();
    details_.clear();
    detail_.clear();
    return {};
  }

  Result<Path> find(const std::string& words) {
    std::istringstream stream(words);
    std::vector<std::string> names;
    for (std::string word; stream >> word;) names.push_back(word);
    Path path = command::find(program_.root, names);
    if (path.size() != names.size() + 1 || path.back()->is_group()) {
      return wrong("unknown command \"" + printable(words) + "\"");
    }
    return path;
  }

  Result<> note(const std::string& what) {
    const auto [there, added] = places_.emplace(what, place());
    if (added) return {};
    return wrong("the " + what + " is also at " + there->second);
  }

  std::string place() const { return page_.name + ":" + std::to_string(number_); }
  Failure wrong(const std::string& what) const { return fail(Code::kBadInput, place() + ": " + what); }

  const command::Program& program_;
  const Page& page_;
  Places& places_;
  std::size_t number_ = 0;
  std::string out_;
  std::string command_;                         // of the @options that have not ended
  std::optional<command::Command::Body> body_;  // of that command
  std::map<std::string, std::string> details_;
  std::string detail_;  // the last one begun
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
