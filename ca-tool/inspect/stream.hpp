// Certificates and keys in lines, any number of them: read piece by piece, worked on by as many threads as
// there are processors, printed in the order in which they came.
#pragma once

#include "inspect/item.hpp"
#include "inspect/report.hpp"
#include "io/files.hpp"

namespace halligan::inspect {

/// Bytes of a line. The largest certificate that sshd takes has a third of it in base64.
constexpr std::size_t kMaxInspectLine = std::size_t{1024} * 1024;

/// @param head what was read of the file already
/// @errors kUnreachable (the file, or stdout)
Result<> inspect_stream(io::InputFile& input, ByteView head, const std::string& path,
                        const Inspector& inspector, InspectReport& report);

}  // namespace halligan::inspect
