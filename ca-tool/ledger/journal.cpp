#include "ledger/journal.hpp"

#include <systemd/sd-journal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include "base/codec.hpp"
#include "base/text.hpp"

namespace halligan::ledger {
namespace {

namespace fs = std::filesystem;

Failure unreadable(const std::string& path, int error) {
  return fail(errno_error(Code::kUnreachable, "cannot read " + printable(path), error),
              "run it as root, or as a member of the group systemd-journal");
}

// libsystemd leaves out without a word what it may not read.
Result<> check_readable(const fs::path& folder) {
  std::error_code error;
  for (auto file = fs::recursive_directory_iterator(folder, error); !error && file != end(file);
       file.increment(error)) {
    const std::string path = file->path().native();
    if (path.find(".journal") == std::string::npos || file->is_directory(error)) continue;
    if (::access(path.c_str(), R_OK) != 0) {
      return unreadable(path, errno);
    }
  }
  if (!error || error == std::errc::no_such_file_or_directory) return {};
  return unreadable(folder.native(), error.value());
}

bool is_boot_id(std::string_view text) {
  return text.size() == 32 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

bool is_journal(std::string_view start) { return start.starts_with("LPKSHHRH"); }

void Journal::Close::operator()(sd_journal* journal) const { ::sd_journal_close(journal); }

Result<Journal> Journal::of_this_computer() {
  HALLIGAN_CHECK(check_readable("/run/log/journal"));
  HALLIGAN_CHECK(check_readable("/var/log/journal"));
  sd_journal* opened = nullptr;
  const int error = ::sd_journal_open(&opened, SD_JOURNAL_LOCAL_ONLY);
  if (error < 0) return fail(errno_error(Code::kUnreachable, "cannot open the journal", -error));
  return Journal(Opened(opened), "the journal");
}

Result<Journal> Journal::at(const std::string& path) {
  sd_journal* opened = nullptr;
  std::error_code ignored;
  int error = 0;
  if (fs::is_directory(path, ignored)) {
    HALLIGAN_CHECK(check_readable(path));
    error = ::sd_journal_open_directory(&opened, path.c_str(), 0);
  } else {
    const char* files[] = {path.c_str(), nullptr};
    error = ::sd_journal_open_files(&opened, files, 0);
  }
  if (error < 0) {
    const bool damaged = error == -EBADMSG || error == -ENODATA || error == -EPROTONOSUPPORT;
    return fail(errno_error(damaged ? Code::kBadInput : Code::kUnreachable,
                            "cannot open the journal " + printable(path), -error));
  }
  return Journal(Opened(opened), "the journal " + printable(path));
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
  if (error == 0) return std::nullopt;
  if (error < 0) return fail(errno_error(Code::kBadInput, "cannot read " + name_, -error));
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
