// SHA256SUMS of a stick, as sha256sum -c reads it, and the signature over it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace halligan::kit {

inline constexpr const char* kManifest = "SHA256SUMS";
inline constexpr const char* kManifestSignature = "SHA256SUMS.sig";
inline constexpr std::string_view kNamespace = "halligan-kit";

/// A file of a stick. Its name is one that every file system has: no folder, no blank, no control character.
struct StickFile {
  std::string name;
  Bytes contents;
};

/// Could a file of a stick have this name?
bool is_stick_name(std::string_view name);

struct ManifestLine {
  std::string sha256;  ///< 64 hexadecimal digits
  std::string name;

  bool operator==(const ManifestLine&) const = default;
};

std::string format_manifest(const std::vector<ManifestLine>& lines);
/// Accepted means: format_manifest() gives the same bytes. @errors kBadInput ("line 3: …")
Result<std::vector<ManifestLine>> parse_manifest(std::string_view text);

}  // namespace halligan::kit
