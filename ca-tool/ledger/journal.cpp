#include "ledger/journal.hpp"

#include <systemd/sd-journal.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <iterator>

#include "base/codec.hpp"
#include "base/text.hpp"
#include "io/folders.hpp"

namespace halligan::ledger {
namespace {

bool is_boot_id(std::string_view text) {
  return text.size() == 32 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

int open_once(const std::vector<std::string>& files, sd_journal*& opened) {
  std::vector<const char*> paths;
  for (const std::string& file : files) paths.push_back(file.c_str());
  paths.push_back(nullptr);
  int error = 0;
  do {
    error = ::sd_journal_open_files(&opened, paths.data(), 0);
  } while (error == -EINTR);
  return -error;
}

Failure cannot_open(const std::string& file, int error) {
  const bool damaged = error == EBADMSG || error == ENODATA || error == EPROTONOSUPPORT;
  const Code code = damaged ? Code::kBadInput : error == ENOENT ? Code::kNotFound : Code::kUnreachable;
  return fail(errno_error(code, "cannot open the journal " + printable(file), error),
              damaged
                  ? "leave it out: journalctl -o json -t sshd -t sshd-session | halligan ledger reconcile -"
                  : "");
}

}  // namespace

bool is_journal(std::string_view start) { return start.starts_with("LPKSHHRH"); }

void Journal::Close::operator()(sd_journal* journal) const { ::sd_journal_close(journal); }

Result<Journal> Journal::of_this_computer() {
  sd_id128_t machine;
  int error = 0;
  do {
    error = ::sd_id128_get_machine(&machine);
  } while (error == -EINTR);
  if (error < 0) return fail(errno_error(Code::kUnreachable, "cannot read /etc/machine-id", -error));
  std::array<char, SD_ID128_STRING_MAX> id{};
  ::sd_id128_to_string(machine, id.data());
  return open("the journal", [&]() -> Result<std::vector<std::string>> {
    HALLIGAN_TRY(auto files, journal_files("/run/log/journal"));
    HALLIGAN_TRY(auto kept, journal_files("/var/log/journal", id.data()));
    std::ranges::move(kept, std::back_inserter(files));
    return files;
  });
}

Result<Journal> Journal::at(const std::string& path) {
  HALLIGAN_TRY(const io::Kind kind, io::kind_of(path));
  return open("the journal " + printable(path), [&]() -> Result<std::vector<std::string>> {
    return kind == io::Kind::kFolder ? journal_files(path) : std::vector{path};
  });
}

Result<Journal::Opened> Journal::open_files(const std::vector<std::string>& files) {
  sd_journal* opened = nullptr;
  const int error = open_once(files, opened);
  if (error == 0) return Opened(opened);
  for (const std::string& file : files) {
    sd_journal* alone = nullptr;
    const int its_error = open_once({file}, alone);
    const Opened closed(alone);
    if (its_error != 0) return cannot_open(file, its_error);
  }
  return fail(errno_error(Code::kUnreachable, "cannot open the journal", error));
}

// It may be rotated between the moments when its files are listed and opened.
Result<Journal> Journal::open(std::string name, const ListFiles& list) {
  constexpr int kTries = 5;
  for (int tries = 0; tries < kTries; ++tries) {
    HALLIGAN_TRY(const auto files, list());
    auto opened = open_files(files);
    HALLIGAN_TRY(const auto files_now, list());
    auto ids = identify(files_now);
    const bool renamed =
        (!opened && opened.error().code == Code::kNotFound) || (!ids && ids.error().code == Code::kNotFound);
    if (renamed) continue;
    if (!opened) return fail(std::move(opened).error());
    if (!ids) return fail(std::move(ids).error());
    HALLIGAN_TRY(const FileIds missed, not_open(*ids));
    if (missed.empty()) return Journal(*std::move(opened), std::move(name), *std::move(ids));
  }
  return fail(Code::kUnreachable, name + ": its files are being renamed", "run it again");
}

Result<> Journal::choose_boot(std::string_view boot) {
  const auto back = whole_number<int>(boot);
  if (!is_boot_id(boot) && !(back && *back <= 0)) {
    return fail(Code::kUsage, "expected 0, -1, -2 and so on, or a boot ID, not \"" + printable(boot) + "\"");
  }
  // The boots in the journal by the time of their first entry.
  std::vector<std::string> matches;
  ::sd_journal_query_unique(journal_.get(), "_BOOT_ID");
  const void* data = nullptr;
  std::size_t size = 0;
  while (::sd_journal_enumerate_unique(journal_.get(), &data, &size) > 0)
    matches.emplace_back(static_cast<const char*>(data), size);
  std::vector<std::pair<std::uint64_t, std::string>> boots;
  for (std::string& match : matches) {
    std::uint64_t begin = 0;
    ::sd_journal_flush_matches(journal_.get());
    const bool found = ::sd_journal_add_match(journal_.get(), match.data(), match.size()) >= 0 &&
                       ::sd_journal_seek_head(journal_.get()) >= 0 && ::sd_journal_next(journal_.get()) > 0 &&
                       ::sd_journal_get_realtime_usec(journal_.get(), &begin) >= 0;
    if (found) boots.emplace_back(begin, std::move(match));
  }
  ::sd_journal_flush_matches(journal_.get());
  std::ranges::sort(boots, std::greater());
  auto chosen = boots.end();
  if (is_boot_id(boot)) {
    chosen = std::ranges::find(boots, "_BOOT_ID=" + std::string(boot), &decltype(boots)::value_type::second);
  } else if (static_cast<std::size_t>(-*back) < boots.size()) {
    chosen = boots.begin() - *back;
  }
  if (chosen == boots.end()) {
    return fail(Code::kNotFound, name_ + " has no boot " + std::string(boot),
                "list its boots with journalctl --list-boots");
  }
  ::sd_journal_add_match(journal_.get(), chosen->second.data(), chosen->second.size());
  ::sd_journal_seek_head(journal_.get());
  return {};
}

Result<bool> Journal::start_after(const std::string& cursor) {
  if (::sd_journal_seek_cursor(journal_.get(), cursor.c_str()) < 0)
    return fail(Code::kBadInput, "not a cursor of a journal: \"" + printable(cursor) + "\"");
  // What comes next is that entry itself, if it is still there, and otherwise one that comes after it.
  if (::sd_journal_next(journal_.get()) > 0 && ::sd_journal_test_cursor(journal_.get(), cursor.c_str()) > 0)
    return true;
  ::sd_journal_seek_cursor(journal_.get(), cursor.c_str());
  return false;
}

Result<std::optional<JournalEntry>> Journal::next() {
  int error = ::sd_journal_next(journal_.get());
  if (error < 0) return fail(errno_error(Code::kBadInput, "cannot read " + name_, -error));
  if (error == 0) {
    HALLIGAN_TRY(const FileIds left_out, not_open(files_));
    if (left_out.empty()) return std::nullopt;
    return fail(Code::kUnreachable, "cannot read all of " + printable(left_out.begin()->second),
                "see why: journalctl --verify --file " + shell_word(left_out.begin()->second));
  }
  at_entry_ = true;
  JournalEntry out;
  error = ::sd_journal_get_realtime_usec(journal_.get(), &out.micros);
  const auto get = [&](const char* name) { return error < 0 ? std::string() : field(name, error); };
  out.message = get("MESSAGE");
  out.host = get("_HOSTNAME");
  out.user = get("_UID");
  out.command = get("_COMM");
  out.program = get("_EXE");
  out.identifier = get("SYSLOG_IDENTIFIER");
  out.unit = get("_SYSTEMD_UNIT");
  out.container = get("CONTAINER_ID");
  out.syslog_process = get("SYSLOG_PID");
  out.process = get("_PID");
  if (error < 0) {
    return fail(errno_error(Code::kBadInput, "cannot read an entry of " + name_, -error),
                "see what is damaged with journalctl --verify");
  }
  return out;
}

std::string Journal::field(const char* name, int& error) const {
  const void* data = nullptr;
  std::size_t size = 0;
  const int got = ::sd_journal_get_data(journal_.get(), name, &data, &size);
  if (got == -ENOENT) return {};
  error = std::min(got, 0);
  if (got < 0) return {};
  const std::size_t skipped = std::min(std::string_view(name).size() + 1, size);  // "NAME="
  return {static_cast<const char*>(data) + skipped, size - skipped};
}

std::optional<std::string> Journal::cursor() const {
  char* text = nullptr;
  if (!at_entry_ || ::sd_journal_get_cursor(journal_.get(), &text) < 0) return std::nullopt;
  const std::unique_ptr<char, decltype(&std::free)> owned(text, std::free);
  return std::string(text);
}

}  // namespace halligan::ledger
