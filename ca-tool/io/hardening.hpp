// What the process gives away of its memory: nothing.
#pragma once

namespace halligan::io {

/// No core dumps, no ptrace by others of the same user, no /proc/self/mem for them. Call it first in main().
/// Under AddressSanitizer the ptrace part is left out: its leak check traces the process itself.
void harden_process();

}  // namespace halligan::io
