#include "drill/log.hpp"

#include "base/codec.hpp"
#include "base/log.hpp"
#include "ca/state_folder.hpp"
#include "io/append_file.hpp"
#include "io/clock.hpp"
#include "io/files.hpp"
#include "ledger/record.hpp"

namespace halligan::drill {
namespace {

constexpr const char* kName = "/ca.drills";
constexpr std::size_t kLargestLog = 64 << 20;  // bytes

}  // namespace

Result<std::vector<DrillLog>> load_drills(const ssh::PublicKey* authority) {
  std::vector<ca::StateFolder> folders;
  if (authority == nullptr) {
    HALLIGAN_TRY(folders, ca::StateFolder::all());
  } else if (const auto folder = ca::StateFolder::of(*authority)) {
    folders.push_back(*folder);
  }
  std::vector<DrillLog> logs;
  for (const ca::StateFolder& each : folders) {
    const std::string file = each.path() + kName;
    const auto bytes = io::read_trusted_file(file, kLargestLog);
    if (!bytes && bytes.error().code == Code::kNotFound) continue;
    if (!bytes) return fail(bytes.error());
    HALLIGAN_TRY(auto drills, parse_drills(as_text(*bytes))
                                  .in(printable(file))
                                  .hint("find out who changed it; then move it aside: mv " +
                                        shell_word(file) + " " + shell_word(file + ".damaged")));
    if (drills.empty()) continue;
    const std::string head = ledger::record_hash(format_drill(drills.back()));
    logs.push_back({file, std::move(drills), head});
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
  drill.previous = before.empty() ? "" : ledger::record_hash(format_drill(before.back()));
  drill.time = io::unix_milliseconds();
  const std::string line = format_drill(drill);
  // A record that cannot be read again would block all that follow.
  HALLIGAN_CHECK(parse_drill(line).in("the new record"));
  HALLIGAN_CHECK(file.append(as_bytes(line + "\n")));
  return path;
}

}  // namespace halligan::drill
