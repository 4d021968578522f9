#include "kit/age.hpp"

#include <fmt/format.h>

#include "base/log.hpp"
#include "base/text.hpp"
#include "ca/state_folder.hpp"
#include "io/files.hpp"

namespace halligan::kit {

namespace {

Result<> note(const ssh::PublicKey& authority, std::string_view text) {
  const auto folder = ca::StateFolder::of(authority);
  if (!folder) return {};
  HALLIGAN_CHECK(folder->make(authority));
  const io::NewFile file{folder->kit(), 0600, as_bytes(text)};
  return io::write_files({&file, 1}, io::Existing::kReplace);
}

}  // namespace

void note_kit(const std::vector<KitCa>& authorities, std::uint64_t now) {
  const std::string text = fmt::format("{}\n", now);
  for (const KitCa& each : authorities) {
    if (const auto noted = note(each.key, text); !noted)
      say("doctor will not know of this kit: " + noted.error().message);
  }
}

Result<std::optional<std::uint64_t>> last_kit(const ssh::PublicKey& authority) {
  const auto folder = ca::StateFolder::of(authority);
  if (!folder) return std::optional<std::uint64_t>();
  const auto contents = io::read_trusted_file(folder->kit(), 32);
  if (!contents && contents.error().code == Code::kNotFound) return std::optional<std::uint64_t>();
  if (!contents) return fail(contents.error());
  std::string_view text = as_text(*contents);
  if (text.ends_with('\n')) text.remove_suffix(1);
  const auto seconds = whole_number<std::uint64_t>(text);
  if (!seconds) return fail(Code::kBadInput, printable(folder->kit()) + " has no time in it");
  return seconds;
}

}  // namespace halligan::kit
