#include "issue/mint.hpp"

#include <vector>

#include "crypto/random.hpp"

namespace halligan::issue {
namespace {

std::vector<std::string> names(const std::string& file) { return {file, file + ".pub", file + "-cert.pub"}; }

}  // namespace

Result<> check_minted_files(const std::string& file, io::Existing existing) {
  return io::check_new_files(names(file), existing);
}

Result<> write_minted_files(const std::string& file, const Minted& minted, io::Existing existing) {
  const std::string& comment = minted.issued.certificate.body.key_id;
  HALLIGAN_TRY(const std::uint32_t checkint, crypto::random_u32());
  HALLIGAN_TRY(const KeyText key, ssh::write_key_file(minted.key, comment, checkint));
  const std::string public_line = ssh::format_public_key_line(minted.key.key, comment) + "\n";
  const std::string certificate = ssh::format_certificate_line(minted.issued.certificate, comment) + "\n";
  const auto paths = names(file);
  const std::vector<io::NewFile> files{{paths[0], 0600, key.view()},
                                       {paths[1], 0644, as_bytes(public_line)},
                                       {paths[2], 0644, as_bytes(certificate)}};
  return io::write_files(files, existing);
}

}  // namespace halligan::issue
