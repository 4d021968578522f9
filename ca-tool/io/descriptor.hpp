// An owned file descriptor, under this room's name.
#pragma once

#include "base/descriptor.hpp"

namespace halligan::io {

using halligan::Descriptor;

}  // namespace halligan::io
