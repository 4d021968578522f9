// Data that may be compressed, as logrotate leaves it.
#pragma once

#include <cstddef>
#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace halligan::io {

/// What gzip, xz or zstd compressed, told by its first bytes, decompressed; all else as it is. Several
/// members, streams or frames one after the other are one text.
/// @param path for messages
/// @param limit of the result in bytes; one more is an error. Up to 128 MiB are used besides
/// @errors kBadInput (damaged, cut off, followed by something else, too large)
Result<Bytes> decompressed(const std::string& path, Bytes data, std::size_t limit);

}  // namespace halligan::io
