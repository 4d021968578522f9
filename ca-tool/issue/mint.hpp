// A fresh key with its certificate, and the files they are written to.
#pragma once

#include <string>

#include "base/result.hpp"
#include "io/files.hpp"
#include "issue/issuer.hpp"
#include "ssh/key_file.hpp"

namespace halligan::issue {

struct Minted {
  ssh::PrivateKey key;
  IssuedCertificate issued;
};

/// Can FILE, FILE.pub and FILE-cert.pub be written? @errors as io::check_new_files()
Result<> check_minted_files(const std::string& file, io::Existing existing);

/// FILE (0600), FILE.pub and FILE-cert.pub, all or none; the certificate's key id is their comment.
/// @errors as io::write_files()
Result<> write_minted_files(const std::string& file, const Minted& minted, io::Existing existing);

}  // namespace halligan::issue
