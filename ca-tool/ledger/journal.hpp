// The journal of systemd-journald, through libsystemd, entry by entry.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "ledger/journal_files.hpp"
#include "ledger/sshd_log.hpp"

struct sd_journal;

namespace halligan::ledger {

class Journal {
 public:
  /// This computer's, all of it. @errors kUnreachable (a part of it may not be read, which would hide logins)
  static Result<Journal> of_this_computer();
  /// A file of a journal, or a folder with such files. @errors kUnreachable · kBadInput (not journals)
  static Result<Journal> at(const std::string& path);

  /// Only the entries of one boot. Before the first next().
  /// @param boot 0 the last boot in the journal, -1 the one before; or a boot ID, 32 hexadecimal digits
  /// @errors kUsage · kNotFound (the journal has no such boot)
  Result<> choose_boot(std::string_view boot);

  /// Go on after the entry with that cursor. @return is that entry still there?
  /// @errors kBadInput (not a cursor)
  Result<bool> start_after(const std::string& cursor);

  /// The next entry, in the order of their times. Nothing at the end.
  /// @errors kBadInput (an entry is damaged) · kUnreachable (a file could not be read to its end)
  Result<std::optional<JournalEntry>> next();

  /// Of the last entry that next() returned. @return nothing if it returned none
  std::optional<std::string> cursor() const;

 private:
  struct Close {
    void operator()(sd_journal* journal) const;
  };
  using Opened = std::unique_ptr<sd_journal, Close>;
  using ListFiles = std::function<Result<std::vector<std::string>>()>;

  static Result<Journal> open(std::string name, const ListFiles& list);
  static Result<Opened> open_files(const std::vector<std::string>& files);
  Journal(Opened journal, std::string name, FileIds files)
      : journal_(std::move(journal)), name_(std::move(name)), files_(std::move(files)) {}
  std::string field(const char* name, int& error) const;

  Opened journal_;
  std::string name_;
  FileIds files_;
  bool at_entry_ = false;
};

/// Do these bytes begin a journal's file?
bool is_journal(std::string_view start);

}  // namespace halligan::ledger
