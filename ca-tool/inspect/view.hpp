// An item as text, as JSON or as its problems alone. Nothing here reads or writes, and several threads may
// ask.
#pragma once

#include <string>

#include "inspect/item.hpp"

namespace halligan::inspect {

/// Ready to be printed.
struct Shown {
  std::string text{};  ///< empty: nothing to say
  bool no = false;     ///< the answer is no
};

struct View {
  const ca::Measure& measure;
  bool json = false;
  bool check = false;  ///< only what has problems

  Shown show(const Item& item) const;
};

}  // namespace halligan::inspect
