// halligan kit: what was typed, and what runs.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "prove/targets.hpp"
#include "ui/output.hpp"

namespace halligan::kit {

/// What goes into a kit.
struct ContentsOptions {
  std::string configuration;
  std::vector<std::string>
      authorities;  ///< names in halligan(5) or files with a public key; none: all configured
  std::vector<std::string> ledgers;  ///< none: the user's own
  std::vector<std::string> tokens;   ///< "blue: YubiKey 5, serial 123, safe A"
  bool plugged_in = false;           ///< tokens that are, too
  std::vector<std::string> seals;
  prove::TargetOptions targets;
  std::vector<std::string> known_hosts;  ///< files; none: the CAs', else ssh's
  std::vector<std::string> addresses;    ///< files in the format of hosts(5)
  bool resolve = false;                  ///< ask for addresses now
  std::string folder;                    ///< runbooks; empty: those installed, or ./runbooks
};

struct PrintOptions {
  ui::OutputOptions output;
  ContentsOptions contents;
  std::string file;
  std::string svg;  ///< a new folder for the pages; empty: none
};

struct StickOptions {
  ui::OutputOptions output;
  ContentsOptions contents;
  std::string folder;
  std::string canaries;            ///< their file; empty: the usual one, if there is one
  std::string portable;            ///< the archive; empty: none
  std::vector<std::string> added;  ///< files
  std::string key;                 ///< that signs the manifest; empty: none
};

struct VerifyOptions {
  ui::OutputOptions output;
  std::string what;  ///< PDF, picture or folder
  std::string configuration;
  std::vector<std::string> authorities;  ///< as above
  std::vector<std::string> signers;      ///< public key files: who may have signed the manifest
  bool start = false;                    ///< start the stick's program although nobody known has signed it
};

/// halligan kit
command::Command kit_command();

}  // namespace halligan::kit
