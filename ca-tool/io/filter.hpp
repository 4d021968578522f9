// Programs that secrets go through: pipes from buffer to buffer, never a file, never a std::string.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace halligan::io {

struct Filter {
  std::vector<std::string> argv;         ///< argv[0] is looked up in PATH unless it has a slash
  ByteView input;                        ///< given on stdin, through a pipe
  std::chrono::milliseconds timeout{0};  ///< then it is killed
};

struct Filtered {
  int exit_code = 0;
  std::size_t size = 0;  ///< bytes in the buffer
};

/// Run to the end, stdout into `out`; stderr stays the user's. A child that fails is a result, not an error.
/// @errors kUnreachable (cannot be started, timed out) · kBadInput (more output than the buffer has room for)
Result<Filtered> run_filter(const Filter& filter, std::span<std::uint8_t> out);

/// Run with our own stdin, stdout and stderr, for as long as it takes. @return as Filtered::exit_code
/// @errors kUnreachable (cannot be started)
Result<int> run_attached(const std::vector<std::string>& argv);

/// A new folder that nobody else may look into (0700, whatever the umask). @errors kExists · kNotFound ·
/// kUnreachable
Result<> make_private_folder(const std::string& path);

/// Take away a folder that is empty; if it is not, it stays.
void remove_empty_folder(const std::string& path);

}  // namespace halligan::io
