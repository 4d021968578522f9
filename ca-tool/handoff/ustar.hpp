// POSIX ustar archives of a few known files, written and read in one form only.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"

namespace halligan::handoff {

/// An archive with a private key in it. Large: keep it in a std::unique_ptr.
using ArchiveText = Secret<std::size_t{160} * 1024>;

/// A regular file, 0600, of owner 0.
struct ArchiveMember {
  std::string_view name;  ///< 1..99 bytes, relative
  ByteView contents;
};

/// @param time of all files, Unix seconds, below 2^33
/// @errors kBadInput (too large, a name too long)
Result<> write_ustar(std::span<const ArchiveMember> members, std::uint64_t time, ArchiveText& out);

struct Archive {
  std::uint64_t time = 0;
  std::vector<ByteView> contents;  ///< in the order of the names; views into the archive
};

/// Exactly these files in this order, each header byte for byte as write_ustar() makes it: no other name, no
/// link, no folder, no other mode or owner, nothing between or after them. Accepted means: write_ustar()
/// gives the same bytes.
/// @errors kBadInput
Result<Archive> parse_ustar(ByteView archive, std::span<const std::string_view> names);

}  // namespace halligan::handoff
