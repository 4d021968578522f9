#include "runbook/transcript.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "base/codec.hpp"
#include "base/folder.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "ca/state_folder.hpp"
#include "crypto/digest.hpp"
#include "io/clock.hpp"
#include "io/files.hpp"
#include "io/folders.hpp"

namespace halligan::runbook {
namespace {

constexpr std::size_t kMostTranscript = 64 << 20;
constexpr std::size_t kMostStates = 4 << 20;
constexpr std::string_view kEnding = ".jsonl";

std::string digest_of(std::string_view line) { return hex(crypto::sha256(as_bytes(line))); }

std::string member(const ui::Json& record, const char* name) {
  const auto found = record.find(name);
  return found != record.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool has_number(const ui::Json& record, const char* name, std::size_t number) {
  const auto found = record.find(name);
  return found != record.end() && found->is_number_unsigned() && found->get<std::size_t>() == number;
}

bool is_about(const ui::Json& record, std::string_view kind, std::size_t step) {
  return member(record, "kind") == kind && has_number(record, "step", step);
}

bool went_well(const ui::Json& record) {
  const auto well = record.find("as_expected");
  return well != record.end() && *well == true;
}

// "emergency-access-20261127T064953123Z.jsonl" for "emergency-access": a longer name has more hyphens.
bool is_of(std::string_view file, std::string_view runbook) {
  constexpr std::size_t kStamp = 20;
  return file.starts_with(runbook) && file.ends_with(kEnding) &&
         file.size() == runbook.size() + kStamp + kEnding.size() && file[runbook.size()] == '-' &&
         file.find('-', runbook.size() + 1) == std::string_view::npos;
}

// Sorted as the times are.
std::string stamp(std::uint64_t milliseconds) {
  std::string text = io::format_utc(milliseconds / 1000);
  std::erase_if(text, [](char c) { return c == '-' || c == ':' || c == 'Z'; });
  return fmt::format("{}{:03}Z", text, milliseconds % 1000);
}

std::string states_beside(const std::string& transcript) {
  return transcript.substr(0, transcript.size() - kEnding.size()) + ".shells";
}

}  // namespace

std::string History::runbook_sha256() const {
  return records.empty() ? std::string() : member(records.front(), "sha256");
}

bool History::is_finished() const { return !records.empty() && member(records.back(), "kind") == "end"; }

Outcome History::outcome(std::size_t step) const {
  Outcome last = Outcome::kNone;
  for (const ui::Json& each : records) {
    if (is_about(each, "step", step)) last = went_well(each) ? Outcome::kAsExpected : Outcome::kNone;
    if (is_about(each, "by-hand", step)) last = went_well(each) ? Outcome::kByHand : Outcome::kNone;
    if (is_about(each, "accept", step)) last = Outcome::kAccepted;
    if (is_about(each, "skip", step)) last = Outcome::kSkipped;
  }
  return last;
}

std::optional<std::string> History::way(std::string_view place) const {
  std::optional<std::string> found;
  for (const ui::Json& each : records) {
    if (member(each, "kind") == "place" && member(each, "place") == place) found = member(each, "way");
  }
  return found;
}

std::optional<std::string> History::answer(std::size_t step, std::size_t line) const {
  std::optional<std::string> found;
  for (const ui::Json& each : records) {
    if (is_about(each, "answer", step) && has_number(each, "line", line)) found = member(each, "value");
  }
  return found;
}

Result<History> parse_history(std::string_view text, std::string_view name) {
  History history;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::string where = printable(name) + ":" + std::to_string(number) + ": ";
    const bool whole = text.find('\n') != std::string_view::npos;
    const std::string_view line = next_line(text);
    ui::Json record = ui::Json::parse(line, nullptr, false);
    if (!whole || !record.is_object() || member(record, "kind").empty())
      return fail(Code::kBadInput, where + "not a record of a transcript");
    if (member(record, "prev") != history.head)
      return fail(Code::kBadInput, where + "prev does not match the line before: something was changed");
    history.head = digest_of(line);
    history.records.push_back(std::move(record));
  }
  return history;
}

Result<std::string> transcript_folder() {
  const auto folder = ca::StateFolder::around();
  if (!folder)
    return fail(Code::kUnreachable, "no folder for a transcript: neither HOME nor XDG_STATE_HOME is set");
  return *folder + "/runbooks";
}

Result<Transcript> Transcript::locked(const std::string& path) {
  HALLIGAN_TRY(io::AppendFile file, io::AppendFile::open(path, [&] {
                 say("waiting for another halligan runbook run, which writes " + printable(path));
               }));
  HALLIGAN_TRY(const Bytes text, file.read(kMostTranscript));
  HALLIGAN_TRY(History history, parse_history(as_text(text), path));
  return Transcript(std::move(file), std::move(history));
}

Result<Transcript> Transcript::begin(const std::string& runbook) {
  HALLIGAN_TRY(const std::string folder, transcript_folder());
  HALLIGAN_CHECK(io::make_private_folders(folder));
  const auto path = [&](std::uint64_t time) {
    return folder + "/" + runbook + "-" + stamp(time) + std::string(kEnding);
  };
  std::uint64_t time = io::unix_milliseconds();
  while (true) {
    HALLIGAN_TRY(const io::Kind kind, io::kind_of(path(time)));
    if (kind == io::Kind::kNothing) return locked(path(time));
    ++time;
  }
}

Result<Transcript> Transcript::open(const std::string& path) { return locked(path); }

Result<std::optional<std::string>> Transcript::unfinished(const std::string& runbook) {
  HALLIGAN_TRY(const std::string folder, transcript_folder());
  const auto names = names_in(folder);
  if (!names && names.error().code == Code::kNotFound) return std::nullopt;
  if (!names) return fail(names.error());
  std::string last;
  for (const std::string& name : *names) {
    if (is_of(name, runbook)) last = folder + "/" + name;  // they are sorted
  }
  if (last.empty()) return std::nullopt;
  const auto text = io::read_trusted_file(last, kMostTranscript);
  const auto history = text ? parse_history(as_text(*text), last) : Result<History>(fail(text.error()));
  if (history && history->is_finished()) return std::nullopt;
  return std::optional(std::move(last));
}

Result<> Transcript::add(ui::Json record) {
  ui::put_moment(record, "time", io::unix_seconds());
  record["prev"] = history_.head;
  const std::string line = ui::json_line(record);
  HALLIGAN_CHECK(file_.append(as_bytes(line)).in("transcript"));
  history_.head = digest_of(std::string_view(line).substr(0, line.size() - 1));
  history_.records.push_back(std::move(record));
  return {};
}

Result<> Transcript::keep_states(const ui::Json& states) const {
  const std::string text = ui::json_line(states);
  const io::NewFile file{states_beside(path()), 0600, as_bytes(text)};
  return io::write_files({&file, 1}, io::Existing::kReplace);
}

ui::Json Transcript::states() const {
  const auto text = io::read_trusted_file(states_beside(path()), kMostStates);
  ui::Json states = text ? ui::Json::parse(as_text(*text), nullptr, false) : ui::Json();
  return states.is_object() ? states : ui::Json::object();
}

void Transcript::forget_states() const { ::unlink(states_beside(path()).c_str()); }

}  // namespace halligan::runbook
