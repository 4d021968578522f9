// halligan inspect
#include <fcntl.h>
#include <unistd.h>

#include "cli/command.hpp"
#include "cli/describe.hpp"
#include "cli/output.hpp"
#include "io/clock.hpp"
#include "io/files.hpp"
#include "ssh/key.hpp"

namespace halligan::cli {
namespace {

// A hundred thousand certificates of a few hundred bytes.
constexpr std::size_t kLargestInput = 256 * 1024 * 1024;

// Looked at before anything is read: a private key goes through a wiped buffer only.
bool begins_like_private_key(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (fd < 0) return false;
  char start[32] = {};
  const ssize_t size = ::pread(fd, start, sizeof start, 0);
  ::close(fd);
  return size > 0 && ssh::looks_like_private_key({start, static_cast<std::size_t>(size)});
}

Result<int> inspect_key_file(const std::string& path, bool json) {
  HALLIGAN_TRY(const KeyText text, io::read_secret_file(path));
  auto file = ssh::parse_key_file(as_text(text.view()));
  if (!file) return fail(std::move(file).error().in(path));
  const auto* handle = file->handle();
  std::string report;
  if (handle != nullptr) {
    report = json ? to_json(*handle, file->comment, path) + "\n" : to_text(*handle, file->comment, path);
  } else {
    const ssh::PublicKey& key = file->public_key();
    report = json ? to_json(key, file->comment, path) + "\n" : to_text(key, file->comment, path);
  }
  HALLIGAN_CHECK(print(report));
  return 0;
}

bool is_certificate(std::string_view line) {
  return line.substr(0, line.find_first_of(" \t")).ends_with("-cert-v01@openssh.com");
}

Result<int> inspect_line(std::string_view line, const std::string& path, bool json) {
  if (is_certificate(line)) {
    HALLIGAN_TRY(const auto parsed, ssh::parse_certificate_line(line));
    const Described described = describe(parsed.certificate, io::unix_seconds());
    HALLIGAN_CHECK(print(json ? to_json(described, path) + "\n" : to_text(described, path)));
    return described.verified ? 0 : 1;
  }
  HALLIGAN_TRY(const auto parsed, ssh::parse_public_key_line(line));
  HALLIGAN_CHECK(print(json ? to_json(parsed.key, parsed.comment, path) + "\n"
                            : to_text(parsed.key, parsed.comment, path)));
  return 0;
}

Result<int> inspect_lines(const std::string& path, bool json) {
  HALLIGAN_TRY(const Bytes data, io::read_file(path == "-" ? "/dev/stdin" : path, kLargestInput));
  std::string_view rest = as_text(data);
  std::size_t number = 0;
  std::size_t found = 0;
  int answer = 0;
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    std::string_view line = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    ++number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    const auto first = line.find_first_not_of(" \t");
    if (first == std::string_view::npos || line[first] == '#') continue;
    if (found++ > 0 && !json) HALLIGAN_CHECK(print("\n"));
    auto inspected = inspect_line(line.substr(first), path, json);
    if (!inspected) return fail(std::move(inspected).error().in(path + ": line " + std::to_string(number)));
    answer = std::max(answer, *inspected);
  }
  if (found == 0) return fail(Code::kBadInput, path + ": no certificate and no key in it");
  return answer;
}

}  // namespace

Result<int> inspect(const InspectOptions& options) {
  int answer = 0;
  for (std::size_t i = 0; i < options.files.size(); ++i) {
    const std::string& file = options.files[i];
    if (i > 0 && !options.output.json) HALLIGAN_CHECK(print("\n"));
    const bool key_file = file != "-" && begins_like_private_key(file);
    HALLIGAN_TRY(const int one, key_file ? inspect_key_file(file, options.output.json)
                                         : inspect_lines(file, options.output.json));
    answer = std::max(answer, one);
  }
  return answer;
}

}  // namespace halligan::cli
