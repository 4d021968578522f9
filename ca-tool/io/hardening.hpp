// Protection of the process: its memory and its standard descriptors.
#pragma once

namespace halligan::io {

/// No core dumps, no ptrace by others of the same user, no /proc/self/mem for them. Call it early in main().
/// Under AddressSanitizer the ptrace part is left out: its leak check traces the process itself.
void harden_process();

/// Call it first in main(). Each of standard input, output and error that is closed is opened on /dev/null,
/// so that no file of ours (a ledger) gets its number and receives our output. Reading or writing there still
/// fails.
/// @return false if there is no /dev/null
bool hold_standard_descriptors();

}  // namespace halligan::io
