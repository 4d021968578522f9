// Fresh keys with certificates, and the files they are handed over in.
#pragma once

#include <string>

#include "base/result.hpp"
#include "io/files.hpp"
#include "issue/issue.hpp"
#include "ssh/key_file.hpp"

namespace halligan::issue {

/// A fresh key pair and what the CA says of it.
struct Minted {
  ssh::PrivateKey key;
  ssh::Certificate certificate;
};

/// Can FILE, FILE.pub and FILE-cert.pub be written? @errors as io::check_new_files()
Result<> check_minted_files(const std::string& file, io::Existing existing);

/// FILE (0600), FILE.pub and FILE-cert.pub, all or none; the certificate's key id is their comment.
/// @errors as io::write_files()
Result<> write_minted_files(const std::string& file, const Minted& minted, io::Existing existing);

}  // namespace halligan::issue
