// What PAM says of an account, as far as its modules decide by what a snapshot knows.
#pragma once

#include <cstdint>
#include <string>

#include "trust/facts.hpp"

namespace halligan::explain {

struct PamAnswer {
  enum class Kind {
    kYes,
    kNo,
    kUnknown,  ///< a module decides that is not known
  };
  Kind kind = Kind::kYes;
  std::string why{};
  std::string place{};  ///< "FILE:LINE"; may be empty
  std::string log{};    ///< what sshd logs; empty: nothing
  std::string mend{};
};

/// @param at Unix seconds
/// @source pam.conf(5), pam_unix(8), pam_nologin(8)
PamAnswer ask_pam(const trust::Facts& facts, const trust::Account& account, std::uint64_t at);

}  // namespace halligan::explain
