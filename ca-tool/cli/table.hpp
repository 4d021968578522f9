// Every command of halligan.
#pragma once

#include "command/declaration.hpp"

namespace halligan::cli {

command::Program halligan_program();

}  // namespace halligan::cli
