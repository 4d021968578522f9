#include "ledger/drills/log.hpp"

#include "base/codec.hpp"
#include "base/log.hpp"
#include "ca/state_folder.hpp"
#include "io/append_file.hpp"
#include "io/clock.hpp"
#include "io/files.hpp"
#include "ledger/record.hpp"

namespace halligan::ledger::drills {
namespace {

constexpr const char* kName = "/ca.drills";
constexpr std::size_t kLargestLog = 64 << 20;  // bytes

}  // namespace

Result<DrillLog> read_drills(const std::string& file) {
  HALLIGAN_TRY(const Bytes bytes, io::read_trusted_file(file, kLargestLog));
  HALLIGAN_TRY(auto drills, parse_drills(as_text(bytes))
                                .in(printable(file))
                                .hint("find out who changed it; then move it aside: mv " + shell_word(file) +
                                      " " + shell_word(file + ".damaged")));
  std::string head = drills.empty() ? "" : record_hash(format_drill(drills.back()));
  return DrillLog{file, std::move(drills), std::move(head)};
}

Result<std::vector<DrillLog>> load_drills(const ssh::PublicKey* authority) {
  std::vector<ca::StateFolder> folders;
  if (authority == nullptr) {
    HALLIGAN_TRY(folders, ca::StateFolder::all());
  } else if (const auto folder = ca::StateFolder::of(*authority)) {
    folders.push_back(*folder);
  }
  std::vector<DrillLog> logs;
  for (const ca::StateFolder& each : folders) {
    auto log = read_drills(each.path() + kName);
    if (!log && log.error().code == Code::kNotFound) continue;
    if (!log) return fail(std::move(log).error());
    if (!log->drills.empty()) logs.push_back(*std::move(log));
  }
  return logs;
}

Result<std::string> add_drill(Drill& drill, const ssh::PublicKey& authority) {
  const auto folder = ca::StateFolder::of(authority);
  if (!folder)
    return fail(Code::kUsage, "no folder for the record: neither HOME nor XDG_STATE_HOME is set", "set HOME");
  HALLIGAN_CHECK(folder->make(authority));
  const std::string path = folder->path() + kName;
  HALLIGAN_TRY(io::AppendFile file, io::AppendFile::open(path, [&] {
                 say("waiting: another halligan is writing to " + printable(path));
               }));
  HALLIGAN_TRY(const Bytes bytes, file.read(kLargestLog));
  HALLIGAN_TRY(const auto before, parse_drills(as_text(bytes)).in(printable(path)));
  drill.number = before.size();
  drill.previous = before.empty() ? "" : record_hash(format_drill(before.back()));
  drill.time = io::unix_milliseconds();
  const std::string line = format_drill(drill);
  // A record that cannot be read again would block all that follow.
  HALLIGAN_CHECK(parse_drill(line).in("the new record"));
  HALLIGAN_CHECK(file.append(as_bytes(line + "\n")));
  return path;
}

}  // namespace halligan::ledger::drills
