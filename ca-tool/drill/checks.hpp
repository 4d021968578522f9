// What halligan doctor says of drills.
#pragma once

#include <string>

#include "base/result.hpp"
#include "drill/due.hpp"

namespace halligan::drill {

/// By the drills of all CAs that this user has on record. @param configuration file, as --config
/// @errors as load_drills(), ca::Configuration::load()
inline Result<Status> status_of_all(const std::string& configuration, std::uint64_t now) {
  HALLIGAN_TRY(const auto loaded, ca::Configuration::load(configuration));
  HALLIGAN_TRY(const auto logs, load_drills(nullptr));
  return judge(logs, loaded, now, find_lost(logs, nullptr, now));
}

}  // namespace halligan::drill
