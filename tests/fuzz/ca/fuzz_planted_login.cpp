// The bytes choose what a log looks like, in which a login is that is never missed.
#include <cstdio>
#include <cstdlib>

#include "fuzz/ca/planted_login.hpp"

using namespace halligan;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::PlantedLog log = fuzz::plant_login({data, size});
  if (const std::string wrong = fuzz::misjudged(log); !wrong.empty()) {
    std::fprintf(stderr, "%s:\n%s\n", wrong.c_str(), log.text.c_str());
    std::abort();
  }
  return 0;
}
