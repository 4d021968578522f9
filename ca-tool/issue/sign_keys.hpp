// Certificates for keys that exist: public key files, or a request.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "issue/issuer.hpp"
#include "request/proof.hpp"

namespace halligan::issue {

inline constexpr const char* kStandardStream =
    "-";  ///< as a file: standard input, and for its certificate standard output

/// A certificate and the file it was written to.
struct WrittenCertificate {
  IssuedCertificate issued;
  std::string file;
};

/// Called with the certificates that were written: one at a time if the CA needs a touch for each, otherwise
/// once with all.
using WrittenNotice = std::function<Result<>(const std::vector<WrittenCertificate>&)>;

/// Certify public key files. Nothing is asked of the token before all is checked. Where each signature needs
/// a touch, each certificate is written at once: whoever gives up at the tenth has nine.
/// @errors kUsage · as the files, make_spec(), make_plan(), Issuer, io::write_files()
Result<> sign_keys(const SignOptions& options, const WrittenNotice& written);

/// A request with its certificate.
struct AnsweredRequest {
  request::SignedRequest request;
  std::vector<request::CoSigner> co_signers;
  WrittenCertificate written;
};

/// Certify what a request asks for, within what the options allow: --request.
/// @errors kUsage · kNo (co-signatures, principals, validity; answered already) · as
/// request::receive_request() and sign_keys()
Result<AnsweredRequest> answer_request(const SignOptions& options);

}  // namespace halligan::issue
