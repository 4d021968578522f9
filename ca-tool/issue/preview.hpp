// What is shown before a certificate is signed.
#pragma once

#include <span>
#include <string>

#include "ca/opened_ca.hpp"
#include "ssh/certificate.hpp"

namespace halligan::issue {

/// A title and rows for a terminal. @param bodies at least one; they differ in key and serial alone
std::string preview(std::string_view title, std::span<const ssh::CertificateBody> bodies,
                    const ca::OpenedCa& ca);

}  // namespace halligan::issue
