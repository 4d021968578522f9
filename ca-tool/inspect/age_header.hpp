// What the header of a file by age says, which is all that can be known of it without its key.
// Source of the format: the age specification, sections "Header" and "ASCII armor".
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace halligan::inspect {

struct AgeHeader {
  bool armor;
  std::vector<std::string> recipients;  ///< kinds, as it has them: "X25519", "scrypt"
};

/// Does it begin as a file by age?
bool looks_encrypted(std::string_view head);

/// @param head the beginning of such a file, the whole header if possible
AgeHeader read_age_header(std::string_view head);

}  // namespace halligan::inspect
