#include "fido/transport/turn.hpp"

#include <fcntl.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/codec.hpp"
#include "base/descriptor.hpp"
#include "base/text.hpp"

namespace halligan::fido {
namespace {

constexpr std::size_t kLargestTable = 1024 * 1024;

std::optional<std::string> read_proc(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  return file ? read_all(file, kLargestTable) : std::nullopt;
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (true) {
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    if (line.empty()) return words;
    words.push_back(line.substr(0, line.find(' ')));
    line.remove_prefix(words.back().size());
  }
}

// "00:19:5": the device in hexadecimal, the inode in decimal.
bool is_file(std::string_view place, const struct stat& file) {
  const auto device = before(place, ":");
  const auto minor_text = before(place, ":");
  if (!device || !minor_text) return false;
  return whole_number<unsigned>(*device, 16) == major(file.st_dev) &&
         whole_number<unsigned>(*minor_text, 16) == minor(file.st_dev) &&
         whole_number<ino_t>(place) == file.st_ino;
}

}  // namespace

std::string LockHolder::words() const {
  return (name.empty() ? std::string("a program") : printable(name)) + " (process " +
         std::to_string(process) + ")";
}

std::optional<pid_t> flock_holder(std::string_view locks, const struct stat& file) {
  while (!locks.empty()) {
    const auto words = words_of(next_line(locks));
    // Those that wait have an arrow in the second place.
    if (words.size() < 6 || words[1] != "FLOCK" || !is_file(words[5], file)) continue;
    const auto process = whole_number<pid_t>(words[4]);
    if (process && *process > 0) return process;
  }
  return std::nullopt;
}

std::optional<LockHolder> lock_holder(int fd) {
  struct stat file {};
  if (::fstat(fd, &file) != 0) return std::nullopt;
  const auto locks = read_proc("/proc/locks");
  const auto process = locks ? flock_holder(*locks, file) : std::nullopt;
  if (!process) return std::nullopt;
  LockHolder holder{*process, {}};
  // "4711 (a name) T …": the name may hold anything, so its end is the last one.
  const auto status = read_proc("/proc/" + std::to_string(*process) + "/stat");
  if (!status) return holder;
  const std::size_t begin = status->find('(');
  const std::size_t end = status->rfind(") ");
  if (begin == std::string::npos || end == std::string::npos || end < begin) return holder;
  holder.name = status->substr(begin + 1, end - begin - 1);
  const std::string_view state = std::string_view(*status).substr(end + 2, 1);
  holder.stopped = state == "T" || state == "t";
  return holder;
}

}  // namespace halligan::fido
