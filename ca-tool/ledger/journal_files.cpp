#include "ledger/journal_files.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

#include "base/codec.hpp"
#include "base/folder.hpp"
#include "base/text.hpp"

namespace halligan::ledger {
namespace {

constexpr const char* kWhoMayRead = "run it as root, or as a member of the group systemd-journal";

bool is_machine_id(std::string_view name) {
  return name.size() == 32 && name.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Failure cannot_read(const std::string& path, int error) {
  const Code code = error == ENOENT ? Code::kNotFound : Code::kUnreachable;
  return fail(errno_error(code, "cannot read " + printable(path), error), kWhoMayRead);
}

// What a list named, and is no longer there, was rotated away.
Result<> add_files(const std::string& folder, const std::string* machine, std::vector<std::string>& out) {
  auto names = names_in(folder);
  if (!names && names.error().code == Code::kNotFound) return {};
  if (!names) return fail(std::move(names).error(), kWhoMayRead);
  for (const std::string& name : *names) {
    const std::string path = folder + "/" + name;
    if (name.ends_with(".journal") || name.ends_with(".journal~")) {
      if (::access(path.c_str(), R_OK) == 0)
        out.push_back(path);
      else if (errno != ENOENT)
        return cannot_read(path, errno);
    } else if (machine != nullptr && is_machine_id(name) && (machine->empty() || name == *machine)) {
      HALLIGAN_CHECK(add_files(path, nullptr, out));
    }
  }
  return {};
}

}  // namespace

Result<std::vector<std::string>> journal_files(const std::string& folder, const std::string& machine) {
  std::vector<std::string> out;
  HALLIGAN_CHECK(add_files(folder, &machine, out));
  return out;
}

Result<FileIds> identify(const std::vector<std::string>& files) {
  FileIds out;
  for (const std::string& file : files) {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) return cannot_read(file, errno);
    out.emplace(std::pair(status.st_dev, status.st_ino), file);
  }
  return out;
}

Result<FileIds> not_open(FileIds files) {
  HALLIGAN_TRY(const auto names, names_in("/proc/self/fd"));
  for (const std::string& name : names) {
    struct stat status {};
    const auto fd = whole_number<int>(name);
    if (fd && ::fstat(*fd, &status) == 0) files.erase(std::pair(status.st_dev, status.st_ino));
  }
  return files;
}

}  // namespace halligan::ledger
