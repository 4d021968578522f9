// halligan agent audit
#include <algorithm>
#include <utility>

#include "agents/command.hpp"
#include "base/codec.hpp"
#include "base/log.hpp"
#include "crypto/digest.hpp"
#include "io/files.hpp"
#include "io/folders.hpp"
#include "trust/host.hpp"
#include "ui/describe.hpp"

namespace halligan::agents {
namespace {

constexpr std::size_t kLargestFile = 4U << 20;
// For sh on the host. One that has no such file permits nothing by it.
constexpr const char* kLook =
    "if [ -e \"$HOME/.ssh/authorized_keys\" ]; then cat \"$HOME/.ssh/authorized_keys\"; fi\n";

Result<bool> is_file(const std::string& place) {
  if (place == "-" || place.find('/') != std::string::npos) return true;
  HALLIGAN_TRY(const io::Kind kind, io::kind_of(place));
  return kind != io::Kind::kNothing;
}

Result<std::string> text_of(const std::string& place, const AuditOptions& options) {
  HALLIGAN_TRY(const bool file, is_file(place));
  if (!file) return trust::run_script({.name = place, .ssh_arguments = options.ssh_arguments}, kLook);
  HALLIGAN_TRY(const Bytes contents, io::read_file(place == "-" ? "/dev/stdin" : place, kLargestFile));
  return std::string(as_text(contents));
}

bool is_asked_for(const AuditedLine& line, const std::vector<std::string>& names) {
  return names.empty() || std::ranges::any_of(names, [&](const std::string& name) {
           return line.comment == name || crypto::fingerprint(line.key) == name;
         });
}

Result<> show(const std::string& place, const AuditedLine& line, const AuditOptions& options) {
  if (options.output.json) {
    ui::Json json{{"place", ui::json_text(place)}, {"line", line.number}, {"key", ui::key_json(line.key)}};
    json["comment"] = ui::json_text(line.comment);
    json["findings"] = ui::Json::array();
    for (const Excess each : line.found)
      json["findings"].push_back({{"code", code_of(each)}, {"text", words_of(each)}});
    json["mended"] = ui::json_text(line.mended);
    return ui::print(ui::json_line(json));
  }
  if (line.found.empty()) return {};
  std::string text = ui::text_row("Line", printable(place) + ":" + std::to_string(line.number) + " " +
                                              ui::key_words(line.key) + " " + printable(line.comment));
  for (const Excess each : line.found) text += ui::text_row("Finding", std::string(words_of(each)));
  return ui::print(text + "  " + one_line(line.mended) + "\n");
}

}  // namespace

Result<int> audit_lines(const AuditOptions& options) {
  std::size_t keys = 0;
  std::size_t found = 0;
  bool to_fill = false;
  for (const std::string& place : options.places) {
    HALLIGAN_TRY(const std::string text, text_of(place, options));
    HALLIGAN_TRY(const auto lines, audit(text, options.purpose).in(printable(place)));
    for (const AuditedLine& line : lines) {
      if (!is_asked_for(line, options.keys)) continue;
      ++keys;
      if (!line.found.empty()) ++found;
      to_fill = to_fill || line.mended.find(kAddressToFill) != std::string::npos ||
                line.mended.find(kCommandToFill) != std::string::npos;
      HALLIGAN_CHECK(show(place, line, options));
    }
  }
  if (keys == 0) {
    return fail(Code::kNotFound, "no key to audit",
                options.keys.empty() ? "name a file of authorized_keys" : "see the names without --key");
  }
  if (to_fill && !options.output.json)
    say("mended lines with " + std::string(kAddressToFill) + " or " + std::string(kCommandToFill) +
            " are of no use as they are",
        "name them with --from and --command");
  return found == 0 ? 0 : 1;
}

}  // namespace halligan::agents
