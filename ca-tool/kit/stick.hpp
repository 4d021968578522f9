// What is copied to a stick: all of it in one folder, for the file systems and people that know no links.
#pragma once

#include <vector>

#include "kit/command.hpp"
#include "kit/contents.hpp"
#include "kit/manifest.hpp"

namespace halligan::kit {

inline constexpr const char* kStickHosts = "hosts";
inline constexpr const char* kStickKnownHosts = "known_hosts";
inline constexpr const char* kStickCanaries = "canaries.pub";
inline constexpr const char* kStickConfig = "config";
inline constexpr std::string_view kStickLedger = "ledger-";
inline constexpr std::string_view kStickPortable = "halligan-portable-";

/// "ca-blue.pub".
std::string stick_key_name(const std::string& authority);

/// Does it hold a private key, or an identity of age? Handles of keys on tokens count as well: they look the
/// same.
bool holds_secret(ByteView contents);

/// All files but the manifest. @errors kBadInput (one that holds a private key, with its name; two of one
/// name) · as io::read_file(), make_pdf() if there is a layout
Result<std::vector<StickFile>> stick_files(const Contents& contents, const StickOptions& options);

}  // namespace halligan::kit
