// What the process gives away of its memory: nothing.
#pragma once

namespace halligan::io {

/// No core dumps, no ptrace by others of the same user, no /proc/self/mem for them. Call it first in main().
/// Under AddressSanitizer the ptrace part is left out: its leak check traces the process itself.
void harden_process();

/// First of all in a program: whichever of standard input, output and error is closed is opened on /dev/null,
/// so that no file of ours (a ledger) gets its number and what we say goes into it. Reading from it, or
/// writing to it, still fails.
/// @return false when there is no /dev/null
bool hold_standard_descriptors();

}  // namespace halligan::io
