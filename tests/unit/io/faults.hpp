// System calls that fail on demand: the library's calls come here by the linker's --wrap.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace halligan::io {

struct Faults {
  /// Fail the n-th call from now, counted from 0 over all wrapped calls, once; -1 for none.
  int fail_at = -1;
  int with = 0;
  /// Called before each wrapped call, with its number.
  std::function<void(int)> before;
  /// These calls always fail with EINVAL, as on a file system that does not have them.
  bool no_exchange = false;
  bool no_rename_flags = false;
  /// What was called since reset().
  std::vector<std::string> calls;

  void reset() { *this = {}; }
};

Faults& faults();

}  // namespace halligan::io
