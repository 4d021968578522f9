// The flags of doctor.
#include "doctor/command.hpp"

namespace halligan::doctor {
namespace {

void declare(command::Flags& flags, DoctorOptions& options) {
  flags.flag("--portable", options.portable, "only what the programs use of this computer");
  flags.flag("--unattended", options.unattended, "jobs need unlocked keys: none is a fault")
      .without({"portable"});
  flags.option("--host", "HOST", options.hosts, "the side of this host instead, by ssh: root@web1")
      .without({"portable", "unattended"});
  ca::declare_configuration(flags, options.configuration);
  ui::declare_json(flags, options.output);
  ca::declare_device(flags, options.token);
}

}  // namespace

command::Command doctor_command() {
  return command::make(
      "doctor", "show what is in the way of an emergency, and how to mend it", examine, declare,
      {.notes = "Changes nothing, and needs no PIN and no touch.\nExit status 1 if something is wrong.",
       .examples = {"halligan doctor", "halligan doctor --host root@web1"}});
}

}  // namespace halligan::doctor
