// A file of any kind that `halligan inspect` knows, recognised by its contents.
#pragma once

#include "inspect/item.hpp"
#include "inspect/report.hpp"

namespace halligan::inspect {

/// What is wrong with the file goes into the report. @param path "-" is standard input
/// @errors kUnreachable: stdout
Result<> inspect_file(const std::string& path, const Inspector& inspector, InspectReport& report);

}  // namespace halligan::inspect
