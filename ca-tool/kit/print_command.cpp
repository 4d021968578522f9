// halligan kit print
#include <fmt/format.h>

#include <array>

#include "base/codec.hpp"
#include "io/files.hpp"
#include "kit/age.hpp"
#include "kit/commands.hpp"
#include "kit/contents.hpp"
#include "kit/pages.hpp"
#include "kit/printer.hpp"
#include "ui/describe.hpp"

namespace halligan::kit {
namespace {

Result<> write_svgs(const std::string& folder, const std::vector<Bytes>& pages) {
  std::vector<io::NewFile> files;
  for (std::size_t i = 0; i < pages.size(); ++i)
    files.push_back({fmt::format("page-{:02}.svg", i + 1), 0644, pages[i]});
  return io::write_new_folder(folder, files);
}

std::string rows(const PrintOptions& options, const Contents& contents, std::size_t sheets) {
  std::size_t bare = 0;
  for (const KitHost& each : contents.hosts) bare += each.addresses.empty();
  std::string text = ui::text_row("Kit", printable(options.file));
  text += ui::text_row("Sheets", fmt::format("{}", sheets));
  for (const KitCa& each : contents.authorities)
    text += ui::text_row("CA", printable(each.name) + " " + each.fingerprint);
  text += ui::text_row("Hosts", fmt::format("{}{}", contents.hosts.size(),
                                            bare == 0 ? "" : fmt::format(", {} without an address", bare)));
  return text;
}

}  // namespace

Result<int> print_kit(const PrintOptions& options) {
  HALLIGAN_CHECK(io::check_new_files(std::array{options.file}, options.output.existing())
                     .hint(Code::kExists, "choose another name, or --force"));
  HALLIGAN_TRY(const Contents contents, gather(options.contents));
  HALLIGAN_TRY(const Sheets sheets, make_sheets(contents));
  HALLIGAN_TRY(const Bytes pdf, make_pdf(sheets));
  std::vector<Bytes> pages;
  if (!options.svg.empty()) {
    HALLIGAN_TRY(pages, make_svgs(sheets));
    HALLIGAN_CHECK(write_svgs(options.svg, pages));
  }
  // Names of hosts and their keys are nobody else's business.
  const std::array files{io::NewFile{options.file, 0600, pdf}};
  HALLIGAN_CHECK(io::write_files(files, options.output.existing()));
  note_kit(contents.authorities, contents.made);
  HALLIGAN_CHECK(ui::print(rows(options, contents, sheets.sheets.size())));
  return 0;
}

}  // namespace halligan::kit
