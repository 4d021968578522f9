// What a fuzz target demands: if it does not hold, the input is kept and the run ends.
#pragma once

#include <cstdlib>

inline void demand(bool holds) {
  if (!holds) std::abort();
}
