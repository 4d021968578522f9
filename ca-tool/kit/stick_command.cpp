// halligan kit stick
#include <fmt/format.h>

#include "base/codec.hpp"
#include "ca/key_signers.hpp"
#include "crypto/digest.hpp"
#include "io/files.hpp"
#include "io/folders.hpp"
#include "kit/age.hpp"
#include "kit/commands.hpp"
#include "kit/stick.hpp"
#include "ui/describe.hpp"

namespace halligan::kit {

Result<int> write_stick(const StickOptions& options) {
  HALLIGAN_TRY(const io::Kind kind, io::kind_of(options.folder));
  if (kind != io::Kind::kNothing)
    return fail(Code::kExists, printable(options.folder) + " exists",
                "name a new folder, such as /media/stick/kit");
  HALLIGAN_TRY(const Contents contents, gather(options.contents));
  HALLIGAN_TRY(std::vector<StickFile> files, stick_files(contents, options));
  std::vector<ManifestLine> lines;
  for (const StickFile& each : files) lines.push_back({hex(crypto::sha256(each.contents)), each.name});
  const std::string manifest = format_manifest(lines);
  files.push_back({kManifest, to_bytes(manifest)});
  if (!options.key.empty()) {
    HALLIGAN_TRY(const std::string signature, ca::sign_by_ssh_keygen(options.key, kNamespace, manifest));
    files.push_back({kManifestSignature, to_bytes(signature)});
  }
  std::vector<io::NewFile> written;
  for (const StickFile& each : files) written.push_back({each.name, 0644, each.contents});
  HALLIGAN_CHECK(io::write_new_folder(options.folder, written));
  note_kit(contents.authorities, contents.made);
  HALLIGAN_CHECK(
      ui::print(ui::text_row("Stick", printable(options.folder)) +
                ui::text_row("Files", fmt::format("{}{}", files.size(),
                                                  options.key.empty() ? ", not signed" : ", signed")) +
                ui::text_row("SHA-256", hex(crypto::sha256(as_bytes(manifest))) + " of " + kManifest)));
  return 0;
}

}  // namespace halligan::kit
