// What the commands of halligan runbook do.
#pragma once

#include "runbook/command.hpp"

namespace halligan::runbook {

Result<int> list_runbooks(const ListOptions& options);
Result<int> show_runbook(const ShowOptions& options);
Result<int> run_runbook(const RunOptions& options);
Result<int> check_runbook_file(const CheckOptions& options);

}  // namespace halligan::runbook
