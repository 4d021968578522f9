// What `halligan inspect` says of things that are neither a certificate nor a key: KRLs, requests, bundles
// and what is encrypted.
#pragma once

#include <string_view>

#include "handoff/bundle.hpp"
#include "inspect/item.hpp"
#include "inspect/report.hpp"
#include "request/format.hpp"
#include "ssh/krl.hpp"

namespace halligan::inspect {

/// Printed piece by piece: a list may be as large as it likes. Long ones are shortened in text, complete in
/// JSON. @errors kUnreachable: stdout
Result<> show_krl(const ssh::Krl& krl, const ui::Origin& origin, bool json, InspectReport& report);

/// With its voice code. A proof that does not hold is a problem, and so is a wish that is over.
Shown show_request(const request::SignedRequest& request, const ui::Origin& origin,
                   const Inspector& inspector);

/// A bundle that was decrypted already, with the certificate in it. Of the key, only the public half.
Shown show_bundle(const handoff::Bundle& bundle, const ui::Origin& origin, const Inspector& inspector);

/// A file by age: for whom, as far as its header says it.
/// @param head its beginning, the whole header if possible
Shown show_encrypted(std::string_view head, const ui::Origin& origin, const Inspector& inspector);

/// Does it begin as a file by age?
bool looks_encrypted(std::string_view head);

}  // namespace halligan::inspect
