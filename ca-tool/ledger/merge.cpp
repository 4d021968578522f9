#include "ledger/merge.hpp"

#include "io/append_file.hpp"
#include "ledger/chain.hpp"

namespace halligan::ledger {

Result<LoadedLedgers> merge_files(const std::vector<std::string>& files, const std::string& output,
                                  io::Existing existing, const std::function<void()>& waiting) {
  for (const std::string& file : files) {
    if (!io::same_file(file, output)) continue;
    return fail(Code::kUsage, output + " is one of the ledgers to merge", "choose another name with -o");
  }
  HALLIGAN_CHECK(io::check_new_files({&output, 1}, existing));
  HALLIGAN_TRY(LoadedLedgers loaded, load_ledgers(files));
  std::string text;
  for (const Chain& chain : loaded.chains) {
    if (const auto faults = chain_faults(chain); !faults.empty()) {
      return fail(Code::kNo, chain.name() + " is damaged: " + faults.front().text,
                  "see all with halligan ledger verify");
    }
    for (const Entry& entry : chain.entries) (text += entry.line) += '\n';
  }
  // The lock keeps another halligan from appending to a file that is about to be replaced.
  HALLIGAN_TRY(const io::Descriptor lock, io::lock_to_replace(output, waiting));
  const io::NewFile file{output, 0600, as_bytes(text)};
  HALLIGAN_CHECK(io::write_files({&file, 1}, existing));
  return loaded;
}

}  // namespace halligan::ledger
